//! Answers that a function of the test chooses for each call.

use std::sync::Arc;

use crate::engine::answer::{Answer, AnswerKind};
use crate::engine::journal::Call;
use crate::mock::swr::MockSwr;

impl Answer {
    /// Answers each call as the function decides. The service acts only if the function returns [`Answer::real`].
    ///
    /// The function gets the mock as an argument. Do not capture an `Arc<MockSwr>` in it: that keeps the server alive
    /// forever. The function runs outside every lock, on its own thread, and may block. A server runs up to 64 such
    /// functions at a time; further calls wait until one of them returns.
    ///
    /// # Examples
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
        Answer::of(AnswerKind::With(Arc::new(move |server, call| {
            answer(&MockSwr::view(server), call).into()
        })))
    }
}
