//! Sequences of random steps.

use std::fmt;
use std::ops::Range;

use proptest::collection::vec;
use proptest::prelude::*;

/// A sequence of steps. `Debug` prints one line for each step.
pub(crate) struct Steps<S>(Vec<S>);

impl<S: fmt::Debug> Steps<S> {
    /// Generates sequences of so many of these steps.
    pub(crate) fn of(
        step: impl Strategy<Value = S>,
        count: Range<usize>,
    ) -> impl Strategy<Value = Steps<S>> {
        vec(step, count).prop_map(Steps)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &S> {
        self.0.iter()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}

impl<S: fmt::Debug> fmt::Debug for Steps<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, step) in self.0.iter().enumerate() {
            write!(f, "\n  {}. {step:?}", number + 1)?;
        }
        Ok(())
    }
}
