//! Tasks and keywords: their names, and the blocks in them (`FOR`, `WHILE`,
//! `IF`, `TRY`, `GROUP`) that must be opened and closed in order.

use super::Problem;
use super::lines::Statement;
use super::lines::is_space;
use super::section::{KEYWORD_SETTINGS, TASK_SETTINGS, is_among, with_plain_spaces};
use crate::parameter::quoted;

/// Reads the statements of one section of tasks or keywords after another.
#[derive(Default)]
pub(super) struct Structure {
    pub(super) tasks: Vec<String>,
    pub(super) problems: Vec<Problem>,
    /// Whether settings may have names that are not English.
    pub(super) translated: bool,
    /// The task or keyword that is being read.
    open: Option<Open>,
    blocks: Vec<Block>,
}

struct Open {
    name: String,
    line: u32,
    is_task: bool,
    is_empty: bool,
}

struct Block {
    kind: BlockKind,
    line: u32,
    /// The branch that is being read, and where it begins.
    branch: &'static str,
    branch_line: u32,
    branch_is_empty: bool,
    /// Whether a `TRY` has said what happens when it fails.
    is_handled: bool,
    /// Whether this is a loop or inside one.
    in_loop: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum BlockKind {
    For,
    While,
    If,
    Try,
    Group,
}

impl BlockKind {
    fn word(self) -> &'static str {
        match self {
            BlockKind::For => "FOR",
            BlockKind::While => "WHILE",
            BlockKind::If => "IF",
            BlockKind::Try => "TRY",
            BlockKind::Group => "GROUP",
        }
    }
}

impl Structure {
    /// Takes the next statement of a section of tasks or keywords.
    pub(super) fn take(&mut self, statement: &Statement<'_>, is_task: bool) {
        let (first, rest) = match statement.cells.as_slice() {
            [first, rest @ ..] => (*first, rest),
            [] => return,
        };
        if !first.is_empty() || self.open.is_none() {
            self.end();
            self.open = Some(Open {
                name: first.to_owned(),
                line: statement.line,
                is_task,
                is_empty: true,
            });
            if !rest.is_empty() {
                self.body(rest, statement.line);
            }
            return;
        }
        let indented = rest.iter().position(|cell| !cell.is_empty());
        if let Some(start) = indented {
            self.body(&rest[start..], statement.line);
        }
    }

    /// Ends the task or keyword that is being read: another one begins, or
    /// another section, or the file is over.
    pub(super) fn end(&mut self) {
        for block in std::mem::take(&mut self.blocks) {
            let word = block.kind.word();
            self.tell(block.line, format!("this {word} has no END"));
            self.tell_if_empty(&block);
        }
        let Some(open) = self.open.take() else {
            return;
        };
        let kind = if open.is_task { "task" } else { "keyword" };
        if open.name.is_empty() {
            let message = format!("this {kind} has no name; names begin at the start of the line");
            self.tell(open.line, message);
        } else if open.is_task && open.is_empty {
            let message = format!("the task {} is empty", quoted(&open.name));
            self.tell(open.line, message);
        }
        if open.is_task {
            self.tasks.push(open.name);
        }
    }

    fn body(&mut self, cells: &[&str], line: u32) {
        let word = cells.first().copied().unwrap_or_default();
        if self.blocks.is_empty() && word.starts_with('[') && word.ends_with(']') {
            return self.setting(word, line);
        }
        let in_kind = self.blocks.last().map(|block| block.kind);
        match word {
            "FOR" => self.begin(BlockKind::For, line),
            "WHILE" => self.begin(BlockKind::While, line),
            "TRY" => self.begin(BlockKind::Try, line),
            "GROUP" => self.begin(BlockKind::Group, line),
            // With more than its condition it is an IF of one line.
            "IF" if cells.len() <= 2 => self.begin(BlockKind::If, line),
            "END" => match self.blocks.pop() {
                Some(block) => self.close(&block),
                None => self.misplaced(word, line),
            },
            "ELSE" => match in_kind {
                Some(BlockKind::If | BlockKind::Try) => self.branch("ELSE", line),
                _ => self.misplaced(word, line),
            },
            "EXCEPT" | "FINALLY" => match in_kind {
                Some(BlockKind::Try) if word == "EXCEPT" => self.branch("EXCEPT", line),
                Some(BlockKind::Try) => self.branch("FINALLY", line),
                _ => self.misplaced(word, line),
            },
            "BREAK" | "CONTINUE" => {
                self.something();
                if !self.blocks.last().is_some_and(|block| block.in_loop) {
                    self.tell(line, format!("{word} can only stand in a FOR or WHILE"));
                }
            }
            "RETURN" => {
                self.something();
                if self.open.as_ref().is_some_and(|open| open.is_task) {
                    self.tell(line, "RETURN can only stand in a keyword");
                }
            }
            _ if with_plain_spaces(word) == "ELSE IF" => match in_kind {
                Some(BlockKind::If) => self.branch("ELSE IF", line),
                _ if word == "ELSE IF" => self.misplaced(word, line),
                _ => self.something(),
            },
            _ => self.something(),
        }
    }

    fn setting(&mut self, word: &str, line: u32) {
        let is_task = self.open.as_ref().is_some_and(|open| open.is_task);
        let known = if is_task {
            TASK_SETTINGS
        } else {
            KEYWORD_SETTINGS
        };
        let inside = word.get(1..word.len().saturating_sub(1));
        let name = inside.unwrap_or_default().trim_matches(is_space);
        if !self.translated && !is_among(name, known) {
            let kind = if is_task { "task" } else { "keyword" };
            self.tell(
                line,
                format!("there is no setting {} of a {kind}", quoted(word)),
            );
        }
    }

    fn begin(&mut self, kind: BlockKind, line: u32) {
        self.something();
        let in_loop = matches!(kind, BlockKind::For | BlockKind::While)
            || self.blocks.last().is_some_and(|block| block.in_loop);
        self.blocks.push(Block {
            kind,
            line,
            branch: kind.word(),
            branch_line: line,
            branch_is_empty: true,
            is_handled: false,
            in_loop,
        });
    }

    fn branch(&mut self, word: &'static str, line: u32) {
        let Some(mut block) = self.blocks.pop() else {
            return;
        };
        self.tell_if_empty(&block);
        block.branch = word;
        block.branch_line = line;
        block.branch_is_empty = true;
        block.is_handled |= matches!(word, "EXCEPT" | "FINALLY");
        self.blocks.push(block);
    }

    fn close(&mut self, block: &Block) {
        self.tell_if_empty(block);
        if block.kind == BlockKind::Try && !block.is_handled {
            self.tell(block.line, "this TRY has neither EXCEPT nor FINALLY");
        }
    }

    /// A statement that counts as content of whatever is open.
    fn something(&mut self) {
        match self.blocks.last_mut() {
            Some(block) => block.branch_is_empty = false,
            None => {
                if let Some(open) = &mut self.open {
                    open.is_empty = false;
                }
            }
        }
    }

    fn misplaced(&mut self, word: &str, line: u32) {
        self.something();
        self.tell(
            line,
            format!("{word} does not belong here; nothing is open that it fits"),
        );
    }

    fn tell_if_empty(&mut self, block: &Block) {
        if block.branch_is_empty {
            self.tell(block.branch_line, format!("this {} is empty", block.branch));
        }
    }

    fn tell(&mut self, line: u32, message: impl Into<String>) {
        self.problems.push(Problem::at(line, message));
    }
}

#[cfg(test)]
mod tests {
    use super::super::lines::statements;
    use super::*;

    fn problems(body: &str) -> Vec<(u32, String)> {
        let mut structure = Structure::default();
        for statement in statements(&format!("T\n{body}")) {
            structure.take(&statement, true);
        }
        structure.end();
        let told = structure.problems.into_iter();
        told.map(|problem| (problem.line.unwrap(), problem.message))
            .collect()
    }

    fn first(body: &str) -> String {
        let (line, message) = problems(body).into_iter().next().unwrap();
        format!("{line}: {message}")
    }

    #[test]
    fn blocks_in_order_are_fine() {
        let fine = "    FOR    ${x}    IN    1
        IF    $x
            Log    a
        ELSE IF    $y
            TRY
                BREAK
            EXCEPT    x
                CONTINUE
            END
        ELSE
            ${z} =    IF    $x    Log    a
        END
    END
    IF    $x    Log    a    ELSE    Log    b
    WHILE    $x
        GROUP    g
            [Tags]
        END
    END";
        assert_eq!(problems(fine), []);
    }

    #[test]
    fn an_open_block_is_told_at_its_own_line() {
        assert_eq!(
            first("    FOR    ${x}    IN    1\n        Log    a"),
            "2: this FOR has no END"
        );
        let nested = problems("    IF    $x\n    WHILE    $y\n    Log    a\n    END");
        assert_eq!(nested, [(2, "this IF has no END".to_owned())]);
    }

    #[test]
    fn a_word_without_its_block_is_told() {
        for word in ["END", "ELSE", "ELSE IF", "EXCEPT", "FINALLY"] {
            assert!(first(&format!("    {word}")).contains("does not belong here"));
        }
        assert!(first("    BREAK").contains("FOR or WHILE"));
        assert!(first("    RETURN").contains("in a keyword"));
        assert!(first("    FOR  ${x}  IN  1\n    ELSE\n    END").contains("does not belong"));
    }

    #[test]
    fn empty_tasks_and_branches_are_told() {
        assert_eq!(first("    [Tags]    a"), "1: the task “T” is empty");
        assert_eq!(
            first("    IF    $x\n    ELSE\n    Log    a\n    END"),
            "2: this IF is empty"
        );
        assert!(first("    TRY\n    Log    a\n    END").contains("neither EXCEPT nor FINALLY"));
    }
}
