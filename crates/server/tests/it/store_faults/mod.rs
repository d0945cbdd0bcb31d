//! What becomes of those who ask when the store fails, hangs or answers late.

mod given;
mod hanging;
