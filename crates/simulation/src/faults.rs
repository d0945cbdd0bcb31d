//! What people do and what goes wrong, as the plan of the seed says.

use std::collections::BTreeSet;

use agent_core::{Input, Shutdown};
use model::{JobId, StopMode};
use serde_json::json;
use store::agents::Running;

use crate::computer::{Computer, EndsAfter};
use crate::dice::Dice;
use crate::node::How;
use crate::page::Wish;
use crate::plan::{Fault, Kind};
use crate::tasks::Done;
use crate::workspace::{Supervisor, Workspace};
use crate::world::{What, World};

/// Whoever says nothing for so long is hung up on.
const LINES_LAST_MS: u64 = 25_000;
const HOUR_MS: u64 = 3_600_000;
/// After this long without faults, robots that never end by themselves are ended.
const ENDS_AFTER_MS: u64 = 200_000;

impl World {
    pub(crate) fn goes_wrong(&mut self, fault: Fault) {
        let mut dice = Dice::new(fault.salt);
        let who = dice.index(self.computers.len());
        let node = dice.index(self.nodes.len());
        let page = dice.index(self.pages.len());
        self.note(|| format!("fault {}: {} (#{who})", fault.index, fault.kind.name()));
        *self.figures.faults.entry(fault.kind.name()).or_default() += 1;
        let time = self.time;
        match fault.kind {
            Kind::AgentCrashes => self.crash(who, false, away(&mut dice)),
            Kind::PowerCut => self.crash(who, true, away(&mut dice)),
            Kind::CrashBetweenEffects | Kind::PowerCutBetweenEffects => {
                self.computers[who].ends_after = Some(EndsAfter {
                    effects: dice.index(12),
                    power: fault.kind == Kind::PowerCutBetweenEffects,
                    away_ms: away(&mut dice),
                });
            }
            Kind::DiskLies => {
                self.crash(who, true, away(&mut dice));
                self.computers[who].files.disk.lose(&mut self.dice, true);
                let agent = self.computers[who].agent.to_string().into();
                self.tell(judge::What::DiskLied { agent });
            }
            Kind::RolledBack => self.roll_back(fault.index, away(&mut dice)),
            Kind::Copied => self.copy(fault.index, dice.between(100, 30_000)),
            Kind::DiskFull => {
                self.computers[who].files.disk.full = true;
                self.later(dice.between(1_000, 30_000), What::DiskHasRoom(who));
            }
            Kind::Sleeps => {
                let sleeps = pause(&mut dice);
                let computer = &mut self.computers[who];
                computer.asleep_until = computer.asleep_until.max(time + sleeps);
                let line = self.computers[who].process.as_ref().and_then(|it| it.line);
                if let (Some(_), true) = (line, sleeps > LINES_LAST_MS) {
                    // The server has long given the line up when the computer wakes.
                    self.break_line(who);
                }
            }
            Kind::AgentLeaves => self.give(who, Input::Shutdown(Shutdown::Finish)),
            Kind::CannotPrepare => {
                self.computers[who].cannot_prepare_until = time + dice.between(2_000, 40_000);
            }
            Kind::SlowSync => {
                self.computers[who].slow_disk_until = time + dice.between(5_000, 60_000);
            }
            Kind::LineCut => self.break_line(who),
            Kind::AgentAway => {
                self.computers[who].away_until = time + dice.between(20_000, 140_000);
                self.break_line(who);
            }
            Kind::AnswersLost => self.answers_lost_until = time + dice.between(2_000, 30_000),
            Kind::SlowLines => self.slow_lines_until = time + dice.between(5_000, 60_000),
            Kind::Split => self.split(dice.between(5_000, 120_000)),
            Kind::HintsLost => self.nodes[node].mute_until = time + dice.between(5_000, 90_000),
            Kind::NodeCrashes => {
                let down = match dice.below(4) {
                    0 => dice.between(60_000, 120_000),
                    _ => dice.between(500, 10_000),
                };
                self.stop_node(node, down);
            }
            Kind::AllServersGone => {
                for node in 0..self.nodes.len() {
                    self.stop_node(node, HOUR_MS);
                }
            }
            Kind::NodeSleeps => {
                let sleeps = pause(&mut dice);
                let server = &mut self.nodes[node];
                let until = server.asleep_until.max(time + sleeps);
                server.clocks.slept_ms += until - server.asleep_until.max(time);
                server.asleep_until = until;
                self.listen();
                if sleeps > LINES_LAST_MS {
                    self.drop_lines(node);
                }
            }
            Kind::NodeSlow => self.nodes[node].slow_until = time + dice.between(5_000, 60_000),
            Kind::StoreRefuses => self.moody(node, How::Refuses, &mut dice),
            Kind::StoreForgetsToAnswer => self.moody(node, How::ForgetsToAnswer, &mut dice),
            Kind::StoreLate => self.moody(node, How::Late, &mut dice),
            Kind::AgentClockJumps => self.computers[who].clocks.offset_ms += jump(&mut dice),
            Kind::NodeClockJumps => {
                let jumps = jump(&mut dice);
                self.nodes[node].clocks.offset_ms += jumps;
                self.clocks_apart_ms += jumps.unsigned_abs();
                self.tell(judge::What::ClockSet);
            }
            Kind::Stop => self.somebody_cancels(page, StopMode::Stop, &mut dice),
            Kind::Kill => self.somebody_cancels(page, StopMode::Kill, &mut dice),
            Kind::Revoke => self.revoke(who, node, &mut dice),
            Kind::PageReloads => self.page_is_cut(page),
        }
    }

    fn moody(&mut self, node: usize, how: How, dice: &mut Dice) {
        self.nodes[node].set_mood(Some(how));
        self.later(dice.between(500, 15_000), What::Mood(node));
    }

    /// The program crashes; with the power, also the supervisors, and the disk loses what was not
    /// synced.
    pub(crate) fn crash(&mut self, who: usize, power: bool, away_ms: u64) {
        self.hang_up_agent(who);
        let computer = &mut self.computers[who];
        computer.process = None;
        computer.ends_after = None;
        if power {
            computer.asleep_until = 0;
            computer.files.disk.lose(&mut self.dice, false);
            let mut torn = Vec::new();
            for (key, workspace) in &mut computer.files.workspaces {
                if workspace.lose(&mut self.dice) {
                    torn.push(*key);
                }
            }
            for key in torn {
                self.robot_ended(key, judge::RobotEnd::PowerLost);
            }
        }
        self.later(away_ms, What::Start(who));
    }

    pub(crate) fn take_snapshot(&mut self, index: u32, salt: u64) {
        let who = Dice::new(salt).index(self.computers.len());
        let mut files = self.computers[who].files.clone();
        files.workspaces.values_mut().for_each(Workspace::die);
        self.snapshots.insert(index, (who, files));
    }

    fn roll_back(&mut self, index: u32, away_ms: u64) {
        let Some((who, files)) = self.snapshots.remove(&index) else {
            return;
        };
        self.crash(who, true, away_ms);
        let agent = self.computers[who].agent;
        self.computers[who].files = files;
        let agent = agent.to_string().into();
        self.tell(judge::What::FolderRolledBack { agent });
    }

    fn copy(&mut self, index: u32, after_ms: u64) {
        let Some((who, files)) = self.snapshots.remove(&index) else {
            return;
        };
        let original = &mut self.computers[who];
        original.copied = true;
        let (agent, key, user) = (original.agent, original.key, original.user);
        let slots = original.slots;
        let mut copy = Computer::new(agent, key, user, &mut self.dice);
        copy.slots = slots;
        copy.files = files;
        copy.copied = true;
        let copied = agent.to_string().into();
        self.tell(judge::What::FolderCopied { agent: copied });
        self.computers.push(copy);
        self.later(after_ms, What::Start(self.computers.len() - 1));
    }

    fn split(&mut self, lasts: u64) {
        self.split_until = self.time + lasts;
        for who in 0..self.computers.len() {
            let line = self.computers[who].process.as_ref().and_then(|it| it.line);
            let node = line.and_then(|id| self.lines.get(&id)).map(|it| it.node);
            if node.is_some_and(|node| node % 2 != who % 2) {
                self.break_line(who);
            }
        }
    }

    fn stop_node(&mut self, node: usize, down_ms: u64) {
        if !self.nodes[node].up {
            return;
        }
        self.nodes[node].stop();
        self.listen();
        self.tasks.retain(|_, task| task.node != node);
        self.drop_lines(node);
        self.later(down_ms, What::NodeStarts(node));
    }

    /// All lines of a server end, and nothing more of what was said on them is heard.
    fn drop_lines(&mut self, node: usize) {
        let lines = self.lines.iter_mut().filter(|(_, line)| line.node == node);
        let mut peers = Vec::new();
        for (_, line) in lines {
            line.up.clear();
            line.arrived.clear();
            if !line.cut {
                peers.push(line.peer);
            }
        }
        for peer in peers {
            match peer {
                crate::line::Peer::Agent(who, number) => {
                    if self.process(who, number).is_some() {
                        self.break_line(who);
                    }
                }
                crate::line::Peer::Page(page) => self.page_is_cut(page),
            }
        }
    }

    /// A person plays a robot, and later another.
    pub(crate) fn somebody_plays(&mut self) {
        if self.plays_left == 0 {
            return;
        }
        self.plays_left -= 1;
        let number = self.dice.index(self.pages.len());
        let user = self.pages[number].user();
        let robots = self.robots.iter().filter(|(of, ..)| *of == user);
        let robots: Vec<_> = robots.copied().collect();
        let Some((_, robot, _)) = self.dice.pick(&robots) else {
            return;
        };
        let request = format!("request-{}-{number}", self.plays_left);
        let mut body = json!({"requestId": request, "robotId": robot, "parameters": []});
        let first = self.computers.iter().find(|it| it.user == user);
        let first = first.map(|first| first.agent);
        match self.dice.below(8) {
            0 => body["agentLabel"] = "sap".into(),
            1 => body["agentId"] = json!(first),
            _ => {}
        }
        self.pages[number].wants(Wish::Play(robot, body));
        self.page_asks(number);
        let pause = self.dice.between(500, 25_000);
        self.later(pause, What::Play);
    }

    fn somebody_cancels(&mut self, page: usize, mode: StopMode, dice: &mut Dice) {
        let jobs: Vec<JobId> = self.testimony.jobs_of(self.pages[page].user());
        // The latest ones are those that something happens to.
        let jobs: Vec<JobId> = jobs.into_iter().rev().take(3).collect();
        let Some(job) = dice.pick(&jobs) else {
            return;
        };
        self.pages[page].wants(Wish::Cancel(job, mode));
        self.page_asks(page);
    }

    fn revoke(&mut self, who: usize, node: usize, dice: &mut Dice) {
        let computer = &self.computers[who];
        let (agent, user) = (computer.agent, computer.user);
        // The first computer of each user stays: somebody must be there for what waits.
        let first = self.computers.iter().find(|it| it.user == user);
        if first.is_none_or(|first| first.agent == agent) || !self.nodes[node].up {
            return;
        }
        let running = if dice.one_in(2) {
            Running::Stop
        } else {
            Running::Finish
        };
        self.removed(agent);
        let dispatch = self.dispatch_of(node);
        let now = self.node_now(node);
        self.spawn(node, async move {
            // The sweep finishes what was left half-done.
            let _removed = dispatch.revoke(user, agent, running, now).await;
            Done::Nothing
        });
    }

    /// No more faults: whatever is down comes up.
    pub(crate) fn heal(&mut self) {
        self.note(|| "everything is healed".to_owned());
        self.healed = true;
        self.split_until = 0;
        self.answers_lost_until = 0;
        self.slow_lines_until = 0;
        for computer in &mut self.computers {
            computer.files.disk.full = false;
            computer.away_until = 0;
            computer.cannot_prepare_until = 0;
            computer.slow_disk_until = 0;
            computer.ends_after = None;
        }
        for node in 0..self.nodes.len() {
            let server = &mut self.nodes[node];
            server.slow_until = 0;
            server.mute_until = 0;
            server.heal();
            if !server.up {
                self.later(1, What::NodeStarts(node));
            }
        }
        // A page whose hints were lost is told the rest when it is loaded again.
        for page in 0..self.pages.len() {
            self.page_is_cut(page);
        }
        self.later(ENDS_AFTER_MS, What::EndWhatIsLeft);
    }

    /// Robots that never end by themselves are ended by a person. A job without a robot that works
    /// must end by itself.
    pub(crate) fn end_what_is_left(&mut self) {
        let mut works = BTreeSet::new();
        for computer in &mut self.computers {
            for (key, workspace) in &mut computer.files.workspaces {
                // Also those of attempts that were lost, which nobody can cancel.
                workspace.end_some_time();
                if workspace.supervisor == Supervisor::Working {
                    works.insert(key.job);
                }
            }
        }
        let open: Vec<JobId> = self.testimony.open().collect();
        for job in open.into_iter().filter(|job| works.contains(job)) {
            let user = self.rules.job(job).user_id;
            let page = (0..self.pages.len()).find(|page| self.pages[*page].user() == user);
            let Some(page) = page else { continue };
            let mode = if self.dice.one_in(2) {
                StopMode::Stop
            } else {
                StopMode::Kill
            };
            self.pages[page].wants(Wish::Cancel(job, mode));
            self.page_asks(page);
        }
        self.later(ENDS_AFTER_MS, What::EndWhatIsLeft);
    }
}

/// How long a computer is away after a crash.
fn away(dice: &mut Dice) -> u64 {
    match dice.below(6) {
        0 => dice.between(90_000, 150_000),
        1 => dice.between(20_000, 60_000),
        _ => dice.between(100, 10_000),
    }
}

fn pause(dice: &mut Dice) -> u64 {
    match dice.below(3) {
        0 => HOUR_MS,
        1 => dice.between(30_000, 120_000),
        _ => dice.between(1_000, 30_000),
    }
}

/// How far a clock jumps.
fn jump(dice: &mut Dice) -> i64 {
    let far = match dice.below(3) {
        0 => dice.between(1_000, 10_000),
        1 => dice.between(10_000, 100_000),
        _ => dice.between(100_000, HOUR_MS),
    };
    let far = i64::try_from(far).unwrap_or(0);
    if dice.one_in(2) { far } else { -far }
}
