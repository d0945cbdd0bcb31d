//! A history, and its form as lines of JSON.

use std::fmt;
use std::io::{self, BufRead, Write};

use crate::record::{Record, What};

/// All that happened, in its order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct History {
    /// The records.
    pub records: Vec<Record>,
}

impl History {
    /// Adds what happened next.
    pub fn push(&mut self, at_ms: u64, what: What) {
        self.records.push(Record { at_ms, what });
    }

    /// Reads lines of JSON, one for each record.
    ///
    /// # Errors
    /// The input ends badly, or a line is no record.
    pub fn read(input: impl BufRead) -> Result<Self, Unreadable> {
        let mut records = Vec::new();
        for (line, number) in input.lines().zip(1..) {
            let line = line.map_err(|why| Unreadable::at(number, &why))?;
            let record = serde_json::from_str(&line).map_err(|why| Unreadable::at(number, &why))?;
            records.push(record);
        }
        Ok(Self { records })
    }

    /// Writes it as lines of JSON.
    ///
    /// # Errors
    /// The output does not take them.
    pub fn write(&self, mut output: impl Write) -> io::Result<()> {
        for record in &self.records {
            serde_json::to_writer(&mut output, record)?;
            output.write_all(b"\n")?;
        }
        Ok(())
    }
}

/// A history that cannot be read.
#[derive(Debug)]
pub struct Unreadable(String);

impl Unreadable {
    fn at(line: usize, why: &dyn fmt::Display) -> Self {
        Self(format!("line {line} of the history is no record: {why}"))
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unreadable {}
