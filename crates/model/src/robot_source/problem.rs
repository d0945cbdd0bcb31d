//! What is wrong with a robot, and where.

use serde::{Deserialize, Serialize};

/// One mistake, told to the person who wrote the robot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The file, where there are several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The line in that file, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// What is wrong and what to do, to be read after "line 14: ".
    pub message: String,
}

impl Problem {
    /// A problem at one line.
    pub(super) fn at(line: u32, message: impl Into<String>) -> Self {
        Problem {
            file: None,
            line: Some(line),
            message: message.into(),
        }
    }

    /// A problem of the whole file.
    pub(super) fn of_file(message: impl Into<String>) -> Self {
        Problem {
            file: None,
            line: None,
            message: message.into(),
        }
    }
}
