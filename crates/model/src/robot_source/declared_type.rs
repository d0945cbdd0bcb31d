//! The types that a parameter can have, as they are written in a robot.

use std::collections::HashSet;

use crate::parameter::quoted;

/// A type that can be asked for, and whether it may stay empty.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct DeclaredType {
    pub(super) base: BaseType,
    pub(super) optional: bool,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum BaseType {
    Text,
    Whole,
    Real,
    Boolean,
    Date,
    /// The values in their order, as texts.
    Choice(Vec<String>),
    Secret,
}

/// Reads a type such as `int`, `str | None` or `Literal["EU", "US"]`. Names
/// count in any case, as they do for Robot Framework.
pub(super) fn parse(written: &str) -> Result<DeclaredType, String> {
    let mut optional = false;
    let mut base = None;
    for part in alternatives(written) {
        let part = part.trim();
        if part.eq_ignore_ascii_case("None") {
            optional = true;
        } else if base.replace(part).is_some() {
            return Err(format!(
                "{} has several types; use one, and `| None` if it may stay empty",
                quoted(written)
            ));
        }
    }
    let Some(base) = base else {
        return Err(unknown(written));
    };
    Ok(DeclaredType {
        base: parse_base(base)?,
        optional,
    })
}

/// Whether a word names a type, supported or not.
pub(super) fn is_type_word(word: &str) -> bool {
    let word = word.trim().to_ascii_lowercase();
    word == "path" || simple(&word).is_some()
}

fn parse_base(written: &str) -> Result<BaseType, String> {
    let word = written.to_ascii_lowercase();
    if let Some(base) = simple(&word) {
        return Ok(base);
    }
    if word == "path" {
        return Err(
            "files cannot be asked for yet; ask for a text (`str`) or put the file into a package"
                .to_owned(),
        );
    }
    if let Some(rest) = word.strip_prefix("literal") {
        let rest = &written[written.len() - rest.len()..];
        let inside = rest
            .trim_start()
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'));
        if let Some(inside) = inside {
            return choices(inside).map(BaseType::Choice);
        }
    }
    Err(unknown(written))
}

fn simple(word: &str) -> Option<BaseType> {
    Some(match word {
        "str" | "string" | "unicode" => BaseType::Text,
        "int" | "integer" | "long" => BaseType::Whole,
        "float" | "double" => BaseType::Real,
        "bool" | "boolean" => BaseType::Boolean,
        "date" => BaseType::Date,
        "secret" => BaseType::Secret,
        _ => return None,
    })
}

fn unknown(written: &str) -> String {
    format!(
        "{} is not a type that can be asked for; \
         use str, int, float, bool, date, Literal[…] or Secret",
        quoted(written)
    )
}

/// The parts between `|` that stand outside quotes and brackets.
fn alternatives(written: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut start = 0;
    let mut brackets = 0_usize;
    let mut quote = None;
    for (place, c) in written.char_indices() {
        match (quote, c) {
            (Some(open), _) => quote = (c != open).then_some(open),
            (None, '"' | '\'') => quote = Some(c),
            (None, '[') => brackets += 1,
            (None, ']') => brackets = brackets.saturating_sub(1),
            (None, '|') if brackets == 0 => {
                parts.push(&written[start..place]);
                start = place + 1;
            }
            _ => {}
        }
    }
    parts.push(&written[start..]);
    parts
}

/// The values inside `Literal[…]`: quoted texts and whole numbers.
fn choices(inside: &str) -> Result<Vec<String>, String> {
    let mut values = Vec::new();
    let mut seen = HashSet::new();
    let mut rest = inside.trim();
    while !rest.is_empty() {
        let (value, tail) = next_choice(rest)?;
        if !seen.insert(value) {
            return Err(format!("the choice {} stands there twice", quoted(value)));
        }
        values.push(value.to_owned());
        let tail = tail.trim_start();
        rest = match tail.strip_prefix(',') {
            Some(tail) => tail.trim_start(),
            None if tail.is_empty() => tail,
            None => return Err(format!("a comma is missing before {}", quoted(tail))),
        };
    }
    if values.is_empty() {
        return Err("a choice needs values, as in Literal[\"EU\", \"US\"]".to_owned());
    }
    Ok(values)
}

fn next_choice(rest: &str) -> Result<(&str, &str), String> {
    for quote in ['"', '\''] {
        let Some(text) = rest.strip_prefix(quote) else {
            continue;
        };
        let Some((value, tail)) = text.split_once(quote) else {
            return Err(format!("the choice {} has no closing quote", quoted(rest)));
        };
        if value.contains('\\') {
            return Err(format!(
                "the choice {} has a backslash, which choices cannot have",
                quoted(value)
            ));
        }
        return Ok((value, tail));
    }
    let (word, tail) = rest.split_at(rest.find(',').unwrap_or(rest.len()));
    let word = word.trim_end();
    let digits = word.strip_prefix('-').unwrap_or(word);
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit())
        && !digits.is_empty()
        && (digits == "0" || !digits.starts_with('0'))
        && word != "-0";
    if plain {
        Ok((word, tail))
    } else {
        Err(format!(
            "the choice {} must be a text in quotes or a whole number",
            quoted(word)
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base(written: &str) -> BaseType {
        parse(written).unwrap().base
    }

    fn texts(values: &[&str]) -> BaseType {
        BaseType::Choice(values.iter().map(|value| (*value).to_owned()).collect())
    }

    #[test]
    fn supported_types_are_read_in_any_case() {
        assert_eq!(base("str"), BaseType::Text);
        assert_eq!(base("INTEGER"), BaseType::Whole);
        assert_eq!(base("float"), BaseType::Real);
        assert_eq!(base("Secret"), BaseType::Secret);
        assert_eq!(
            base("Literal[\"New York\", 'L|A', 3, -4,]"),
            texts(&["New York", "L|A", "3", "-4"])
        );
    }

    #[test]
    fn none_makes_a_type_optional_on_either_side() {
        assert!(parse("str | None").unwrap().optional);
        assert!(parse("none|Literal['a|b'] ").unwrap().optional);
        assert!(!parse("str").unwrap().optional);
    }

    #[test]
    fn other_types_are_refused_with_what_to_use() {
        for (written, words) in [
            (
                "list[int]",
                "use str, int, float, bool, date, Literal[…] or Secret",
            ),
            ("colour", "“colour” is not a type"),
            ("None", "is not a type"),
            ("", "is not a type"),
            ("Literal", "is not a type"),
            ("Path", "files cannot be asked for yet"),
            ("int | str", "several types"),
            ("Literal[]", "needs values"),
            ("Literal[EU]", "in quotes"),
            ("Literal['a', 'a']", "twice"),
            ("Literal['a]", "no closing quote"),
            ("Literal['a' 'b']", "comma"),
            ("Literal['a\\n']", "backslash"),
            ("Literal[1.5]", "in quotes"),
            ("Literal[None, 'a']", "in quotes"),
        ] {
            let message = parse(written).unwrap_err();
            assert!(message.contains(words), "{written}: {message}");
        }
    }
}
