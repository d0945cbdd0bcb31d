//! Parameters: what a robot asks for before it starts, and the values that
//! it was given.
//!
//! `robot_source` finds the declarations, the page draws its form from them,
//! and [`fill`] judges what came back from the form or a program. Its result
//! is all that is stored and handed on: every declared parameter once, in the
//! order of declaration, with values of exactly the declared JSON type. Values
//! are never converted. Secrets leave `fill` apart from the other values, so
//! that nobody stores or shows them by accident.
//!
//! Not here: how declarations are written, how values reach the robot, and how
//! secrets are sealed.

mod date;
mod declared;
mod fill;
mod quote;
mod values;

pub(crate) use date::is_calendar_date;
pub use declared::{Choice, Parameter, ParameterType};
pub(crate) use fill::LARGEST_EXACT;
pub use fill::fill;
pub(crate) use quote::quoted;
pub use values::{FieldProblem, Filled, FilledValue, GivenValue, SecretValue};
