//! What the rules say, in the judge's words.

use judge::{Failure, FinalAttempt, RobotEnd};
use model::{AttemptKey, Ending, JobId, Outcome, PastAttempt, Reported, Status};

pub(crate) fn job_of(job: JobId) -> judge::JobId {
    job.to_string().into()
}

pub(crate) fn attempt_of(key: AttemptKey) -> judge::Attempt {
    judge::Attempt {
        job: job_of(key.job),
        n: key.attempt,
    }
}

pub(crate) fn status_of(status: Status) -> judge::Status {
    match status {
        Status::Waiting => judge::Status::Waiting,
        Status::Executing => judge::Status::Executing,
        Status::Success => judge::Status::Success,
        Status::Failed => judge::Status::Failed,
        Status::Cancelled => judge::Status::Cancelled,
    }
}

pub(crate) fn how_of(outcome: &Outcome) -> RobotEnd {
    match &outcome.ending {
        Ending::Success => RobotEnd::Success,
        Ending::Failed { .. } => RobotEnd::Failed,
        Ending::Cancelled { .. } => RobotEnd::Killed,
    }
}

/// What the store says of an attempt.
pub(crate) fn final_attempt(past: &PastAttempt) -> FinalAttempt {
    let (late, last_seq) = match &past.reported {
        Reported::InTime { last_seq } => (None, Some(*last_seq)),
        Reported::Late {
            outcome, last_seq, ..
        } => (Some(outcome_of(outcome)), Some(*last_seq)),
        Reported::NotYet | Reported::Never => (None, None),
    };
    FinalAttempt {
        n: past.attempt.n,
        agent: past.attempt.by.agent.to_string().into(),
        outcome: Some(outcome_of(&past.outcome)),
        late,
        last_seq,
    }
}

fn outcome_of(outcome: &Outcome) -> judge::Outcome {
    match &outcome.ending {
        Ending::Success => judge::Outcome::Success,
        Ending::Failed { failure, .. } => judge::Outcome::Failed(match failure {
            model::Failure::AgentLost => Failure::AgentLost,
            model::Failure::Robot | model::Failure::Timeout => Failure::Robot,
            _ => Failure::Other,
        }),
        Ending::Cancelled { .. } => judge::Outcome::Cancelled,
    }
}

/// Whether the store says that its agent was silent.
pub(crate) fn is_silence(past: &PastAttempt) -> bool {
    let silent = |message: &str| message.contains("was not heard from");
    matches!(&past.outcome.ending, Ending::Failed { message, .. } if silent(message))
}
