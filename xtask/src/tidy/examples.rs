//! Every message has an example file, which Rust, TypeScript and people read alike.
//!
//! The messages are those of the lists `NAMES` in the crate `wire`: in each namespace first what
//! clients send, which is answered, then what the server sends. That each file reads as its type
//! is a test of that crate.

use super::{File, Finding};

const NAMESPACES: [&str; 2] = ["agent", "web"];
const LIST: &str = "const NAMES:";

pub(super) fn check(files: &[File]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for namespace in NAMESPACES {
        let source = format!("crates/wire/src/{namespace}.rs");
        let text = files
            .iter()
            .find(|file| file.name == source)
            .map_or("", |file| &file.text);
        let lists = lists(text);
        if lists.len() != 2 {
            let what = "holds two lists `NAMES`: what clients send, and what the server sends";
            findings.push(Finding::new(&source, 1, what));
        }
        for (place, names) in lists.iter().enumerate() {
            let kinds: &[&str] = if place == 0 { &["", ".answer"] } else { &[""] };
            for (name, kind) in names
                .iter()
                .flat_map(|name| kinds.iter().map(move |it| (name, it)))
            {
                let example = format!("crates/wire/examples/{namespace}/{name}{kind}.json");
                if !files.iter().any(|file| file.name == example) {
                    let what = format!("the message `{name}` has no example file `{example}`");
                    findings.push(Finding::new(&source, 1, what));
                }
            }
        }
    }
    findings
}

/// The quoted words of each list.
fn lists(text: &str) -> Vec<Vec<&str>> {
    text.split(LIST)
        .skip(1)
        .filter_map(|rest| {
            let (_, values) = rest.split_once('=')?;
            let (values, _) = values.split_once(';')?;
            Some(values.split('"').skip(1).step_by(2).collect())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const AGENT: &str =
        "const NAMES: [&str; 1] = [\"join\"];\nconst NAMES: [&str; 1] = [\n\"work\",\n];";
    const WEB: &str = "const NAMES: [&str; 0] = [];\nconst NAMES: [&str; 0] = [];";

    fn findings(agent: &str, examples: &[&str]) -> Vec<String> {
        let sources = [
            ("crates/wire/src/agent.rs", agent),
            ("crates/wire/src/web.rs", WEB),
        ];
        let mut files: Vec<File> = sources
            .iter()
            .map(|(name, text)| File {
                name: (*name).to_owned(),
                text: (*text).to_owned(),
            })
            .collect();
        files.extend(examples.iter().map(|name| File {
            name: format!("crates/wire/examples/{name}.json"),
            text: String::new(),
        }));
        check(&files)
            .into_iter()
            .map(|finding| finding.what)
            .collect()
    }

    #[test]
    fn a_message_without_an_example_is_found() {
        let found = findings(AGENT, &["agent/join", "agent/join.answer"]);
        assert_eq!(
            found,
            ["the message `work` has no example file `crates/wire/examples/agent/work.json`"]
        );
    }

    #[test]
    fn an_answer_needs_an_example_too() {
        let found = findings(AGENT, &["agent/join", "agent/work"]);
        assert_eq!(found.len(), 1);
        assert!(found[0].contains("join.answer.json"), "{found:?}");
    }

    #[test]
    fn messages_with_examples_are_fine_and_a_lost_list_is_not() {
        assert!(findings(AGENT, &["agent/join", "agent/join.answer", "agent/work"]).is_empty());
        assert_eq!(findings("", &[]).len(), 1);
    }
}
