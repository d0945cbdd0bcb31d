//! Every verb of a store, who calls it, and what that caller makes of its failure.

use std::collections::BTreeSet;

use store::faulty::verbs;

use Family::{AtStart, Commands, Computers, Jobs, Pages, People, Robots, Sweep};
use Kind::{Asked, Beside, Repeated, Turn};

/// Who calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    /// REST: accounts, sessions, links, tokens, invites, the audit.
    People,
    /// REST: robots.
    Robots,
    /// REST: jobs, logs and files.
    Jobs,
    /// REST and socket: computers.
    Computers,
    /// The socket of a page.
    Pages,
    /// The sweep.
    Sweep,
    /// A server that starts or says whether it is ready.
    AtStart,
    /// The command line alone, beside a server: what was not done is said, and done by hand again.
    Commands,
}

/// What a caller makes of a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// It reads: whatever fails, who asks is told to try again.
    Asked,
    /// It writes, and repeats what it does not know: only what was surely not done is refused.
    Repeated,
    /// It writes in a turn of the sweep: the next turn does what this one did not.
    Turn,
    /// It is beside the point: who asks gets what was asked for.
    Beside,
}

/// A row for each verb.
pub(super) const TABLE: &[(&str, Kind, &[Family])] = &[
    ("play", Repeated, &[Jobs, Pages]),
    ("offer_next", Repeated, &[Computers]),
    ("change_job", Repeated, &[Jobs, Computers, Pages, Sweep]),
    ("played", Asked, &[Jobs]),
    ("job", Asked, &[Jobs, Computers, Pages]),
    ("job_parameters", Asked, &[Jobs, Computers]),
    ("job_secrets", Asked, &[Computers]),
    ("jobs_page", Asked, &[Jobs]),
    ("open_jobs", Asked, &[Jobs, Pages]),
    ("jobs_of_agent", Asked, &[Computers]),
    ("due", Asked, &[Sweep]),
    ("last_values", Asked, &[Robots]),
    ("forget_jobs", Turn, &[Sweep]),
    ("left_waiting", Asked, &[Sweep]),
    ("append_events", Repeated, &[Computers]),
    ("events", Asked, &[Jobs, Pages]),
    ("stored_to", Asked, &[Computers, Pages]),
    ("compact", Turn, &[Sweep]),
    ("agent", Asked, &[Computers, Sweep]),
    ("agents", Asked, &[Computers, Pages]),
    ("connect_agent", Repeated, &[Computers]),
    ("join_agent", Repeated, &[Computers]),
    ("renew_agent", Repeated, &[Computers]),
    ("leave_agent", Repeated, &[Computers]),
    ("patch_agent", Repeated, &[Computers]),
    ("remove_agent", Repeated, &[People, Computers]),
    ("create_pairing", Repeated, &[Computers]),
    ("pairing", Asked, &[Computers]),
    ("forget_pairings", Turn, &[Sweep]),
    ("pending_pairings", Asked, &[Computers]),
    ("answer_pairing", Repeated, &[Computers]),
    ("create_enrolment", Repeated, &[Computers]),
    ("forget_enrolments", Turn, &[Sweep]),
    ("enrolments", Asked, &[People, Computers]),
    ("delete_enrolment", Repeated, &[People, Computers]),
    ("enrol", Repeated, &[Computers]),
    ("create_robot", Repeated, &[Robots]),
    ("robot", Asked, &[Robots, Pages]),
    ("robots", Asked, &[Robots]),
    ("patch_robot", Repeated, &[Robots]),
    ("add_version", Repeated, &[Robots]),
    ("versions", Asked, &[Robots]),
    ("version", Asked, &[Robots, Computers]),
    ("delete_robot", Repeated, &[Robots]),
    ("any_user", Asked, &[People]),
    ("set_up", Repeated, &[People]),
    ("create_user", Repeated, &[Commands]),
    ("user", Asked, &[People, Pages]),
    ("user_by_email", Asked, &[People]),
    ("patch_user", Repeated, &[People]),
    ("users", Asked, &[People]),
    ("create_invite", Repeated, &[People]),
    ("invites", Asked, &[People]),
    ("delete_invite", Repeated, &[People]),
    ("accept_invite", Repeated, &[People]),
    ("put_link", Repeated, &[Commands]),
    ("take_sign_in_link", Repeated, &[People]),
    ("create_session", Repeated, &[People]),
    ("session", Asked, &[People, Pages]),
    ("touch_session", Beside, &[People]),
    ("forget_sessions", Turn, &[Sweep]),
    ("forget_links", Turn, &[Sweep]),
    ("sessions", Asked, &[People]),
    ("delete_session", Repeated, &[People]),
    ("delete_other_sessions", Repeated, &[People]),
    ("create_token", Repeated, &[People]),
    ("token", Asked, &[People]),
    ("touch_token", Beside, &[People]),
    ("tokens", Asked, &[People]),
    ("delete_token", Repeated, &[People]),
    ("note_change", Beside, &[People]),
    ("audit_page", Asked, &[People]),
    ("add_artifact", Repeated, &[Jobs]),
    ("artifact", Asked, &[Jobs]),
    ("artifacts", Asked, &[Jobs]),
    ("unnamed", Asked, &[Sweep]),
    ("installation", Repeated, &[AtStart]),
    ("node_alive", Turn, &[Sweep]),
    ("listening_since", Asked, &[Sweep]),
    ("ping", Asked, &[AtStart]),
];

/// What the callers of that verb make of its failure.
pub(super) fn kind(verb: &str) -> Kind {
    let row = TABLE.iter().find(|(name, ..)| *name == verb);
    row.unwrap_or_else(|| panic!("`{verb}` has no row")).1
}

/// The verbs that this family calls.
pub(super) fn verbs_of(family: Family) -> impl Iterator<Item = &'static str> {
    let rows = TABLE.iter();
    let rows = rows.filter(move |(_, _, families)| families.contains(&family));
    rows.map(|(verb, ..)| *verb)
}

#[test]
fn every_verb_has_a_row_and_every_row_a_verb() {
    let rows: BTreeSet<&str> = TABLE.iter().map(|(verb, ..)| *verb).collect();
    assert_eq!(rows.len(), TABLE.len(), "a verb has two rows");
    assert_eq!(rows, verbs().collect(), "left: rows, right: verbs");
    let nobodys = TABLE.iter().find(|(_, _, families)| families.is_empty());
    assert_eq!(nobodys, None, "somebody calls it");
}
