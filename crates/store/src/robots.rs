//! Robots and their versions.

use async_trait::async_trait;
use model::parameter::Parameter;
use model::{
    Actor, Job, JobId, Label, Name, RobotId, RobotKind, RobotSettings, Sha256, Timestamp, UserId,
};
use serde::{Deserialize, Serialize};

use crate::error::StoreResult;

/// Verbs of the robots.
#[async_trait]
pub trait Robots: Send + Sync {
    /// Stores a robot with its first version.
    async fn create_robot(&self, robot: Robot, version: Version) -> StoreResult<RobotCreated>;

    /// The robot, unless it was deleted.
    async fn robot(&self, robot: RobotId) -> StoreResult<Option<RobotRow>>;

    /// The user's robots, by name, at most 5,000.
    async fn robots(&self, user: UserId) -> StoreResult<Vec<RobotRow>>;

    /// Changes what is not versioned. Labels also become those of the robot's waiting jobs (in
    /// SQLite in the same transaction, elsewhere right after: a job keeps waiting meanwhile), and
    /// the answer names these jobs also when they have the labels already: a caller that repeats a
    /// call whose answer was lost tells of them.
    async fn patch_robot(
        &self,
        user: UserId,
        robot: RobotId,
        patch: RobotPatch,
        now: Timestamp,
    ) -> StoreResult<RobotPatched>;

    /// Stores the next version; its number is filled in by the store.
    async fn add_version(
        &self,
        user: UserId,
        robot: RobotId,
        expected: Option<u32>,
        version: Version,
    ) -> StoreResult<VersionAdded>;

    /// The versions, newest first, without their content.
    async fn versions(&self, robot: RobotId) -> StoreResult<Vec<VersionHead>>;

    /// One version, also of a deleted robot.
    async fn version(&self, robot: RobotId, version: u32) -> StoreResult<Option<Version>>;

    /// Deletes the robot; the answer names its waiting jobs, which the caller cancels. Versions
    /// that jobs name are kept.
    async fn delete_robot(
        &self,
        user: UserId,
        robot: RobotId,
        now: Timestamp,
    ) -> StoreResult<Option<DeletedRobot>>;
}

/// Something to run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Robot {
    /// Its id.
    pub id: RobotId,
    /// Whose it is.
    pub user_id: UserId,
    /// Its name, unique for its user without regard to case.
    pub name: Name,
    /// What it is for.
    pub description: String,
    /// What kind of program it is.
    pub kind: RobotKind,
    /// Its latest version.
    pub version: u32,
    /// The parameters that the latest version declares.
    pub parameters: Vec<Parameter>,
    /// The labels that a computer must have to run it.
    pub labels: Vec<Label>,
    /// How it wants to be run.
    pub settings: RobotSettings,
    /// Its user marked it.
    pub favourite: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
    /// Grows with each change that people see.
    pub rev: u64,
}

/// A robot and its latest job.
#[derive(Debug, Clone, PartialEq)]
pub struct RobotRow {
    /// The robot.
    pub robot: Robot,
    /// The job that was played last.
    pub last_job: Option<Job>,
}

/// One saved state of a robot's source.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Version {
    /// What is listed of it.
    #[serde(flatten)]
    pub head: VersionHead,
    /// Its source.
    pub content: Content,
}

/// What is listed of a version.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VersionHead {
    /// Its number, from 1.
    pub version: u32,
    /// When it was saved.
    pub created_at: Timestamp,
    /// Who saved it.
    pub created_by: Actor,
    /// What its author said of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The digest of the `.robot` file or of the package.
    pub sha256: Sha256,
    /// The parameters that it declares.
    pub parameters: Vec<Parameter>,
}

/// What a version runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "camelCase")]
pub enum Content {
    /// A single `.robot` file, kept in the store.
    Source {
        /// Its text.
        text: String,
    },
    /// A package, kept with the artifacts under its digest.
    Package {
        /// Its size.
        #[serde(rename = "sizeBytes")]
        size_bytes: u64,
        /// The `.robot` file that is run.
        main: String,
        /// The text of that file.
        source: String,
    },
}

/// The answer to a new robot.
#[derive(Debug, Clone, PartialEq)]
pub enum RobotCreated {
    /// Stored.
    Created(Robot),
    /// Another robot of that user has the name.
    NameTaken,
}

/// What is not versioned. Absent: as before.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RobotPatch {
    /// Another name.
    pub name: Option<Name>,
    /// Another description.
    pub description: Option<String>,
    /// Other labels.
    pub labels: Option<Vec<Label>>,
    /// Other settings, whole.
    pub settings: Option<RobotSettings>,
    /// Marked or not.
    pub favourite: Option<bool>,
}

/// The answer to a patch.
#[derive(Debug, Clone, PartialEq)]
pub enum RobotPatched {
    /// Done.
    Done {
        /// The robot now.
        robot: RobotRow,
        /// The waiting jobs that have the labels which were given.
        jobs: Vec<JobId>,
    },
    /// Another robot of that user has the name.
    NameTaken,
    /// No such robot of that user.
    Gone,
}

/// The answer to a new version.
#[derive(Debug, Clone, PartialEq)]
pub enum VersionAdded {
    /// Stored as the latest.
    Added(RobotRow),
    /// Another version than the expected one is the latest.
    Conflict {
        /// The latest one.
        version: u32,
    },
    /// No such robot of that user.
    Gone,
}

/// A robot that is gone.
#[derive(Debug, Clone, PartialEq)]
pub struct DeletedRobot {
    /// The robot as it was, with a higher `rev`.
    pub robot: Robot,
    /// Its waiting jobs.
    pub waiting: Vec<JobId>,
}
