//! From listening to the last byte: the sweep, the teller, and the two signals.
//!
//! The first signal drains: no new work, clients are told, requests that are under way are
//! finished. The second, or the time limit, stops now.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::serve::ListenerExt;
use dispatch::Listening;
use model::{Instants, Monotonic};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::compose::Server;
use crate::{http, socket};

/// Between the first signal and the closing of connections: requests are answered `try_again`,
/// and what clients are told reaches them.
const FAREWELL: Duration = Duration::from_millis(500);
/// How long requests that are under way may take after that.
const DRAIN: Duration = Duration::from_secs(20);
/// How often files without a row are looked for.
const SWEEP_FILES: Duration = Duration::from_secs(3600);

/// The two signals.
#[derive(Debug, Clone, Default)]
pub struct Shutdown {
    /// The first: drain.
    pub drain: CancellationToken,
    /// The second: stop now.
    pub stop: CancellationToken,
}

/// Serves until it is told to stop.
///
/// # Errors
/// The listener's.
pub async fn serve(server: Server, listener: TcpListener, shutdown: Shutdown) -> io::Result<()> {
    let Server { app, held } = server;
    app.tracker.spawn(sweep(Arc::clone(&app)));
    app.tracker.spawn(socket::tell_news(Arc::clone(&app)));

    let (layer, io) = socket::door(&app);
    let router = http::router(Arc::clone(&app), layer);
    let closing = CancellationToken::new();
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    // Answers and news are small and wait for nothing: Nagle's algorithm would hold them back.
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection could not be told to send at once");
        }
    });
    let serving =
        axum::serve(listener, service).with_graceful_shutdown(closing.clone().cancelled_owned());
    let mut serving = tokio::spawn(serving.into_future());

    // Whichever arm is first, `serving` is waited for again below.
    tokio::select! {
        biased;
        () = shutdown.stop.cancelled() => {}
        () = shutdown.drain.cancelled() => {}
        ended = &mut serving => {
            app.draining.cancel();
            return ended.map_err(io::Error::other)?;
        }
    }
    tracing::info!("the server drains");
    app.dispatch.stops();
    app.draining.cancel();
    app.hub.drain();
    let stop = shutdown.stop.clone();
    let drained = async {
        tokio::time::sleep(FAREWELL).await;
        closing.cancel();
        io.close().await;
        app.hub.hang_up();
        let served = (&mut serving).await.map_err(io::Error::other)?;
        app.tracker.close();
        app.tracker.wait().await;
        served
    };
    let ended = tokio::select! {
        biased;
        () = stop.cancelled() => Ok(()),
        ended = tokio::time::timeout(DRAIN, drained) => ended.unwrap_or_else(|_| {
            tracing::warn!("some requests were not finished in time");
            Ok(())
        }),
    };
    serving.abort();
    drop(held);
    tracing::info!("the server has stopped");
    ended
}

/// The sweep: takes back, gives up, forgets, as `dispatch` says.
async fn sweep(app: Arc<App>) {
    let pause = Duration::from_millis(app.config.limits.sweep_ms);
    let mut listening = Listening::begins(instants(&app));
    let mut files_swept: Option<Monotonic> = None;
    let mut store_is_away = false;
    loop {
        // Nothing is taken at either arm.
        tokio::select! {
            biased;
            () = app.draining.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
        let swept = match app.store().ping().await {
            Ok(()) => {
                let at = instants(&app);
                let since = listening.turn(at);
                app.dispatch.sweep(app.node, since, at.now).await
            }
            Err(error) => Err(error),
        };
        match swept {
            Ok(swept) => {
                if swept != dispatch::Swept::default() {
                    tracing::info!(
                        offers = swept.offers,
                        lost = swept.lost,
                        killed = swept.killed,
                        removed = swept.removed,
                        forgotten = swept.forgotten,
                        "the sweep acted"
                    );
                }
                store_is_away = false;
            }
            Err(error) => {
                if !store_is_away {
                    tracing::error!(%error, "the sweep could not do its work");
                }
                store_is_away = true;
            }
        }
        let now = app.clock.monotonic();
        if files_swept.is_none_or(|last| now.since(last) > SWEEP_FILES) {
            files_swept = Some(now);
            match app.files.sweep(&**app.store(), app.now()).await {
                Ok(0) => {}
                Ok(removed) => tracing::info!(removed, "files without a row were removed"),
                Err(error) => tracing::warn!(%error, "files could not be swept"),
            }
        }
    }
}

fn instants(app: &App) -> Instants {
    Instants {
        now: app.now(),
        monotonic: app.clock.monotonic(),
    }
}
