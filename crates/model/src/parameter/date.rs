//! The one way to write a date: `YYYY-MM-DD`, a day that the calendar has.

use time::{Date, Month};

/// Whether `text` is a day of the calendar, written like `2026-11-30`.
///
/// Years run from 1 to 9999, because that is what Python's dates can hold.
pub(crate) fn is_calendar_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    let digits = |range: std::ops::Range<usize>| -> Option<u16> {
        bytes[range].iter().try_fold(0u16, |number, byte| {
            byte.is_ascii_digit()
                .then(|| number * 10 + u16::from(byte - b'0'))
        })
    };
    if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        return false;
    }
    let (Some(year), Some(month), Some(day)) = (digits(0..4), digits(5..7), digits(8..10)) else {
        return false;
    };
    let (Ok(month), Ok(day)) = (u8::try_from(month), u8::try_from(day)) else {
        return false;
    };
    let Ok(month) = Month::try_from(month) else {
        return false;
    };
    year > 0 && Date::from_calendar_date(i32::from(year), month, day).is_ok()
}

#[cfg(test)]
mod tests {
    use super::is_calendar_date;

    #[test]
    fn a_date_must_exist_in_the_calendar_and_be_written_in_full() {
        for good in ["2026-11-30", "2024-02-29", "0001-01-01", "9999-12-31"] {
            assert!(is_calendar_date(good), "{good}");
        }
        for bad in [
            "",
            "2026-02-29",
            "2026-13-01",
            "2026-00-10",
            "2026-01-00",
            "0000-01-01",
            "26-01-01",
            "2026-1-5",
            "2026/01/05",
            "2026-01-05 ",
            "+026-01-05",
            "２０２６-01",
        ] {
            assert!(!is_calendar_date(bad), "{bad}");
        }
    }
}
