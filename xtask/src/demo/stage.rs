//! The running demo: a server, an agent, and what is asked of them.
//!
//! All that happens comes in by one channel of news; every wait has a limit and ends at Ctrl-C.

use std::collections::VecDeque;
use std::process::Command;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde_json::{Value, json};

use super::interrupt::Stopped;
use super::place::{Memory, Place};
use super::process::{Ask, Line, News, Process, Stream, kill_one, left_behind};
use super::{GRACE, account, interrupt, samples};
use crate::clock::Since;
use crate::{command, repository};

const SERVER: &str = "server";
const AGENT: &str = "agent";
/// A script that speaks for the page; one at a time.
const SCRIPT: &str = "script";
const LISTENING: &str = "listening on ";
/// How long the server may take until it listens.
const START_LIMIT: Duration = Duration::from_secs(60);
/// How many lines of the programs are shown when something failed that was not shown as it came.
const REMEMBERED_LINES: usize = 40;

pub(crate) struct Stage {
    place: Place,
    sender: Sender<News>,
    news: Receiver<News>,
    running: Vec<Process>,
    /// Where the server listens, as it said itself.
    address: String,
    start_took: Duration,
    /// The last lines of server and agent that were not shown.
    unshown: VecDeque<String>,
}

/// What a person sees while a script works.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Show {
    /// What the script says.
    Script,
    /// What server and agent print.
    Programs,
}

/// What `prepare.mjs` answers.
#[derive(Deserialize)]
struct Prepared {
    added: usize,
    known: std::collections::BTreeMap<String, String>,
    computer: String,
}

impl Stage {
    /// Starts the server and sees that the demo's account is there.
    pub(crate) fn open(place: Place) -> Result<Self> {
        let (sender, news) = channel();
        interrupt::tell(&sender)?;
        let mut stage = Self {
            place,
            sender,
            news,
            running: Vec::new(),
            address: String::new(),
            start_took: Duration::ZERO,
            unshown: VecDeque::new(),
        };
        stage.start_server().inspect_err(|_| stage.kill_all())?;
        stage.see_to_account().inspect_err(|_| stage.kill_all())?;
        Ok(stage)
    }

    fn start_server(&mut self) -> Result<()> {
        let listen = self.place.listen();
        let serve = account::arkwright(&["serve", "--listen", &listen], &self.place);
        let since = Since::now();
        self.start(SERVER, serve)?;
        while self.address.is_empty() {
            let Some(left) = START_LIMIT.checked_sub(since.elapsed()) else {
                bail!(
                    "the server did not listen within {} s",
                    START_LIMIT.as_secs()
                );
            };
            self.hear(left)?;
        }
        self.start_took = since.elapsed();
        Ok(())
    }

    /// The account is made beside the running server, which has made the database.
    fn see_to_account(&self) -> Result<()> {
        let mut memory = self.place.memory();
        if memory.has_account {
            return Ok(());
        }
        account::create(&self.place)?;
        memory.has_account = true;
        self.place.remember(&memory)
    }

    /// From the start of the server's process until it said that it listens.
    pub(crate) fn start_took(&self) -> Duration {
        self.start_took
    }

    pub(crate) fn server_id(&self) -> Option<u32> {
        self.process_id(SERVER)
    }

    pub(crate) fn agent_id(&self) -> Option<u32> {
        self.process_id(AGENT)
    }

    fn process_id(&self, name: &str) -> Option<u32> {
        self.running
            .iter()
            .find(|process| process.name == name)
            .map(Process::id)
    }

    /// Lets both programs be for some time.
    pub(crate) fn rest(&mut self, time: Duration) -> Result<()> {
        let since = Since::now();
        while let Some(left) = time.checked_sub(since.elapsed()) {
            self.hear(left)?;
        }
        Ok(())
    }

    pub(super) fn start(&mut self, name: &'static str, command: Command) -> Result<()> {
        self.running
            .push(Process::start(name, command, "", &self.sender)?);
        Ok(())
    }

    /// Starts the agent, adds the robots, waits until the agent is online; its name is the answer.
    pub(crate) fn prepare(&mut self) -> Result<String> {
        self.start_agent()?;
        let memory = self.place.memory();
        let samples = samples::all(&self.place.packages())?;
        let task = json!({ "samples": samples, "known": memory.samples });
        let said = self.ask_page("prepare.mjs", task, Show::Programs)?;
        let last = said.last().map_or("", String::as_str);
        let prepared: Prepared =
            serde_json::from_str(last).context("reading what prepare.mjs answered")?;
        self.place.remember(&Memory {
            samples: prepared.known,
            ..memory
        })?;
        if prepared.added > 0 {
            eprintln!("Added {} sample robots.", prepared.added);
        }
        Ok(prepared.computer)
    }

    fn start_agent(&mut self) -> Result<()> {
        let data = self.place.agent_data();
        let mut agent = command::in_root(self.place.program("arkwright-agent"));
        if data.join("agent.toml").is_file() {
            agent.arg("start");
        } else {
            let token = account::enrolment_token(&self.place)?;
            agent.args(["join", "--server", &self.address, "--token", &token]);
            agent.args(["--name", "This computer", "--slots", "2"]);
        }
        agent.arg("--data").arg(data);
        self.start(AGENT, agent)
    }

    /// Plays a robot as the page does; an error unless its job ended as `success`.
    pub(crate) fn play(&mut self, robot: &str) -> Result<()> {
        self.run_script("play.mjs", json!({ "robot": robot }))
    }

    /// Runs one of the scripts beside this code, signed in, and shows what it says.
    pub(crate) fn run_script(&mut self, script: &str, task: Value) -> Result<()> {
        self.ask_page(script, task, Show::Script)?;
        Ok(())
    }

    /// Runs one of the scripts beside this code, signed in, and gives what it says.
    pub(crate) fn ask_script(&mut self, script: &str, task: Value) -> Result<Vec<String>> {
        self.ask_page(script, task, Show::Programs)
    }

    /// The page's address with a fresh link.
    pub(super) fn sign_in_address(&self) -> Result<String> {
        let token = account::sign_in_token(&self.place)?;
        Ok(format!("{}/sign-in#{token}", self.address))
    }

    /// The command that prints another link.
    pub(super) fn another_link(&self) -> String {
        format!(
            "{} sign-in-link --user {} --data {} --public-url {}",
            repository::shown(&self.place.program("arkwright")),
            account::EMAIL,
            repository::shown(&self.place.server_data()),
            self.address,
        )
    }

    /// Shows what goes on until Ctrl-C, or until one of the two programs ends.
    pub(super) fn watch(&mut self) -> Result<()> {
        loop {
            self.hear(Duration::from_secs(3600))?;
        }
    }

    /// Takes one piece of news. Fails when a program ended by itself or a person wants to stop.
    fn hear(&mut self, limit: Duration) -> Result<()> {
        match self.news.recv_timeout(limit) {
            Ok(News::Line(line)) => {
                if let (SERVER, Some(address)) = (line.from, line.text.strip_prefix(LISTENING)) {
                    self.address = address.trim().to_owned();
                }
                show(&line);
                Ok(())
            }
            Ok(News::Ended { from, status }) => self.lost(from, status),
            Ok(News::Interrupted) => Err(Stopped.into()),
            Err(RecvTimeoutError::Timeout) => Ok(()),
            Err(RecvTimeoutError::Disconnected) => bail!("nothing is left to listen to"),
        }
    }

    /// Runs one of the scripts that speak for the page, signed in by a fresh link; what it said
    /// on stdout is the answer, what it said on stderr the error.
    fn ask_page(&mut self, script: &str, mut task: Value, shown: Show) -> Result<Vec<String>> {
        task["server"] = json!(self.address);
        task["link"] = json!(account::sign_in_token(&self.place)?);
        let mut node = command::in_root("node");
        node.arg(format!("xtask/demo/{script}"));
        let script = Process::start(SCRIPT, node, &task.to_string(), &self.sender)?;
        self.until_ended(&script, shown)
    }

    fn until_ended(&mut self, script: &Process, shown: Show) -> Result<Vec<String>> {
        let (mut said, mut problem) = (Vec::new(), Vec::new());
        loop {
            match self.news.recv().context("nothing is left to listen to")? {
                News::Line(line) if line.from == SCRIPT => {
                    if line.stream == Stream::Error {
                        problem.push(line.text);
                        continue;
                    }
                    if shown == Show::Script {
                        println!("{}", line.text);
                    }
                    said.push(line.text);
                }
                News::Line(line) => match shown {
                    Show::Programs => show(&line),
                    Show::Script => self.keep(line),
                },
                News::Ended {
                    from: SCRIPT,
                    status,
                } if status.success() => return Ok(said),
                News::Ended { from: SCRIPT, .. } => bail!("{}", problem.join("\n")),
                News::Ended { from, status } => {
                    self.stop(script, &[Ask::Kill]);
                    self.lost(from, status)?;
                }
                News::Interrupted => {
                    self.stop(script, &[Ask::Kill]);
                    return Err(Stopped.into());
                }
            }
        }
    }

    fn lost(&mut self, from: &str, status: std::process::ExitStatus) -> Result<()> {
        self.running.retain(|process| process.name != from);
        bail!("the {from} ended by itself ({status}); why stands above")
    }

    fn keep(&mut self, line: Line) {
        if self.unshown.len() == REMEMBERED_LINES {
            self.unshown.pop_front();
        }
        self.unshown.push_back(prefixed(&line));
    }

    /// Shows what the programs printed while only a script was shown.
    pub(super) fn show_unshown(&mut self) {
        for line in self.unshown.drain(..) {
            eprintln!("{line}");
        }
    }

    /// Ends the jobs, then stops the agent, then the server, and sees that nothing is left.
    pub(crate) fn close(mut self) -> Result<()> {
        eprintln!("Stopping …");
        let is_up = |name: &str| self.running.iter().any(|process| process.name == name);
        let cancelled = if is_up(SERVER) && is_up(AGENT) {
            self.ask_page("cancel.mjs", json!({}), Show::Script)
                .map(|_| ())
        } else {
            Ok(())
        };
        while let Some(process) = self.running.pop() {
            self.stop(&process, &[Ask::Interrupt, Ask::Interrupt, Ask::Kill]);
        }
        let left = left_behind(self.place.folder());
        for (id, line) in &left {
            eprintln!("killing what was left behind: {id} {line}");
            kill_one(*id);
        }
        cancelled?;
        if !left.is_empty() {
            bail!(
                "{} processes were left behind and had to be killed",
                left.len()
            );
        }
        eprintln!("Everything is stopped.");
        Ok(())
    }

    /// Asks in these ways, one after the other, until the process has ended and its end was heard.
    fn stop(&mut self, process: &Process, ways: &[Ask]) {
        for ask in ways {
            process.ask(*ask);
            let since = Since::now();
            while let Some(left) = GRACE.checked_sub(since.elapsed()) {
                match self.news.recv_timeout(left) {
                    Ok(News::Ended { from, .. }) if from == process.name => return,
                    Ok(News::Line(line)) if line.from == SCRIPT => {}
                    Ok(News::Line(line)) => show(&line),
                    Ok(News::Interrupted) => break,
                    Ok(News::Ended { from, .. }) => {
                        self.running.retain(|process| process.name != from);
                    }
                    Err(_) => break,
                }
            }
        }
    }

    fn kill_all(&mut self) {
        for process in self.running.drain(..) {
            process.ask(Ask::Kill);
        }
    }
}

fn show(line: &Line) {
    eprintln!("{}", prefixed(line));
}

fn prefixed(line: &Line) -> String {
    format!("{:<6} │ {}", line.from, line.text)
}
