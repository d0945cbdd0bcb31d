//! From what the verbs refuse to the errors of the wire: the one place where codes are chosen.

use dispatch::{
    ApproveRefused, CancelRefused, ClaimRefused, ConfirmRefused, DeclineRefused, EnrolRefused,
    EnrolmentRefused, EventsRefused, FinishRefused, PairingRefused, PlayRefused, PollRefused,
    RetryRefused,
};
use store::StoreError;
use wire::{ErrorBody, ErrorCode, Field};

/// When to try again after the store was away.
const STORE_AWAY_MS: u64 = 2_000;
/// When to send batches again after too many.
const BATCHES_MS: u64 = 100;
/// When to ask to be paired again after too many.
const PAIRINGS_MS: u64 = 60_000;

/// A refusal on its way out: the error without its reference, and what only the log may say.
#[derive(Debug, Clone, PartialEq)]
pub struct Refused {
    /// What the peer is told.
    pub body: ErrorBody,
    /// Why, for the log; only where somebody must act or the service is degraded.
    pub cause: Option<String>,
}

impl Refused {
    /// A refusal with this code and sentence.
    #[must_use]
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        ErrorBody::new(code, message).into()
    }

    /// An `invalid` of one field.
    #[must_use]
    pub fn invalid(name: impl Into<String>, message: impl Into<String>) -> Self {
        let (name, message) = (name.into(), message.into());
        ErrorBody::invalid(vec![Field { name, message }]).into()
    }

    /// There is no such thing, or it is not yours.
    #[must_use]
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::NotFound, message)
    }

    /// A mistake of ours.
    #[must_use]
    pub fn internal(cause: impl Into<String>) -> Self {
        let body = ErrorBody::new(ErrorCode::Internal, "the server made a mistake")
            .hint("the server's log says more under this reference");
        Self {
            body,
            cause: Some(cause.into()),
        }
    }

    /// The error for the peer, with its reference. Reports the cause.
    #[must_use]
    pub fn into_body(self, reference: &str) -> ErrorBody {
        let Self { mut body, cause } = self;
        reference.clone_into(&mut body.reference);
        if let Some(cause) = cause {
            if body.code == ErrorCode::Internal {
                tracing::error!(reference, cause, "a request failed");
            } else {
                tracing::warn!(reference, cause, "a request could not be served");
            }
        }
        body
    }
}

impl From<ErrorBody> for Refused {
    fn from(body: ErrorBody) -> Self {
        Self { body, cause: None }
    }
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        match &error {
            StoreError::Unavailable(_) | StoreError::Unknown(_) => {
                let mut body = ErrorBody::new(ErrorCode::TryAgain, "the store does not answer");
                body.retry_after_ms = Some(STORE_AWAY_MS);
                Self {
                    body,
                    cause: Some(error.to_string()),
                }
            }
            StoreError::Corrupt { .. } => Self::internal(error.to_string()),
        }
    }
}

/// The answer to a batch of events beyond those that may be unanswered; it was not stored.
#[must_use]
pub fn too_many_batches(in_flight: u32) -> Refused {
    let message = format!("more than {in_flight} batches are unanswered");
    let mut body = ErrorBody::new(ErrorCode::SlowDown, message);
    body.retry_after_ms = Some(BATCHES_MS);
    body.into()
}

pub(crate) fn not_joined() -> Refused {
    Refused::new(
        ErrorCode::NotJoined,
        "this connection has not joined, or was followed by a newer one",
    )
}

pub(crate) fn stale() -> Refused {
    Refused::new(
        ErrorCode::StaleAttempt,
        "that attempt is not this agent's, or no longer",
    )
}

fn missing(up_to: u64) -> Refused {
    let message = format!("events are missing after {up_to}");
    let mut body = ErrorBody::new(ErrorCode::MissingEvents, message);
    body.up_to = Some(up_to);
    body.into()
}

impl From<ClaimRefused> for Refused {
    fn from(refused: ClaimRefused) -> Self {
        match refused {
            ClaimRefused::NotJoined => not_joined(),
            ClaimRefused::Replaced => Self::new(
                ErrorCode::Replaced,
                "another process uses this computer's key",
            ),
            ClaimRefused::Removed => {
                Self::new(ErrorCode::Revoked, "this computer was removed by its user")
            }
            ClaimRefused::Store(error) => error.into(),
        }
    }
}

impl From<ConfirmRefused> for Refused {
    fn from(refused: ConfirmRefused) -> Self {
        match refused {
            ConfirmRefused::Stale => stale(),
            ConfirmRefused::OldConnection => not_joined(),
            ConfirmRefused::Unsealable(error) => Self::internal(error.to_string()),
            ConfirmRefused::Store(error) => error.into(),
        }
    }
}

impl From<DeclineRefused> for Refused {
    fn from(refused: DeclineRefused) -> Self {
        match refused {
            DeclineRefused::Stale => stale(),
            DeclineRefused::OldConnection => not_joined(),
            DeclineRefused::Confirmed => Self::new(
                ErrorCode::Conflict,
                "the attempt was confirmed and can no longer be declined",
            ),
            DeclineRefused::Store(error) => error.into(),
        }
    }
}

impl From<EventsRefused> for Refused {
    fn from(refused: EventsRefused) -> Self {
        match refused {
            EventsRefused::Stale => stale(),
            EventsRefused::OldConnection => not_joined(),
            EventsRefused::NotConfirmed => not_confirmed(),
            EventsRefused::Missing { up_to } => missing(up_to),
            EventsRefused::BeyondTheEnd { .. } => Self::new(
                ErrorCode::Conflict,
                "the attempt was finished before these events",
            ),
            EventsRefused::Store(error) => error.into(),
        }
    }
}

impl From<FinishRefused> for Refused {
    fn from(refused: FinishRefused) -> Self {
        match refused {
            FinishRefused::Stale => stale(),
            FinishRefused::OldConnection => not_joined(),
            FinishRefused::NotConfirmed => not_confirmed(),
            FinishRefused::Missing { up_to } => missing(up_to),
            FinishRefused::BelowStored { up_to } => Self::invalid(
                "lastSeq",
                format!("it lies before {up_to}, which is stored"),
            ),
            FinishRefused::Store(error) => error.into(),
        }
    }
}

fn not_confirmed() -> Refused {
    Refused::new(
        ErrorCode::NotConfirmed,
        "the offer was not confirmed; nothing can be reported of it",
    )
}

impl From<PlayRefused> for Refused {
    fn from(refused: PlayRefused) -> Self {
        match refused {
            PlayRefused::RobotGone => Self::not_found("there is no such robot"),
            PlayRefused::VersionGone(version) => {
                Self::not_found(format!("the robot has no version {version}"))
            }
            PlayRefused::AgentGone => Self::not_found("there is no such computer"),
            PlayRefused::Parameters(problems) => {
                let fields = problems.into_iter().map(|problem| Field {
                    name: problem.name,
                    message: problem.message,
                });
                ErrorBody::invalid(fields.collect()).into()
            }
            PlayRefused::TooLarge { most } => Self::new(
                ErrorCode::TooLarge,
                format!("the parameters have more than {most} bytes"),
            ),
            PlayRefused::RequestIdTaken { job } => {
                let message = "this request id was used for something else";
                let mut body = ErrorBody::new(ErrorCode::Conflict, message);
                body.job_id = Some(job);
                body.into()
            }
            PlayRefused::Store(error) => error.into(),
        }
    }
}

/// For a repeated job; `job` of a conflict is the caller's to add.
impl From<RetryRefused> for Refused {
    fn from(refused: RetryRefused) -> Self {
        match refused {
            RetryRefused::JobGone => Self::not_found("there is no such job"),
            RetryRefused::NotEnded(_) => Self::new(ErrorCode::Conflict, "the job has not ended"),
            RetryRefused::Play(refused) => refused.into(),
        }
    }
}

/// For a cancel; `job` of a conflict is the caller's to add.
impl From<CancelRefused> for Refused {
    fn from(refused: CancelRefused) -> Self {
        match refused {
            CancelRefused::JobGone => Self::not_found("there is no such job"),
            CancelRefused::HasEnded(job) => Self::new(
                ErrorCode::Conflict,
                format!("the job had already ended: {}", job.status().as_str()),
            ),
            CancelRefused::Store(error) => error.into(),
        }
    }
}

impl From<PairingRefused> for Refused {
    fn from(refused: PairingRefused) -> Self {
        match refused {
            PairingRefused::KeyTaken => key_taken(),
            PairingRefused::TooMany => {
                let message = "too many computers wait for an answer";
                let mut body = ErrorBody::new(ErrorCode::SlowDown, message);
                body.retry_after_ms = Some(PAIRINGS_MS);
                body.into()
            }
            PairingRefused::Store(error) => error.into(),
        }
    }
}

fn key_taken() -> Refused {
    let body = ErrorBody::new(ErrorCode::Conflict, "this key was used before");
    body.hint("make a new key and ask again").into()
}

impl From<PollRefused> for Refused {
    fn from(refused: PollRefused) -> Self {
        match refused {
            PollRefused::Unknown => Self::new(
                ErrorCode::Unauthenticated,
                "there is no pairing of this id with this key",
            ),
            PollRefused::Store(error) => error.into(),
        }
    }
}

impl From<ApproveRefused> for Refused {
    fn from(refused: ApproveRefused) -> Self {
        match refused {
            ApproveRefused::Gone => Self::not_found("there is no such pairing"),
            ApproveRefused::WrongCode(_) => {
                Self::invalid("code", "this is not the code that the computer shows")
            }
            ApproveRefused::Conflict(_) => Self::new(
                ErrorCode::Conflict,
                "the pairing was answered before, or has expired",
            ),
            ApproveRefused::Store(error) => error.into(),
        }
    }
}

impl From<EnrolmentRefused> for Refused {
    fn from(refused: EnrolmentRefused) -> Self {
        match refused {
            EnrolmentRefused::Uses => Self::invalid("uses", refused.to_string()),
            EnrolmentRefused::Life => Self::invalid("expiresInMs", refused.to_string()),
            EnrolmentRefused::Store(error) => error.into(),
        }
    }
}

impl From<EnrolRefused> for Refused {
    fn from(refused: EnrolRefused) -> Self {
        match refused {
            EnrolRefused::Token => Self::new(ErrorCode::Unauthenticated, refused.to_string()),
            EnrolRefused::KeyTaken => key_taken(),
            EnrolRefused::Store(error) => error.into(),
        }
    }
}
