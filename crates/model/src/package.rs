//! The rules for a robot package: what a zip may contain, judged from its list
//! of entries before anything is unpacked.
//!
//! The server asks before it stores a package, the agent before it unpacks
//! one. What passes is safe on every system: no path leaves the folder, no two
//! entries meet on a file system that ignores case, nothing but plain files
//! and folders. Sizes are what the list claims; whoever unpacks counts the
//! real bytes against [`MOST_UNPACKED_BYTES`] too.

use std::collections::HashMap;

use crate::parameter::quoted;

/// The largest zip: 50 MiB.
pub const MOST_PACKED_BYTES: u64 = 50 * 1024 * 1024;
/// The most that the files of a package may hold together: 200 MiB.
pub const MOST_UNPACKED_BYTES: u64 = 200 * 1024 * 1024;
/// The most entries, folders counted.
pub const MOST_ENTRIES: usize = 2_000;
/// The longest path of an entry, in bytes.
pub const LONGEST_PATH_BYTES: usize = 1_000;

/// What an entry of a zip is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// A plain file.
    File,
    /// A folder; its name may end with a slash.
    Folder,
    /// A symbolic or hard link.
    Link,
    /// Anything else: a device, a pipe, a socket.
    Device,
}

/// One line of a zip's list of entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The path inside the zip, exactly as it stands there.
    pub name: String,
    /// The unpacked size that the zip claims.
    pub size_bytes: u64,
    /// What it is.
    pub kind: EntryKind,
}

/// A file of a package that passed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackageFile {
    /// Its path, with `/` between folders.
    pub name: String,
    /// Its size.
    pub size_bytes: u64,
}

/// A package that passed: where its robot is, and all its files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// The `.robot` file that is started.
    pub main: String,
    /// All files, in the order of the zip.
    pub files: Vec<PackageFile>,
    /// `requirements.txt` at its top, if there is one.
    pub requirements: Option<String>,
}

/// Why a package is refused. Each is one sentence for the person who made it,
/// and names the entry at fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PackageProblem {
    /// The zip itself is too large.
    #[error("the zip has {packed_bytes} bytes; 50 MiB is the most")]
    TooLargePacked {
        /// Its size.
        packed_bytes: u64,
    },
    /// The files together are too large.
    #[error("with {} the files have more than 200 MiB together", quoted(.entry))]
    TooLargeUnpacked {
        /// The entry that passed the limit.
        entry: String,
    },
    /// Too many entries.
    #[error("the zip has {entries} entries; 2,000 is the most")]
    TooManyEntries {
        /// How many.
        entries: usize,
    },
    /// An entry's path leaves the package, or does not work on every system.
    #[error("{} cannot be unpacked: {reason}", quoted(.entry))]
    BadPath {
        /// The entry.
        entry: String,
        /// What is wrong with its path.
        reason: &'static str,
    },
    /// An entry is a link.
    #[error("{} is a link; put the file itself into the zip", quoted(.entry))]
    Link {
        /// The entry.
        entry: String,
    },
    /// An entry is neither a file nor a folder.
    #[error("{} is neither a file nor a folder", quoted(.entry))]
    Device {
        /// The entry.
        entry: String,
    },
    /// Two entries would be one file on some systems.
    #[error("{} and {} would be the same on some computers; rename one", quoted(.first), quoted(.entry))]
    Duplicate {
        /// The earlier one.
        first: String,
        /// The entry.
        entry: String,
    },
    /// There is no robot at the top, but there is one in the only folder.
    #[error("everything is inside the folder {}; zip the folder's content, not the folder", quoted(.folder))]
    InsideFolder {
        /// That folder.
        folder: String,
    },
    /// There is no robot at the top.
    #[error("there is no `.robot` file at the top of the zip")]
    NoRobot,
    /// There are several robots at the top and none is `main.robot`.
    #[error("{} and {} are both at the top; name the one to start `main.robot`", quoted(.first), quoted(.second))]
    SeveralRobots {
        /// One of them.
        first: String,
        /// Another.
        second: String,
    },
}

/// Judges the entries of a zip of `packed_bytes` bytes. The first problem in
/// the order of the entries is told.
pub fn check(entries: &[Entry], packed_bytes: u64) -> Result<Layout, PackageProblem> {
    if packed_bytes > MOST_PACKED_BYTES {
        return Err(PackageProblem::TooLargePacked { packed_bytes });
    }
    if entries.len() > MOST_ENTRIES {
        return Err(PackageProblem::TooManyEntries {
            entries: entries.len(),
        });
    }

    let mut places = Places::default();
    let mut files = Vec::new();
    let mut unpacked_bytes: u64 = 0;
    for entry in entries {
        let name = checked_path(entry)?;
        places.take(name, entry.kind)?;
        if entry.kind == EntryKind::File {
            unpacked_bytes = unpacked_bytes.saturating_add(entry.size_bytes);
            if unpacked_bytes > MOST_UNPACKED_BYTES {
                return Err(PackageProblem::TooLargeUnpacked {
                    entry: entry.name.clone(),
                });
            }
            files.push(PackageFile {
                name: name.to_owned(),
                size_bytes: entry.size_bytes,
            });
        }
    }

    let main = main_robot(&files)?;
    let requirements = files
        .iter()
        .find(|file| file.name == "requirements.txt")
        .map(|file| file.name.clone());
    Ok(Layout {
        main,
        files,
        requirements,
    })
}

/// The entry's path without a folder's last slash, if it is one that stays
/// inside the package on every system.
fn checked_path(entry: &Entry) -> Result<&str, PackageProblem> {
    let named = || entry.name.clone();
    let bad = |reason| {
        Err(PackageProblem::BadPath {
            entry: named(),
            reason,
        })
    };
    match entry.kind {
        EntryKind::Link => return Err(PackageProblem::Link { entry: named() }),
        EntryKind::Device => return Err(PackageProblem::Device { entry: named() }),
        EntryKind::File | EntryKind::Folder => {}
    }
    let mut path = entry.name.as_str();
    if entry.kind == EntryKind::Folder {
        path = path.strip_suffix('/').unwrap_or(path);
    }
    if path.len() > LONGEST_PATH_BYTES {
        return bad("its path is too long");
    }
    if path.starts_with('/') {
        return bad("its path begins at the root of the disk");
    }
    if path.contains('\\') {
        return bad("its path has a backslash");
    }
    if path.contains(':') {
        return bad("its path has a colon");
    }
    if path.chars().any(char::is_control) {
        return bad("its path has a character that cannot be shown");
    }
    for part in path.split('/') {
        match part {
            "" => return bad("its path has an empty part"),
            "." | ".." => return bad("its path leads out of the package"),
            // Windows drops these, so that `.. ` would be `..`.
            _ if part.ends_with(['.', ' ']) => {
                return bad("a part of its path ends with a dot or a space");
            }
            _ => {}
        }
    }
    Ok(path)
}

/// Every path that is taken, by its spelling without regard to case.
#[derive(Default)]
struct Places {
    taken: HashMap<String, Place>,
}

struct Place {
    path: String,
    is_file: bool,
}

impl Places {
    fn take(&mut self, path: &str, kind: EntryKind) -> Result<(), PackageProblem> {
        for (slash, _) in path.match_indices('/') {
            self.take_one(path, &path[..slash], false)?;
        }
        self.take_one(path, path, kind == EntryKind::File)
    }

    fn take_one(&mut self, entry: &str, path: &str, is_file: bool) -> Result<(), PackageProblem> {
        match self.taken.get(&path.to_lowercase()) {
            // A folder may be named again, and is by each of its files.
            Some(place) if !place.is_file && !is_file && place.path == path => Ok(()),
            Some(place) => Err(PackageProblem::Duplicate {
                first: place.path.clone(),
                entry: entry.to_owned(),
            }),
            None => {
                let path = path.to_owned();
                self.taken
                    .insert(path.to_lowercase(), Place { path, is_file });
                Ok(())
            }
        }
    }
}

fn main_robot(files: &[PackageFile]) -> Result<String, PackageProblem> {
    let mut at_top = files
        .iter()
        .map(|file| file.name.as_str())
        .filter(|name| !name.contains('/') && is_robot(name));
    if files.iter().any(|file| file.name == "main.robot") {
        return Ok("main.robot".to_owned());
    }
    match (at_top.next(), at_top.next()) {
        (Some(only), None) => Ok(only.to_owned()),
        (Some(first), Some(second)) => Err(PackageProblem::SeveralRobots {
            first: first.to_owned(),
            second: second.to_owned(),
        }),
        (None, _) => Err(
            only_folder(files).map_or(PackageProblem::NoRobot, |folder| {
                PackageProblem::InsideFolder {
                    folder: folder.to_owned(),
                }
            }),
        ),
    }
}

fn is_robot(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(stem, extension)| {
        !stem.is_empty() && extension.eq_ignore_ascii_case("robot")
    })
}

/// The folder that everything is in, if a robot lies directly in it. The
/// folder that macOS adds to its zips does not count.
fn only_folder(files: &[PackageFile]) -> Option<&str> {
    let mut folder = None;
    let mut has_robot = false;
    for file in files {
        let (top, rest) = file.name.split_once('/')?;
        if top == "__MACOSX" {
            continue;
        }
        if *folder.get_or_insert(top) != top {
            return None;
        }
        has_robot |= !rest.contains('/') && is_robot(rest);
    }
    folder.filter(|_| has_robot)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str) -> Entry {
        Entry {
            name: name.into(),
            size_bytes: 10,
            kind: EntryKind::File,
        }
    }

    fn folder(name: &str) -> Entry {
        Entry {
            name: name.into(),
            size_bytes: 0,
            kind: EntryKind::Folder,
        }
    }

    fn refusal(entries: &[Entry]) -> String {
        check(entries, 100).unwrap_err().to_string()
    }

    #[test]
    fn a_plain_package_passes_with_its_robot_and_requirements() {
        let layout = check(
            &[
                folder("lib/"),
                file("lib/sap.py"),
                file("pay.robot"),
                file("requirements.txt"),
                file("lib/more.robot"),
            ],
            MOST_PACKED_BYTES,
        )
        .unwrap();
        assert_eq!(layout.main, "pay.robot");
        assert_eq!(layout.requirements.as_deref(), Some("requirements.txt"));
        assert_eq!(layout.files.len(), 4);
    }

    #[test]
    fn main_robot_is_started_when_there_are_several() {
        let entries = [file("a.robot"), file("main.robot")];
        assert_eq!(check(&entries, 1).unwrap().main, "main.robot");
        assert_eq!(
            refusal(&[file("a.robot"), file("b.robot")]),
            "“a.robot” and “b.robot” are both at the top; name the one to start `main.robot`"
        );
    }

    #[test]
    fn a_package_without_a_robot_at_its_top_is_told_why() {
        assert_eq!(
            refusal(&[file("a.py"), file(".robot")]),
            "there is no `.robot` file at the top of the zip"
        );
        assert_eq!(
            refusal(&[]),
            "there is no `.robot` file at the top of the zip"
        );
        let zipped_folder = [
            folder("pay/"),
            file("pay/main.robot"),
            file("__MACOSX/pay/._main.robot"),
        ];
        assert_eq!(
            refusal(&zipped_folder),
            "everything is inside the folder “pay”; zip the folder's content, not the folder"
        );
    }

    #[test]
    fn a_path_that_leaves_the_package_is_refused_by_name() {
        for evil in [
            "../main.robot",
            "a/../../b",
            "/etc/passwd",
            "C:/x",
            "c:x",
            "a\\b",
            "..\\b",
            "a//b",
            "./a",
            "a/.",
            "",
            "a\0b",
            "a/.. /b",
            "a/... ",
            "x.",
            "a/",
        ] {
            let message = refusal(&[file("main.robot"), file(evil)]);
            assert!(message.contains("cannot be unpacked"), "{evil}: {message}");
        }
        assert_eq!(
            refusal(&[file("../x")]),
            "“../x” cannot be unpacked: its path leads out of the package"
        );
        assert!(refusal(&[file(&"a/".repeat(600))]).contains("too long"));
    }

    #[test]
    fn links_and_devices_are_refused_by_name() {
        for (kind, words) in [
            (EntryKind::Link, "“x” is a link"),
            (EntryKind::Device, "“x” is neither"),
        ] {
            let entry = Entry { kind, ..file("x") };
            assert!(refusal(&[file("main.robot"), entry]).starts_with(words));
        }
    }

    #[test]
    fn entries_that_meet_on_some_system_are_refused() {
        let main = || file("main.robot");
        for pair in [
            [file("a.txt"), file("a.txt")],
            [file("a.txt"), file("A.TXT")],
            [file("Ä"), file("ä")],
            [file("a"), file("a/b")],
            [file("a/b"), file("a")],
            [file("Lib/a"), file("lib/b")],
            [folder("lib/"), file("LIB/b")],
            [folder("a"), file("a")],
        ] {
            let entries = [&[main()], &pair[..]].concat();
            assert!(refusal(&entries).contains("would be the same"), "{pair:?}");
        }
        assert!(check(&[main(), folder("a/"), folder("a"), file("a/b")], 1).is_ok());
    }

    #[test]
    fn each_limit_holds_exactly() {
        assert!(check(&[file("a.robot")], MOST_PACKED_BYTES).is_ok());
        assert!(check(&[file("a.robot")], MOST_PACKED_BYTES + 1).is_err());

        let mut entries: Vec<Entry> = (1..MOST_ENTRIES).map(|n| file(&format!("{n}"))).collect();
        entries.push(file("a.robot"));
        assert!(check(&entries, 1).is_ok());
        entries.push(file("b"));
        assert!(refusal(&entries).contains("2001 entries"));

        let large = |size_bytes| Entry {
            size_bytes,
            ..file("large.bin")
        };
        let with = |size_bytes| [file("a.robot"), large(size_bytes)];
        assert!(check(&with(MOST_UNPACKED_BYTES - 10), 1).is_ok());
        assert!(refusal(&with(MOST_UNPACKED_BYTES - 9)).contains("“large.bin”"));
        assert!(check(&with(u64::MAX), 1).is_err());
    }
}
