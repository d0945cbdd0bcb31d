//! The client against the official Socket.IO server, in a Node process of each
//! test's own, over real sockets. Needs `node` and `npm` on the path; the
//! server's packages are installed once from their lock file.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail like tests")]

mod loss;
mod node;
mod proxy;
mod talk;
mod tls;

use std::time::Duration;

use socketio_client::{BackOff, Builder, Client, Connected, Event, Events};
use tokio::time::timeout;

/// Longer than anything takes on a busy machine.
const LIMIT: Duration = Duration::from_secs(60);

/// A client of `/agent` with short pauses.
fn builder(port: u16) -> Builder {
    Builder::new(format!("http://127.0.0.1:{port}"))
        .namespace("/agent")
        .auth(|| serde_json::json!({ "token": "right" }))
        .back_off(BackOff {
            first: Duration::from_millis(50),
            longest: Duration::from_millis(400),
            ..BackOff::default()
        })
}

async fn next(events: &mut Events) -> Event {
    timeout(LIMIT, events.recv())
        .await
        .expect("an event within the limit")
        .expect("not closed")
}

/// Takes events until the next connection stands.
async fn connected(events: &mut Events) -> Connected {
    loop {
        if let Event::Connected(connected) = next(events).await {
            return connected;
        }
    }
}

/// A client whose first connection stands.
async fn standing(builder: Builder) -> (Client, Events) {
    let (client, mut events) = builder.connect().unwrap();
    assert_eq!(connected(&mut events).await.connection, 1);
    (client, events)
}
