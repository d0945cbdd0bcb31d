//! Pages: they play, cancel and watch, say again what was not answered, and must see the truth in
//! the end.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use model::{Actor, ActorKind, JobId, RobotId, Status, StopMode, Timestamp, UserId};
use serde_json::{Value, json};
use sessions::{Access, AfterPage, Next, PageReply, PageSession, Watcher};
use wire::shapes;

use crate::line::{Line, LineId, Peer, Said, Session, Told};
use crate::network::acknowledgement;
use crate::world::{What, World};

/// One page of a person.
#[derive(Debug)]
pub(crate) struct Page {
    user: UserId,
    line: Option<LineId>,
    /// What it wants to say, the first one first; it waits for each answer.
    wants: VecDeque<Wish>,
    /// The first wish is on its way, as that call.
    asking: Option<u64>,
    calls: u64,
    /// What it shows of jobs.
    shows: BTreeMap<JobId, Shown>,
    /// How far it has the log of each attempt.
    logs: BTreeMap<(JobId, u32), u64>,
    /// What the server follows for it, on this line.
    watchers: BTreeMap<JobId, Watcher>,
    /// The server is reading for these; whether to read again.
    feeding: BTreeMap<JobId, bool>,
}

#[derive(Debug, Clone)]
pub(crate) enum Wish {
    Play(RobotId, Value),
    Cancel(JobId, StopMode),
    Watch(JobId),
}

#[derive(Debug, Clone)]
pub(crate) struct Shown {
    rev: u64,
    as_of: Timestamp,
    status: Status,
}

impl Page {
    pub(crate) fn new(user: UserId) -> Self {
        Self {
            user,
            line: None,
            wants: VecDeque::new(),
            asking: None,
            calls: 0,
            shows: BTreeMap::new(),
            logs: BTreeMap::new(),
            watchers: BTreeMap::new(),
            feeding: BTreeMap::new(),
        }
    }

    pub(crate) fn is_idle(&self) -> bool {
        self.wants.is_empty() && self.line.is_some()
    }

    pub(crate) fn wants(&mut self, wish: Wish) {
        self.wants.push_back(wish);
    }

    pub(crate) fn user(&self) -> UserId {
        self.user
    }

    /// What it shows of a job.
    pub(crate) fn status(&self, job: JobId) -> Option<Status> {
        self.shows.get(&job).map(|shown| shown.status)
    }

    /// How far it has the log of an attempt.
    pub(crate) fn has_log_to(&self, job: JobId, attempt: u32) -> u64 {
        self.logs.get(&(job, attempt)).copied().unwrap_or(0)
    }
}

impl World {
    pub(crate) fn page_connects(&mut self, number: usize) {
        if self.pages[number].line.is_some() {
            return;
        }
        let Some(node) = self.reachable(number) else {
            let pause = self.dice.between(500, 3_000);
            return self.later(pause, What::PageConnects(number));
        };
        let user = self.pages[number].user;
        let actor = Actor {
            kind: ActorKind::User,
            id: user.to_string(),
            name: "Anna".to_owned(),
        };
        let session = PageSession::new(
            self.dispatch_of(node),
            user,
            actor,
            Access::Session,
            "build".to_owned(),
        );
        let life = self.nodes[node].life;
        let session = Session::Page(Box::new(session));
        let mut line = Line::new(Peer::Page(number), node, life, session);
        line.joined = true;
        self.serial += 1;
        let id = self.serial;
        self.lines.insert(id, line);
        let mut jobs: BTreeSet<JobId> = self.testimony.jobs_of(user).into_iter().collect();
        let page = &mut self.pages[number];
        // It may show a job whose play another page was not answered yet.
        jobs.extend(page.shows.keys());
        page.line = Some(id);
        page.asking = None;
        // What it missed is read again: a watch is answered with the job as it is.
        page.wants.retain(|wish| !matches!(wish, Wish::Watch(_)));
        page.wants.extend(jobs.into_iter().map(Wish::Watch));
        self.page_asks(number);
    }

    /// Says the next thing, unless it waits for an answer.
    pub(crate) fn page_asks(&mut self, number: usize) {
        let page = &mut self.pages[number];
        let (Some(id), None) = (page.line, page.asking) else {
            return;
        };
        let Some(wish) = page.wants.front() else {
            return;
        };
        let (name, body) = match wish {
            Wish::Play(_, body) => ("play", body.clone()),
            Wish::Cancel(job, mode) => ("cancel", json!({"jobId": job, "mode": mode})),
            Wish::Watch(job) => {
                let known = page.logs.range((*job, 0)..=(*job, u32::MAX)).next_back();
                let body = match known {
                    Some(((_, attempt), after)) => {
                        json!({"jobId": job, "attempt": attempt, "after": after})
                    }
                    None => json!({"jobId": job, "after": 0}),
                };
                ("watch", body)
            }
        };
        page.calls += 1;
        page.asking = Some(page.calls);
        let call = page.calls;
        let user = page.user;
        if let Some(wish) = page.wants.front().cloned() {
            self.asked(user, &wish);
        }
        let said = Said {
            call,
            name,
            json: body.to_string(),
        };
        self.later(10_000, What::NoAnswer(id, call));
        self.send_up(id, said);
    }

    pub(crate) fn page_was_answered(
        &mut self,
        id: LineId,
        said: &Said,
        session: Box<PageSession>,
        reply: PageReply,
    ) {
        let ack = acknowledgement(reply.answer.map_err(|refused| refused.into_body("r")));
        self.note(|| {
            let ack: String = ack.chars().take(300).collect();
            format!("line {id}: {} {} -> {ack}", said.name, said.json)
        });
        let Some(line) = self.lines.get_mut(&id) else {
            return;
        };
        line.session = Some(Session::Page(session));
        let (peer, cut) = (line.peer, line.cut);
        if self.time < self.answers_lost_until && self.dice.one_in(3) {
            self.figures.lost_answers += 1;
        } else {
            self.send_down(id, Told::Answer(said.call, ack));
        }
        if let (AfterPage::Watch(watcher), Peer::Page(page), false) = (reply.then, peer, cut)
            && self.pages[page].line == Some(id)
        {
            let job = watcher.job();
            self.pages[page].feeding.remove(&job);
            self.pages[page].watchers.insert(job, watcher);
            self.feed_page(page, job);
        }
        self.serve(id);
    }

    fn feed_page(&mut self, page: usize, job: JobId) {
        let Some(id) = self.pages[page].line else {
            return;
        };
        match self.pages[page].watchers.remove(&job) {
            Some(watcher) => {
                self.pages[page].feeding.insert(job, false);
                self.feed(id, watcher);
            }
            None => {
                if let Some(again) = self.pages[page].feeding.get_mut(&job) {
                    *again = true;
                }
            }
        }
    }

    /// The server read the next batch for a page.
    pub(crate) fn page_was_fed(
        &mut self,
        id: LineId,
        watcher: Watcher,
        next: store::StoreResult<Next>,
    ) {
        let Some(Peer::Page(page)) = self.lines.get(&id).map(|line| line.peer) else {
            return;
        };
        let job = watcher.job();
        if self.pages[page].line != Some(id) {
            return;
        }
        let Some(again) = self.pages[page].feeding.remove(&job) else {
            return;
        };
        self.pages[page].watchers.insert(job, watcher);
        match next {
            Ok(Next::Events(batch)) => {
                self.send_down(id, Told::News("events", batch.to_json()));
                self.feed_page(page, job);
            }
            Ok(Next::Idle) if again => self.feed_page(page, job),
            Ok(Next::Idle) => {}
            // The next event of the job, or the page's next watch, tries again.
            Err(_) => self.figures.unfed += 1,
        }
    }

    /// A log has grown: whoever follows it at that server is told more.
    pub(crate) fn log_has_grown(&mut self, node: usize, job: JobId) {
        for page in 0..self.pages.len() {
            let line = self.pages[page].line.and_then(|id| self.lines.get(&id));
            if line.is_some_and(|line| line.node == node) {
                self.feed_page(page, job);
            }
        }
    }

    /// A job is told to the pages of its user at a server.
    pub(crate) fn push_job(&mut self, node: usize, user: UserId, job: &shapes::Job) {
        let at = self.lines.iter().filter(|(_, line)| line.node == node);
        let at: Vec<LineId> = at
            .filter(|(_, line)| match line.peer {
                Peer::Page(page) => !line.cut && self.pages[page].user == user,
                Peer::Agent(..) => false,
            })
            .map(|(id, _)| *id)
            .collect();
        let Some(told) = (!at.is_empty()).then(|| json!({ "job": job }).to_string()) else {
            return;
        };
        for id in at {
            self.send_down(id, Told::News("job", told.clone()));
        }
        // What changed may be a new attempt, whose log begins.
        self.log_has_grown(node, job.id);
    }

    pub(crate) fn page_hears(&mut self, number: usize, call: u64, ack: &str) {
        let page = &mut self.pages[number];
        if page.asking != Some(call) {
            return;
        }
        page.asking = None;
        let Some(wish) = page.wants.pop_front() else {
            return;
        };
        let ack: Value = serde_json::from_str(ack).unwrap();
        let passing = ack["error"]["code"] == "try_again" || ack["error"]["code"] == "internal";
        let done = ack["ok"] == true;
        match &wish {
            // The same request again, until it has an answer.
            _ if passing => {
                page.wants.push_front(wish);
                page.asking = Some(0);
                let pause = self.dice.between(200, 2_000);
                return self.later(pause, What::PageLooks(number));
            }
            Wish::Play(robot, _) if done => {
                let job: shapes::Job = serde_json::from_value(ack["job"].clone()).unwrap();
                let user = page.user;
                let repeatable = self.robots.iter().find(|(_, id, _)| id == robot);
                let repeatable = repeatable.is_some_and(|(.., repeatable)| *repeatable);
                self.played(&wish, user, job.id, repeatable);
                self.page_shows(number, &job);
            }
            Wish::Cancel(..) | Wish::Watch(_) if done => {
                let job: shapes::Job = serde_json::from_value(ack["job"].clone()).unwrap();
                if let Wish::Cancel(..) = wish {
                    self.cancel_answered(&job);
                }
                self.page_shows(number, &job);
            }
            Wish::Cancel(..) if ack["error"]["code"] == "conflict" => {}
            refused => {
                let refused = format!("{refused:?}: {ack}");
                self.breaks("a page is answered what it asks for", refused);
            }
        }
        self.page_asks(number);
    }

    /// It asks again what was refused for the moment.
    pub(crate) fn page_looks(&mut self, number: usize) {
        let page = &mut self.pages[number];
        if page.asking == Some(0) {
            page.asking = None;
            self.page_asks(number);
        }
    }

    pub(crate) fn page_waits_no_longer(&mut self, number: usize, call: u64) {
        let page = &mut self.pages[number];
        if page.asking == Some(call) {
            page.asking = None;
            self.page_asks(number);
        }
    }

    pub(crate) fn page_is_told(&mut self, number: usize, name: &str, json: &str) {
        let told: Value = serde_json::from_str(json).unwrap();
        if name == "job" {
            let job: shapes::Job = serde_json::from_value(told["job"].clone()).unwrap();
            return self.page_shows(number, &job);
        }
        let job: JobId = serde_json::from_value(told["jobId"].clone()).unwrap();
        let attempt = u32::try_from(told["attempt"].as_u64().unwrap()).unwrap();
        let first = told["first"].as_u64().unwrap();
        let count = u64::try_from(told["events"].as_array().unwrap().len()).unwrap();
        let page = &mut self.pages[number];
        let has = page.logs.entry((job, attempt)).or_default();
        if first > *has + 1 {
            let hole = format!("{job}/{attempt}: {first} after {has}");
            return self.breaks("a page gets a log without holes", hole);
        }
        *has = (*has).max(first + count - 1);
    }

    /// Of two views of a job the one with the higher `rev`, then the later one, counts.
    fn page_shows(&mut self, number: usize, job: &shapes::Job) {
        let page = &mut self.pages[number];
        let newer = page
            .shows
            .get(&job.id)
            .is_none_or(|shown| (shown.rev, shown.as_of) <= (job.rev, job.as_of));
        if !newer {
            return;
        }
        let known = page.shows.insert(
            job.id,
            Shown {
                rev: job.rev,
                as_of: job.as_of,
                status: job.status,
            },
        );
        if known.is_none() {
            page.wants.push_back(Wish::Watch(job.id));
            self.page_asks(number);
        }
        self.saw(number, job.id, job.status);
    }

    pub(crate) fn page_is_cut(&mut self, number: usize) {
        let page = &mut self.pages[number];
        let Some(id) = page.line.take() else {
            return;
        };
        page.asking = None;
        page.watchers.clear();
        page.feeding.clear();
        self.hang_up(id);
        let pause = self.dice.between(50, 3_000);
        self.later(pause, What::PageConnects(number));
    }
}
