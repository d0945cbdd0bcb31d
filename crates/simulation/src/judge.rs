//! Knows what robots did and what the store says, nothing of how, and compares both with the
//! promises.

use std::collections::{BTreeMap, BTreeSet};

use model::{AgentId, AttemptKey, Ending, Job, JobId, JobState, Outcome, Reported, Status};
use serde_json::Value;

use super::rules::now_or_never;
use super::server::Server;

#[derive(Default)]
pub(super) struct Judge {
    pub(super) jobs: Vec<JobId>,
    repeatable: BTreeSet<JobId>,
    starts: BTreeMap<JobId, Vec<u32>>,
    /// How much each robot said.
    said: BTreeMap<AttemptKey, usize>,
    /// How each robot ended.
    ended: BTreeMap<AttemptKey, Outcome>,
    outcomes: BTreeMap<JobId, JobState>,
    /// Jobs whose end was asked for, and how many starts they may have.
    most_starts: BTreeMap<JobId, usize>,
}

impl Judge {
    pub(super) fn played(&mut self, job: JobId, repeatable: bool) {
        self.jobs.push(job);
        if repeatable {
            self.repeatable.insert(job);
        }
    }

    pub(super) fn cancelled(&mut self, job: JobId, executing: bool) {
        let starts = self.starts.get(&job).map_or(0, Vec::len);
        // The confirmed attempt may be about to start.
        let most = starts + usize::from(executing);
        self.most_starts.entry(job).or_insert(most);
    }

    pub(super) fn started(&mut self, key: AttemptKey) {
        let starts = self.starts.entry(key.job).or_default();
        assert!(!starts.contains(&key.attempt), "{key} starts twice");
        starts.push(key.attempt);
        let most = if self.repeatable.contains(&key.job) {
            3
        } else {
            1
        };
        let most = self
            .most_starts
            .get(&key.job)
            .map_or(most, |asked| most.min(*asked));
        assert!(
            starts.len() <= most,
            "the robot of {key} starts once too often"
        );
    }

    pub(super) fn robot(&mut self, key: AttemptKey, said: usize, ended: Option<&Outcome>) {
        self.said.insert(key, said);
        if let Some(ended) = ended {
            self.ended.insert(key, ended.clone());
        }
    }

    /// An agent is told to set aside only what it has delivered.
    pub(super) fn set_aside(&self, server: &Server, key: AttemptKey) {
        let job = server.world.job(key.job);
        let reported = job.past(key.attempt).map(|past| &past.reported);
        let delivered = matches!(
            reported,
            Some(Reported::InTime { .. } | Reported::Late { .. })
        );
        assert!(delivered, "{key} is set aside, undelivered");
    }

    /// What must hold at every moment.
    pub(super) fn look(&mut self, server: &Server, slots: &BTreeMap<AgentId, u32>) {
        let mut held: BTreeMap<AgentId, u32> = BTreeMap::new();
        let open: Vec<JobId> = self
            .jobs
            .iter()
            .copied()
            .filter(|job| !self.outcomes.contains_key(job))
            .collect();
        for id in open {
            let job = server.world.job(id);
            if let Some(holder) = job.holder() {
                *held.entry(holder).or_default() += 1;
            }
            if matches!(job.state, JobState::Ended { .. }) {
                self.job_ended(&job);
            }
        }
        for (agent, held) in held {
            assert!(held <= slots[&agent], "an agent holds more than its slots");
        }
    }

    fn job_ended(&mut self, job: &Job) {
        self.outcomes.insert(job.id, job.state.clone());
        if job.status() == Status::Success {
            let successful = self
                .ended
                .iter()
                .any(|(key, outcome)| key.job == job.id && outcome.ending == Ending::Success);
            assert!(successful, "no robot of {} was successful", job.id);
        }
    }

    pub(super) fn has_everything_ended(&self) -> bool {
        self.outcomes.len() == self.jobs.len()
    }

    /// What must hold in the end.
    pub(super) fn close(&self, server: &Server) {
        for id in &self.jobs {
            let job = server.world.job(*id);
            assert_eq!(self.outcomes[id], job.state, "what has ended stays ended");
            for past in &job.past {
                let last_seq = match &past.reported {
                    Reported::InTime { last_seq } | Reported::Late { last_seq, .. } => *last_seq,
                    Reported::NotYet | Reported::Never => continue,
                };
                let key = AttemptKey {
                    job: *id,
                    attempt: past.attempt.n,
                };
                self.log_is_whole(server, key, last_seq);
            }
        }
    }

    /// Every event of the log is there, and each thing that the robot said is in it once and in
    /// order, or a gap stands where it would be.
    fn log_is_whole(&self, server: &Server, key: AttemptKey, last_seq: u64) {
        let read = server
            .world
            .store
            .events(key.job, key.attempt, 0, 10_000, 1 << 24);
        let read = now_or_never(read).unwrap();
        let said = self.said.get(&key).copied().unwrap_or(0);
        let mut files = BTreeSet::new();
        let (mut seq, mut next, mut gap, mut disk_lost) = (0, 0, false, false);
        for event in &read.events {
            let event: Value = serde_json::from_str(event).unwrap();
            seq += 1;
            assert_eq!(
                event["seq"], seq,
                "the log of {key} is numbered without holes"
            );
            match event["kind"].as_str().unwrap() {
                "gap" => {
                    gap = true;
                    disk_lost |= event["reason"] == "disk_lost";
                }
                "log" => {
                    let text: usize = event["text"].as_str().unwrap().parse().unwrap();
                    assert!(
                        text <= next || gap,
                        "the log of {key} lacks {next}, silently"
                    );
                    assert!(text >= next || disk_lost, "the log of {key} repeats {text}");
                    (next, gap) = (text + 1, false);
                }
                "artifact" => {
                    let name = event["name"].as_str().unwrap().to_owned();
                    let new = files.insert(name.clone());
                    assert!(new || disk_lost, "{key} announces {name} twice");
                }
                other => panic!("{key} has an event `{other}`"),
            }
        }
        assert_eq!(seq, last_seq, "the log of {key} ends where its agent said");
        assert!(
            next == said || gap,
            "the log of {key} ends at {next} of {said}, silently"
        );
    }
}
