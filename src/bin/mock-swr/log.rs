//! The request log.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};

use mock_swr::{Call, Calls, Journal, MockSwr};

/// The request log: one line for each request once it is answered, and what the mock has to say of it.
pub(crate) struct Log<'a> {
    swr: &'a MockSwr,
    /// Begins at the last look, or a little before.
    recent: Journal<'a>,
    last_number: u64,
    /// Arrived and not answered yet.
    open: VecDeque<Call>,
    lines: SyncSender<String>,
}

/// A request whose client went away is never answered: of those only so many are remembered.
const MAX_OPEN: usize = 1000;
/// A log that nobody reads holds up neither requests nor the end of the run: what waits beyond this is dropped.
const MAX_WAITING: usize = 10_000;

impl<'a> Log<'a> {
    /// The log, and what disconnects once everything is written.
    pub(crate) fn open(swr: &'a MockSwr) -> (Log<'a>, Receiver<()>) {
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
        let log = Log {
            swr,
            recent: swr.journal(),
            last_number: 0,
            open: VecDeque::new(),
            lines,
        };
        (log, written)
    }

    /// Writes what has been answered since the last look.
    pub(crate) fn catch_up(&mut self) {
        let from_now = self.swr.from_now();
        let recent = std::mem::replace(&mut self.recent, from_now);
        for call in recent.calls(Calls::any()) {
            // What arrived after `from_now` is seen here, and again the next time.
            if call.number() > self.last_number {
                self.last_number = call.number();
                self.open.push_back(call);
            }
        }
        let (answered, mut open) = std::mem::take(&mut self.open)
            .into_iter()
            .partition::<VecDeque<Call>, _>(|call| call.took().is_some());
        open.drain(..open.len().saturating_sub(MAX_OPEN));
        self.open = open;
        for call in answered {
            self.write(&call);
        }
    }

    fn write(&self, call: &Call) {
        let hint = call.hint().map(|hint| format!("    {hint}"));
        for line in std::iter::once(call.to_string()).chain(hint) {
            // A client's path may hold line breaks.
            let _ = self.lines.try_send(line.replace(char::is_control, "?"));
        }
    }
}
