//! Jobs as they are shown.

use std::collections::BTreeMap;

use model::parameter::FilledValue;
use model::{
    Actor, AgentId, ArtifactId, JobId, Outcome, RobotId, Status, StopMode, Timestamp, UserId,
};
use serde::{Deserialize, Serialize};

shapes! {
    /// One execution that somebody asked for.
    Job {
        /// Its id.
        id: JobId,
        /// Its number for people: of this robot, from 1, with holes, never reused.
        number: u64,
        /// Whose it is.
        user_id: UserId,
        /// What it runs.
        robot_id: RobotId,
        /// The robot's name at play.
        robot_name: String,
        /// The robot's version.
        robot_version: u32,
        /// What people see.
        status: Status,
        /// Grows with each stored change except events.
        rev: u64,
        /// When the computed parts were computed: of two with one `rev` the later counts.
        as_of: Timestamp,
        /// When it was accepted.
        created_at: Timestamp,
        /// Who asked for it.
        created_by: Actor,
        /// What may be done with it now.
        can: Can,
    }
    + optional {
        /// All declared ones in their order. Left out in pushes and lists.
        parameters: Vec<FilledValue>,
        /// Of the latest offer or attempt.
        attempt: u32,
        /// Of the latest offer or attempt.
        agent_id: AgentId,
        /// Of the latest offer or attempt.
        agent_name: String,
        /// As asked for.
        wanted_agent_id: AgentId,
        /// As asked for.
        wanted_agent_label: String,
        /// When the latest confirmed attempt was confirmed, by the server's clock.
        started_at: Timestamp,
        /// When its end was stored, by the server's clock.
        ended_at: Timestamp,
        /// The last stored event of the latest confirmed attempt.
        last_seq: u64,
        /// From the request until the end.
        cancelling: Cancelling,
        /// How it ended.
        outcome: Outcome,
        /// What was reported after the server had ended it.
        late: Late,
        /// Why it waits.
        why_waiting: WhyWaiting,
        /// Since when its agent is silent, while it executes.
        silent_since: Timestamp,
        /// The job whose content it repeats.
        retry_of: JobId,
        /// It was deleted.
        deleted: bool,
    }

    /// A request to end a job.
    Cancelling {
        /// How.
        mode: StopMode,
        /// Who asked.
        by: Actor,
        /// When.
        at: Timestamp,
        /// It was sent to a connected agent or stood in an answer to it.
        reached: bool,
    }

    /// An outcome that was reported after the server had ended the attempt.
    Late {
        /// What really happened.
        outcome: Outcome,
        /// When it was reported.
        at: Timestamp,
    }

    /// Why a job waits.
    WhyWaiting {
        /// For programs; an open list.
        code: String,
        /// For people.
        message: String,
        /// What the sentence is made of. Times are absolute.
        args: BTreeMap<String, serde_json::Value>,
    }

    /// What may be done with a job.
    Can {
        /// End it.
        #[cfg_attr(feature = "export", ts(type = "Allowed"))]
        cancel: Permission,
        /// End it by force.
        #[cfg_attr(feature = "export", ts(type = "Allowed"))]
        kill: Permission,
        /// Ask for the same again.
        #[cfg_attr(feature = "export", ts(type = "Allowed"))]
        retry: Permission,
    }

    /// One attempt that was confirmed.
    Attempt {
        /// Its number.
        n: u32,
        /// Its agent.
        agent_id: AgentId,
        /// Its agent's name.
        agent_name: String,
        /// When it was offered.
        offered_at: Timestamp,
        /// When it was confirmed.
        started_at: Timestamp,
        /// The last event that is stored.
        last_seq: u64,
        /// Events up to the reported end that are not stored.
        missing: u64,
    }
    + optional {
        /// When it ended.
        ended_at: Timestamp,
        /// How it ended.
        outcome: Outcome,
        /// What was reported after the server had ended it.
        late: Late,
    }

    /// Events of an attempt, oldest first.
    EventPage {
        /// The events.
        items: Vec<crate::event::RawEvent>,
        /// The last event that is stored.
        up_to: u64,
    }
    + optional {
        /// The attempt; absent if there is none.
        attempt: u32,
        /// Where the next page begins.
        next_after: u64,
    }

    /// One step of an attempt with those inside it.
    Step {
        /// Its number, from 1 in the attempt.
        step: u64,
        /// `suite` `task` `keyword` `for` `environment` …; an open list.
        r#type: String,
        /// Its name.
        name: String,
        /// Its arguments.
        args: Vec<String>,
        /// The event that started it.
        first_seq: u64,
        /// When that was.
        started_at: Timestamp,
        /// The steps inside it, in their order.
        children: Vec<Step>,
    }
    + optional {
        /// The step that it stands in.
        parent: u64,
        /// How it ended: `pass` `fail` `skip` `not_run`, an open list; absent: not yet.
        status: String,
        /// How long it took.
        elapsed_ms: u64,
        /// How long it usually takes.
        usual_ms: u64,
    }

    /// The steps of an attempt.
    StepPage {
        /// The outermost ones.
        items: Vec<Step>,
    }
    + optional {
        /// The attempt; absent if there is none.
        attempt: u32,
        /// There are more or deeper ones than can be told.
        more: bool,
    }

    /// What a search found, oldest first.
    HitPage {
        /// The events.
        items: Vec<Hit>,
        /// The last event that was looked at: where the next page begins, if it is below `upTo`.
        searched_to: u64,
        /// The last event that is stored.
        up_to: u64,
    }
    + optional {
        /// The attempt; absent if there is none.
        attempt: u32,
    }

    /// An event that a search found.
    Hit {
        /// Its number.
        seq: u64,
        /// When it happened.
        at: Timestamp,
        /// What was written.
        text: String,
    }
    + optional {
        /// The step that it belongs to.
        step: u64,
        /// Its level.
        level: String,
    }

    /// A file that an attempt left behind.
    Artifact {
        /// Its id.
        id: ArtifactId,
        /// The job.
        job_id: JobId,
        /// The attempt.
        attempt: u32,
        /// Its name.
        name: String,
        /// Its size.
        size_bytes: u64,
        /// Its media type.
        media_type: String,
        /// Its digest.
        sha256: model::Sha256,
        /// When it came.
        created_at: Timestamp,
    }
}

/// Whether something may be done: `true`, or why not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Permission {
    /// It may.
    Yes(
        /// Always true.
        crate::error::True,
    ),
    /// It may not.
    No {
        /// Why, as a fragment for people.
        no: String,
    },
}

impl Permission {
    /// It may.
    pub const YES: Self = Self::Yes(crate::error::True);

    /// It may not, because of `why`.
    #[must_use]
    pub fn no(why: impl Into<String>) -> Self {
        Self::No { no: why.into() }
    }
}
