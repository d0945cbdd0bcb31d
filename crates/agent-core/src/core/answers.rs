//! Answers to calls, refusals included.

use model::mutation::{Mutation, active};
use model::{AttemptKey, Instants, Monotonic};
use wire::agent::{Answer, ClaimAnswer};
use wire::{ErrorBody, ErrorCode};

use super::asking::wait_of;
use super::{AgentCore, Asked, LONGEST_WAIT, Link, MOST_SEQ, RETRY_AFTER};
use crate::attempt::{Attempt, Phase};
use crate::effect::{Effect, ExitReason, Prepare, Tell};
use crate::input::{CallError, CallId};
use crate::recovered::SpoolRecord;

impl AgentCore {
    pub(super) fn answered(
        &mut self,
        call: CallId,
        answer: Result<Answer, CallError>,
        at: Instants,
    ) {
        // A call of an earlier connection was settled when that closed.
        let Some(asked) = self.calls.remove(&call) else {
            return;
        };
        if let Asked::Confirm(key)
        | Asked::Decline(key)
        | Asked::Events(key, _)
        | Asked::Finish(key) = &asked
            && let Some(attempt) = self.attempts.get_mut(key)
        {
            attempt.calling = false;
        }
        match answer {
            Ok(answer) => self.done(&asked, answer, at),
            Err(CallError::Lost) => self.lost(&asked, at),
            Err(CallError::Refused(error)) => self.refused(&asked, &error, at),
        }
    }

    fn done(&mut self, asked: &Asked, answer: Answer, at: Instants) {
        match (asked, answer) {
            (Asked::Join, Answer::Join(answer)) => self.joined(answer, at),
            (Asked::Claim, Answer::Claim(answer)) => self.claimed(answer),
            (Asked::Confirm(key), Answer::Confirm(answer)) => {
                if let Some(attempt) = self.attempts.get_mut(key) {
                    attempt.leave.confirmed = true;
                    attempt.leave.granted = Some(answer.secrets);
                }
            }
            (Asked::Decline(key), Answer::Decline(_)) => self.let_go(*key),
            (Asked::Events(key, first), Answer::Events(answer)) => {
                let up_to = answer.up_to.min(MOST_SEQ);
                if let Some(attempt) = self.attempts.get_mut(key) {
                    if up_to < *first {
                        attempt.not_before = Some(at.monotonic.plus(RETRY_AFTER));
                    }
                    attempt.stored_to = attempt.stored_to.max(up_to);
                    attempt.replaced = attempt.replaced.split_off(&(up_to + 1));
                    let trim_to = attempt
                        .untrimmed_from
                        .map_or(up_to, |from| up_to.min(from - 1));
                    self.out.push(Effect::Trim(*key, trim_to));
                }
            }
            (Asked::Finish(key), Answer::Finish(_)) => {
                self.out.push(Effect::Tell(Tell::Delivered { key: *key }));
                self.forget(*key);
            }
            (Asked::Renew, Answer::Renew(answer)) => {
                self.dropped(answer.drop);
                self.cancels(answer.cancel);
            }
            (asked, answer) => {
                // A server that answers something else than what was asked is not understood.
                let text = format!("the server answered {asked:?} with {answer:?}");
                self.out.push(Effect::Tell(Tell::Warning(text)));
                self.reconnect(at);
            }
        }
    }

    fn claimed(&mut self, answer: ClaimAnswer) {
        self.claim.calling = false;
        self.claim.repeat = false;
        for offer in answer.offers {
            let key = AttemptKey {
                job: offer.job_id,
                attempt: offer.attempt,
            };
            if self.attempts.contains_key(&key) {
                continue;
            }
            if self.free() == 0 {
                let text = format!("the server offered more than was asked for: job {key}");
                self.out.push(Effect::Tell(Tell::Warning(text)));
                continue;
            }
            let robot = offer.robot.name.clone();
            let mut attempt = Attempt::new(Some(offer.clone()), Phase::Accepted);
            attempt.kept = true;
            self.attempts.insert(key, attempt);
            let record = SpoolRecord::Accepted {
                offer: Box::new(offer.clone()),
            };
            let position = self.append(key, record);
            if let Some(attempt) = self.attempts.get_mut(&key)
                && !active(Mutation::NoSyncBeforeConfirm)
            {
                attempt.phase = Phase::Accepting { at: position };
            }
            self.out.push(Effect::Tell(Tell::Taken { key, robot }));
            self.out.push(Effect::Prepare(Prepare { key, offer }));
        }
    }

    /// Lost although the connection stands: it is asked again, and not at once.
    fn lost(&mut self, asked: &Asked, at: Instants) {
        if *asked == Asked::Join {
            return self.reconnect(at);
        }
        self.ask_again(asked, at.monotonic.plus(RETRY_AFTER));
    }

    fn ask_again(&mut self, asked: &Asked, not_before: Monotonic) {
        self.unanswered(asked);
        match asked {
            Asked::Claim => self.claim.at = not_before,
            Asked::Join | Asked::Renew => {}
            Asked::Confirm(key)
            | Asked::Decline(key)
            | Asked::Events(key, _)
            | Asked::Finish(key) => {
                if let Some(attempt) = self.attempts.get_mut(key) {
                    attempt.not_before = Some(not_before);
                }
            }
        }
    }

    fn refused(&mut self, asked: &Asked, error: &ErrorBody, at: Instants) {
        match error.code {
            ErrorCode::Replaced => return self.exit(ExitReason::Replaced),
            ErrorCode::NotJoined => {
                self.unanswered(asked);
                return self.reconnect(at);
            }
            // The server also says goodbye, and what is to become of what runs, and closes.
            ErrorCode::Revoked => {
                return self.ask_again(asked, at.monotonic.plus(LONGEST_WAIT));
            }
            _ => {}
        }
        match asked {
            Asked::Join => {
                let text = format!(
                    "the server refused to let this computer join: {}",
                    error.message
                );
                if error.code == ErrorCode::Forbidden {
                    return self.exit(ExitReason::Unauthenticated(text));
                }
                self.out.push(Effect::Tell(Tell::Warning(text)));
                let again_at = Some(at.monotonic.plus(retry_after(error)));
                self.link = Link::Joining { again_at };
            }
            Asked::Claim => {
                self.claim.calling = false;
                self.claim.at = at.monotonic.plus(retry_after(error));
                self.claim.repeat = is_passing(error);
            }
            Asked::Renew => {}
            Asked::Confirm(key) => match error.code {
                ErrorCode::StaleAttempt => self.may_not_start(*key),
                _ => self.later(*key, error, at),
            },
            Asked::Decline(key) => match error.code {
                ErrorCode::StaleAttempt => self.may_not_start(*key),
                // It was confirmed, by a question whose answer was lost: ask for it.
                ErrorCode::Conflict => {
                    if let Some(attempt) = self.attempts.get_mut(key) {
                        attempt.leave.asked_at = Some(at.monotonic);
                    }
                }
                _ => self.later(*key, error, at),
            },
            Asked::Events(key, first) => self.events_refused(*key, *first, error, at),
            Asked::Finish(key) => match (error.code, error.up_to) {
                (ErrorCode::StaleAttempt, _) => self.let_go(*key),
                (ErrorCode::MissingEvents, Some(up_to)) => self.rewind(*key, up_to, at),
                // The server has more events than we have: `join` tells how many.
                (ErrorCode::Invalid, _) => {
                    self.later(*key, error, at);
                    if error
                        .fields
                        .iter()
                        .flatten()
                        .any(|field| field.name == "lastSeq")
                    {
                        self.reconnect(at);
                    }
                }
                _ => self.later(*key, error, at),
            },
        }
    }

    fn events_refused(&mut self, key: AttemptKey, first: u64, error: &ErrorBody, at: Instants) {
        match (error.code, error.up_to) {
            (ErrorCode::StaleAttempt, _) => self.let_go(key),
            (ErrorCode::MissingEvents, Some(up_to)) => {
                self.rewind(key, up_to, at);
                if up_to.saturating_add(1) == first {
                    self.later(key, error, at);
                }
            }
            (ErrorCode::Conflict, _) => {
                // The outcome is stored, and more than its last event is not wanted.
                if let Some(attempt) = self.attempts.get_mut(&key) {
                    attempt.stored_to = attempt.synced_to;
                }
            }
            (ErrorCode::Invalid | ErrorCode::TooLarge, _) => {
                let index = error
                    .fields
                    .iter()
                    .flatten()
                    .find_map(|field| event_index(&field.name));
                if let Some(attempt) = self.attempts.get_mut(&key) {
                    let named = first.saturating_add(index.unwrap_or(0));
                    if !attempt.replaced.insert(named) {
                        // It was replaced already, and the server still does not take the batch.
                        self.later(key, error, at);
                    }
                }
            }
            _ => self.later(key, error, at),
        }
    }

    /// The server has fewer events than we thought.
    fn rewind(&mut self, key: AttemptKey, up_to: u64, at: Instants) {
        if let Some(attempt) = self.attempts.get_mut(&key) {
            if up_to >= attempt.synced_to {
                // It has what we have, and misses something all the same.
                attempt.not_before = Some(at.monotonic.plus(RETRY_AFTER));
            }
            attempt.stored_to = up_to.min(MOST_SEQ);
        }
    }

    /// The server gives no leave to start, for ever. What ended meanwhile without a start is
    /// still told, and what `finish` is answered decides about it.
    fn may_not_start(&mut self, key: AttemptKey) {
        if self
            .attempts
            .get(&key)
            .is_some_and(Attempt::never_given_start)
        {
            self.forget(key);
        }
    }

    fn later(&mut self, key: AttemptKey, error: &ErrorBody, at: Instants) {
        if let Some(attempt) = self.attempts.get_mut(&key) {
            attempt.not_before = Some(at.monotonic.plus(retry_after(error)));
        }
        if !is_passing(error) {
            let text = format!("job {key}: {} ({})", error.message, error.code.as_str());
            self.out.push(Effect::Tell(Tell::Warning(text)));
        }
    }
}

fn retry_after(error: &ErrorBody) -> std::time::Duration {
    error.retry_after_ms.map_or(RETRY_AFTER, wait_of)
}

fn is_passing(error: &ErrorBody) -> bool {
    matches!(
        error.code,
        ErrorCode::TryAgain | ErrorCode::SlowDown | ErrorCode::Internal
    )
}

/// The index in the path `events[17]…`.
fn event_index(path: &str) -> Option<u64> {
    path.strip_prefix("events[")?
        .split(']')
        .next()?
        .parse()
        .ok()
}
