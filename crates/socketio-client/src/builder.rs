//! Everything that can be chosen, checked before anything runs.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use rustls::ClientConfig;
use serde_json::Value;
use tokio::sync::{mpsc, watch};
use tokio_tungstenite::tungstenite::http::{HeaderName, HeaderValue};

use crate::address::Address;
use crate::back_off::BackOff;
use crate::client::{Client, Shared};
use crate::command::Wishes;
use crate::dial::{Dial, dial_tcp};
use crate::driver::Driver;
use crate::error::BuildError;
use crate::event::{AfterRefusal, Events, Refused};
use crate::tls;

/// A queue longer than this is a mistake, and tokio's own limit is an abort.
const LONGEST_QUEUE: usize = 1 << 20;

/// Asked at every attempt.
pub(crate) type Auth =
    Box<dyn FnMut() -> Pin<Box<dyn Future<Output = Option<Value>> + Send>> + Send>;

/// Asked at every refusal.
pub(crate) type OnRefused = Box<dyn FnMut(&Refused) -> AfterRefusal + Send>;

/// Gives a number in 0.0 ..= 1.0.
pub(crate) type Jitter = Box<dyn FnMut() -> f64 + Send>;

/// Where to, and how to talk there.
pub(crate) struct Target {
    pub(crate) address: Address,
    pub(crate) namespace: String,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) tls: Option<Arc<ClientConfig>>,
    pub(crate) max_message_size: usize,
}

/// What the task runs by.
pub(crate) struct Config {
    pub(crate) target: Target,
    pub(crate) dial: Dial,
    pub(crate) auth: Auth,
    pub(crate) on_refused: OnRefused,
    pub(crate) jitter: Jitter,
    pub(crate) back_off: BackOff,
    pub(crate) connect_timeout: Duration,
    pub(crate) close_timeout: Duration,
}

/// Makes a [`Client`].
///
/// ```no_run
/// # async fn run() -> Result<(), socketio_client::BuildError> {
/// use socketio_client::Builder;
///
/// let (client, mut events) = Builder::new("https://example.org")
///     .namespace("/chat")
///     .auth(|| serde_json::json!({ "token": "…" }))
///     .connect()?;
/// # Ok(()) }
/// ```
#[must_use]
pub struct Builder {
    url: String,
    path: String,
    namespace: String,
    headers: Vec<(String, String)>,
    tls: Option<Arc<ClientConfig>>,
    dial: Dial,
    auth: Auth,
    on_refused: OnRefused,
    jitter: Jitter,
    back_off: BackOff,
    connect_timeout: Duration,
    close_timeout: Duration,
    max_message_size: usize,
    event_queue: usize,
    command_queue: usize,
}

impl Builder {
    /// A client of the server at `url` (`http`, `https`, `ws` or `wss`). A path
    /// in it is the prefix of a reverse proxy, not a namespace.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            path: "/socket.io/".to_owned(),
            namespace: "/".to_owned(),
            headers: Vec::new(),
            tls: None,
            dial: Box::new(dial_tcp),
            auth: Box::new(|| Box::pin(async { None })),
            on_refused: Box::new(|_| AfterRefusal::BackOff),
            jitter: Box::new(rand::random::<f64>),
            back_off: BackOff::default(),
            connect_timeout: Duration::from_secs(10),
            close_timeout: Duration::from_secs(2),
            max_message_size: 8 << 20,
            event_queue: 256,
            command_queue: 256,
        }
    }

    /// The namespace to join, `/` by default. A missing slash is added.
    pub fn namespace(mut self, namespace: impl Into<String>) -> Self {
        let namespace = namespace.into();
        self.namespace = if namespace.starts_with('/') {
            namespace
        } else {
            format!("/{namespace}")
        };
        self
    }

    /// Socket.IO's path on the server, `/socket.io/` by default.
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.path = path.into();
        self
    }

    /// What the server's middleware sees as `auth`, asked anew at every attempt.
    pub fn auth(mut self, mut auth: impl FnMut() -> Value + Send + 'static) -> Self {
        self.auth = Box::new(move || Box::pin(std::future::ready(Some(auth()))));
        self
    }

    /// As [`auth`](Builder::auth), for credentials that have to be fetched. The
    /// time that it takes counts as part of the attempt.
    pub fn auth_async<F>(mut self, mut auth: impl FnMut() -> F + Send + 'static) -> Self
    where
        F: Future<Output = Value> + Send + 'static,
    {
        self.auth = Box::new(move || {
            let value = auth();
            Box::pin(async { Some(value.await) })
        });
        self
    }

    /// An HTTP header of the WebSocket handshake.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// TLS by this configuration instead of the system's certificate authorities.
    pub fn tls(mut self, config: Arc<ClientConfig>) -> Self {
        self.tls = Some(config);
        self
    }

    /// The pauses between attempts.
    pub fn back_off(mut self, back_off: BackOff) -> Self {
        self.back_off = back_off;
        self
    }

    /// Where the chance in the pauses comes from: numbers in 0.0 ..= 1.0.
    pub fn jitter(mut self, jitter: impl FnMut() -> f64 + Send + 'static) -> Self {
        self.jitter = Box::new(jitter);
        self
    }

    /// Decides what follows a refusal. Called in the client's task: be quick.
    pub fn on_refused(
        mut self,
        decide: impl FnMut(&Refused) -> AfterRefusal + Send + 'static,
    ) -> Self {
        self.on_refused = Box::new(decide);
        self
    }

    /// The one limit over name lookup, TCP, TLS, WebSocket handshake, open and
    /// connect; 10 s by default.
    pub fn connect_timeout(mut self, limit: Duration) -> Self {
        self.connect_timeout = limit;
        self
    }

    /// The limit of a clean goodbye; 2 s by default.
    pub fn close_timeout(mut self, limit: Duration) -> Self {
        self.close_timeout = limit;
        self
    }

    /// The largest message in bytes that is accepted, 8 MiB by default. A
    /// larger one ends the connection with [`Reason::TooLarge`](crate::Reason::TooLarge).
    pub fn max_message_size(mut self, bytes: usize) -> Self {
        self.max_message_size = bytes;
        self
    }

    /// How many events wait for their consumer before the socket is no longer
    /// read; 256 by default, at least 1.
    pub fn event_queue(mut self, events: usize) -> Self {
        self.event_queue = events;
        self
    }

    /// How many events wait to be sent before `emit` waits; 256 by default, at least 1.
    pub fn command_queue(mut self, commands: usize) -> Self {
        self.command_queue = commands;
        self
    }

    /// Another way to the server than TCP.
    #[cfg(test)]
    pub(crate) fn dial(mut self, dial: Dial) -> Self {
        self.dial = dial;
        self
    }

    /// Starts the client as a task of the current tokio runtime.
    ///
    /// # Panics
    /// Outside a tokio runtime, as `tokio::spawn` does.
    pub fn connect(self) -> Result<(Client, Events), BuildError> {
        let (client, events, task) = self.build()?;
        tokio::spawn(task);
        Ok((client, events))
    }

    /// As [`connect`](Builder::connect), but the caller runs the task, for
    /// programs that keep track of theirs. Dropping the task cuts the connection.
    pub fn build(
        self,
    ) -> Result<(Client, Events, impl Future<Output = ()> + Send + 'static), BuildError> {
        let address = Address::parse(&self.url, &self.path)?;
        if self.namespace.contains([',', '?']) || self.namespace.contains(char::is_control) {
            return Err(BuildError::Namespace(self.namespace));
        }
        let mut headers = Vec::new();
        for (name, value) in self.headers {
            let bad = || BuildError::Header(name.clone());
            let key = name.parse::<HeaderName>().map_err(|_| bad())?;
            headers.push((key, value.parse::<HeaderValue>().map_err(|_| bad())?));
        }
        let tls = match self.tls {
            None if address.tls => Some(Arc::new(tls::system_config()?)),
            given => given,
        };
        let target = Target {
            address,
            namespace: self.namespace,
            headers,
            tls,
            max_message_size: self.max_message_size,
        };
        let config = Config {
            target,
            dial: self.dial,
            auth: self.auth,
            on_refused: self.on_refused,
            jitter: self.jitter,
            back_off: self.back_off,
            connect_timeout: self.connect_timeout,
            close_timeout: self.close_timeout,
        };

        let (commands, command_receiver) =
            mpsc::channel(self.command_queue.clamp(1, LONGEST_QUEUE));
        let (events, event_receiver) = mpsc::channel(self.event_queue.clamp(1, LONGEST_QUEUE));
        let (wishes, wish_receiver) = watch::channel(Wishes {
            closing: false,
            reconnect: true,
            renewals: 0,
        });
        let (end, ended) = watch::channel(());
        let shared = Shared {
            commands: commands.clone(),
            wishes: Arc::new(wishes),
            connection: Arc::new(AtomicU64::new(0)),
            ended,
        };
        let driver = Driver::new(config, &shared, command_receiver, wish_receiver, events);
        let task = async move {
            // Dropped last, also when the task is cancelled.
            let _end = end;
            driver.run().await;
        };
        Ok((Client::new(shared), Events(event_receiver), task))
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("url", &self.url)
            .field("namespace", &self.namespace)
            .finish_non_exhaustive()
    }
}
