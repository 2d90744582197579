//! The request log.

use std::io::{self, Write};
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};

use mock_swr::{Call, Problem};

/// The request log: one line for each finished request, and its hint.
pub(crate) struct Log {
    lines: SyncSender<String>,
}

/// The maximum number of waiting lines; further lines are dropped. If stderr is not read, neither requests nor the end
/// of the program wait for it.
const MAX_WAITING: usize = 10_000;

impl Log {
    /// Opens the log. The receiver disconnects when all lines are written.
    pub(crate) fn open() -> (Log, Receiver<()>) {
        let (lines, waiting) = sync_channel::<String>(MAX_WAITING);
        let (writing, written) = channel();
        std::thread::spawn(move || {
            let _writing = writing;
            for line in waiting {
                if writeln!(io::stderr(), "{line}").is_err() {
                    return;
                }
            }
        });
        (Log { lines }, written)
    }

    /// Writes how many requests are missing from the log, if any.
    pub(crate) fn note_lost(&self, count: u64) {
        if count > 0 {
            let line = format!(
                "{count} requests are missing from this log: requests ended faster than the log was written"
            );
            let _ = self.lines.try_send(line);
        }
    }

    pub(crate) fn write(&self, call: &Call) {
        self.write_line(&call.to_string());
        if let Some(hint) = call.hint() {
            self.write_line(&format!("    {hint}"));
        }
    }

    pub(crate) fn write_problem(&self, problem: &Problem) {
        for line in format!("mock-swr: {problem}").lines() {
            self.write_line(line);
        }
    }

    fn write_line(&self, line: &str) {
        // The path of a client may contain line breaks.
        let _ = self.lines.try_send(line.replace(char::is_control, "?"));
    }
}
