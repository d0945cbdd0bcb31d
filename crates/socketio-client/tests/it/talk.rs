//! What is said and answered while the connection stands.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use socketio_client::{AckError, AfterRefusal, Arguments, Builder, Event, PacketError, Reason};
use tokio::task::JoinSet;

use crate::node::NodeServer;
use crate::{LIMIT, builder, connected, next, standing};

#[tokio::test]
async fn three_hundred_calls_in_flight_each_get_their_own_answer() {
    let server = NodeServer::start().await;
    let (client, _events) = standing(builder(server.port)).await;
    let mut calls = JoinSet::new();
    for n in 0..300_u32 {
        let client = client.clone();
        calls.spawn(async move {
            let answer = client.emit_ack("echo later", &n, LIMIT).await.unwrap();
            assert_eq!(answer.all::<Vec<u32>>().unwrap(), [n]);
        });
    }
    assert_eq!(calls.join_all().await.len(), 300);
}

#[tokio::test]
async fn a_thousand_events_arrive_in_order() {
    let server = NodeServer::start().await;
    let (client, mut events) = standing(builder(server.port).event_queue(16)).await;
    client.emit("count", &1_000).await.unwrap();
    for expected in 0..1_000_u32 {
        let Event::Message(message) = next(&mut events).await else {
            panic!("no message")
        };
        assert_eq!((message.name.as_str(), message.connection), ("n", 1));
        assert_eq!(message.arguments.first::<u32>().unwrap(), expected);
    }
}

#[tokio::test]
async fn what_is_queued_in_order_is_handled_in_order() {
    let mut server = NodeServer::start().await;
    let (client, _events) = standing(builder(server.port).command_queue(4)).await;
    let mut pending = Vec::new();
    for n in 0..100 {
        pending.push(client.start_emit_ack("told", &n, LIMIT).await.unwrap());
    }
    for n in 0..100 {
        assert_eq!(server.told("told").await["given"], json!([n]));
    }
    drop(pending);
}

#[tokio::test]
async fn a_call_without_an_answer_times_out() {
    let server = NodeServer::start().await;
    let (client, _events) = standing(builder(server.port)).await;
    let limit = Duration::from_millis(300);
    let begun = elapsed_since_now();
    let answer = client.emit_ack("never", &1, limit).await;
    assert!(matches!(answer, Err(AckError::Timeout)));
    assert!(begun() >= limit);
    // The connection is as good as before.
    client.emit_ack("echo", &1, LIMIT).await.unwrap();
}

#[tokio::test]
async fn arguments_and_answers_keep_their_number_and_their_text() {
    let server = NodeServer::start().await;
    let (client, _events) = standing(builder(server.port)).await;
    let given =
        Arguments::list(&("grüße 🤖", 1.5, [None::<u8>], json!({ "a": "\u{0}\n" }))).unwrap();
    let text = given.to_json();
    let answer = client.emit_ack("echo", given, LIMIT).await.unwrap();
    let value = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    assert_eq!(value(&answer.to_json()), value(&text));

    let answer = client
        .emit_ack("none", Arguments::none(), LIMIT)
        .await
        .unwrap();
    assert!(answer.is_empty());

    let raw = serde_json::value::RawValue::from_string(r#"{"already":"JSON"}"#.to_owned()).unwrap();
    let answer = client.emit_ack("echo", raw, LIMIT).await.unwrap();
    assert_eq!(answer.into_first().unwrap().get(), r#"{"already":"JSON"}"#);
}

#[tokio::test]
async fn the_server_can_ask() {
    let mut server = NodeServer::start().await;
    let (_client, mut events) = standing(builder(server.port)).await;
    server
        .order(json!({ "do": "ask", "name": "how many", "given": ["robots", 2] }))
        .await;
    let Event::Message(message) = next(&mut events).await else {
        panic!("no message")
    };
    assert_eq!(message.name, "how many");
    assert_eq!(
        message.arguments.all::<(String, u8)>().unwrap(),
        ("robots".to_owned(), 2)
    );
    message
        .reply
        .unwrap()
        .send(&json!({ "robots": 3 }))
        .await
        .unwrap();
    let answered = server.told("answered").await;
    assert_eq!(answered["error"], Value::Null);
    assert_eq!(answered["answer"], json!([{ "robots": 3 }]));

    server
        .order(json!({ "do": "emit", "name": "no question", "given": [] }))
        .await;
    let Event::Message(message) = next(&mut events).await else {
        panic!("no message")
    };
    assert!(message.reply.is_none() && message.arguments.is_empty());
}

#[tokio::test]
async fn a_refusal_arrives_with_its_text_and_its_data_and_a_better_credential_gets_in() {
    let mut server = NodeServer::start().await;
    let mut tokens = ["wrong", "right"].into_iter();
    let builder = builder(server.port)
        .auth(move || json!({ "token": tokens.next() }))
        .on_refused(|_| AfterRefusal::RetryAfter(Duration::ZERO));
    let (_client, mut events) = builder.connect().unwrap();
    let Event::Refused(refused) = next(&mut events).await else {
        panic!("not refused")
    };
    assert_eq!(refused.message, "unauthorized: the token is not known");
    assert_eq!(refused.data.unwrap().get(), r#"{"code":7}"#);
    let now = connected(&mut events).await;
    assert_eq!(now.attempts, 2);
    let seen = server.told("connected").await;
    assert_eq!(seen["auth"], json!({ "token": "right" }));
    assert_eq!(seen["sid"], json!(now.sid));
}

#[tokio::test]
async fn an_unknown_namespace_is_a_refusal() {
    let server = NodeServer::start().await;
    let builder = builder(server.port).namespace("nobody");
    let (_client, mut events) = builder.connect().unwrap();
    let Event::Refused(refused) = next(&mut events).await else {
        panic!("not refused")
    };
    assert_eq!(refused.message, "Invalid namespace");
}

#[tokio::test]
async fn the_main_namespace_a_prefix_and_a_header_work() {
    let mut server = NodeServer::with(json!({ "path": "/robots/socket.io/" })).await;
    let builder = Builder::new(format!(
        "http://localhost:{}/robots/?from=test",
        server.port
    ))
    .header("user-agent", "chat/1.0");
    let (client, mut events) = builder.connect().unwrap();
    let now = connected(&mut events).await;
    assert_eq!(now.engine.ping_interval, Duration::from_secs(25));
    assert_eq!(now.engine.max_payload, Some(1_000_000));
    let seen = server.told("connected").await;
    assert_eq!(
        (&seen["agent"], &seen["auth"]),
        (&json!("chat/1.0"), &json!({}))
    );
    client.emit_ack("echo", &1, LIMIT).await.unwrap();
    client.close().await;
    assert_eq!(
        server.told("disconnected").await["reason"],
        "client namespace disconnect"
    );
}

#[tokio::test]
async fn a_clean_goodbye_comes_after_what_was_emitted() {
    let mut server = NodeServer::start().await;
    let (client, mut events) = standing(builder(server.port)).await;
    for n in 0..200 {
        client.emit("told", &n).await.unwrap();
    }
    let open = client.start_emit_ack("never", &0, LIMIT).await.unwrap();
    // Answered by the server's `never`, so the question has arrived.
    client
        .emit_ack("none", Arguments::none(), LIMIT)
        .await
        .unwrap();
    client.close().await;
    assert!(matches!(open.answer().await, Err(AckError::Closed)));
    for n in 0..200 {
        assert_eq!(server.told("told").await["given"], json!([n]));
    }
    assert_eq!(
        server.told("disconnected").await["reason"],
        "client namespace disconnect"
    );
    assert!(events.recv().await.is_none());
}

#[tokio::test]
async fn messages_over_the_limit_and_binary_ones_cost_only_the_connection() {
    let server = NodeServer::start().await;
    let (client, mut events) = standing(builder(server.port).max_message_size(100_000)).await;
    client.emit("big", &90_000).await.unwrap();
    assert!(matches!(next(&mut events).await, Event::Message(_)));

    client.emit("big", &200_000).await.unwrap();
    let Event::Disconnected(end) = next(&mut events).await else {
        panic!("still there")
    };
    assert!(
        matches!(end.reason, Reason::TooLarge { limit: 100_000 }),
        "{:?}",
        end.reason
    );
    assert_eq!(connected(&mut events).await.connection, 2);

    client.emit("binary", Arguments::none()).await.unwrap();
    let Event::Disconnected(end) = next(&mut events).await else {
        panic!("still there")
    };
    assert!(
        matches!(end.reason, Reason::Protocol(PacketError::Binary)),
        "{:?}",
        end.reason
    );
    assert_eq!(connected(&mut events).await.connection, 3);
    client.emit_ack("echo", &1, LIMIT).await.unwrap();
}

#[tokio::test]
async fn a_message_over_the_servers_limit_fails_its_call_at_once() {
    let server = NodeServer::with(json!({ "engine": { "maxHttpBufferSize": 10_000 } })).await;
    let (client, mut events) = standing(builder(server.port)).await;
    let answer = client.emit_ack("echo", &"x".repeat(20_000), LIMIT).await;
    assert!(matches!(answer, Err(AckError::Closed)), "{answer:?}");
    let Event::Disconnected(end) = next(&mut events).await else {
        panic!("still there")
    };
    let expected = matches!(
        end.reason,
        Reason::TransportClose { .. } | Reason::Transport(_)
    );
    assert!(expected, "{:?}", end.reason);
    assert_eq!(connected(&mut events).await.connection, 2);
}

/// The time since this call; tests may look at the real clock.
#[expect(
    clippy::disallowed_methods,
    reason = "real sockets run on the real clock"
)]
fn elapsed_since_now() -> impl Fn() -> Duration {
    let begun = Instant::now();
    move || begun.elapsed()
}
