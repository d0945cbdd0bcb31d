//! One record as one line.

use agent_core::SpoolRecord;

/// The record as a line: CRC-32, a space, JSON, a line feed.
pub(super) fn write(record: &SpoolRecord) -> Vec<u8> {
    let json = serde_json::to_string(record).expect("spool records have text keys only");
    format!("{:08x} {json}\n", crc32fast::hash(json.as_bytes())).into_bytes()
}

/// The record of a line without its line feed; nothing if it is torn or damaged.
pub(super) fn read(line: &[u8]) -> Option<SpoolRecord> {
    let (crc, json) = line.split_at_checked(8)?;
    let json = json.strip_prefix(b" ")?;
    let crc = u32::from_str_radix(std::str::from_utf8(crc).ok()?, 16).ok()?;
    (crc32fast::hash(json) == crc)
        .then(|| serde_json::from_slice(json).ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_read_back_and_a_damaged_one_is_not() {
        let line = write(&SpoolRecord::Running);
        let whole = &line[..line.len() - 1];
        assert_eq!(read(whole), Some(SpoolRecord::Running));
        for cut in 0..whole.len() {
            assert_eq!(read(&whole[..cut]), None);
        }
        for place in 0..whole.len() {
            let mut damaged = whole.to_vec();
            damaged[place] ^= 1;
            assert_eq!(read(&damaged), None, "byte {place}");
        }
    }
}
