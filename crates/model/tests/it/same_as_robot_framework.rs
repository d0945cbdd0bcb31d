//! The same answer as Robot Framework's parser: on a corpus of small files, and
//! on files made from it by random edits.

use std::fs;
use std::path::Path;

use model::parameter::{Parameter, ParameterType};
use model::robot_source::{self, Problem, RobotSource};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::Value;

use crate::oracle::{self, Verdict, VerdictVariable};

#[test]
fn the_corpus_is_read_as_robot_framework_reads_it() {
    let (names, sources): (Vec<String>, Vec<String>) = corpus().into_iter().unzip();
    assert!(names.len() >= 30, "the corpus is gone");
    let verdicts = oracle::ask(&sources);
    for ((name, source), verdict) in names.iter().zip(&sources).zip(&verdicts) {
        compare(source, verdict).unwrap_or_else(|difference| panic!("{name}: {difference}"));
    }
}

#[test]
fn files_made_by_random_edits_are_read_as_robot_framework_reads_them() {
    const FILES: usize = 800;
    let corpus: Vec<String> = corpus().into_iter().map(|(_, source)| source).collect();
    let mut runner = TestRunner::deterministic();
    let edited = (prop::sample::select(corpus), vec(edit(), 1..12)).prop_map(|(source, edits)| {
        edits
            .into_iter()
            .fold(source, |source, edit| edit.apply(&source))
    });
    let sources: Vec<String> = (0..FILES)
        .map(|_| edited.new_tree(&mut runner).unwrap().current())
        .collect();
    let verdicts = oracle::ask(&sources);
    let differences: Vec<String> = sources
        .iter()
        .zip(&verdicts)
        .filter_map(|(source, verdict)| {
            let difference = compare(source, verdict).err()?;
            Some(format!("{difference}\n----\n{source}\n---- {source:?}\n"))
        })
        .collect();
    let told: String = differences.iter().take(12).cloned().collect();
    assert!(
        differences.is_empty(),
        "{} differ:\n{told}",
        differences.len()
    );
}

fn corpus() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/corpus");
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "robot")
        })
        .collect();
    files.sort();
    files
        .iter()
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let source = robot_source::decode(&fs::read(path).unwrap()).unwrap();
            (name, source)
        })
        .collect()
}

/// One change to a source, at a place given as a share of its length.
#[derive(Clone, Debug)]
struct Edit {
    place: prop::sample::Index,
    removed: usize,
    inserted: &'static str,
}

fn edit() -> impl Strategy<Value = Edit> {
    const PIECES: [&str; 40] = [
        "",
        "",
        "",
        " ",
        "  ",
        "    ",
        "\t",
        "\n",
        "\r\n",
        "\r",
        "|",
        "| ",
        " | ",
        "...",
        "\n...    ",
        "#",
        "    # x",
        "*",
        "*** Variables ***\n",
        "*** Tasks ***\n",
        "*** Keywords ***\n",
        "$",
        "${",
        "}",
        "{",
        ": int}",
        ": str | None}",
        "${None}",
        "${EMPTY}",
        "\\",
        "=",
        "END",
        "\n    END\n",
        "\n    FOR    ${x}    IN    1\n",
        "\n    IF    $x\n",
        "\n    ELSE\n",
        "\n    TRY\n",
        "\n    EXCEPT\n",
        "1",
        "ä\u{a0}\u{2028}",
    ];
    (
        any::<prop::sample::Index>(),
        0..4_usize,
        prop::sample::select(PIECES.to_vec()),
    )
        .prop_map(|(place, removed, inserted)| Edit {
            place,
            removed,
            inserted,
        })
}

impl Edit {
    fn apply(&self, source: &str) -> String {
        let chars: Vec<char> = source.chars().collect();
        let place = self.place.index(chars.len() + 1);
        let after = chars.len().min(place + self.removed);
        let before = chars[..place].iter();
        before
            .copied()
            .chain(self.inserted.chars())
            .chain(chars[after..].iter().copied())
            .collect()
    }
}

/// What differs between our reading and theirs, if anything does.
fn compare(source: &str, verdict: &Verdict) -> Result<(), String> {
    let ours = robot_source::read(source);
    // We read names of sections and settings in English only, and say so.
    let is_translated = source.to_lowercase().contains("language:");
    // Robot Framework gives what continues a comment or an empty line at the
    // beginning of the file that line, and takes it for a comment.
    let mut lines = source.lines().map(str::trim).skip_while(|line| {
        line.is_empty() || line.starts_with('#') || line.starts_with("| #") || *line == "|"
    });
    let continues_nothing = lines.next().is_some_and(|line| {
        let line = line.trim_start_matches(['|', ' ']);
        line.starts_with("...") && !source.starts_with(line)
    });
    if is_translated || continues_nothing || ours.problems.len() >= 100 {
        return Ok(());
    }
    same("tasks", &ours.tasks, &verdict.tasks)?;
    same(
        "headers",
        &lines_of(&ours, |message| message.starts_with("there is no section")),
        &verdict.headers,
    )?;
    let lines = lines_of(&ours, |message| message.starts_with("there is no setting"));
    same("settings", &lines, &verdict.settings)?;
    let structure = lines_of(&ours, is_about_structure);
    if let Some(theirs) = &verdict.structure {
        same("structure", &structure, theirs)?;
    }
    for variable in &verdict.variables {
        compare_variable(&ours, variable)
            .map_err(|difference| format!("line {}: {difference}", variable.line))?;
    }
    Ok(())
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, ours: &T, theirs: &T) -> Result<(), String> {
    if ours == theirs {
        Ok(())
    } else {
        Err(format!("{what}: ours {ours:?}, theirs {theirs:?}"))
    }
}

fn lines_of(ours: &RobotSource, chosen: impl Fn(&str) -> bool) -> Vec<u32> {
    let chosen = ours
        .problems
        .iter()
        .filter(|problem| chosen(&problem.message));
    let mut lines: Vec<u32> = chosen.filter_map(|problem| problem.line).collect();
    lines.dedup();
    lines
}

fn is_about_structure(message: &str) -> bool {
    let beginnings = [
        "this ",
        "the task ",
        "BREAK can",
        "CONTINUE can",
        "RETURN can",
    ];
    beginnings.iter().any(|words| message.starts_with(words))
        && !message.contains("`# /// script`")
        && !message.contains("of the script block")
        || message.contains("does not belong here")
}

fn compare_variable(ours: &RobotSource, theirs: &VerdictVariable) -> Result<(), String> {
    let at_line = |line: Option<u32>| line == Some(theirs.line);
    let parameter = ours.parameters.iter().find(|one| at_line(one.line));
    let problem = ours.problems.iter().find(|one| at_line(one.line));
    let typed = theirs.written_type.is_some();
    match (parameter, problem) {
        (Some(parameter), None) if typed && theirs.sign == "$" && theirs.valid => {
            compare_parameter(parameter, theirs)
        }
        (None, None) if !typed && theirs.valid => Ok(()),
        (None, Some(problem)) => compare_refusal(problem, theirs),
        _ => Err(format!("ours {parameter:?} {problem:?}, theirs {theirs:?}")),
    }
}

fn compare_parameter(ours: &Parameter, theirs: &VerdictVariable) -> Result<(), String> {
    same("name", &ours.name.as_str(), &theirs.name.trim())?;
    if ours.kind == ParameterType::Secret {
        return Ok(());
    }
    let default = match (&ours.default, ours.kind) {
        (None, _) => {
            // Nothing stands there, or the type makes nothing of it.
            let nothing = theirs.raw.ok && theirs.raw.value == "" || theirs.typed.value.is_null();
            return same("no default", &true, &nothing);
        }
        (Some(default), ParameterType::Choice) => {
            Value::String(default.as_str().unwrap().to_owned())
        }
        (Some(default), _) => default.clone(),
    };
    if !theirs.typed.ok {
        return Err(format!(
            "ours {default}, theirs is no {:?}",
            theirs.written_type
        ));
    }
    let their_value = match &theirs.typed.value {
        Value::Number(number) if ours.kind == ParameterType::Choice => {
            Value::String(number.to_string())
        }
        value => value.clone(),
    };
    let is_same = match (default.as_f64(), their_value.as_f64()) {
        (Some(ours), Some(theirs)) => ours == theirs,
        _ => default == their_value,
    };
    same(
        "default",
        &default,
        if is_same { &default } else { &their_value },
    )
}

/// Whether a problem of ours is one of theirs, or one that is only about what
/// can be asked for.
fn compare_refusal(problem: &Problem, theirs: &VerdictVariable) -> Result<(), String> {
    const OURS_ALONE: [&str; 18] = [
        "is already declared",
        "has no space after its colon",
        "list or a dictionary",
        "is not a name for a parameter",
        "files cannot be asked for yet",
        "is not a type that can be asked for",
        "several types",
        "written out",
        "must not stand in the file",
        "is too large to be kept exactly",
        "is not a date such as",
        "is neither true nor false",
        "must be a text in quotes or a whole number",
        "cannot have",
        "is not one of its choices",
        "stands there twice",
        "needs a type that ends with",
        "a comma is missing",
    ];
    let ours_alone = OURS_ALONE
        .iter()
        .any(|words| problem.message.contains(words));
    if ours_alone || !theirs.valid || !theirs.typed.ok {
        Ok(())
    } else {
        Err(format!("ours {problem:?}, theirs {theirs:?}"))
    }
}
