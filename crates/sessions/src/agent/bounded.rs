//! Texts of strangers, cut to what is kept of them.

use model::{Check, Ending, Outcome};

/// The longest name of a thing: a version, a host, a code.
const NAME: usize = 200;
/// The longest sentence.
const SENTENCE: usize = 4_000;
/// The most checks that are kept.
const CHECKS: usize = 100;

pub(super) fn cut(mut text: String, most: usize) -> String {
    let mut end = text.len().min(most);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
    text
}

pub(super) fn name(text: String) -> String {
    cut(text, NAME)
}

pub(super) fn sentence(text: String) -> String {
    cut(text, SENTENCE)
}

pub(super) fn checks(checks: Vec<Check>) -> Vec<Check> {
    let kept = checks.into_iter().take(CHECKS).map(|check| Check {
        code: name(check.code),
        ok: check.ok,
        text: sentence(check.text),
    });
    kept.collect()
}

pub(super) fn outcome(outcome: Outcome) -> Outcome {
    let ending = match outcome.ending {
        Ending::Failed {
            failure,
            message,
            step,
        } => Ending::Failed {
            failure: name(failure.into()).into(),
            message: sentence(message),
            step: step.map(sentence),
        },
        other @ (Ending::Success | Ending::Cancelled { .. }) => other,
    };
    Outcome {
        ending,
        ran_ms: outcome.ran_ms,
    }
}
