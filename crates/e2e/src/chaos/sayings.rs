//! Every kind of message, and the moments at which a line is cut there.

use std::fmt;

use testkit::{Cut, Moment, Side};

use super::dice::Dice;
use super::points::{CANCEL, PLAY, UPLOAD};

/// What is said on the lines of agents.
const OF_AGENTS: [(Side, &str); 13] = [
    (Side::Client, "join"),
    (Side::Client, "claim"),
    (Side::Client, "confirm"),
    (Side::Client, "decline"),
    (Side::Client, "events"),
    (Side::Client, "finish"),
    (Side::Client, "renew"),
    (Side::Client, UPLOAD),
    (Side::Client, "GET /api/v1/attempts"),
    (Side::Server, "work"),
    (Side::Server, "cancel"),
    (Side::Server, "check"),
    (Side::Server, "goodbye"),
];
/// What is said on the line of the people: by their page, and by REST.
const OF_PEOPLE: [(Side, &str); 17] = [
    (Side::Client, "join"),
    (Side::Client, "leave"),
    (Side::Client, "play"),
    (Side::Client, "cancel"),
    (Side::Client, "watch"),
    (Side::Client, "unwatch"),
    (Side::Client, PLAY),
    (Side::Client, CANCEL),
    (Side::Client, "POST /api/v1/agents"),
    (Side::Client, "POST /api/v1/pairings"),
    (Side::Client, "PATCH /api/v1/robots"),
    (Side::Server, "job"),
    (Side::Server, "robot"),
    (Side::Server, "agent"),
    (Side::Server, "pairing"),
    (Side::Server, "events"),
    (Side::Server, "goodbye"),
];

/// A message and a moment of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Saying {
    /// On the line of the people, not on that of an agent.
    pub(crate) of_people: bool,
    side: Side,
    message: &'static str,
    moment: Moment,
}

impl Saying {
    /// Every one.
    pub(crate) fn all() -> Vec<Self> {
        let agents = OF_AGENTS.iter().map(|it| (false, it));
        let people = OF_PEOPLE.iter().map(|it| (true, it));
        let mut all = Vec::new();
        for (of_people, (side, message)) in agents.chain(people) {
            // What the server says is not answered.
            let moments: &[Moment] = match side {
                Side::Client => &[
                    Moment::Before,
                    Moment::Within,
                    Moment::Passed,
                    Moment::Answer,
                ],
                Side::Server => &[Moment::Before, Moment::Within, Moment::Passed],
            };
            all.extend(moments.iter().map(|moment| Self {
                of_people,
                side: *side,
                message,
                moment: *moment,
            }));
        }
        all
    }

    /// The cut there.
    pub(crate) fn cut(self) -> Cut {
        Cut {
            side: self.side,
            message: self.message.to_owned(),
            moment: self.moment,
        }
    }
}

impl fmt::Display for Saying {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whose = if self.of_people { "people" } else { "agent" };
        let who = match self.side {
            Side::Client => whose.to_owned(),
            Side::Server => format!("server to {whose}"),
        };
        write!(f, "{who}: `{}` {:?}", self.message, self.moment)
    }
}

/// Deals them like cards, so that each has its turn: which comes when is the dice's matter.
pub(crate) struct Sayings {
    dice: Dice,
    left: Vec<Saying>,
}

impl Sayings {
    pub(crate) fn new(dice: Dice) -> Self {
        let left = Vec::new();
        Self { dice, left }
    }

    pub(crate) fn next(&mut self) -> Saying {
        if self.left.is_empty() {
            self.left = Saying::all();
        }
        let at = self.dice.index(self.left.len());
        self.left.swap_remove(at)
    }
}
