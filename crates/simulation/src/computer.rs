//! A computer: its disk, its workspaces and, while it runs, the agent's process.

use std::collections::{BTreeMap, BTreeSet};

use agent_core::{AgentCore, Setup, TailOffsets};
use model::{AgentId, AttemptKey, InstanceId, Instants, Sha256, UserId};

use crate::clocks::Clocks;
use crate::dice::Dice;
use crate::disk::Disk;
use crate::line::LineId;
use crate::workspace::Workspace;

pub(crate) struct Computer {
    /// Whose key it has; a copy has the same.
    pub(crate) agent: AgentId,
    pub(crate) key: Sha256,
    pub(crate) user: UserId,
    pub(crate) slots: u32,
    pub(crate) files: Files,
    pub(crate) process: Option<Process>,
    /// How many processes there were.
    pub(crate) processes: u64,
    pub(crate) clocks: Clocks,
    /// Nothing on it happens before.
    pub(crate) asleep_until: u64,
    /// No server is reached before.
    pub(crate) away_until: u64,
    pub(crate) cannot_prepare_until: u64,
    pub(crate) slow_disk_until: u64,
    /// Its program has ended for good: replaced, or removed.
    pub(crate) retired: bool,
    /// Its program ends after so many effects, and with it the power, if so.
    pub(crate) ends_after: Option<EndsAfter>,
    /// Where it will be copied to, if it is.
    pub(crate) copied: bool,
}

/// What a disk keeps of a computer.
#[derive(Clone, Default)]
pub(crate) struct Files {
    pub(crate) disk: Disk,
    pub(crate) workspaces: BTreeMap<AttemptKey, Workspace>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct EndsAfter {
    pub(crate) effects: usize,
    pub(crate) power: bool,
    pub(crate) away_ms: u64,
}

/// A process of the agent.
pub(crate) struct Process {
    pub(crate) core: AgentCore,
    /// Which one.
    pub(crate) number: u64,
    pub(crate) line: Option<LineId>,
    /// Its line broke, and it has not heard of it.
    pub(crate) hung_up: bool,
    /// When it will be woken.
    pub(crate) wake: Option<u64>,
    /// How far the files of the attempts that it found were read.
    pub(crate) found: BTreeMap<AttemptKey, TailOffsets>,
    /// Attempts whose workspaces it looks into.
    pub(crate) watched: BTreeSet<AttemptKey>,
    /// Attempts whose files it brings to the server.
    pub(crate) uploading: BTreeSet<AttemptKey>,
}

impl Computer {
    pub(crate) fn new(agent: AgentId, key: Sha256, user: UserId, dice: &mut Dice) -> Self {
        let offset = i64::try_from(dice.below(7_200_000)).unwrap() - 3_600_000;
        let drift = i64::try_from(dice.below(1_000)).unwrap() - 500;
        Self {
            agent,
            key,
            user,
            slots: u32::try_from(dice.between(1, 2)).unwrap(),
            files: Files::default(),
            process: None,
            processes: 0,
            clocks: Clocks {
                offset_ms: offset,
                drift_ppm: drift,
                slept_ms: 0,
            },
            asleep_until: 0,
            away_until: 0,
            cannot_prepare_until: 0,
            slow_disk_until: 0,
            retired: false,
            ends_after: None,
            copied: false,
        }
    }

    /// Both clocks, as its processes read them.
    pub(crate) fn read_clocks(&self, time: u64) -> Instants {
        self.clocks.read(time)
    }

    /// A new process, which has read nothing yet.
    pub(crate) fn start(&mut self, who: usize) -> u64 {
        self.processes += 1;
        let setup = Setup {
            user_id: self.user.to_string(),
            instance: self.instance(who),
            slots: self.slots,
            version: "0.1.0".to_owned(),
            os: "linux".to_owned(),
            host: "reception".to_owned(),
        };
        self.process = Some(Process {
            core: AgentCore::new(setup),
            number: self.processes,
            line: None,
            hung_up: false,
            wake: None,
            found: BTreeMap::new(),
            watched: BTreeSet::new(),
            uploading: BTreeSet::new(),
        });
        self.processes
    }

    pub(crate) fn instance(&self, who: usize) -> InstanceId {
        InstanceId(format!("c{who}-process-{}", self.processes))
    }

    /// Whether it has nothing left to do.
    pub(crate) fn is_idle(&self) -> bool {
        let holds_nothing = |process: &Process| process.core.holding().count() == 0;
        self.retired
            || (self.files.disk.is_empty() && self.process.as_ref().is_some_and(holds_nothing))
    }
}
