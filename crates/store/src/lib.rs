//! What a store must do: traits, typed answers, the conformance suite
