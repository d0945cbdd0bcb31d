//! The value that stands beside a declaration: from Robot Framework's notation
//! to a JSON value of the declared type, without running anything.

use std::num::IntErrorKind;

use serde_json::{Number, Value};

use super::declared_type::BaseType;
use super::variable::closing_brace;
use crate::parameter::{LARGEST_EXACT, is_calendar_date, quoted};

/// What a declaration says about its default.
#[derive(Debug, PartialEq)]
pub(super) enum DefaultValue {
    /// Nothing: `${EMPTY}` or no value at all.
    Empty,
    /// `${None}`.
    None,
    /// `${True}` or `${False}`.
    Boolean(bool),
    /// A number in a variable's braces, such as `${10}`.
    Number(String),
    /// Anything written out.
    Text(String),
}

impl DefaultValue {
    /// Reads the cells after the name. `separator=…` as the last of them, or
    /// `SEPARATOR=…` as the first, says how several are joined.
    pub(super) fn of_cells(cells: &[&str]) -> Result<DefaultValue, String> {
        let (cells, separator) = match cells {
            [rest @ .., last] if last.starts_with("separator=") => {
                (rest, last.strip_prefix("separator="))
            }
            [first, rest @ ..] if first.starts_with("SEPARATOR=") => {
                (rest, first.strip_prefix("SEPARATOR="))
            }
            _ => (cells, None),
        };
        if let ([only], None) = (cells, separator) {
            return DefaultValue::of_one(only);
        }
        let separator = text_of(separator.unwrap_or(" "))?;
        let parts: Result<Vec<String>, String> = cells.iter().map(|cell| text_of(cell)).collect();
        Ok(DefaultValue::of_text(parts?.join(&separator)))
    }

    fn of_one(cell: &str) -> Result<DefaultValue, String> {
        match whole_variable(cell) {
            Some(name) => literal(name).ok_or_else(|| not_written_out(cell)),
            None => Ok(DefaultValue::of_text(text_of(cell)?)),
        }
    }

    fn of_text(text: String) -> DefaultValue {
        if text.is_empty() {
            DefaultValue::Empty
        } else {
            DefaultValue::Text(text)
        }
    }

    /// The JSON value for a parameter of type `base`. `Empty`, `None` and
    /// secrets are decided by the caller.
    pub(super) fn value(&self, base: &BaseType) -> Result<Value, String> {
        let text = match (self, base) {
            (DefaultValue::Boolean(value), BaseType::Boolean) => return Ok(Value::Bool(*value)),
            (DefaultValue::Number(text), BaseType::Whole | BaseType::Real) => text,
            (DefaultValue::Text(text), _) => text,
            (DefaultValue::Number(text), _) => {
                return Err(not_written_out(&format!("${{{text}}}")));
            }
            (DefaultValue::Boolean(true), _) => return Err(not_written_out("${True}")),
            (DefaultValue::Boolean(false), _) => return Err(not_written_out("${False}")),
            (DefaultValue::Empty, _) => return Err(not_written_out("${EMPTY}")),
            (DefaultValue::None, _) => return Err(not_written_out("${None}")),
        };
        match base {
            BaseType::Text | BaseType::Secret => Ok(Value::String(text.clone())),
            BaseType::Whole => whole_number(text).map(Value::from),
            BaseType::Real => real_number(text).map(Value::Number),
            BaseType::Boolean => boolean(text)
                .map(Value::Bool)
                .ok_or_else(|| format!("{} is neither true nor false", quoted(text))),
            BaseType::Date if is_calendar_date(text) => Ok(Value::String(text.clone())),
            BaseType::Date => Err(format!("{} is not a date such as 2026-11-30", quoted(text))),
            BaseType::Choice(values) => one_of(values, text)
                .map(|value| Value::String(value.to_owned()))
                .ok_or_else(|| format!("{} is not one of its choices", quoted(text))),
        }
    }
}

/// What Robot Framework calls true and false in English.
fn boolean(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "1" => Some(true),
        "false" | "no" | "off" | "0" => Some(false),
        _ => None,
    }
}

/// Spaces and underscores may group the digits; other bases and whole decimals
/// such as `1e3` are accepted.
fn whole_number(text: &str) -> Result<i64, String> {
    let plain = text.replace([' ', '_'], "").to_ascii_lowercase();
    let based = [("0x", 16), ("0o", 8), ("0b", 2)]
        .into_iter()
        .find_map(|(prefix, radix)| {
            let (sign, digits) = plain.split_once(prefix)?;
            matches!(sign, "" | "-" | "+").then(|| (format!("{sign}{digits}"), radix))
        });
    let (digits, radix) = based.unwrap_or((plain, 10));
    let number = match i64::from_str_radix(&digits, radix) {
        Ok(number) => number,
        Err(error) => match error.kind() {
            IntErrorKind::PosOverflow | IntErrorKind::NegOverflow => return Err(too_large(text)),
            _ if radix == 10 => {
                let real = finite(&digits).ok_or_else(|| not_a_number(text))?;
                if real.fract() != 0.0 {
                    return Err(format!("{} is not a whole number", quoted(text)));
                }
                format!("{real:.0}").parse().map_err(|_| too_large(text))?
            }
            _ => return Err(not_a_number(text)),
        },
    };
    if number.unsigned_abs() > LARGEST_EXACT {
        return Err(too_large(text));
    }
    Ok(number)
}

fn real_number(text: &str) -> Result<Number, String> {
    let plain = text.replace([' ', '_'], "");
    let real = finite(&plain).ok_or_else(|| not_a_number(text))?;
    if real.abs() > 9_007_199_254_740_992.0 {
        return Err(too_large(text));
    }
    match plain.parse::<i64>() {
        Ok(whole) => Ok(whole.into()),
        Err(_) => Number::from_f64(real).ok_or_else(|| not_a_number(text)),
    }
}

fn finite(text: &str) -> Option<f64> {
    text.parse().ok().filter(|real: &f64| real.is_finite())
}

fn not_a_number(text: &str) -> String {
    format!("{} is not a number", quoted(text))
}

fn too_large(text: &str) -> String {
    format!(
        "{} is too large to be kept exactly; use `str` for it",
        quoted(text)
    )
}

/// The choice that is meant: written exactly, or the only one that differs in
/// nothing but case, spaces, underscores and hyphens.
fn one_of<'a>(values: &'a [String], text: &str) -> Option<&'a str> {
    if let Some(exact) = values.iter().find(|value| *value == text) {
        return Some(exact);
    }
    let plain = |text: &str| {
        let kept = |c: &char| !c.is_whitespace() && *c != '_' && *c != '-';
        text.to_lowercase().chars().filter(kept).collect::<String>()
    };
    let wanted = plain(text);
    let mut matching = values.iter().filter(|value| plain(value) == wanted);
    match (matching.next(), matching.next()) {
        (Some(only), None) => Some(only),
        _ => None,
    }
}

/// The name in a cell that is one `${name}` and nothing else.
fn whole_variable(cell: &str) -> Option<&str> {
    let inside = cell.strip_prefix("${")?;
    let end = closing_brace(inside)?;
    (end + 1 == inside.len()).then_some(&inside[..end])
}

/// The variables that every Robot Framework knows to be one value.
fn literal(name: &str) -> Option<DefaultValue> {
    let plain: String = name
        .to_lowercase()
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '_')
        .collect();
    match plain.as_str() {
        "empty" => return Some(DefaultValue::Empty),
        "none" | "null" => return Some(DefaultValue::None),
        "true" => return Some(DefaultValue::Boolean(true)),
        "false" => return Some(DefaultValue::Boolean(false)),
        "space" => return Some(DefaultValue::Text(" ".to_owned())),
        _ => {}
    }
    let is_number = whole_number(&plain).is_ok() || finite(&plain).is_some();
    is_number.then_some(DefaultValue::Number(plain))
}

fn not_written_out(written: &str) -> String {
    format!(
        "its value must be written out here, {} cannot be used",
        quoted(written)
    )
}

/// The text of a cell: variables that are literals replaced, escapes undone.
fn text_of(cell: &str) -> Result<String, String> {
    let mut text = String::with_capacity(cell.len());
    let mut rest = cell;
    while let Some(place) = rest.find(['\\', '$', '@', '&', '%', '*']) {
        text.push_str(&rest[..place]);
        rest = &rest[place..];
        if rest.starts_with('\\') {
            rest = unescape(rest, &mut text);
            continue;
        }
        let (sign, tail) = rest.split_at(1);
        let Some(inside) = tail.strip_prefix('{') else {
            text.push_str(sign);
            rest = tail;
            continue;
        };
        let Some(end) = closing_brace(inside) else {
            return Err(format!("the variable {} is not closed", quoted(rest)));
        };
        let written = &rest[..end + 3];
        let value = (sign == "$").then(|| literal(&inside[..end])).flatten();
        match value {
            Some(DefaultValue::Empty) => {}
            Some(DefaultValue::Text(value)) => text.push_str(&value),
            Some(DefaultValue::None) => text.push_str("None"),
            Some(DefaultValue::Boolean(true)) => text.push_str("True"),
            Some(DefaultValue::Boolean(false)) => text.push_str("False"),
            Some(DefaultValue::Number(_)) | None => return Err(not_written_out(written)),
        }
        rest = &inside[end + 1..];
    }
    text.push_str(rest);
    Ok(text)
}

/// Undoes the backslashes that `rest` begins with, and the one escape after
/// them; what is left is returned.
fn unescape<'a>(rest: &'a str, text: &mut String) -> &'a str {
    let tail = rest.trim_start_matches('\\');
    let count = rest.len() - tail.len();
    text.extend(std::iter::repeat_n('\\', count / 2));
    if count.is_multiple_of(2) {
        return tail;
    }
    let Some(first) = tail.chars().next() else {
        return tail;
    };
    let after = &tail[first.len_utf8()..];
    let digits = match first {
        'n' | 'r' | 't' => {
            text.push(match first {
                'n' => '\n',
                'r' => '\r',
                _ => '\t',
            });
            return after;
        }
        'x' => 2,
        'u' => 4,
        'U' => 8,
        // The backslash only kept this character from meaning something.
        _ => {
            text.push(first);
            return after;
        }
    };
    let code = after
        .get(..digits)
        .filter(|code| code.bytes().all(|byte| byte.is_ascii_hexdigit()))
        .and_then(|code| u32::from_str_radix(code, 16).ok());
    match code {
        // No character has such a number: only the backslash goes.
        Some(code) if code > 0x0010_ffff => text.push(first),
        Some(code) => {
            // Half of a surrogate pair is no character of its own.
            text.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            return &after[digits..];
        }
        None => text.push(first),
    }
    after
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn value(base: BaseType, cells: &[&str]) -> Result<Value, String> {
        DefaultValue::of_cells(cells)?.value(&base)
    }

    fn text(cell: &str) -> Value {
        value(BaseType::Text, &[cell]).unwrap()
    }

    #[test]
    fn literals_are_known_without_their_case_and_spaces() {
        for (cell, expected) in [
            ("${EMPTY}", DefaultValue::Empty),
            ("${ e_mpty }", DefaultValue::Empty),
            ("\\", DefaultValue::Empty),
            ("${none}", DefaultValue::None),
            ("${True}", DefaultValue::Boolean(true)),
            ("${1_000}", DefaultValue::Number("1000".into())),
            ("True", DefaultValue::Text("True".into())),
        ] {
            assert_eq!(DefaultValue::of_cells(&[cell]).unwrap(), expected, "{cell}");
        }
        assert_eq!(DefaultValue::of_cells(&[]).unwrap(), DefaultValue::Empty);
    }

    #[test]
    fn texts_are_unescaped_and_joined() {
        assert_eq!(
            text("a\\nb\\\\n\\x41\\u20ac\\U0001F600\\q"),
            json!("a\nb\\n\u{41}€😀q")
        );
        assert_eq!(
            text("\\${X} $X {y} 100% \\xZZ"),
            json!("${X} $X {y} 100% xZZ")
        );
        assert_eq!(text("${SPACE}a${EMPTY}b${SPACE}"), json!(" ab "));
        assert_eq!(value(BaseType::Text, &["a", "b"]).unwrap(), json!("a b"));
        assert_eq!(
            value(BaseType::Text, &["a", "b", "separator=-"]).unwrap(),
            json!("a-b")
        );
        assert_eq!(
            value(BaseType::Text, &["SEPARATOR=", "a", "b"]).unwrap(),
            json!("ab")
        );
    }

    #[test]
    fn numbers_are_read_as_robot_framework_reads_them() {
        for (written, expected) in [
            ("10", 10),
            ("1_000", 1000),
            ("1 000", 1000),
            ("-0x1F", -31),
            ("0b11", 3),
            ("1e3", 1000),
            ("2.0", 2),
            ("${42}", 42),
        ] {
            assert_eq!(value(BaseType::Whole, &[written]).unwrap(), json!(expected));
        }
        assert_eq!(value(BaseType::Real, &["0.5"]).unwrap(), json!(0.5));
        assert_eq!(value(BaseType::Real, &["10"]).unwrap(), json!(10));
        for bad in [
            "ten",
            "1.5",
            "inf",
            "0xZZ",
            "--1",
            "9007199254740993",
            "1e400",
            "99999999999999999999",
        ] {
            assert!(value(BaseType::Whole, &[bad]).is_err(), "{bad}");
        }
        for bad in ["ten", "nan", "inf", "1e300"] {
            assert!(value(BaseType::Real, &[bad]).is_err(), "{bad}");
        }
        assert_eq!(
            value(BaseType::Whole, &["ten"]).unwrap_err(),
            "“ten” is not a number"
        );
    }

    #[test]
    fn booleans_dates_and_choices_must_fit() {
        assert_eq!(value(BaseType::Boolean, &["YES"]).unwrap(), json!(true));
        assert_eq!(
            value(BaseType::Boolean, &["${False}"]).unwrap(),
            json!(false)
        );
        assert!(value(BaseType::Boolean, &["maybe"]).is_err());
        assert_eq!(
            value(BaseType::Date, &["2026-02-28"]).unwrap(),
            json!("2026-02-28")
        );
        assert!(value(BaseType::Date, &["2026-02-30"]).is_err());
        let choice = || BaseType::Choice(vec!["New York".into(), "newyork".into(), "LA".into()]);
        assert_eq!(value(choice(), &["newyork"]).unwrap(), json!("newyork"));
        assert_eq!(value(choice(), &["l-a"]).unwrap(), json!("LA"));
        assert!(value(choice(), &["NEW YORK"]).is_err());
    }

    #[test]
    fn other_variables_are_refused() {
        for cell in [
            "${X}",
            "a ${X} b",
            "%{HOME}",
            "@{LIST}",
            "${{1 + 1}}",
            "${X",
            "${True}",
        ] {
            assert!(value(BaseType::Text, &[cell]).is_err(), "{cell}");
        }
    }
}
