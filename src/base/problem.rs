//! What can be wrong with a test, and how it is taken.

use std::fmt;

/// What can be wrong with a test, as the server sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ProblemKind {
    /// A request belonged to no operation.
    Unmatched,
    /// A request was for an operation that the mock does not simulate, and no plan answered it.
    NotSimulated,
    /// A plan did not fire as often as it should have, or held something for more than 30 seconds.
    PlanLeft,
    /// More requests came than the journal keeps, so that assertions no longer see them all.
    JournalFull,
    /// A function of the test's author, or the mock itself, panicked.
    Panicked,
    /// A client named a region whose listeners could not be opened.
    ListenFailed,
}

impl ProblemKind {
    const ALL: [ProblemKind; 6] = [
        ProblemKind::Unmatched,
        ProblemKind::NotSimulated,
        ProblemKind::PlanLeft,
        ProblemKind::JournalFull,
        ProblemKind::Panicked,
        ProblemKind::ListenFailed,
    ];
}

/// How a problem is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Not at all.
    Ignore,
    /// Listed and printed.
    Warn,
    /// The test fails.
    Fail,
}

/// Something wrong with the test.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Problem {
    /// Of which kind.
    pub kind: ProblemKind,
    /// How it is taken.
    pub level: Level,
    /// What it is, and what to do about it.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.kind, self.message)
    }
}

/// The kinds that are not taken at their default, which is to fail the test.
#[derive(Debug, Clone, Default)]
pub(crate) struct Levels(Vec<(ProblemKind, Level)>);

impl Levels {
    pub(crate) fn set(&mut self, kind: ProblemKind, level: Level) {
        self.0.push((kind, level));
    }

    /// Whether no kind of problem is wanted on stderr.
    pub(crate) fn are_silent(&self) -> bool {
        let mut kinds = ProblemKind::ALL.into_iter();
        kinds.all(|kind| self.of(kind) == Level::Ignore)
    }

    /// A problem of this kind; `None` if the kind is ignored.
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
            .map_or(Level::Fail, |(_, level)| *level)
    }
}
