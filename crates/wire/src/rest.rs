//! Bodies of REST requests, and answers that are no shape of their own.

use model::parameter::GivenValue;
use model::{AgentId, Role, StopMode, UserId};
use serde::{Deserialize, Serialize};

use crate::shapes::Scope;
use crate::{IdText, SecretText};

shapes! {
    /// `POST /setup`
    SetUp {
        /// The token of the setup link.
        link: SecretText,
        /// The person's name.
        name: String,
        /// Their address.
        email: String,
        /// Their password.
        password: SecretText,
    }

    /// `POST /invites/accept`
    AcceptInvite {
        /// The token of the invite's link.
        invite: SecretText,
        /// The person's name.
        name: String,
        /// Their address.
        email: String,
        /// Their password.
        password: SecretText,
    }

    /// `POST /invites`
    CreateInvite {
        /// What the account may do: `admin` or `user`.
        role: Role,
    }

    /// `PATCH /users/{userId}`. Absent: as before.
    PatchUser {}
    + optional {
        /// `admin` or `user`.
        role: Role,
        /// Whether nobody can sign in with it.
        disabled: bool,
    }

    /// `PATCH /me`. Absent: as before.
    PatchMe {}
    + optional {
        /// Another name.
        name: String,
        /// Another password.
        password: SecretText,
        /// The one that counts until now.
        old_password: SecretText,
        /// What the page keeps for them; merged key by key.
        #[cfg_attr(feature = "export", ts(type = "Record<string, unknown>"))]
        settings: serde_json::Map<String, serde_json::Value>,
    }

    /// `POST /users/{userId}/robots` as JSON
    CreateRobot {
        /// Its name.
        name: String,
        /// The text of its `.robot` file.
        source: String,
    }

    /// `PATCH /robots/{id}`. Absent: as before.
    PatchRobot {}
    + optional {
        /// Another name.
        name: String,
        /// Another description.
        description: String,
        /// Other labels.
        labels: Vec<String>,
        /// Settings; merged key by key. `"timeoutMs": null` removes the time limit.
        #[cfg_attr(
            feature = "export",
            ts(type = "Partial<Omit<RobotSettings, 'timeoutMs'>> & { timeoutMs?: number | null }")
        )]
        settings: serde_json::Map<String, serde_json::Value>,
        /// Marked or not.
        favourite: bool,
    }

    /// `POST /robots/check` as JSON
    CheckSource {
        /// The text of a `.robot` file.
        source: String,
    }

    /// `POST /jobs/{id}/cancel`
    CancelJob {
        /// How.
        mode: StopMode,
    }

    /// `PATCH /agents/{id}`. Absent: as before.
    PatchAgent {}
    + optional {
        /// Another name.
        name: String,
        /// Other labels.
        labels: Vec<String>,
        /// The most attempts at once: 1–64.
        #[serde(deserialize_with = "crate::shape::between_if_given::<1, 64, _, _>")]
        slots: u32,
        /// Whether it takes nothing new.
        paused: bool,
    }

    /// `POST /pairings`, by an agent without a credential
    CreatePairing {
        /// The user id that was entered.
        user_id: IdText,
        /// SHA-256 of the agent's key (of the decoded bytes), base64url.
        key_hash: String,
        /// The computer's own name.
        host: String,
        /// The operating system; an open list.
        os: String,
        /// Who is signed in there.
        os_user: String,
        /// The program's version.
        version: String,
    }
    + optional {
        /// The name that is asked for.
        name: String,
        /// The labels that are asked for.
        labels: Vec<String>,
    }

    /// `POST /pairings/{id}/approve`
    ApprovePairing {
        /// The code that the person sees; case and dash do not matter.
        code: String,
    }

    /// `POST /pairings/deny`
    DenyFrom {
        /// All that wait from this address.
        address: String,
    }

    /// The answer to `POST /pairings/deny`
    DeniedFrom {
        /// How many were denied.
        denied: u32,
    }

    /// `POST /enrolments`
    CreateEnrolment {}
    + optional {
        /// How often it may be used: 1–1,000; 1 if absent.
        #[serde(deserialize_with = "crate::shape::between_if_given::<1, 1_000, _, _>")]
        uses: u32,
        /// How long it lives: at most 7 days; an hour if absent.
        #[serde(deserialize_with = "crate::shape::between_if_given::<1, 604_800_000, _, _>")]
        expires_in_ms: u64,
        /// Labels of its agents.
        labels: Vec<String>,
        /// The name of its agents.
        name: String,
    }

    /// `POST /agents`, with an enrolment token
    Enrol {
        /// The enrolment token.
        token: SecretText,
        /// SHA-256 of the agent's key (of the decoded bytes), base64url.
        key_hash: String,
        /// The computer's own name.
        host: String,
        /// The operating system; an open list.
        os: String,
        /// Who is signed in there.
        os_user: String,
        /// The program's version.
        version: String,
    }
    + optional {
        /// The name that is asked for.
        name: String,
        /// The labels that are asked for.
        labels: Vec<String>,
    }

    /// The answer to `POST /agents`
    EnrolAnswer {
        /// The agent.
        agent_id: AgentId,
        /// Whose it is.
        user_id: UserId,
    }

    /// `POST /tokens`
    CreateToken {
        /// Its name.
        name: String,
        /// What it may do.
        scopes: Vec<Scope>,
    }
    + optional {
        /// How long it lives; absent: for ever.
        expires_in_ms: u64,
    }
}

/// `POST /session`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "export", derive(ts_rs::TS))]
#[serde(untagged)]
pub enum SignIn {
    /// With a one-time link.
    Link {
        /// Its token.
        link: SecretText,
    },
    /// With a password.
    Password {
        /// The address.
        email: String,
        /// The password.
        password: SecretText,
    },
}

/// `POST /jobs/{id}/retry`. The body may be absent; secrets must be given again.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "export", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Retry {
    /// The secrets of the job.
    #[serde(default)]
    #[cfg_attr(feature = "export", ts(type = "PlayValue[]"))]
    pub parameters: Vec<GivenValue>,
}

/// `POST /jobs`: as `play`, with the request id in the header or the body.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "export", derive(ts_rs::TS), ts(optional_fields))]
#[serde(rename_all = "camelCase")]
pub struct CreateJob {
    /// The caller's id for this request; the header `Idempotency-Key` is stronger.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// The robot.
    pub robot_id: IdText,
    /// Its version; absent: the latest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u32>,
    /// The values that were entered.
    #[serde(default)]
    #[cfg_attr(feature = "export", ts(type = "PlayValue[]"))]
    pub parameters: Vec<GivenValue>,
    /// On this computer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<IdText>,
    /// On one with this label.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_label: Option<String>,
}
