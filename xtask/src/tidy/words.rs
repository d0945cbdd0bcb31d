//! Crates that decide keep away from clocks, sockets, disks, threads and chance: everything of
//! that kind comes in as a value, so that the simulation can run the same code.

use super::source::{self, Language};
use super::{File, Finding};

/// The crates whose code must give the same effects for the same inputs.
const PURE: [&str; 3] = [
    "crates/dispatch/src/",
    "crates/sessions/src/",
    "crates/agent-core/src/",
];

const BANNED: [(&str, &str); 15] = [
    ("tokio::time", "time is moved by the caller"),
    ("tokio::net", "sockets belong to the doors"),
    ("tokio::fs", "files belong to the shell around this crate"),
    (
        "tokio::spawn",
        "tasks belong to the shell around this crate",
    ),
    ("tokio::task", "tasks belong to the shell around this crate"),
    ("std::fs", "files belong to the shell around this crate"),
    ("std::net", "sockets belong to the doors"),
    (
        "std::thread",
        "threads belong to the shell around this crate",
    ),
    (
        "std::process",
        "processes belong to the shell around this crate",
    ),
    ("Instant::now", "time comes in as a value"),
    ("SystemTime::now", "time comes in as a value"),
    ("rand", "chance comes in through `Ids`"),
    (
        "HashMap",
        "its order differs from run to run; `BTreeMap` keeps one",
    ),
    (
        "HashSet",
        "its order differs from run to run; `BTreeSet` keeps one",
    ),
    ("RandomState", "its order differs from run to run"),
];

pub(super) fn check(file: &File) -> Vec<Finding> {
    let mut findings = Vec::new();
    if file.is("rs") && PURE.iter().any(|folder| file.name.starts_with(folder)) {
        let code = source::without_tests(&source::code_only(&file.text, Language::Rust));
        let code = spell_out_imports(&code);
        for (word, reason) in BANNED {
            for line in source::lines_with(&code, word) {
                findings.push(Finding::new(
                    &file.name,
                    line,
                    format!("`{word}` is not for this crate: {reason}"),
                ));
            }
        }
    }
    if file.name.starts_with("crates/server/src/") && !file.name.ends_with("/compose.rs") {
        let code = source::without_tests(&source::code_only(&file.text, Language::Rust));
        for line in source::lines_with(&code, "store_sqlite") {
            findings.push(Finding::new(
                &file.name,
                line,
                "only `compose.rs` names a concrete store; everything else takes `dyn Store`",
            ));
        }
    }
    findings
}

/// `tokio::{time, net}` becomes `tokio::time, tokio::net` on the lines where the names stand.
fn spell_out_imports(code: &str) -> String {
    let mut out = String::with_capacity(code.len());
    let mut rest = code;
    let found = |rest: &str| {
        ["tokio::{", "std::{"]
            .iter()
            .filter_map(|it| Some((rest.find(it)?, it.len())))
            .min()
    };
    while let Some((at, length)) = found(rest) {
        let open = at + length - 1;
        let prefix = &rest[at..open];
        let end = source::closing(rest, open).unwrap_or(rest.len());
        out.push_str(&rest[..at]);
        let mut depth = 0_usize;
        let mut begins = true;
        for letter in rest[open + 1..end.saturating_sub(1).max(open + 1)].chars() {
            if begins && depth == 0 && (letter.is_alphabetic() || letter == '_') {
                out.push_str(prefix);
                begins = false;
            }
            match letter {
                '{' => depth += 1,
                '}' => depth = depth.saturating_sub(1),
                ',' => begins = true,
                _ => {}
            }
            out.push(letter);
        }
        rest = &rest[end..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: [usize; 0] = [];

    fn findings(name: &str, text: &str) -> Vec<usize> {
        let file = File {
            name: name.to_owned(),
            text: text.to_owned(),
        };
        check(&file)
            .into_iter()
            .map(|finding| finding.line)
            .collect()
    }

    #[test]
    fn a_clock_in_a_deciding_crate_is_found() {
        let text = "fn a() {\n    let now = Instant::now();\n}\n";
        assert_eq!(findings("crates/dispatch/src/claim.rs", text), [2]);
        assert_eq!(findings("crates/server/src/main.rs", text), NONE);
    }

    #[test]
    fn a_grouped_import_is_seen_through() {
        let text = "use tokio::{\n    sync::mpsc,\n    time,\n};\n";
        assert_eq!(findings("crates/sessions/src/agent.rs", text), [3]);
    }

    #[test]
    fn an_unordered_map_is_found_and_an_ordered_one_is_not() {
        assert_eq!(
            findings("crates/agent-core/src/lib.rs", "a: HashMap<A, B>,"),
            [1]
        );
        assert_eq!(
            findings("crates/agent-core/src/lib.rs", "a: BTreeMap<A, B>,"),
            NONE
        );
    }

    #[test]
    fn words_in_comments_strings_and_tests_are_free() {
        let text = "// rand\nlet a = \"std::fs\";\n#[cfg(test)]\nmod tests { use std::fs; }\n";
        assert_eq!(findings("crates/dispatch/src/play.rs", text), NONE);
    }

    #[test]
    fn a_concrete_store_is_named_in_compose_alone() {
        let text = "use store_sqlite::Open;\n";
        assert_eq!(findings("crates/server/src/http/jobs.rs", text), [1]);
        assert_eq!(findings("crates/server/src/compose.rs", text), NONE);
    }
}
