//! Who is there: passwords, random tokens, sealed secrets, and how fast somebody may guess.

pub mod email;
pub mod password;
pub mod seal;
pub mod sign_in;
pub mod throttle;
pub mod token;
