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
use tokio::sync::{oneshot, watch};
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
    /// Once it has passed: whoever hears it may carry it out, and cannot answer.
    Passed,
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
    armed: Vec<Armed>,
    last: u64,
    made: BTreeMap<Cut, u64>,
    connections: u64,
}

#[derive(Debug)]
struct Armed {
    number: u64,
    cut: Cut,
    /// Told when it is made.
    tell: Option<oneshot::Sender<()>>,
}

/// A cut that somebody waits for. Its end takes the cut back, unless it was made.
#[derive(Debug)]
pub struct Awaited {
    shared: Arc<Shared>,
    number: u64,
    made: oneshot::Receiver<()>,
}

impl Awaited {
    /// Waits until the line breaks there; answers whether it did, or was healed before.
    pub async fn made(&mut self) -> bool {
        (&mut self.made).await.is_ok()
    }
}

impl Drop for Awaited {
    fn drop(&mut self) {
        let number = self.number;
        self.shared.state().armed.retain(|it| it.number != number);
    }
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
        self.shared.arm(cut, None);
    }

    /// The same, for somebody who strikes in that moment.
    #[must_use]
    pub fn when_cut_at(&self, cut: Cut) -> Awaited {
        let (tell, made) = oneshot::channel();
        Awaited {
            number: self.shared.arm(cut, Some(tell)),
            shared: Arc::clone(&self.shared),
            made,
        }
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

    /// Passes everything again.
    pub fn release(&self) {
        self.shared.held.send_replace(false);
    }

    /// The same, and forgets the cuts that were not made.
    pub fn heal(&self) {
        self.shared.state().armed.clear();
        self.release();
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

    fn arm(&self, cut: Cut, tell: Option<oneshot::Sender<()>>) -> u64 {
        let mut state = self.state();
        state.last += 1;
        let number = state.last;
        state.armed.push(Armed { number, cut, tell });
        number
    }

    /// The cut that this message meets.
    fn meets(&self, side: Side, message: &str) -> Option<Armed> {
        let mut state = self.state();
        let met = |it: &Armed| it.cut.side == side && message.starts_with(&it.cut.message);
        let at = state.armed.iter().position(met)?;
        Some(state.armed.remove(at))
    }

    /// Notes that a cut was made.
    fn made(&self, armed: Armed) {
        *self.state().made.entry(armed.cut).or_default() += 1;
        if let Some(tell) = armed.tell {
            // Nobody waits for it any more, perhaps.
            tell.send(()).ok();
        }
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
    let unanswered = Unanswered::default();
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
        _ = async { tokio::try_join!(pass(forth, &shared, &unanswered), pass(back, &shared, &unanswered)) } => {}
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

/// The answer that must not pass, and the cut that waits for it.
type Unanswered = Mutex<Option<(Answer, Armed)>>;

/// Which answer.
#[derive(Debug, PartialEq, Eq)]
enum Answer {
    /// The next bytes: REST answers in its order.
    Next,
    /// The one with this number.
    Numbered(String),
}

/// Passes one direction until all is said.
async fn pass(mut way: Way, shared: &Shared, unanswered: &Unanswered) -> Result<(), Broken> {
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
            let (count, cut) = decide(way.side, &said, shared, unanswered);
            let bytes = said.bytes.get(..count).unwrap_or_default();
            way.to.write_all(bytes).await.map_err(|_| Broken)?;
            if let Some(cut) = cut {
                shared.made(cut);
                return Err(Broken);
            }
        }
    }
}

/// How many bytes of a message pass, and the cut that is made then.
fn decide(
    side: Side,
    said: &Said,
    shared: &Shared,
    unanswered: &Unanswered,
) -> (usize, Option<Armed>) {
    let mut unanswered = unanswered.lock().unwrap_or_else(PoisonError::into_inner);
    let whole = said.bytes.len();
    if side == Side::Server {
        let is_wanted = |(answer, _): &mut (Answer, Armed)| match answer {
            Answer::Next => true,
            Answer::Numbered(number) => said.answers.as_ref() == Some(number),
        };
        if let Some((_, armed)) = unanswered.take_if(is_wanted) {
            return (0, Some(armed));
        }
    }
    let message = said.message.as_ref();
    let Some(armed) = message.and_then(|message| shared.meets(side, message)) else {
        return (whole, None);
    };
    match armed.cut.moment {
        Moment::Before => (0, Some(armed)),
        Moment::Within => (whole / 2, Some(armed)),
        Moment::Answer if said.awaits_answer && side == Side::Client => {
            let answer = said.number.clone().map_or(Answer::Next, Answer::Numbered);
            *unanswered = Some((answer, armed));
            (whole, None)
        }
        Moment::Passed | Moment::Answer => (whole, Some(armed)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A server that answers each line with `ok`, and says what it heard when it is left.
    async fn server() -> (String, JoinHandle<Vec<u8>>) {
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0)));
        let listener = listener.await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let hearing = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut heard = Vec::new();
            let mut bytes = [0; 1024];
            while let Ok(count @ 1..) = stream.read(&mut bytes).await {
                heard.extend_from_slice(&bytes[..count]);
                stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.ok();
            }
            heard
        });
        (address, hearing)
    }

    const REQUEST: &[u8] = b"POST /api/v1/jobs HTTP/1.1\r\n\r\n";

    /// Cuts a request in this moment; answers what the server heard, and the client.
    async fn cut(moment: Moment) -> (usize, usize) {
        let (address, hearing) = server().await;
        let line = Line::to(&address).await;
        let mut spot = line.when_cut_at(Cut {
            side: Side::Client,
            message: "POST /api/v1/jobs".to_owned(),
            moment,
        });
        let to = line.address().trim_start_matches("http://");
        let mut client = TcpStream::connect(to).await.unwrap();
        client.write_all(REQUEST).await.unwrap();
        let mut answer = Vec::new();
        client.read_to_end(&mut answer).await.ok();
        assert!(spot.made().await, "{moment:?}");
        assert_eq!(line.made().len(), 1);
        (hearing.await.unwrap().len(), answer.len())
    }

    #[tokio::test]
    async fn a_cut_is_made_in_its_moment_and_told_then() {
        assert_eq!(cut(Moment::Before).await, (0, 0));
        assert_eq!(cut(Moment::Within).await, (REQUEST.len() / 2, 0));
        assert_eq!(cut(Moment::Passed).await, (REQUEST.len(), 0));
        assert_eq!(cut(Moment::Answer).await, (REQUEST.len(), 0));
    }

    #[tokio::test]
    async fn a_cut_that_nobody_waits_for_any_more_is_not_made() {
        let (address, hearing) = server().await;
        let line = Line::to(&address).await;
        drop(line.when_cut_at(Cut {
            side: Side::Client,
            message: "POST /api".to_owned(),
            moment: Moment::Before,
        }));
        let to = line.address().trim_start_matches("http://");
        let mut client = TcpStream::connect(to).await.unwrap();
        client.write_all(REQUEST).await.unwrap();
        let mut answer = [0; 8];
        client.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"HTTP/1.1");
        assert!(line.made().is_empty());
        drop(client);
        assert_eq!(hearing.await.unwrap(), REQUEST);
    }
}
