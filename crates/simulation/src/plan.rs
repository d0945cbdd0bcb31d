//! What goes wrong in a seed, as data: drawn before anything happens, so that any part of it can
//! be left out and the rest stays what it is.

use crate::dice::Dice;

/// How long things go wrong.
pub(crate) const TROUBLE_MS: u64 = 150_000;
const FEWEST: u64 = 4;
const MOST: u64 = 34;

macro_rules! kinds {
    ($($kind:ident $weight:literal $name:literal,)+) => {
        /// A way to go wrong.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Kind {
            $(#[doc = $name] $kind,)+
        }

        impl Kind {
            const ALL: &[(Self, u64)] = &[$((Self::$kind, $weight)),+];

            /// In words.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$kind => $name,)+
                }
            }
        }
    };
}

kinds! {
    AgentCrashes 4 "an agent crashes",
    CrashBetweenEffects 5 "an agent crashes between two effects",
    PowerCut 4 "the power of a computer is cut",
    PowerCutBetweenEffects 3 "the power of a computer is cut between two effects",
    DiskLies 1 "a disk loses what it said it had",
    RolledBack 2 "a computer's folder is rolled back",
    Copied 1 "a computer's folder is copied to another",
    DiskFull 3 "a computer's disk is full",
    Sleeps 2 "a computer sleeps",
    AgentLeaves 1 "an agent's program is ended and begun again",
    CannotPrepare 2 "robots cannot be prepared",
    SlowSync 2 "syncs are slow",
    LineCut 6 "a line is cut",
    AgentAway 3 "a computer has no network",
    AnswersLost 4 "answers are lost",
    SlowLines 4 "messages are late",
    Split 2 "the network is split",
    HintsLost 2 "hints between servers are lost",
    NodeCrashes 4 "a server crashes",
    AllServersGone 1 "all servers are gone for long",
    NodeSleeps 2 "a server is suspended",
    NodeSlow 3 "a server is slow",
    StoreRefuses 3 "the store refuses",
    StoreForgetsToAnswer 4 "the store's answers are lost",
    StoreLate 4 "the store is late",
    AgentClockJumps 2 "a computer's clock jumps",
    NodeClockJumps 2 "a server's clock jumps",
    Stop 5 "a stop",
    Kill 5 "a kill",
    Revoke 1 "a computer is removed",
    PageReloads 2 "a page is loaded again",
}

/// One thing that goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// Its place in the list.
    pub index: u32,
    /// When.
    pub at_ms: u64,
    /// What.
    pub kind: Kind,
    /// Decides whom it hits and for how long, whatever else happens.
    pub salt: u64,
}

/// All that goes wrong in a seed, in its order; of these kinds alone, if any are named.
pub(crate) fn draw(seed: u64, among: &[Kind]) -> Vec<Fault> {
    let mut dice = Dice::new(seed ^ 0x00F0_0D5E_ED00_0001);
    let wanted = |(kind, _): &&(Kind, u64)| among.is_empty() || among.contains(kind);
    let total = Kind::ALL
        .iter()
        .filter(wanted)
        .map(|(_, weight)| weight)
        .sum();
    let count = dice.between(FEWEST, MOST);
    let mut drawn: Vec<(u64, Kind, u64)> = (0..count)
        .filter_map(|_| {
            let mut left = dice.below(total);
            let kind = Kind::ALL.iter().filter(wanted).find(|(_, weight)| {
                let hit = left < *weight;
                left = left.saturating_sub(*weight);
                hit
            });
            let at_ms = dice.between(1_500, TROUBLE_MS);
            let salt = dice.below(u64::MAX);
            kind.map(|(kind, _)| (at_ms, *kind, salt))
        })
        .collect();
    drawn.sort_unstable();
    let numbered = (0..).zip(drawn);
    numbered
        .map(|(index, (at_ms, kind, salt))| Fault {
            index,
            at_ms,
            kind,
            salt,
        })
        .collect()
}
