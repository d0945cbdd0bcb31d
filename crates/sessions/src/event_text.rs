//! Events as the store keeps them: each one JSON object on one line, numbered, with a canonical
//! time and bounded texts.
//!
//! An event that is as it should be keeps its bytes; only its head is looked at. What an agent may
//! do wrong without harm (a time in another zone, a text that is too long, a lone surrogate, line
//! breaks between fields) is mended; what cannot be mended refuses the whole batch by name.

use std::borrow::Cow;

use model::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value};
use wire::Field;
use wire::event::RawEvent;

/// Bounds of what is taken.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// The most events.
    pub batch_events: u32,
    /// The longest text, in bytes.
    pub text_bytes: usize,
}

#[derive(Deserialize)]
struct Head<'a> {
    seq: u64,
    #[serde(borrow)]
    at: Cow<'a, str>,
    #[serde(borrow, rename = "kind")]
    _kind: Cow<'a, str>,
}

/// The batch as it is stored.
///
/// # Errors
/// The fields that are wrong; nothing of the batch is stored then.
pub fn canonical(
    first: u64,
    events: &[RawEvent],
    bounds: Bounds,
) -> Result<Vec<String>, Vec<Field>> {
    let field = |name: String, message: &str| {
        vec![Field {
            name,
            message: message.to_owned(),
        }]
    };
    if first == 0 {
        return Err(field("first".to_owned(), "events are numbered from 1"));
    }
    let count = u64::try_from(events.len()).unwrap_or(u64::MAX);
    if count == 0 || count > u64::from(bounds.batch_events) {
        let message = format!("a batch has 1 to {} events", bounds.batch_events);
        return Err(field("events".to_owned(), &message));
    }
    if first.checked_add(count).is_none_or(|end| end > MOST_SEQ) {
        return Err(field("first".to_owned(), "it is too large"));
    }
    let numbers = first..;
    let numbered = numbers.zip(events).enumerate();
    numbered
        .map(|(i, (seq, event))| {
            one(seq, event.get(), bounds)
                .map_err(|wrong| field(format!("events[{i}]{}", wrong.path), &wrong.message))
        })
        .collect()
}

/// Numbers beyond 2⁵³ do not survive JavaScript.
const MOST_SEQ: u64 = 1 << 53;

struct Wrong {
    path: &'static str,
    message: String,
}

fn wrong(path: &'static str, message: impl Into<String>) -> Wrong {
    Wrong {
        path,
        message: message.into(),
    }
}

fn one(seq: u64, raw: &str, bounds: Bounds) -> Result<String, Wrong> {
    let mended = mend_surrogates(raw);
    let raw = mended.as_ref();
    let head: Head = serde_json::from_str(raw).map_err(|error| {
        let said = error.to_string();
        let said = said
            .split(" at line ")
            .next()
            .unwrap_or_default()
            .to_owned();
        wrong("", said)
    })?;
    if head.seq != seq {
        return Err(wrong(".seq", format!("it must be {seq}")));
    }
    let at = Timestamp::parse(&head.at)
        .ok_or_else(|| wrong(".at", "a time is written as RFC 3339"))?
        .to_string();
    let one_line = !raw.contains(['\n', '\r']);
    let trimmed = raw.trim();
    if at == head.at && one_line && raw.len() <= bounds.text_bytes {
        return Ok(trimmed.to_owned());
    }
    let mut event: Map<String, Value> =
        serde_json::from_str(raw).map_err(|_| wrong("", "it is nested too deeply"))?;
    event.insert("at".to_owned(), Value::String(at));
    cut_texts(&mut event, bounds.text_bytes);
    serde_json::to_string(&event).map_err(|error| wrong("", error.to_string()))
}

/// Cuts each text to `most` bytes and all of them together to twice that, at a character border.
/// `textBytes` then tells the size of the whole text.
fn cut_texts(event: &mut Map<String, Value>, most: usize) {
    let whole = event.get("text").and_then(Value::as_str).map(str::len);
    let mut left = most.saturating_mul(2);
    // The text is what people read: it is served first.
    if let Some(text) = event.get_mut("text") {
        cut(text, most, &mut left);
    }
    for (name, value) in event.iter_mut() {
        if name != "text" && name != "at" {
            cut(value, most, &mut left);
        }
    }
    let kept = event.get("text").and_then(Value::as_str).map(str::len);
    if whole != kept && !event.contains_key("textBytes") {
        event.insert("textBytes".to_owned(), Value::from(whole));
    }
}

fn cut(value: &mut Value, most: usize, left: &mut usize) {
    match value {
        Value::String(text) => {
            let mut end = text.len().min(most).min(*left);
            while !text.is_char_boundary(end) {
                end -= 1;
            }
            text.truncate(end);
            *left -= end;
        }
        Value::Array(values) => values.iter_mut().for_each(|value| cut(value, most, left)),
        Value::Object(fields) => fields.values_mut().for_each(|value| cut(value, most, left)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Writes U+FFFD for each escaped surrogate that has no partner.
fn mend_surrogates(raw: &str) -> Cow<'_, str> {
    let bytes = raw.as_bytes();
    let mut mended = String::new();
    let mut copied = 0;
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] != b'\\' {
            at += 1;
            continue;
        }
        let Some(unit) = escaped_unit(bytes, at) else {
            // Any other escape is two characters long.
            at += 2;
            continue;
        };
        let is_high = (0xD800..0xDC00).contains(&unit);
        let is_low = |unit: u16| (0xDC00..0xE000).contains(&unit);
        if is_high && escaped_unit(bytes, at + 6).is_some_and(is_low) {
            at += 12;
            continue;
        }
        if is_high || is_low(unit) {
            mended.push_str(&raw[copied..at]);
            mended.push('\u{FFFD}');
            copied = at + 6;
        }
        at += 6;
    }
    if copied == 0 {
        return Cow::Borrowed(raw);
    }
    mended.push_str(&raw[copied..]);
    Cow::Owned(mended)
}

/// The code unit of an escape `\uXXXX` that begins at `at`.
fn escaped_unit(bytes: &[u8], at: usize) -> Option<u16> {
    let escape = bytes.get(at..at + 6)?;
    let digits = escape.strip_prefix(b"\\u")?;
    let digits = std::str::from_utf8(digits).ok()?;
    if digits.starts_with('+') {
        return None;
    }
    u16::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const BOUNDS: Bounds = Bounds {
        batch_events: 3,
        text_bytes: 100,
    };

    fn raw(json: &str) -> RawEvent {
        RawEvent::from_json(json.to_owned()).unwrap()
    }

    fn stored(json: &str) -> String {
        let mut stored = canonical(7, &[raw(json)], BOUNDS).unwrap();
        stored.remove(0)
    }

    fn refused(first: u64, events: &[&str]) -> Field {
        let events: Vec<_> = events.iter().map(|event| raw(event)).collect();
        let mut fields = canonical(first, &events, BOUNDS).unwrap_err();
        assert_eq!(fields.len(), 1);
        fields.remove(0)
    }

    const GOOD: &str = r#"{"kind":"log","seq":7,"at":"2026-11-23T08:15:02.118Z","x":[1,{}]}"#;

    #[test]
    fn a_right_event_keeps_its_bytes() {
        assert_eq!(stored(GOOD), GOOD);
        let nul = r#"{"seq":7,"at":"2026-11-23T08:15:02.118Z","kind":"log","text":"a\u0000\ud83d\ude00"}"#;
        assert_eq!(stored(nul), nul);
    }

    #[test]
    fn a_time_is_given_back_in_utc_with_milliseconds() {
        let other = r#"{"seq":7,"at":"2026-11-23T09:15:02.1189+01:00","kind":"log"}"#;
        let event: Value = serde_json::from_str(&stored(other)).unwrap();
        assert_eq!(event["at"], "2026-11-23T08:15:02.118Z");
    }

    #[test]
    fn line_breaks_between_fields_disappear() {
        let broken = "{\"seq\":7,\n \"at\":\"2026-11-23T08:15:02.118Z\",\r\n\"kind\":\"log\",\"text\":\"a\\nb\"}";
        let line = stored(broken);
        assert!(!line.contains(['\n', '\r']));
        let event: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(event["text"], "a\nb");
    }

    #[test]
    fn a_lone_surrogate_becomes_the_replacement_character() {
        for lone in [
            "\\ud83d",
            "\\uDE00",
            "\\ud83dx",
            "\\ud83d\\ud83d",
            "\\\\\\ud83d",
        ] {
            let event = format!(
                r#"{{"seq":7,"at":"2026-11-23T08:15:02.118Z","kind":"log","text":"{lone}"}}"#
            );
            let read: Value = serde_json::from_str(&stored(&event)).unwrap();
            assert!(
                read["text"].as_str().unwrap().contains('\u{FFFD}'),
                "{lone}"
            );
        }
        // A backslash that is itself escaped begins no escape.
        let text = r#"{"seq":7,"at":"2026-11-23T08:15:02.118Z","kind":"log","text":"\\ud83d"}"#;
        assert_eq!(stored(text), text);
    }

    #[test]
    fn texts_that_are_too_long_are_cut_at_a_character() {
        let text = "ä".repeat(200);
        let event = json!({"seq": 7, "at": "2026-11-23T08:15:02.118Z", "kind": "log",
            "text": text, "name": "n".repeat(90), "args": ["a".repeat(90), {"deep": "b"}]});
        let read: Value = serde_json::from_str(&stored(&event.to_string())).unwrap();
        assert_eq!(read["text"].as_str().unwrap(), "ä".repeat(50));
        assert_eq!(read["textBytes"], 400);
        let lengths = |value: &Value| value.as_str().unwrap().len();
        let all = lengths(&read["text"]) + lengths(&read["name"]) + lengths(&read["args"][0]);
        assert!(all + lengths(&read["args"][1]["deep"]) + lengths(&read["kind"]) <= 200);
    }

    #[test]
    fn a_batch_is_numbered_without_a_hole_from_its_first() {
        let eight = GOOD.replace("\"seq\":7", "\"seq\":8");
        let both = [raw(GOOD), raw(&eight)];
        assert_eq!(canonical(7, &both, BOUNDS).unwrap().len(), 2);
        assert_eq!(refused(7, &[GOOD, GOOD]).name, "events[1].seq");
        assert_eq!(refused(7, &[GOOD, GOOD]).message, "it must be 8");
        assert_eq!(refused(0, &[GOOD]).name, "first");
        assert_eq!(refused(u64::MAX, &[GOOD]).name, "first");
    }

    #[test]
    fn an_empty_or_too_large_batch_is_refused_as_a_whole() {
        assert_eq!(refused(7, &[]).name, "events");
        assert_eq!(refused(7, &[GOOD; 4]).name, "events");
    }

    #[test]
    fn what_is_no_event_is_named() {
        for (event, name) in [
            ("7", "events[0]"),
            ("{}", "events[0]"),
            (r#"{"seq":"7","at":"x","kind":"log"}"#, "events[0]"),
            (r#"{"seq":7,"at":"yesterday","kind":"log"}"#, "events[0].at"),
            (r#"{"seq":7,"at":"2026-11-23T08:15:02.118Z"}"#, "events[0]"),
        ] {
            assert_eq!(refused(7, &[event]).name, name, "{event}");
        }
        let deep = "[".repeat(400) + &"]".repeat(400);
        let deep =
            format!(r#"{{"seq":7,"at":"2026-11-23T08:15:02.118Z","kind":"log","x":{deep}}}"#);
        assert_eq!(refused(7, &[&deep]).name, "events[0]");
    }
}
