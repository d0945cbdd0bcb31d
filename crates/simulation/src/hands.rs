//! The agents' hands: what a mind wants is done on the simulated computer.

use std::collections::VecDeque;

use agent_core::{
    Artifact, Effect, ExitReason, Input, PrepareFailure, RobotNews, SpoolRecord, TailOffsets,
};
use model::{ArtifactId, AttemptKey, Failure, ObjectId};
use wire::agent::{AgentMessage, Events};
use wire::event::RawEvent;

use crate::computer::EndsAfter;
use crate::workspace::{Supervisor, Workspace};
use crate::world::{What, World};

/// A supervisor waits for `start` this long.
const WAITS_FOR_START_MS: u64 = 600_000;
const FILES: [&str; 2] = ["log.html", "output.xml"];

impl World {
    pub(crate) fn give_to(&mut self, who: usize, number: u64, input: Input) {
        if self.process(who, number).is_some() {
            self.give(who, input);
        }
    }

    /// Gives the mind an input and carries out what it wants, unless its program ends between.
    pub(crate) fn give(&mut self, who: usize, input: Input) {
        let mut inputs = VecDeque::from([input]);
        while let Some(input) = inputs.pop_front() {
            let clocks = self.computers[who].read_clocks(self.time);
            let Some(process) = self.computers[who].process.as_mut() else {
                return;
            };
            let number = process.number;
            let shown = self.record.is_kept().then(|| format!("{input:?}"));
            let effects = process.core.handle(input, clocks);
            let wake = process.core.wake_at();
            if wake.is_some_and(|wake| wake <= clocks.monotonic) {
                self.breaks("an agent does what is due", format!("#{who}"));
            }
            self.note(|| {
                let shown: String = shown.unwrap_or_default().chars().take(400).collect();
                let then: String = format!("{effects:?}").chars().take(700).collect();
                format!("#{who} {shown} -> {then}")
            });
            let mut not_spooled: Vec<AttemptKey> = Vec::new();
            for effect in effects {
                if self.process(who, number).is_none() || self.ends_here(who) {
                    return;
                }
                match effect {
                    Effect::Append(key, record) => {
                        if let Err(failed) = self.append(who, &not_spooled, key, record) {
                            not_spooled.push(key);
                            inputs.push_back(failed);
                        }
                    }
                    other => self.carry_out(who, number, other),
                }
            }
        }
        self.set_alarm(who);
    }

    fn append(
        &mut self,
        who: usize,
        not_spooled: &[AttemptKey],
        key: AttemptKey,
        record: SpoolRecord,
    ) -> Result<(), Input> {
        let written = if not_spooled.contains(&key) {
            Err("an earlier record did not fit".to_owned())
        } else {
            self.computers[who].files.disk.append(key, record.clone())
        };
        written.map_err(|reason| Input::NotSpooled {
            key,
            record,
            reason,
        })
    }

    /// Whether the program ends before the next effect.
    fn ends_here(&mut self, who: usize) -> bool {
        let Some(ends) = &mut self.computers[who].ends_after else {
            return false;
        };
        if ends.effects > 0 {
            ends.effects -= 1;
            return false;
        }
        let EndsAfter { power, away_ms, .. } = *ends;
        self.computers[who].ends_after = None;
        self.crash(who, power, away_ms);
        true
    }

    fn set_alarm(&mut self, who: usize) {
        let computer = &mut self.computers[who];
        let clocks = computer.clocks;
        let Some(process) = computer.process.as_mut() else {
            return;
        };
        let due = process.core.wake_at().map(|wake| clocks.time_of(wake));
        if due != process.wake {
            process.wake = due;
            let number = process.number;
            if let Some(due) = due {
                self.at(due.max(self.time), What::Wake(who, number));
            }
        }
    }

    fn carry_out(&mut self, who: usize, number: u64, effect: Effect) {
        match effect {
            Effect::Append(..) | Effect::Tell(_) | Effect::Check => {}
            Effect::Call(call, message) => self.call(who, call, &message),
            Effect::SendEvents {
                call,
                key,
                first,
                last,
                replaced,
            } => {
                if !replaced.is_empty() {
                    return self.breaks("the server refuses no event", format!("{key}"));
                }
                let events = self.computers[who].files.disk.read(key, first, last, 5);
                let events = events
                    .into_iter()
                    .map(|event| RawEvent::from_json(event.0).unwrap());
                let batch = Events {
                    job_id: key.job.into(),
                    attempt: key.attempt,
                    first,
                    events: events.collect(),
                };
                self.call(who, call, &AgentMessage::Events(batch));
            }
            Effect::Sync(position) => {
                let computer = &self.computers[who];
                let to = computer.files.disk.begin_sync();
                let slow = self.time < computer.slow_disk_until;
                let takes = match self.dice.below(20) {
                    0 if !self.healed => 3_000,
                    _ if slow => self.dice.between(500, 20_000),
                    _ => self.dice.between(1, 30),
                };
                self.later(takes, What::Synced(who, number, position, to));
            }
            Effect::Trim(key, up_to) => self.computers[who].files.disk.trim(key, up_to),
            Effect::Prepare(prepare) => {
                let takes = match self.dice.below(10) {
                    0 => 40_000,
                    _ => self.dice.between(5, 2_000),
                };
                self.later(takes, What::Prepared(who, number, prepare.key));
            }
            Effect::Start(start) => self.start_robot(who, number, start.key),
            Effect::Resume(key) => self.watch(who, number, key),
            Effect::Control(key, mode) => {
                let time = self.time;
                if let Some(workspace) = self.computers[who].files.workspaces.get_mut(&key) {
                    workspace.control(mode, time);
                }
            }
            Effect::Upload { key, known } => {
                if let Some(process) = self.process(who, number) {
                    process.uploading.insert(key);
                }
                let left = self.computers[who].files.workspaces.get(&key);
                let files = &FILES[..left.map_or(0, Workspace::files)];
                let file = files
                    .iter()
                    .position(|file| !known.iter().any(|name| name == file));
                let takes = self.dice.between(10, 3_000);
                let file = file.unwrap_or(FILES.len());
                self.later(takes, What::Upload(who, number, key, file));
            }
            Effect::StopUploads(key) => {
                let process = self.process(who, number);
                if process.is_some_and(|process| process.uploading.remove(&key)) {
                    self.later(1, What::Upload(who, number, key, FILES.len()));
                }
            }
            Effect::Forget(key) => {
                self.computers[who].files.disk.forget(key);
                self.computers[who].files.workspaces.remove(&key);
            }
            Effect::SetAside(key) => {
                self.computers[who].files.disk.forget(key);
                let workspace = self.computers[who].files.workspaces.remove(&key);
                if workspace.is_some_and(|it| it.supervisor == Supervisor::Working) {
                    self.robot_ended(key, judge::RobotEnd::Killed);
                }
            }
            Effect::Reconnect => self.break_line(who),
            Effect::Exit(reason) => self.exit(who, &reason),
        }
    }

    fn exit(&mut self, who: usize, reason: &ExitReason) {
        self.hang_up_agent(who);
        self.computers[who].process = None;
        let computer = &mut self.computers[who];
        match reason {
            ExitReason::Done => {
                let away = self.dice.between(500, 5_000);
                self.later(away, What::Start(who));
            }
            ExitReason::Replaced if computer.copied => computer.retired = true,
            ExitReason::Revoked if self.testimony.was_removed(computer.agent) => {
                computer.retired = true;
            }
            other => self.breaks("nobody is locked out", format!("#{who} ends: {other:?}")),
        }
    }

    pub(crate) fn prepared(&mut self, who: usize, number: u64, key: AttemptKey) {
        let Some(process) = self.process(who, number) else {
            return;
        };
        if !process.core.holding().any(|(held, _)| held == key) {
            return;
        }
        let result = if self.time < self.computers[who].cannot_prepare_until {
            Err(PrepareFailure {
                failure: Failure::Environment,
                message: "the package could not be had".to_owned(),
            })
        } else {
            let fresh = Workspace::new(&mut self.dice);
            let workspaces = &mut self.computers[who].files.workspaces;
            workspaces
                .entry(key)
                .and_modify(Workspace::supervise)
                .or_insert(fresh);
            self.later(WAITS_FOR_START_MS, What::StartDoesNotCome(who, key));
            Ok(())
        };
        self.give(who, Input::Prepared(key, result));
    }

    pub(crate) fn start_does_not_come(&mut self, who: usize, key: AttemptKey) {
        let workspace = self.computers[who].files.workspaces.get_mut(&key);
        if let Some(workspace) = workspace
            && workspace.supervisor == Supervisor::Waiting
        {
            workspace.die();
        }
    }

    fn start_robot(&mut self, who: usize, number: u64, key: AttemptKey) {
        let workspace = self.computers[who].files.workspaces.get_mut(&key);
        if workspace.is_some_and(Workspace::start) {
            self.figures.robots += 1;
            let agent = self.computers[who].agent;
            self.robot_started(key, agent);
            let pause = self.dice.between(100, 3_000);
            self.later(pause, What::Robot(who, key));
        }
        self.watch(who, number, key);
    }

    /// The robot goes on, whether its agent lives or not.
    pub(crate) fn robot(&mut self, who: usize, key: AttemptKey) {
        let time = self.time;
        let Some(workspace) = self.computers[who].files.workspaces.get_mut(&key) else {
            return;
        };
        let goes_on = workspace.go_on(&mut self.dice, time);
        let outcome = match &workspace.supervisor {
            Supervisor::Ended(outcome) => Some(outcome.clone()),
            _ => None,
        };
        let said = workspace.said.len();
        self.robot_did(key, said, outcome.as_ref());
        if goes_on {
            let pause = self.dice.between(100, 8_000);
            self.later(pause, What::Robot(who, key));
        }
    }

    fn watch(&mut self, who: usize, number: u64, key: AttemptKey) {
        let Some(process) = self.process(who, number) else {
            return;
        };
        let offsets = process.found.get(&key).copied().unwrap_or_default();
        if !process.watched.insert(key) {
            return self.breaks("each attempt is watched once", format!("{key}"));
        }
        self.later(100, What::Look(who, number, key, offsets));
    }

    pub(crate) fn look_into(
        &mut self,
        who: usize,
        number: u64,
        key: AttemptKey,
        offsets: TailOffsets,
    ) {
        let held = self
            .process(who, number)
            .is_some_and(|process| process.core.holding().any(|(held, _)| held == key));
        if !held {
            return;
        }
        let Some(workspace) = self.computers[who].files.workspaces.get(&key) else {
            return self.give(who, Input::Robot(key, RobotNews::Died));
        };
        let supervisor = workspace.supervisor.clone();
        // After a power cut the file may be shorter than what was read of it.
        let read = usize::try_from(offsets.events).unwrap_or(usize::MAX);
        let read = read.min(workspace.said.len());
        let to = workspace.said.len().min(read + self.dice.index(6) + 1);
        let events = workspace.said[read..to].to_vec();
        let all = to == workspace.said.len();
        let offsets = TailOffsets {
            events: offsets.events.max(u64::try_from(to).unwrap()),
            ..offsets
        };
        if !events.is_empty() {
            self.give(
                who,
                Input::Robot(key, RobotNews::Events { events, offsets }),
            );
        }
        match supervisor {
            Supervisor::Ended(outcome) if all => {
                self.give_to(who, number, Input::Robot(key, RobotNews::Ended(outcome)));
            }
            Supervisor::Dead if all => {
                self.give_to(who, number, Input::Robot(key, RobotNews::Died));
            }
            _ => {
                let pause = self.dice.between(100, 1_500);
                self.later(pause, What::Look(who, number, key, offsets));
            }
        }
    }

    pub(crate) fn upload(&mut self, who: usize, number: u64, key: AttemptKey, file: usize) {
        let left = self.computers[who].files.workspaces.get(&key);
        let files = left.map_or(0, Workspace::files);
        let Some(process) = self.process(who, number) else {
            return;
        };
        let wanted = process.uploading.contains(&key);
        if wanted && process.line.is_none() {
            return self.later(5_000, What::Upload(who, number, key, file));
        }
        let Some(name) = FILES[..files].get(file).filter(|_| wanted) else {
            process.uploading.remove(&key);
            return self.give(who, Input::UploadsDone(key));
        };
        self.serial += 1;
        let now = self.computers[who].read_clocks(self.time).now;
        let id = ObjectId::from_parts(now, self.serial.to_be_bytes());
        let stored = Artifact::Stored {
            id: ArtifactId(id),
            name: (*name).to_owned(),
            size_bytes: 10,
            media_type: "text/html".to_owned(),
        };
        self.give(who, Input::Uploaded(key, stored));
        // Now and then a file never comes to its end.
        if !self.dice.one_in(40) {
            let takes = self.dice.between(10, 3_000);
            self.later(takes, What::Upload(who, number, key, file + 1));
        }
    }
}
