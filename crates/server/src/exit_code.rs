//! What the program's exit codes mean.

/// Done.
pub const DONE: u8 = 0;
/// It could not be done; the reason stands on standard error.
pub const FAILED: u8 = 1;
/// The command line or the configuration is wrong; nothing was done.
pub const USAGE: u8 = 2;
/// Another server has the data folder.
pub const FOLDER_IN_USE: u8 = 3;
/// `doctor` found something to be mended.
pub const FOUND_PROBLEMS: u8 = 4;
