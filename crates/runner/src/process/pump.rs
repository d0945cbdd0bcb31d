//! What the robot's programs print, on its way to a file: masked, and bounded.
//!
//! A pipe and a thread for each stream. When the robot has ended, the pipe may be held open by a
//! program that was not found yet: [`Pump::finish`] waits for the thread only so long.

use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use crate::mask::{Mask, MaskedStream};

/// What is kept of one stream. What follows is read and dropped, so that the robot goes on.
pub(crate) const MOST_BYTES: u64 = 10 * 1024 * 1024;

/// A stream on its way.
pub(crate) struct Pump {
    done: Receiver<()>,
}

impl Pump {
    /// Copies `from` to the file at `path`.
    pub(crate) fn start(
        mut from: impl Read + Send + 'static,
        path: &Path,
        mask: &Mask,
    ) -> std::io::Result<Self> {
        let mut options = File::options();
        let mut file = options.append(true).create(true).mode(0o600).open(path)?;
        let mut masked = MaskedStream::new(mask);
        let (tell, done) = channel();
        std::thread::spawn(move || {
            let mut buffer = vec![0; 64 * 1024];
            let mut kept = 0;
            let mut dropped = 0_u64;
            while let Ok(read) = from.read(&mut buffer) {
                if read == 0 {
                    break;
                }
                let piece = masked.push(&buffer[..read]);
                dropped += keep(&mut file, &piece, &mut kept);
            }
            dropped += keep(&mut file, &masked.finish(), &mut kept);
            if dropped > 0 {
                let mark = format!("\n[{dropped} more bytes were not kept]\n");
                // A full disk also has no room for the mark; the count is in no other place.
                file.write_all(mark.as_bytes()).ok();
            }
            tell.send(()).ok();
        });
        Ok(Self { done })
    }

    /// Waits until the stream has ended, for `limit` at most.
    pub(crate) fn finish(self, limit: Duration) {
        // A stream that is still open belongs to a program that could not be ended.
        self.done.recv_timeout(limit).ok();
    }
}

/// Writes what still fits; answers how many bytes did not.
fn keep(file: &mut File, piece: &[u8], kept: &mut u64) -> u64 {
    let room = usize::try_from(MOST_BYTES.saturating_sub(*kept)).unwrap_or(usize::MAX);
    let (now, rest) = piece.split_at(room.min(piece.len()));
    let length = u64::try_from(now.len()).unwrap_or(0);
    let rest = u64::try_from(rest.len()).unwrap_or(0);
    match file.write_all(now) {
        Ok(()) => {
            *kept += length;
            rest
        }
        Err(_) => length + rest,
    }
}
