//! The agent's hands: carries out what its mind wants, and tells it what happened.
//!
//! One task owns the mind, the spool and the socket's handle. Everything slow (syncs, packages,
//! supervisors, files) happens beside it and comes back as an input.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use agent_core::{
    AgentCore, CallError, CallId, Effect, EventText, ExitReason, Input, Recovered, Robot, Setup,
    Shutdown, SpoolPosition, Tell,
};
use anyhow::Context;
use model::{AttemptKey, Clock, Timestamp};
use tokio::sync::mpsc;
use wire::agent::{AgentMessage, Events};

use crate::aside;
use crate::clock::SystemClock;
use crate::computer;
use crate::folder::{Folder, Settings};
use crate::robots::{Found, Robots};
use crate::socket::Socket;
use crate::spool::{Replayed, Spool, Spooled};
use crate::status::Status;
use crate::terminal::Terminal;

/// Inputs that wait to be taken in. Whoever has more to tell waits.
const INBOX: usize = 256;
/// The same of robots. Each may be megabytes of events, which wait on the disk until then.
const ROBOTS_INBOX: usize = 2;
/// What the agent looks at on its computer is told this often.
const CHECK_EVERY: Duration = Duration::from_secs(300);

/// A running agent.
pub struct Shell {
    core: AgentCore,
    folder: Folder,
    settings: Settings,
    spool: Spool,
    robots: Robots,
    socket: Socket,
    terminal: Terminal,
    status: Status,
    clock: Arc<SystemClock>,
    inbox: mpsc::Sender<Input>,
    news: mpsc::Receiver<Input>,
    robot_news: mpsc::Receiver<Input>,
}

/// What a shell is made of.
pub struct Parts {
    /// Who this agent is.
    pub settings: Settings,
    /// Its data folder.
    pub folder: Folder,
    /// What it knows about itself.
    pub setup: Setup,
    /// Where it prints.
    pub terminal: Terminal,
}

impl Shell {
    /// Reads what the disk holds and connects.
    ///
    /// # Errors
    /// The spool cannot be read, or the server's address cannot be used.
    pub async fn start(
        parts: Parts,
        connect: impl FnOnce(mpsc::Sender<Input>) -> anyhow::Result<Socket>,
        robots: impl FnOnce(mpsc::Sender<Input>) -> anyhow::Result<Robots>,
    ) -> anyhow::Result<Self> {
        let Parts {
            settings,
            folder,
            setup,
            terminal,
        } = parts;
        let (inbox, news) = mpsc::channel(INBOX);
        let clock = Arc::new(SystemClock);
        let (robots_inbox, robot_news) = mpsc::channel(ROBOTS_INBOX);
        let robots = robots(robots_inbox)?;
        let path = folder.join("spool");
        let opened = Spool::open(path.clone(), folder.join("aside"));
        let (spool, replayed) =
            opened.with_context(|| format!("`{}` cannot be read", path.display()))?;
        let status = Status::new(folder.join("status.json"));
        let checks = computer::checks(folder.path()).await;
        let socket = connect(inbox.clone())?;
        let core = AgentCore::new(setup);
        let mut shell = Self {
            core,
            folder,
            settings,
            spool,
            robots,
            socket,
            terminal,
            status,
            clock,
            inbox,
            news,
            robot_news,
        };
        let found = shell.recover(replayed).await;
        // Nothing was said yet, so these two ask for no more than a later sync.
        for first in [Input::Checked(checks), Input::Found(found)] {
            shell.take(first).await?;
        }
        Ok(shell)
    }

    /// Works until the program shall end.
    ///
    /// # Errors
    /// The disk does not keep what it was given.
    pub async fn run(mut self) -> anyhow::Result<ExitReason> {
        let mut signals = Signals::new()?;
        self.clear_aside();
        let mut next_check = self.clock.monotonic().plus(CHECK_EVERY);
        let reason = loop {
            let wake = self
                .core
                .wake_at()
                .map_or(next_check, |wake| wake.min(next_check));
            let sleep = wake.since(self.clock.monotonic());
            let input = tokio::select! {
                biased;
                shutdown = signals.next() => Input::Shutdown(shutdown),
                Some(input) = self.news.recv() => input,
                // Behind all others: what a robot says must not keep the server waiting.
                Some(input) = self.robot_news.recv() => input,
                () = tokio::time::sleep(sleep) => Input::Tick,
            };
            if self.clock.monotonic() >= next_check {
                next_check = self.clock.monotonic().plus(CHECK_EVERY);
                self.check();
                self.clear_aside();
            }
            if let Some(reason) = self.take(input).await? {
                break reason;
            }
        };
        self.status.clear();
        self.socket.close().await;
        Ok(reason)
    }

    /// Takes an input in and carries out what follows from it.
    async fn take(&mut self, input: Input) -> anyhow::Result<Option<ExitReason>> {
        let mut inputs = VecDeque::from([input]);
        while let Some(input) = inputs.pop_front() {
            let effects = self.core.handle(input, self.clock.instants());
            // Records that could not be written, and with them all later ones of their attempt.
            let mut not_spooled: Vec<AttemptKey> = Vec::new();
            for effect in effects {
                match effect {
                    Effect::Append(key, record) => {
                        let written = if not_spooled.contains(&key) {
                            Err("an earlier record could not be written".to_owned())
                        } else {
                            self.spool
                                .append(key, &record)
                                .map_err(|error| error.to_string())
                        };
                        if let Err(reason) = written {
                            not_spooled.push(key);
                            inputs.push_back(Input::NotSpooled {
                                key,
                                record,
                                reason,
                            });
                        }
                    }
                    Effect::Exit(reason) => return Ok(Some(reason)),
                    other => self.carry_out(other).await?,
                }
            }
        }
        self.robots
            .keep_clock(self.core.server_time(Timestamp::default()).as_millis());
        Ok(None)
    }

    async fn carry_out(&mut self, effect: Effect) -> anyhow::Result<()> {
        match effect {
            Effect::Append(..) | Effect::Exit(_) => {}
            Effect::Call(call, message) => self.socket.call(call, &message).await,
            Effect::SendEvents {
                call,
                key,
                first,
                last,
                replaced,
            } => {
                self.send_events(call, key, first, last, &replaced).await;
            }
            Effect::Sync(position) => self.sync(position)?,
            Effect::Trim(key, up_to) => {
                let trimmed = self.spool.trim(key, up_to);
                left_on_disk(key, trimmed);
            }
            Effect::Prepare(prepare) => self.robots.prepare(prepare),
            Effect::Start(start) => self.robots.start(start),
            Effect::Resume(key) => self.robots.resume(key),
            Effect::Control(key, mode) => self.robots.control(key, mode),
            Effect::Upload { key, known } => self.robots.upload(key, known),
            Effect::StopUploads(key) => self.robots.stop_uploads(key),
            Effect::Forget(key) => {
                left_on_disk(key, self.spool.forget(key));
                self.robots.forget(key);
            }
            Effect::SetAside(key) => {
                left_on_disk(key, self.spool.set_aside(key));
                self.robots.set_aside(key);
            }
            Effect::Reconnect => self.socket.reconnect(),
            Effect::Check => self.check(),
            Effect::Tell(news) => {
                self.terminal.tell(&news, &self.settings.server);
                self.status.note(&news, &self.core);
                if let Tell::Warning(text) = &news {
                    tracing::warn!("{text}");
                }
            }
        }
        Ok(())
    }

    fn sync(&mut self, position: SpoolPosition) -> anyhow::Result<()> {
        let files = self
            .spool
            .take_dirty()
            .context("the spool cannot be synced")?;
        let inbox = self.inbox.clone();
        tokio::task::spawn_blocking(move || match Spool::sync(&files) {
            Ok(()) => {
                // The program ends when its inbox is gone.
                inbox.blocking_send(Input::Synced(position)).ok();
            }
            Err(error) => {
                // What the disk was given may be gone, and asking it again would only seem to
                // help. The next start reads what is really there.
                tracing::error!(%error, "the disk did not keep what it was given");
                std::process::exit(i32::from(crate::exit::FAILED));
            }
        });
        Ok(())
    }

    async fn send_events(
        &mut self,
        call: CallId,
        key: AttemptKey,
        first: u64,
        last: u64,
        replaced: &[u64],
    ) {
        let (most, most_bytes) = self.batch();
        let read = self.spool.read(key, first, last, most, most_bytes);
        let events = read.and_then(|events| {
            let now = self.core.server_time(self.clock.now());
            let of = |(seq, event): (u64, Spooled)| {
                let gap = |reason| EventText::gap(now, Some(1), reason).numbered(seq);
                match event {
                    _ if replaced.contains(&seq) => gap("refused_by_server"),
                    Spooled::Event(event) => event,
                    Spooled::Damaged => gap("disk_lost"),
                    // It had said that it had them, and was set back since.
                    Spooled::Deleted => gap("server_lost"),
                }
            };
            let events = (first..).zip(events).map(of);
            let raw = events.map(|event| wire::event::RawEvent::from_json(event.0));
            raw.collect::<Result<Vec<_>, _>>()
                .map_err(std::io::Error::other)
        });
        match events {
            Ok(events) => {
                let batch = Events {
                    job_id: key.job.into(),
                    attempt: key.attempt,
                    first,
                    events,
                };
                self.socket.call(call, &AgentMessage::Events(batch)).await;
            }
            Err(error) => {
                tracing::error!(job = %key, first, %error, "events cannot be read from the spool");
                let lost = Input::Answer(call, Err(CallError::Lost));
                let inbox = self.inbox.clone();
                // Not at once: the disk may need a moment, and the loop must not spin.
                tokio::spawn(async move {
                    tokio::time::sleep(Duration::from_secs(1)).await;
                    inbox.send(lost).await.ok();
                });
            }
        }
    }

    /// The largest batch that the server takes: its events, and half of its largest message.
    fn batch(&self) -> (usize, usize) {
        let limits = self.core.limits();
        let events = limits.and_then(|limits| usize::try_from(limits.batch_events).ok());
        let bytes = limits.and_then(|limits| usize::try_from(limits.message_bytes / 2).ok());
        (events.unwrap_or(1).max(1), bytes.unwrap_or(1))
    }

    fn check(&self) {
        let (inbox, folder): (_, PathBuf) = (self.inbox.clone(), self.folder.path().to_owned());
        tokio::spawn(async move {
            let checks = computer::checks(&folder).await;
            inbox.send(Input::Checked(checks)).await.ok();
        });
    }

    fn clear_aside(&self) {
        let (aside, now) = (self.folder.join("aside"), self.clock.now());
        tokio::task::spawn_blocking(move || {
            if let Err(error) = aside::clear_old(&aside, now) {
                tracing::warn!(%error, "what was set aside long ago cannot be deleted");
            }
        });
    }

    /// Puts together what the spool holds and what is left of the supervisors.
    async fn recover(&mut self, replayed: Vec<Replayed>) -> Vec<Recovered> {
        let found = replayed.iter().map(|replayed| Found {
            key: replayed.key,
            running: replayed.running && replayed.ended.is_none(),
        });
        let found: Vec<Found> = found.collect();
        let left = self.robots.survey(&found).await;
        let mut recovered = Vec::new();
        for replayed in replayed {
            let key = replayed.key;
            let robot = left.get(&key).map_or(Robot::Gone, |left| left.robot);
            let begun = left.get(&key).is_some_and(|left| left.begun);
            if replayed.damaged {
                self.warn_of_damage(key);
            }
            if replayed.offer.is_none() && !replayed.running && !begun {
                // It was never confirmed, or its robot never started. The server hears that it is
                // not held.
                left_on_disk(key, self.spool.forget(key));
                continue;
            }
            recovered.push(Recovered {
                key,
                offer: replayed.offer,
                running: replayed.running || begun,
                ended: replayed.ended,
                last_seq: replayed.last_seq,
                trimmed_to: replayed.trimmed_to,
                offsets: replayed.offsets,
                artifacts: replayed.artifacts,
                damaged: replayed.end_damaged,
                robot,
            });
        }
        let held: Vec<AttemptKey> = recovered.iter().map(|found| found.key).collect();
        self.robots.clear_leftovers(&held).await;
        for found in &recovered {
            self.robots.known(found.key, found.offsets);
        }
        recovered
    }

    fn warn_of_damage(&self, key: AttemptKey) {
        let text = format!(
            "what the disk kept of job {key} is damaged; the rest of it is delivered, and its \
             files go to `{}` afterwards",
            self.folder.join("aside").display()
        );
        tracing::warn!("{text}");
        let warning = Tell::Warning(text);
        self.terminal.tell(&warning, &self.settings.server);
    }
}

/// What cannot be deleted or moved now is found by the next start, and the server says again what
/// becomes of it.
fn left_on_disk(key: AttemptKey, done: std::io::Result<()>) {
    if let Err(error) = done {
        tracing::warn!(job = %key, %error, "what is done with stays on the disk");
    }
}

/// The signals that end the program.
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    asked: bool,
}

impl Signals {
    fn new() -> anyhow::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt()).context("signals cannot be heard")?,
            terminate: signal(SignalKind::terminate()).context("signals cannot be heard")?,
            asked: false,
        })
    }

    /// Cancel-safe: a signal is either returned or stays.
    async fn next(&mut self) -> Shutdown {
        tokio::select! {
            biased;
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
        if std::mem::replace(&mut self.asked, true) {
            Shutdown::Now
        } else {
            Shutdown::Finish
        }
    }
}
