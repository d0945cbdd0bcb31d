//! The Socket.IO door. It only moves bytes: what a message means is `sessions`' business.
//!
//! One bounded inbox a socket, filled by an extractor, which the library runs in the order in
//! which packets came; its own tasks, one a packet, keep no order. The inbox is in place before
//! the client hears that it is connected, so that nothing sent right after it is lost. One task a
//! socket ([`talk`]) empties it, answers, and sends what the [`Hub`] left for that socket; what
//! does not fit into the library's queue waits, and who does not read for long is disconnected.

mod agent;
mod credential;
mod door;
mod hub;
mod inbox;
mod line;
mod page;
mod push;
mod talk;
mod teller;

pub use credential::Person;
pub(crate) use credential::{Strange, has_cookie, person_of_cookie, person_of_token};
pub use door::door;
pub use hub::Hub;
pub(crate) use teller::tell_news;
