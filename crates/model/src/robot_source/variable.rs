//! One statement of `*** Variables ***`: a constant, a parameter, or a
//! mistake.

use serde_json::Value;

use super::declared_type::{self, BaseType, DeclaredType};
use super::default_value::DefaultValue;
use super::lines::{Statement, is_space};
use crate::parameter::{Choice, Parameter, ParameterType, quoted};

/// What a statement of `*** Variables ***` is.
#[derive(Debug)]
pub(super) enum Variable {
    /// A variable without a type; its name counts when names are compared.
    Constant { name: String },
    /// Boxed, because most variables are constants.
    Parameter(Box<Parameter>),
}

impl Variable {
    /// Reads a statement, or says what is wrong with it.
    pub(super) fn of_statement(statement: &Statement<'_>) -> Result<Variable, String> {
        let cell = statement.first();
        let Some(name) = Name::of_cell(cell) else {
            return Err(format!(
                "{} is not the name of a variable; write it at the beginning of the line as in ${{NAME}}",
                quoted(cell)
            ));
        };
        let Some(written_type) = name.written_type else {
            if let Some((base, word)) = name.base.rsplit_once(':')
                && declared_type::is_type_word(word)
            {
                return Err(format!(
                    "{} has no space after its colon; write ${{{base}: {word}}}",
                    quoted(cell)
                ));
            }
            return Ok(Variable::Constant {
                name: name.base.to_owned(),
            });
        };
        let shown = name.base.trim_matches(is_space);
        if name.sign != '$' {
            return Err(format!(
                "{} is a list or a dictionary with a type, which cannot be asked for; \
                 leave out the type or use single values",
                quoted(cell)
            ));
        }
        if shown.is_empty() || shown.contains(['{', '}']) {
            return Err(format!("{} is not a name for a parameter", quoted(cell)));
        }
        parameter(shown, written_type, statement)
            .map(|parameter| Variable::Parameter(Box::new(parameter)))
            .map_err(|reason| format!("parameter {shown}: {reason}"))
    }

    pub(super) fn name(&self) -> &str {
        match self {
            Variable::Constant { name } => name,
            Variable::Parameter(parameter) => &parameter.name,
        }
    }
}

/// The form of a name in which Robot Framework compares names.
pub(super) fn compared(name: &str) -> String {
    name.to_lowercase()
        .chars()
        .filter(|c| !is_space(*c) && *c != '_')
        .collect()
}

/// The place of the `}` that closes what began before `inside`, braces inside
/// counted and escaped ones not.
pub(super) fn closing_brace(inside: &str) -> Option<usize> {
    let mut open = 1_usize;
    let mut escaped = false;
    for (place, c) in inside.char_indices() {
        match c {
            '}' if !escaped => {
                open -= 1;
                if open == 0 {
                    return Some(place);
                }
            }
            '{' if !escaped => open += 1,
            _ => escaped = c == '\\' && !escaped,
        }
    }
    None
}

/// A name as it is written: `${base: type}`, with or without ` =` after it.
struct Name<'a> {
    sign: char,
    base: &'a str,
    written_type: Option<&'a str>,
}

impl<'a> Name<'a> {
    fn of_cell(cell: &'a str) -> Option<Name<'a>> {
        let cell = match cell.strip_suffix('=') {
            Some(before) => before.trim_end_matches(is_space),
            None => cell,
        };
        let sign = cell.chars().next().filter(|c| "$@&".contains(*c))?;
        let inside = cell[1..].strip_prefix('{')?;
        let end = closing_brace(inside)?;
        if end + 1 != inside.len() {
            return None;
        }
        let inside = &inside[..end];
        let (base, written_type) = match inside.rsplit_once(": ") {
            Some((base, written)) => (base, Some(written)),
            None => (inside, None),
        };
        (!base.is_empty()).then_some(Name {
            sign,
            base,
            written_type,
        })
    }
}

fn parameter(
    name: &str,
    written_type: &str,
    statement: &Statement<'_>,
) -> Result<Parameter, String> {
    let DeclaredType { base, optional } = declared_type::parse(written_type)?;
    let cells = statement.cells.get(1..).unwrap_or_default();
    let (required, default) = if base == BaseType::Secret {
        check_secret(cells, optional)?;
        (!optional, None)
    } else {
        default_of(&base, optional, cells)?
    };
    let whole = matches!(base, BaseType::Whole).then_some(true);
    let (kind, choices) = match base {
        BaseType::Text => (ParameterType::Text, Vec::new()),
        BaseType::Whole | BaseType::Real => (ParameterType::Number, Vec::new()),
        BaseType::Boolean => (ParameterType::Boolean, Vec::new()),
        BaseType::Date => (ParameterType::Date, Vec::new()),
        BaseType::Secret => (ParameterType::Secret, Vec::new()),
        BaseType::Choice(values) => {
            let choice = |value| Choice { value, label: None };
            (
                ParameterType::Choice,
                values.into_iter().map(choice).collect(),
            )
        }
    };
    let (label, help) = match statement.comments.split_first() {
        Some((label, help)) => (label.clone(), help.join("\n")),
        None => (String::new(), String::new()),
    };
    let said = |text: String| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    Ok(Parameter {
        label: said(label),
        required,
        default,
        choices,
        help: said(help),
        whole,
        line: Some(statement.line),
        ..Parameter::new(name, kind)
    })
}

/// Whether a value is required, and the default.
fn default_of(
    base: &BaseType,
    optional: bool,
    cells: &[&str],
) -> Result<(bool, Option<Value>), String> {
    let default = DefaultValue::of_cells(cells)?;
    match &default {
        DefaultValue::None if optional => Ok((false, None)),
        DefaultValue::None => Err("${None} needs a type that ends with `| None`".to_owned()),
        DefaultValue::Empty if !optional => Ok((true, None)),
        // An empty text is a value of its own; nothing else can be empty.
        DefaultValue::Empty if *base == BaseType::Text => Ok((false, Some(Value::from("")))),
        DefaultValue::Empty => Ok((false, None)),
        DefaultValue::Text(text)
            if optional && *base != BaseType::Text && text.eq_ignore_ascii_case("none") =>
        {
            Ok((false, None))
        }
        DefaultValue::Boolean(_) | DefaultValue::Number(_) | DefaultValue::Text(_) => {
            default.value(base).map(|value| (false, Some(value)))
        }
    }
}

/// A secret may come from the environment when the robot is started by hand,
/// but its value must not stand in the file.
fn check_secret(cells: &[&str], optional: bool) -> Result<(), String> {
    let from_environment = matches!(cells, [only]
        if only.strip_prefix("%{").and_then(closing_brace).is_some_and(|end| end + 3 == only.len()));
    if from_environment {
        return Ok(());
    }
    match DefaultValue::of_cells(cells) {
        Ok(DefaultValue::Empty) => Ok(()),
        Ok(DefaultValue::None) if optional => Ok(()),
        _ => Err(
            "the value of a secret must not stand in the file; write ${EMPTY} or %{NAME=}"
                .to_owned(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::lines::statements;
    use super::*;

    fn read(line: &str) -> Result<Variable, String> {
        Variable::of_statement(&statements(line)[0])
    }

    fn declared(line: &str) -> Parameter {
        match read(line).unwrap() {
            Variable::Parameter(parameter) => *parameter,
            Variable::Constant { name } => panic!("{name} is a constant"),
        }
    }

    #[test]
    fn a_typed_scalar_is_a_parameter_with_its_comments() {
        let count = declared("# Rows\n# At most.\n#\n# Never all.\n${COUNT: int}    10");
        assert_eq!(
            serde_json::to_value(&count).unwrap(),
            json!({"name":"COUNT","label":"Rows","help":"At most.\n\nNever all.","type":"number",
                "required":false,"default":10,"whole":true,"line":5})
        );
        let region = declared("${REGION: Literal[\"EU\", \"US\"]} =    EU");
        assert_eq!(region.choices.len(), 2);
        assert_eq!(region.label, None);
    }

    #[test]
    fn empty_means_required_and_none_means_optional() {
        assert!(declared("${A: str}    ${EMPTY}").required);
        assert!(declared("${A: date}").required);
        assert!(declared("${A: Secret}    %{TOKEN=}").required);
        for line in [
            "${A: str | None}    ${None}",
            "${A: Secret | None}    ${None}",
            "${A: int | None}    None",
        ] {
            let parameter = declared(line);
            assert!(!parameter.required && parameter.default.is_none(), "{line}");
        }
        assert_eq!(
            declared("${A: str | None}    ${EMPTY}").default,
            Some(json!(""))
        );
        assert_eq!(declared("${A: int | None}    5").default, Some(json!(5)));
    }

    #[test]
    fn no_type_means_a_constant() {
        for line in [
            "${URL}    x",
            "@{ROWS}    1    2",
            "&{MAP}    a=1",
            "${a${b}}    1",
        ] {
            assert!(
                matches!(read(line), Ok(Variable::Constant { .. })),
                "{line}"
            );
        }
    }

    #[test]
    fn mistakes_are_told_with_the_parameter() {
        for (line, words) in [
            (
                "${AMOUNT: int}    ten",
                "parameter AMOUNT: “ten” is not a number",
            ),
            (
                "${F: Path}    a.xlsx",
                "parameter F: files cannot be asked for yet",
            ),
            ("@{ROWS: int}    1", "list or a dictionary"),
            ("&{M: str=int}    a=1", "list or a dictionary"),
            ("${X:int}    1", "no space after its colon"),
            ("${X: int}    ${None}", "`| None`"),
            ("${X: Secret}    hunter2", "must not stand in the file"),
            ("${X: str}    ${OTHER}", "written out"),
            ("    ${X: int}    1", "beginning of the line"),
            ("${}    1", "not the name"),
            ("X    1", "not the name"),
            ("${X    1", "not the name"),
            ("${X}[0]    1", "not the name"),
            ("${a${b}: int}    1", "not a name for a parameter"),
        ] {
            let message = read(line).unwrap_err();
            assert!(message.contains(words), "{line}: {message}");
        }
        assert!(
            !read("${X: Secret}    hunter2")
                .unwrap_err()
                .contains("hunter2")
        );
    }
}
