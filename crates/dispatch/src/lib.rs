//! What may happen to a job: play, claim, confirm, report, renew, cancel, sweep
