//! How attempts end on this side.

use model::{AttemptKey, CancelledHow, Ending, Outcome};

use super::AgentCore;
use crate::attempt::{Attempt, Phase};
use crate::effect::{Effect, Tell};
use crate::recovered::SpoolRecord;

impl AgentCore {
    /// Its end was asked for before its robot started: it will not.
    pub(super) fn end_before_start(&mut self, key: AttemptKey) {
        let ending = Ending::Cancelled {
            how: CancelledHow::BeforeStart,
            by: None,
        };
        self.end_untouched(key, Outcome::unmeasured(ending));
    }

    /// Its robot cannot start, and the attempt is ours: it ends with what went wrong.
    pub(super) fn end_unprepared(&mut self, key: AttemptKey) {
        let attempt = self.attempts.get_mut(&key);
        if let Some(outcome) = attempt.and_then(|attempt| attempt.unprepared.take()) {
            self.end_untouched(key, outcome);
        }
    }

    fn end_untouched(&mut self, key: AttemptKey, outcome: Outcome) {
        let robot = self.attempts.get(&key).map(Attempt::robot_name);
        let robot = robot.unwrap_or_default();
        self.out.push(Effect::Tell(Tell::Ended {
            key,
            robot,
            outcome: outcome.clone(),
        }));
        self.end(key, outcome);
    }

    /// The outcome is known: it goes to the disk, then to the server.
    pub(super) fn end(&mut self, key: AttemptKey, outcome: Outcome) {
        if let Some(attempt) = self.attempts.get(&key) {
            let offsets = attempt.offsets;
            self.append_events(key, Vec::new(), offsets);
        }
        let Some(attempt) = self.attempts.get(&key) else {
            return;
        };
        let last_seq = attempt.last_seq;
        let record = SpoolRecord::Ended {
            outcome: outcome.clone(),
            last_seq,
        };
        let position = self.append(key, record);
        if let Some(attempt) = self.attempts.get_mut(&key) {
            attempt.phase = Phase::Ending {
                outcome,
                last_seq,
                at: position,
            };
        }
    }
}
