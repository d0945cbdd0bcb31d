//! News of robots, files and the disk.

use model::mutation::{Mutation, active};
use model::{AttemptKey, Failure, Instants, Outcome};
use serde_json::json;

use super::{AgentCore, RETRY_AFTER, UPLOADS_LAST};
use crate::attempt::{Phase, Syncing};
use crate::effect::{Effect, Tell};
use crate::event::EventText;
use crate::input::{Artifact, PrepareFailure, RobotNews, SpoolPosition};
use crate::recovered::{SpoolRecord, TailOffsets};

impl AgentCore {
    pub(super) fn prepared(&mut self, key: AttemptKey, result: Result<(), PrepareFailure>) {
        let Some(attempt) = self.attempts.get_mut(&key) else {
            return;
        };
        match result {
            Ok(()) => attempt.prepared = true,
            Err(failure) if attempt.not_started() => {
                attempt.unprepared = Some(Outcome::failed(failure.failure, failure.message));
            }
            Err(_) => {}
        }
    }

    pub(super) fn robot(&mut self, key: AttemptKey, news: RobotNews, at: Instants) {
        let Some(attempt) = self.attempts.get_mut(&key) else {
            return;
        };
        if !attempt.is_working() {
            return;
        }
        match news {
            RobotNews::Events { events, offsets } => self.robot_said(key, events, offsets),
            RobotNews::Ended(outcome) => self.robot_ended(key, outcome, at),
            RobotNews::Died => {
                let message = "the computer or the supervisor stopped";
                let outcome = Outcome::failed(Failure::AgentLost, message);
                self.robot_ended(key, outcome, at);
            }
        }
    }

    /// Of what is read a second time, the server has the beginning.
    fn robot_said(&mut self, key: AttemptKey, mut events: Vec<EventText>, offsets: TailOffsets) {
        if let Some(attempt) = self.attempts.get_mut(&key) {
            let read = u64::try_from(events.len()).unwrap_or(u64::MAX);
            let again = attempt.read_again.min(read);
            attempt.read_again -= again;
            events.drain(..usize::try_from(again).unwrap_or(events.len()));
            if again > 0 && events.is_empty() {
                // Yet another process must not read it a third time.
                let first = attempt.last_seq + 1;
                attempt.offsets = offsets;
                let record = SpoolRecord::Events {
                    first,
                    events,
                    offsets,
                };
                self.append(key, record);
                return;
            }
        }
        self.append_events(key, events, offsets);
    }

    fn robot_ended(&mut self, key: AttemptKey, outcome: Outcome, at: Instants) {
        let Some(attempt) = self.attempts.get_mut(&key) else {
            return;
        };
        let robot = attempt.robot_name();
        let known = attempt.artifacts.iter().cloned().collect();
        let until = at.monotonic.plus(UPLOADS_LAST);
        attempt.phase = Phase::Uploading {
            outcome: outcome.clone(),
            until,
        };
        self.out.push(Effect::Tell(Tell::Ended {
            key,
            robot,
            outcome,
        }));
        self.out.push(Effect::Upload { key, known });
    }

    pub(super) fn uploaded(&mut self, key: AttemptKey, artifact: Artifact, at: Instants) {
        let now = self.server_time(at.now);
        let Some(attempt) = self.attempts.get_mut(&key) else {
            return;
        };
        if !matches!(attempt.phase, Phase::Uploading { .. }) {
            return;
        }
        let seq = attempt.last_seq + 1;
        let event = match artifact {
            Artifact::Stored {
                id,
                name,
                size_bytes,
                media_type,
            } => {
                if !attempt.artifacts.insert(name.clone()) {
                    return;
                }
                attempt.untrimmed_from.get_or_insert(seq);
                let fields = json!({
                    "artifactId": id, "name": name, "sizeBytes": size_bytes, "mediaType": media_type,
                });
                EventText::made(now, "artifact", fields)
            }
            Artifact::Refused { name, message } => {
                let text = format!("{name}: {message}");
                let fields = json!({ "code": "artifact_refused", "text": text });
                EventText::made(now, "note", fields)
            }
        };
        let offsets = attempt.offsets;
        self.append_events(key, vec![event], offsets);
    }

    pub(super) fn uploads_done(&mut self, key: AttemptKey) {
        let phase = self.attempts.get(&key).map(|attempt| attempt.phase.clone());
        if let Some(Phase::Uploading { outcome, .. }) = phase {
            self.end(key, outcome);
        }
    }

    /// Numbers events and spools them, behind a gap for those that could not be spooled before.
    pub(super) fn append_events(
        &mut self,
        key: AttemptKey,
        mut events: Vec<EventText>,
        offsets: TailOffsets,
    ) {
        let Some(attempt) = self.attempts.get_mut(&key) else {
            return;
        };
        let lost = std::mem::take(&mut attempt.dropped);
        if lost > 0 && !active(Mutation::GapUnmarked) {
            events.insert(
                0,
                EventText::gap(attempt.dropped_at, Some(lost), "disk_full"),
            );
        }
        if events.is_empty() {
            return;
        }
        let first = attempt.last_seq + 1;
        attempt.last_seq += u64::try_from(events.len()).unwrap_or(u64::MAX);
        attempt.offsets = offsets;
        let last = attempt.last_seq;
        let numbered = events
            .iter()
            .zip(first..)
            .map(|(event, seq)| event.numbered(seq))
            .collect();
        let position = self.append(
            key,
            SpoolRecord::Events {
                first,
                events: numbered,
                offsets,
            },
        );
        if let Some(attempt) = self.attempts.get_mut(&key) {
            attempt.syncing.insert(position, Syncing { last, lost });
            if active(Mutation::SentUnsynced) {
                attempt.synced_to = last;
            }
        }
    }

    pub(super) fn synced_to(&mut self, position: SpoolPosition) {
        self.synced = self.synced.max(position);
        for attempt in self.attempts.values_mut() {
            let later = attempt.syncing.split_off(&SpoolPosition(position.0 + 1));
            let done = std::mem::replace(&mut attempt.syncing, later);
            if let Some(last) = done.values().map(|batch| batch.last).max() {
                attempt.synced_to = attempt.synced_to.max(last);
            }
            attempt.phase = match attempt.phase.clone() {
                Phase::Accepting { at } if at <= position => Phase::Accepted,
                Phase::Starting { at, .. } if at <= position => {
                    Phase::Starting { at, synced: true }
                }
                Phase::Ending {
                    outcome,
                    last_seq,
                    at,
                } if at <= position => Phase::Ended { outcome, last_seq },
                other => other,
            };
        }
    }

    /// A record did not reach the disk.
    pub(super) fn not_spooled(
        &mut self,
        key: AttemptKey,
        record: SpoolRecord,
        reason: &str,
        at: Instants,
    ) {
        let now = self.server_time(at.now);
        let Some(attempt) = self.attempts.get_mut(&key) else {
            return;
        };
        // Said once, and not with each further line that a full disk does not take.
        let mut is_news = true;
        match record {
            SpoolRecord::Accepted { .. } => {
                attempt.phase = Phase::Accepted;
                attempt.unspooled = true;
            }
            SpoolRecord::Running => {
                attempt.phase = Phase::Accepted;
                let message = format!("its start could not be written to the disk: {reason}");
                attempt.unprepared = Some(Outcome::failed(Failure::Environment, message));
            }
            SpoolRecord::Events { events, .. } if events.is_empty() => is_news = false,
            SpoolRecord::Events { first, events, .. } => {
                // Nothing of it was sent, so its numbers are free again. A gap will say how many
                // events they were.
                let last = first + u64::try_from(events.len()).unwrap_or(0) - 1;
                let batch = attempt.syncing.iter().find(|(_, batch)| batch.last == last);
                let batch = batch.map(|(position, batch)| (*position, *batch));
                let lost = batch.map_or(0, |(_, batch)| batch.lost);
                if let Some((position, _)) = batch {
                    attempt.syncing.remove(&position);
                }
                attempt.last_seq = attempt.last_seq.min(first - 1);
                is_news = attempt.dropped == 0 && lost == 0;
                attempt.dropped += lost + (last + 1 - first) - u64::from(lost > 0);
                attempt.dropped_at = now;
            }
            SpoolRecord::Ended { outcome, last_seq } => {
                is_news = attempt.dropped == 0;
                attempt.phase = if attempt.dropped > 0 {
                    // The gap for what was dropped must come before the end.
                    let again_at = at.monotonic.plus(RETRY_AFTER);
                    Phase::Unwritten { outcome, again_at }
                } else {
                    // It is told all the same: a restart would find how its supervisor ended.
                    let last_seq = last_seq.min(attempt.last_seq);
                    Phase::Ended { outcome, last_seq }
                };
            }
        }
        if is_news {
            let text = format!("job {key} could not be written to the disk: {reason}");
            self.out.push(Effect::Tell(Tell::Warning(text)));
        }
    }
}
