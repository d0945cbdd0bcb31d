//! A server in this process with a folder and a port of its own, and people who ask it.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use model::{AgentId, Ids, Name, Role, UserId};
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use server::clock::{SystemClock, SystemIds};
use server::compose::{OpenError, compose_over};
use server::config::{Config, Flags, load};
use server::identity::sign_in::{Browser, open_session};
use server::lifecycle::{Shutdown, serve};
use sha2::Digest;
use store::Store;
use store::people::{User, UserCreated};
use store_sqlite::SqliteStore;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A password that is accepted.
pub(crate) const PASSWORD: &str = "correct battery horse";
/// A robot that logs a word.
pub(crate) const ROBOT: &str = "*** Tasks ***\nSay Hello\n    Log    Hello\n";
/// An id that nothing has.
pub(crate) const NOBODY: &str = "ffffffffffffffffffffffff";

/// A running server.
pub(crate) struct TestServer {
    pub(crate) address: String,
    pub(crate) app: Arc<server::app::App>,
    pub(crate) client: Client,
    pub(crate) shutdown: Shutdown,
    serving: JoinHandle<std::io::Result<()>>,
    _folder: TempDir,
}

impl TestServer {
    pub(crate) async fn start() -> Self {
        Self::with(|_| {}).await
    }

    /// A server whose configuration was changed.
    pub(crate) async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let open = |path: &Path| -> Result<Arc<dyn Store>, OpenError> {
            Ok(Arc::new(SqliteStore::open(path)?))
        };
        Self::over(change, open).await
    }

    /// A server whose configuration was changed, over another database.
    pub(crate) async fn over(
        change: impl FnOnce(&mut Config),
        open: impl FnOnce(&Path) -> Result<Arc<dyn Store>, OpenError>,
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let flags = Flags {
            data: Some(folder.path().join("data")),
            ..Flags::default()
        };
        let mut config = load(None, &flags).unwrap().config;
        change(&mut config);
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0)))
            .await
            .unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let clock = Arc::new(SystemClock::new());
        let server = compose_over(config, clock, Arc::new(SystemIds), open);
        let server = server.await.unwrap();
        let app = Arc::clone(&server.app);
        let shutdown = Shutdown::default();
        let serving = tokio::spawn(serve(server, listener, shutdown.clone()));
        Self {
            address,
            app,
            client: client(),
            shutdown,
            serving,
            _folder: folder,
        }
    }

    /// Drains, and waits for the end.
    pub(crate) async fn stop(self) {
        self.shutdown.drain.cancel();
        self.serving.await.unwrap().unwrap();
    }

    /// A request without a credential.
    pub(crate) fn ask(&self, method: Method, path: &str) -> RequestBuilder {
        self.client
            .request(method, format!("{}{path}", self.address))
    }

    /// A signed-in person of that name.
    pub(crate) async fn person(&self, name: &str) -> Person<'_> {
        let now = self.app.now();
        let user = User {
            id: UserId(SystemIds.object_id(now)),
            name: Name::parse(name).unwrap(),
            email: format!("{}@example.org", name.to_lowercase()),
            password: "no password".to_owned(),
            role: Role::Owner,
            settings: serde_json::Map::new(),
            created_at: now,
            disabled: false,
        };
        let made = self.app.store().create_user(user).await.unwrap();
        let UserCreated::Created(user) = made else {
            panic!("{name} is there already");
        };
        let browser = Browser {
            address: "127.0.0.1".to_owned(),
            user_agent: "test".to_owned(),
        };
        let session = open_session(&self.app, &user, false, browser, now);
        let cookie = format!("{}={}", self.app.cookie, session.await.unwrap());
        Person {
            server: self,
            id: user.id,
            cookie,
        }
    }
}

/// A client without cookies of its own.
pub(crate) fn client() -> Client {
    static CLIENT: OnceLock<Client> = OnceLock::new();
    let client = CLIENT.get_or_init(|| {
        rustls::crypto::ring::default_provider()
            .install_default()
            .ok();
        // A connection belongs to the runtime of its test: none is kept for the next one.
        let client = Client::builder().pool_max_idle_per_host(0);
        client.build().unwrap()
    });
    client.clone()
}

/// A signed-in person.
pub(crate) struct Person<'a> {
    pub(crate) server: &'a TestServer,
    pub(crate) id: UserId,
    pub(crate) cookie: String,
}

impl Person<'_> {
    /// A request as our page makes it. The path follows `/api/v1`.
    pub(crate) fn ask(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.server.ask(method, &format!("/api/v1{path}"));
        request
            .header("Cookie", &self.cookie)
            .header("Origin", &self.server.address)
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        good(self.ask(Method::GET, path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Value {
        good(self.ask(Method::POST, path).json(&body)).await
    }

    /// A new robot's id.
    pub(crate) async fn robot(&self, name: &str, source: &str) -> String {
        let path = format!("/users/{}/robots", self.id);
        let robot = self
            .post(&path, json!({"name": name, "source": source}))
            .await;
        robot["id"].as_str().unwrap().to_owned()
    }

    /// An agent that was let in by an enrolment token.
    pub(crate) async fn agent(&self) -> Agent {
        let token = self.post("/enrolments", json!({})).await["token"].clone();
        let (key, key_hash) = key();
        let body = json!({"token": token, "keyHash": key_hash, "host": "office", "os": "linux",
            "osUser": "anna", "version": "0.1.0"});
        let request = self.server.ask(Method::POST, "/api/v1/agents").json(&body);
        let made = good(request).await;
        let id = made["agentId"].as_str().unwrap().parse().unwrap();
        Agent { id, key }
    }
}

/// An agent's credential.
pub(crate) struct Agent {
    pub(crate) id: AgentId,
    pub(crate) key: String,
}

/// A key and its digest, as agents make them.
pub(crate) fn key() -> (String, String) {
    let mut bytes = [0; 32];
    SystemIds.fill_secret(&mut bytes);
    let digest = sha2::Sha256::digest(bytes);
    (
        URL_SAFE_NO_PAD.encode(bytes),
        URL_SAFE_NO_PAD.encode(digest),
    )
}

/// The JSON of a request that succeeds.
pub(crate) async fn good(request: RequestBuilder) -> Value {
    let response = request.send().await.unwrap();
    let status = response.status();
    let text = response.text().await.unwrap();
    assert!(status.is_success(), "{status} {text}");
    serde_json::from_str(&text).unwrap_or(Value::Null)
}

/// The error of a request that is refused with that code, as every error must look.
pub(crate) async fn refused(request: RequestBuilder, code: &str) -> Value {
    let response = request.send().await.unwrap();
    check_refusal(response, code).await
}

pub(crate) async fn check_refusal(response: Response, code: &str) -> Value {
    let status = response.status();
    let retry_after = response.headers().contains_key("retry-after");
    let text = response.text().await.unwrap();
    let error: Value = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{status} {text}"));
    assert_eq!(error["code"], code, "{status} {text}");
    let expected = match code {
        "malformed" => 400,
        "unauthenticated" | "revoked" => 401,
        "forbidden" => 403,
        "not_found" => 404,
        "conflict" | "stale_attempt" | "not_confirmed" => 409,
        "too_large" => 413,
        "invalid" => 422,
        "slow_down" => 429,
        "try_again" => 503,
        other => panic!("no status is known for {other}"),
    };
    assert_eq!(status, StatusCode::from_u16(expected).unwrap(), "{text}");
    assert!(
        error["message"]
            .as_str()
            .is_some_and(|text| !text.is_empty())
    );
    assert!(
        error["reference"]
            .as_str()
            .is_some_and(|text| !text.is_empty())
    );
    assert_eq!(code == "invalid", error["fields"].is_array(), "{text}");
    assert_eq!(error["retryAfterMs"].is_u64(), retry_after, "{text}");
    error
}
