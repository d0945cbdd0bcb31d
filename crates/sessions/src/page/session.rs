//! The session of a page: what its messages do, and what follows.

use std::collections::BTreeSet;
use std::sync::Arc;

use dispatch::{CancelRefused, Dispatch, PlayRequest};
use model::{Actor, AgentId, AttemptNumber, JobId, Label, RequestKey, RobotId, Timestamp, UserId};
use store::people::Scope;
use wire::agent::{Limits, Nothing};
use wire::web::{
    Answer, Cancel, JobAnswer, Join, JoinAnswer, PageMessage, Play, Watch, WatchAnswer,
};
use wire::{ErrorCode, IdText, shapes};

use crate::refusal::Refused;
use crate::view;
use crate::watcher::Watcher;

/// The most jobs that one connection follows at a time.
const MOST_WATCHED: usize = 64;

/// What a connection may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    /// Everything: a signed-in person.
    Session,
    /// What an API token's scopes say; each stands alone.
    Token(Vec<Scope>),
}

impl Access {
    /// Whether the scope is given.
    #[must_use]
    pub fn allows(&self, scope: Scope) -> bool {
        match self {
            Self::Session => true,
            Self::Token(scopes) => scopes.contains(&scope),
        }
    }
}

/// One connection of one page.
pub struct PageSession {
    dispatch: Arc<Dispatch>,
    user: UserId,
    actor: Actor,
    access: Access,
    build: String,
    watched: BTreeSet<JobId>,
}

/// What a message is answered, and what the door does afterwards.
#[derive(Debug, Clone, PartialEq)]
pub struct PageReply {
    /// The acknowledgement.
    pub answer: Result<Answer, Refused>,
    /// What follows it.
    pub then: AfterPage,
}

/// What the door does once the answer is on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AfterPage {
    /// Nothing.
    Nothing,
    /// The socket enters the room of its user.
    EnterRoom(UserId),
    /// The socket leaves the room of its user.
    LeaveRoom(UserId),
    /// The door serves this watcher, in place of an earlier one of the same job, beginning right
    /// after the answer.
    Watch(Watcher),
    /// The door forgets the watcher of that job.
    Unwatch(JobId),
}

impl PageSession {
    /// The session of a connection that was let in. `actor` is who is named as asking; `build`
    /// names the embedded page.
    #[must_use]
    pub fn new(
        dispatch: Arc<Dispatch>,
        user: UserId,
        actor: Actor,
        access: Access,
        build: String,
    ) -> Self {
        Self {
            dispatch,
            user,
            actor,
            access,
            build,
            watched: BTreeSet::new(),
        }
    }

    /// Whose page it is.
    #[must_use]
    pub fn user(&self) -> UserId {
        self.user
    }

    /// The door gave up a watcher of its own accord: the page was told that it is behind.
    pub fn forgets(&mut self, job: JobId) {
        self.watched.remove(&job);
    }

    /// Carries out a message. Messages of one connection come one after the other.
    pub async fn on(&mut self, message: PageMessage, now: Timestamp) -> PageReply {
        let scope = match &message {
            PageMessage::Play(_) | PageMessage::Cancel(_) => Scope::Play,
            PageMessage::Join(_)
            | PageMessage::Leave(_)
            | PageMessage::Watch(_)
            | PageMessage::Unwatch(_) => Scope::Read,
        };
        if !self.access.allows(scope) {
            let message = "this token does not have the scope for that";
            return refused(Refused::new(ErrorCode::Forbidden, message));
        }
        let reply = match message {
            PageMessage::Join(join) => self.join(&join, now),
            PageMessage::Leave(leave) => self.own_room(&leave.user_id).map(|user| PageReply {
                answer: Ok(Answer::Nothing(Nothing {})),
                then: AfterPage::LeaveRoom(user),
            }),
            PageMessage::Play(play) => self.play(play, now).await.map(answered),
            PageMessage::Cancel(cancel) => self.cancel(cancel, now).await.map(answered),
            PageMessage::Watch(watch) => self.watch(watch, now).await,
            PageMessage::Unwatch(unwatch) => Ok(self.unwatch(&unwatch.job_id)),
        };
        reply.unwrap_or_else(refused)
    }

    fn own_room(&self, user: &IdText) -> Result<UserId, Refused> {
        if user.parse() == Some(self.user) {
            return Ok(self.user);
        }
        let message = "only your own room is open to you";
        Err(Refused::new(ErrorCode::Forbidden, message))
    }

    fn join(&self, join: &Join, now: Timestamp) -> Result<PageReply, Refused> {
        let user = self.own_room(&join.user_id)?;
        let answer = JoinAnswer {
            room: user.to_string(),
            server_time: now,
            limits: Limits::from(self.dispatch.limits()),
            build: self.build.clone(),
        };
        Ok(PageReply {
            answer: Ok(Answer::Join(answer)),
            then: AfterPage::EnterRoom(user),
        })
    }

    async fn play(&self, play: Play, now: Timestamp) -> Result<shapes::Job, Refused> {
        let request = RequestKey::parse(&play.request_id)
            .map_err(|error| Refused::invalid("requestId", error.to_string()))?;
        let label = play.agent_label.as_deref().map(Label::parse).transpose();
        let label = label.map_err(|error| Refused::invalid("agentLabel", error.to_string()))?;
        let robot: Option<RobotId> = play.robot_id.parse();
        let robot = robot.ok_or_else(|| Refused::not_found("there is no such robot"))?;
        let agent = match &play.agent_id {
            None => None,
            Some(agent) => {
                let agent: Option<AgentId> = agent.parse();
                let gone = || Refused::not_found("there is no such computer");
                Some(agent.ok_or_else(gone)?)
            }
        };
        let ask = PlayRequest {
            user: self.user,
            by: self.actor.clone(),
            request: Some(request),
            robot,
            version: play.version,
            parameters: play.parameters,
            agent,
            label,
        };
        let played = self.dispatch.play(ask, now).await?;
        self.shape(played.job().id, now).await
    }

    async fn cancel(&self, cancel: Cancel, now: Timestamp) -> Result<shapes::Job, Refused> {
        let job: Option<JobId> = cancel.job_id.parse();
        let job = job.ok_or_else(no_such_job)?;
        let by = self.actor.clone();
        let asked = self.dispatch.cancel(self.user, by, job, cancel.mode, now);
        match asked.await {
            Ok(_) => self.shape(job, now).await,
            Err(ended @ CancelRefused::HasEnded(_)) => {
                let mut refused = Refused::from(ended);
                refused.body.job = Some(Box::new(self.shape(job, now).await?));
                Err(refused)
            }
            Err(refused) => Err(refused.into()),
        }
    }

    async fn watch(&mut self, watch: Watch, now: Timestamp) -> Result<PageReply, Refused> {
        if watch.after > 0 && watch.attempt.is_none() {
            let message = "an event is named together with its attempt";
            return Err(Refused::invalid("after", message));
        }
        let job: Option<JobId> = watch.job_id.parse();
        let job = job.ok_or_else(no_such_job)?;
        let row = self.dispatch.job_of(self.user, job).await?;
        let row = row.ok_or_else(no_such_job)?;
        if watch
            .attempt
            .is_some_and(|attempt| row.job.confirmed(attempt).is_none())
        {
            return Err(Refused::not_found("there is no such attempt"));
        }
        let latest = row.job.latest_confirmed().map(|attempt| attempt.n);
        let attempt: Option<AttemptNumber> = watch.attempt.or(latest);
        if self.watched.len() >= MOST_WATCHED && !self.watched.contains(&job) {
            let message = format!("one connection follows {MOST_WATCHED} jobs at most");
            return Err(Refused::new(ErrorCode::SlowDown, message));
        }
        let up_to = match attempt {
            Some(attempt) => self.dispatch.store().stored_to(job, attempt).await?,
            None => 0,
        };
        let shape = self.shape(job, now).await?;
        let only = watch.only == Some(true) && watch.attempt.is_some();
        self.watched.insert(job);
        let answer = WatchAnswer {
            job: shape,
            up_to,
            attempt,
        };
        Ok(PageReply {
            answer: Ok(Answer::Watch(answer)),
            then: AfterPage::Watch(Watcher::new(job, attempt, watch.after.min(up_to), only)),
        })
    }

    fn unwatch(&mut self, job: &IdText) -> PageReply {
        let job: Option<JobId> = job.parse();
        let then = match job {
            Some(job) => {
                self.watched.remove(&job);
                AfterPage::Unwatch(job)
            }
            None => AfterPage::Nothing,
        };
        PageReply {
            answer: Ok(Answer::Nothing(Nothing {})),
            then,
        }
    }

    async fn shape(&self, job: JobId, now: Timestamp) -> Result<shapes::Job, Refused> {
        let found = view::job_shape(&self.dispatch, job, true, now).await?;
        let (_, shape) = found.ok_or_else(no_such_job)?;
        Ok(shape)
    }
}

fn no_such_job() -> Refused {
    Refused::not_found("there is no such job")
}

fn answered(job: shapes::Job) -> PageReply {
    PageReply {
        answer: Ok(Answer::Job(JobAnswer { job })),
        then: AfterPage::Nothing,
    }
}

fn refused(refused: Refused) -> PageReply {
    PageReply {
        answer: Err(refused),
        then: AfterPage::Nothing,
    }
}
