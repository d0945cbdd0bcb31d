//! Texts of strangers inside our own sentences.

const LONGEST: usize = 60;

/// `text` in quotation marks, on one line and cut to a readable length.
pub(crate) fn quoted(text: &str) -> String {
    let mut shown: String = text
        .chars()
        .take(LONGEST)
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect();
    if text.chars().nth(LONGEST).is_some() {
        shown.push('…');
    }
    format!("“{shown}”")
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn a_quoted_text_stays_on_one_line_and_short() {
        assert_eq!(quoted("ten"), "“ten”");
        assert_eq!(quoted("a\nb\0"), "“a\u{fffd}b\u{fffd}”");
        assert_eq!(quoted(&"ä".repeat(61)), format!("“{}…”", "ä".repeat(60)));
    }
}
