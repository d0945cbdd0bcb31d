//! The repository stands alone and is finished: it names no document that is not in it, no
//! numbered section of one, no path of one machine, no ticket, and leaves nothing for later.

use super::source;
use super::{File, Finding};

/// The words are put together here so that this file does not hold them itself.
const LEFT_FOR_LATER: [&str; 6] = [
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("XX", "X"),
    concat!("HA", "CK"),
    concat!("to", "do!"),
    concat!("unimple", "mented!"),
];
const OF_ONE_MACHINE: [&str; 4] = [
    concat!("/wo", "rk/"),
    concat!("/ro", "ot/"),
    concat!("../sha", "red"),
    concat!("/far", "m/"),
];
const TICKETS: [&str; 4] = [
    concat!("iss", "ue #"),
    concat!("Iss", "ue #"),
    concat!("tick", "et #"),
    concat!("sub", "agent"),
];
const SECTION: char = '\u{a7}';

pub(super) fn check(file: &File, exists: &dyn Fn(&str) -> bool) -> Vec<Finding> {
    if file.is_generated() {
        return Vec::new();
    }
    let mut findings = Vec::new();
    let mut found = |line: usize, what: String| {
        findings.push(Finding::new(&file.name, line, what));
    };
    for word in LEFT_FOR_LATER {
        for line in source::lines_with(&file.text, word) {
            found(
                line,
                format!("`{word}` leaves something for later: do it now or leave it out"),
            );
        }
    }
    for word in OF_ONE_MACHINE.iter().chain(&TICKETS) {
        for (at, _) in file.text.match_indices(word) {
            let line = source::line_of(&file.text, at);
            found(
                line,
                format!("`{word}` means nothing to somebody who has only this repository"),
            );
        }
    }
    for (number, line) in (1..).zip(file.text.lines()) {
        if line.contains(SECTION) {
            found(
                number,
                "name a section by its title: numbers go stale".to_owned(),
            );
        }
        for name in documents(line) {
            if !known(&name, &file.name, exists) {
                found(number, format!("`{name}` is not in this repository"));
            }
        }
    }
    findings
}

/// Names of documents that a line mentions: `docs/WIRE.md`, but not `*.md` or an address.
fn documents(line: &str) -> Vec<String> {
    line.split(|letter: char| !(letter.is_ascii_alphanumeric() || "/._-:".contains(letter)))
        .map(|word| word.trim_end_matches(['.', ':']))
        .filter(|word| {
            word.strip_suffix(".md").is_some_and(|stem| {
                stem.rsplit('/')
                    .next()
                    .is_some_and(|name| name.starts_with(char::is_uppercase))
            }) && !word.contains("://")
        })
        .map(str::to_owned)
        .collect()
}

/// Documents are named from the root, from the file's own folder, or by their name in docs.
fn known(name: &str, from: &str, exists: &dyn Fn(&str) -> bool) -> bool {
    let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
    let name = name.trim_start_matches("./");
    if let Some(up) = name.strip_prefix("../") {
        let parent = folder.rsplit_once('/').map_or("", |(parent, _)| parent);
        return exists(&join(parent, up));
    }
    exists(name) || exists(&join(folder, name)) || exists(&join("docs", name))
}

fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() {
        name.to_owned()
    } else {
        format!("{folder}/{name}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(text: &str) -> Vec<usize> {
        let file = File {
            name: "crates/a/src/b.rs".to_owned(),
            text: text.to_owned(),
        };
        let exists = |path: &str| path == "docs/WIRE.md" || path == "README.md";
        check(&file, &exists)
            .into_iter()
            .map(|finding| finding.line)
            .collect()
    }

    #[test]
    fn what_is_left_for_later_is_found() {
        assert_eq!(findings(concat!("fine\n// TO", "DO: more\n")), [2]);
        assert_eq!(findings(concat!("    to", "do!()\n")), [1]);
    }

    #[test]
    fn a_document_that_is_not_there_is_found_and_one_that_is_there_is_not() {
        let absent = ["PLAN", "md"].join(".");
        let text = format!("see {absent}, please\nsee docs/WIRE.md.\nsee WIRE.md\n");
        assert_eq!(findings(&text), [1]);
    }

    #[test]
    fn a_document_beside_the_file_is_known() {
        let file = File {
            name: "docs/reference/errors.txt".to_owned(),
            text: ["../README", "md TESTING", "md"].join("."),
        };
        let found = check(&file, &|path| {
            [["docs/README", "md"], ["docs/reference/TESTING", "md"]]
                .iter()
                .any(|known| known.join(".") == path)
        });
        assert!(found.is_empty());
    }

    #[test]
    fn a_numbered_section_and_a_path_of_one_machine_are_found() {
        assert_eq!(findings("as in \u{a7}4\n"), [1]);
        assert_eq!(findings(concat!("\n/wo", "rk/here\n")), [2]);
    }
}
