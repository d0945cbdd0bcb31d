//! `select!` polls its arms in the order in which they are written, so that a run can be repeated.

use super::source::{self, Language};
use super::{File, Finding};

pub(super) fn check(file: &File) -> Vec<Finding> {
    if !file.is("rs") || !file.name.starts_with("crates/") {
        return Vec::new();
    }
    let code = source::code_only(&file.text, Language::Rust);
    code.match_indices("select!")
        .filter(|(at, word)| {
            let body = code[at + word.len()..].trim_start();
            body.strip_prefix(['{', '('])
                .is_some_and(|arms| !arms.trim_start().starts_with("biased;"))
        })
        .map(|(at, _)| {
            Finding::new(
                &file.name,
                source::line_of(&code, at),
                "`select!` must begin with `biased;`, the arm that must not starve first",
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: [usize; 0] = [];

    fn findings(text: &str) -> Vec<usize> {
        let file = File {
            name: "crates/agent/src/a.rs".to_owned(),
            text: text.to_owned(),
        };
        check(&file)
            .into_iter()
            .map(|finding| finding.line)
            .collect()
    }

    #[test]
    fn a_select_without_order_is_found() {
        assert_eq!(findings("\ntokio::select! {\n    a = b => {}\n}\n"), [2]);
    }

    #[test]
    fn a_biased_select_is_fine_and_so_is_one_in_a_comment() {
        assert_eq!(
            findings("tokio::select! {\n    biased;\n    a = b => {}\n}\n"),
            NONE
        );
        assert_eq!(findings("// select! { a }\n"), NONE);
    }
}
