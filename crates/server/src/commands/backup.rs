//! `arkwright backup`, `restore` and `check`: what keeps a server's data safe.

use std::collections::BTreeMap;

use model::{Clock, Sha256};
use serde_json::json;

use super::Failure;
use super::cli::{BackupTo, Check, RestoreFrom};
use super::owner::data_folder;
use crate::backup::{self, BackupError, PutBackError};
use crate::clock::SystemClock;
use crate::compose::Keeping;
use crate::exit_code;

/// How many digests are named one by one.
const MOST_NAMED: usize = 10;

pub(super) fn make(ask: BackupTo) -> Result<u8, Failure> {
    let folder = data_folder(ask.at.data.as_deref())?;
    let made = backup::make(&folder, &ask.file, SystemClock::new().now())?;
    let manifest = &made.manifest;
    if ask.at.json {
        println!(
            "{}",
            json!({"file": ask.file, "sizeBytes": made.size_bytes, "files": manifest.files,
                   "madeAt": manifest.made_at, "missing": made.missing})
        );
    } else {
        println!(
            "wrote {}: the database and {} files, {} MB",
            ask.file.display(),
            manifest.files,
            made.size_bytes.div_ceil(1_000_000)
        );
        println!(
            "not in it: `{}`; keep a copy of that file elsewhere, or secrets of waiting jobs are lost",
            folder.secret_key().display()
        );
    }
    Ok(told("backed up", &made.missing))
}

pub(super) fn restore(ask: RestoreFrom) -> Result<u8, Failure> {
    let folder = data_folder(ask.at.data.as_deref())?;
    let done = backup::put_back(&ask.file, &folder, SystemClock::new().now())?;
    let (manifest, rewound) = (&done.manifest, done.rewound);
    if ask.at.json {
        println!(
            "{}",
            json!({"data": folder.path(), "madeAt": manifest.made_at, "files": manifest.files,
                   "ended": rewound.ended, "waiting": rewound.waiting, "missing": done.missing})
        );
    } else {
        println!(
            "restored {} as it was at {}: the database and {} files",
            folder.path().display(),
            manifest.made_at,
            manifest.files
        );
        println!(
            "of the jobs that were open then, {} ended as failed (whether they were carried out \
             since is not known), and {} that are safe to repeat wait again",
            rewound.ended, rewound.waiting
        );
        if !folder.secret_key().exists() {
            println!(
                "put `{}` back before the start if you have it: without it secrets of waiting jobs \
                 are lost",
                folder.secret_key().display()
            );
        }
    }
    Ok(told("in the backup", &done.missing))
}

pub(super) fn check(ask: Check) -> Result<u8, Failure> {
    let folder = data_folder(ask.at.data.as_deref())?;
    let keeping = Keeping::open(&folder.database())?;
    let mut findings = keeping.findings().map_err(Failure::new)?;
    let counts = keeping.counts().map_err(Failure::new)?;
    let files = keeping.files().map_err(Failure::new)?;
    for digest in &files {
        match backup::digest_of(&folder.artifact(*digest)) {
            Ok(found) if found == *digest => {}
            Ok(_) => findings.push(format!("the file {digest} was changed")),
            Err(error) => findings.push(format!("the file {digest} cannot be read: {error}")),
        }
    }
    print_check(&counts, files.len(), &findings, ask.at.json);
    Ok(if findings.is_empty() {
        exit_code::DONE
    } else {
        exit_code::FOUND_PROBLEMS
    })
}

fn print_check(counts: &BTreeMap<&str, u64>, files: usize, findings: &[String], as_json: bool) {
    if as_json {
        let told = json!({"rows": counts, "files": files, "findings": findings});
        println!("{told}");
        return;
    }
    let rows: Vec<String> = counts
        .iter()
        .map(|(table, rows)| format!("{table} {rows}"))
        .collect();
    println!("looked through: {}; files {files}", rows.join(", "));
    for finding in findings {
        println!("MEND {finding}");
    }
    if findings.is_empty() {
        println!("everything is whole");
    } else {
        println!(
            "hint: keep a copy of the folder, and restore a backup into another one: \
             `arkwright restore FILE --data DIR`"
        );
    }
}

/// Tells which files were not there; the exit code says so too.
fn told(what: &str, missing: &[Sha256]) -> u8 {
    if missing.is_empty() {
        return exit_code::DONE;
    }
    eprintln!(
        "warning: {} files that the database names could not be {what}; each was removed meanwhile \
         or is damaged",
        missing.len()
    );
    for digest in missing.iter().take(MOST_NAMED) {
        eprintln!("  {digest}");
    }
    eprintln!("hint: `arkwright check` looks at every file");
    exit_code::FOUND_PROBLEMS
}

impl From<BackupError> for Failure {
    fn from(error: BackupError) -> Self {
        match error {
            BackupError::Open(error) => error.into(),
            error @ BackupError::Exists(_) => {
                Self::new(error).hint("name another file, or move that one away")
            }
            error @ BackupError::Copy(_) => Self::new(error).hint(
                "see that the disk of the backup is not full; `arkwright check` looks closer",
            ),
            error @ BackupError::Write { .. } => {
                Self::new(error).hint("name a file in a folder that exists and has enough space")
            }
        }
    }
}

impl From<PutBackError> for Failure {
    fn from(error: PutBackError) -> Self {
        match error {
            PutBackError::Folder(error) => error.into(),
            PutBackError::Open(error) => error.into(),
            error @ PutBackError::Occupied(_) => {
                Self::new(error).hint("name an empty folder with `--data DIR`")
            }
            error @ PutBackError::Read { .. } => Self::new(error).hint("name a backup that exists"),
            error @ PutBackError::Damaged { .. } => {
                Self::new(error).hint("take another backup; nothing was restored")
            }
            error @ PutBackError::Newer { .. } => Self::new(error),
            error @ PutBackError::Write { .. } => {
                Self::new(error).hint("free some space, and restore again")
            }
            error @ PutBackError::Settle(_) => {
                Self::new(error).hint("nothing was restored; report this with the text above")
            }
        }
    }
}
