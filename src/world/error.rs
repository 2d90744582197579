//! What is wrong with a fixture file.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::hint::likest;

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

    pub(super) fn of(message: String) -> FixtureError {
        FixtureError {
            path: None,
            line: 0,
            column: 0,
            message,
        }
    }
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
