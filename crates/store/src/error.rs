//! The three ways in which a store can fail. Refusals are not among them: they are answers.

use thiserror::Error;

/// A call that the store could not answer.
#[derive(Debug, Clone, Error)]
pub enum StoreError {
    /// Surely not done. The caller may say so, or try again.
    #[error("the store is not available: {0}")]
    Unavailable(String),
    /// It may have been done: the answer was lost. The caller repeats the same call with the same
    /// ids until it knows.
    #[error("the store did not answer, and may have done it: {0}")]
    Unknown(String),
    /// What is stored cannot be read. Names the document.
    #[error("`{document}` is damaged: {reason}")]
    Corrupt {
        /// Kind and id.
        document: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// An answer of the store.
pub type StoreResult<T> = Result<T, StoreError>;
