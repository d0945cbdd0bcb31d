//! What is asked of a server in a trial.

use std::fmt;

use reqwest::Method;

/// Something that is asked.
pub(super) struct Row {
    pub(super) door: Door,
    /// The path or the message's name, with things in `<>`.
    pub(super) what: &'static str,
    /// Its JSON, with things in `<>`.
    pub(super) body: &'static str,
    pub(super) by: By,
    /// What may be answered when it is asked again after it was refused.
    pub(super) again: &'static [&'static str],
    /// What may be otherwise in the end when it had to be asked again.
    pub(super) but: &'static [&'static str],
    /// Asked again, it is recognised, also when every answer of the first time was lost.
    pub(super) is_recognised: bool,
    /// What says the same as `ok`: it was done.
    pub(super) good_as: &'static str,
    /// Verbs that it can do without.
    pub(super) needs_not: &'static [&'static str],
    /// Also who asks and what is noted of it is tried: the same for all others.
    pub(super) is_whole: bool,
}

/// Where it is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Door {
    Rest(Method),
    /// A message of a computer.
    Computer,
    /// A message of a page.
    Page,
    /// A socket that is opened, by polling.
    Handshake,
    /// A turn of the sweep.
    Sweep,
    /// Whether the server is ready.
    Ready,
    /// A second server that starts.
    Start,
}

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    Anna,
    Nobody,
    /// By the value of the `Authorization` field, with things in `<>`.
    Credential(&'static str),
    /// By the value of the cookie, with things in `<>`.
    Cookie(&'static str),
}

pub(super) fn rest(method: Method, what: &'static str) -> Row {
    Row::at(Door::Rest(method), what)
}

impl Row {
    pub(super) fn at(door: Door, what: &'static str) -> Self {
        Self {
            door,
            what,
            body: "",
            by: By::Anna,
            again: &[],
            but: &[],
            is_recognised: false,
            good_as: "ok",
            needs_not: &[],
            is_whole: false,
        }
    }

    pub(super) fn body(self, body: &'static str) -> Self {
        Self { body, ..self }
    }

    pub(super) fn by(self, by: By) -> Self {
        Self { by, ..self }
    }

    pub(super) fn again(self, again: &'static [&'static str]) -> Self {
        Self { again, ..self }
    }

    pub(super) fn but(self, but: &'static [&'static str]) -> Self {
        Self { but, ..self }
    }

    pub(super) fn recognised(self) -> Self {
        Self {
            is_recognised: true,
            ..self
        }
    }

    pub(super) fn good_as(self, good_as: &'static str) -> Self {
        Self { good_as, ..self }
    }

    pub(super) fn needs_not(self, needs_not: &'static [&'static str]) -> Self {
        Self { needs_not, ..self }
    }

    pub(super) fn whole(self) -> Self {
        Self {
            is_whole: true,
            ..self
        }
    }

    /// Whether this call is another row's: it finds out who asks, or notes what was done.
    pub(super) fn spares(&self, verb: &str, nth: usize) -> bool {
        let of_all = matches!((verb, nth), ("session" | "user", 1) | ("note_change", _));
        of_all && !self.is_whole && matches!(self.door, Door::Rest(_))
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {} {}", self.door, self.what, self.body)
    }
}
