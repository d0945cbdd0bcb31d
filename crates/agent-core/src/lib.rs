//! The agent's mind: connection state, slots, spool, reconciliation; input in, effects out. No I/O.
