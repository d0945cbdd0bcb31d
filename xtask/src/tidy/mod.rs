//! The rules of the code that no compiler checks.
//!
//! Each module holds one rule as a function from text to findings, with tests that show it
//! failing; this file only collects the texts and prints what was found. A finding stops `tidy`,
//! a remark does not.

mod edges;
mod examples;
mod length;
mod page;
mod select;
mod source;
mod wording;
mod words;

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::repository;

/// Something that breaks a rule.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Finding {
    file: String,
    line: usize,
    what: String,
}

impl Finding {
    fn new(file: &str, line: usize, what: impl Into<String>) -> Self {
        Self {
            file: file.to_owned(),
            line,
            what: what.into(),
        }
    }
}

/// A file of the repository as the rules see it.
struct File {
    /// Relative to the root, with forward slashes.
    name: String,
    text: String,
}

impl File {
    fn is(&self, extension: &str) -> bool {
        Path::new(&self.name)
            .extension()
            .is_some_and(|found| found == extension)
    }

    fn is_generated(&self) -> bool {
        self.name
            .split('/')
            .any(|part| part.starts_with("generated"))
    }
}

pub(crate) fn run() -> Result<()> {
    let files = files()?;
    let mut findings = edges::check()?;
    let mut remarks = Vec::new();
    for file in &files {
        findings.extend(words::check(file));
        findings.extend(select::check(file));
        findings.extend(page::check(file));
        findings.extend(wording::check(file, &|path| {
            repository::root().join(path).exists()
        }));
        match length::check(file) {
            Some(length::Verdict::TooLong(finding)) => findings.push(finding),
            Some(length::Verdict::Long(remark)) => remarks.push(remark),
            None => {}
        }
    }
    findings.extend(examples::check(&files));
    findings.sort();
    findings.dedup();
    for remark in &remarks {
        eprintln!("note: {}: {}", remark.file, remark.what);
    }
    for Finding { file, line, what } in &findings {
        eprintln!("{file}:{line}: {what}");
    }
    match findings.len() {
        0 => {
            eprintln!("tidy: {} files, nothing to mend", files.len());
            Ok(())
        }
        count => bail!("tidy found {count} things to mend"),
    }
}

/// What people write here and check in.
fn files() -> Result<Vec<File>> {
    const FOLDERS: [&str; 6] = ["crates", "xtask", "web", "robots", "docs", "changes"];
    const LONE: [&str; 6] = [
        "README.md",
        "Cargo.toml",
        "clippy.toml",
        "rustfmt.toml",
        "deny.toml",
        ".ci/run",
    ];
    const WRITTEN: [&str; 17] = [
        "rs", "toml", "ts", "js", "mjs", "svelte", "css", "html", "json", "md", "py", "robot",
        "txt", "sql", "snap", "sh", "yml",
    ];
    let root = repository::root();
    let mut paths: Vec<PathBuf> = LONE.iter().map(|name| root.join(name)).collect();
    paths.retain(|path| path.is_file());
    for folder in FOLDERS {
        paths.extend(
            repository::files(&root.join(folder))?
                .into_iter()
                .filter(|path| {
                    let extension = path.extension().unwrap_or_default().to_string_lossy();
                    WRITTEN.contains(&extension.as_ref()) && !path.ends_with("package-lock.json")
                }),
        );
    }
    paths
        .into_iter()
        .map(|path| {
            Ok(File {
                name: repository::shown(&path),
                text: repository::read(&path)?,
            })
        })
        .collect()
}
