//! What a single file needs: the `# /// script` comment block of PEP 723, whose
//! content is a small part of TOML.

use std::iter::Peekable;
use std::str::Chars;

use serde::{Deserialize, Serialize};

use super::Problem;
use super::lines::{line_number, lines};
use crate::parameter::quoted;

/// What a robot names as its needs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Script {
    /// Packages, as in `requirements.txt`, one each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dependencies: Vec<String>,
    /// The Python versions that it works with, such as `>=3.11`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requires_python: Option<String>,
}

/// The block of a source, if it has one.
pub(super) fn read(source: &str) -> Result<Option<Script>, Problem> {
    let mut script = None;
    let mut numbered = lines(source).enumerate();
    while let Some((index, line)) = numbered.next() {
        if line.trim_end() != "# /// script" {
            continue;
        }
        let begin = line_number(index);
        if script.is_some() {
            return Err(Problem::at(begin, "there is a second `# /// script` block"));
        }
        let mut content = String::new();
        loop {
            let Some(line) = numbered.next().and_then(|(_, line)| line.strip_prefix('#')) else {
                let message = "this `# /// script` block has no closing `# ///`";
                return Err(Problem::at(begin, message));
            };
            if line.trim_end() == " ///" {
                break;
            }
            content.push_str(line.strip_prefix(' ').unwrap_or(line));
            content.push('\n');
        }
        script = Some(Toml::new(&content, begin.saturating_add(1)).script()?);
    }
    Ok(script)
}

/// Reads keys with texts and lists of texts; the rest of TOML is refused, and
/// tables, which belong to other tools, are passed over.
struct Toml<'a> {
    rest: Peekable<Chars<'a>>,
    line: u32,
}

impl<'a> Toml<'a> {
    fn new(content: &'a str, line: u32) -> Self {
        Toml {
            rest: content.chars().peekable(),
            line,
        }
    }

    fn script(mut self) -> Result<Script, Problem> {
        let mut dependencies = None;
        let mut requires_python = None;
        loop {
            self.skip_blank();
            match self.rest.peek() {
                None | Some('[') => break,
                Some(_) => {}
            }
            let line = self.line;
            let key = self.key()?;
            let doubled = match key.as_str() {
                "dependencies" => dependencies.replace(self.requirements()?).is_some(),
                "requires-python" => requires_python.replace(self.text()?).is_some(),
                _ => {
                    let message = format!(
                        "{} is not known here; use dependencies and requires-python",
                        quoted(&key)
                    );
                    return Err(Problem::at(line, message));
                }
            };
            if doubled {
                return Err(Problem::at(line, format!("{key} stands here twice")));
            }
            self.end_of_line()?;
        }
        Ok(Script {
            dependencies: dependencies.unwrap_or_default(),
            requires_python,
        })
    }

    fn key(&mut self) -> Result<String, Problem> {
        let key = match self.rest.peek() {
            Some('"' | '\'') => self.text()?,
            _ => {
                let mut key = String::new();
                let is_bare = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
                while let Some(c) = self.rest.next_if(is_bare) {
                    key.push(c);
                }
                key
            }
        };
        self.skip_spaces();
        if key.is_empty() || self.rest.next() != Some('=') {
            return self.refuse("this line of the script block must be `name = value`");
        }
        self.skip_spaces();
        Ok(key)
    }

    fn requirements(&mut self) -> Result<Vec<String>, Problem> {
        if self.rest.next() != Some('[') {
            return self.refuse("dependencies must be a list such as [\"rpaframework==33.0.2\"]");
        }
        let mut items = Vec::new();
        loop {
            self.skip_blank();
            if self.rest.next_if_eq(&']').is_some() {
                return Ok(items);
            }
            let line = self.line;
            let item = self.text()?;
            let is_one = !item.trim().is_empty()
                && !item.trim_start().starts_with('-')
                && !item.chars().any(char::is_control);
            if !is_one {
                let message = format!(
                    "{} is not one requirement such as rpaframework==33.0.2",
                    quoted(&item)
                );
                return Err(Problem::at(line, message));
            }
            items.push(item);
            self.skip_blank();
            let more = self.rest.next_if_eq(&',').is_some();
            if !more && self.rest.peek() != Some(&']') {
                return self.refuse("a comma or the closing ] of dependencies is missing here");
            }
        }
    }

    fn text(&mut self) -> Result<String, Problem> {
        let Some(quote) = self.rest.next_if(|c| matches!(c, '"' | '\'')) else {
            return self.refuse("a text in quotes is missing here");
        };
        let mut text = String::new();
        loop {
            match self.rest.next() {
                None | Some('\n') => {
                    return self.refuse("the closing quote of this text is missing");
                }
                Some(c) if c == quote => break,
                Some('\\') if quote == '"' => match self.rest.next() {
                    Some(c @ ('"' | '\\')) => text.push(c),
                    _ => {
                        return self
                            .refuse("only \\\" and \\\\ can be written with a backslash here");
                    }
                },
                Some(c) => text.push(c),
            }
        }
        if text.is_empty() && self.rest.peek() == Some(&quote) {
            return self.refuse("texts of several lines cannot be used here");
        }
        Ok(text)
    }

    fn end_of_line(&mut self) -> Result<(), Problem> {
        self.skip_spaces();
        match self.rest.peek() {
            None | Some('\n' | '#') => Ok(()),
            Some(_) => self.refuse("there is something after the value on this line"),
        }
    }

    fn skip_spaces(&mut self) {
        while self.rest.next_if(|c| matches!(c, ' ' | '\t')).is_some() {}
    }

    /// Skips spaces, line ends and comments.
    fn skip_blank(&mut self) {
        loop {
            self.skip_spaces();
            match self.rest.peek() {
                Some('\n') => {
                    self.rest.next();
                    self.line = self.line.saturating_add(1);
                }
                Some('#') => while self.rest.next_if(|c| *c != '\n').is_some() {},
                _ => return,
            }
        }
    }

    fn refuse<T>(&self, message: &str) -> Result<T, Problem> {
        Err(Problem::at(self.line, message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(content: &str) -> String {
        let mut source = "# /// script\n".to_owned();
        for line in content.lines() {
            source.push_str(if line.is_empty() { "#" } else { "# " });
            source.push_str(line);
            source.push('\n');
        }
        source + "# ///\n*** Tasks ***\n"
    }

    fn refused(source: &str) -> (u32, String) {
        let problem = read(source).unwrap_err();
        (problem.line.unwrap(), problem.message)
    }

    #[test]
    fn dependencies_and_python_are_read() {
        let source = block(
            "requires-python = \">=3.11\" # why\n\ndependencies = [\n  \"rpaframework==33.0.2\", # a\n  'requests; os_name == \"nt\"',\n]\n[tool.uv]\nx = 1",
        );
        let script = read(&format!("# about\n{source}")).unwrap().unwrap();
        assert_eq!(
            script.dependencies,
            ["rpaframework==33.0.2", "requests; os_name == \"nt\""]
        );
        assert_eq!(script.requires_python.as_deref(), Some(">=3.11"));
        assert_eq!(
            read(&block("dependencies=[]")).unwrap(),
            Some(Script::default())
        );
        assert_eq!(read("# script\n*** Tasks ***").unwrap(), None);
    }

    #[test]
    fn what_cannot_be_read_is_told_with_its_line() {
        for (content, line, words) in [
            ("\ndependencies = 1", 3, "must be a list"),
            ("dependencies = [\n1]", 3, "in quotes"),
            ("dependencies = [\"a\" \"b\"]", 2, "comma"),
            ("dependencies = [\"a", 2, "closing quote"),
            (
                "dependencies = [\n\"--index-url x\"]",
                3,
                "not one requirement",
            ),
            ("python = \"3\"", 2, "is not known here"),
            (
                "requires-python = \"3\"\nrequires-python = \"4\"",
                3,
                "twice",
            ),
            ("requires-python = \"\"\"3\"\"\"", 2, "several lines"),
            ("requires-python = \"3\" x", 2, "after the value"),
            ("= 3", 2, "name = value"),
        ] {
            let (told_line, message) = refused(&block(content));
            assert!(message.contains(words), "{content}: {message}");
            assert_eq!(told_line, line, "{content}");
        }
        assert_eq!(refused("a\n# /// script\n# x = 1\n\n# ///").0, 2);
        let twice = block("dependencies=[]").repeat(2);
        assert_eq!(refused(&twice).0, 5);
    }
}
