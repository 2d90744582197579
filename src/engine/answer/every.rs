//! The methods of [`Answer`](super::Answer) for every answer of a list.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::answers::{Answers, Step};

/// Defines each of these methods of an answer for [`Answers`].
macro_rules! for_every_answer {
    ($($name:ident($($arg:ident: $type:ty),*): $does:literal;)*) => {
        impl Answers {
            $(
                #[doc = $does]
                ///
                #[doc = concat!("Does the same as [`", stringify!($name), "`](crate::Answer::", stringify!($name), ")")]
                /// of `Answer`, for each answer so far.
                ///
                /// # Panics
                ///
                /// If the method has no effect on one of the answers.
                #[track_caller]
                pub fn $name(self, $($arg: $type),*) -> Answers {
                    let mut steps = Vec::with_capacity(self.steps.len());
                    // In a closure of `map`, `#[track_caller]` would lose the line of the test.
                    for Step { answer, times } in self.steps {
                        steps.push(Step { answer: answer.$name($($arg),*), times });
                    }
                    Answers { steps, ..self }
                }
            )*
        }
    };
}

for_every_answer! {
    header(name: &str, value: &str): "Sets a header of every response so far.";
    delay(delay: Duration): "Delays every response so far.";
    hold(): "Holds every response so far until [`Plan::release`](crate::Plan::release).";
    hold_request(): "Holds the request of every answer so far until [`Plan::release`](crate::Plan::release).";
    lost(): "Loses every response so far.";
    reset_after(body_bytes: u64): "Resets the connection within the body of every response so far.";
    close_after(body_bytes: u64): "Closes the connection within the body of every response so far.";
    stall_after(body_bytes: u64): "Stops sending within the body of every response so far.";
    dribble(bytes: u64, every: Duration): "Sends every response so far in pieces.";
    corrupt(): "Flips a bit in the body of every response so far.";
}

impl Answers {
    /// Changes every response so far with a closure.
    ///
    /// Does the same as [`map`](crate::Answer::map) of `Answer`, for each answer so far.
    ///
    /// # Panics
    ///
    /// If one of the answers has no head.
    #[track_caller]
    pub fn map(
        self,
        change: impl Fn(&mut http::Response<Bytes>) + Send + Sync + 'static,
    ) -> Answers {
        let change = Arc::new(change);
        let mut steps = Vec::with_capacity(self.steps.len());
        for Step { answer, times } in self.steps {
            let change = Arc::clone(&change);
            let answer = answer.map(move |response| change(response));
            steps.push(Step { answer, times });
        }
        Answers { steps, ..self }
    }
}
