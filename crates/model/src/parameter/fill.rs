//! Given values against the declaration: the one judge of what a job is
//! started with.

use std::collections::{HashMap, HashSet};

use serde_json::{Number, Value};

use super::{
    FieldProblem, Filled, FilledValue, GivenValue, Parameter, ParameterType, SecretValue,
    is_calendar_date, quoted,
};

/// 2⁵³: up to here every whole number survives JavaScript and JSON exactly.
pub(crate) const LARGEST_EXACT: u64 = 9_007_199_254_740_992;

/// Judges `given` against `declared`.
///
/// - A name that is not declared, or is given twice, is a problem.
/// - A JSON `null` counts as not given. What is not given takes its default;
///   without one it is a problem if required, else it stays without a value.
/// - A value must have the JSON type of its declaration. Texts are kept
///   exactly; a required text or secret must not be empty. An empty optional
///   secret counts as not given.
///
/// All problems are told at once: those of declared parameters in the order of
/// declaration, then those of unknown names.
pub fn fill(declared: &[Parameter], given: &[GivenValue]) -> Result<Filled, Vec<FieldProblem>> {
    let mut by_name: HashMap<&str, &Value> = HashMap::new();
    let mut doubled: HashSet<&str> = HashSet::new();
    for one in given {
        if by_name.insert(&one.name, &one.value).is_some() {
            doubled.insert(&one.name);
        }
    }

    let mut filled = Filled::default();
    let mut problems = Vec::new();
    for parameter in declared {
        let name = parameter.name.as_str();
        let value = by_name.remove(name).filter(|value| !value.is_null());
        let outcome = if doubled.contains(name) {
            Err("This was given more than once; give it once.".to_owned())
        } else {
            fill_one(parameter, value, &mut filled)
        };
        if let Err(message) = outcome {
            problems.push(FieldProblem {
                name: name.to_owned(),
                message,
            });
        }
    }
    let mut told = HashSet::new();
    for one in given {
        if by_name.contains_key(one.name.as_str()) && told.insert(&one.name) {
            problems.push(FieldProblem {
                name: one.name.clone(),
                message: "The robot asks for nothing of this name.".to_owned(),
            });
        }
    }

    if problems.is_empty() {
        Ok(filled)
    } else {
        Err(problems)
    }
}

fn fill_one(
    parameter: &Parameter,
    value: Option<&Value>,
    filled: &mut Filled,
) -> Result<(), String> {
    let secret = parameter.kind == ParameterType::Secret;
    // A secret has no default: it would stand in the robot's file.
    let default = parameter.default.as_ref().filter(|_| !secret);
    let value = match value {
        Some(value) => {
            check(parameter, value)?;
            Some(value)
        }
        None => default,
    };
    if value.is_none() && parameter.required {
        return Err("This needs a value.".to_owned());
    }
    let text = value.and_then(Value::as_str).unwrap_or_default();
    let set = secret.then_some(!text.is_empty());
    if set == Some(true) {
        filled.secrets.push(SecretValue {
            name: parameter.name.clone(),
            value: text.to_owned(),
        });
    }
    filled.values.push(FilledValue {
        name: parameter.name.clone(),
        kind: parameter.kind,
        value: value.filter(|_| !secret).cloned(),
        set,
    });
    Ok(())
}

/// Whether a value that was given may stand for `parameter`; if not, why.
fn check(parameter: &Parameter, value: &Value) -> Result<(), String> {
    let wrong = |sentence: &str| Err(sentence.to_owned());
    match (parameter.kind, value) {
        (ParameterType::Text | ParameterType::Secret, Value::String(text)) => {
            if parameter.required && text.is_empty() {
                return wrong("This needs a value.");
            }
            Ok(())
        }
        (ParameterType::Text | ParameterType::Secret, _) => wrong("This must be a text."),
        (ParameterType::Number, Value::Number(number)) => check_number(parameter, number),
        (ParameterType::Number, _) => wrong("This must be a number."),
        (ParameterType::Boolean, Value::Bool(_)) => Ok(()),
        (ParameterType::Boolean, _) => wrong("This must be yes or no, sent as true or false."),
        (ParameterType::Date, Value::String(text)) if is_calendar_date(text) => Ok(()),
        (ParameterType::Date, Value::String(text)) => Err(format!(
            "{} is not a date; write year, month and day as in 2026-11-30.",
            quoted(text)
        )),
        (ParameterType::Date, _) => wrong("This must be a date such as 2026-11-30."),
        (ParameterType::Choice, Value::String(text)) => check_choice(parameter, text),
        (ParameterType::Choice, _) => wrong("This must be one of the values offered."),
        (ParameterType::File, _) => wrong("Files cannot be given to a robot yet."),
    }
}

fn check_number(parameter: &Parameter, number: &Number) -> Result<(), String> {
    let too_large = match (number.as_i64(), number.as_u64(), number.as_f64()) {
        (Some(whole), _, _) => whole.unsigned_abs() > LARGEST_EXACT,
        (_, Some(whole), _) => whole > LARGEST_EXACT,
        (_, _, Some(real)) => real.abs() > LARGEST_EXACT_REAL,
        _ => true,
    };
    if too_large {
        return Err("Numbers beyond 9007199254740992 cannot be kept exactly; \
             the robot should ask for a text instead."
            .to_owned());
    }
    let real = number.as_f64().unwrap_or_default();
    if parameter.whole == Some(true) && real.fract() != 0.0 {
        return Err(format!("{number} is not a whole number."));
    }
    let bound = |bound: &Option<Number>| bound.as_ref().and_then(Number::as_f64);
    if let (Some(bound), Some(min)) = (bound(&parameter.min), &parameter.min)
        && real < bound
    {
        return Err(format!("{number} is too small; the smallest is {min}."));
    }
    if let (Some(bound), Some(max)) = (bound(&parameter.max), &parameter.max)
        && real > bound
    {
        return Err(format!("{number} is too large; the largest is {max}."));
    }
    Ok(())
}

const LARGEST_EXACT_REAL: f64 = 9_007_199_254_740_992.0;

fn check_choice(parameter: &Parameter, text: &str) -> Result<(), String> {
    if parameter.choices.iter().any(|choice| choice.value == text) {
        return Ok(());
    }
    const NAMED: usize = 8;
    let mut offered: Vec<String> = parameter
        .choices
        .iter()
        .take(NAMED)
        .map(|choice| quoted(&choice.value))
        .collect();
    if parameter.choices.len() > NAMED {
        offered.push("…".to_owned());
    }
    Err(format!(
        "{} is not offered; choose one of {}.",
        quoted(text),
        offered.join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn declared(kind: ParameterType) -> Parameter {
        Parameter::new("X", kind)
    }

    fn given(value: Value) -> Vec<GivenValue> {
        vec![GivenValue {
            name: "X".into(),
            value,
        }]
    }

    fn sentence(parameter: Parameter, value: Value) -> String {
        let problems = fill(&[parameter], &given(value)).unwrap_err();
        assert_eq!(problems.len(), 1);
        assert_eq!(problems[0].name, "X");
        problems[0].message.clone()
    }

    #[test]
    fn each_type_takes_values_of_its_own_json_type_only() {
        let mut choice = declared(ParameterType::Choice);
        choice.choices = vec![Choice {
            value: "EU".into(),
            label: Some("Europe".into()),
        }];
        let cases = [
            (declared(ParameterType::Text), json!("x")),
            (declared(ParameterType::Secret), json!("x")),
            (declared(ParameterType::Number), json!(1.5)),
            (declared(ParameterType::Boolean), json!(false)),
            (declared(ParameterType::Date), json!("2026-11-30")),
            (choice, json!("EU")),
        ];
        let values = [json!("zzz"), json!(7), json!(true), json!([]), json!({})];
        for (parameter, fitting) in cases {
            assert!(fill(std::slice::from_ref(&parameter), &given(fitting.clone())).is_ok());
            for value in &values {
                let same = std::mem::discriminant(value) == std::mem::discriminant(&fitting);
                if !same {
                    sentence(parameter.clone(), value.clone());
                }
            }
        }
        assert_eq!(
            sentence(declared(ParameterType::File), json!("a.xlsx")),
            "Files cannot be given to a robot yet."
        );
    }

    #[test]
    fn texts_are_kept_exactly() {
        for text in ["  007 ", "a\0b", "1.500,00", " ", "None", "${X}"] {
            let filled = fill(&[declared(ParameterType::Text)], &given(json!(text))).unwrap();
            assert_eq!(filled.values[0].value, Some(json!(text)));
        }
    }

    #[test]
    fn a_required_text_must_not_be_empty() {
        assert_eq!(
            sentence(declared(ParameterType::Text), json!("")),
            "This needs a value."
        );
        let mut optional = declared(ParameterType::Text);
        optional.required = false;
        let filled = fill(&[optional], &given(json!(""))).unwrap();
        assert_eq!(filled.values[0].value, Some(json!("")));
    }

    #[test]
    fn what_is_absent_or_null_takes_its_default() {
        let mut parameter = declared(ParameterType::Number);
        parameter.required = false;
        parameter.default = Some(json!(10));
        for given in [vec![], given(Value::Null)] {
            let filled = fill(std::slice::from_ref(&parameter), &given).unwrap();
            assert_eq!(filled.values[0].value, Some(json!(10)));
        }
        parameter.default = None;
        let filled = fill(std::slice::from_ref(&parameter), &[]).unwrap();
        assert_eq!(filled.values[0].value, None);
        parameter.required = true;
        assert_eq!(sentence(parameter, Value::Null), "This needs a value.");
    }

    #[test]
    fn numbers_are_whole_exact_and_within_their_bounds() {
        let mut parameter = declared(ParameterType::Number);
        parameter.whole = Some(true);
        parameter.min = Some(0.into());
        parameter.max = Some(10_000.into());
        assert!(fill(std::slice::from_ref(&parameter), &given(json!(5.0))).is_ok());
        assert_eq!(
            sentence(parameter.clone(), json!(1.5)),
            "1.5 is not a whole number."
        );
        assert_eq!(
            sentence(parameter.clone(), json!(-1)),
            "-1 is too small; the smallest is 0."
        );
        assert_eq!(
            sentence(parameter, json!(10_001)),
            "10001 is too large; the largest is 10000."
        );
        let free = || declared(ParameterType::Number);
        assert!(fill(&[free()], &given(json!(9_007_199_254_740_992_u64))).is_ok());
        for beyond in [
            json!(9_007_199_254_740_993_u64),
            json!(-9_007_199_254_740_993_i64),
            json!(u64::MAX),
            json!(1e17),
        ] {
            assert!(sentence(free(), beyond).contains("ask for a text"));
        }
    }

    #[test]
    fn unknown_and_doubled_names_are_each_told_once() {
        let twice = [given(json!("a")), given(json!("b"))].concat();
        let problems = fill(&[declared(ParameterType::Text)], &twice).unwrap_err();
        assert_eq!(problems.len(), 1);
        assert!(problems[0].message.contains("more than once"));

        let problems = fill(&[], &twice).unwrap_err();
        assert_eq!(problems.len(), 1);
        assert!(problems[0].message.contains("nothing of this name"));
    }

    #[test]
    fn secrets_are_kept_apart_and_never_quoted() {
        let filled = fill(&[declared(ParameterType::Secret)], &given(json!("s3cret"))).unwrap();
        assert_eq!(filled.values[0].set, Some(true));
        assert_eq!(filled.values[0].value, None);
        assert_eq!(filled.secrets[0].value, "s3cret");

        let mut optional = declared(ParameterType::Secret);
        optional.required = false;
        let filled = fill(&[optional], &given(json!(""))).unwrap();
        assert_eq!(filled.values[0].set, Some(false));
        assert!(filled.secrets.is_empty());

        assert!(!sentence(declared(ParameterType::Secret), json!(4711)).contains("4711"));
    }

    #[test]
    fn a_value_outside_a_choice_is_told_with_what_is_offered() {
        let mut choice = declared(ParameterType::Choice);
        choice.choices = ["EU", "US"]
            .map(|value| Choice {
                value: value.into(),
                label: None,
            })
            .into();
        assert_eq!(
            sentence(choice, json!("eu")),
            "“eu” is not offered; choose one of “EU”, “US”."
        );
    }

    use super::super::Choice;
}
