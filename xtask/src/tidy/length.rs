//! A file that cannot be read in one sitting has a seam somewhere.

use super::{File, Finding};

const STOP: usize = 800;
const REMARK: usize = 500;
const COUNTED: [&str; 7] = ["rs", "ts", "svelte", "mjs", "css", "py", "robot"];

pub(super) enum Verdict {
    TooLong(Finding),
    Long(Finding),
}

pub(super) fn check(file: &File) -> Option<Verdict> {
    if file.is_generated() || !COUNTED.iter().any(|extension| file.is(extension)) {
        return None;
    }
    let lines = file.text.lines().count();
    if lines > STOP {
        let what = format!("{lines} lines are more than {STOP}: find the seam");
        Some(Verdict::TooLong(Finding::new(&file.name, lines, what)))
    } else if lines > REMARK {
        let what = format!("{lines} lines; look for a seam");
        Some(Verdict::Long(Finding::new(&file.name, lines, what)))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str, lines: usize) -> Option<Verdict> {
        check(&File {
            name: name.to_owned(),
            text: "x\n".repeat(lines),
        })
    }

    #[test]
    fn a_file_is_remarked_upon_and_then_stopped() {
        assert!(of("crates/a/src/b.rs", 500).is_none());
        assert!(matches!(
            of("crates/a/src/b.rs", 501),
            Some(Verdict::Long(_))
        ));
        assert!(matches!(
            of("web/src/b.svelte", 801),
            Some(Verdict::TooLong(_))
        ));
    }

    #[test]
    fn generated_files_and_data_may_be_long() {
        assert!(of("web/src/wire/generated.ts", 5000).is_none());
        assert!(of("crates/wire/examples/a.json", 5000).is_none());
    }
}
