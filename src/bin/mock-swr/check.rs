//! The `check` command: validates world files and scenario files.

use std::fs;
use std::path::{Path, PathBuf};

use mock_swr::{Scenario, World};
use serde_json::Value;

use crate::{ExitError, print};

/// Top-level keys that only a scenario has.
const SCENARIO_KEYS: [&str; 8] = [
    "world", "auth", "profile", "on", "next_job", "input", "expect", "steps",
];

/// Validates each file, and prints what the valid ones are.
pub(crate) fn check(files: &[PathBuf]) -> Result<(), ExitError> {
    let mut invalid = Vec::new();
    for path in files {
        match check_file(path) {
            Ok(kind) => print(&format!("{}: a valid {kind}\n", path.display()))?,
            Err(error) => invalid.push(error),
        }
    }
    if invalid.is_empty() {
        return Ok(());
    }
    Err(ExitError::input(invalid.join("\nmock-swr: ")))
}

/// What a valid file is: a world or a scenario.
fn check_file(path: &Path) -> Result<&'static str, String> {
    // A file that cannot be read is reported by the loading of a world.
    let text = fs::read_to_string(path).unwrap_or_default();
    let keys: Value = serde_json::from_str(&text).unwrap_or_default();
    if SCENARIO_KEYS.iter().any(|key| keys.get(key).is_some()) {
        let loaded = Scenario::load(path);
        return loaded
            .map(|_| "scenario")
            .map_err(|error| error.to_string());
    }
    let loaded = World::load(path);
    loaded.map(|_| "world").map_err(|error| error.to_string())
}
