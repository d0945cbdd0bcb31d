//! The server as its clients see it: a real one on a free port, real requests, the official
//! Socket.IO client.

mod artifacts;
mod bad_input;
mod browser;
mod contract;
mod harness;
mod pairing;
mod processes;
mod robots;
mod scopes;
