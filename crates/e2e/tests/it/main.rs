//! The promises, with real processes: each module breaks something on purpose and then compares
//! what the robot's own witness saw with what the server tells.
//!
//! The first robot of all builds the environment of Robot Framework below `target/e2e-cache`,
//! which takes the network and a minute; later runs reuse it.

mod agent_killed;
mod agent_lost;
mod behind_a_proxy;
mod cancelled;
mod checker;
mod crash_after_crash;
mod crowded;
mod full_disk;
mod limits;
mod paired;
mod played;
mod repeatable;
mod revoked;
mod secret;
mod server_killed;
mod signalled;
mod stage;
mod supervisor_killed;
