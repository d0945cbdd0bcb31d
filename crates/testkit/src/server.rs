//! A server: `arkwright serve` on a port and a data folder of its own.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;

use serde_json::Value;

use crate::person::Person;
use crate::place::Place;
use crate::process::Running;
use crate::wait::until;

const EMAIL: &str = "anna@example.org";
const PASSWORD: &str = "correct battery horse";

/// A server. It is killed when this goes.
#[derive(Debug)]
pub struct Server {
    place: Arc<Place>,
    limits: Vec<(&'static str, u64)>,
    variables: Vec<(String, String)>,
    address: String,
    starts: usize,
    process: Running,
}

impl Server {
    /// A new server with limits that a test can wait for, changed by `limits`: names as in the
    /// configuration, such as `lost_ms`.
    ///
    /// # Panics
    /// It does not come up.
    pub async fn start(place: &Arc<Place>, limits: &[(&'static str, u64)]) -> Self {
        Self::start_with(place, limits, &[]).await
    }

    /// The same, with more in its environment.
    ///
    /// # Panics
    /// It does not come up.
    pub async fn start_with(
        place: &Arc<Place>,
        limits: &[(&'static str, u64)],
        variables: &[(String, String)],
    ) -> Self {
        let mut all = vec![("renew_ms", 500), ("silent_ms", 2_000), ("sweep_ms", 200)];
        all.extend_from_slice(limits);
        let variables = variables.to_vec();
        let process = serve(place, &all, &variables, ("127.0.0.1:0", 1));
        let mut server = Self {
            place: Arc::clone(place),
            limits: all,
            variables,
            address: String::new(),
            starts: 1,
            process,
        };
        server.address = server.listening().await;
        server
    }

    /// `http://ADDRESS:PORT`
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Kills it as a power cut would.
    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// Starts it again, on the same port and data.
    ///
    /// # Panics
    /// It does not come up.
    pub async fn restart(&mut self) {
        self.launch();
        let address = self.listening().await;
        assert_eq!(address, self.address, "it listens where it did");
    }

    /// Starts it again, and does not wait for it.
    pub fn launch(&mut self) {
        self.process.kill();
        self.starts += 1;
        let port = self.address.trim_start_matches("http://");
        let process = serve(
            &self.place,
            &self.limits,
            &self.variables,
            (port, self.starts),
        );
        self.process = process;
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

    /// Makes the first account and signs it in.
    ///
    /// # Panics
    /// That is refused.
    pub async fn owner(&self) -> Person {
        let mut command = Command::new(self.place.join("arkwright"));
        command
            .args(["owner", "create", "--email", EMAIL, "--name", "Anna"])
            .args(["--password-stdin", "--json", "--data"])
            .arg(data(&self.place))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut child = command.spawn().expect("a program can be started");
        let mut stdin = child.stdin.take().expect("its input is ours");
        writeln!(stdin, "{PASSWORD}").expect("it reads the password");
        drop(stdin);
        let output = child.wait_with_output().expect("a child can be waited for");
        assert!(output.status.success(), "an owner is made");
        let told: Value = serde_json::from_slice(&output.stdout).expect("it answers JSON");
        let user_id = told["userId"].as_str().expect("it has an id").to_owned();
        Person::sign_in(&self.address, user_id, EMAIL, PASSWORD).await
    }

    async fn listening(&mut self) -> String {
        let process = &self.process;
        until("the server listens", async || {
            let lines = process.lines();
            let line = lines
                .iter()
                .find_map(|line| line.strip_prefix("listening on "));
            line.map(str::to_owned)
        })
        .await
    }
}

fn data(place: &Place) -> PathBuf {
    place.join("server")
}

fn serve(
    place: &Arc<Place>,
    limits: &[(&'static str, u64)],
    variables: &[(String, String)],
    (listen, number): (&str, usize),
) -> Running {
    let mut command = Command::new(place.join("arkwright"));
    command
        .args(["serve", "--listen", listen, "--data"])
        .arg(data(place));
    for (name, value) in limits {
        let name = format!("ARKWRIGHT_SERVER_LIMITS__{}", name.to_uppercase());
        command.env(name, value.to_string());
    }
    command.envs(variables.iter().cloned());
    Running::start(place, &format!("server-{number}"), command)
}
