//! What happens when the server or the line goes away.

use std::time::Duration;

use serde_json::json;
use socketio_client::{AckError, BackOff, ConnectError, EmitError, Event, Reason};
use tokio::time::{Instant, sleep};

use crate::node::NodeServer;
use crate::proxy::Proxy;
use crate::{LIMIT, builder, connected, next, standing};

#[tokio::test]
async fn a_disconnect_by_the_server_is_told_and_followed_by_a_new_connection() {
    let mut server = NodeServer::start().await;
    let (client, mut events) = standing(builder(server.port)).await;
    let open = client.start_emit_ack("never", &0, LIMIT).await.unwrap();
    client.emit_ack("echo", &0, LIMIT).await.unwrap();
    server.order(json!({ "do": "kick" })).await;
    let Event::Disconnected(end) = next(&mut events).await else {
        panic!("still there")
    };
    assert!(
        matches!(end.reason, Reason::ServerDisconnect),
        "{:?}",
        end.reason
    );
    assert!(end.retry_in.is_some());
    assert!(matches!(open.answer().await, Err(AckError::Closed)));
    assert_eq!(connected(&mut events).await.connection, 2);
    client.emit_ack("echo", &1, LIMIT).await.unwrap();
}

#[tokio::test]
async fn a_server_that_goes_away_is_found_again_when_it_is_back() {
    let mut server = NodeServer::start().await;
    let port = server.port;
    let (client, mut events) = standing(builder(port)).await;
    server.order(json!({ "do": "close" })).await;
    let Event::Disconnected(end) = next(&mut events).await else {
        panic!("still there")
    };
    let expected = matches!(
        end.reason,
        Reason::TransportClose { .. } | Reason::Transport(_)
    );
    assert!(expected, "{:?}", end.reason);
    server.kill().await;

    for attempts in 1..=4 {
        let Event::ConnectFailed(failed) = next(&mut events).await else {
            panic!("no attempt")
        };
        assert!(failed.attempts >= attempts);
        assert!(failed.retry_in.unwrap() <= Duration::from_millis(400));
        assert!(matches!(
            client.emit("told", &1).await,
            Err(EmitError::NotConnected)
        ));
    }
    let options = json!({ "port": port });
    let mut server = NodeServer::with(options).await;
    assert_eq!(connected(&mut events).await.connection, 2);
    client.emit("told", &2).await.unwrap();
    // What could not be sent before is not sent now.
    assert_eq!(server.told("told").await["given"], json!([2]));
}

#[cfg(unix)]
#[tokio::test]
async fn a_frozen_server_is_noticed_in_time_and_a_healthy_one_at_its_address_is_reached() {
    let heartbeat = json!({ "engine": { "pingInterval": 1_000, "pingTimeout": 1_000 } });
    let frozen = NodeServer::with(heartbeat).await;
    let healthy = NodeServer::start().await;
    let proxy = Proxy::to(frozen.port).await;
    let builder = builder(proxy.port).connect_timeout(Duration::from_secs(1));
    let (client, mut events) = standing(builder).await;
    client.emit_ack("echo", &1, LIMIT).await.unwrap();

    frozen.freeze();
    let begun = Instant::now();
    let call = client.start_emit_ack("echo", &2, LIMIT).await.unwrap();
    let Event::Disconnected(end) = next(&mut events).await else {
        panic!("still there")
    };
    assert!(
        matches!(end.reason, Reason::HeartbeatTimeout),
        "{:?}",
        end.reason
    );
    // Both parts of the heartbeat, and room for a busy machine.
    assert!(
        begun.elapsed() < Duration::from_millis(2_000 + 1_500),
        "{:?}",
        begun.elapsed()
    );
    assert!(matches!(call.answer().await, Err(AckError::Closed)));

    // The kernel still takes connections for it; nobody ever answers them.
    let Event::ConnectFailed(failed) = next(&mut events).await else {
        panic!("no attempt")
    };
    assert!(
        matches!(failed.error, ConnectError::Timeout(_)),
        "{:?}",
        failed.error
    );
    proxy.lead_to(healthy.port);
    assert_eq!(connected(&mut events).await.connection, 2);
    client.emit_ack("echo", &3, LIMIT).await.unwrap();
}

/// As many as `SOCKETIO_CLIENT_RECONNECTS` says, 50 without it.
#[tokio::test]
async fn forced_reconnects_leave_nothing_behind() {
    let rounds: u64 = std::env::var("SOCKETIO_CLIENT_RECONNECTS")
        .map_or(50, |rounds| rounds.parse().expect("a number"));
    let mut server = NodeServer::start().await;
    let proxy = Proxy::to(server.port).await;
    // Every connection counts as a good one, so that no pause grows.
    let back_off = BackOff {
        first: Duration::from_millis(20),
        reset_after: Duration::ZERO,
        ..BackOff::default()
    };
    let (client, mut events) = standing(builder(proxy.port).back_off(back_off)).await;
    client.emit_ack("echo", &0, LIMIT).await.unwrap();
    let (tasks, files) = (alive_tasks(), open_files());

    for round in 0..rounds {
        let open = client.start_emit_ack("never", &round, LIMIT).await.unwrap();
        if round % 3 == 0 {
            client.reconnect_now();
        } else {
            proxy.cut();
        }
        let now = connected(&mut events).await;
        assert_eq!(now.connection, round + 2);
        let lost = open.answer().await;
        assert!(
            matches!(lost, Err(AckError::Closed | AckError::NotConnected)),
            "{lost:?}"
        );
        let answer = client.emit_ack("echo", &round, LIMIT).await.unwrap();
        assert_eq!(answer.first::<u64>().unwrap(), round);
    }

    until("no task is left behind", || alive_tasks() <= tasks).await;
    until("no file is left open", || open_files() <= files).await;
    server.order(json!({ "do": "sockets" })).await;
    assert_eq!(server.told("sockets").await["count"], 1);
    client.close().await;
    until("the client's task has ended", || alive_tasks() < tasks).await;
}

fn alive_tasks() -> usize {
    tokio::runtime::Handle::current()
        .metrics()
        .num_alive_tasks()
}

/// 0 where the system does not list them.
fn open_files() -> usize {
    std::fs::read_dir("/proc/self/fd").map_or(0, Iterator::count)
}

async fn until(what: &str, holds: impl Fn() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < LIMIT, "waited too long until {what}");
        sleep(Duration::from_millis(20)).await;
    }
}
