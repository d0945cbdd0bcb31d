//! Errors, the same on every door.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::shapes::Job;

words! {
    /// What went wrong, for programs.
    ErrorCode {
        /// It cannot be read at all.
        Malformed = "malformed",
        /// Nobody knows who is asking.
        Unauthenticated = "unauthenticated",
        /// The right key of an agent that was removed.
        Revoked = "revoked",
        /// Known, but not allowed.
        Forbidden = "forbidden",
        /// There is no such thing, or it is not yours.
        NotFound = "not_found",
        /// The state forbids it.
        Conflict = "conflict",
        /// That attempt is not yours, or no longer.
        StaleAttempt = "stale_attempt",
        /// That offer was not confirmed.
        NotConfirmed = "not_confirmed",
        /// Events are missing in between.
        MissingEvents = "missing_events",
        /// This connection has not joined, or a later one has.
        NotJoined = "not_joined",
        /// Another process uses the same key.
        Replaced = "replaced",
        /// More than a message or body may hold.
        TooLarge = "too_large",
        /// Read, but not what is asked for.
        Invalid = "invalid",
        /// A version of the wire that this server does not speak.
        UnsupportedVersion = "unsupported_version",
        /// Too much at once.
        SlowDown = "slow_down",
        /// The server drains, or its store is away.
        TryAgain = "try_again",
        /// A mistake of the server. A code that this version does not know is read as this one.
        #[serde(other)]
        Internal = "internal",
    }
}

impl ErrorCode {
    /// The HTTP status of the code.
    #[must_use]
    pub const fn http_status(self) -> u16 {
        match self {
            Self::Malformed => 400,
            Self::Unauthenticated | Self::Revoked => 401,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::Conflict
            | Self::StaleAttempt
            | Self::NotConfirmed
            | Self::MissingEvents
            | Self::NotJoined
            | Self::Replaced => 409,
            Self::TooLarge => 413,
            Self::Invalid => 422,
            Self::UnsupportedVersion => 426,
            Self::SlowDown => 429,
            Self::Internal => 500,
            Self::TryAgain => 503,
        }
    }
}

shapes! {
    /// A field that is wrong.
    #[derive(Eq)]
    #[cfg_attr(feature = "export", ts(rename = "FieldProblem"))]
    Field {
        /// Its path, or the parameter's name for `play`; empty for the whole message.
        name: String,
        /// What is wrong, as a sentence for people.
        message: String,
    }

    /// An error.
    ErrorBody {
        /// What went wrong, for programs.
        code: ErrorCode,
        /// What went wrong, on what and why, for people.
        message: String,
        /// The server's id for this request, also in its log.
        #[serde(default)]
        reference: String,
    }
    + optional {
        /// What to do next.
        hint: String,
        /// With `invalid`.
        fields: Vec<Field>,
        /// With `missing_events`: the last event that is stored.
        up_to: u64,
        /// With `slow_down` and `try_again`.
        retry_after_ms: u64,
        /// With `unsupported_version`: the versions that are spoken.
        supported: Vec<u32>,
        /// With `conflict` of a request id: the job of that request.
        job_id: model::JobId,
        /// With `conflict` of a cancel: the job as it ended.
        job: Box<Job>,
        /// With `conflict` of a source: the latest version.
        version: u32,
    }
}

impl Field {
    /// What is wrong with the message as a whole.
    pub(crate) fn whole(message: impl Into<String>) -> Self {
        Self {
            name: String::new(),
            message: message.into(),
        }
    }
}

impl From<model::parameter::FieldProblem> for Field {
    fn from(problem: model::parameter::FieldProblem) -> Self {
        Self {
            name: problem.name,
            message: problem.message,
        }
    }
}

impl ErrorBody {
    /// An error with nothing but its code and sentence.
    #[must_use]
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            reference: String::new(),
            hint: None,
            fields: None,
            up_to: None,
            retry_after_ms: None,
            supported: None,
            job_id: None,
            job: None,
            version: None,
        }
    }

    /// An `invalid` with its fields.
    #[must_use]
    pub fn invalid(fields: Vec<Field>) -> Self {
        let message = match fields.as_slice() {
            [] => "something in it is wrong".to_owned(),
            [only] if only.name.is_empty() => only.message.clone(),
            [only] => format!("`{}`: {}", only.name, only.message),
            [first, rest @ ..] => {
                format!(
                    "`{}`: {} (and {} more)",
                    first.name,
                    first.message,
                    rest.len()
                )
            }
        };
        Self {
            fields: Some(fields),
            ..Self::new(ErrorCode::Invalid, message)
        }
    }

    /// The same error with what to do next.
    #[must_use]
    pub fn hint(self, hint: impl Into<String>) -> Self {
        Self {
            hint: Some(hint.into()),
            ..self
        }
    }
}

/// An acknowledgement on a socket: `{"ok":true, …}` or `{"ok":false, "error":{…}}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Ack<T> {
    /// Done; the answer's fields stand beside `ok`.
    Done {
        /// Always true.
        ok: True,
        /// The answer.
        #[serde(flatten)]
        answer: T,
    },
    /// Refused.
    Refused {
        /// Always false.
        ok: False,
        /// Why.
        error: ErrorBody,
    },
}

impl<T> Ack<T> {
    /// The acknowledgement of a result.
    pub fn of(result: Result<T, ErrorBody>) -> Self {
        match result {
            Ok(answer) => Self::Done { ok: True, answer },
            Err(error) => Self::Refused { ok: False, error },
        }
    }

    /// The result that was acknowledged.
    ///
    /// # Errors
    /// The refusal.
    pub fn into_result(self) -> Result<T, ErrorBody> {
        match self {
            Self::Done { answer, .. } => Ok(answer),
            Self::Refused { error, .. } => Err(error),
        }
    }
}

/// Reads an acknowledgement, whichever it is.
pub(crate) fn read_ack<T: DeserializeOwned, A>(
    json: &str,
    answer: impl FnOnce(T) -> A,
) -> Result<Result<A, ErrorBody>, Vec<Field>> {
    #[derive(Deserialize)]
    struct Head {
        ok: bool,
        error: Option<ErrorBody>,
    }
    let head: Head = crate::read(json)?;
    if head.ok {
        return crate::read(json).map(|read| Ok(answer(read)));
    }
    head.error.map(Err).ok_or_else(|| {
        vec![Field {
            name: "error".to_owned(),
            message: "missing field `error`".to_owned(),
        }]
    })
}

/// The value `true` and nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "bool", into = "bool")]
pub struct True;

/// The value `false` and nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "bool", into = "bool")]
pub struct False;

impl TryFrom<bool> for True {
    type Error = &'static str;
    fn try_from(value: bool) -> Result<Self, Self::Error> {
        if value {
            Ok(Self)
        } else {
            Err("expected true")
        }
    }
}

impl TryFrom<bool> for False {
    type Error = &'static str;
    fn try_from(value: bool) -> Result<Self, Self::Error> {
        if value {
            Err("expected false")
        } else {
            Ok(Self)
        }
    }
}

impl From<True> for bool {
    fn from(_: True) -> bool {
        true
    }
}

impl From<False> for bool {
    fn from(_: False) -> bool {
        false
    }
}

/// The refusal of a message whose name nobody knows.
pub(crate) fn unknown_message(name: &str) -> Field {
    let known: String = name.chars().take(64).collect();
    Field::whole(format!("there is no message `{known}`"))
}
