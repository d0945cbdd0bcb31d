//! Whatever comes in: nothing panics, nothing takes longer than its length
//! allows, and no value of a wrong type gets through.

use model::package::{self, Entry, EntryKind};
use model::parameter::{Choice, FilledValue, GivenValue, Parameter, ParameterType, fill};
use model::robot_source::{self, MOST_SOURCE_BYTES};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Number, Value, json};

proptest! {
    #[test]
    fn arbitrary_bytes_are_decoded_or_refused(bytes in vec(any::<u8>(), 0..400)) {
        match robot_source::decode(&bytes) {
            Ok(text) => {
                robot_source::read(&text);
            }
            Err(problem) => prop_assert!(!problem.message.is_empty()),
        }
    }

    #[test]
    fn arbitrary_text_is_read(source in ".{0,300}") {
        robot_source::read(&source);
    }

    #[test]
    fn text_that_looks_like_a_robot_is_read(pieces in vec(piece(), 0..80)) {
        let robot = robot_source::read(&pieces.concat());
        for parameter in &robot.parameters {
            prop_assert!(!parameter.name.is_empty() && parameter.line.is_some());
            if let Some(default) = &parameter.default {
                // Each default would be accepted as a given value, too.
                let given = GivenValue { name: parameter.name.clone(), value: default.clone() };
                prop_assert!(fill(std::slice::from_ref(parameter), &[given]).is_ok());
            }
        }
    }

    #[test]
    fn only_values_of_the_declared_type_are_filled_in(
        declared in vec(parameter(), 0..5),
        given in vec((name(), json_value()), 0..6),
    ) {
        let given: Vec<GivenValue> = given
            .into_iter()
            .map(|(name, value)| GivenValue { name, value })
            .collect();
        let mut declared = declared;
        let mut names = std::collections::HashSet::new();
        declared.retain(|parameter| names.insert(parameter.name.clone()));
        match fill(&declared, &given) {
            Err(problems) => prop_assert!(!problems.is_empty()),
            Ok(filled) => {
                prop_assert_eq!(filled.values.len(), declared.len());
                for (value, parameter) in filled.values.iter().zip(&declared) {
                    prop_assert!(fits(value, parameter), "{:?} {:?}", value, parameter);
                    let was_given = given.iter().find(|one| one.name == value.name && !one.value.is_null());
                    if let (Some(given), Some(kept)) = (was_given, &value.value) {
                        prop_assert_eq!(&given.value, kept);
                    }
                }
                for one in &given {
                    prop_assert_eq!(given.iter().filter(|other| other.name == one.name).count(), 1);
                    prop_assert!(names.contains(&one.name));
                }
            }
        }
    }

    #[test]
    fn a_package_that_passes_stays_in_its_folder(names in vec(path(), 0..8)) {
        let entry = |name: String| Entry { name, size_bytes: 1, kind: EntryKind::File };
        let entries: Vec<Entry> = names.into_iter().map(entry).collect();
        if let Ok(layout) = package::check(&entries, 1) {
            for file in &layout.files {
                let parts: Vec<&str> = file.name.split('/').collect();
                prop_assert!(parts.iter().all(|part| !part.is_empty() && !part.ends_with('.')));
                prop_assert!(!file.name.contains([':', '\\', '\0']));
            }
            prop_assert!(layout.files.iter().any(|file| file.name == layout.main));
        }
    }
}

#[test]
fn large_sources_are_read_in_time_that_grows_with_their_length() {
    // A quarter of the largest: minutes each if any part were quadratic.
    const BYTES: usize = MOST_SOURCE_BYTES / 4;
    for (before, again) in [
        ("*** Variables ***\n${X: str}    ", "${"),
        ("*** Variables ***\n${X: str}    ", "\\"),
        ("*** Variables ***\n${X: str}    ", "${EMPTY}"),
        ("*** Variables ***\n", "${X: int}    1\n"),
        ("*** Variables ***\n${X: Literal[", "'a',"),
        ("*** Variables ***\n${", "{: "),
        ("", "| "),
        ("| ", "a  |"),
        ("", "a  "),
        ("", "# a\n"),
        ("a", "\n...    b"),
        ("*** Tasks ***\nA\n", "    FOR\n"),
        ("*** Tasks ***\nA\n", "    GROUP\n    BREAK\n"),
        ("*** Tasks ***\nA\n", "    TRY\n    EXCEPT\n"),
        ("*** Tasks ***\n", "A\n"),
        ("", "*** x ***\n"),
        ("", "# /// script\n"),
        ("# /// script\n# dependencies = [", "\n# 'a',"),
        ("", "\r\r\n"),
    ] {
        let times = (BYTES - before.len()) / again.len();
        let source = format!("{before}{}", again.repeat(times));
        robot_source::read(&source);
    }
}

fn piece() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "*** Variables ***\n",
        "*** Tasks ***\n",
        "*** Keywords ***\n",
        "*** Settings ***\n",
        "# /// script\n",
        "# ///\n",
        "# dependencies = [\"a\"]\n",
        "# text\n",
        "${A: int}",
        "${B: str | None}",
        "${C: Literal['x', \"y\", 3]}",
        "${D: date}",
        "${E: bool}",
        "${F: Secret}",
        "${G: float}",
        "@{H: int}",
        "${I}",
        "    ",
        "  ",
        "\t",
        "\n",
        "\r\n",
        "| ",
        " |",
        "...",
        "10",
        "1e3",
        "ten",
        "yes",
        "x",
        "2026-01-31",
        "${EMPTY}",
        "${None}",
        "${True}",
        "${1_0}",
        "%{T=}",
        "\\",
        "\\n",
        "\\u00e4",
        "$",
        "{",
        "}",
        "[",
        "]",
        ": ",
        "|",
        "'",
        "\"",
        ",",
        "=",
        "separator=",
        "FOR",
        "IF",
        "END",
        "ELSE",
        "TRY",
        "EXCEPT",
        "[Tags]",
        "ä",
        "\u{a0}",
    ])
}

fn name() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["A", "B", "C", "D", "a"]).prop_map(str::to_owned)
}

fn parameter() -> impl Strategy<Value = Parameter> {
    let kind = prop::sample::select(vec![
        ParameterType::Text,
        ParameterType::Number,
        ParameterType::Boolean,
        ParameterType::Date,
        ParameterType::Choice,
        ParameterType::File,
        ParameterType::Secret,
    ]);
    (name(), kind, any::<bool>(), any::<bool>()).prop_map(|(name, kind, required, whole)| {
        let mut parameter = Parameter::new(name, kind);
        parameter.required = required;
        if kind == ParameterType::Number {
            parameter.whole = Some(whole);
            parameter.max = Some(Number::from(1_000_000_000_000_000_000_u64));
        }
        if kind == ParameterType::Choice {
            let choice = |value: &str| Choice {
                value: value.to_owned(),
                label: None,
            };
            parameter.choices = vec![choice("x"), choice("")];
        }
        parameter
    })
}

fn json_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        (-5..5_i32).prop_map(Value::from),
        prop::sample::select(vec!["", "x", "2026-02-28", "2026-02-30", "5", "true"])
            .prop_map(Value::from),
        ".{0,5}".prop_map(Value::from),
        Just(json!([1])),
        Just(json!({"a": 1})),
    ]
}

/// The rule of each type, written a second time and in another way.
fn fits(value: &FilledValue, parameter: &Parameter) -> bool {
    if value.name != parameter.name || value.kind != parameter.kind {
        return false;
    }
    if parameter.kind == ParameterType::Secret {
        return value.value.is_none() && (value.set == Some(true) || !parameter.required);
    }
    let Some(kept) = &value.value else {
        return !parameter.required;
    };
    match parameter.kind {
        ParameterType::Text => kept
            .as_str()
            .is_some_and(|text| !parameter.required || !text.is_empty()),
        ParameterType::Number => kept.as_f64().is_some_and(|number| {
            let exact = number.abs() <= 9_007_199_254_740_992.0;
            exact && (parameter.whole != Some(true) || number.round() == number)
        }),
        ParameterType::Boolean => kept.is_boolean(),
        ParameterType::Date => kept.as_str().is_some_and(|text| {
            let mut parts = text.split('-').map(|part| part.parse::<u16>().unwrap());
            let (_, month, day) = (parts.next(), parts.next().unwrap(), parts.next().unwrap());
            text.len() == 10 && (1..=12).contains(&month) && (1..=31).contains(&day)
        }),
        ParameterType::Choice => kept
            .as_str()
            .is_some_and(|text| text == "x" || text.is_empty()),
        ParameterType::File | ParameterType::Secret => false,
    }
}

fn path() -> impl Strategy<Value = String> {
    let part = prop::sample::select(vec![
        "a",
        "A",
        "main.robot",
        "b.robot",
        "..",
        ".",
        "",
        "c:",
        "x\\y",
        "d.",
        "e ",
        "\0",
    ]);
    vec(part, 1..4).prop_map(|parts| parts.join("/"))
}
