//! The sample robots of `robots/`: their names, and the packages made of their folders.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::Serialize;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use crate::repository;

/// One robot as it is added: a `.robot` file, or a package.
#[derive(Serialize)]
pub(super) struct Sample {
    name: String,
    description: String,
    file: PathBuf,
    package: bool,
    digest: String,
}

/// All sample robots; packages are written into `folder`.
pub(super) fn all(folder: &Path) -> Result<Vec<Sample>> {
    std::fs::create_dir_all(folder)?;
    let robots = repository::root().join("robots");
    let mut paths: Vec<PathBuf> = std::fs::read_dir(&robots)
        .context("reading the folder `robots`")?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<_>>()?;
    paths.sort();
    let mut samples = Vec::new();
    for path in paths {
        if path.join("main.robot").is_file() {
            let bytes = package(&path)?;
            let name = path.file_name().unwrap_or_default();
            let file = folder.join(name).with_extension("zip");
            std::fs::write(&file, &bytes)
                .with_context(|| format!("writing `{}`", file.display()))?;
            samples.push(sample(&path.join("main.robot"), file, true, &bytes)?);
        } else if path
            .extension()
            .is_some_and(|extension| extension == "robot")
        {
            let bytes = std::fs::read(&path)?;
            samples.push(sample(&path, path.clone(), false, &bytes)?);
        }
    }
    Ok(samples)
}

fn sample(robot: &Path, file: PathBuf, package: bool, bytes: &[u8]) -> Result<Sample> {
    let text = repository::read(robot)?;
    let (name, description) = title(&text).with_context(|| {
        format!(
            "`{}` must begin with `# Name: what it does`",
            repository::shown(robot)
        )
    })?;
    let mut digest = DefaultHasher::new();
    bytes.hash(&mut digest);
    Ok(Sample {
        name: name.to_owned(),
        description: description.to_owned(),
        file,
        package,
        digest: format!("{:016x}", digest.finish()),
    })
}

/// The name and the sentence of a robot's first line.
fn title(text: &str) -> Option<(&str, &str)> {
    let (name, description) = text.lines().next()?.strip_prefix("# ")?.split_once(": ")?;
    Some((name.trim(), description.trim()))
}

/// A folder as a zip: always the same bytes for the same files.
fn package(folder: &Path) -> Result<Vec<u8>> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for path in repository::files(folder)? {
        let name = path
            .strip_prefix(folder)?
            .to_string_lossy()
            .replace('\\', "/");
        zip.start_file(name, options)?;
        zip.write_all(&std::fs::read(&path)?)?;
    }
    Ok(zip.finish()?.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_five_sample_robots_with_names_and_sentences() {
        let folder = tempfile::tempdir().expect("a folder");
        let samples = all(folder.path()).expect("they are read");
        let names: Vec<&str> = samples.iter().map(|sample| sample.name.as_str()).collect();
        assert_eq!(
            names,
            ["Order form", "Hello", "Invoices", "Long job", "PDF sorter"]
        );
        assert!(
            samples
                .iter()
                .all(|sample| sample.description.ends_with('.'))
        );
        assert!(samples.iter().all(|sample| sample.description.len() <= 200));
    }

    #[test]
    fn a_package_has_the_same_bytes_each_time_and_one_robot_at_its_top() {
        let folder = repository::root().join("robots").join("pdf-sorter");
        let bytes = package(&folder).expect("it is packed");
        assert_eq!(bytes, package(&folder).expect("it is packed again"));
        let zip = zip::ZipArchive::new(Cursor::new(bytes)).expect("it is a zip");
        let names: Vec<&str> = zip.file_names().collect();
        assert!(
            names.contains(&"main.robot") && names.contains(&"inbox/scan_0001.pdf"),
            "{names:?}"
        );
    }

    #[test]
    fn a_title_is_read_from_the_first_line_alone() {
        assert_eq!(title("# Hello: Greets.\n"), Some(("Hello", "Greets.")));
        assert_eq!(title("*** Tasks ***\n# Hello: Greets.\n"), None);
    }
}
