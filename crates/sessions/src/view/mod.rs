//! From what is stored and computed to the shapes of the wire: the same on sockets and by REST.

mod agent;
mod job;
mod offer;
mod pairing;
mod robot;

pub use agent::{agent, agent_shape, agents_shape};
pub use job::{attempts, job, job_shape, job_shapes, why_waiting};
pub use offer::{offer, package_path};
pub use pairing::{enrolment, pairing, pairing_shape};
pub use robot::{robot, robot_shape, version};
