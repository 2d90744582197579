//! Functions of a test that decide, and are given the mock for that.

use std::sync::Arc;

use crate::engine::answer::{Answer, What};
use crate::engine::journal::Call;
use crate::mock::swr::MockSwr;

impl Answer {
    /// The answer that the function returns for the call; the service acts if that is [`Answer::real`].
    ///
    /// The function is given the mock, so that it need not own one: a function that owns an `Arc<MockSwr>` keeps the
    /// server alive for ever. It runs outside every lock, on a thread of its own, and may block; 64 functions of one
    /// server run at a time, and further calls wait for one of them to return.
    ///
    /// ```
    /// # use mock_swr::{Answer, MockSwr, Op};
    /// # let swr = MockSwr::start();
    /// let throttle_large_pages = Answer::with(|_, call| match call.query("limit") {
    ///     Some("1000") => Answer::status(429),
    ///     _ => Answer::real(),
    /// });
    /// swr.on(Op::ListReposDetails, throttle_large_pages.always()).remove();
    ///
    /// let deleted_meanwhile = Answer::with(|swr, _| {
    ///     swr.repo("group/web").delete();
    ///     Answer::real()
    /// });
    /// swr.on(Op::ShowRepository, deleted_meanwhile).remove();
    /// ```
    pub fn with<A: Into<Answer>>(
        answer: impl Fn(&MockSwr, &Call) -> A + Send + Sync + 'static,
    ) -> Answer {
        Answer::of(What::With(Arc::new(move |server, call| {
            answer(&MockSwr::view(server), call).into()
        })))
    }
}
