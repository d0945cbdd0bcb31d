//! The connection to the server, as inputs for the agent's mind.

use std::time::Duration;

use agent_core::{CallError, CallId, Closed, Input, JoinRefused};
use serde_json::json;
use serde_json::value::RawValue;
use socketio_client::{
    AckError, AfterRefusal, BackOff, BuildError, Builder, Client, Event, Refused,
};
use tokio::sync::mpsc;
use wire::agent::{AgentMessage, Answer, NAMESPACE, ServerMessage};

use crate::folder::AgentKey;
use crate::server_url::ServerUrl;

/// An answer that takes longer is lost: the server answers within its store's own limits.
const ANSWERS_LAST: Duration = Duration::from_secs(30);
/// What is accepted from the server in one message: an offer with its parameters and source.
const MESSAGE_BYTES: usize = 4 * 1024 * 1024;

/// Who connects.
#[derive(Debug, Clone)]
pub struct Identity {
    /// The user whose room it joins.
    pub user_id: String,
    /// The agent.
    pub agent_id: String,
    /// Its key.
    pub key: AgentKey,
    /// This process.
    pub instance: String,
}

/// The connection.
#[derive(Debug)]
pub struct Socket {
    client: Client,
    inbox: mpsc::Sender<Input>,
}

impl Socket {
    /// Connects, and from then on tells everything that happens to the inbox.
    ///
    /// # Errors
    /// The address or the certificates cannot be used.
    pub fn connect(
        server: &ServerUrl,
        identity: Identity,
        inbox: mpsc::Sender<Input>,
    ) -> Result<Self, BuildError> {
        let auth = move || {
            json!({
                "v": 1,
                "userId": identity.user_id,
                "agentId": identity.agent_id,
                "key": identity.key.text(),
                "instance": identity.instance,
            })
        };
        let back_off = BackOff {
            longest: Duration::from_secs(30),
            ..BackOff::default()
        };
        let (client, mut events) = Builder::new(server.to_string())
            .namespace(NAMESPACE)
            .auth(auth)
            .back_off(back_off)
            .max_message_size(MESSAGE_BYTES)
            .on_refused(after)
            .connect()?;
        let news = inbox.clone();
        tokio::spawn(async move {
            while let Some(event) = events.recv().await {
                let Some(input) = input_of(event) else {
                    continue;
                };
                if news.send(input).await.is_err() {
                    break;
                }
            }
        });
        Ok(Self { client, inbox })
    }

    /// Says something. It is sent in the order of these calls; its answer goes to the inbox.
    pub async fn call(&self, call: CallId, message: &AgentMessage) {
        let name = message.name();
        let json = message.to_json().and_then(RawValue::from_string);
        let pending = match json {
            Ok(json) => self.client.start_emit_ack(name, &*json, ANSWERS_LAST).await,
            Err(error) => Err(AckError::Encode(error)),
        };
        let inbox = self.inbox.clone();
        tokio::spawn(async move {
            let answer = match pending {
                Ok(pending) => pending.answer().await,
                Err(error) => Err(error),
            };
            let answer = match answer {
                Ok(arguments) => read_answer(name, arguments.get(0).map_or("{}", RawValue::get)),
                Err(error) => {
                    tracing::debug!(message = name, %error, "a call was not answered");
                    Err(CallError::Lost)
                }
            };
            // The program ends when its inbox is gone.
            inbox.send(Input::Answer(call, answer)).await.ok();
        });
    }

    /// Ends this connection and makes another at once.
    pub fn reconnect(&self) {
        self.client.reconnect_now();
    }

    /// Says goodbye and ends for good.
    pub async fn close(&self) {
        self.client.close().await;
    }
}

fn read_answer(name: &str, json: &str) -> Result<Answer, CallError> {
    match Answer::read(name, json) {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(refused)) => Err(CallError::Refused(refused)),
        Err(fields) => {
            tracing::warn!(
                message = name,
                ?fields,
                "an answer of the server cannot be read"
            );
            Err(CallError::Lost)
        }
    }
}

/// A refusal that only a person can mend is not followed by another attempt.
fn after(refused: &Refused) -> AfterRefusal {
    match refusal_of(&refused.message) {
        JoinRefused::TryAgain(_) => AfterRefusal::BackOff,
        JoinRefused::Unauthenticated(_)
        | JoinRefused::Revoked
        | JoinRefused::UnsupportedVersion(_) => AfterRefusal::Wait,
    }
}

fn refusal_of(message: &str) -> JoinRefused {
    let (code, sentence) = message.split_once(": ").unwrap_or(("", message));
    match code {
        "unauthenticated" => JoinRefused::Unauthenticated(sentence.to_owned()),
        "revoked" => JoinRefused::Revoked,
        "unsupported_version" => JoinRefused::UnsupportedVersion(sentence.to_owned()),
        _ => JoinRefused::TryAgain(message.to_owned()),
    }
}

fn input_of(event: Event) -> Option<Input> {
    match event {
        Event::Connected(_) => Some(Input::Connected),
        Event::Message(message) => {
            let json = message.arguments.get(0).map_or("{}", RawValue::get);
            match ServerMessage::read(&message.name, json) {
                Ok(known) => known.map(Input::Push),
                Err(fields) => {
                    let name = message.name;
                    tracing::warn!(
                        message = name,
                        ?fields,
                        "a message of the server cannot be read"
                    );
                    None
                }
            }
        }
        Event::Disconnected(end) => {
            tracing::info!(reason = %end.reason, "the connection ended");
            Some(Input::Closed(Closed::Broke))
        }
        Event::ConnectFailed(failed) => {
            tracing::debug!(error = %failed.error, attempts = failed.attempts, "not connected");
            None
        }
        Event::Refused(refused) => {
            Some(Input::Closed(Closed::Refused(refusal_of(&refused.message))))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_read_by_its_code() {
        assert_eq!(
            refusal_of("revoked: this computer was removed"),
            JoinRefused::Revoked
        );
        assert_eq!(
            refusal_of("unauthenticated: the key is unknown"),
            JoinRefused::Unauthenticated("the key is unknown".to_owned())
        );
        assert_eq!(
            refusal_of("Invalid namespace"),
            JoinRefused::TryAgain("Invalid namespace".to_owned())
        );
    }
}
