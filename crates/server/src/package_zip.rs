//! Robot packages as they are uploaded: a zip is judged from its list of entries, then each entry
//! is unpacked into nothing and its real bytes are counted, so that no list can lie.

use std::io::{Cursor, Read};

use model::package::{self, Entry, EntryKind, MOST_ENTRIES, MOST_UNPACKED_BYTES, PackageFile};
use model::robot_source::{self, MOST_SOURCE_BYTES, Problem, RobotSource};
use zip::ZipArchive;
use zip::result::ZipError;

/// The type bits of a Unix mode, and what they mean.
const MODE_TYPE: u32 = 0o170_000;
const MODE_FILE: u32 = 0o100_000;
const MODE_FOLDER: u32 = 0o040_000;
const MODE_LINK: u32 = 0o120_000;

/// A package that can be unpacked.
#[derive(Debug)]
pub struct Package {
    /// The `.robot` file that is run.
    pub main: String,
    /// Its text.
    pub source: String,
    /// What it says; its problems name the file.
    pub robot: RobotSource,
    /// All files.
    pub files: Vec<PackageFile>,
}

/// Judges a zip. Takes as long as unpacking it: call it off the event loop.
///
/// # Errors
/// Why it is refused.
pub fn read(bytes: &[u8]) -> Result<Package, Problem> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| no_zip(&error))?;
    // Before the names are copied.
    if archive.len() > MOST_ENTRIES {
        let entries = archive.len();
        return Err(refused(package::PackageProblem::TooManyEntries { entries }));
    }
    let mut entries = Vec::with_capacity(archive.len());
    for index in 0..archive.len() {
        let entry = archive
            .by_index_raw(index)
            .map_err(|error| no_zip(&error))?;
        if entry.encrypted() {
            let name = entry.name();
            return Err(of_file(
                name,
                "it is encrypted; zip the package without a password",
            ));
        }
        entries.push(Entry {
            name: entry.name().to_owned(),
            size_bytes: entry.size(),
            kind: kind(entry.is_dir(), entry.unix_mode()),
        });
    }
    let packed = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    let layout = package::check(&entries, packed).map_err(refused)?;
    count_real_bytes(&mut archive, MOST_UNPACKED_BYTES)?;
    let source = main_source(&mut archive, &layout.main)?;
    let mut robot = robot_source::read(&source);
    for problem in &mut robot.problems {
        problem.file = Some(layout.main.clone());
    }
    Ok(Package {
        main: layout.main,
        source,
        robot,
        files: layout.files,
    })
}

fn kind(is_folder: bool, mode: Option<u32>) -> EntryKind {
    match mode.map(|mode| mode & MODE_TYPE) {
        Some(MODE_LINK) => EntryKind::Link,
        Some(MODE_FOLDER) => EntryKind::Folder,
        None | Some(0 | MODE_FILE) if is_folder => EntryKind::Folder,
        None | Some(0 | MODE_FILE) => EntryKind::File,
        Some(_) => EntryKind::Device,
    }
}

fn count_real_bytes(archive: &mut ZipArchive<Cursor<&[u8]>>, most: u64) -> Result<(), Problem> {
    let mut left = most;
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).map_err(|error| no_zip(&error))?;
        let name = entry.name().to_owned();
        let mut unpacked = Read::take(&mut entry, left.saturating_add(1));
        let size = std::io::copy(&mut unpacked, &mut std::io::sink());
        let size = size.map_err(|_| of_file(&name, "it is damaged and cannot be unpacked"))?;
        left = left
            .checked_sub(size)
            .ok_or_else(|| refused(package::PackageProblem::TooLargeUnpacked { entry: name }))?;
    }
    Ok(())
}

fn main_source(archive: &mut ZipArchive<Cursor<&[u8]>>, main: &str) -> Result<String, Problem> {
    let most = u64::try_from(MOST_SOURCE_BYTES).unwrap_or(u64::MAX);
    let entry = archive.by_name(main).map_err(|error| no_zip(&error))?;
    let mut bytes = Vec::new();
    entry
        .take(most.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(|_| of_file(main, "it is damaged and cannot be unpacked"))?;
    robot_source::decode(&bytes).map_err(|mut problem| {
        problem.file = Some(main.to_owned());
        problem
    })
}

fn refused(problem: package::PackageProblem) -> Problem {
    whole(problem.to_string())
}

fn no_zip(error: &ZipError) -> Problem {
    whole(match error {
        ZipError::UnsupportedArchive(_) | ZipError::CompressionMethodNotSupported(_) => {
            "the zip uses a kind of compression that is not supported; the usual one is Deflate"
                .to_owned()
        }
        _ => "this is no zip file, or it is damaged".to_owned(),
    })
}

fn whole(message: String) -> Problem {
    Problem {
        file: None,
        line: None,
        message,
    }
}

fn of_file(file: &str, message: &str) -> Problem {
    Problem {
        file: Some(file.to_owned()),
        line: None,
        message: message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    const ROBOT: &str = "*** Tasks ***\nSay Hello\n    Log    Hello\n";

    fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content) in files {
            zip.start_file(*name, SimpleFileOptions::default()).unwrap();
            zip.write_all(content).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    #[test]
    fn a_package_is_read_with_the_robot_that_is_run() {
        let bytes = zip(&[("main.robot", ROBOT.as_bytes()), ("data/a.csv", b"1;2")]);
        let package = read(&bytes).unwrap();
        assert_eq!(package.main, "main.robot");
        assert_eq!(package.source, ROBOT);
        assert_eq!(package.files.len(), 2);
        assert!(package.robot.problems.is_empty());
    }

    #[test]
    fn a_path_that_leaves_the_package_is_refused_by_name() {
        let bytes = zip(&[("main.robot", ROBOT.as_bytes()), ("../evil.py", b"")]);
        let said = read(&bytes).unwrap_err().message;
        assert!(said.contains("../evil.py"), "{said}");
    }

    #[test]
    fn a_link_is_refused_by_name() {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        zip.start_file("main.robot", SimpleFileOptions::default())
            .unwrap();
        zip.write_all(ROBOT.as_bytes()).unwrap();
        zip.add_symlink("passwords", "/etc/passwd", SimpleFileOptions::default())
            .unwrap();
        let bytes = zip.finish().unwrap().into_inner();
        let said = read(&bytes).unwrap_err().message;
        assert!(
            said.contains("passwords") && said.contains("link"),
            "{said}"
        );
    }

    #[test]
    fn a_bomb_is_refused_by_its_real_bytes_whatever_its_list_claims() {
        let size: u32 = 2 << 20;
        let zeros = vec![0; 2 << 20];
        let mut bytes = zip(&[("main.robot", ROBOT.as_bytes()), ("bomb", &zeros)]);
        let count = |bytes: &[u8]| {
            let mut archive = ZipArchive::new(Cursor::new(bytes)).unwrap();
            count_real_bytes(&mut archive, 1 << 20)
        };
        let said = count(&bytes).unwrap_err().message;
        assert!(said.contains("bomb") && said.contains("200 MiB"), "{said}");
        // The same with a list that claims ten bytes.
        let claim = size.to_le_bytes();
        while let Some(at) = bytes.windows(4).position(|four| four == claim) {
            bytes[at..at + 4].copy_from_slice(&10_u32.to_le_bytes());
        }
        assert!(count(&bytes).is_err());
    }

    #[test]
    fn what_is_no_zip_is_refused() {
        for bytes in [&b""[..], b"PK", b"*** Tasks ***", &[0x50, 0x4b, 5, 6, 0, 0]] {
            assert!(read(bytes).unwrap_err().message.contains("no zip"));
        }
    }
}
