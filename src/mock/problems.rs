//! Whether the test fails, on request and when the server is dropped.

use crate::base::problem::Problem;
use crate::mock::swr::MockSwr;

/// Added to the report when dropping the server panics.
const HIDES: &str = "  if the test returned an error, this panic hides it: `unwrap()` in place of `?` shows the error";

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
    pub fn problems(&self) -> Vec<Problem> {
        self.core.problems()
    }

    /// Fails the test at this line if it has a problem, as dropping the server does later.
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
        if let Some(report) = self.core.failure(None) {
            panic!("{report}");
        }
    }
}

impl Drop for MockSwr {
    fn drop(&mut self) {
        if !self.is_owner {
            return;
        }
        self.core.stop();
        let is_panicking = std::thread::panicking();
        let failure = self.core.failure(Some(HIDES).filter(|_| !is_panicking));
        let aside = match failure {
            Some(_) => None,
            None if is_panicking => self.core.requests_before_panic(),
            None => self.core.refusals(),
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
