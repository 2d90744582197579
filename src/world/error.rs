//! What is wrong with a fixture file.

use std::fmt;
use std::path::{Path, PathBuf};

/// What is wrong with a fixture file, and where. Its `Debug` is its `Display`, so that `unwrap` tells it well.
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
