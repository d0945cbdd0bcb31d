//! Source text with everything blanked that is not code, so that rules can look for words.
//!
//! Positions and line breaks stay where they were. It knows as much of the languages as that
//! needs: comments, strings, characters against lifetimes; not their grammar.

/// Which comments and strings there are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    Rust,
    Script,
}

/// The text with comments and the contents of strings replaced by spaces.
pub(super) fn code_only(text: &str, language: Language) -> String {
    let letters: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(&letter) = letters.get(at) {
        let end = match (letter, letters.get(at + 1)) {
            ('/', Some('/')) => line_end(&letters, at),
            ('/', Some('*')) => block_end(&letters, at, language),
            ('"', _) => string_end(&letters, at + 1, '"'),
            ('r', Some('"' | '#')) if language == Language::Rust && !joins(&letters, at) => {
                match raw_string_end(&letters, at + 1) {
                    Some(end) => end,
                    None => {
                        out.push(letter);
                        at += 1;
                        continue;
                    }
                }
            }
            ('\'', _) if language == Language::Rust => match character_end(&letters, at) {
                Some(end) => end,
                None => {
                    out.push(letter);
                    at += 1;
                    continue;
                }
            },
            ('\'' | '`', _) if language == Language::Script => string_end(&letters, at + 1, letter),
            _ => {
                out.push(letter);
                at += 1;
                continue;
            }
        };
        let end = end.min(letters.len());
        out.extend(
            letters[at..end]
                .iter()
                .map(|&it| if it == '\n' { '\n' } else { ' ' }),
        );
        at = end;
    }
    out
}

/// Rust code without the modules that are compiled for tests alone. Takes what [`code_only`] gave.
pub(super) fn without_tests(code: &str) -> String {
    const MARK: &str = "#[cfg(test)]";
    let mut out = code.to_owned();
    let mut from = 0;
    while let Some(found) = out[from..].find(MARK) {
        let start = from + found;
        let rest = &out[start + MARK.len()..];
        let is_module = rest.trim_start().starts_with("mod ");
        let Some(open) = rest.find('{').filter(|_| is_module) else {
            from = start + MARK.len();
            continue;
        };
        let open = start + MARK.len() + open;
        let end = closing(&out, open).unwrap_or(out.len());
        let blank: String = out[start..end]
            .chars()
            .map(|it| if it == '\n' { '\n' } else { ' ' })
            .collect();
        out.replace_range(start..end, &blank);
        from = end.min(out.len());
    }
    out
}

/// Behind the brace that closes the one at `open`.
pub(super) fn closing(code: &str, open: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, letter) in code[open..].char_indices() {
        match letter {
            '{' => depth += 1,
            '}' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(open + at + 1);
                }
            }
            _ => {}
        }
    }
    None
}

/// The lines, counted from 1, on which a word or path stands that nothing joins on either side.
pub(super) fn lines_with(code: &str, word: &str) -> Vec<usize> {
    code.match_indices(word)
        .filter(|(at, _)| {
            let before = code[..*at].chars().next_back();
            let after = code[at + word.len()..].chars().next();
            let begins_word = word.starts_with(is_word);
            let ends_word = word.ends_with(is_word);
            let joined_before = begins_word && before.is_some_and(is_word);
            let joined_after = ends_word && after.is_some_and(is_word);
            !joined_before && !joined_after
        })
        .map(|(at, _)| line_of(code, at))
        .collect()
}

/// The line, counted from 1, of a position.
pub(super) fn line_of(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

fn joins(letters: &[char], at: usize) -> bool {
    at > 0
        && letters
            .get(at - 1)
            .is_some_and(|&it| is_word(it) && it != 'b')
}

fn line_end(letters: &[char], from: usize) -> usize {
    from + letters[from..].iter().take_while(|&&it| it != '\n').count()
}

fn block_end(letters: &[char], from: usize, language: Language) -> usize {
    let mut depth = 0_usize;
    let mut at = from;
    while at < letters.len() {
        match (letters[at], letters.get(at + 1)) {
            ('/', Some('*')) if depth == 0 || language == Language::Rust => {
                depth += 1;
                at += 2;
            }
            ('*', Some('/')) => {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    return at;
                }
            }
            _ => at += 1,
        }
    }
    at
}

fn string_end(letters: &[char], from: usize, quote: char) -> usize {
    let mut at = from;
    while let Some(&letter) = letters.get(at) {
        at += match letter {
            '\\' => 2,
            _ if letter == quote => return at + 1,
            _ => 1,
        };
    }
    at
}

/// `from` is behind the `r`.
fn raw_string_end(letters: &[char], from: usize) -> Option<usize> {
    let hashes = letters[from..].iter().take_while(|&&it| it == '#').count();
    let mut at = from + hashes;
    if letters.get(at) != Some(&'"') {
        return None;
    }
    at += 1;
    while at < letters.len() {
        let closes = letters[at] == '"'
            && letters[at + 1..]
                .iter()
                .take_while(|&&it| it == '#')
                .count()
                >= hashes;
        if closes {
            return Some(at + 1 + hashes);
        }
        at += 1;
    }
    Some(at)
}

/// None for a lifetime.
fn character_end(letters: &[char], at: usize) -> Option<usize> {
    match letters.get(at + 1)? {
        '\\' => Some(string_end(letters, at + 1, '\'')),
        _ => (letters.get(at + 2) == Some(&'\'')).then_some(at + 3),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_strings_are_blanked_and_code_stays_in_place() {
        let code = code_only(
            "let a = \"x // y\"; // rand::\nb /* c /* d */ */ e",
            Language::Rust,
        );
        assert_eq!(code, "let a =         ;          \nb                 e");
    }

    #[test]
    fn lifetimes_are_code_and_characters_are_not() {
        assert_eq!(
            code_only("f<'a>('{', '\\'')", Language::Rust),
            "f<'a>(   ,     )"
        );
    }

    #[test]
    fn raw_strings_end_at_their_own_hashes() {
        assert_eq!(code_only("r#\"a\"b\"# c", Language::Rust), "         c");
    }

    #[test]
    fn single_quotes_and_backticks_are_strings_of_scripts() {
        assert_eq!(code_only("a('x', `y`)", Language::Script), "a(   ,    )");
    }

    #[test]
    fn the_module_of_tests_is_left_out_and_what_follows_it_is_kept() {
        let code = without_tests("a\n#[cfg(test)]\nmod tests { x { y } }\nb");
        assert_eq!(code.split_whitespace().collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(code.lines().count(), 4);
    }

    #[test]
    fn a_word_inside_a_longer_word_is_not_found() {
        assert_eq!(lines_with("operand::x\nrand::y\n", "rand::"), [2]);
    }
}
