//! The planned answers to consecutive calls.

use std::fmt;

use crate::engine::answer::{Answer, AnswerKind};
use crate::engine::lists::from_lists;

/// The planned answers to consecutive calls.
///
/// It is created from one [`Answer`], from a list, or with [`Answer::times`], [`Answer::always`] and [`Answer::then`].
/// A list is an array, a `Vec`, a slice, or a tuple of different answers.
///
/// ```
/// use mock_swr::{Answer, Answers, Refusal};
///
/// let answers: Answers = Answer::real().times(20).then(Refusal::Throttled).then([503, 503]);
/// let mixed = Answers::from((503, Refusal::Throttled, Answer::real().lost()));
/// # let _ = (answers, mixed);
/// ```
///
/// The methods that change an answer, such as [`Answers::header`], change every answer so far:
///
/// ```
/// use mock_swr::{Answers, MockSwr, Op};
///
/// let swr = MockSwr::start();
/// swr.on(Op::ListApiVersions, Answers::from([429, 503]).header("Retry-After", "0").then(500));
///
/// let retry_after = || reqwest::blocking::get(swr.endpoint()).unwrap().headers().get("Retry-After").cloned();
/// assert_eq!(retry_after().unwrap(), "0");
/// assert_eq!(retry_after().unwrap(), "0");
/// assert_eq!(retry_after(), None);
/// ```
#[must_use = "answers do nothing until they are given to `on`"]
#[derive(Clone)]
pub struct Answers {
    pub(crate) steps: Vec<Step>,
    pub(crate) optional: bool,
}

/// An answer, and the number of calls that get it; `None` for all further calls.
#[derive(Clone)]
pub(crate) struct Step {
    pub(crate) answer: Answer,
    pub(crate) times: Option<usize>,
}

impl Answers {
    /// Appends answers for the calls after these.
    ///
    /// # Panics
    ///
    /// If an earlier answer is [`Answer::always`], because it answers all further calls.
    ///
    /// ```
    /// # use mock_swr::Answers;
    /// let answers = Answers::from(503).then(429);
    /// # let _ = answers;
    /// ```
    #[track_caller]
    pub fn then(mut self, next: impl Into<Answers>) -> Answers {
        assert!(
            self.steps.iter().all(|step| step.times.is_some()),
            "`then` after `always()` is never used: `always()` answers all further calls"
        );
        self.append(next.into());
        self
    }

    /// Makes the answers optional: unused ones are not a problem of the test.
    ///
    /// ```
    /// # use mock_swr::{Answers, MockSwr, Op};
    /// # let swr = MockSwr::start();
    /// swr.on(Op::CreateRepo, Answers::from(503).optional());
    /// ```
    pub fn optional(mut self) -> Answers {
        self.optional = true;
        self
    }

    fn append(&mut self, next: Answers) {
        self.steps.extend(next.steps);
        self.optional |= next.optional;
    }

    /// The answers of a list, one after the other.
    #[track_caller]
    fn of_list<A: Into<Answers>>(list: impl IntoIterator<Item = A>) -> Answers {
        let mut all = Answers {
            steps: Vec::new(),
            optional: false,
        };
        for answers in list {
            all = all.followed_by(answers.into());
        }
        all
    }

    /// As [`Answers::then`], for a list.
    #[track_caller]
    fn followed_by(mut self, next: Answers) -> Answers {
        let last = self.steps.last();
        if let Some(last) = last.filter(|step| step.times.is_none() && !next.steps.is_empty()) {
            panic!(
                "the list has answers after `{} always`, which answers all further calls: they are never used",
                last.answer
            );
        }
        self.append(next);
        self
    }

    pub(crate) fn has_closure(&self) -> bool {
        self.steps.iter().any(|step| step.answer.has_closure())
    }

    /// Whether an answer needs the body of the request.
    pub(crate) fn needs_body(&self) -> bool {
        self.steps
            .iter()
            .any(|step| matches!(step.answer.kind, AnswerKind::With(_)))
    }

    /// Whether an answer resets the connection while the body is read.
    pub(crate) fn resets_while_reading(&self) -> bool {
        self.steps
            .iter()
            .any(|step| matches!(step.answer.kind, AnswerKind::ResetAfterReading(_)))
    }
}

impl<A: Into<Answer>> From<A> for Answers {
    #[track_caller]
    fn from(answer: A) -> Answers {
        answer.into().times(1)
    }
}

from_lists!(Answers, Answers);

/// The text for reports: `503, then 429`.
impl fmt::Display for Answers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, step) in self.steps.iter().enumerate() {
            if place > 0 {
                f.write_str(", then ")?;
            }
            write!(f, "{}", step.answer)?;
            match step.times {
                Some(1) => {}
                Some(times) => write!(f, " {times} times")?,
                None => f.write_str(" always")?,
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Answers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Answers({self})")
    }
}
