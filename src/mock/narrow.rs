//! The methods of [`Calls`] that narrow a selection, for [`Verify`].

use serde_json::Value;

use crate::engine::calls::{Calls, refinements};
use crate::engine::journal::Call;
use crate::mock::verify::Verify;
use crate::operations::op::Op;

/// Defines each method of [`Calls`] for [`Verify`].
macro_rules! for_verify {
    ($($(#[$doc:meta])* fn $name:ident($($arg:ident: $type:ty),*) = $condition:expr;)*) => {
        impl Verify<'_> {
            $(
                #[doc = concat!("Counts only calls that [`Calls::", stringify!($name), "`] selects.")]
                ///
                /// # Panics
                ///
                /// Panics if no call can match.
                #[track_caller]
                pub fn $name(self, $($arg: $type),*) -> Self {
                    let calls = self.expected.calls.clone().$name($($arg),*);
                    self.narrowed(calls)
                }
            )*
        }
    };
}

refinements!(for_verify);

impl Verify<'_> {
    /// Does not count calls of these operations, as [`Calls::except`].
    ///
    /// # Panics
    ///
    /// Panics if no call can match.
    #[track_caller]
    pub fn except(self, ops: impl IntoIterator<Item = Op>) -> Self {
        let calls = self.expected.calls.clone().except(ops);
        self.narrowed(calls)
    }

    #[track_caller]
    fn narrowed(mut self, calls: Calls) -> Self {
        self.expected.calls = self.part.core.resolve(calls);
        self
    }
}
