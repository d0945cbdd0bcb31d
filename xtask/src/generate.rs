//! The files that are made from the code and checked in: they make a change of the wire or of the
//! rules visible where people read it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::{command, repository, web};

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Change nothing; fail when a file is not what would be written
    #[arg(long)]
    check: bool,
}

/// One generated file, or a folder of them, and the command that writes it.
struct Generated {
    place: &'static str,
    what: &'static str,
    command: fn() -> Command,
    needs_packages: bool,
}

/// The text of each file at a place.
type Texts = BTreeMap<PathBuf, String>;

const ALL: [Generated; 4] = [
    Generated {
        place: "web/src/wire/generated.ts",
        what: "the wire's types in TypeScript",
        command: || cargo_example("arkwright-wire", "generate", &["--features", "export"]),
        needs_packages: false,
    },
    Generated {
        place: "web/src/words/generated",
        what: "the page's messages as typed functions",
        command: || {
            let mut node = command::in_root("node");
            node.arg("web/scripts/messages.mjs");
            node
        },
        needs_packages: true,
    },
    Generated {
        place: "docs/reference/transitions.md",
        what: "the table of a job's transitions",
        command: || cargo_example("arkwright-model", "transition_table", &[]),
        needs_packages: false,
    },
    Generated {
        place: "docs/TESTING.md",
        what: "which test shows which promise of the page",
        command: || {
            let mut node = command::in_root("node");
            node.arg("web/scripts/promises.mjs");
            node
        },
        needs_packages: false,
    },
];

fn cargo_example(package: &str, example: &str, more: &[&str]) -> Command {
    let mut cargo = command::cargo();
    cargo.args(["run", "--quiet", "--package", package, "--example", example]);
    cargo.args(more);
    cargo
}

pub(crate) fn run(options: &Options) -> Result<()> {
    if options.check { check() } else { write() }
}

fn write() -> Result<()> {
    for generated in &ALL {
        produce(generated)?;
        eprintln!("wrote {}: {}", generated.place, generated.what);
    }
    Ok(())
}

/// Generates in place, compares, and puts back what was there.
pub(crate) fn check() -> Result<()> {
    let mut stale = Vec::new();
    for generated in &ALL {
        let place = repository::root().join(generated.place);
        let before = texts(&place)?;
        let made = produce(generated);
        let after = texts(&place)?;
        restore(&before, &after)?;
        made?;
        stale.extend(differences(&before, &after));
    }
    if stale.is_empty() {
        return Ok(());
    }
    bail!(
        "{}\nhint: `cargo xtask generate` writes them; commit the result with the change",
        stale.join("\n")
    )
}

fn produce(generated: &Generated) -> Result<()> {
    if generated.needs_packages {
        web::packages()?;
    }
    let place = repository::root().join(generated.place);
    if let Some(folder) = place.parent() {
        std::fs::create_dir_all(folder)?;
    }
    command::output(
        &mut (generated.command)(),
        &format!("generating {}", generated.what),
    )?;
    if !place.exists() {
        bail!(
            "generating {} wrote no `{}`",
            generated.what,
            generated.place
        );
    }
    Ok(())
}

fn texts(place: &Path) -> Result<Texts> {
    let files = match place.is_file() {
        true => vec![place.to_path_buf()],
        false => repository::files(place)?,
    };
    files
        .into_iter()
        .map(|path| Ok((path.clone(), repository::read(&path)?)))
        .collect()
}

fn restore(before: &Texts, after: &Texts) -> Result<()> {
    for path in after.keys().filter(|path| !before.contains_key(*path)) {
        std::fs::remove_file(path)
            .with_context(|| format!("removing `{}` again", repository::shown(path)))?;
    }
    for (path, text) in before
        .iter()
        .filter(|(path, text)| after.get(*path) != Some(*text))
    {
        std::fs::write(path, text)
            .with_context(|| format!("putting `{}` back", repository::shown(path)))?;
    }
    Ok(())
}

fn differences(before: &Texts, after: &Texts) -> Vec<String> {
    let paths: BTreeSet<&PathBuf> = before.keys().chain(after.keys()).collect();
    paths
        .into_iter()
        .filter(|path| before.get(*path) != after.get(*path))
        .map(|path| {
            let (old, new) = (before.get(path), after.get(path));
            difference(
                &repository::shown(path),
                old.map(String::as_str),
                new.map(String::as_str),
            )
        })
        .collect()
}

/// Says where two texts first differ.
fn difference(file: &str, checked_in: Option<&str>, made: Option<&str>) -> String {
    let (checked_in, made) = match (checked_in, made) {
        (None, _) => return format!("{file} is generated but not checked in"),
        (_, None) => return format!("{file} is checked in but no longer generated"),
        (Some(checked_in), Some(made)) => (checked_in, made),
    };
    let same = checked_in
        .lines()
        .zip(made.lines())
        .take_while(|(left, right)| left == right);
    let line = same.count();
    format!(
        "{file}:{}: is stale\n  checked in: {}\n  generated:  {}",
        line + 1,
        checked_in.lines().nth(line).unwrap_or("(end of file)"),
        made.lines().nth(line).unwrap_or("(end of file)"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_differing_line_of_a_stale_file_is_named() {
        let told = difference("a.ts", Some("one\ntwo\n"), Some("one\nzwei\n"));
        assert_eq!(
            told,
            "a.ts:2: is stale\n  checked in: two\n  generated:  zwei"
        );
    }

    #[test]
    fn a_file_that_was_never_checked_in_is_told() {
        assert_eq!(
            difference("a.ts", None, Some("x")),
            "a.ts is generated but not checked in"
        );
    }
}
