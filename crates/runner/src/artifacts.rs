//! What an attempt leaves behind.

use std::fs;
use std::path::{Path, PathBuf};

use crate::workspace::Workspace;

/// The most files that are looked at.
const MOST_FILES: usize = 200;
/// The deepest folder that is looked into.
const DEEPEST: usize = 8;
/// What Robot Framework writes itself, in the order in which people want it.
const OWN: [&str; 3] = ["log.html", "report.html", "output.xml"];

/// A file that an attempt left behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArtifactFile {
    /// Its name on the server: its path below `output/`, with `_` between folders, because names
    /// there have no separators.
    pub name: String,
    /// Where it lies.
    pub path: PathBuf,
    /// Its size.
    pub size_bytes: u64,
}

/// The files below `output/`: Robot Framework's own first, then what the robot made. Links are not
/// followed, and nothing outside is named.
#[must_use]
pub fn artifacts(workspace: &Workspace) -> Vec<ArtifactFile> {
    let output = workspace.join("output");
    let mut made = Vec::new();
    collect(&output, &output, 0, &mut made);
    made.sort_by(|a, b| a.name.cmp(&b.name));
    let mut found: Vec<ArtifactFile> = OWN
        .iter()
        .filter_map(|name| file(output.join(name), &output))
        .collect();
    made.retain(|file| !found.contains(file));
    found.append(&mut made);
    found.truncate(MOST_FILES);
    let mut taken = std::collections::BTreeSet::new();
    for file in &mut found {
        while !taken.insert(file.name.clone()) {
            file.name.insert(0, '_');
        }
    }
    found
}

fn collect(folder: &Path, output: &Path, depth: usize, found: &mut Vec<ArtifactFile>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        if found.len() >= MOST_FILES * 2 {
            return;
        }
        let path = entry.path();
        let Ok(metadata) = fs::symlink_metadata(&path) else {
            continue;
        };
        if metadata.is_dir() && depth < DEEPEST {
            collect(&path, output, depth + 1, found);
        } else {
            found.extend(file(path, output));
        }
    }
}

/// The plain file at `path`, if it is one.
fn file(path: PathBuf, output: &Path) -> Option<ArtifactFile> {
    let metadata = fs::symlink_metadata(&path).ok()?;
    let name = name_of(path.strip_prefix(output).ok()?);
    metadata.is_file().then_some(ArtifactFile {
        name,
        size_bytes: metadata.len(),
        path,
    })
}

fn name_of(below: &Path) -> String {
    let text = below.to_string_lossy();
    let clean: String = text
        .chars()
        .map(|c| {
            if c == '/' || c == '\\' || c.is_control() {
                '_'
            } else {
                c
            }
        })
        .collect();
    let mut end = clean.len().min(255);
    while !clean.is_char_boundary(end) {
        end -= 1;
    }
    clean[..end].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_in_folders_have_flat_names_and_links_are_left_out() {
        let root = tempfile::tempdir().unwrap();
        let output = root.path().join("output");
        fs::create_dir_all(output.join("sorted/2026")).unwrap();
        fs::write(output.join("log.html"), "log").unwrap();
        fs::write(output.join("sorted/2026/a.pdf"), "pdf").unwrap();
        std::os::unix::fs::symlink("/etc/passwd", output.join("link")).unwrap();
        let found = artifacts(&Workspace::at(root.path().to_owned()));
        let names: Vec<&str> = found.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(names, ["log.html", "sorted_2026_a.pdf"]);
    }
}
