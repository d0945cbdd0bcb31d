//! From the bytes of a file to its text.

use super::Problem;
use super::lines::line_number;

/// The largest `.robot` file: 1 MiB.
pub const MOST_SOURCE_BYTES: usize = 1024 * 1024;

/// The text of a `.robot` file: UTF-8, without the mark that some editors put
/// at its beginning.
pub fn decode(bytes: &[u8]) -> Result<String, Problem> {
    if bytes.len() > MOST_SOURCE_BYTES {
        return Err(Problem::of_file(
            "the file is larger than 1 MiB; put data into files of its own, in a package",
        ));
    }
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err(Problem::of_file(
            "the file is written in UTF-16; save it as UTF-8",
        ));
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if let Some(place) = bytes.iter().position(|&byte| byte == 0) {
        return Err(Problem::at(
            line_of(bytes, place),
            "there is a NUL byte here, as in a binary file; save the robot as plain text in UTF-8",
        ));
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.to_owned()),
        Err(error) => Err(Problem::at(
            line_of(bytes, error.valid_up_to()),
            "a character here is not UTF-8 (it may be Latin-1); save the file as UTF-8",
        )),
    }
}

fn line_of(bytes: &[u8], place: usize) -> u32 {
    let before = bytes.iter().take(place);
    line_number(before.filter(|&&byte| byte == b'\n').count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf_8_is_read_with_and_without_its_mark() {
        assert_eq!(decode("Grüße".as_bytes()).unwrap(), "Grüße");
        assert_eq!(
            decode(b"\xef\xbb\xbf*** Tasks ***").unwrap(),
            "*** Tasks ***"
        );
        assert_eq!(decode(b"").unwrap(), "");
    }

    #[test]
    fn what_is_no_text_is_refused_with_its_line_and_what_to_do() {
        let latin_1 = decode(b"one\ntwo Gr\xfc\xdfe\n").unwrap_err();
        assert_eq!(latin_1.line, Some(2));
        assert!(latin_1.message.contains("save the file as UTF-8"));

        let binary = decode(b"one\n\ntwo\0").unwrap_err();
        assert_eq!(binary.line, Some(3));

        assert!(
            decode(b"\xff\xfea\0")
                .unwrap_err()
                .message
                .contains("UTF-16")
        );
    }

    #[test]
    fn one_mebibyte_is_the_most() {
        assert!(decode(&vec![b'#'; MOST_SOURCE_BYTES]).is_ok());
        let problem = decode(&vec![b'#'; MOST_SOURCE_BYTES + 1]).unwrap_err();
        assert!(problem.message.contains("larger than 1 MiB"));
    }
}
