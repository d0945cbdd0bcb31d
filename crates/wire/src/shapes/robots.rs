//! Robots as they are shown.

use model::parameter::{FilledValue, Parameter};
use model::{
    Actor, AgentId, JobId, RobotId, RobotKind, RobotSettings, Sha256, Status, Timestamp, UserId,
};

use super::WhyWaiting;

shapes! {
    /// Something to run.
    Robot {
        /// Its id.
        id: RobotId,
        /// Whose it is.
        user_id: UserId,
        /// Its name.
        name: String,
        /// What it is for.
        description: String,
        /// What kind of program it is.
        kind: RobotKind,
        /// Its latest version.
        version: u32,
        /// Grows with each change that people see.
        rev: u64,
        /// The labels that a computer must have to run it.
        labels: Vec<String>,
        /// How it wants to be run.
        settings: RobotSettings,
        /// Its user marked it.
        favourite: bool,
        /// When it was made.
        created_at: Timestamp,
        /// When it was changed last.
        updated_at: Timestamp,
    }
    + optional {
        /// What its latest version declares. Left out in rows.
        parameters: Vec<Parameter>,
        /// The job that was played last.
        last_job: LastJob,
        /// It was deleted.
        deleted: bool,
    }

    /// The job of a robot that was played last.
    LastJob {
        /// Its id.
        id: JobId,
        /// Its number.
        number: u64,
        /// What people see.
        status: Status,
    }
    + optional {
        /// When its latest attempt was confirmed.
        started_at: Timestamp,
        /// When it ended.
        ended_at: Timestamp,
        /// Why it failed.
        message: String,
    }

    /// One saved state of a robot's source.
    Version {
        /// Its number, from 1.
        version: u32,
        /// When it was saved.
        created_at: Timestamp,
        /// Who saved it.
        created_by: Actor,
        /// Its digest.
        sha256: Sha256,
        /// What it declares.
        parameters: Vec<Parameter>,
    }
    + optional {
        /// What its author said of it.
        note: String,
    }

    /// What a check of a source found.
    CheckResult {
        /// What it declares.
        parameters: Vec<Parameter>,
        /// What is wrong with it.
        problems: Vec<Problem>,
    }
    + optional {
        /// The files of a package.
        files: Vec<PackageFile>,
    }

    /// Something wrong with a source.
    Problem {
        /// What, as a sentence for people.
        message: String,
    }
    + optional {
        /// In which file of a package.
        file: String,
        /// In which line, from 1.
        line: u32,
    }

    /// A file of a package.
    PackageFile {
        /// Its path in the package.
        name: String,
        /// Its size.
        size_bytes: u64,
    }

    /// All that a play dialog needs.
    PlayForm {
        /// The version that would be played.
        version: u32,
        /// What it declares.
        parameters: Vec<Parameter>,
        /// The values of the user's last play, without secrets.
        last_values: Vec<FilledValue>,
        /// The user's computers.
        places: Vec<Place>,
    }
    + optional {
        /// Why a job would wait now.
        would_wait: WhyWaiting,
    }

    /// A computer where a robot could run.
    Place {
        /// Which.
        agent_id: AgentId,
        /// Its name.
        name: String,
        /// `online` `silent` `offline`
        state: super::AgentState,
        /// Its free slots.
        free: u32,
    }
    + optional {
        /// Why it cannot run this robot.
        no: String,
    }
}
