//! Messages about one attempt: confirm, decline, events, finish.

use dispatch::FinishRequest;
use dispatch::{ConfirmRefused, DeclineRefused, DeclineRequest, EventsRefused, FinishRefused};
use model::Timestamp;
use wire::ErrorBody;
use wire::agent::{
    Confirm, ConfirmAnswer, Decline, Events, EventsAnswer, Finish, FinishAnswer, Nothing,
};

use super::bounded;
use super::session::{AgentSession, key};
use crate::event_text::{Bounds, canonical};
use crate::refusal::{Refused, stale};

impl AgentSession {
    pub(super) async fn confirm(
        &self,
        ask: Confirm,
        now: Timestamp,
    ) -> Result<ConfirmAnswer, Refused> {
        self.must_have_joined()?;
        let attempt = key(&ask.job_id, ask.attempt).ok_or_else(stale)?;
        let confirmed = self.dispatch.confirm(&self.connection, attempt, now).await;
        match confirmed {
            Ok(secrets) => Ok(ConfirmAnswer { secrets }),
            Err(ConfirmRefused::OldConnection) => Err(self.outdated().await),
            Err(refused) => Err(refused.into()),
        }
    }

    pub(super) async fn decline(&self, ask: Decline, now: Timestamp) -> Result<Nothing, Refused> {
        self.must_have_joined()?;
        let attempt = key(&ask.job_id, ask.attempt).ok_or_else(stale)?;
        let ask = DeclineRequest {
            attempt,
            reason: bounded::name(ask.reason),
            message: ask.message.map(bounded::sentence),
        };
        match self.dispatch.decline(&self.connection, ask, now).await {
            Ok(()) => Ok(Nothing {}),
            Err(DeclineRefused::OldConnection) => Err(self.outdated().await),
            Err(refused) => Err(refused.into()),
        }
    }

    pub(super) async fn events(&self, batch: Events) -> Result<EventsAnswer, Refused> {
        let limits = self.dispatch.limits();
        let bounds = Bounds {
            batch_events: limits.batch_events,
            text_bytes: usize::try_from(limits.log_line_bytes).unwrap_or(usize::MAX),
        };
        let events = canonical(batch.first, &batch.events, bounds).map_err(ErrorBody::invalid)?;
        self.must_have_joined()?;
        let attempt = key(&batch.job_id, batch.attempt).ok_or_else(stale)?;
        let stored = self
            .dispatch
            .events(&self.connection, attempt, batch.first, events)
            .await;
        match stored {
            Ok(up_to) => Ok(EventsAnswer { up_to }),
            Err(EventsRefused::OldConnection) => Err(self.outdated().await),
            Err(refused) => Err(refused.into()),
        }
    }

    pub(super) async fn finish(
        &self,
        ask: Finish,
        now: Timestamp,
    ) -> Result<FinishAnswer, Refused> {
        self.must_have_joined()?;
        let attempt = key(&ask.job_id, ask.attempt).ok_or_else(stale)?;
        let ask = FinishRequest {
            attempt,
            last_seq: ask.last_seq,
            outcome: bounded::outcome(ask.outcome),
        };
        match self.dispatch.finish(&self.connection, ask, now).await {
            Ok(stored) => Ok(FinishAnswer {
                outcome: stored.outcome,
                late: stored.late.then_some(true),
            }),
            Err(FinishRefused::OldConnection) => Err(self.outdated().await),
            Err(refused) => Err(refused.into()),
        }
    }
}
