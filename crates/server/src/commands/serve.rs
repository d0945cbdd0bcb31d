//! `arkwright serve`

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use dispatch::until_known;
use model::Timestamp;
use store::people::{Link, LinkOpens};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

use super::Failure;
use super::cli::Serve;
use crate::app::App;
use crate::clock::{SystemClock, SystemIds};
use crate::compose::compose;
use crate::config::{self, Config, Flags, Log};
use crate::data_folder::DataFolder;
use crate::exit_code;
use crate::http::assets;
use crate::identity::token;
use crate::lifecycle::{Shutdown, serve};

/// How long a setup link lives.
const SETUP_LINK_LIFE: Duration = Duration::from_secs(24 * 3600);

pub(super) async fn run(ask: Serve) -> Result<u8, Failure> {
    let flags = Flags {
        listen: ask.listen,
        data: ask.data,
        public_url: ask.public_url,
    };
    let loaded = config::load(ask.config.as_deref(), &flags)?;
    let config = loaded.config;
    begin_log(&config.log)?;
    for name in loaded.unknown_variables {
        tracing::warn!(
            name,
            "a variable of the environment means nothing to this program"
        );
    }

    let listener = bind(config.listen).await?;
    let address = listener
        .local_addr()
        .map_err(|error| Failure::new(error).hint("start again"))?;
    let public = public_address(&config, address);
    let server = compose(config, Arc::new(SystemClock::new()), Arc::new(SystemIds)).await?;
    let shutdown = Shutdown::default();
    watch_signals(shutdown.clone())?;
    if !assets::has_page() {
        tracing::warn!("the page was not built into this program: `cargo xtask web` builds it");
    }
    let setup_link = setup_link(&server.app, &public).await?;
    DataFolder::new(server.app.config.data.clone()).note_address(&public)?;

    println!("listening on http://{address}");
    if let Some(link) = setup_link {
        println!("setup link: {link}");
    }
    let served = serve(server, listener, shutdown).await;
    served.map_err(|error| Failure::new(error).hint("start again"))?;
    Ok(exit_code::DONE)
}

fn begin_log(log: &Log) -> Result<(), Failure> {
    let filter = EnvFilter::try_new(&log.filter).map_err(|error| {
        let message = format!("`log.filter` cannot be read: {error}");
        Failure::new(message)
            .hint("write it as `info` or `warn,server=debug`")
            .usage()
    })?;
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    if log.json {
        lines.json().init();
    } else {
        use std::io::IsTerminal;
        let colours = std::env::var_os("NO_COLOR").is_none() && std::io::stderr().is_terminal();
        lines.with_ansi(colours).init();
    }
    Ok(())
}

async fn bind(address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|error| {
        let hint = match error.kind() {
            ErrorKind::AddrInUse => {
                "another program listens there: stop it, or choose another port with \
                 `--listen ADDRESS:PORT`"
            }
            ErrorKind::PermissionDenied => {
                "ports below 1024 need special rights: choose another with `--listen ADDRESS:PORT`"
            }
            ErrorKind::AddrNotAvailable => {
                "this computer does not have that address: 127.0.0.1 is always there, 0.0.0.0 means \
                 all"
            }
            _ => "choose another address with `--listen ADDRESS:PORT`",
        };
        Failure::new(CannotListen(address, error)).hint(hint)
    })
}

#[derive(Debug, thiserror::Error)]
#[error("cannot listen on `{0}`")]
struct CannotListen(SocketAddr, #[source] std::io::Error);

/// The address that links begin with.
fn public_address(config: &Config, listening: SocketAddr) -> String {
    match &config.public_url {
        Some(url) => url.trim_end_matches('/').to_owned(),
        None if listening.ip().is_unspecified() => {
            format!("http://127.0.0.1:{}", listening.port())
        }
        None => format!("http://{listening}"),
    }
}

/// A new setup link while there is no account. It ends the one before.
async fn setup_link(app: &App, public: &str) -> Result<Option<String>, Failure> {
    let any = app.store().any_user().await.map_err(Failure::new)?;
    if any {
        return Ok(None);
    }
    let (text, token_hash) = token::fresh(&*app.ids);
    let now: Timestamp = app.now();
    let link = Link {
        token_hash,
        opens: LinkOpens::Setup,
        created_at: now,
        expires_at: now.plus(SETUP_LINK_LIFE),
    };
    let put = until_known(|| app.store().put_link(link.clone())).await;
    put.map_err(Failure::new)?;
    Ok(Some(format!("{public}/welcome#{text}")))
}

/// The first signal drains, the second stops now.
fn watch_signals(shutdown: Shutdown) -> Result<(), Failure> {
    let mut interrupt = signal(SignalKind::interrupt()).map_err(Failure::new)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(Failure::new)?;
    tokio::spawn(async move {
        for token in [shutdown.drain, shutdown.stop] {
            // A signal that comes while the other arm is taken stays pending in its stream.
            tokio::select! {
                biased;
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            token.cancel();
        }
    });
    Ok(())
}
