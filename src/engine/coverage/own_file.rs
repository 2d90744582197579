//! The file that one server writes. No other server, in this process or another, has the same one.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// The extension of a written file.
pub(super) const WRITTEN: &str = "json";
/// The extension of the mark of a server that has not written its file.
pub(super) const RUNNING: &str = "running";
/// The extension of a file while it is written.
const PARTIAL: &str = "partial";

/// The path of a file, without its extension.
#[derive(Debug)]
pub(super) struct OwnFile(PathBuf);

impl OwnFile {
    /// Creates the folder, and marks a name as used. Names contain the process and the port. Both can be used again
    /// later, so a name can also have a number.
    pub(super) fn reserve(folder: &Path, port: &str) -> io::Result<OwnFile> {
        // The test can change the current directory later.
        let folder = std::path::absolute(folder)?;
        fs::create_dir_all(&folder)?;
        let mut number = 0;
        loop {
            let name = format!("swr-{}-{port}-{number}", std::process::id());
            let file = OwnFile(folder.join(name));
            if file.mark()? {
                return Ok(file);
            }
            number += 1;
        }
    }

    /// Whether the name is now that of this server. Only the server that has the mark can write the file, so the file
    /// is looked for after the mark was created.
    fn mark(&self) -> io::Result<bool> {
        let mark = self.path(RUNNING);
        match File::create_new(&mark) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(false),
            created => created?,
        };
        let is_free = !self.path(WRITTEN).try_exists()?;
        if !is_free {
            fs::remove_file(mark)?;
        }
        Ok(is_free)
    }

    /// Writes the file as a whole, in place of an earlier version, and removes the mark.
    pub(super) fn write(&self, text: &str) -> io::Result<()> {
        let partial = self.path(PARTIAL);
        // Another program may have cleared the folder.
        fs::create_dir_all(partial.parent().unwrap_or(&partial))?;
        fs::write(&partial, text)?;
        fs::rename(partial, self.path(WRITTEN))?;
        match fs::remove_file(self.path(RUNNING)) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    fn path(&self, extension: &str) -> PathBuf {
        self.0.with_extension(extension)
    }
}

impl fmt::Display for OwnFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.path(WRITTEN).display().fmt(f)
    }
}
