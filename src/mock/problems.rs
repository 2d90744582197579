//! Whether the test fails: asked for, and when the server is dropped.

use crate::base::problem::Problem;
use crate::mock::swr::MockSwr;

/// Said where dropping the server panics.
const HIDES: &str = "  if the test returned an error, this panic hides it: `unwrap()` in place of `?` shows the error";

impl MockSwr {
    /// All that would fail the test, and what is only reported, up to now.
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

    /// Fails the test here if something is wrong, as dropping the server does later.
    ///
    /// # Panics
    ///
    /// If there is a problem whose level is [`Level::Fail`](crate::Level::Fail).
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
