//! The types that a robot declares, as it wrote them: values are converted by them, by Robot
//! Framework's own rules.

use std::collections::BTreeMap;

/// The written types of the typed scalars in `*** Variables ***`, by normalised name.
pub(crate) fn declared_types(source: &str) -> BTreeMap<String, String> {
    let mut types = BTreeMap::new();
    let mut in_variables = false;
    for line in source.lines() {
        if let Some(header) = line.trim_start_matches(['|', ' ']).strip_prefix('*') {
            let name: String = header.chars().filter(char::is_ascii_alphabetic).collect();
            in_variables = matches!(name.to_lowercase().as_str(), "variables" | "variable");
        } else if in_variables && let Some((name, kind)) = typed_scalar(line) {
            types
                .entry(normalised(name))
                .or_insert_with(|| kind.to_owned());
        }
    }
    types
}

/// The form in which Robot Framework compares names.
pub(crate) fn normalised(name: &str) -> String {
    let kept = name.chars().filter(|c| !matches!(c, ' ' | '_'));
    kept.flat_map(char::to_lowercase).collect()
}

/// Name and type of `${NAME: type}` at the beginning of a line.
fn typed_scalar(line: &str) -> Option<(&str, &str)> {
    let inner = line.trim_start_matches(['|', ' ']).strip_prefix("${")?;
    // The type may hold braces only in quoted choices; the first `}` that ends a cell counts.
    let end = inner.match_indices('}').map(|(at, _)| at).find(|at| {
        let rest = &inner[at + 1..];
        rest.is_empty() || rest.starts_with([' ', '\t', '='])
    })?;
    let (name, kind) = inner[..end].split_once(": ")?;
    Some((name, kind.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_types_are_found_in_the_variables_only() {
        let source = "*** Variables ***\n${COUNT: int}    10\n${PLAIN}    x\n\
                      | ${RATE: float | None} =    | 0.5 |\n${R: Literal[\"a}b\", \"c\"]}    c\n\
                      *** Tasks ***\nOne\n    VAR    ${X: int}    1\n";
        let types = declared_types(source);
        assert_eq!(types.get("count").map(String::as_str), Some("int"));
        assert_eq!(types.get("rate").map(String::as_str), Some("float | None"));
        assert_eq!(
            types.get("r").map(String::as_str),
            Some("Literal[\"a}b\", \"c\"]")
        );
        assert_eq!(types.len(), 3);
    }
}
