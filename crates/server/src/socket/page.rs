//! The namespace `/web`.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::{JobId, Monotonic};
use serde::Serialize;
use serde_json::value::RawValue;
use sessions::watcher::WatchedEvents;
use sessions::{AfterPage, Next, PageSession, Watcher};
use socketioxide::extract::{SocketRef, State, TryData};
use socketioxide::socket::DisconnectReason;
use tracing::Instrument;
use wire::error::Ack;
use wire::web::{Answer, JobAnswer, PageMessage};
use wire::{ErrorBody, ErrorCode};

use super::credential::{Person, person_of_cookie, person_of_token};
use super::door::{draining, must_speak_our_version, refusal, start, starting};
use super::inbox::{Message, Taken, Whole, inbox};
use super::line::{Line, PageCredential, Peer, Sent};
use super::push::Push;
use super::talk::{Fed, Flow, Talk, Talker, behind_key, run};
use crate::app::App;
use crate::http::audit::{self, Asked};
use crate::http::caller::Remote;

/// A batch that could not be sent for so long is given up: the page is told that it is behind.
const BEHIND_AFTER: std::time::Duration = std::time::Duration::from_secs(5);

/// How long a page waits for events that could not be read, until they are read again.
const READ_AGAIN: std::time::Duration = std::time::Duration::from_secs(1);

/// The connection middleware: who is it?
pub(super) async fn let_in(
    Whole(socket): Whole,
    TryData(auth): TryData<serde_json::Value>,
    State(app): State<Arc<App>>,
) -> Result<(), String> {
    let auth = auth.unwrap_or_default();
    let person = admit(&app, &socket.req_parts().headers, &auth).await;
    let person = person.map_err(|error| refusal(&error))?;
    let Remote(browser) = Remote::of(socket.req_parts());
    let asked = Asked {
        user: person.id(),
        by: person.actor.clone(),
        address: browser.address,
    };
    let credential = match (person.session_id(), person.token) {
        (Some(session), _) => PageCredential::Session(session),
        (None, Some(token)) => PageCredential::Token(token),
        (None, None) => return Err("internal: a person without a credential".to_owned()),
    };
    let line = Line::new(&socket, person.id(), Peer::Page(credential));
    let (inbox, other_end, filled) = inbox(&line, &app.config.limits);
    let session = PageSession::new(
        Arc::clone(&app.dispatch),
        person.id(),
        person.actor,
        person.access,
        app.build.clone(),
    );
    socket.extensions.insert(inbox.clone());
    socket.extensions.insert(starting(move || {
        let talk = Talk { app, line };
        talk.app.hub.enters(&talk.line);
        let tracker = talk.app.tracker.clone();
        let talker = PageTalker {
            session,
            asked,
            watchers: BTreeMap::new(),
            stuck: None,
        };
        tracker.spawn(run(talk, other_end, filled, talker));
    }));
    socket.on_fallback(|_: Taken| async {});
    socket.on_disconnect(move |reason: DisconnectReason| async move { inbox.close(reason) });
    Ok(())
}

async fn admit(
    app: &App,
    headers: &axum::http::HeaderMap,
    auth: &serde_json::Value,
) -> Result<Person, ErrorBody> {
    must_speak_our_version(auth)?;
    if app.is_draining() {
        return Err(draining());
    }
    let now = app.now();
    let person = match auth.get("token") {
        Some(serde_json::Value::String(token)) => person_of_token(app, token, now).await.map(Some),
        Some(_) => Ok(None),
        None => person_of_cookie(app, headers, now).await,
    };
    let person = person.map_err(|refused| refused.into_body("handshake"))?;
    person.ok_or_else(|| ErrorBody::new(ErrorCode::Unauthenticated, "you are not signed in"))
}

/// The client has been told that it is connected.
pub(super) async fn begin(socket: SocketRef) {
    start(&socket);
}

struct PageTalker {
    session: PageSession,
    /// Who is noted for what this page asks.
    asked: Asked,
    watchers: BTreeMap<JobId, Watcher>,
    /// A batch that found no room, and since when.
    stuck: Option<(JobId, WatchedEvents, Monotonic)>,
}

/// `events`, with each event as the bytes that it came in.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct EventsPush {
    job_id: JobId,
    attempt: u32,
    first: u64,
    events: Vec<Box<RawValue>>,
}

impl Talker for PageTalker {
    async fn take(&mut self, talk: &Talk, message: &Message) -> Flow {
        let reference = talk.line.reference();
        let span = tracing::info_span!("message", reference, name = message.name,
            user.id = %self.session.user());
        let read = message
            .object()
            .and_then(|json| PageMessage::read(&message.name, json).map_err(ErrorBody::invalid));
        let mut row = None;
        let (answer, then) = match read {
            Ok(read) => {
                let action = match &read {
                    PageMessage::Play(_) => Some(audit::PLAYED),
                    PageMessage::Cancel(_) => Some(audit::CANCELLED),
                    _ => None,
                };
                let on = self.session.on(read, talk.app.now());
                let reply = on.instrument(span.clone()).await;
                if let (Some(action), Ok(Answer::Job(JobAnswer { job }))) = (action, &reply.answer)
                {
                    row = Some(audit::job_row(&talk.app, &self.asked, action, job));
                }
                let answer = reply
                    .answer
                    .map_err(|refused| span.in_scope(|| refused.into_body(&reference)));
                (answer, reply.then)
            }
            Err(mut error) => {
                error.reference = reference;
                (Err(error), AfterPage::Nothing)
            }
        };
        if let AfterPage::EnterRoom(_) = then {
            talk.app.hub.joins(&talk.line);
        }
        let flow = talk.answer(message.ack, &Ack::of(answer)).await;
        self.follow(talk, then);
        if let Some(row) = row {
            audit::write(&talk.app, row).await;
        }
        flow
    }

    async fn feed(&mut self, talk: &Talk, job: JobId) -> Fed {
        if let Some((stuck_job, batch, since)) = self.stuck.take() {
            // `job` itself has its turn next.
            return match self.send(talk, stuck_job, batch, Some(since)) {
                Fed::Full => Fed::Full,
                Fed::More | Fed::Enough => Fed::More,
            };
        }
        let Some(watcher) = self.watchers.get_mut(&job) else {
            return Fed::Enough;
        };
        match watcher.next(&**talk.app.store()).await {
            Ok(Next::Events(batch)) => self.send(talk, job, batch, None),
            Ok(Next::Idle) => Fed::Enough,
            Err(error) => {
                tracing::warn!(job.id = %job, %error, "events could not be read for a page");
                read_again(talk, job);
                Fed::Enough
            }
        }
    }

    async fn gone(&mut self, _: &Talk, _: bool) {}
}

/// Reads on after a pause: after its last event a job does not grow again by itself.
fn read_again(talk: &Talk, job: JobId) {
    let line = Arc::clone(&talk.line);
    let stopping = talk.app.draining.clone();
    talk.app.tracker.spawn(async move {
        // Nothing is taken at either arm.
        tokio::select! {
            biased;
            () = stopping.cancelled() => {}
            () = tokio::time::sleep(READ_AGAIN) => line.grown(job),
        }
    });
}

impl PageTalker {
    fn follow(&mut self, talk: &Talk, then: AfterPage) {
        match then {
            AfterPage::Nothing | AfterPage::EnterRoom(_) => {}
            AfterPage::LeaveRoom(_) => talk.app.hub.parts(&talk.line),
            AfterPage::Watch(watcher) => {
                let job = watcher.job();
                self.unstick(job);
                self.watchers.insert(job, watcher);
                talk.app.hub.watches(&talk.line, job);
                talk.line.grown(job);
            }
            AfterPage::Unwatch(job) => self.forget(talk, job),
        }
    }

    fn forget(&mut self, talk: &Talk, job: JobId) {
        self.unstick(job);
        self.watchers.remove(&job);
        talk.app.hub.unwatches(&talk.line, job);
    }

    fn unstick(&mut self, job: JobId) {
        if self.stuck.as_ref().is_some_and(|(stuck, ..)| *stuck == job) {
            self.stuck = None;
        }
    }

    fn send(
        &mut self,
        talk: &Talk,
        job: JobId,
        batch: WatchedEvents,
        since: Option<Monotonic>,
    ) -> Fed {
        let events = batch.events.iter().cloned().map(RawValue::from_string);
        let events = match events.collect() {
            Ok(events) => events,
            Err(error) => {
                tracing::error!(job.id = %job, %error, "a stored event is no JSON");
                self.forget(talk, job);
                return Fed::Enough;
            }
        };
        let push = EventsPush {
            job_id: batch.attempt.job,
            attempt: batch.attempt.attempt,
            first: batch.first,
            events,
        };
        match talk.say("events", &push) {
            Sent::Queued => Fed::More,
            Sent::Gone => Fed::Enough,
            Sent::Full => {
                let now = talk.app.clock.monotonic();
                let since = since.unwrap_or(now);
                if now.since(since) < BEHIND_AFTER {
                    self.stuck = Some((job, batch, since));
                    return Fed::Full;
                }
                tracing::info!(line = talk.line.id, job.id = %job, "a page is behind");
                let behind = self.watchers.get(&job);
                let behind = behind.map(|watcher| watcher.behind(batch.up_to));
                if let Some(push) = behind.and_then(|behind| Push::new("behind", &behind)) {
                    talk.line.push(behind_key(job), push);
                }
                self.forget(talk, job);
                self.session.forgets(job);
                Fed::Enough
            }
        }
    }
}
