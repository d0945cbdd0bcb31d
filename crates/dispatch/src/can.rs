//! What a person may do with a job, or why not. Pure.

use model::{Job, JobState, StopMode, Timestamp};

use crate::cancel::may_still_run;

/// A permission, or the reason why it is missing.
pub type Permission = Result<(), &'static str>;

/// What may be done with a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Can {
    /// End it softly.
    pub cancel: Permission,
    /// End its programs where they stand.
    pub kill: Permission,
    /// Play the same again.
    pub retry: Permission,
}

/// What may be done with `job`. `told_after` is the moment before which a lost attempt is not
/// heard any more.
#[must_use]
pub fn can(job: &Job, told_after: Timestamp) -> Can {
    let asked = job.cancel.as_ref().map(|request| request.mode);
    let unless_asked = |mode: StopMode| match asked {
        None => Ok(()),
        Some(StopMode::Stop) if mode == StopMode::Kill => Ok(()),
        Some(StopMode::Stop) => Err("it is being stopped"),
        Some(StopMode::Kill) => Err("it is being killed"),
    };
    match &job.state {
        JobState::Waiting { .. } => Can {
            cancel: Ok(()),
            kill: Err("nothing is executing"),
            retry: Err("it has not ended"),
        },
        JobState::Executing { .. } => Can {
            cancel: unless_asked(StopMode::Stop),
            kill: unless_asked(StopMode::Kill),
            retry: Err("it has not ended"),
        },
        JobState::Ended { .. } if may_still_run(job, told_after).next().is_some() => Can {
            cancel: unless_asked(StopMode::Stop),
            kill: unless_asked(StopMode::Kill),
            retry: Ok(()),
        },
        JobState::Ended { .. } => Can {
            cancel: Err("it has ended"),
            kill: Err("it has ended"),
            retry: Ok(()),
        },
    }
}
