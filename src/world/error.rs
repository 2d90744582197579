//! What is wrong with a fixture file.

use std::fmt;
use std::path::{Path, PathBuf};

use super::locate::locate;
use crate::hint::likest;
use crate::json::Wrong;
use crate::redact::Redacted;

/// What is wrong with a fixture file, and where. Its `Debug` is its `Display`, so that `unwrap` tells it well.
///
/// ```
/// use mock_swr::World;
///
/// let error = r#"{"namespace": {}}"#.parse::<World>().unwrap_err();
/// assert!(error.to_string().ends_with("is `namespaces` meant?"));
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct FixtureError {
    pub(super) path: Option<PathBuf>,
    pub(super) line: usize,
    pub(super) column: usize,
    pub(super) message: String,
}

impl FixtureError {
    pub(crate) fn of_file(path: &Path, message: String) -> FixtureError {
        FixtureError {
            path: Some(path.to_owned()),
            ..FixtureError::of(message)
        }
    }

    /// What serde says of a text, without the value of a secret that it quotes.
    pub(super) fn of_json(error: &serde_json::Error, text: &str) -> FixtureError {
        let message = error.to_string();
        let told = message
            .rsplit_once(" at line ")
            .map_or(&*message, |(told, _)| told);
        let message = match serde_json::from_str(text) {
            Ok(value) if told.starts_with("invalid ") => Redacted::of_json(told, value).to_string(),
            _ => name_meant(told),
        };
        FixtureError {
            path: None,
            line: error.line(),
            column: error.column(),
            message,
        }
    }

    pub(super) fn of(message: String) -> FixtureError {
        FixtureError {
            path: None,
            line: 0,
            column: 0,
            message,
        }
    }
}

/// What is wrong with a value of a world, and where in the world it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WorldFault {
    /// Keys and indexes, from the outside in.
    path: Vec<String>,
    /// The last key of the path is what is wrong, not its value.
    of_key: bool,
    reason: String,
}

impl From<String> for WorldFault {
    fn from(reason: String) -> WorldFault {
        WorldFault {
            path: Vec::new(),
            of_key: false,
            reason,
        }
    }
}

impl From<Wrong> for WorldFault {
    fn from(wrong: Wrong) -> WorldFault {
        let (path, reason) = wrong.into_parts();
        WorldFault {
            path,
            of_key: false,
            reason,
        }
    }
}

impl WorldFault {
    /// The key under which a value stands cannot be a name.
    pub(super) fn of_name(reason: impl Into<String>) -> WorldFault {
        WorldFault {
            of_key: true,
            ..WorldFault::from(reason.into())
        }
    }

    /// The error of a file that has this text.
    pub(super) fn in_text(self, text: &str) -> FixtureError {
        let (line, column) = locate(text, &self.path, self.of_key);
        FixtureError {
            line,
            column,
            ..FixtureError::of(self.to_string())
        }
    }
}

/// `namespaces.group.owner: ..`.
impl fmt::Display for WorldFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path.join("."))?;
        }
        f.write_str(&self.reason)
    }
}

/// Says in what the value stands that is wrong.
pub(super) trait Within<T> {
    fn within(self, key: impl fmt::Display) -> Result<T, WorldFault>;
}

impl<T, E: Into<WorldFault>> Within<T> for Result<T, E> {
    fn within(self, key: impl fmt::Display) -> Result<T, WorldFault> {
        self.map_err(|error| {
            let mut fault = error.into();
            fault.path.insert(0, key.to_string());
            fault
        })
    }
}

/// The content of a file. What is none, as a named pipe, is not opened: that could wait for ever.
pub(crate) fn read_file(path: &Path) -> Result<Vec<u8>, String> {
    let metadata = std::fs::metadata(path).map_err(|error| error.to_string())?;
    if !metadata.is_file() {
        return Err("it is not a file".to_owned());
    }
    std::fs::read(path).map_err(|error| error.to_string())
}

/// With the word that was meant, where serde knows others: "unknown field `a`, expected one of `b`, `c`".
pub(super) fn name_meant(message: &str) -> String {
    let mut words = message.split('`').skip(1).step_by(2);
    let sent = words.next().filter(|_| message.starts_with("unknown "));
    let Some(sent) = sent else {
        return message.to_owned();
    };
    match likest(words, sent, 0.6) {
        Some(meant) => format!("{message}; is `{meant}` meant?"),
        None => message.to_owned(),
    }
}

impl fmt::Display for FixtureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(path) = &self.path {
            write!(f, "{}: ", path.display())?;
        }
        if self.line > 0 {
            write!(f, "line {}, column {}: ", self.line, self.column)?;
        }
        f.write_str(&self.message)
    }
}

impl fmt::Debug for FixtureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for FixtureError {}
