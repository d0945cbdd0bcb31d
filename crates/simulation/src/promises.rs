//! Knows what people asked for, what robots did and what the store and the pages say, nothing of
//! how, and compares them with the promises.

use std::collections::{BTreeMap, BTreeSet};

use model::{AgentId, AttemptKey, Ending, JobId, JobState, Outcome, Reported, Status, UserId};
use serde_json::Value;

use crate::page::Wish;
use crate::rules::now_or_never;
use crate::world::World;

#[derive(Default)]
pub(crate) struct Promises {
    jobs: BTreeMap<JobId, Known>,
    requests: BTreeMap<String, JobId>,
    starts: BTreeMap<JobId, Vec<u32>>,
    /// How much each robot said.
    said: BTreeMap<AttemptKey, usize>,
    /// How each robot ended.
    ended: BTreeMap<AttemptKey, Outcome>,
    outcomes: BTreeMap<JobId, JobState>,
    /// Somebody was told that these are cancelled.
    cancelled: BTreeSet<JobId>,
    asked: BTreeSet<JobId>,
    removed: BTreeSet<AgentId>,
    copied: BTreeSet<AgentId>,
    rolled_back: BTreeSet<AgentId>,
    torn: BTreeSet<AttemptKey>,
}

struct Known {
    user: UserId,
    repeatable: bool,
}

impl Promises {
    pub(crate) fn jobs(&self) -> BTreeSet<JobId> {
        self.jobs.keys().copied().collect()
    }

    pub(crate) fn jobs_of(&self, user: UserId) -> Vec<JobId> {
        let of = self.jobs.iter().filter(|(_, known)| known.user == user);
        of.map(|(job, _)| *job).collect()
    }

    pub(crate) fn open(&self) -> impl Iterator<Item = JobId> {
        let open = |job: &&JobId| !self.outcomes.contains_key(job);
        self.jobs.keys().filter(open).copied()
    }

    pub(crate) fn has_everything_ended(&self) -> bool {
        self.open().next().is_none()
    }

    pub(crate) fn cancel_asked(&mut self, job: JobId) {
        self.asked.insert(job);
    }

    pub(crate) fn removed(&mut self, agent: AgentId) {
        self.removed.insert(agent);
    }

    pub(crate) fn was_removed(&self, agent: AgentId) -> bool {
        self.removed.contains(&agent)
    }

    pub(crate) fn copied(&mut self, agent: AgentId) {
        self.copied.insert(agent);
    }

    pub(crate) fn rolled_back(&mut self, agent: AgentId) {
        self.rolled_back.insert(agent);
    }

    /// The power was cut while these robots worked.
    pub(crate) fn torn(&mut self, keys: Vec<AttemptKey>) {
        self.torn.extend(keys);
    }

    pub(crate) fn robot(&mut self, key: AttemptKey, said: usize, ended: Option<&Outcome>) {
        self.said.insert(key, said);
        if let Some(ended) = ended {
            self.ended.insert(key, ended.clone());
        }
    }
}

impl World {
    pub(crate) fn played(&mut self, wish: &Wish, user: UserId, job: JobId, repeatable: bool) {
        let Wish::Play(_, body) = wish else { return };
        let request = body["requestId"].as_str().unwrap_or_default().to_owned();
        let first = *self.promises.requests.entry(request).or_insert(job);
        if first != job {
            self.breaks(
                "one request plays once",
                format!("{first} and {job}: {body}"),
            );
        }
        self.promises.jobs.insert(job, Known { user, repeatable });
        self.figures.jobs += 1;
    }

    pub(crate) fn cancel_answered(&mut self, job: JobId, status: Status) {
        if status == Status::Cancelled {
            self.promises.cancelled.insert(job);
        }
    }

    pub(crate) fn robot_started(&mut self, key: AttemptKey) {
        let repeatable = self.rules.job(key.job).settings.repeatable;
        let starts = self.promises.starts.entry(key.job).or_default();
        let again = starts.contains(&key.attempt);
        starts.push(key.attempt);
        let (most, count) = (if repeatable { 3 } else { 1 }, starts.len());
        if again {
            self.breaks("an attempt starts once", format!("{key}"));
        }
        if count > most {
            self.breaks("never twice without your word", format!("{key}"));
        }
        if self.promises.cancelled.contains(&key.job) {
            self.breaks("nothing starts once it is cancelled", format!("{key}"));
        }
    }

    /// An agent is told to set aside only what it has delivered, or what nobody waits for.
    pub(crate) fn set_aside(&mut self, who: usize, key: AttemptKey) {
        let computer = &self.computers[who];
        let agent = computer.agent;
        if computer.copied
            || self.promises.removed.contains(&agent)
            || self.promises.rolled_back.contains(&agent)
        {
            return;
        }
        let job = self.rules.job(key.job);
        let reported = job.past(key.attempt).map(|past| &past.reported);
        let delivered = matches!(
            reported,
            Some(Reported::InTime { .. } | Reported::Late { .. })
        );
        if !delivered {
            let what = format!("{key} of #{who} is {reported:?}");
            self.breaks("nothing undelivered is set aside", what);
        }
    }

    /// What must hold at every moment.
    pub(crate) fn look(&mut self) {
        let slots: BTreeMap<AgentId, usize> = self
            .computers
            .iter()
            .map(|computer| {
                let slots = usize::try_from(computer.slots).unwrap_or(0);
                (computer.agent, slots)
            })
            .collect();
        let mut held: BTreeMap<AgentId, usize> = BTreeMap::new();
        let open: Vec<JobId> = self.promises.open().collect();
        for id in open {
            let job = self.rules.job(id);
            if let Some(holder) = job.holder() {
                *held.entry(holder).or_default() += 1;
            }
            if let JobState::Ended { .. } = job.state {
                self.job_ended(&job);
            }
        }
        for (agent, held) in held {
            if held > slots[&agent] {
                let what = format!("{agent} holds {held} of {}", slots[&agent]);
                self.breaks("slots are never exceeded", what);
            }
        }
    }

    fn job_ended(&mut self, job: &model::Job) {
        let promises = &mut self.promises;
        promises.outcomes.insert(job.id, job.state.clone());
        let successful = promises
            .ended
            .iter()
            .any(|(key, outcome)| key.job == job.id && outcome.ending == Ending::Success);
        let asked = promises.asked.contains(&job.id);
        match job.status() {
            Status::Success if !successful => {
                self.breaks("success means success", format!("{}", job.id));
            }
            Status::Cancelled if !asked => {
                self.breaks("cancelled means that somebody asked", format!("{}", job.id));
            }
            _ => {}
        }
    }

    /// A page shows something else than before.
    pub(crate) fn saw(&mut self, job: JobId, before: Option<Status>, now: Status) {
        use Status::{Cancelled, Executing, Failed, Success, Waiting};
        if now == Cancelled {
            self.promises.cancelled.insert(job);
        }
        let repeatable = self.promises.jobs.get(&job).is_none_or(|it| it.repeatable);
        let fine = match (before, now) {
            (None, _) | (Some(Waiting), _) => true,
            (Some(Executing), Waiting) => repeatable,
            (Some(Executing), _) => true,
            (Some(ended @ (Success | Failed | Cancelled)), now) => ended == now,
        };
        if !fine {
            let what = format!("{job}: {before:?}, then {now:?}");
            self.breaks("an outcome never changes", what);
        }
    }

    /// What must hold in the end.
    pub(crate) fn close(&mut self) {
        self.look();
        for id in self.jobs() {
            let job = self.rules.job(id);
            if self.promises.outcomes.get(&id) != Some(&job.state) {
                self.breaks("an outcome never changes", format!("{id}"));
            }
            for past in &job.past {
                self.figures.attempts += 1;
                let last_seq = match &past.reported {
                    Reported::InTime { last_seq } | Reported::Late { last_seq, .. } => *last_seq,
                    Reported::NotYet | Reported::Never => continue,
                };
                let key = AttemptKey {
                    job: id,
                    attempt: past.attempt.n,
                };
                self.log_is_whole(key, last_seq, past.attempt.by.agent);
            }
            self.pages_agree(&job);
        }
    }

    fn pages_agree(&mut self, job: &model::Job) {
        let store = &self.rules.store;
        let latest = job.latest_confirmed().map(|attempt| attempt.n);
        let stored = latest.map_or(0, |n| now_or_never(store.stored_to(job.id, n)).unwrap());
        for page in 0..self.pages.len() {
            let shown = &self.pages[page];
            if shown.user() != job.user_id {
                continue;
            }
            let has = latest.map_or(0, |n| shown.has_log_to(job.id, n));
            let status = shown.status(job.id);
            if status != Some(job.status()) || has != stored {
                let what = format!(
                    "page {page} shows {status:?} and {has} events of {}, which is {:?} with {stored}",
                    job.id,
                    job.status()
                );
                self.breaks("pages show the truth in the end", what);
            }
        }
    }

    /// Every event of the log is there, and each thing that the robot said is in it once and in
    /// order, or a gap stands where it would be.
    fn log_is_whole(&mut self, key: AttemptKey, last_seq: u64, agent: AgentId) {
        let store = &self.rules.store;
        let read = store.events(key.job, key.attempt, 0, 10_000, 1 << 24);
        let read = now_or_never(read).unwrap();
        let said = self.promises.said.get(&key).copied().unwrap_or(0);
        let torn = self.promises.torn.contains(&key);
        self.figures.events += read.events.len();
        let copied = self.promises.copied.contains(&agent);
        let mut files = BTreeSet::new();
        let (mut seq, mut next, mut gap, mut disk_lost) = (0, 0, false, false);
        let mut wrong = Vec::new();
        for event in &read.events {
            let event: Value = serde_json::from_str(event).unwrap();
            seq += 1;
            if event["seq"] != seq {
                wrong.push(format!("{} stands at {seq}", event["seq"]));
            }
            match event["kind"].as_str().unwrap_or_default() {
                "gap" => {
                    gap = true;
                    disk_lost |= event["reason"] == "disk_lost";
                }
                "log" if copied => {}
                "log" => {
                    let text = event["text"].as_str().and_then(|text| text.parse().ok());
                    let text: usize = text.unwrap_or(usize::MAX);
                    if text > next && !gap {
                        wrong.push(format!("{next} is missing silently before {text}"));
                    }
                    if text < next && !disk_lost {
                        wrong.push(format!("{text} is there again"));
                    }
                    (next, gap) = (text + 1, false);
                }
                "artifact" => {
                    let name = event["name"].as_str().unwrap_or_default().to_owned();
                    if !files.insert(name.clone()) && !disk_lost && !copied {
                        wrong.push(format!("`{name}` is told twice"));
                    }
                }
                other => wrong.push(format!("there is an event `{other}`")),
            }
        }
        if seq != last_seq {
            wrong.push(format!("it ends at {seq}, its agent said {last_seq}"));
        }
        if next != said && !gap && !disk_lost && !torn && !copied {
            wrong.push(format!("it ends at {next} of {said}, silently"));
        }
        if !wrong.is_empty() {
            let what = format!("{key}: {}", wrong.join("; "));
            self.breaks("no silent gaps in a log", what);
        }
    }
}
