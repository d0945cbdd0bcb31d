//! The namespace `/agent`.

use std::sync::Arc;

use dispatch::until_known;
use model::{AgentId, Connection, InstanceId, JobId, UserId};
use sessions::{AfterAgent, AgentSession};
use socketioxide::extract::{SocketRef, State, TryData};
use socketioxide::socket::DisconnectReason;
use store::agents::Connected;
use tracing::Instrument;
use wire::agent::{AgentMessage, Auth};
use wire::error::Ack;
use wire::{ErrorBody, ErrorCode};

use super::door::{draining, must_speak_our_version, refusal, start, starting, store_away};
use super::inbox::{Message, Taken, Whole, inbox};
use super::line::{Line, Peer};
use super::talk::{Fed, Flow, Talk, Talker, run};
use crate::app::App;
use crate::identity::token;

/// The longest instance that is kept.
const LONGEST_INSTANCE: usize = 100;

/// The connection middleware: whose key is it?
pub(super) async fn let_in(
    Whole(socket): Whole,
    TryData(auth): TryData<serde_json::Value>,
    State(app): State<Arc<App>>,
) -> Result<(), String> {
    let auth = auth.unwrap_or_default();
    let (user, connection) = admit(&app, &auth).await.map_err(|error| {
        tracing::info!(code = error.code.as_str(), "an agent was refused");
        refusal(&error)
    })?;
    let line = Line::new(&socket, user, Peer::Agent(connection.clone()));
    let (inbox, other_end, filled) = inbox(&line, &app.config.limits);
    let session = AgentSession::new(Arc::clone(&app.dispatch), user, connection);
    socket.extensions.insert(inbox.clone());
    socket.extensions.insert(starting(move || {
        let talk = Talk { app, line };
        talk.app.hub.enters(&talk.line);
        let tracker = talk.app.tracker.clone();
        tracker.spawn(run(talk, other_end, filled, AgentTalker { session }));
    }));
    socket.on_fallback(|_: Taken| async {});
    socket.on_disconnect(move |reason: DisconnectReason| async move { inbox.close(reason) });
    Ok(())
}

async fn admit(app: &App, auth: &serde_json::Value) -> Result<(UserId, Connection), ErrorBody> {
    must_speak_our_version(auth)?;
    if app.is_draining() {
        return Err(draining());
    }
    let strange = || {
        let message = "this server does not know this computer's key";
        ErrorBody::new(ErrorCode::Unauthenticated, message)
    };
    let auth: Auth = wire::read(&auth.to_string()).map_err(|_| strange())?;
    let agent: AgentId = auth.agent_id.parse().map_err(|_| strange())?;
    let key = token::digest(auth.key.as_str()).ok_or_else(strange)?;
    let connected = until_known(|| app.store().connect_agent(agent, key)).await;
    match connected.map_err(|error| store_away(&error))?.answer {
        Connected::Number { number, agent } => {
            if auth.user_id.parse() != Ok(agent.user_id) {
                return Err(strange());
            }
            let instance = auth.instance.chars().take(LONGEST_INSTANCE).collect();
            let connection = Connection {
                agent: agent.id,
                number,
                instance: InstanceId(instance),
            };
            Ok((agent.user_id, connection))
        }
        Connected::Removed(_) => {
            let message = "this computer was removed by its user";
            Err(ErrorBody::new(ErrorCode::Revoked, message))
        }
        Connected::Unknown => Err(strange()),
    }
}

/// The client has been told that it is connected.
pub(super) async fn begin(socket: SocketRef) {
    start(&socket);
}

struct AgentTalker {
    session: AgentSession,
}

impl Talker for AgentTalker {
    async fn take(&mut self, talk: &Talk, message: &Message) -> Flow {
        let reference = talk.line.reference();
        let connection = self.session.connection();
        let span = tracing::info_span!("message", reference, name = message.name,
            agent.id = %connection.agent, connection = connection.number);
        let read = message
            .object()
            .and_then(|json| AgentMessage::read(&message.name, json).map_err(ErrorBody::invalid));
        let (answer, then) = match read {
            Ok(read) => {
                let on = self.session.on(read, talk.app.now());
                let reply = on.instrument(span.clone()).await;
                let answer = reply
                    .answer
                    .map_err(|refused| span.in_scope(|| refused.into_body(&reference)));
                (answer, reply.then)
            }
            Err(mut error) => {
                error.reference = reference;
                (Err(error), AfterAgent::Nothing)
            }
        };
        if let AfterAgent::EnterRoom(_) = then {
            talk.app.hub.joins(&talk.line);
        }
        let flow = talk.answer(message.ack, &Ack::of(answer)).await;
        match then {
            AfterAgent::Close => Flow::Close,
            AfterAgent::EnterRoom(_) | AfterAgent::Nothing => flow,
        }
    }

    async fn feed(&mut self, _: &Talk, _: JobId) -> Fed {
        Fed::Enough
    }

    async fn gone(&mut self, talk: &Talk, cleanly: bool) {
        if !cleanly {
            return;
        }
        if let Err(error) = self.session.left(talk.app.now()).await {
            // Its silence will tell.
            tracing::warn!(%error, "it was not noted that an agent left");
        }
    }
}
