//! What goes wrong with agents.

use std::collections::BTreeSet;

use model::AgentId;
use store::agents::Running;

use super::agents::{OnItsWay, Record, State};
use super::schedule::Schedule;
use crate::world::now_or_never;

impl Schedule {
    pub(super) fn revoke(&mut self) {
        let agents: Vec<AgentId> = self.processes.iter().map(|p| p.agent).collect();
        let living: BTreeSet<AgentId> = agents.into_iter().collect();
        let living: Vec<AgentId> = living.difference(&self.removed).copied().collect();
        // One must stay, for everything has to end.
        if living.len() < 2 {
            return;
        }
        let agent = self.dice.pick(&living).unwrap();
        let (user, now) = (self.world.user, self.world.now());
        let revoke = self.world.dispatch.revoke(user, agent, Running::Stop, now);
        // What a failing store leaves half-done is finished by the sweep.
        let _ = now_or_never(revoke);
        self.removed.insert(agent);
        for process in &mut self.processes {
            process.gone |= process.agent == agent;
        }
    }

    /// The process dies; with luck the disk keeps its last words.
    pub(super) fn crash(&mut self) {
        let count = u64::try_from(self.processes.len()).unwrap();
        let at = usize::try_from(self.dice.below(count)).unwrap();
        if self.processes[at].gone {
            return;
        }
        let mut disk = self.processes[at].disk.clone();
        if self.dice.one_in(2) {
            for record in disk.values_mut() {
                if record.state == State::Running && self.dice.one_in(3) {
                    // The start was not synced.
                    *record = Record {
                        state: State::Accepted,
                        seq: 0,
                        acknowledged: 0,
                    };
                }
                record.seq = record.seq.min(record.acknowledged.max(1) - 1);
            }
        }
        let agent = self.processes[at].agent;
        self.processes[at] = self.process(agent, disk);
    }

    /// The disk is copied to a second computer, or an image of it is restored.
    pub(super) fn copy(&mut self) {
        if self.processes.len() >= 4 {
            return;
        }
        let count = u64::try_from(self.processes.len()).unwrap();
        let at = usize::try_from(self.dice.below(count)).unwrap();
        if !self.processes[at].gone {
            let (agent, disk) = (self.processes[at].agent, self.processes[at].disk.clone());
            let copy = self.process(agent, disk);
            self.processes.push(copy);
        }
    }

    pub(super) fn carry_out_late(&mut self) {
        if let Some(OnItsWay {
            mut line,
            name,
            body,
        }) = self.on_their_way.pop()
        {
            let _ = line.say(&self.world, name, body);
        }
    }
}
