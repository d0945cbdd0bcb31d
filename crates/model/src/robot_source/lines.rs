//! Lines, cells and statements, split exactly as Robot Framework does.
//!
//! A line that begins with a pipe and a space is split at pipes, any other at
//! tabs and at two or more spaces. A line whose first cell is `...` continues
//! the statement before it, also across comments and empty lines.

/// One statement: its cells without separators, comments and continuation
/// marks. There is always a first cell, and it may be empty.
#[derive(Debug)]
pub(super) struct Statement<'a> {
    /// The line where it begins.
    pub(super) line: u32,
    pub(super) cells: Vec<&'a str>,
    /// The texts of the comment lines right above it.
    pub(super) comments: Vec<String>,
}

impl Statement<'_> {
    pub(super) fn first(&self) -> &str {
        self.cells.first().copied().unwrap_or_default()
    }
}

/// The number of the line that has `before` line ends before it.
pub(super) fn line_number(before: usize) -> u32 {
    u32::try_from(before).map_or(u32::MAX, |before| before.saturating_add(1))
}

/// White space as Python sees it, which knows four more than Rust.
pub(super) fn is_space(c: char) -> bool {
    c.is_whitespace() || ('\x1c'..='\x1f').contains(&c)
}

/// The statements of a source, in order.
pub(super) fn statements(source: &str) -> Vec<Statement<'_>> {
    let mut statements: Vec<Statement<'_>> = Vec::new();
    let mut comments = Vec::new();
    for (index, line) in lines(source).enumerate() {
        let cells = cells(line);
        let parts = Parts::of(&cells);
        match (parts.kind, statements.last_mut()) {
            (LineKind::Empty, _) => comments.clear(),
            (LineKind::Comment, _) => comments.push(comment_text(parts.comment)),
            (LineKind::Continuation, Some(statement)) => {
                comments.clear();
                statement.cells.extend(parts.data);
            }
            (LineKind::Continuation, None) | (LineKind::Data, _) => statements.push(Statement {
                line: line_number(index),
                cells: parts.data.to_vec(),
                comments: std::mem::take(&mut comments),
            }),
        }
    }
    statements
}

/// The lines of a source, at the line ends that Python knows.
pub(super) fn lines(source: &str) -> impl Iterator<Item = &str> {
    let mut rest = source;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let Some(end) = rest.find(is_line_end) else {
            return Some(std::mem::take(&mut rest));
        };
        let (line, tail) = rest.split_at(end);
        // Robot Framework turns `\r\n` into `\n` before it splits, so that
        // `\r\r\n` is one line end, too.
        let end_bytes = if tail.starts_with("\r\r\n") {
            3
        } else if tail.starts_with("\r\n") {
            2
        } else {
            tail.chars().next().map_or(0, char::len_utf8)
        };
        rest = &tail[end_bytes..];
        Some(line)
    })
}

fn is_line_end(c: char) -> bool {
    matches!(
        c,
        '\n' | '\r' | '\x0b' | '\x0c' | '\x1c'..='\x1e' | '\u{85}' | '\u{2028}' | '\u{2029}'
    )
}

fn cells(line: &str) -> Vec<&str> {
    let line = line.trim_end_matches(is_space);
    match line.strip_prefix('|') {
        Some(rest) if rest.is_empty() || rest.starts_with(is_space) => {
            cells_between_pipes(rest.trim_start_matches(is_space))
        }
        _ => cells_between_spaces(line),
    }
}

fn cells_between_spaces(line: &str) -> Vec<&str> {
    let mut cells = Vec::new();
    let mut cell_start = 0;
    let mut rest = line;
    while let Some(found) = rest.find(is_space) {
        let gap = &rest[found..];
        let tail = gap.trim_start_matches(is_space);
        let width = gap.len() - tail.len();
        let gap = &gap[..width];
        let start = line.len() - rest.len() + found;
        if gap == "\t" || gap.chars().nth(1).is_some() {
            cells.push(&line[cell_start..start]);
            cell_start = start + width;
        }
        rest = tail;
    }
    cells.push(&line[cell_start..]);
    cells
}

fn cells_between_pipes(line: &str) -> Vec<&str> {
    let mut cells = Vec::new();
    let mut cell_start = 0;
    for (pipe, _) in line.match_indices('|') {
        // One pipe may end right where the cell begins; it then needs no space
        // before it.
        let Some(cell) = line.get(cell_start..pipe) else {
            continue;
        };
        let text = cell.trim_end_matches(is_space);
        let after = &line[pipe + 1..];
        let spaced_before = cell.is_empty() || text.len() < cell.len();
        if !spaced_before || !(after.is_empty() || after.starts_with(is_space)) {
            continue;
        }
        cells.push(text);
        cell_start = line.len() - after.trim_start_matches(is_space).len();
    }
    cells.push(&line[cell_start..]);
    cells
}

enum LineKind {
    Empty,
    Comment,
    Continuation,
    Data,
}

/// The cells of one line, told apart.
struct Parts<'a, 'b> {
    kind: LineKind,
    data: &'b [&'a str],
    comment: &'b [&'a str],
}

impl<'a, 'b> Parts<'a, 'b> {
    fn of(cells: &'b [&'a str]) -> Self {
        let mut continuation = None;
        let mut has_data = false;
        let mut comment_at = cells.len();
        for (index, &cell) in cells.iter().enumerate() {
            // Only the first cell can begin with a space.
            let cell = cell.trim_start_matches(is_space);
            if cell.starts_with('#') {
                comment_at = index;
                break;
            }
            if cell.is_empty() || has_data {
                continue;
            }
            if cell == "..." && continuation.is_none() {
                continuation = Some(index);
            } else {
                has_data = true;
            }
        }
        let (data, comment) = cells.split_at(comment_at);
        let used = data.iter().rposition(|cell| !cell.is_empty());
        let data = &data[..used.map_or(0, |last| last + 1)];
        let (kind, data) = match continuation {
            Some(mark) if has_data => (LineKind::Continuation, &data[mark + 1..]),
            Some(_) => (LineKind::Continuation, EMPTY_CELL),
            None if has_data => (LineKind::Data, data),
            None if comment.is_empty() => (LineKind::Empty, data),
            None => (LineKind::Comment, data),
        };
        Parts {
            kind,
            data,
            comment,
        }
    }
}

const EMPTY_CELL: &[&str] = &[""];

fn comment_text(cells: &[&str]) -> String {
    cells
        .join(" ")
        .trim_matches(is_space)
        .trim_start_matches('#')
        .trim_matches(is_space)
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_split_at_two_spaces_at_tabs_or_at_pipes() {
        assert_eq!(cells("a b  c\td \u{a0}e"), ["a b", "c", "d", "e"]);
        assert_eq!(cells("    a   "), ["", "a"]);
        assert_eq!(cells(" a"), [" a"]);
        assert_eq!(cells("| a | b  c | d |"), ["a", "b  c", "d", ""]);
        assert_eq!(cells("|  | a || b |c"), ["", "a || b |c"]);
        assert_eq!(cells("|a  b"), ["|a", "b"]);
        assert_eq!(cells("|"), [""]);
        assert_eq!(cells("| | | x"), ["", "", "x"]);
        assert_eq!(cells(""), [""]);
    }

    #[test]
    fn a_statement_goes_on_over_continued_lines_and_loses_comments() {
        let read = statements("a    b    # no\n# no\n\n...    c\n    ...\n...    # no\nd");
        assert_eq!(read.len(), 2);
        assert_eq!(read[0].cells, ["a", "b", "c", "", ""]);
        assert_eq!(read[1].cells, ["d"]);
        assert_eq!(read[1].line, 7);
    }

    #[test]
    fn comments_right_above_belong_to_a_statement() {
        let read = statements("# far\n\n# Label\n#  Help  me\na\n| # Piped | x\n| b |\nc");
        assert_eq!(read[0].comments, ["Label", "Help me"]);
        assert_eq!(read[1].comments, ["Piped x"]);
        assert!(read[2].comments.is_empty());
    }

    #[test]
    fn lines_end_where_python_says() {
        let read: Vec<&str> = lines("a\r\nb\r\r\nc\rd\u{2028}e\n\nf").collect();
        assert_eq!(read, ["a", "b", "c", "d", "e", "", "f"]);
        assert_eq!(lines("a\n").count(), 1);
        assert_eq!(lines("").count(), 0);
    }
}
