//! A computer: its disk, its workspaces and, while it runs, the agent's process.

use std::collections::{BTreeMap, BTreeSet};

use agent_core::{AgentCore, Setup, TailOffsets};
use model::{AgentId, AttemptKey, InstanceId, Instants, Monotonic, Timestamp};

use super::disk::Disk;
use super::line::LineId;
use super::workspace::Workspace;

pub(super) struct Computer {
    pub(super) agent: AgentId,
    pub(super) slots: u32,
    pub(super) disk: Disk,
    pub(super) workspaces: BTreeMap<AttemptKey, Workspace>,
    pub(super) process: Option<Process>,
    /// How many processes there were.
    pub(super) processes: u64,
    /// Its clock minus the server's.
    drift_ms: i64,
}

/// A process of the agent.
pub(super) struct Process {
    pub(super) core: AgentCore,
    /// Which one.
    pub(super) number: u64,
    pub(super) line: Option<LineId>,
    /// When it will be woken.
    pub(super) wake: Option<u64>,
    /// How far the files of the attempts that it found were read.
    pub(super) found: BTreeMap<AttemptKey, TailOffsets>,
    /// Attempts whose workspaces it looks into.
    pub(super) watched: BTreeSet<AttemptKey>,
    /// Attempts whose files it brings to the server.
    pub(super) uploading: BTreeSet<AttemptKey>,
}

impl Computer {
    pub(super) fn new(agent: AgentId, slots: u32, drift_ms: i64) -> Self {
        Self {
            agent,
            slots,
            disk: Disk::default(),
            workspaces: BTreeMap::new(),
            process: None,
            processes: 0,
            drift_ms,
        }
    }

    /// Both clocks, as its processes read them.
    pub(super) fn clocks(&self, time: u64) -> Instants {
        let begin = 1_800_000_000_000 + self.drift_ms;
        Instants {
            now: Timestamp::from_millis(begin + i64::try_from(time).unwrap()),
            monotonic: Monotonic::from_millis(time),
        }
    }

    pub(super) fn instance(&self) -> String {
        format!("process-{}", self.processes)
    }

    /// A new process, which has read nothing yet.
    pub(super) fn start(&mut self, user_id: String) -> u64 {
        self.processes += 1;
        let setup = Setup {
            user_id,
            instance: InstanceId(self.instance()),
            slots: self.slots,
            version: "0.1.0".to_owned(),
            os: "linux".to_owned(),
            host: "reception".to_owned(),
        };
        self.process = Some(Process {
            core: AgentCore::new(setup),
            number: self.processes,
            line: None,
            wake: None,
            found: BTreeMap::new(),
            watched: BTreeSet::new(),
            uploading: BTreeSet::new(),
        });
        self.processes
    }
}
