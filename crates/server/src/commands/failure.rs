//! A command that failed: what, on what, why, and what to do next.

use std::error::Error;

use crate::compose::{ComposeError, OpenError};
use crate::config::ConfigError;
use crate::data_folder::DataFolderError;
use crate::exit_code;

/// A command that failed.
#[derive(Debug)]
pub struct Failure {
    cause: Box<dyn Error + Send + Sync>,
    hint: Option<String>,
    exit_code: u8,
}

impl Failure {
    /// A failure for that reason.
    pub fn new(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self {
            cause: cause.into(),
            hint: None,
            exit_code: exit_code::FAILED,
        }
    }

    /// The same with what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same as wrong usage.
    #[must_use]
    pub fn usage(mut self) -> Self {
        self.exit_code = exit_code::USAGE;
        self
    }

    /// What the program exits with.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        self.exit_code
    }

    /// What failed, without its causes.
    #[must_use]
    pub fn reason(&self) -> String {
        self.cause.to_string()
    }

    /// What to do next.
    #[must_use]
    pub fn what_to_do(&self) -> String {
        let usual = "do what the text says, and look again";
        self.hint.clone().unwrap_or_else(|| usual.to_owned())
    }

    /// Prints it on standard error.
    pub fn print(&self) {
        eprint!("{}", self.text());
    }

    fn text(&self) -> String {
        let mut text = format!("error: {}\n", self.cause);
        let mut said = self.cause.to_string();
        let mut cause = self.cause.source();
        while let Some(deeper) = cause {
            let saying = deeper.to_string();
            // Some causes stand in their consequence's own sentence already.
            if !said.contains(&saying) {
                text.push_str(&format!("  because: {saying}\n"));
            }
            said = saying;
            cause = deeper.source();
        }
        if let Some(hint) = &self.hint {
            text.push_str(&format!("hint: {hint}\n"));
        }
        text
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        let hint = match &error {
            ConfigError::Read { .. } => "name a file that exists, or leave `--config` out",
            ConfigError::Toml { .. } | ConfigError::UnknownKey { .. } => {
                "correct the file and start again; nothing was changed"
            }
            ConfigError::Value(_)
            | ConfigError::Limits(_)
            | ConfigError::NoTimeForTheStore
            | ConfigError::PublicUrl(_) => "correct the value and start again; nothing was changed",
            ConfigError::NoDataFolder => "add `--data DIR`",
        };
        Self::new(error).hint(hint).usage()
    }
}

impl From<DataFolderError> for Failure {
    fn from(error: DataFolderError) -> Self {
        let in_use = matches!(error, DataFolderError::InUse { .. });
        let hint = if in_use {
            "stop the other server first, or name another folder with `--data DIR`"
        } else {
            "make it writable for this user and see that the disk is not full, or name another \
             folder with `--data DIR`"
        };
        let mut failure = Self::new(error).hint(hint);
        if in_use {
            failure.exit_code = exit_code::FOLDER_IN_USE;
        }
        failure
    }
}

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
        let hint = match &error {
            OpenError::Missing { .. } => Some("`arkwright serve` makes one"),
            OpenError::Folder { .. } | OpenError::Other { .. } => {
                Some("`arkwright doctor` looks closer")
            }
            OpenError::Migration { .. } => Some("report this with the text above"),
            // These say in their own sentence what to do.
            OpenError::ReadOnly { .. }
            | OpenError::Full { .. }
            | OpenError::NotADatabase { .. }
            | OpenError::Foreign { .. }
            | OpenError::Damaged { .. }
            | OpenError::HalfMigrated { .. }
            | OpenError::Newer { .. }
            | OpenError::Older { .. } => None,
        };
        let failure = Self::new(error);
        match hint {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }
}

impl From<ComposeError> for Failure {
    fn from(error: ComposeError) -> Self {
        match error {
            ComposeError::DataFolder(error) => error.into(),
            ComposeError::Database(error) => error.into(),
            ComposeError::Key(error) => Self::new(error).hint(
                "put the right key file back; without it secrets of waiting jobs are lost, and a \
                 new one is made if you move it away",
            ),
            error @ ComposeError::Files { .. } => {
                Self::new(error).hint("make it writable for this user")
            }
            error @ ComposeError::Store(_) => {
                Self::new(error).hint("`arkwright doctor` looks closer")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_told_with_its_causes_and_what_to_do() {
        let source = std::io::Error::other("no space left");
        let path = "data".into();
        let failure = Failure::from(DataFolderError::Unusable { path, source });
        assert_eq!(
            failure.text(),
            "error: the data folder `data` cannot be used\n  because: no space left\nhint: make it \
             writable for this user and see that the disk is not full, or name another folder with \
             `--data DIR`\n"
        );
    }
}
