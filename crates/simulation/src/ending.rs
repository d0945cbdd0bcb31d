//! The first words of a testimony, its last ones (what the store and the pages say in the end), and
//! the judgement.

use std::collections::BTreeSet;

use judge::{Event, FinalAttempt, FinalJob, What};
use model::{AttemptKey, Job, Status, UserId};
use store::jobs::{JobFilter, PageAsk};

use crate::rules::now_or_never;
use crate::words::{attempt_of, final_attempt, job_of, status_of};
use crate::world::World;

/// Clocks of servers differ by as much.
const CLOCKS_DIFFER_MS: u64 = 5_000;
/// A robot notices within this that it is to end: its supervisor's grace, and its own pace.
const ENDS_WITHIN_MS: u64 = 150_000;
/// More than are ever played.
const MOST_JOBS: u32 = 200;

impl World {
    /// What is in force from the beginning.
    pub(crate) fn tell_limits(&mut self) {
        let limits = model::Limits::default();
        self.tell(What::Limits(judge::Limits {
            lost_ms: limits.lost_ms - CLOCKS_DIFFER_MS,
            stop_ms: ENDS_WITHIN_MS,
            kill_ms: ENDS_WITHIN_MS,
            cancel_ms: ENDS_WITHIN_MS,
            attempts: 3,
        }));
        for who in 0..self.computers.len() {
            let computer = &self.computers[who];
            let agent = computer.agent.to_string().into();
            let slots = usize::try_from(computer.slots).unwrap_or(0);
            self.tell(What::Slots { agent, slots });
        }
    }

    /// Tells the end of the history, and has it judged.
    pub(crate) fn close(&mut self) {
        self.look();
        self.outcomes_stand();
        let users = self.robots.iter().map(|(user, ..)| *user);
        for user in users.collect::<BTreeSet<UserId>>() {
            let ask = PageAsk {
                after: None,
                limit: MOST_JOBS,
                look_at: MOST_JOBS,
            };
            let page = self.rules.store.jobs_page(user, JobFilter::default(), ask);
            for row in now_or_never(page).unwrap().rows {
                self.tell_final(&row.job);
            }
        }
        let found = judge::judge(&self.testimony.history);
        if let Some(first) = found.into_iter().next() {
            let job = first.job.map(|job| format!("job {job}: "));
            let job = job.unwrap_or_default();
            let what = format!("at {} ms, {job}{}", first.at_ms, first.sentence);
            self.breaks(&first.promise.to_string(), what);
        }
    }

    fn tell_final(&mut self, job: &Job) {
        let mut attempts: Vec<FinalAttempt> = job.past.iter().map(final_attempt).collect();
        attempts.extend(job.current().map(|attempt| FinalAttempt {
            n: attempt.n,
            agent: attempt.by.agent.to_string().into(),
            outcome: None,
            late: None,
            last_seq: None,
        }));
        for attempt in &attempts {
            self.figures.attempts += 1;
            let read = self
                .rules
                .store
                .events(job.id, attempt.n, 0, 10_000, 1 << 24);
            let read = now_or_never(read).unwrap().events;
            self.figures.events += read.len();
            let events = read.iter().map(|event| {
                let event = serde_json::from_str(event).unwrap();
                Event::read(&event)
            });
            let events = events.collect();
            let key = AttemptKey {
                job: job.id,
                attempt: attempt.n,
            };
            let attempt = attempt_of(key);
            self.tell(What::FinalLog { attempt, events });
        }
        let latest = attempts.last().map(|attempt| attempt.n);
        self.tell(What::Final(FinalJob {
            job: job_of(job.id),
            status: status_of(job.status()),
            attempts,
        }));
        for page in 0..self.pages.len() {
            let shown = &self.pages[page];
            if shown.user() != job.user_id {
                continue;
            }
            // A page that never saw it shows nothing, which is as wrong as waiting.
            let status = shown.status(job.id).unwrap_or(Status::Waiting);
            let log_to = latest.map(|n| shown.has_log_to(job.id, n));
            self.tell(What::FinallySeen {
                viewer: format!("page {page}").into(),
                job: job_of(job.id),
                status: status_of(status),
                log_to,
            });
        }
    }
}
