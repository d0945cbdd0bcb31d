//! One connection of one page, or of a program that speaks like one: see [`PageSession`].

mod session;

pub use session::{Access, AfterPage, PageReply, PageSession};
