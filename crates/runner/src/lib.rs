//! One attempt on one computer, without a server.
//!
//! The agent prepares a workspace, spawns a supervisor in it and gives it `start`. From then on
//! the supervisor alone owns the robot: it sees to the environment, runs the robot, stops and
//! kills its process tree, and writes down how it ended. It survives the agent's death; the agent
//! never holds a child process, only what it finds in the workspace.
//!
//! ```text
//! workspaces/<job>-<attempt>/
//!   attempt.json     what is to be run, without secrets
//!   attempt.lock     held by the supervisor as long as it lives
//!   supervisor.json  its process
//!   control          the agent's words, one a line: `start`, `stop`, `kill`
//!   values.json      the parameters and secrets; the robot's process deletes it as it reads it
//!   started          written and synced before the robot starts
//!   events.jsonl     what happened, one JSON object a line
//!   stdout stderr    what the robot's programs printed
//!   exit.json        how it ended; there as a whole or not at all
//!   robot/           the robot's files      output/   what it leaves behind
//!   support/         our listener and variable file
//! ```
//!
//! What always holds: a supervisor that finds `started`, or the lock held, starts nothing, so that
//! no robot is started twice for one attempt, whatever crashes. When it ends, its process tree is
//! empty.
//!
//! A second kind of robot is a folder beside `robot_framework/` and nothing else. On Linux the
//! tree of a robot is exactly the supervisor's descendants, because it adopts orphans. On macOS,
//! which has no such thing, it is the robot's session and process groups: a program that leaves
//! both is not found there. Windows is not supported yet: this crate does not compile for it.

mod artifacts;
mod clock;
mod control;
mod environment;
mod give_up;
mod mask;
mod outcome;
mod process;
mod robot_framework;
mod supervisor;
mod survey;
mod tail;
mod workspace;

pub use artifacts::{ArtifactFile, artifacts};
pub use control::{Mode, control, give_start};
pub use give_up::{clear, give_up, give_up_unstarted};
pub use mask::Mask;
pub use outcome::{Exit, Observed, Verdict, outcome};
pub use supervisor::{run_supervisor, spawn_supervisor};
pub use survey::{Survey, kill_leftovers, survey};
pub use tail::{Offsets, Tail, TailRead};
pub use workspace::{
    Folders, ParameterValue, PrepareError, RobotSource, Settings, Spec, Workspace, prepare,
};
