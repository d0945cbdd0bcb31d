//! The driver against a scripted server in memory, on a clock that stands
//! still until everybody waits: limits are checked to the millisecond.
//!
//! What real sockets and the official server do is tested in `tests/it`.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use tokio::io::{DuplexStream, duplex};
use tokio::sync::mpsc;
use tokio::time::{Instant, advance, timeout};
use tokio_tungstenite::tungstenite::Message as WsMessage;
use tokio_tungstenite::{WebSocketStream, accept_async};

use crate::{
    AckError, AfterRefusal, Arguments, Builder, Client, ConnectError, EmitError, Event, Events,
    PacketError, Reason,
};

const SECOND: Duration = Duration::from_secs(1);
/// `pingInterval` + `pingTimeout` of the scripted server.
const HEARTBEAT: Duration = Duration::from_secs(5);

/// The attempts of a client, as they reach the server's side.
type Attempts = mpsc::UnboundedReceiver<DuplexStream>;

/// A client without chance in its pauses, and the far ends of its streams.
fn scripted(pipe_bytes: usize) -> (Builder, Attempts) {
    let (sender, attempts) = mpsc::unbounded_channel();
    let builder = Builder::new("http://server.test")
        .jitter(|| 0.0)
        .dial(Box::new(move |_| {
            let (near, far) = duplex(pipe_bytes);
            let taken = sender.send(far);
            Box::pin(async move {
                taken.map_err(|_| ConnectError::NotEngineIo)?;
                Ok(Box::new(near) as Box<dyn crate::dial::ByteStream>)
            })
        }));
    (builder, attempts)
}

/// A client whose server cannot be reached.
fn unreachable_server() -> Builder {
    Builder::new("http://server.test")
        .jitter(|| 0.0)
        .dial(Box::new(|address| {
            let host = address.host.clone();
            let source = std::io::ErrorKind::ConnectionRefused.into();
            Box::pin(async move { Err(ConnectError::Stream { host, source }) })
        }))
}

/// The server's side of one connection.
struct Peer(WebSocketStream<DuplexStream>);

impl Peer {
    /// Takes the next attempt up to the client's connect packet, which is returned.
    async fn accept(attempts: &mut Attempts) -> (Self, String) {
        let stream = attempts.recv().await.expect("the client lives");
        let mut peer = Self(accept_async(stream).await.unwrap());
        peer.send(r#"0{"sid":"engine","pingInterval":3000,"pingTimeout":2000}"#)
            .await;
        let connect = peer.next().await.unwrap();
        (peer, connect)
    }

    /// Takes the next attempt and lets it in.
    async fn welcome(attempts: &mut Attempts) -> Self {
        let (mut peer, _) = Self::accept(attempts).await;
        peer.send(r#"40{"sid":"socket"}"#).await;
        peer
    }

    async fn send(&mut self, text: &str) {
        self.0.send(WsMessage::text(text)).await.unwrap();
    }

    /// The next text; `None` when the client has closed.
    async fn next(&mut self) -> Option<String> {
        loop {
            match self.0.next().await {
                Some(Ok(WsMessage::Text(text))) => return Some(text.as_str().to_owned()),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return None,
            }
        }
    }
}

/// The next event, within a time that is longer than any limit here.
async fn next(events: &mut Events) -> Option<Event> {
    timeout(600 * SECOND, events.recv())
        .await
        .expect("an event within the limit")
}

async fn connected(events: &mut Events) -> u64 {
    match next(events).await {
        Some(Event::Connected(connected)) => connected.connection,
        other => panic!("{other:?}"),
    }
}

async fn disconnected(events: &mut Events) -> Reason {
    match next(events).await {
        Some(Event::Disconnected(disconnected)) => disconnected.reason,
        other => panic!("{other:?}"),
    }
}

async fn message(events: &mut Events) -> crate::Message {
    match next(events).await {
        Some(Event::Message(message)) => message,
        other => panic!("{other:?}"),
    }
}

/// A connection that stands.
async fn standing(builder: Builder, attempts: &mut Attempts) -> (Client, Events, Peer) {
    let (client, mut events) = builder.connect().unwrap();
    let peer = Peer::welcome(attempts).await;
    connected(&mut events).await;
    (client, events, peer)
}

/// Whether the client makes no attempt for that long.
async fn quiet_for(attempts: &mut Attempts, time: Duration) -> bool {
    timeout(time, attempts.recv()).await.is_err()
}

#[tokio::test(start_paused = true)]
async fn silence_is_noticed_exactly_one_heartbeat_after_the_last_ping() {
    let (builder, mut attempts) = scripted(4096);
    let (_client, mut events, mut peer) = standing(builder, &mut attempts).await;
    advance(3 * SECOND).await;
    peer.send("2").await;
    assert_eq!(peer.next().await.unwrap(), "3");
    let last_ping = Instant::now();
    assert!(matches!(
        disconnected(&mut events).await,
        Reason::HeartbeatTimeout
    ));
    assert_eq!(last_ping.elapsed(), HEARTBEAT);
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_pings_but_takes_nothing_is_left_after_one_heartbeat() {
    let (builder, mut attempts) = scripted(1024);
    let (client, mut events, mut peer) = standing(builder, &mut attempts).await;
    let begun = Instant::now();
    let big = "x".repeat(10_000);
    let call = tokio::spawn(async move { client.emit_ack("big", &big, 60 * SECOND).await });
    let pings = tokio::spawn(async move {
        loop {
            tokio::time::sleep(SECOND).await;
            if peer.0.send(WsMessage::text("2")).await.is_err() {
                break;
            }
        }
    });
    assert!(matches!(
        disconnected(&mut events).await,
        Reason::HeartbeatTimeout
    ));
    assert_eq!(begun.elapsed(), HEARTBEAT);
    assert!(matches!(call.await.unwrap(), Err(AckError::Closed)));
    pings.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_consumer_that_takes_nothing_ends_the_connection_and_keeps_the_order() {
    let (builder, mut attempts) = scripted(4096);
    let (client, mut events) = builder.event_queue(1).connect().unwrap();
    let mut peer = Peer::welcome(&mut attempts).await;
    for n in 1..=3 {
        peer.send(&format!(r#"42["n",{n}]"#)).await;
    }
    // Until the client has given the connection up.
    while peer.next().await.is_some() {}
    assert_eq!(client.connection(), None);
    connected(&mut events).await;
    assert_eq!(
        message(&mut events).await.arguments.first::<u8>().unwrap(),
        1
    );
    assert!(matches!(
        disconnected(&mut events).await,
        Reason::ConsumerStalled
    ));
}

#[tokio::test(start_paused = true)]
async fn a_slow_consumer_gets_everything_in_order() {
    let (builder, mut attempts) = scripted(256);
    let (_client, mut events, mut peer) = standing(builder.event_queue(2), &mut attempts).await;
    let sending = tokio::spawn(async move {
        for n in 0..200 {
            peer.send(&format!(r#"42["n",{n}]"#)).await;
        }
        peer
    });
    for n in 0..200 {
        advance(Duration::from_millis(10)).await;
        assert_eq!(
            message(&mut events).await.arguments.first::<u8>().unwrap(),
            n
        );
    }
    drop(sending.await.unwrap());
}

#[tokio::test(start_paused = true)]
async fn one_limit_covers_the_whole_attempt() {
    let (builder, mut attempts) = scripted(4096);
    let (_client, mut events) = builder.connect_timeout(7 * SECOND).connect().unwrap();
    let begun = Instant::now();
    // The handshake is answered, the open packet comes late, the yes never.
    let mut peer = accept_async(attempts.recv().await.unwrap()).await.unwrap();
    advance(4 * SECOND).await;
    let open = r#"0{"sid":"engine","pingInterval":60000,"pingTimeout":60000}"#;
    peer.send(WsMessage::text(open)).await.unwrap();
    match next(&mut events).await {
        Some(Event::ConnectFailed(failed)) => {
            assert!(matches!(failed.error, ConnectError::Timeout(limit) if limit == 7 * SECOND));
            assert_eq!(failed.retry_in, Some(SECOND));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(begun.elapsed(), 7 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn a_credential_that_does_not_come_counts_against_the_attempt() {
    let (builder, mut attempts) = scripted(4096);
    let mut waits = [60 * SECOND, SECOND].into_iter();
    let builder = builder.auth_async(move || {
        let wait = waits.next().unwrap();
        async move {
            tokio::time::sleep(wait).await;
            json!({ "fetched": true })
        }
    });
    let (_client, mut events) = builder.connect().unwrap();
    let Some(Event::ConnectFailed(failed)) = next(&mut events).await else {
        panic!("connected")
    };
    assert!(matches!(failed.error, ConnectError::Timeout(_)));
    let (_peer, connect) = Peer::accept(&mut attempts).await;
    assert_eq!(connect, r#"40{"fetched":true}"#);
}

#[tokio::test(start_paused = true)]
async fn pauses_double_and_are_kept() {
    let (_client, mut events) = unreachable_server().connect().unwrap();
    let mut begun = Instant::now();
    let mut pause = Duration::ZERO;
    for expected in [1, 2, 4, 8, 16, 30, 30] {
        let Some(Event::ConnectFailed(failed)) = next(&mut events).await else {
            panic!("no attempt")
        };
        assert_eq!(begun.elapsed(), pause);
        begun = Instant::now();
        pause = failed.retry_in.unwrap();
        assert_eq!(pause, expected * SECOND);
    }
}

#[tokio::test(start_paused = true)]
async fn the_chance_of_the_caller_decides_the_pauses() {
    let builder = unreachable_server().jitter(|| 1.0);
    let (_client, mut events) = builder.connect().unwrap();
    for expected in [500, 1_000, 2_000] {
        let Some(Event::ConnectFailed(failed)) = next(&mut events).await else {
            panic!("no attempt")
        };
        assert_eq!(failed.retry_in, Some(Duration::from_millis(expected)));
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_drops_at_once_is_asked_ever_more_slowly() {
    let (builder, mut attempts) = scripted(4096);
    let (_client, mut events) = builder.connect().unwrap();
    for expected in [1, 2, 4, 8] {
        drop(Peer::welcome(&mut attempts).await);
        connected(&mut events).await;
        let Some(Event::Disconnected(end)) = next(&mut events).await else {
            panic!("still there")
        };
        assert_eq!(end.retry_in, Some(expected * SECOND));
    }
    // A connection that lasts ends the row.
    let mut peer = Peer::welcome(&mut attempts).await;
    connected(&mut events).await;
    for _ in 0..4 {
        advance(3 * SECOND).await;
        peer.send("2").await;
        peer.next().await.unwrap();
    }
    peer.send("41").await;
    let Some(Event::Disconnected(end)) = next(&mut events).await else {
        panic!("still there")
    };
    assert!(matches!(end.reason, Reason::ServerDisconnect));
    assert_eq!((end.lasted, end.retry_in), (12 * SECOND, Some(SECOND)));
}

#[tokio::test(start_paused = true)]
async fn reconnect_now_cuts_a_pause_and_an_attempt_short() {
    let (builder, mut attempts) = scripted(4096);
    let (client, mut events) = builder.connect().unwrap();
    let begun = Instant::now();
    // An attempt that hangs.
    let hanging = attempts.recv().await.unwrap();
    client.reconnect_now();
    drop(attempts.recv().await.unwrap());
    drop(hanging);
    // A pause.
    assert!(matches!(
        next(&mut events).await,
        Some(Event::ConnectFailed(_))
    ));
    client.reconnect_now();
    let _peer = Peer::welcome(&mut attempts).await;
    assert_eq!(connected(&mut events).await, 1);
    // A connection that stands.
    client.reconnect_now();
    assert!(matches!(
        disconnected(&mut events).await,
        Reason::ReconnectNow
    ));
    let _peer = Peer::welcome(&mut attempts).await;
    assert_eq!(connected(&mut events).await, 2);
    assert_eq!(begun.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn without_reconnecting_nothing_happens_until_it_is_wanted() {
    let (builder, mut attempts) = scripted(4096);
    let (client, mut events, peer) = standing(builder, &mut attempts).await;
    client.set_reconnect(false);
    drop(peer);
    let Some(Event::Disconnected(end)) = next(&mut events).await else {
        panic!("still there")
    };
    assert_eq!(end.retry_in, None);
    assert!(quiet_for(&mut attempts, 86_400 * SECOND).await);
    client.set_reconnect(true);
    let peer = Peer::welcome(&mut attempts).await;
    assert_eq!(connected(&mut events).await, 2);

    client.set_reconnect(false);
    drop(peer);
    disconnected(&mut events).await;
    assert!(quiet_for(&mut attempts, 86_400 * SECOND).await);
    client.reconnect_now();
    let _peer = Peer::welcome(&mut attempts).await;
    assert_eq!(connected(&mut events).await, 3);
}

#[tokio::test(start_paused = true)]
async fn what_follows_a_refusal_is_the_users_decision() {
    let (builder, mut attempts) = scripted(4096);
    let asked = AtomicU64::new(0);
    let builder = builder
        .auth(move || json!({ "try": asked.fetch_add(1, Ordering::Relaxed) }))
        .on_refused(|refused| match refused.message.as_str() {
            "busy" => AfterRefusal::RetryAfter(77 * SECOND),
            "revoked" => AfterRefusal::Wait,
            _ => AfterRefusal::BackOff,
        });
    let (client, mut events) = builder.connect().unwrap();
    let mut refuse = async |text: &str| {
        let (mut peer, connect) = Peer::accept(&mut attempts).await;
        peer.send(&format!(r#"44{{"message":"{text}","data":{{"code":1}}}}"#))
            .await;
        let Some(Event::Refused(refused)) = next(&mut events).await else {
            panic!("not refused")
        };
        assert_eq!(refused.message, text);
        assert_eq!(refused.data.unwrap().get(), r#"{"code":1}"#);
        (connect, refused.retry_in)
    };
    assert_eq!(
        refuse("why").await,
        (r#"40{"try":0}"#.to_owned(), Some(SECOND))
    );
    assert_eq!(
        refuse("busy").await,
        (r#"40{"try":1}"#.to_owned(), Some(77 * SECOND))
    );
    let begun = Instant::now();
    assert_eq!(refuse("revoked").await, (r#"40{"try":2}"#.to_owned(), None));
    assert_eq!(begun.elapsed(), 77 * SECOND);
    assert!(quiet_for(&mut attempts, 86_400 * SECOND).await);
    client.reconnect_now();
    let (_peer, connect) = Peer::accept(&mut attempts).await;
    assert_eq!(connect, r#"40{"try":3}"#);
}

#[tokio::test(start_paused = true)]
async fn a_late_answer_reaches_nobody_and_the_next_call_gets_its_own() {
    let (builder, mut attempts) = scripted(4096);
    let (client, _events, mut peer) = standing(builder, &mut attempts).await;
    let begun = Instant::now();
    let late = client
        .emit_ack("q", &"first", Duration::from_millis(1_500))
        .await;
    assert!(matches!(late, Err(AckError::Timeout)));
    assert_eq!(begun.elapsed(), Duration::from_millis(1_500));
    let next = client.start_emit_ack("q", &"second", SECOND).await.unwrap();
    assert_eq!(peer.next().await.unwrap(), r#"420["q","first"]"#);
    assert_eq!(peer.next().await.unwrap(), r#"421["q","second"]"#);
    peer.send(r#"430["to the first"]"#).await;
    peer.send(r#"431["to the second",2]"#).await;
    let answer = next.answer().await.unwrap();
    assert_eq!(answer.to_json(), r#"["to the second",2]"#);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_waited_too_long_in_the_queue_is_never_sent() {
    let (builder, mut attempts) = scripted(512);
    let (client, _events, mut peer) = standing(builder, &mut attempts).await;
    // Fills the pipe, so that what follows stays in the queue.
    client.emit("big", &"x".repeat(4_000)).await.unwrap();
    let expired = client.emit_ack("expired", &1, SECOND).await;
    assert!(matches!(expired, Err(AckError::Timeout)));
    drop(
        client
            .start_emit_ack("withdrawn", &2, SECOND)
            .await
            .unwrap(),
    );
    let wanted = client.start_emit_ack("wanted", &3, SECOND).await.unwrap();
    assert!(peer.next().await.unwrap().starts_with(r#"42["big""#));
    assert_eq!(peer.next().await.unwrap(), r#"420["wanted",3]"#);
    peer.send("430[]").await;
    assert!(wanted.answer().await.unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn the_end_of_a_connection_fails_all_calls_at_once() {
    let (builder, mut attempts) = scripted(4096);
    let (client, mut events, mut peer) = standing(builder, &mut attempts).await;
    let begun = Instant::now();
    let first = client.start_emit_ack("a", &1, 60 * SECOND).await.unwrap();
    let second = client.start_emit_ack("b", &2, 60 * SECOND).await.unwrap();
    peer.next().await.unwrap();
    peer.next().await.unwrap();
    drop(peer);
    assert!(matches!(first.answer().await, Err(AckError::Closed)));
    assert!(matches!(second.answer().await, Err(AckError::Closed)));
    disconnected(&mut events).await;
    assert!(matches!(
        client.emit("c", &3).await,
        Err(EmitError::NotConnected)
    ));
    let call = client.emit_ack("d", &4, 60 * SECOND).await;
    assert!(matches!(call, Err(AckError::NotConnected)));
    assert_eq!(begun.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn close_sends_what_was_emitted_and_says_goodbye() {
    let (builder, mut attempts) = scripted(4096);
    let (client, mut events, mut peer) = standing(builder.namespace("/"), &mut attempts).await;
    let call = client
        .start_emit_ack("call", &0, 60 * SECOND)
        .await
        .unwrap();
    let emitting = client.clone();
    let emits = tokio::spawn(async move {
        for n in 0..100 {
            emitting.emit("n", &n).await.unwrap();
        }
        emitting.close().await;
    });
    assert_eq!(peer.next().await.unwrap(), r#"420["call",0]"#);
    for n in 0..100 {
        assert_eq!(peer.next().await.unwrap(), format!(r#"42["n",{n}]"#));
    }
    assert_eq!(peer.next().await.unwrap(), "41");
    assert!(matches!(call.answer().await, Err(AckError::Closed)));
    assert_eq!(peer.next().await, None);
    emits.await.unwrap();
    assert!(next(&mut events).await.is_none());
    assert!(matches!(
        client.emit("n", &0).await,
        Err(EmitError::NotConnected)
    ));
    client.close().await;
}

#[tokio::test(start_paused = true)]
async fn close_does_not_wait_for_a_server_that_takes_nothing() {
    let (builder, mut attempts) = scripted(512);
    let (client, _events, _peer) = standing(builder, &mut attempts).await;
    client.emit("big", &"x".repeat(4_000)).await.unwrap();
    let begun = Instant::now();
    client.close().await;
    assert_eq!(begun.elapsed(), 2 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn close_ends_an_attempt_and_a_pause() {
    let (builder, mut attempts) = scripted(4096);
    let (client, _events) = builder.connect().unwrap();
    let _hanging = attempts.recv().await.unwrap();
    client.close().await;

    let (client, mut events) = unreachable_server().connect().unwrap();
    assert!(matches!(
        next(&mut events).await,
        Some(Event::ConnectFailed(_))
    ));
    let begun = Instant::now();
    client.close().await;
    assert_eq!(begun.elapsed(), Duration::ZERO);
    assert!(next(&mut events).await.is_none());
}

#[tokio::test(start_paused = true)]
async fn dropping_the_events_says_goodbye_and_dropping_the_handles_does_not() {
    let (builder, mut attempts) = scripted(4096);
    let (client, mut events, mut peer) = standing(builder, &mut attempts).await;
    drop(client);
    peer.send(r#"427["are you there"]"#).await;
    let reply = message(&mut events).await.reply.unwrap();
    reply
        .send(Arguments::list(&("yes", 1)).unwrap())
        .await
        .unwrap();
    assert_eq!(peer.next().await.unwrap(), r#"437["yes",1]"#);
    drop(events);
    assert_eq!(peer.next().await.unwrap(), "41");
    assert_eq!(peer.next().await, None);
}

#[tokio::test(start_paused = true)]
async fn what_is_meant_for_one_connection_is_not_sent_by_the_next() {
    let (builder, mut attempts) = scripted(4096);
    let (client, mut events, mut peer) = standing(builder, &mut attempts).await;
    let first = client.only_on(1);
    peer.send(r#"425["q"]"#).await;
    let reply = message(&mut events).await.reply.unwrap();
    first.emit("a", &1).await.unwrap();
    client.reconnect_now();
    disconnected(&mut events).await;
    let mut peer = Peer::welcome(&mut attempts).await;
    connected(&mut events).await;
    assert!(matches!(
        first.emit("b", &2).await,
        Err(EmitError::NotConnected)
    ));
    assert!(matches!(
        reply.send(&"late").await,
        Err(EmitError::NotConnected)
    ));
    let call = first.emit_ack("c", &3, SECOND).await;
    assert!(matches!(call, Err(AckError::NotConnected)));
    client.emit("d", &4).await.unwrap();
    assert_eq!(peer.next().await.unwrap(), r#"42["d",4]"#);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_read_ends_this_connection_only() {
    let (builder, mut attempts) = scripted(4096);
    let (_client, mut events) = builder.max_message_size(1_000).connect().unwrap();
    let frames = [
        WsMessage::text(r#"451-["file",{"_placeholder":true,"num":0}]"#),
        WsMessage::binary(vec![1, 2, 3]),
        WsMessage::text("42{}"),
        WsMessage::text("x"),
        WsMessage::text(format!(r#"42["{}"]"#, "x".repeat(1_000))),
    ];
    for (index, frame) in frames.into_iter().enumerate() {
        let mut peer = Peer::welcome(&mut attempts).await;
        connected(&mut events).await;
        peer.0.send(frame).await.unwrap();
        let reason = disconnected(&mut events).await;
        let expected = match index {
            0 | 1 => matches!(reason, Reason::Protocol(PacketError::Binary)),
            2 => matches!(reason, Reason::Protocol(PacketError::Payload(_))),
            3 => matches!(reason, Reason::Protocol(PacketError::Malformed(_))),
            _ => matches!(reason, Reason::TooLarge { limit: 1_000 }),
        };
        assert!(expected, "{index}: {reason:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn reserved_names_are_refused_before_they_cost_the_connection() {
    let (builder, mut attempts) = scripted(4096);
    let (client, _events, _peer) = standing(builder, &mut attempts).await;
    let emitted = client.emit("disconnect", &1).await;
    assert!(matches!(emitted, Err(EmitError::Reserved(name)) if name == "disconnect"));
}

#[tokio::test(start_paused = true)]
async fn what_is_no_socket_io_server_is_said_plainly() {
    let (builder, mut attempts) = scripted(4096);
    let (_client, mut events) = builder.connect().unwrap();
    let mut peer = accept_async(attempts.recv().await.unwrap()).await.unwrap();
    peer.send(WsMessage::text("hello")).await.unwrap();
    let Some(Event::ConnectFailed(failed)) = next(&mut events).await else {
        panic!("connected")
    };
    assert!(matches!(failed.error, ConnectError::NotEngineIo));

    let mut stream = attempts.recv().await.unwrap();
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut request = [0; 1024];
    let read = stream.read(&mut request).await.unwrap();
    assert!(read > 0);
    stream
        .write_all(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 2\r\n\r\nno")
        .await
        .unwrap();
    let Some(Event::ConnectFailed(failed)) = next(&mut events).await else {
        panic!("connected")
    };
    assert!(failed.error.to_string().contains("403"), "{}", failed.error);
}
