//! The kinds of problems of a test, and the level of each.

use std::fmt;

/// A kind of problem that the server detects in a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ProblemKind {
    /// A request did not match any operation, or was sent with http to a server that serves https.
    Unmatched,
    /// A client called an operation that the mock does not simulate, and no plan answered the call.
    NotSimulated,
    /// A plan was not used as often as planned, or it held a call for more than 30 seconds, or no job took a course of
    /// [`MockSwr::next_job`](crate::MockSwr::next_job).
    PlanLeft,
    /// An expectation of a [`Scenario`](crate::Scenario) does not hold.
    ExpectationUnmet,
    /// The journal, or the list of events, is full and dropped its oldest entries. Assertions no longer see all of
    /// them.
    JournalFull,
    /// A closure of the test, or the mock itself, panicked.
    Panicked,
    /// A client named a region whose listeners could not be opened.
    ListenFailed,
    /// A request differs from the published operation: a field has the wrong type or an invalid value, is missing or
    /// misspelt, or is ignored by the service. Default: [`Level::Warn`].
    ///
    /// The guide to [checking requests](crate::guide::contract) describes what is compared.
    ContractBroken,
    /// A request has a field or a parameter that is not published. The real service ignores it, or it is newer than the
    /// published SDK that the crate knows. Default: [`Level::Warn`].
    FieldUnknown,
}

impl ProblemKind {
    /// Every kind.
    ///
    /// ```
    /// use mock_swr::{Level, MockSwr, ProblemKind};
    ///
    /// let mut builder = MockSwr::builder();
    /// for kind in ProblemKind::ALL {
    ///     builder = builder.level(*kind, Level::Warn);
    /// }
    /// # let _ = builder;
    /// ```
    pub const ALL: &[ProblemKind] = &[
        ProblemKind::Unmatched,
        ProblemKind::NotSimulated,
        ProblemKind::PlanLeft,
        ProblemKind::ExpectationUnmet,
        ProblemKind::JournalFull,
        ProblemKind::Panicked,
        ProblemKind::ListenFailed,
        ProblemKind::ContractBroken,
        ProblemKind::FieldUnknown,
    ];

    fn default_level(self) -> Level {
        match self {
            ProblemKind::Unmatched
            | ProblemKind::NotSimulated
            | ProblemKind::PlanLeft
            | ProblemKind::ExpectationUnmet
            | ProblemKind::JournalFull
            | ProblemKind::Panicked
            | ProblemKind::ListenFailed => Level::Fail,
            ProblemKind::ContractBroken | ProblemKind::FieldUnknown => Level::Warn,
        }
    }
}

/// How the mock treats a kind of problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// It is ignored.
    Ignore,
    /// It is listed in [`MockSwr::problems`](crate::MockSwr::problems) and printed to stderr.
    Warn,
    /// It fails the test.
    Fail,
}

/// A problem that the server detected in the test.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Problem {
    /// The kind of problem.
    pub kind: ProblemKind,
    /// How the mock treats it.
    pub level: Level,
    /// What is wrong, and how to fix it.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.kind, self.message)
    }
}

/// The levels that the test set.
#[derive(Debug, Clone, Default)]
pub(crate) struct Levels(Vec<(ProblemKind, Level)>);

impl Levels {
    pub(crate) fn set(&mut self, kind: ProblemKind, level: Level) {
        self.0.push((kind, level));
    }

    /// Whether every kind is ignored.
    pub(crate) fn are_silent(&self) -> bool {
        let mut kinds = ProblemKind::ALL.iter();
        kinds.all(|kind| self.of(*kind) == Level::Ignore)
    }

    /// Creates a problem of this kind; `None` if the kind is ignored.
    pub(crate) fn problem(&self, kind: ProblemKind, message: String) -> Option<Problem> {
        let level = self.of(kind);
        (level != Level::Ignore).then_some(Problem {
            kind,
            level,
            message,
        })
    }

    pub(crate) fn of(&self, kind: ProblemKind) -> Level {
        self.0
            .iter()
            .rev()
            .find(|(set, _)| *set == kind)
            .map_or_else(|| kind.default_level(), |(_, level)| *level)
    }
}
