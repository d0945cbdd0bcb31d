//! The robots of this computer: workspaces and supervisors as the agent's mind sees them.
//!
//! Nothing here holds a process. A watcher for each attempt looks into its workspace, reads what
//! is new there and tells it; it can be stopped and begun again at any moment.
//!
//! `attempts` is what the shell calls; `prepare` makes a workspace from an offer, `watch` reads
//! what a robot says, `upload` brings its files to the server.

mod attempts;
mod blocking;
mod fetch;
mod prepare;
mod upload;
mod watch;

pub use attempts::{Found, Left, Parts, Robots, SUPERVISE};
