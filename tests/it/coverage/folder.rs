//! A folder of coverage files.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

/// The path of a folder, which is removed with its files at the end of the test.
pub(super) struct Folder(PathBuf);

impl Folder {
    pub(super) fn new() -> Folder {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("mock-swr-coverage-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        // An earlier process may have had the same number.
        let _ = fs::remove_dir_all(&path);
        Folder(path)
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    pub(super) fn files(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(&self.0).unwrap();
        entries.map(|entry| entry.unwrap().path()).collect()
    }

    #[track_caller]
    pub(super) fn only_file(&self) -> PathBuf {
        let mut files = self.files();
        assert_eq!(files.len(), 1, "{files:?}");
        files.remove(0)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The responses in a file.
#[track_caller]
pub(super) fn responses(file: &Path) -> Vec<Value> {
    let text = fs::read_to_string(file).unwrap();
    let file: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(file["mock_swr_coverage"], 1);
    file["responses"].as_array().unwrap().clone()
}
