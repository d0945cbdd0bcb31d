//! One walk over a source, section by section.

use std::collections::HashMap;

use super::Problem;
use super::lines::{Statement, statements};
use super::script::{self, Script};
use super::section::{FILE_SETTINGS, Section, chooses_language, is_among};
use super::structure::Structure;
use super::variable::{Variable, compared};
use crate::parameter::{Parameter, quoted};

/// The most problems that are told of one source.
const MOST_PROBLEMS: usize = 100;

/// What a `.robot` file says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RobotSource {
    /// The parameters, in the order of their declaration.
    pub parameters: Vec<Parameter>,
    /// What is wrong, in the order of the lines, at most the first hundred.
    pub problems: Vec<Problem>,
    /// The names of the tasks, in their order.
    pub tasks: Vec<String>,
    /// What it needs, if it says so.
    pub script: Option<Script>,
}

/// Reads the text of a `.robot` file. It always gives an answer: whatever could
/// be read, and what is wrong.
pub fn read(source: &str) -> RobotSource {
    let source = source.strip_prefix('\u{feff}').unwrap_or(source);
    let mut reader = Reader::default();
    for statement in statements(source) {
        reader.take(&statement);
    }
    reader.finish(source)
}

#[derive(Default)]
struct Reader {
    section: Option<Section>,
    parameters: Vec<Parameter>,
    /// The line of each variable, and whether it is a parameter.
    variables: HashMap<String, (u32, bool)>,
    structure: Structure,
    /// The first section of tasks: one file has either tasks or tests.
    task_section: Option<Section>,
    problems: Vec<Problem>,
}

impl Reader {
    fn take(&mut self, statement: &Statement<'_>) {
        if let Some(section) = Section::of_header(statement.first()) {
            self.structure.end();
            self.begin(section, statement);
            return;
        }
        match self.section {
            None => self.structure.translated |= chooses_language(&statement.cells),
            Some(Section::Settings) => self.setting(statement),
            Some(Section::Variables) => self.variable(statement),
            Some(Section::Tasks | Section::TestCases) => self.structure.take(statement, true),
            Some(Section::Keywords) => self.structure.take(statement, false),
            Some(Section::Comments | Section::Unknown) => {}
        }
    }

    fn begin(&mut self, section: Section, statement: &Statement<'_>) {
        self.section = Some(section);
        match section {
            Section::Unknown => {
                let message = format!(
                    "there is no section {}; use Settings, Variables, Tasks, Keywords or Comments",
                    quoted(statement.first())
                );
                self.tell(statement.line, message);
            }
            Section::Tasks | Section::TestCases => {
                if *self.task_section.get_or_insert(section) != section {
                    let message = "one file cannot have both Tasks and Test Cases";
                    self.tell(statement.line, message);
                }
            }
            Section::Settings | Section::Variables | Section::Keywords | Section::Comments => {}
        }
    }

    fn setting(&mut self, statement: &Statement<'_>) {
        let name = statement.first();
        if !self.structure.translated && !is_among(name, FILE_SETTINGS) {
            let message = format!(
                "there is no setting {}; it must be one of Robot Framework's, such as Library or \
                 Resource, at the beginning of the line",
                quoted(name)
            );
            self.tell(statement.line, message);
        }
    }

    fn variable(&mut self, statement: &Statement<'_>) {
        let variable = match Variable::of_statement(statement) {
            Ok(variable) => variable,
            Err(message) => return self.tell(statement.line, message),
        };
        let is_parameter = matches!(variable, Variable::Parameter(_));
        let name = compared(variable.name());
        let earlier = self.variables.get(&name).copied();
        if let Some((line, was_parameter)) = earlier
            && (is_parameter || was_parameter)
        {
            let message = format!(
                "{} is already declared in line {line}; case, spaces and underscores do not count",
                variable.name()
            );
            return self.tell(statement.line, message);
        }
        self.variables
            .entry(name)
            .or_insert((statement.line, is_parameter));
        if let Variable::Parameter(parameter) = variable {
            self.parameters.push(*parameter);
        }
    }

    fn tell(&mut self, line: u32, message: impl Into<String>) {
        self.problems.push(Problem::at(line, message));
    }

    fn finish(mut self, source: &str) -> RobotSource {
        self.structure.end();
        let mut problems = self.problems;
        problems.append(&mut self.structure.problems);
        let script = script::read(source).unwrap_or_else(|problem| {
            problems.push(problem);
            None
        });
        problems.sort_by_key(|problem| problem.line);
        problems.truncate(MOST_PROBLEMS);
        let tasks = self.structure.tasks;
        if tasks.is_empty() {
            problems.push(Problem::of_file(
                "there is no task; add a section `*** Tasks ***` with a task in it",
            ));
        }
        RobotSource {
            parameters: self.parameters,
            problems,
            tasks,
            script,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(source: &str) -> Vec<String> {
        let told = read(source).problems.into_iter();
        told.map(|problem| match problem.line {
            Some(line) => format!("{line}: {}", problem.message),
            None => problem.message,
        })
        .collect()
    }

    const TASK: &str = "*** Tasks ***\nPay\n    Log    paid\n";

    #[test]
    fn a_whole_robot_is_read() {
        let source = format!(
            "# /// script\n# dependencies = [\"rpaframework\"]\n# ///\n*** Settings ***\nLibrary    X\n\
             *** Variables ***\n# Rows\n${{COUNT: int}}    10\n${{URL}}    x\n{TASK}"
        );
        let robot = read(&source);
        assert_eq!(robot.problems, []);
        assert_eq!(robot.tasks, ["Pay"]);
        assert_eq!(robot.parameters.len(), 1);
        assert_eq!(robot.script.unwrap().dependencies, ["rpaframework"]);
    }

    #[test]
    fn a_file_without_tasks_is_told() {
        for source in ["", "Pay\n    Log    x", "*** Tasks ***\n# nothing"] {
            assert!(problems(source)[0].contains("there is no task"), "{source}");
        }
    }

    #[test]
    fn sections_and_settings_that_do_not_exist_are_told() {
        let told = problems(&format!(
            "*** Setings ***\n*** Settings ***\nLibary    X\n{TASK}"
        ));
        assert!(told[0].starts_with("1: there is no section “*** Setings ***”"));
        assert!(told[1].starts_with("3: there is no setting “Libary”"));
        assert!(
            problems("*** Tasks ***\nA\n    Log    x\n*** Test Cases ***\n")[0]
                .starts_with("4: one file")
        );
        assert_eq!(
            problems(&format!(
                "Language: de\n*** Settings ***\nBibliothek    X\n{TASK}"
            )),
            [""; 0]
        );
    }

    #[test]
    fn a_parameter_must_not_share_its_name() {
        let declare = |lines: &str| problems(&format!("*** Variables ***\n{lines}\n{TASK}"));
        assert!(
            declare("${MY ROW: int}    1\n${my_row: str}    a")[0]
                .starts_with("3: my_row is already")
        );
        assert!(
            declare("${X: int}    1\n${x}    2")[0]
                .starts_with("3: x is already declared in line 2")
        );
        assert!(declare("@{X}    1\n${x: int}    2")[0].starts_with("3:"));
        assert_eq!(declare("${X}    1\n${x}    2"), [""; 0]);
    }

    #[test]
    fn problems_come_in_the_order_of_lines_and_not_without_end() {
        let told = problems("*** Tasks ***\nA\n    END\n*** Variables ***\n${X: int}    ten\n");
        assert!(told[0].starts_with("3:") && told[1].starts_with("5:"));
        assert_eq!(
            read(&"*** x ***\n".repeat(5000)).problems.len(),
            MOST_PROBLEMS + 1
        );
    }
}
