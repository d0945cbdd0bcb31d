//! An agent: `arkwright-agent` on a data folder of its own. All agents share the environment of
//! Robot Framework, which is built by the first robot of the first test.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::sync::Arc;

use nix::sys::signal::Signal;
use serde_json::{Value, json};

use crate::person::Person;
use crate::place::Place;
use crate::process::Running;
use crate::wait::until;

/// An agent. It is killed when this goes; its supervisors are not.
#[derive(Debug)]
pub struct Agent {
    place: Arc<Place>,
    name: String,
    data: PathBuf,
    variables: Vec<(String, String)>,
    starts: usize,
    process: Running,
}

/// An agent that asks to be let in.
#[derive(Debug)]
pub struct Joining(Agent);

impl Agent {
    /// An agent that an enrolment token let in, and that has joined.
    ///
    /// # Panics
    /// It does not join.
    pub async fn join(place: &Arc<Place>, person: &Person, name: &str) -> Self {
        Self::join_with(place, person, name, &[], &[]).await
    }

    /// The same, with more on its command line and in its environment.
    ///
    /// # Panics
    /// It does not join.
    pub async fn join_with(
        place: &Arc<Place>,
        person: &Person,
        name: &str,
        arguments: &[&str],
        variables: &[(String, String)],
    ) -> Self {
        let enrolment = person.post("/enrolments", json!({})).await;
        let token = enrolment["token"].as_str().expect("a token is told once");
        let data = place.agent_data(name);
        let mut command = program(place, &data);
        command.args([
            "join",
            "--json",
            "--server",
            person.address(),
            "--token",
            token,
        ]);
        command.args(["--name", name, "--data"]).arg(&data);
        command.args(arguments).envs(variables.iter().cloned());
        let mut agent = Self::started(place, name, data, command);
        agent.variables = variables.to_vec();
        agent.joined().await;
        agent
    }

    /// A new agent that knows nothing but the server and the user id.
    #[must_use]
    pub fn ask(place: &Arc<Place>, person: &Person, name: &str) -> Joining {
        let data = place.agent_data(name);
        let mut command = program(place, &data);
        command.args(["start", "--json", "--server", person.address()]);
        command
            .args(["--user-id", person.user_id(), "--name", name, "--data"])
            .arg(&data);
        Joining(Self::started(place, name, data, command))
    }

    fn started(place: &Arc<Place>, name: &str, data: PathBuf, command: Command) -> Self {
        Self {
            place: Arc::clone(place),
            name: name.to_owned(),
            data,
            variables: Vec::new(),
            starts: 1,
            process: Running::start(place, &format!("{name}-1"), command),
        }
    }

    /// Kills it as a power cut would; supervisors and robots go on.
    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// Starts it again on its data, and waits until it has joined.
    ///
    /// # Panics
    /// It does not join.
    pub async fn restart(&mut self) {
        self.launch();
        self.joined().await;
    }

    /// Starts it again on its data, and does not wait for it.
    pub fn launch(&mut self) {
        self.process.kill();
        self.starts += 1;
        let mut command = program(&self.place, &self.data);
        command.args(["start", "--json", "--data"]).arg(&self.data);
        command.envs(self.variables.iter().cloned());
        let name = format!("{}-{}", self.name, self.starts);
        self.process = Running::start(&self.place, &name, command);
    }

    /// Its process.
    pub fn process(&mut self) -> &mut Running {
        &mut self.process
    }

    /// How often it was started.
    #[must_use]
    pub fn starts(&self) -> usize {
        self.starts
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its data folder.
    #[must_use]
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// Another process with a copy of its key, that has joined.
    ///
    /// # Panics
    /// It does not join.
    pub async fn copy(&self) -> Self {
        let name = format!("{}-copy", self.name);
        let data = self.place.agent_data(&name);
        for file in ["agent.toml", "key"] {
            fs::copy(self.data.join(file), data.join(file)).expect("the file is there");
        }
        let mut command = program(&self.place, &data);
        command.args(["start", "--json", "--data"]).arg(&data);
        let copy = Self::started(&self.place, &name, data, command);
        copy.joined().await;
        copy
    }

    /// Stops its time: it neither answers nor asks until [`Agent::thaw`].
    pub fn freeze(&self) {
        self.process.signal(Signal::SIGSTOP);
    }

    /// Lets its time go on.
    pub fn thaw(&self) {
        self.process.signal(Signal::SIGCONT);
    }

    /// Asks it to end, once.
    pub fn interrupt(&self) {
        self.process.signal(Signal::SIGINT);
    }

    /// Waits for its end.
    ///
    /// # Panics
    /// It does not end.
    pub async fn ended(&mut self) -> ExitStatus {
        self.process.ended().await
    }

    /// What it has told since its last start.
    #[must_use]
    pub fn told(&self, event: &str) -> Vec<Value> {
        let lines = self.process.lines();
        let told = lines
            .iter()
            .filter_map(|line| serde_json::from_str(line).ok());
        told.filter(|value: &Value| value["event"] == event)
            .collect()
    }

    /// Waits until it has joined since its last start.
    ///
    /// # Panics
    /// It does not join.
    pub async fn joined(&self) {
        until("the agent joins", async || self.told("joined").pop()).await;
    }
}

impl Joining {
    /// The code that its terminal shows.
    ///
    /// # Panics
    /// It shows none.
    pub async fn code(&self) -> String {
        let told = until("the agent shows a code", async || {
            self.0.told("pairing").pop()
        })
        .await;
        told["code"].as_str().expect("a code is a text").to_owned()
    }

    /// The agent, however it was answered.
    #[must_use]
    pub fn answered(self) -> Agent {
        self.0
    }
}

fn program(place: &Place, data: &Path) -> Command {
    let mut command = Command::new(place.join("arkwright-agent"));
    command.env("ARKWRIGHT_AGENT_LOG", "info").current_dir(data);
    command
}
