//! What nearly every test begins with: a server, its owner, one agent, a robot at its gate.

use std::sync::Arc;

use testkit::{Agent, Person, Place, Server, Witness};

/// A robot that waits at a gate in the middle of its log.
pub(crate) const GATE: &str = include_str!("../../robots/gate.robot");
/// A robot that only a kill ends.
pub(crate) const STUBBORN: &str = include_str!("../../robots/stubborn.robot");
/// A robot that logs a secret.
pub(crate) const SECRET: &str = include_str!("../../robots/secret.robot");
/// A robot that writes a thousand lines, resting after every fifty.
pub(crate) const WRITER: &str = include_str!("../../robots/writer.robot");

/// The first half of the log of [`GATE`] ends with this line.
pub(crate) const BEFORE_THE_GATE: &str = "line 20";

/// The parts.
pub(crate) struct Stage {
    pub(crate) server: Server,
    pub(crate) agent: Agent,
    pub(crate) anna: Person,
    pub(crate) robot: String,
    pub(crate) witness: Witness,
    pub(crate) place: Arc<Place>,
}

impl Stage {
    /// A server with usual patience: nobody is lost while a test is only slow.
    pub(crate) async fn new() -> Self {
        Self::with(GATE, &[]).await
    }

    /// A server with other limits, and another robot.
    pub(crate) async fn with(source: &str, limits: &[(&'static str, u64)]) -> Self {
        let place = Place::new();
        let server = Server::start(&place, limits).await;
        let anna = server.owner().await;
        let agent = Agent::join(&place, &anna, "reception").await;
        let robot = anna.robot("Gate", source).await;
        let witness = Witness::new(&place, "witness");
        Self {
            server,
            agent,
            anna,
            robot,
            witness,
            place,
        }
    }

    /// Plays the robot; answers the job.
    pub(crate) async fn play(&self) -> String {
        self.anna.play(&self.robot, self.witness.folder()).await
    }

    /// Plays the robot and waits until it stands at its gate, with its half of the log stored.
    pub(crate) async fn play_to_the_gate(&self) -> String {
        let job = self.play().await;
        self.witness.has("start", 1).await;
        self.anna.logged(&job, 1, BEFORE_THE_GATE).await;
        job
    }
}
