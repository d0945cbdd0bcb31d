//! The history of a seed: a digest of all of it, and its last steps or the whole if wanted.

use std::collections::VecDeque;

/// Steps of a history.
#[derive(Debug, Default)]
pub(crate) struct Record {
    keeps: Keeps,
    steps: VecDeque<String>,
    digest: u64,
}

/// How much of a history is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Keeps {
    /// Nothing is written at all.
    #[default]
    Nothing,
    /// A digest of everything.
    Digest,
    /// The digest, and so many of the last steps.
    Last(usize),
}

impl Record {
    pub(crate) fn new(keeps: Keeps) -> Self {
        Self {
            keeps,
            steps: VecDeque::new(),
            digest: 0xcbf2_9ce4_8422_2325,
        }
    }

    pub(crate) fn note(&mut self, time: u64, step: impl FnOnce() -> String) {
        let most = match self.keeps {
            Keeps::Nothing => return,
            Keeps::Digest => 0,
            Keeps::Last(most) => most,
        };
        let step = format!("{time:>7} {}", step());
        for byte in step.bytes() {
            self.digest = (self.digest ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        if most > 0 {
            if self.steps.len() == most {
                self.steps.pop_front();
            }
            self.steps.push_back(step);
        }
    }

    pub(crate) fn is_kept(&self) -> bool {
        self.keeps != Keeps::Nothing
    }

    pub(crate) fn end(self) -> (Vec<String>, u64) {
        (self.steps.into(), self.digest)
    }
}
