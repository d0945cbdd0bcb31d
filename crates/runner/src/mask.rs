//! Hides known secrets in what a robot says.
//!
//! The listener masks inside the robot's process and the supervisor masks stdout and stderr before
//! they reach the disk; the agent masks again while it reads the events, as long as it knows the
//! secrets. A secret that a robot changes (encodes, splits, prints letter by letter) is not found.

use std::borrow::Cow;

/// What stands where a secret was.
pub(crate) const HIDDEN: &str = "***";

/// Shorter values are not masked: they would turn up in ordinary text everywhere.
pub(crate) const SHORTEST: usize = 3;

/// A set of texts to hide.
#[derive(Clone, Default)]
pub struct Mask {
    /// Longest first, so that a secret within another one does not leave the rest of it.
    texts: Vec<String>,
}

impl std::fmt::Debug for Mask {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Mask({} texts)", self.texts.len())
    }
}

impl Mask {
    /// Hides each of `secrets`, and each line of one that has several.
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Self {
        let mut texts = Vec::new();
        for secret in secrets {
            for text in std::iter::once(secret).chain(secret.lines()) {
                if text.trim().chars().count() >= SHORTEST {
                    texts.push(text.to_owned());
                }
            }
        }
        texts.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        texts.dedup();
        Self { texts }
    }

    /// Whether there is nothing to hide.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// `text` without the secrets.
    #[must_use]
    pub fn apply<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let mut text = Cow::Borrowed(text);
        for secret in &self.texts {
            if text.contains(secret.as_str()) {
                text = Cow::Owned(text.replace(secret.as_str(), HIDDEN));
            }
        }
        text
    }
}

/// Masks a stream of bytes that comes in pieces, also where a secret is cut in two.
pub(crate) struct MaskedStream {
    texts: Vec<Vec<u8>>,
    held: Vec<u8>,
}

impl MaskedStream {
    pub(crate) fn new(mask: &Mask) -> Self {
        Self {
            texts: mask
                .texts
                .iter()
                .map(|text| text.as_bytes().to_vec())
                .collect(),
            held: Vec::new(),
        }
    }

    /// Takes the next piece and gives what may be written. Holds back an end that might be the
    /// beginning of a secret.
    pub(crate) fn push(&mut self, piece: &[u8]) -> Vec<u8> {
        if self.texts.is_empty() {
            return piece.to_vec();
        }
        self.held.extend_from_slice(piece);
        let mut out = Vec::with_capacity(self.held.len());
        let mut at = 0;
        while at < self.held.len() {
            let rest = &self.held[at..];
            // A longer secret that may still come goes before a shorter one that is here already.
            if self
                .texts
                .iter()
                .any(|text| text.len() > rest.len() && text.starts_with(rest))
            {
                break;
            }
            match self.texts.iter().find(|text| rest.starts_with(text)) {
                Some(text) => {
                    out.extend_from_slice(HIDDEN.as_bytes());
                    at += text.len();
                }
                None => {
                    out.push(rest[0]);
                    at += 1;
                }
            }
        }
        self.held.drain(..at);
        out
    }

    /// What was held back, when nothing more comes.
    pub(crate) fn finish(&mut self) -> Vec<u8> {
        let held = std::mem::take(&mut self.held);
        let mut out = Vec::with_capacity(held.len());
        let mut rest = held.as_slice();
        while let Some(first) = rest.first() {
            if let Some(text) = self.texts.iter().find(|text| rest.starts_with(text)) {
                out.extend_from_slice(HIDDEN.as_bytes());
                rest = &rest[text.len()..];
            } else {
                out.push(*first);
                rest = &rest[1..];
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_within_another_leaves_nothing_of_it() {
        let mask = Mask::new(["hunter", "hunter2-long"]);
        assert_eq!(mask.apply("a hunter2-long b hunter c"), "a *** b *** c");
    }

    #[test]
    fn each_line_of_a_long_secret_is_hidden() {
        let mask = Mask::new(["-----KEY\nabcdef\nghijkl"]);
        assert_eq!(mask.apply("x abcdef y"), "x *** y");
    }

    #[test]
    fn very_short_values_are_left_alone() {
        assert!(Mask::new(["ab", "", "  "]).is_empty());
    }

    #[test]
    fn a_secret_that_is_cut_in_two_is_hidden_in_a_stream() {
        for cut in 0.."say s3cr3t now s3".len() {
            let (first, second) = "say s3cr3t now s3".split_at(cut);
            let mut stream = MaskedStream::new(&Mask::new(["s3cr3t"]));
            let mut out = stream.push(first.as_bytes());
            out.extend(stream.push(second.as_bytes()));
            out.extend(stream.finish());
            assert_eq!(String::from_utf8(out).unwrap(), "say *** now s3", "{cut}");
        }
    }
}
