//! What becomes of those who ask when the store fails, hangs or answers late.
//!
//! `table` has a row for every verb of a store: who calls it, and what that caller makes of its
//! failure. `families` lists what is asked of a server; `trial` asks each of these once for every
//! call that it makes and every way in which that call can go wrong, asks again where it was
//! refused, and compares what is there in the end with what is there when nothing goes wrong.

mod families;
mod given;
mod hanging;
mod news;
mod polling;
mod row;
mod stage;
mod table;
mod things;
mod trial;
