//! Who is there: passwords, random tokens, sealed secrets, and how fast somebody may guess.

pub mod password;
pub mod seal;
pub mod throttle;
pub mod token;
