//! The table of all example files and the types that read them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use wire::error::Ack;
use wire::shapes::{self, List};
use wire::{ErrorBody, agent, event, rest, web};

/// An example file, and how its type reads a text and writes it again.
pub(crate) struct Example {
    pub(crate) path: &'static str,
    pub(crate) through: fn(&str) -> Result<Value, Vec<wire::Field>>,
}

fn through<T: DeserializeOwned + Serialize>(json: &str) -> Result<Value, Vec<wire::Field>> {
    let read: T = wire::read(json)?;
    Ok(serde_json::to_value(read).unwrap())
}

macro_rules! examples {
    ($( $path:literal: $type:ty, )+) => {
        &[$( Example { path: $path, through: through::<$type> }, )+]
    };
}

pub(crate) const EXAMPLES: &[Example] = examples! {
    "agent/auth": agent::Auth,
    "agent/join": agent::Join,
    "agent/join.answer": Ack<agent::JoinAnswer>,
    "agent/claim": agent::Claim,
    "agent/claim.answer": Ack<agent::ClaimAnswer>,
    "agent/confirm": agent::Confirm,
    "agent/confirm.answer": Ack<agent::ConfirmAnswer>,
    "agent/decline": agent::Decline,
    "agent/decline.answer": Ack<agent::Nothing>,
    "agent/events": event::RawBatch,
    "agent/events.answer": Ack<agent::EventsAnswer>,
    "agent/events.refused": Ack<agent::EventsAnswer>,
    "agent/finish": agent::Finish,
    "agent/finish.answer": Ack<agent::FinishAnswer>,
    "agent/renew": agent::Renew,
    "agent/renew.answer": Ack<agent::RenewAnswer>,
    "agent/work": agent::Work,
    "agent/cancel": agent::Cancel,
    "agent/check": agent::CheckNow,
    "agent/goodbye": agent::Goodbye,
    "web/auth": web::Auth,
    "web/join": web::Join,
    "web/join.answer": Ack<web::JoinAnswer>,
    "web/leave": web::Leave,
    "web/leave.answer": Ack<agent::Nothing>,
    "web/play": web::Play,
    "web/play.answer": Ack<web::JobAnswer>,
    "web/play.refused": Ack<web::JobAnswer>,
    "web/cancel": web::Cancel,
    "web/cancel.answer": Ack<web::JobAnswer>,
    "web/cancel.refused": Ack<web::JobAnswer>,
    "web/watch": web::Watch,
    "web/watch.answer": Ack<web::WatchAnswer>,
    "web/unwatch": web::Unwatch,
    "web/unwatch.answer": Ack<agent::Nothing>,
    "web/job": web::JobPush,
    "web/robot": web::RobotPush,
    "web/agent": web::AgentPush,
    "web/pairing": web::PairingPush,
    "web/events": event::EventBatch,
    "web/behind": web::Behind,
    "web/goodbye": agent::Goodbye,
    "rest/error": ErrorBody,
    "rest/unsupported-version": ErrorBody,
    "rest/request-id-conflict": ErrorBody,
    "rest/version-conflict": ErrorBody,
    "rest/set-up": rest::SetUp,
    "rest/sign-in": rest::SignIn,
    "rest/sign-in-by-link": rest::SignIn,
    "rest/me": shapes::Me,
    "rest/patch-me": rest::PatchMe,
    "rest/create-robot": rest::CreateRobot,
    "rest/robot": shapes::Robot,
    "rest/robots": List<shapes::Robot>,
    "rest/patch-robot": rest::PatchRobot,
    "rest/versions": List<shapes::Version>,
    "rest/check-source": rest::CheckSource,
    "rest/check-result": shapes::CheckResult,
    "rest/play-form": shapes::PlayForm,
    "rest/create-job": rest::CreateJob,
    "rest/job": shapes::Job,
    "rest/cancel-job": rest::CancelJob,
    "rest/retry": rest::Retry,
    "rest/event-page": shapes::EventPage,
    "rest/attempts": List<shapes::Attempt>,
    "rest/artifacts": List<shapes::Artifact>,
    "rest/steps": shapes::StepPage,
    "rest/search": shapes::HitPage,
    "rest/agents": List<shapes::Agent>,
    "rest/patch-agent": rest::PatchAgent,
    "rest/create-pairing": rest::CreatePairing,
    "rest/pairing": shapes::Pairing,
    "rest/approve-pairing": rest::ApprovePairing,
    "rest/deny-from": rest::DenyFrom,
    "rest/denied-from": rest::DeniedFrom,
    "rest/create-enrolment": rest::CreateEnrolment,
    "rest/enrolment": shapes::Enrolment,
    "rest/enrol": rest::Enrol,
    "rest/enrol-answer": rest::EnrolAnswer,
    "rest/create-token": rest::CreateToken,
    "rest/token": shapes::Token,
    "rest/sessions": List<shapes::Session>,
    "rest/users": List<shapes::User>,
    "rest/patch-user": rest::PatchUser,
    "rest/create-invite": rest::CreateInvite,
    "rest/invite": shapes::Invite,
    "rest/accept-invite": rest::AcceptInvite,
    "rest/audit": List<shapes::AuditEntry>,
};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples")
}

pub(crate) fn text(path: &str) -> String {
    let file = folder().join(format!("{path}.json"));
    std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

#[test]
fn every_example_is_written_as_it_was_read() {
    for example in EXAMPLES {
        let text = text(example.path);
        let written =
            (example.through)(&text).unwrap_or_else(|e| panic!("{}: {e:?}", example.path));
        let expected: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(written, expected, "{}", example.path);
    }
}

#[test]
fn no_example_is_a_stray() {
    let listed: BTreeSet<String> = EXAMPLES
        .iter()
        .map(|e| format!("{}.json", e.path))
        .collect();
    let mut found = BTreeSet::new();
    for door in ["agent", "web", "rest"] {
        for entry in std::fs::read_dir(folder().join(door)).unwrap() {
            let name = entry.unwrap().file_name();
            found.insert(format!("{door}/{}", name.to_str().unwrap()));
        }
    }
    assert_eq!(found, listed);
}

#[test]
fn every_message_of_agents_has_an_example_and_is_known_by_its_name() {
    for name in agent::AgentMessage::NAMES {
        let read = agent::AgentMessage::read(name, &text(&format!("agent/{name}"))).unwrap();
        assert_eq!(read.name(), name);
        let again = agent::AgentMessage::read(name, &read.to_json().unwrap()).unwrap();
        assert_eq!(again, read);
        let answer = text(&format!("agent/{name}.answer"));
        agent::Answer::read(name, &answer).unwrap().unwrap();
    }
    for name in agent::ServerMessage::NAMES {
        let text = text(&format!("agent/{name}"));
        let read = agent::ServerMessage::read(name, &text).unwrap().unwrap();
        assert_eq!(read.name(), name);
        let expected: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(read.to_value().unwrap(), expected);
    }
}

#[test]
fn every_message_of_pages_has_an_example_and_is_known_by_its_name() {
    for name in web::PageMessage::NAMES {
        let read = web::PageMessage::read(name, &text(&format!("web/{name}"))).unwrap();
        assert_eq!(read.name(), name);
        let again = web::PageMessage::read(name, &read.to_json().unwrap()).unwrap();
        assert_eq!(again, read);
        let answer = text(&format!("web/{name}.answer"));
        web::Answer::read(name, &answer).unwrap().unwrap();
    }
    for name in web::ServerMessage::NAMES {
        let text = text(&format!("web/{name}"));
        match web::ServerMessage::read(name, &text).unwrap() {
            Some(read) => assert_eq!(read.name(), name),
            None => assert_eq!(name, "events"),
        }
    }
}

#[test]
fn every_event_of_an_example_is_one_that_we_can_show() {
    let batch: event::RawBatch = wire::read(&text("agent/events")).unwrap();
    for (raw, seq) in batch.events.iter().zip(batch.first..) {
        assert_eq!(raw.head().unwrap().seq, seq);
        let shown = event::RawEvent::try_from(&raw.read().unwrap()).unwrap();
        let shown: Value = serde_json::from_str(shown.get()).unwrap();
        assert_eq!(shown, serde_json::from_str::<Value>(raw.get()).unwrap());
    }
}
