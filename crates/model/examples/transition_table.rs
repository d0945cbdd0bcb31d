//! Writes `docs/reference/transitions.md` to the path given, or to stdout: the table of what may
//! happen to a job, and its diagram, both drawn by calling `apply`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;

use model::transition::apply;

#[path = "../tests/it/transition_table.rs"]
mod transition_table;

use transition_table::{NOW, cell, place, rows, states};

fn main() -> std::io::Result<()> {
    let page = page();
    match std::env::args_os().nth(1) {
        Some(path) => std::fs::write(path, page),
        None => std::io::stdout().lock().write_all(page.as_bytes()),
    }
}

fn page() -> String {
    let mut page = String::from(
        "# What may happen to a job\n\n\
         Written by `cargo xtask generate` from `crates/model/src/transition/`; do not edit.\n\n\
         Every change of a job is one conditional write that evaluates one pure function. The \
         diagram shows where it leads (changes that stay in their place left out); the table shows each kind of command in each kind of \
         state. What changes nothing is an ordinary answer, not an error.\n\n",
    );
    page.push_str(&diagram());
    page.push_str("\n## States\n\n| state | |\n|---|---|\n");
    for state in states() {
        let _ = writeln!(page, "| {} | {} |", state.name, state.about);
    }
    page.push_str(
        "\n## Table\n\n\
         All commands speak about attempt 1 of one agent, which claimed and confirmed on its \
         connection 5. The old connection is 4, the newer one 6; another process is a restart of \
         the agent, or a copy of its disk, on connection 6. `finish` finds three stored events. \
         An arrow is a change and where it leads; the rest are refusals.\n\n",
    );
    page.push_str(&table());
    page
}

fn diagram() -> String {
    // For each pair of places, the commands that lead from one to the other.
    let mut edges: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for row in rows() {
        for state in states() {
            let Ok(changed) = apply(&state.job, &row.command, NOW) else {
                continue;
            };
            if place(&state.job) == place(&changed.job) {
                continue;
            }
            let verb = row.name.split(',').next().unwrap_or(row.name);
            let verb = verb.split(" below").next().unwrap_or(verb);
            let verbs = edges
                .entry((place(&state.job), place(&changed.job)))
                .or_default();
            if !verbs.contains(&verb) {
                verbs.push(verb);
            }
        }
    }
    let mut text = String::from("```mermaid\nstateDiagram-v2\n    [*] --> waiting: play\n");
    for ((from, to), verbs) in edges {
        let _ = writeln!(text, "    {from} --> {to}: {}", verbs.join(" · "));
    }
    text.push_str("```\n");
    text
}

fn table() -> String {
    let states = states();
    let mut text = String::from("| |");
    for state in &states {
        let _ = write!(text, " {} |", state.name);
    }
    text.push_str("\n|---|");
    text.push_str(&"---|".repeat(states.len()));
    text.push('\n');
    for row in rows() {
        let _ = write!(text, "| **{}** |", row.name);
        for state in &states {
            let cell = cell(&state.job, &row.command);
            if cell.contains('→') {
                let _ = write!(text, " **{cell}** |");
            } else {
                let _ = write!(text, " {cell} |");
            }
        }
        text.push('\n');
    }
    text
}
