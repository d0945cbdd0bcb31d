//! Play again: a new job with the version and values of an old one.

use model::parameter::{FieldProblem, GivenValue, fill};
use model::{Actor, Job, JobId, JobState, RequestKey, Timestamp, UserId};
use store::jobs::Request;
use thiserror::Error;

use crate::content::Content;
use crate::desk::Dispatch;
use crate::play::{NewJob, PlayAnswer, PlayRefused};

/// Somebody wants the same again.
#[derive(Debug, Clone)]
pub struct RetryRequest {
    /// Whose job.
    pub user: UserId,
    /// Who asks.
    pub by: Actor,
    /// The caller's id of this request.
    pub request: Option<RequestKey>,
    /// The job to be repeated.
    pub job: JobId,
    /// Its secrets, which were not kept.
    pub secrets: Vec<GivenValue>,
}

/// Why a job was not repeated.
#[derive(Debug, Error)]
pub enum RetryRefused {
    /// No such job of that user.
    #[error("there is no such job")]
    JobGone,
    /// It has not ended.
    #[error("the job has not ended")]
    NotEnded(Job),
    /// As for a play.
    #[error(transparent)]
    Play(#[from] PlayRefused),
}

impl Dispatch {
    /// Accepts a new job with the version, values and wishes of an ended one.
    ///
    /// # Errors
    /// [`RetryRefused`].
    pub async fn retry(
        &self,
        ask: RetryRequest,
        now: Timestamp,
    ) -> Result<PlayAnswer, RetryRefused> {
        self.parameters_fit(&ask.secrets)?;
        let row = self.job_of(ask.user, ask.job).await;
        let old = row.map_err(PlayRefused::Store)?;
        let old = old.ok_or(RetryRefused::JobGone)?.job;
        if !matches!(old.state, JobState::Ended { .. }) {
            return Err(RetryRefused::NotEnded(old));
        }
        let content = Content {
            retry_of: Some(old.id),
            ..Content::of(old.robot_id, &ask.secrets)
        };
        let request = self.request(ask.request.as_ref(), &content);
        Ok(match self.judge_retry(&ask, &old, request.clone()).await {
            Ok(new) => self.accept(new, now).await,
            Err(refused) => self.unless_played(ask.user, request, refused).await,
        }?)
    }

    async fn judge_retry<'a>(
        &self,
        ask: &'a RetryRequest,
        old: &Job,
        request: Option<Request>,
    ) -> Result<NewJob<'a>, PlayRefused> {
        let robot = self.robot_of(ask.user, old.robot_id).await?;
        self.agent_exists(ask.user, old.wanted.agent).await?;
        let version = self.store().version(robot.id, old.robot_version).await?;
        let version = version.ok_or(PlayRefused::VersionGone(old.robot_version))?;
        let kept = self.store().job_parameters(old.id).await?;

        let is_secret = |name: &str| kept.iter().any(|one| one.name == name && one.set.is_some());
        let foreign = ask.secrets.iter().filter(|one| !is_secret(&one.name));
        let mut problems: Vec<FieldProblem> = foreign
            .map(|one| FieldProblem {
                name: one.name.clone(),
                message: "Only the secrets are given again; the rest is kept.".to_owned(),
            })
            .collect();
        let given = |name: &str| {
            let named = |one: &&GivenValue| one.name == name && !one.value.is_null();
            ask.secrets.iter().any(|one| named(&one))
        };
        let missing = kept
            .iter()
            .filter(|one| one.set == Some(true) && !given(&one.name));
        problems.extend(missing.map(|one| FieldProblem {
            name: one.name.clone(),
            message: "Secrets are not kept; give this one again.".to_owned(),
        }));
        if !problems.is_empty() {
            return Err(PlayRefused::Parameters(problems));
        }

        let values = kept.iter().filter_map(|one| {
            let value = one.value.clone()?;
            Some(GivenValue {
                name: one.name.clone(),
                value,
            })
        });
        let values: Vec<GivenValue> = values.chain(ask.secrets.iter().cloned()).collect();
        let filled = fill(&version.head.parameters, &values).map_err(PlayRefused::Parameters)?;
        Ok(NewJob {
            robot,
            version: old.robot_version,
            filled,
            by: &ask.by,
            wanted: old.wanted.clone(),
            retry_of: Some(old.id),
            request,
        })
    }
}
