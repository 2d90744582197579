//! The log of one server: lines on stderr about requests, and about what the test does.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::thread;
use std::time::Duration;

use parking_lot::Mutex;

/// The maximum number of waiting lines; further lines are dropped. If stderr is not read, neither requests nor the end
/// of the server wait for it.
const MAX_WAITING: usize = 10_000;

/// How long a server waits until its lines are written.
const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// The log of one server. A thread writes the lines.
#[derive(Debug)]
pub(crate) struct Log {
    /// Begins each line, so that the lines of several servers can be told apart.
    prefix: String,
    has_durations: bool,
    /// `None` after the end of the log.
    lines: Mutex<Option<SyncSender<Entry>>>,
    lost: AtomicU64,
    /// Whether writing took too long once. Nothing waits for the log from then on.
    is_stuck: AtomicBool,
}

#[derive(Debug)]
enum Entry {
    Line(String),
    /// All entries before this one are written when the sender is dropped.
    Written(#[expect(dead_code, reason = "its drop is the message")] Sender<()>),
}

impl Log {
    /// Opens a log on the stderr of the process, for one of several servers.
    ///
    /// # Errors
    ///
    /// If the thread cannot be started.
    pub(crate) fn of_test(port: &str) -> io::Result<Log> {
        // Not `eprintln!`: the test harness would capture it for the test that started the thread.
        let log = Log::open(format!("mock-swr {port}: "), io::stderr())?;
        Ok(Log {
            has_durations: true,
            ..log
        })
    }

    /// Opens a log on the stderr of the process, which has only one server. Scripts read it, so its lines do not differ
    /// from run to run.
    ///
    /// # Errors
    ///
    /// If the thread cannot be started.
    pub(crate) fn of_program() -> io::Result<Log> {
        Log::open(String::new(), io::stderr())
    }

    fn open(prefix: String, mut output: impl Write + Send + 'static) -> io::Result<Log> {
        let (lines, waiting) = sync_channel(MAX_WAITING);
        let write = move || {
            for entry in waiting {
                // A broken stderr ends the log, and nothing else.
                if let Entry::Line(line) = entry
                    && output.write_all(line.as_bytes()).is_err()
                {
                    return;
                }
            }
        };
        let named = thread::Builder::new().name("mock-swr-log".to_owned());
        named.spawn(write)?;
        Ok(Log {
            prefix,
            has_durations: false,
            lines: Mutex::new(Some(lines)),
            lost: AtomicU64::new(0),
            is_stuck: AtomicBool::new(false),
        })
    }

    /// Writes a call, how long it took, and its hint.
    pub(crate) fn write_call(&self, call: &str, took: Duration, hint: Option<&str>) {
        let millis = took.as_secs_f64() * 1000.0;
        let call = if self.has_durations {
            format!("{call} in {millis:.1} ms")
        } else {
            call.to_owned()
        };
        let hint = hint.map(|hint| format!("    {hint}"));
        self.write_lines(std::iter::once(call).chain(hint));
    }

    /// Writes a line.
    pub(crate) fn write(&self, line: String) {
        self.write_lines(std::iter::once(line));
    }

    /// Writes lines that belong together.
    fn write_lines(&self, all: impl Iterator<Item = String>) {
        if let Some(lines) = &*self.lines.lock() {
            let lost = self.lost.swap(0, Ordering::Relaxed);
            if lost > 0 {
                let note = format!("{lost} lines are missing: the log was written too slowly");
                self.send(lines, &note, lost);
            }
            for line in all {
                self.send(lines, &line, 1);
            }
        }
    }

    /// Sends a line, or counts as many lost lines as it stands for.
    fn send(&self, lines: &SyncSender<Entry>, line: &str, count: u64) {
        // The path of a client may contain control characters.
        let line = line.replace(char::is_control, "?");
        let line = format!("{}{line}\n", self.prefix);
        if lines.try_send(Entry::Line(line)).is_err() {
            self.lost.fetch_add(count, Ordering::Relaxed);
        }
    }

    /// Waits briefly until the lines so far are written.
    pub(crate) fn flush(&self) {
        let (writing, written) = channel();
        let sent = match &*self.lines.lock() {
            Some(lines) => lines.try_send(Entry::Written(writing)),
            None => return,
        };
        let is_stuck = self.is_stuck.load(Ordering::Relaxed);
        if sent.is_ok() && !is_stuck {
            let ended = written.recv_timeout(LONGEST_WAIT);
            let is_late = ended == Err(RecvTimeoutError::Timeout);
            self.is_stuck.store(is_late, Ordering::Relaxed);
        }
    }

    /// Ends the log, and waits briefly until its lines are written.
    pub(crate) fn end(&self) {
        self.flush();
        drop(self.lines.lock().take());
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::mpsc::Receiver;

    use super::*;

    /// Keeps what is written. Each line waits for a permission, if there is a receiver of permissions.
    #[derive(Clone)]
    struct Output {
        text: Arc<Mutex<String>>,
        permissions: Option<Arc<Mutex<Receiver<()>>>>,
    }

    impl Write for Output {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if let Some(permissions) = &self.permissions
                && permissions.lock().recv().is_err()
            {
                return Err(io::ErrorKind::BrokenPipe.into());
            }
            self.text
                .lock()
                .push_str(std::str::from_utf8(bytes).unwrap());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn slow_log() -> (Log, Output, Sender<()>) {
        let (permit, permissions) = channel();
        let output = Output {
            text: Arc::default(),
            permissions: Some(Arc::new(Mutex::new(permissions))),
        };
        let log = Log::open("7: ".to_owned(), output.clone()).unwrap();
        (log, output, permit)
    }

    #[test]
    fn each_line_has_the_prefix_and_no_control_characters() {
        let output = Output {
            text: Arc::default(),
            permissions: None,
        };
        let log = Log::open("7: ".to_owned(), output.clone()).unwrap();
        log.write("one\n\u{1b}".to_owned());
        log.write_call("two", Duration::ZERO, Some("three"));
        log.end();
        log.write("after the end".to_owned());
        log.end();
        assert_eq!(*output.text.lock(), "7: one??\n7: two\n7:     three\n");
    }

    #[test]
    fn lines_that_do_not_fit_are_dropped_and_counted() {
        let (log, output, permit) = slow_log();
        // The thread takes at most one line from the queue.
        for _ in 0..MAX_WAITING + 50 {
            log.write("line".to_owned());
        }
        let lost = log.lost.load(Ordering::Relaxed);
        assert!((49..=50).contains(&lost), "{lost}");
        for _ in 0..2 * MAX_WAITING {
            permit.send(()).unwrap();
        }
        // The queue is empty when the thread has written all its lines.
        while output.text.lock().lines().count() < MAX_WAITING {
            thread::yield_now();
        }
        log.write("last".to_owned());
        log.end();
        let end = format!("7: {lost} lines are missing: the log was written too slowly\n7: last\n");
        assert!(output.text.lock().ends_with(&end));
    }

    #[test]
    fn a_broken_output_ends_the_log_at_once() {
        let (log, output, permit) = slow_log();
        drop(permit);
        log.write("line".to_owned());
        log.end();
        assert_eq!(*output.text.lock(), "");
    }
}
