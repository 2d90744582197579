//! The request log.

use std::io::{self, Write};
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};

use mock_swr::Call;

/// The request log: one line for each request once it has ended, and what the mock has to say of it.
pub(crate) struct Log {
    lines: SyncSender<String>,
}

/// A log that nobody reads holds up neither requests nor the end of the run: what waits beyond this is dropped.
const MAX_WAITING: usize = 10_000;

impl Log {
    /// The log, and what disconnects once everything is written.
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

    /// Says how many requests are missing, if any are.
    pub(crate) fn note_lost(&self, count: u64) {
        if count > 0 {
            let line =
                format!("{count} requests are missing here: more ended than could be written");
            let _ = self.lines.try_send(line);
        }
    }

    pub(crate) fn write(&self, call: &Call) {
        let hint = call.hint().map(|hint| format!("    {hint}"));
        for line in std::iter::once(call.to_string()).chain(hint) {
            // A client's path may hold line breaks.
            let _ = self.lines.try_send(line.replace(char::is_control, "?"));
        }
    }
}
