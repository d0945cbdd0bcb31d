//! What was set aside for a person: attempts that the server did not want, and damaged ones.
//!
//! Looked through at the start of the program and every few minutes after that, so that a computer
//! that nobody looks after does not fill up.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

use model::Timestamp;

/// How long somebody may look for it.
const KEPT: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Deletes what has lain in `aside` for 30 days.
///
/// # Errors
/// The folder cannot be read, or something in it cannot be deleted.
pub fn clear_old(aside: &Path, now: Timestamp) -> io::Result<()> {
    let entries = match fs::read_dir(aside) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        let found = entry.metadata()?;
        let kept_ms = i64::try_from(KEPT.as_millis()).unwrap_or(i64::MAX);
        if now.as_millis().saturating_sub(put_there_ms(&found)) <= kept_ms {
            continue;
        }
        if found.is_dir() {
            fs::remove_dir_all(entry.path())?;
        } else {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// When it was moved there, which changes no time that a person sees.
fn put_there_ms(found: &Metadata) -> i64 {
    found.ctime().max(found.mtime()).saturating_mul(1_000)
}

#[cfg(test)]
mod tests {
    use model::Clock;

    use super::*;
    use crate::clock::SystemClock;

    #[test]
    fn what_was_set_aside_is_deleted_after_30_days_and_not_before() {
        let folder = tempfile::tempdir().unwrap();
        let aside = folder.path().join("aside");
        let now = SystemClock.now();
        let in_days = |days: i64| Timestamp::from_millis(now.as_millis() + days * 86_400_000);
        clear_old(&aside, now).unwrap();
        fs::create_dir_all(aside.join("an attempt")).unwrap();
        fs::write(aside.join("an attempt").join("attempt.log"), "").unwrap();
        fs::write(aside.join("a file"), "").unwrap();

        clear_old(&aside, in_days(29)).unwrap();
        assert_eq!(fs::read_dir(&aside).unwrap().count(), 2);
        clear_old(&aside, in_days(31)).unwrap();
        assert_eq!(fs::read_dir(&aside).unwrap().count(), 0);
    }
}
