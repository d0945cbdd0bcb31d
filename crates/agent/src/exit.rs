//! How the program ends. Service managers must not restart it on [`REVOKED`], [`REPLACED`] and
//! [`TOO_OLD`]: it would only fail again.

/// Done.
pub const DONE: u8 = 0;
/// Failed; the error says why.
pub const FAILED: u8 = 1;
/// The command line was wrong.
pub const USAGE: u8 = 2;
/// Another process uses the data folder.
pub const IN_USE: u8 = 3;
/// The agent was removed by its user.
pub const REVOKED: u8 = 4;
/// Another process uses the same key.
pub const REPLACED: u8 = 5;
/// The server speaks a newer version only.
pub const TOO_OLD: u8 = 6;
