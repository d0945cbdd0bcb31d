//! Play: a job is accepted.

use model::mutation::{Mutation, active};
use model::parameter::{FieldProblem, Filled, GivenValue, fill};
use model::{
    Actor, AgentId, Job, JobId, JobState, Label, RequestKey, RobotId, Timestamp, UserId, Wanted,
};
use store::StoreError;
use store::jobs::{Play, Played, Request, SealedSecret};
use store::robots::Robot;
use thiserror::Error;

use crate::content::Content;
use crate::desk::Dispatch;
use crate::until_known::until_known;

/// Somebody presses play.
#[derive(Debug, Clone)]
pub struct PlayRequest {
    /// Whose robot, and whose job.
    pub user: UserId,
    /// Who presses.
    pub by: Actor,
    /// The caller's id of this request.
    pub request: Option<RequestKey>,
    /// The robot.
    pub robot: RobotId,
    /// Its version; absent: the latest.
    pub version: Option<u32>,
    /// The values.
    pub parameters: Vec<GivenValue>,
    /// On this agent only.
    pub agent: Option<AgentId>,
    /// On an agent with this label only.
    pub label: Option<Label>,
}

/// An accepted play.
#[derive(Debug, Clone)]
pub enum PlayAnswer {
    /// A new job.
    Created(Job),
    /// The same request came before: its job, as it is now.
    Same(Job),
}

impl PlayAnswer {
    /// The job.
    #[must_use]
    pub fn job(&self) -> &Job {
        match self {
            Self::Created(job) | Self::Same(job) => job,
        }
    }
}

/// Why a play was not accepted. Its request id is not used up.
#[derive(Debug, Error)]
pub enum PlayRefused {
    /// No such robot of that user.
    #[error("there is no such robot")]
    RobotGone,
    /// The robot has no such version.
    #[error("the robot has no version {0}")]
    VersionGone(u32),
    /// No such agent of that user, or it was removed.
    #[error("there is no such computer")]
    AgentGone,
    /// Values that do not fit the declaration.
    #[error("{} of the values cannot be taken", .0.len())]
    Parameters(Vec<FieldProblem>),
    /// More than the limit.
    #[error("the parameters have more than {most} bytes")]
    TooLarge {
        /// The limit.
        most: u64,
    },
    /// The request id was used for other content.
    #[error("the request id was used for something else")]
    RequestIdTaken {
        /// By this job.
        job: JobId,
    },
    /// The store cannot tell.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What becomes a job, once its values are judged.
pub(crate) struct NewJob<'a> {
    pub(crate) robot: Robot,
    pub(crate) version: u32,
    pub(crate) filled: Filled,
    pub(crate) by: &'a Actor,
    pub(crate) wanted: Wanted,
    pub(crate) retry_of: Option<JobId>,
    pub(crate) request: Option<Request>,
}

impl Dispatch {
    /// Accepts a job: once this has answered, a power cut does not lose it.
    ///
    /// # Errors
    /// [`PlayRefused`].
    pub async fn play(&self, ask: PlayRequest, now: Timestamp) -> Result<PlayAnswer, PlayRefused> {
        self.parameters_fit(&ask.parameters)?;
        let content = Content {
            version: ask.version,
            agent: ask.agent,
            label: ask.label.as_ref(),
            ..Content::of(ask.robot, &ask.parameters)
        };
        let request = self.request(ask.request.as_ref(), &content);
        match self.judge_play(&ask, request.clone()).await {
            Ok(new) => self.accept(new, now).await,
            Err(refused) => self.unless_played(ask.user, request, refused).await,
        }
    }

    async fn judge_play<'a>(
        &self,
        ask: &'a PlayRequest,
        request: Option<Request>,
    ) -> Result<NewJob<'a>, PlayRefused> {
        let robot = self.robot_of(ask.user, ask.robot).await?;
        self.agent_exists(ask.user, ask.agent).await?;
        let (version, declared) = match ask.version {
            None => (robot.version, robot.parameters.clone()),
            Some(version) if version == robot.version => (version, robot.parameters.clone()),
            Some(version) => {
                let found = self.store().version(robot.id, version).await?;
                let found = found.ok_or(PlayRefused::VersionGone(version))?;
                (version, found.head.parameters)
            }
        };
        let filled = fill(&declared, &ask.parameters).map_err(PlayRefused::Parameters)?;
        Ok(NewJob {
            robot,
            version,
            filled,
            by: &ask.by,
            wanted: Wanted {
                agent: ask.agent,
                label: ask.label.clone(),
            },
            retry_of: None,
            request,
        })
    }

    /// The job of the same request, if it came before what refuses it now: a version that declares
    /// something else, the deletion of the robot.
    pub(crate) async fn unless_played(
        &self,
        user: UserId,
        request: Option<Request>,
        refused: PlayRefused,
    ) -> Result<PlayAnswer, PlayRefused> {
        let Some(request) = request else {
            return Err(refused);
        };
        match self.store().played(user, request).await? {
            Some(job) => Ok(PlayAnswer::Same(job)),
            None => Err(refused),
        }
    }

    pub(crate) fn request(
        &self,
        id: Option<&RequestKey>,
        content: &Content<'_>,
    ) -> Option<Request> {
        let id = id.filter(|_| !active(Mutation::RequestIgnored));
        id.map(|id| Request {
            id: id.clone(),
            digest: content.digest(&self.parts.content_key),
        })
    }

    pub(crate) fn parameters_fit(&self, given: &[GivenValue]) -> Result<(), PlayRefused> {
        let most = self.limits().parameters_bytes;
        let size = serde_json::to_vec(given).map_or(usize::MAX, |bytes| bytes.len());
        if u64::try_from(size).unwrap_or(u64::MAX) > most {
            return Err(PlayRefused::TooLarge { most });
        }
        Ok(())
    }

    pub(crate) async fn robot_of(
        &self,
        user: UserId,
        robot: RobotId,
    ) -> Result<Robot, PlayRefused> {
        let row = self.store().robot(robot).await?;
        row.map(|row| row.robot)
            .filter(|robot| robot.user_id == user)
            .ok_or(PlayRefused::RobotGone)
    }

    pub(crate) async fn agent_exists(
        &self,
        user: UserId,
        agent: Option<AgentId>,
    ) -> Result<(), PlayRefused> {
        let Some(agent) = agent else { return Ok(()) };
        let found = self.store().agent(agent).await?;
        match found.filter(|agent| agent.user_id == user && agent.removed.is_none()) {
            Some(_) => Ok(()),
            None => Err(PlayRefused::AgentGone),
        }
    }

    pub(crate) async fn accept(
        &self,
        new: NewJob<'_>,
        now: Timestamp,
    ) -> Result<PlayAnswer, PlayRefused> {
        let id = JobId(self.ids().object_id(now));
        let secrets = new.filled.secrets.iter().map(|secret| {
            let mut nonce = [0; 24];
            self.ids().fill_secret(&mut nonce);
            let sealed = self.parts.seal.seal(id, &secret.name, &secret.value, nonce);
            SealedSecret {
                name: secret.name.clone(),
                sealed,
            }
        });
        let secrets: Vec<SealedSecret> = secrets.collect();
        let play = Play {
            job: Job {
                id,
                number: 0,
                user_id: new.robot.user_id,
                robot_id: new.robot.id,
                robot_name: new.robot.name.clone(),
                robot_version: new.version,
                rev: 1,
                created_at: now,
                created_by: new.by.clone(),
                retry_of: new.retry_of,
                wanted: new.wanted,
                labels: new.robot.labels.clone(),
                settings: new.robot.settings.clone(),
                last_attempt: 0,
                last_agent: None,
                state: JobState::Waiting { offer: None },
                past: Vec::new(),
                cancel: None,
                declined: Vec::new(),
            },
            parameters: new.filled.values,
            secrets,
            request: new.request,
        };
        let known = until_known(|| self.store().play(play.clone())).await;
        if known.is_err() && active(Mutation::PlayUnwritten) {
            return Ok(PlayAnswer::Created(play.job));
        }
        let known = known?;
        match known.answer {
            Played::Created(job) => {
                self.tell_played(&job);
                Ok(PlayAnswer::Created(job))
            }
            // The same id can only be this very call, whose first answer was lost.
            Played::Same(job) if job.id == id => {
                self.tell_played(&job);
                Ok(PlayAnswer::Created(job))
            }
            Played::Same(job) => Ok(PlayAnswer::Same(job)),
            Played::RequestIdTaken { job } => Err(PlayRefused::RequestIdTaken { job }),
            Played::RobotGone => Err(PlayRefused::RobotGone),
        }
    }

    fn tell_played(&self, job: &Job) {
        self.tell_all(job);
        self.hints().work(job.user_id);
    }
}
