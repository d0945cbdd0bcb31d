//! The agents' hands: what a mind wants is done on the simulated computer.

use agent_core::{Artifact, Effect, ExitReason, Input, PrepareFailure, RobotNews, TailOffsets};
use model::{ArtifactId, AttemptKey, Failure, ObjectId};
use wire::agent::{AgentMessage, Events};
use wire::event::RawEvent;

use super::computer::Process;
use super::dice::Dice;
use super::simulation::{Simulation, What};
use super::workspace::{Supervisor, Workspace};

/// A supervisor waits for `start` this long.
const WAITS_FOR_START_MS: u64 = 600_000;
const FILES: [&str; 2] = ["log.html", "output.xml"];

impl Simulation {
    pub(super) fn carry_out(&mut self, who: usize, effect: Effect) {
        let Some(process) = self.computers[who].process.as_mut() else {
            return;
        };
        let number = process.number;
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
                assert!(replaced.is_empty(), "the server refuses no event of ours");
                let events = self.computers[who].disk.read(key, first, last, 5);
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
                let to = self.computers[who].disk.begin_sync();
                let takes = if self.dice.one_in(20) {
                    3_000
                } else {
                    self.dice.between(1, 30)
                };
                self.later(takes, What::Synced(who, number, position, to));
            }
            Effect::Trim(key, up_to) => self.computers[who].disk.trim(key, up_to),
            Effect::Prepare(prepare) => {
                let takes = if self.dice.one_in(10) {
                    40_000
                } else {
                    self.dice.between(5, 2_000)
                };
                self.later(takes, What::Prepared(who, number, prepare.key));
            }
            Effect::Start(start) => self.start_robot(who, number, start.key),
            Effect::Resume(key) => self.watch(who, number, key),
            Effect::Control(key, mode) => {
                if let Some(workspace) = self.computers[who].workspaces.get_mut(&key) {
                    workspace.control(mode);
                }
            }
            Effect::Upload { key, known } => {
                process.uploading.insert(key);
                let file = FILES
                    .iter()
                    .position(|file| !known.iter().any(|name| name == file));
                let takes = self.dice.between(10, 3_000);
                self.later(
                    takes,
                    What::Upload(who, number, key, file.unwrap_or(FILES.len())),
                );
            }
            Effect::StopUploads(key) => {
                process.uploading.remove(&key);
            }
            Effect::Forget(key) => {
                self.computers[who].disk.forget(key);
                self.computers[who].workspaces.remove(&key);
            }
            Effect::SetAside(key) => {
                self.judge.set_aside(&self.server, key);
                self.computers[who].disk.forget(key);
                self.computers[who].workspaces.remove(&key);
            }
            Effect::Reconnect => self.break_line(who),
            Effect::Exit(reason) => {
                assert_eq!(reason, ExitReason::Done, "nobody else has its key");
                self.hang_up(who);
                self.computers[who].process = None;
                let away = self.dice.between(500, 5_000);
                self.later(away, What::Start(who));
            }
        }
    }

    pub(super) fn prepared(&mut self, who: usize, number: u64, key: AttemptKey) {
        if self.process(who, number).is_none() {
            return;
        }
        let held = |process: &Process| process.core.holding().any(|(held, _)| held == key);
        if !self
            .process(who, number)
            .is_some_and(|process| held(process))
        {
            return;
        }
        let result = if !self.healed && self.dice.one_in(12) {
            Err(PrepareFailure {
                failure: Failure::Environment,
                message: "the package could not be had".to_owned(),
            })
        } else {
            let workspace = Workspace::new(&mut self.dice);
            let workspaces = &mut self.computers[who].workspaces;
            workspaces
                .entry(key)
                .and_modify(|old| {
                    if old.supervisor == Supervisor::Dead && old.said.is_empty() {
                        *old = Workspace::new(&mut Dice::new(number));
                    }
                })
                .or_insert(workspace);
            self.later(WAITS_FOR_START_MS, What::StartDoesNotCome(who, key));
            Ok(())
        };
        self.give(who, Input::Prepared(key, result));
    }

    fn start_robot(&mut self, who: usize, number: u64, key: AttemptKey) {
        let workspace = self.computers[who].workspaces.get_mut(&key);
        if workspace.is_some_and(Workspace::start) {
            self.judge.started(key);
            let pause = self.dice.between(100, 3_000);
            self.later(pause, What::Robot(who, key));
        }
        self.watch(who, number, key);
    }

    /// The robot goes on, whether its agent lives or not.
    pub(super) fn robot(&mut self, who: usize, key: AttemptKey) {
        let Some(workspace) = self.computers[who].workspaces.get_mut(&key) else {
            return;
        };
        let goes_on = workspace.go_on(&mut self.dice);
        let outcome = match &workspace.supervisor {
            Supervisor::Ended(outcome) => Some(outcome),
            _ => None,
        };
        self.judge.robot(key, workspace.said.len(), outcome);
        if goes_on {
            let pause = self.dice.between(100, 8_000);
            self.later(pause, What::Robot(who, key));
        }
    }

    fn watch(&mut self, who: usize, number: u64, key: AttemptKey) {
        let Some(process) = self.process(who, number) else {
            return;
        };
        let offsets = process.found.get(&key).copied();
        assert!(process.watched.insert(key), "{key} is watched twice");
        self.later(
            100,
            What::Look(who, number, key, offsets.unwrap_or_default()),
        );
    }

    pub(super) fn look_into(
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
        let Some(workspace) = self.computers[who].workspaces.get(&key) else {
            return self.give(who, Input::Robot(key, RobotNews::Died));
        };
        let supervisor = workspace.supervisor.clone();
        let read = usize::try_from(offsets.events).unwrap();
        let to = workspace.said.len().min(read + self.dice.index(6) + 1);
        let events = workspace.said[read..to].to_vec();
        let all = to == workspace.said.len();
        let offsets = TailOffsets {
            events: u64::try_from(to).unwrap(),
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

    pub(super) fn upload(&mut self, who: usize, number: u64, key: AttemptKey, file: usize) {
        let Some(process) = self.process(who, number) else {
            return;
        };
        if !process.uploading.contains(&key) {
            return;
        }
        if process.line.is_none() {
            return self.later(5_000, What::Upload(who, number, key, file));
        }
        let Some(name) = FILES.get(file) else {
            process.uploading.remove(&key);
            return self.give(who, Input::UploadsDone(key));
        };
        self.serial += 1;
        let id = ObjectId::from_parts(
            self.computers[who].clocks(self.time).now,
            self.serial.to_be_bytes(),
        );
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
