//! The planned answers to consecutive calls.

use std::fmt;

use crate::engine::answer::{Answer, AnswerKind};

/// The planned answers to consecutive calls.
///
/// It is created from one [`Answer`], from a list, or with [`Answer::times`], [`Answer::always`] and [`Answer::then`].
///
/// ```
/// use mock_swr::{Answer, Answers, Refusal};
///
/// let answers: Answers = Answer::real().times(20).then(Refusal::Throttled).then([503, 503]);
/// # let _ = answers;
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
        let next = next.into();
        self.steps.extend(next.steps);
        self.optional |= next.optional;
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
    fn from(answer: A) -> Answers {
        answer.into().times(1)
    }
}

impl<A: Into<Answer>, const N: usize> From<[A; N]> for Answers {
    fn from(answers: [A; N]) -> Answers {
        let steps = answers
            .into_iter()
            .map(|answer| Step {
                answer: answer.into(),
                times: Some(1),
            })
            .collect();
        Answers {
            steps,
            optional: false,
        }
    }
}

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
