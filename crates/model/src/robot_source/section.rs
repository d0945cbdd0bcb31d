//! The sections of a `.robot` file, and the names of its settings.

use super::lines::is_space;

/// What the statements after a section's header are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Section {
    Settings,
    Variables,
    Tasks,
    TestCases,
    Keywords,
    /// Comments, and what stands before the first header.
    Comments,
    Unknown,
}

impl Section {
    /// The section that a statement's first cell begins, if it is a header.
    /// Case does not matter, and the singular is still accepted.
    pub(super) fn of_header(cell: &str) -> Option<Section> {
        if !cell.starts_with('*') {
            return None;
        }
        let name = with_plain_spaces(cell);
        let name = name.trim_matches(['*', ' ']);
        let known = [
            ("Settings", Section::Settings),
            ("Variables", Section::Variables),
            ("Tasks", Section::Tasks),
            ("Test Cases", Section::TestCases),
            ("Keywords", Section::Keywords),
            ("Comments", Section::Comments),
        ];
        let found = known.into_iter().find(|(plural, _)| {
            let singular = plural.trim_end_matches('s');
            name.eq_ignore_ascii_case(plural) || name.eq_ignore_ascii_case(singular)
        });
        Some(found.map_or(Section::Unknown, |(_, section)| section))
    }
}

/// The settings of `*** Settings ***`.
pub(super) const FILE_SETTINGS: &[&str] = &[
    "Documentation",
    "Metadata",
    "Name",
    "Suite Setup",
    "Suite Teardown",
    "Test Setup",
    "Test Teardown",
    "Test Template",
    "Test Timeout",
    "Test Tags",
    "Default Tags",
    "Keyword Tags",
    "Library",
    "Resource",
    "Variables",
    "Force Tags",
    "Task Tags",
    "Task Setup",
    "Task Teardown",
    "Task Template",
    "Task Timeout",
];

/// The settings of a task, written in brackets.
pub(super) const TASK_SETTINGS: &[&str] = &[
    "Documentation",
    "Metadata",
    "Tags",
    "Setup",
    "Teardown",
    "Template",
    "Timeout",
];

/// The settings of a keyword, written in brackets.
pub(super) const KEYWORD_SETTINGS: &[&str] = &[
    "Documentation",
    "Arguments",
    "Setup",
    "Teardown",
    "Timeout",
    "Tags",
    "Return",
];

/// Whether a setting is among the known ones, in any case.
pub(super) fn is_among(name: &str, known: &[&str]) -> bool {
    let name = with_plain_spaces(name);
    known.iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// Whether this line above the first header chooses another language.
pub(super) fn chooses_language(cells: &[&str]) -> bool {
    let first = cells.first().copied().unwrap_or_default();
    first.contains(':')
        && cells
            .join(" ")
            .split_once(':')
            .is_some_and(|(key, _)| key.eq_ignore_ascii_case("language"))
}

/// The text with each kind of white space as a plain space.
pub(super) fn with_plain_spaces(text: &str) -> String {
    text.replace(is_space, " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_known_in_any_case_and_in_the_singular() {
        for (cell, section) in [
            ("*** Variables ***", Section::Variables),
            ("***variables***", Section::Variables),
            ("*Variable", Section::Variables),
            ("* * * TEST CASES * * *", Section::TestCases),
            ("*** Test Case ***", Section::TestCases),
            ("*** Task ***", Section::Tasks),
            ("*** Foo ***", Section::Unknown),
            ("***", Section::Unknown),
            ("*** Testcases ***", Section::Unknown),
        ] {
            assert_eq!(Section::of_header(cell), Some(section), "{cell}");
        }
        assert_eq!(Section::of_header(" *** Tasks ***"), None);
    }

    #[test]
    fn settings_are_known_by_name() {
        let is_setting = |name| is_among(name, FILE_SETTINGS);
        assert!(is_setting("Library") && is_setting("suite setup"));
        assert!(!is_setting("Libary") && !is_setting(" Library") && !is_setting(""));
    }
}
