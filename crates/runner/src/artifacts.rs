//! What an attempt leaves behind.

use std::fs;
use std::path::{Path, PathBuf};

use crate::workspace::Workspace;

/// The most files that are looked at.
const MOST_FILES: usize = 200;
/// The deepest folder that is looked into.
const DEEPEST: usize = 8;

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

/// The files below `output/`: what the robot made first, then Robot Framework's own. Links are
/// not followed, and nothing outside is named.
#[must_use]
pub fn artifacts(workspace: &Workspace) -> Vec<ArtifactFile> {
    let output = workspace.join("output");
    let mut found = Vec::new();
    collect(&output, &output, 0, &mut found);
    let own = ["log.html", "report.html", "output.xml"];
    found.sort_by(|a, b| {
        let place = |file: &ArtifactFile| own.iter().position(|name| *name == file.name);
        place(a).cmp(&place(b)).then_with(|| a.name.cmp(&b.name))
    });
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
        } else if metadata.is_file()
            && let Ok(below) = path.strip_prefix(output)
        {
            found.push(ArtifactFile {
                name: name_of(below),
                size_bytes: metadata.len(),
                path,
            });
        }
    }
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
        assert_eq!(names, ["sorted_2026_a.pdf", "log.html"]);
    }
}
