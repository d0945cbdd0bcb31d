//! What a newer or clumsy peer may send.

use serde_json::{Value, json};
use wire::{ErrorCode, agent, web};

use crate::examples::{EXAMPLES, text};

/// The value with a field that nobody knows in each of its objects.
fn with_unknown_fields(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let known = fields.into_iter();
            let mut fields: serde_json::Map<_, _> = known
                .map(|(name, value)| (name, with_unknown_fields(value)))
                .collect();
            fields.insert("inAFarFuture".into(), json!({"is": ["something"]}));
            Value::Object(fields)
        }
        Value::Array(items) => items.into_iter().map(with_unknown_fields).collect(),
        other => other,
    }
}

#[test]
fn unknown_fields_are_ignored_everywhere() {
    for example in EXAMPLES {
        let value: Value = serde_json::from_str(&text(example.path)).unwrap();
        let grown = with_unknown_fields(value).to_string();
        (example.through)(&grown).unwrap_or_else(|e| panic!("{}: {e:?}", example.path));
    }
}

#[test]
fn a_list_is_no_message() {
    for example in EXAMPLES {
        let list = format!("[{}]", text(example.path));
        let refused = (example.through)(&list).unwrap_err();
        assert_eq!(refused[0].name, "", "{}", example.path);
    }
}

#[test]
fn a_text_that_is_no_id_is_read_and_a_number_is_refused() {
    let read: web::Unwatch = wire::read(r#"{"jobId":"nothing of ours"}"#).unwrap();
    assert_eq!(read.job_id.parse::<model::JobId>(), None);
    let refused = wire::read::<web::Unwatch>(r#"{"jobId":5}"#).unwrap_err();
    assert_eq!(refused[0].name, "jobId");
}

fn refused(name: &str, change: impl FnOnce(&mut Value)) -> String {
    let mut message: Value = serde_json::from_str(&text(&format!("agent/{name}"))).unwrap();
    change(&mut message);
    let refused = agent::AgentMessage::read(name, &message.to_string()).unwrap_err();
    refused[0].name.clone()
}

#[test]
fn numbers_out_of_their_bounds_are_refused_by_name() {
    assert_eq!(refused("join", |m| m["slots"] = json!(0)), "slots");
    assert_eq!(refused("join", |m| m["slots"] = json!(65)), "slots");
    assert_eq!(refused("claim", |m| m["free"] = json!(65)), "free");
    assert_eq!(refused("claim", |m| m["free"] = json!(-1)), "free");
    assert_eq!(refused("renew", |m| m["free"] = json!(1.5)), "free");
    assert_eq!(
        refused("join", |m| m["holding"][1]["attempt"] = json!("2")),
        "holding[1].attempt"
    );
}

#[test]
fn words_of_closed_lists_are_refused_and_those_of_open_lists_kept() {
    assert_eq!(
        refused("join", |m| m["holding"][0]["state"] = json!("paused")),
        "holding[0].state"
    );
    refused("finish", |m| m["outcome"]["kind"] = json!("perhaps"));
    let sent =
        r#"{"jobId":"x","attempt":1,"lastSeq":0,"outcome":{"kind":"failed","failure":"moon"}}"#;
    let read: agent::Finish = wire::read(sent).unwrap();
    assert_eq!(
        serde_json::to_value(&read).unwrap()["outcome"]["failure"],
        "moon"
    );
}

#[test]
fn what_an_agent_holds_must_be_said() {
    let without = |m: &mut Value, name: &str| {
        m.as_object_mut().unwrap().remove(name);
    };
    assert_eq!(refused("join", |m| without(m, "holding")), "holding");
    assert_eq!(refused("renew", |m| without(m, "running")), "running");
}

#[test]
fn an_unknown_message_is_refused_as_a_whole() {
    assert_eq!(
        agent::AgentMessage::read("dance", "{}").unwrap_err()[0].name,
        ""
    );
    assert_eq!(
        web::PageMessage::read("dance", "{}").unwrap_err()[0].name,
        ""
    );
    assert_eq!(agent::ServerMessage::read("dance", "{}"), Ok(None));
}

#[test]
fn new_words_of_a_newer_server_do_not_break_an_older_agent() {
    let goodbye: agent::Goodbye = wire::read(r#"{"reason":"spring_cleaning"}"#).unwrap();
    assert_eq!(goodbye.reason, agent::GoodbyeReason::Draining);
    let drop: agent::Drop = wire::read(r#"{"jobId":"x","attempt":1,"reason":"bored"}"#).unwrap();
    assert_eq!(drop.reason, agent::DropReason::Unknown);
    let answer = r#"{"ok":false,"error":{"code":"moonlight","message":"…"}}"#;
    let refused = agent::Answer::read("claim", answer).unwrap().unwrap_err();
    assert_eq!(refused.code, ErrorCode::Internal);
}

#[test]
fn only_the_number_one_is_the_version_that_is_spoken() {
    assert!(wire::is_spoken(r#"{"v":1,"key":"x"}"#));
    for auth in [
        "",
        "null",
        "{}",
        "[1]",
        r#"{"v":"1"}"#,
        r#"{"v":2}"#,
        r#"{"v":true}"#,
    ] {
        assert!(!wire::is_spoken(auth), "{auth}");
    }
}

#[test]
fn every_code_has_its_status() {
    for (code, status) in [
        (ErrorCode::Malformed, 400),
        (ErrorCode::Revoked, 401),
        (ErrorCode::Forbidden, 403),
        (ErrorCode::NotFound, 404),
        (ErrorCode::StaleAttempt, 409),
        (ErrorCode::TooLarge, 413),
        (ErrorCode::Invalid, 422),
        (ErrorCode::UnsupportedVersion, 426),
        (ErrorCode::SlowDown, 429),
        (ErrorCode::Internal, 500),
        (ErrorCode::TryAgain, 503),
    ] {
        assert_eq!(code.http_status(), status, "{}", code.as_str());
        assert_eq!(json!(code), code.as_str());
    }
}
