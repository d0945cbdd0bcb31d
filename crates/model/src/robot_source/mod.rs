//! Reading a `.robot` file without Python: its parameters, its tasks, what it
//! needs, and the mistakes that can be known for sure.
//!
//! The server calls [`decode`] and [`read`] when a robot is saved or checked,
//! the page shows what they found. The reading agrees with Robot Framework's
//! own parser line by line, which is the oracle of the tests: what is told as
//! a problem would also stop Robot Framework, or is a declaration that cannot
//! become a parameter. Any input is read in time that grows with its length,
//! and none panics.
//!
//! How a parameter is declared: in `*** Variables ***`, a scalar with a type
//! (`${COUNT: int}    10`). Of the comment lines right above it the first is
//! its label, the rest its help. The value `${EMPTY}`, or the type `Secret`,
//! means that a value is required; `X | None` makes it optional; `Literal[…]`
//! is a choice. A variable without a type is a constant.
//!
//! Not here: keywords, libraries, and whatever needs Python to be known. Names
//! of sections and settings are read in English only.

mod declared_type;
mod decode;
mod default_value;
mod lines;
mod problem;
mod read;
mod script;
mod section;
mod structure;
mod variable;

pub use decode::{MOST_SOURCE_BYTES, decode};
pub use problem::Problem;
pub use read::{RobotSource, read};
pub use script::Script;
