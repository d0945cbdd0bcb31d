//! The page's folders know each other in one direction, only `wire/` touches the network, and
//! runes stand only in files that the Svelte compiler sees.

use super::source::{self, Language};
use super::{File, Finding};

const SRC: &str = "web/src/";
const RUNES: [&str; 7] = [
    "$state",
    "$derived",
    "$effect",
    "$props",
    "$bindable",
    "$inspect",
    "$host",
];

/// What the files of a folder may import, besides their own folder and files outside all of these.
const MAY_IMPORT: [(&str, &[&str]); 5] = [
    ("ui", &[]),
    ("wire", &[]),
    ("live", &["wire"]),
    ("parts", &["ui", "live", "wire", "words"]),
    ("pages", &["parts", "ui", "live", "wire", "words"]),
];
const FOLDERS: [&str; 6] = ["ui", "wire", "live", "parts", "pages", "words"];

pub(super) fn check(file: &File) -> Vec<Finding> {
    let Some(name) = file.name.strip_prefix(SRC) else {
        return Vec::new();
    };
    let is_script = file.is("ts") || file.is("svelte");
    if !is_script || file.is_generated() {
        return Vec::new();
    }
    let mut findings = imports(file, name);
    // Markup has apostrophes in its words, which are no strings: only the script part is code.
    let script = if file.is("svelte") {
        script_only(&file.text)
    } else {
        file.text.clone()
    };
    let code = source::code_only(&script, Language::Script);
    if !name.starts_with("wire/") && !name.ends_with(".test.ts") {
        for word in ["fetch(", "io("] {
            for line in source::lines_with(&code, word) {
                let what = format!("`{word}…)` belongs into `wire/`, the only network of the page");
                findings.push(Finding::new(&file.name, line, what));
            }
        }
    }
    if !name.ends_with(".svelte") && !name.ends_with(".svelte.ts") {
        for rune in RUNES {
            for (at, _) in code.match_indices(rune) {
                let what = format!("`{rune}` does nothing here: name the file `….svelte.ts`");
                findings.push(Finding::new(&file.name, source::line_of(&code, at), what));
            }
        }
    }
    findings
}

fn imports(file: &File, name: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    let own: Vec<&str> = name.split('/').collect();
    for (number, line) in (1..).zip(file.text.lines()) {
        let Some(target) = imported(line) else {
            continue;
        };
        if target == "socket.io-client" && own.first() != Some(&"wire") {
            findings.push(Finding::new(
                &file.name,
                number,
                "only `wire/` imports the socket",
            ));
        }
        let Some(path) = resolve(&own, target) else {
            continue;
        };
        let (from, to) = (own[0], path[0].as_str());
        if !FOLDERS.contains(&from) || !FOLDERS.contains(&to) {
            continue;
        }
        if from == to {
            let leaves_page =
                from == "pages" && own.len() > 2 && path.get(1).map(String::as_str) != Some(own[1]);
            if leaves_page {
                findings.push(Finding::new(
                    &file.name,
                    number,
                    "a page never imports a page",
                ));
            }
            continue;
        }
        let allowed = MAY_IMPORT.iter().find(|(folder, _)| *folder == from);
        if allowed.is_some_and(|(_, allowed)| !allowed.contains(&to)) {
            let what = format!("`{from}/` must not import from `{to}/`");
            findings.push(Finding::new(&file.name, number, what));
        }
    }
    findings
}

/// The module that an import or export on this line names.
fn imported(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let is_import = line.starts_with("import ")
        || line.starts_with("export ")
        || line.starts_with("} from ")
        || line.contains("import(");
    let after = if let Some((_, after)) = line.split_once(" from ") {
        after
    } else if let Some((_, after)) = line.split_once("import(") {
        after
    } else {
        line.strip_prefix("import ")?
    };
    let quoted = after.trim_start().strip_prefix(['"', '\''])?;
    quoted.split(['"', '\'']).next().filter(|_| is_import)
}

/// A relative import as a path below `web/src`.
fn resolve(own: &[&str], target: &str) -> Option<Vec<String>> {
    if !target.starts_with('.') {
        return None;
    }
    let mut path: Vec<String> = own[..own.len() - 1]
        .iter()
        .map(|&part| part.to_owned())
        .collect();
    for part in target.split('/') {
        match part {
            "." => {}
            ".." => {
                path.pop()?;
            }
            _ => path.push(part.to_owned()),
        }
    }
    (!path.is_empty()).then_some(path)
}

/// Everything outside `<script>` blanked.
fn script_only(text: &str) -> String {
    let mut inside = false;
    let mut out = String::with_capacity(text.len());
    for line in text.lines() {
        if line.trim_start().starts_with("<script") {
            inside = true;
        } else if line.trim_start().starts_with("</script") {
            inside = false;
        } else if inside {
            out.push_str(line);
        }
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: [usize; 0] = [];

    fn findings(name: &str, text: &str) -> Vec<usize> {
        let file = File {
            name: name.to_owned(),
            text: text.to_owned(),
        };
        check(&file)
            .into_iter()
            .map(|finding| finding.line)
            .collect()
    }

    #[test]
    fn an_import_against_the_direction_is_found() {
        let text = "import Job from \"../pages/job/Job.svelte\";\n";
        assert_eq!(findings("web/src/parts/Card.svelte", text), [1]);
        assert_eq!(
            findings(
                "web/src/ui/Button.svelte",
                "import { m } from '../words/m';"
            ),
            [1]
        );
        assert_eq!(
            findings(
                "web/src/pages/job/Job.svelte",
                "import B from '../../ui/B.svelte';"
            ),
            NONE
        );
    }

    #[test]
    fn a_page_that_imports_a_page_is_found() {
        let text = "import Row from \"../robots/Row.svelte\";\n";
        assert_eq!(findings("web/src/pages/job/Job.svelte", text), [1]);
        assert_eq!(
            findings(
                "web/src/pages/robots/Robots.svelte",
                "import R from './Row.svelte';"
            ),
            NONE
        );
    }

    #[test]
    fn the_network_outside_wire_is_found() {
        assert_eq!(
            findings("web/src/live/job.ts", "\nawait fetch(\"/x\");\n"),
            [2]
        );
        assert_eq!(
            findings("web/src/wire/rest.ts", "await fetch(\"/x\");\n"),
            NONE
        );
        assert_eq!(
            findings(
                "web/src/live/a.ts",
                "import { io } from \"socket.io-client\";"
            ),
            [1]
        );
        assert_eq!(findings("web/src/live/a.ts", "audio(1); // fetch(\n"), NONE);
    }

    #[test]
    fn a_rune_in_a_plain_file_is_found() {
        assert_eq!(findings("web/src/live/job.ts", "let a = $state(1);\n"), [1]);
        assert_eq!(
            findings("web/src/live/job.svelte.ts", "let a = $state(1);\n"),
            NONE
        );
    }
}
