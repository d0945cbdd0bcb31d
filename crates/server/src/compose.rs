//! Putting a server together: the only place that names a concrete store and a concrete storage
//! for files.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use dispatch::{Dispatch, until_known};
use model::{Clock, Ids};
use object_store::local::LocalFileSystem;
use store::{Bounded, Store, StoreError};
use store_sqlite::SqliteStore;
use thiserror::Error;

use crate::app::{App, Parts};
use crate::clock::SystemTimer;
use crate::config::Config;
use crate::data_folder::{DataFolder, DataFolderError, Held};
use crate::files::Files;
use crate::identity::seal::{SecretKey, SecretKeyError};
use crate::socket::Hub;

/// Why the store could not be opened, in the words of the store that was chosen.
pub use store_sqlite::{Keeping, OpenError, Rewound};

/// A server that is ready to listen.
pub struct Server {
    /// What its doors share.
    pub app: Arc<App>,
    /// The data folder is ours as long as this lives.
    pub(crate) held: Held,
}

/// A server that cannot be put together. What was there before is untouched.
#[derive(Debug, Error)]
pub enum ComposeError {
    /// The data folder.
    #[error(transparent)]
    DataFolder(#[from] DataFolderError),
    /// The database.
    #[error(transparent)]
    Database(#[from] OpenError),
    /// The key for secrets.
    #[error(transparent)]
    Key(#[from] SecretKeyError),
    /// The storage for files.
    #[error("the folder for artifacts `{path}` cannot be used")]
    Files {
        /// Which.
        path: PathBuf,
        /// Why.
        source: object_store::Error,
    },
    /// The store does not answer.
    #[error("the store does not answer")]
    Store(#[from] StoreError),
}

/// Puts a server together.
///
/// # Errors
/// [`ComposeError`].
pub async fn compose(
    config: Config,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
) -> Result<Server, ComposeError> {
    let open = |path: &Path| -> Result<Arc<dyn Store>, OpenError> {
        Ok(Arc::new(SqliteStore::open(path)?))
    };
    compose_over(config, clock, ids, open).await
}

/// Puts a server together over the database that `open` answers. Tests answer one that fails.
///
/// # Errors
/// [`ComposeError`].
pub async fn compose_over(
    config: Config,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    open: impl FnOnce(&Path) -> Result<Arc<dyn Store>, OpenError>,
) -> Result<Server, ComposeError> {
    let folder = DataFolder::new(config.data.clone());
    folder.make()?;
    let held = folder.hold()?;
    let database = open(&folder.database())?;
    let limit = Duration::from_millis(config.store.answer_ms);
    let store: Arc<dyn Store> = Arc::new(Bounded::new(database, Arc::new(SystemTimer), limit));
    let key = SecretKey::read_or_make(&folder.secret_key(), &*ids)?;
    let files = files(&folder.artifacts())?;
    let unusable = |source| ComposeError::Files {
        path: folder.artifacts(),
        source,
    };
    files.forget_unfinished().await.map_err(unusable)?;

    let now = clock.now();
    let fresh = ids.object_id(now);
    let installation = until_known(|| store.installation(fresh)).await?.answer;
    let hub = Arc::new(Hub::default());
    let parts = dispatch::Parts {
        store,
        hints: Arc::clone(&hub) as Arc<dyn dispatch::Hints>,
        ids: Arc::clone(&ids),
        content_key: key.derive("content of requests"),
        seal: Arc::new(key),
        limits: config.limits.clone(),
    };
    let app = App::new(Parts {
        dispatch: Arc::new(Dispatch::new(parts, now)),
        hub,
        files,
        clock,
        ids,
        config,
        installation,
    });
    Ok(Server {
        app: Arc::new(app),
        held,
    })
}

/// The store of a data folder, beside a server that may be running on it: for short commands.
///
/// # Errors
/// There is none, or it cannot be used.
pub fn store_beside(folder: &DataFolder) -> Result<Arc<dyn Store>, OpenError> {
    Ok(Arc::new(SqliteStore::open_beside(&folder.database())?))
}

fn files(path: &Path) -> Result<Files, ComposeError> {
    let local = LocalFileSystem::new_with_prefix(path).map_err(|source| ComposeError::Files {
        path: path.to_owned(),
        source,
    })?;
    Ok(Files::new(Arc::new(local.with_fsync(true))))
}
