//! Agents, pairings and enrolments as they are shown.

use model::{AgentId, Check, EnrolmentId, JobId, PairingId, Timestamp};

words! {
    /// Whether an agent is heard from.
    AgentState {
        /// It is.
        Online = "online",
        /// Not for a while.
        Silent = "silent",
        /// Not for long, or it said goodbye.
        Offline = "offline",
    }

    /// What was answered to a pairing.
    PairingState {
        /// Nothing yet.
        Pending = "pending",
        /// The computer is an agent now.
        Approved = "approved",
        /// No.
        Denied = "denied",
        /// Nobody answered in time.
        Expired = "expired",
    }
}

shapes! {
    /// The desktop app on one computer.
    Agent {
        /// Its id.
        id: AgentId,
        /// Its name.
        name: String,
        /// The computer's own name.
        host: String,
        /// The operating system; an open list.
        os: String,
        /// The program's version.
        version: String,
        /// Its labels.
        labels: Vec<String>,
        /// The most attempts at once.
        slots: u32,
        /// The most attempts at once that its program allows.
        program_slots: u32,
        /// Open offers and attempts.
        busy: u32,
        /// Its user wants it to take nothing new.
        paused: bool,
        /// Grows with each change that people see.
        rev: u64,
        /// Whether it is heard from.
        state: AgentState,
        /// What it works on.
        running: Vec<Running>,
        /// What it found on its computer.
        checks: Vec<Check>,
        /// When it was paired.
        created_at: Timestamp,
    }
    + optional {
        /// Its last sign of life.
        last_seen_at: Timestamp,
        /// When it last told its checks, by the server's clock.
        checked_at: Timestamp,
        /// It was removed.
        deleted: bool,
    }

    /// An attempt that an agent works on.
    Running {
        /// The job.
        job_id: JobId,
        /// The attempt.
        attempt: u32,
        /// The robot's name.
        robot_name: String,
    }

    /// A computer's request to be let in.
    Pairing {
        /// Its id.
        id: PairingId,
        /// The code that terminal and page show.
        code: String,
        /// The computer's own name.
        host: String,
        /// The operating system.
        os: String,
        /// Who is signed in there.
        os_user: String,
        /// Where the request came from.
        address: String,
        /// The program's version.
        version: String,
        /// What was answered.
        state: PairingState,
        /// The labels that were asked for.
        labels: Vec<String>,
        /// When it was made.
        created_at: Timestamp,
        /// When it runs out.
        expires_at: Timestamp,
    }
    + optional {
        /// The agent that it became.
        agent_id: AgentId,
        /// For the agent: how often to ask.
        poll_ms: u64,
    }

    /// A token that makes agents without a person in front of them.
    Enrolment {
        /// Its id.
        id: EnrolmentId,
        /// Labels of its agents.
        labels: Vec<String>,
        /// How often it may be used.
        uses: u32,
        /// How often it was used.
        used: u32,
        /// When it runs out.
        expires_at: Timestamp,
        /// When it was made.
        created_at: Timestamp,
    }
    + optional {
        /// The name of its agents.
        name: String,
        /// The token itself: shown once, in the answer to its making.
        token: crate::SecretText,
    }
}
