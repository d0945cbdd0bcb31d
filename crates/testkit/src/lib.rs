//! Real parts for tests: the two programs as processes, people who ask the server by REST, robots
//! that wait at a gate and leave a witness, and lines between them that can be cut.
//!
//! Used by `crates/e2e`, its tests and its program `chaos`. Each test owns one [`Place`]: a folder
//! with the data of its server and its agents. Whatever goes wrong is a panic that says what was expected; then the folder stays
//! and its logs are told. When a test ends well, no process that names its folder may be left.
//!
//! Nothing here knows the code of the programs: only their command lines, REST and files.

mod agent;
mod frames;
mod line;
mod person;
mod place;
mod process;
mod programs;
mod server;
mod wait;
mod witness;

pub use agent::{Agent, Joining};
pub use line::{Awaited, Cut, Line, Moment, Side};
pub use person::{Person, Refused};
pub use place::Place;
pub use process::{Running, end};
pub use server::Server;
pub use wait::{LIMIT, until, until_within};
pub use witness::Witness;
