//! A server of one trial: what is asked of it, and what is there afterwards.

use std::collections::BTreeMap;
use std::future::Future;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use model::{Actor, ActorKind, Role, UserId};
use reqwest::Method;
use serde_json::{Value, json};
use server::clock::{SystemClock, SystemIds};
use server::compose::{ComposeError, compose_over};
use server::identity::password;
use sessions::{Access, AfterPage, Next, PageSession};
use store::audit::AuditAsk;
use store::jobs::{JobFilter, PageAsk};
use store::people::User;
use store::{Bounded, Store, Timer};
use store_sqlite::SqliteStore;
use wire::error::Ack;
use wire::web::PageMessage;

use super::given::{Computer, Faults};
use super::polling::Polling;
use super::row::{By, Door, Row};
use crate::harness::{PASSWORD, Person, TestServer};

/// A server, a person, and what was made for a row.
pub(super) struct Stage {
    pub(super) server: TestServer,
    pub(super) faults: Arc<Faults>,
    pub(super) things: BTreeMap<&'static str, String>,
    pub(super) computer: Option<Computer>,
    pub(super) anna: UserId,
    pub(super) cookie: String,
    what: String,
    body: Option<Value>,
    credential: Option<String>,
}

impl Stage {
    /// Makes what the row needs.
    pub(super) async fn set(row: &Row) -> Self {
        let faults = Arc::new(Faults::default());
        let between = Arc::clone(&faults);
        let server = TestServer::over(
            |config| {
                // The sweep turns only when it is asked for.
                config.limits.sweep_ms = 1_000_000_000;
            },
            move |_| Ok(in_memory(&between)),
        )
        .await;
        let mut stage = Self {
            server,
            faults,
            things: BTreeMap::new(),
            computer: None,
            anna: UserId(model::ObjectId::from_bytes([1; 12])),
            cookie: String::new(),
            what: String::new(),
            body: None,
            credential: None,
        };
        if !row.body.contains("<setup link>") {
            stage.sign_in_anna().await;
        }
        stage.what = stage.filled(row.what).await;
        if !row.body.is_empty() {
            let text = stage.filled(row.body).await;
            stage.body = Some(serde_json::from_str(&text).unwrap());
        }
        stage.credential = match row.by {
            By::Anna | By::Nobody => None,
            By::Credential(text) | By::Cookie(text) => Some(stage.filled(text).await),
        };
        stage
    }

    async fn sign_in_anna(&mut self) {
        let anna = self.server.person("Anna").await;
        let (id, cookie) = (anna.id, anna.cookie);
        (self.anna, self.cookie) = (id, cookie);
    }

    pub(super) fn person(&self) -> Person<'_> {
        Person {
            server: &self.server,
            id: self.anna,
            cookie: self.cookie.clone(),
        }
    }

    /// Asks what the row asks; answers `ok` or the code of the refusal.
    pub(super) async fn ask(&mut self, row: &Row) -> String {
        let said = self.ask_at(row).await;
        if said == row.good_as {
            return "ok".to_owned();
        }
        said
    }

    async fn ask_at(&mut self, row: &Row) -> String {
        match &row.door {
            Door::Rest(method) => self.ask_rest(row, method.clone()).await,
            Door::Computer => self.say_as_computer().await,
            Door::Page => self.say_as_page().await,
            Door::Handshake => self.shake_hands().await,
            Door::Sweep => self.sweep().await,
            Door::Ready => {
                let asked = self.server.ask(Method::GET, "/readyz").send().await;
                code_of(asked.unwrap().status().is_success())
            }
            Door::Start => self.start_another().await,
        }
    }

    async fn ask_rest(&self, row: &Row, method: Method) -> String {
        let path = format!("/api/v1{}", self.what);
        let mut request = self.server.ask(method, &path);
        request = request.header("Origin", &self.server.address);
        // A job that was made for the row was played `once`.
        let key = if self.what == "/jobs" {
            "once"
        } else {
            "again"
        };
        request = request.header("Idempotency-Key", key);
        let credential = self.credential.clone().unwrap_or_default();
        request = match row.by {
            By::Anna => request.header("Cookie", &self.cookie),
            By::Nobody => request,
            By::Credential(_) => request.header("Authorization", credential),
            By::Cookie(_) => request.header("Cookie", credential),
        };
        match &self.body {
            None => {}
            Some(Value::String(source)) => {
                let plain = request.header("Content-Type", "text/plain");
                request = plain.header("If-Match", "1").body(source.clone());
            }
            Some(body) => request = request.json(body),
        }
        let response = request.send().await.unwrap();
        if response.status().is_success() {
            response.bytes().await.unwrap();
            return "ok".to_owned();
        }
        let error: Value = response.json().await.unwrap();
        let code = error["code"].as_str().unwrap();
        assert_eq!(
            code == "try_again",
            error["retryAfterMs"].is_u64(),
            "{error}"
        );
        code.to_owned()
    }

    async fn say_as_computer(&mut self) -> String {
        let computer = self.computer.as_mut().unwrap();
        if self.what == "leave" {
            return code_of(computer.leave(&self.server).await);
        }
        let body = self.body.clone().unwrap();
        let said = computer.say(&self.server, &self.what, body).await;
        code_of_ack(&said)
    }

    async fn say_as_page(&self) -> String {
        let app = &self.server.app;
        let actor = Actor {
            kind: ActorKind::User,
            id: self.anna.to_string(),
            name: "Anna".to_owned(),
        };
        let dispatch = Arc::clone(&app.dispatch);
        let access = Access::Session;
        let mut page = PageSession::new(dispatch, self.anna, actor, access, String::new());
        let text = self.body.as_ref().unwrap().to_string();
        let message = PageMessage::read(&self.what, &text).unwrap();
        let reply = page.on(message, app.now()).await;
        let answer = reply.answer.map_err(|refused| refused.into_body("test"));
        let said = serde_json::to_value(Ack::of(answer)).unwrap();
        if let AfterPage::Watch(mut watcher) = reply.then {
            loop {
                match watcher.next(&**app.store()).await {
                    Ok(Next::Events(_)) => {}
                    Ok(Next::Idle) => break,
                    Err(_) => return "try_again".to_owned(),
                }
            }
        }
        code_of_ack(&said)
    }

    /// Opens a socket as clients without WebSocket do.
    async fn shake_hands(&self) -> String {
        let line = Polling::open(&self.server, &self.cookie).await;
        let auth = self.body.as_ref().unwrap();
        line.send(format!("40{},{auth}", self.what)).await;
        line.hears(|packet| {
            if packet.starts_with("40") {
                return Some("ok".to_owned());
            }
            let (_, json) = packet.strip_prefix("44")?.split_once(',')?;
            let error: Value = serde_json::from_str(json).unwrap();
            let (code, _) = error["message"].as_str()?.split_once(':')?;
            Some(code.to_owned())
        })
        .await
    }

    async fn sweep(&self) -> String {
        let app = &self.server.app;
        let now = app.now();
        // Offers have run out, and no silence counts yet.
        let later = now.plus(Duration::from_secs(40));
        let swept = app.dispatch.sweep(app.node, now, later).await;
        let files = match &swept {
            Ok(_) => app.files.sweep(&**app.store(), now).await.is_ok(),
            Err(_) => false,
        };
        code_of(files)
    }

    async fn start_another(&self) -> String {
        let mut config = self.server.app.config.clone();
        config.data.set_file_name("another");
        let faults = Arc::clone(&self.faults);
        let clock = Arc::new(SystemClock::new());
        let open = move |_: &Path| Ok(in_memory(&faults));
        match compose_over(config, clock, Arc::new(SystemIds), open).await {
            Ok(_) => code_of(true),
            Err(ComposeError::Store(_)) => code_of(false),
            Err(other) => other.to_string(),
        }
    }

    /// What is there, without ids and times, and how often each change was noted.
    pub(super) async fn state(&self) -> (Value, Value) {
        assert_eq!(self.sweep().await, "ok");
        let store = self.server.app.store();
        let mut state = BTreeMap::<&str, Vec<Value>>::new();
        for row in store.users().await.unwrap() {
            let user = row.user.id;
            let mut add = |part, value| state.entry(part).or_default().push(value);
            let User {
                name,
                role,
                disabled,
                settings,
                ..
            } = row.user;
            add("users", json!([name, role, disabled, settings]));
            for session in store.sessions(user).await.unwrap() {
                add("sessions", json!([name, session.by_link]));
            }
            for token in store.tokens(user).await.unwrap() {
                add("tokens", json!([token.name, token.scopes]));
            }
            for enrolment in store.enrolments(user).await.unwrap() {
                add("enrolments", json!([enrolment.uses, enrolment.used]));
            }
            for pairing in store
                .pending_pairings(user, self.server.app.now())
                .await
                .unwrap()
            {
                add("pairings", json!([pairing.host, pairing.wrong_codes]));
            }
            for agent in store.agents(user).await.unwrap() {
                let joined = agent.joined.is_some();
                add(
                    "agents",
                    json!([agent.name, agent.labels, agent.paused, joined, agent.left]),
                );
            }
            for row in store.robots(user).await.unwrap() {
                let robot = row.robot;
                let versions = store.versions(robot.id).await.unwrap().len();
                add(
                    "robots",
                    json!([robot.name, robot.version, versions, robot.labels]),
                );
            }
            let ask = PageAsk {
                after: None,
                limit: 100,
                look_at: 100,
            };
            let page = store.jobs_page(user, JobFilter::default(), ask).await;
            for row in page.unwrap().rows {
                let job = row.job;
                let files = store.artifacts(job.id).await.unwrap().len();
                let asked = job.cancel.is_some();
                let last = (job.last_attempt, row.last_seq, files);
                add(
                    "jobs",
                    json!([job.number, job.status(), job.labels, asked, last]),
                );
            }
        }
        let invites = store.invites().await.unwrap().len();
        state.entry("invites").or_default().push(json!(invites));
        let ask = AuditAsk {
            limit: 100,
            ..AuditAsk::default()
        };
        let mut audit = BTreeMap::<String, u32>::new();
        for entry in store.audit_page(ask).await.unwrap() {
            *audit.entry(entry.action).or_default() += 1;
        }
        for part in state.values_mut() {
            part.sort_by_key(Value::to_string);
        }
        (json!(state), json!(audit))
    }

    /// The end of the trial.
    pub(super) fn strike(self) {
        self.server.shutdown.stop.cancel();
    }

    /// An account that signs in with [`PASSWORD`].
    pub(super) async fn account(&self, id: UserId, name: &str) {
        static HASH: std::sync::OnceLock<String> = std::sync::OnceLock::new();
        let hash = HASH.get_or_init(|| password::hash(PASSWORD).unwrap());
        let user = User {
            id,
            name: model::Name::parse(name).unwrap(),
            email: format!("{name}@example.org").to_lowercase(),
            password: hash.clone(),
            role: Role::User,
            settings: serde_json::Map::new(),
            created_at: self.server.app.now(),
            disabled: false,
        };
        self.server.app.store().create_user(user).await.unwrap();
    }
}

fn code_of(is_ok: bool) -> String {
    let code = if is_ok { "ok" } else { "try_again" };
    code.to_owned()
}

fn code_of_ack(said: &Value) -> String {
    let code = said["error"]["code"].as_str();
    code.unwrap_or("ok").to_owned()
}

/// A store in memory, failing as told, and with a time limit.
fn in_memory(faults: &Arc<Faults>) -> Arc<dyn Store> {
    let store = faults.before(Arc::new(SqliteStore::in_memory().unwrap()));
    Arc::new(Bounded::new(
        store,
        Arc::new(InTurns),
        Duration::from_secs(1),
    ))
}

/// Time that passes with the turns of who waits. A store in memory answers at once or never, so
/// that no trial waits by the clock.
struct InTurns;

impl Timer for InTurns {
    fn after(&self, _: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let mut turns = 0;
        Box::pin(std::future::poll_fn(move |context| {
            turns += 1;
            if turns > 20 {
                return Poll::Ready(());
            }
            context.waker().wake_by_ref();
            Poll::Pending
        }))
    }
}
