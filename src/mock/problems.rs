//! Whether the test fails, on request and when the server is dropped.

use crate::base::problem::Problem;
use crate::engine::progress::Place;
use crate::engine::scenario::judge::RunningStep;
use crate::mock::swr::MockSwr;

const BEFORE_PANIC: &str = "mock-swr: the requests before the panic";

/// Added to the report when dropping the server panics.
const HIDES: &str = "  if the test returned an error, this panic hides it: `unwrap()` in place of `?` shows the error";

/// Printed if the server was not used.
const UNUSED: &str = "mock-swr: the server started on this line was dropped before it was used\n  \
    `let _ = MockSwr::start()` and `MockSwr::start().endpoint()` drop a server at once: \
    bind it to a name, such as `swr`";

impl MockSwr {
    /// Returns the problems so far: those that fail the test, and those that are only printed.
    ///
    /// # Examples
    ///
    /// ```
    /// use mock_swr::{Level, MockSwr, ProblemKind};
    ///
    /// let swr = MockSwr::builder().level(ProblemKind::Unmatched, Level::Warn).start();
    /// reqwest::blocking::get(format!("{}/v2/namespaces", swr.endpoint())).unwrap();
    /// assert_eq!(swr.problems()[0].kind, ProblemKind::Unmatched);
    /// ```
    #[must_use = "`problems` asserts nothing: use `check`, or compare the problems"]
    pub fn problems(&self) -> Vec<Problem> {
        self.core.problems(self.step().as_ref())
    }

    /// Fails the test at this line if it has a problem of level [`Level::Fail`](crate::Level::Fail), and prints the
    /// problems of level [`Level::Warn`](crate::Level::Warn). Dropping the server does the same later.
    ///
    /// It also waits until the log is written, and writes the coverage so far, because a server in a `static` is never
    /// dropped.
    ///
    /// It also writes the [coverage](crate::Builder::coverage) so far, because a server in a `static` is never dropped.
    ///
    /// # Panics
    ///
    /// Panics if there is a problem of level [`Level::Fail`](crate::Level::Fail).
    ///
    /// # Examples
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::start();
    /// swr.check();
    /// ```
    #[track_caller]
    pub fn check(&self) {
        self.core.write_coverage();
        // A server in a static is never dropped, so its log has no other end.
        self.core.flush_log();
        if let Some(report) = self.core.failure(self.step().as_ref(), None) {
            panic!("{report}");
        }
    }
}

impl MockSwr {
    /// Stops the server. Returns the report if the test fails, instead of a panic.
    pub(crate) fn end(self) -> Option<String> {
        self.core.stop();
        let failure = self.core.failure(self.step().as_ref(), None);
        self.end_quietly();
        failure
    }

    /// Stops the server after a failure. Returns the failure with all other problems, or with the requests, unless a
    /// report has listed them.
    pub(crate) fn end_with(self, failure: String) -> String {
        self.core.stop();
        let others = self.core.failure(None, None);
        let others = others.or_else(|| self.core.unlisted_requests(None));
        self.end_quietly();
        match others {
            Some(others) => format!("{failure}\n{others}"),
            None => failure,
        }
    }

    /// The step of a scenario that runs.
    pub(super) fn step(&self) -> Option<RunningStep> {
        self.step.lock().clone()
    }

    fn end_quietly(mut self) {
        self.core.plans.end();
        self.started_at = None;
    }

    /// The report of a server that neither the test nor a client used.
    fn unused(&self) -> Option<String> {
        let was_used = self.core.is_used() || self.core.records.last_number() > 0;
        if was_used || self.core.is_program() || self.core.levels.are_silent() {
            return None;
        }
        Some(UNUSED.to_owned())
    }
}

impl Drop for MockSwr {
    fn drop(&mut self) {
        let Some(started_at) = self.started_at else {
            return;
        };
        let started_at = Place::from(started_at).line();
        let unused = self.unused();
        self.core.stop();
        let is_panicking = std::thread::panicking();
        let step = self.step();
        let line = Some(HIDES).filter(|_| !is_panicking);
        let failure = self.core.failure(step.as_ref(), line);
        let failure = failure.map(|report| format!("{started_at}: {report}"));
        let aside = match failure {
            Some(_) => None,
            None if is_panicking => self.core.unlisted_requests(Some(BEFORE_PANIC)),
            None => unused
                .map(|report| format!("{started_at}: {report}"))
                .or_else(|| self.core.refusals()),
        };
        self.core.plans.end();
        match failure {
            Some(report) if !is_panicking => panic!("{report}"),
            failure => {
                for report in failure.into_iter().chain(aside) {
                    eprintln!("{report}");
                }
            }
        }
    }
}
