//! What is not yet delivered, on disk.
//!
//! One folder for each attempt: `attempt.log` holds the records of its life (accepted, running,
//! ended), `events-<first>.log` its events in segments that are deleted when the server has stored
//! them. A record is one or more lines: the CRC-32 of a line's JSON in eight hex digits, a space,
//! the JSON. Events stand in lines of a few kilobytes, so that a damaged place costs few of them;
//! the last line of a record says how far the attempt's files were read for it.
//!
//! Appending writes; only [`Spool::sync`] promises. A failed sync is never repeated on the same
//! file: the program ends, and the next start reads what is really there.
//!
//! Disks damage what they were given. Each line is believed or not by itself: what is whole is
//! delivered, whatever lies before it, and an event that cannot be read is read as missing, which
//! becomes a gap under its number. What follows the last whole record is not believed: a crash
//! tears it, and what it held is read again from the attempt's files. A damaged file is not
//! written to any more, and when its attempt is done it is kept for the person who looks for the
//! reason.
//!
//! Memory and open files do not grow with what is spooled: a segment is a number and a length
//! here, and is opened while it is read.

mod attempt;
mod file;
mod line;
mod reading;
mod replay;
mod segment;
mod shelf;
#[cfg(test)]
mod sweep;
#[cfg(test)]
mod tests;

pub use reading::Spooled;
pub use replay::Replayed;
pub use shelf::Spool;
