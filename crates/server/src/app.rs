//! What every door of one server shares.

use std::fmt::Write;
use std::sync::{Arc, Mutex};

use dispatch::Dispatch;
use model::{Clock, Ids, ObjectId, Timestamp};
use store::Store;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::Config;
use crate::files::Files;
use crate::identity::throttle::Throttle;
use crate::socket::Hub;

/// How many packages are judged at the same time: each lies in memory meanwhile.
const PACKAGES_AT_ONCE: usize = 2;

/// One server.
pub struct App {
    /// The verbs.
    pub dispatch: Arc<Dispatch>,
    /// Who is connected, and what they are told.
    pub hub: Arc<Hub>,
    /// Artifacts and packages.
    pub files: Files,
    /// The clocks.
    pub clock: Arc<dyn Clock>,
    /// Ids and randomness.
    pub ids: Arc<dyn Ids>,
    /// The configuration.
    pub config: Config,
    /// This server among those of its installation.
    pub node: ObjectId,
    /// The name of the session cookie.
    pub cookie: String,
    /// The origin of the public address, if one was named.
    pub origin: Option<String>,
    /// The embedded page's build.
    pub build: String,
    /// Failed sign-ins.
    pub throttle: Mutex<Throttle>,
    /// Everything that was spawned.
    pub tracker: TaskTracker,
    /// The first signal: no new work.
    pub draining: CancellationToken,
    /// Room for packages.
    pub packages: Semaphore,
}

/// What an [`App`] is made of.
pub struct Parts {
    /// The verbs.
    pub dispatch: Arc<Dispatch>,
    /// Who is connected.
    pub hub: Arc<Hub>,
    /// Artifacts and packages.
    pub files: Files,
    /// The clocks.
    pub clock: Arc<dyn Clock>,
    /// Ids and randomness.
    pub ids: Arc<dyn Ids>,
    /// The configuration.
    pub config: Config,
    /// The installation's id.
    pub installation: ObjectId,
}

impl App {
    /// A server of these parts.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        let origin = parts.config.public_url.as_deref();
        let origin = origin.and_then(crate::config::origin_of);
        let node = parts.ids.object_id(parts.clock.now());
        Self {
            dispatch: parts.dispatch,
            hub: parts.hub,
            files: parts.files,
            clock: parts.clock,
            ids: parts.ids,
            config: parts.config,
            node,
            cookie: format!("arkwright_{}", parts.installation),
            origin,
            build: crate::http::assets::build(),
            throttle: Mutex::default(),
            tracker: TaskTracker::new(),
            draining: CancellationToken::new(),
            packages: Semaphore::new(PACKAGES_AT_ONCE),
        }
    }

    /// The wall clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Where everything is kept.
    #[must_use]
    pub fn store(&self) -> &Arc<dyn Store> {
        self.dispatch.store()
    }

    /// An id for one request or message, for its error and its log.
    #[must_use]
    pub fn reference(&self) -> String {
        let mut bytes = [0; 6];
        self.ids.fill_secret(&mut bytes);
        bytes.iter().fold(String::new(), |mut text, byte| {
            write!(text, "{byte:02x}").expect("a string takes every text");
            text
        })
    }

    /// Whether the server takes no new work.
    #[must_use]
    pub fn is_draining(&self) -> bool {
        self.draining.is_cancelled()
    }
}
