//! One module for each promise, with real processes. Tests only: see `tests/`.
