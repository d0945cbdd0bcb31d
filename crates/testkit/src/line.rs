//! A line between a client and a server: it passes what is said, until it is told to be cut at a
//! message, at once, or to pass nothing for a while.
//!
//! Socket.IO messages are recognised by name inside of WebSocket frames, in both directions
//! (those of clients are masked); REST by its request line. A cut closes both ends at once, as a
//! network that breaks does. Nothing is ever changed, doubled or reordered.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::frames::{Said, Speech};

/// Who says the message at which a line is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// The client.
    Client,
    /// The server.
    Server,
}

/// When the line breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Moment {
    /// Before anything of the message has passed.
    Before,
    /// After its first half.
    Within,
    /// When its answer comes back, which does not pass; without an answer, once it has passed.
    Answer,
}

/// A cut at a message.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cut {
    /// Who says it.
    pub side: Side,
    /// Its name, such as `confirm`; for REST the method and the start of the path.
    pub message: String,
    /// When.
    pub moment: Moment,
}

/// A line. Its end closes every connection through it.
#[derive(Debug)]
pub struct Line {
    address: String,
    shared: Arc<Shared>,
    accepting: JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    server: String,
    state: Mutex<State>,
    /// Raised to end every connection that stands.
    generation: watch::Sender<u64>,
    held: watch::Sender<bool>,
}

#[derive(Debug, Default)]
struct State {
    armed: Vec<Cut>,
    made: BTreeMap<Cut, u64>,
    connections: u64,
}

impl Line {
    /// A line to the server at `http://ADDRESS:PORT`, which need not be there yet.
    ///
    /// # Panics
    /// No port is free.
    pub async fn to(server: &str) -> Self {
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await;
        let listener = listener.expect("a port is free");
        let port = listener.local_addr().expect("it is bound").port();
        let shared = Arc::new(Shared {
            server: server.trim_start_matches("http://").to_owned(),
            state: Mutex::default(),
            generation: watch::Sender::new(0),
            held: watch::Sender::new(false),
        });
        let accepting = tokio::spawn(accept(listener, Arc::clone(&shared)));
        Self {
            address: format!("http://127.0.0.1:{port}"),
            shared,
            accepting,
        }
    }

    /// Where clients find the server through this line.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Cuts the line once, the next time that this is said.
    pub fn cut_at(&self, cut: Cut) {
        self.shared.state().armed.push(cut);
    }

    /// Cuts every connection that stands.
    pub fn cut(&self) {
        self.shared
            .generation
            .send_modify(|generation| *generation += 1);
    }

    /// Passes nothing in either direction, and keeps all connections.
    pub fn hold(&self) {
        self.shared.held.send_replace(true);
    }

    /// Passes everything again, and forgets the cuts that were not made.
    pub fn heal(&self) {
        self.shared.state().armed.clear();
        self.shared.held.send_replace(false);
    }

    /// The cuts at messages that were made, and how often.
    #[must_use]
    pub fn made(&self) -> BTreeMap<Cut, u64> {
        self.shared.state().made.clone()
    }

    /// How many connections there were.
    #[must_use]
    pub fn connections(&self) -> u64 {
        self.shared.state().connections
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.accepting.abort();
        self.cut();
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The cut that this message meets, which is then made.
    fn meets(&self, side: Side, message: &str) -> Option<Moment> {
        let mut state = self.state();
        let met = |cut: &Cut| cut.side == side && message.starts_with(&cut.message);
        let at = state.armed.iter().position(met)?;
        let cut = state.armed.remove(at);
        let moment = cut.moment;
        *state.made.entry(cut).or_default() += 1;
        Some(moment)
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok((client, _)) = listener.accept().await {
        shared.state().connections += 1;
        tokio::spawn(carry(client, Arc::clone(&shared)));
    }
}

/// One connection, from its begin to its end.
async fn carry(client: TcpStream, shared: Arc<Shared>) {
    let mut generation = shared.generation.subscribe();
    let Ok(server) = TcpStream::connect(&shared.server).await else {
        return;
    };
    for stream in [&client, &server] {
        // A delay that TCP adds would only make every test slower.
        stream.set_nodelay(true).ok();
    }
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    // The answer that must not pass: its number, or nothing for the next bytes of REST.
    let awaited = Arc::new(Mutex::new(None));
    let forth = Way {
        side: Side::Client,
        from: from_client,
        to: to_server,
    };
    let back = Way {
        side: Side::Server,
        from: from_server,
        to: to_client,
    };
    tokio::select! {
        biased;
        _ = generation.changed() => {}
        // One side that has said all may still listen.
        _ = async { tokio::try_join!(pass(forth, &shared, &awaited), pass(back, &shared, &awaited)) } => {}
    }
}

/// The connection is cut, or one of its ends is gone.
struct Broken;

/// One direction of a connection.
struct Way {
    side: Side,
    from: OwnedReadHalf,
    to: OwnedWriteHalf,
}

/// What must not pass: the answer with this number, or any answer.
type Awaited = Mutex<Option<Option<String>>>;

/// Passes one direction until all is said.
async fn pass(mut way: Way, shared: &Shared, awaited: &Awaited) -> Result<(), Broken> {
    let mut held = shared.held.subscribe();
    let mut speech = Speech::default();
    let mut bytes = vec![0; 64 * 1024];
    loop {
        let count = way.from.read(&mut bytes).await.map_err(|_| Broken)?;
        held.wait_for(|held| !held).await.map_err(|_| Broken)?;
        if count == 0 {
            return way.to.shutdown().await.map_err(|_| Broken);
        }
        for said in speech.hear(bytes.get(..count).unwrap_or_default()) {
            let passes = decide(way.side, &said, shared, awaited);
            let count = match passes {
                Pass::Whole | Pass::Last => said.bytes.len(),
                Pass::Half => said.bytes.len() / 2,
                Pass::Nothing => 0,
            };
            let bytes = said.bytes.get(..count).unwrap_or_default();
            way.to.write_all(bytes).await.map_err(|_| Broken)?;
            if !matches!(passes, Pass::Whole) {
                return Err(Broken);
            }
        }
    }
}

/// What passes of one message.
enum Pass {
    Whole,
    Half,
    Nothing,
    /// All of it, and then nothing more.
    Last,
}

fn decide(side: Side, said: &Said, shared: &Shared, awaited: &Awaited) -> Pass {
    let mut awaited = awaited.lock().unwrap_or_else(PoisonError::into_inner);
    if side == Side::Server
        && let Some(wanted) = awaited.as_ref()
        && (wanted.is_none() || (said.answers.is_some() && said.answers == *wanted))
    {
        return Pass::Nothing;
    }
    let Some(message) = &said.message else {
        return Pass::Whole;
    };
    match shared.meets(side, message) {
        None => Pass::Whole,
        Some(Moment::Before) => Pass::Nothing,
        Some(Moment::Within) => Pass::Half,
        Some(Moment::Answer) if said.awaits_answer && side == Side::Client => {
            *awaited = Some(said.number.clone());
            Pass::Whole
        }
        Some(Moment::Answer) => Pass::Last,
    }
}
