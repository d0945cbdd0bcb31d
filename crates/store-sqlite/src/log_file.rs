//! The write-ahead log as a file: whether it has lost what it once held.
//!
//! SQLite takes the log to end at the first frame that is not right. After a crash that is so: what
//! follows was never synced, so nobody was told of it. On a disk that has lost or changed bytes it
//! is not: what follows was acknowledged, and would be gone without a word. Both are told apart by
//! what lies behind. Each transaction is synced before the next one begins, so behind the first bad
//! frame there is the end of one transaction at most, unless that frame was right before.

use std::fs::File;
use std::io::{self, BufReader, ErrorKind, Read};
use std::path::Path;

/// How a log begins. The lowest bit says in which order the checksums take bytes.
const MAGIC: u32 = 0x377f_0682;
/// Ends of transactions behind a bad frame, from which on that frame was right before.
const SYNCED: u32 = 2;

/// Whether the log at `path` has lost what was synced to it. No file and an empty one have not.
///
/// # Errors
/// It cannot be read.
pub(crate) fn has_lost_writes(path: &Path) -> io::Result<bool> {
    let mut file = match File::open(path) {
        Ok(file) => BufReader::new(file),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    let mut head = [0; 32];
    if !fill(&mut file, &mut head)? {
        return Ok(false);
    }
    let Some(mut chain) = Chain::begin(&head) else {
        // A log's head is synced before its first frame is written.
        return fill(&mut file, &mut [0; 512]);
    };
    let mut frame = vec![0; 24 + chain.page_bytes];
    let mut is_broken = false;
    let mut ends = 0;
    while fill(&mut file, &mut frame)? {
        let is_of_this_log = frame[8..16] == head[16..24];
        is_broken = is_broken || !(is_of_this_log && chain.goes_on(&frame));
        let ends_transaction = number(&frame, 4) != 0;
        if is_broken && is_of_this_log && ends_transaction {
            ends += 1;
        }
    }
    Ok(ends >= SYNCED)
}

/// The checksum that goes through a log: each frame's rests on all before it.
struct Chain {
    page_bytes: usize,
    takes_big_endian: bool,
    sums: (u32, u32),
}

impl Chain {
    /// The chain of a log with that head, if the head is right.
    fn begin(head: &[u8; 32]) -> Option<Self> {
        let magic = number(head, 0);
        let page_bytes = usize::try_from(number(head, 8)).ok()?;
        let is_size = page_bytes.is_power_of_two() && (512..=65_536).contains(&page_bytes);
        let mut chain = Self {
            page_bytes,
            takes_big_endian: magic & 1 == 1,
            sums: (0, 0),
        };
        chain.take(&head[..24]);
        let is_right = magic & !1 == MAGIC && is_size && chain.sums == sums_at(head, 24);
        is_right.then_some(chain)
    }

    /// Takes the next frame; whether it is right.
    fn goes_on(&mut self, frame: &[u8]) -> bool {
        self.take(&frame[..8]);
        self.take(&frame[24..]);
        self.sums == sums_at(frame, 16)
    }

    fn take(&mut self, bytes: &[u8]) {
        for pair in bytes.chunks_exact(8) {
            let of = |at: usize| {
                let bytes = [pair[at], pair[at + 1], pair[at + 2], pair[at + 3]];
                if self.takes_big_endian {
                    u32::from_be_bytes(bytes)
                } else {
                    u32::from_le_bytes(bytes)
                }
            };
            let (first, second) = (of(0), of(4));
            self.sums.0 = self.sums.0.wrapping_add(first).wrapping_add(self.sums.1);
            self.sums.1 = self.sums.1.wrapping_add(second).wrapping_add(self.sums.0);
        }
    }
}

fn sums_at(bytes: &[u8], at: usize) -> (u32, u32) {
    (number(bytes, at), number(bytes, at + 4))
}

/// The number at that place: all but the checked bytes are in big-endian order.
fn number(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

/// Fills `bytes`; false if the file ends before.
fn fill(file: &mut impl Read, bytes: &mut [u8]) -> io::Result<bool> {
    match file.read_exact(bytes) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}
