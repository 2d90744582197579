//! The events of content.

use crate::base::event::Event;
use crate::mock::swr::MockSwr;

impl MockSwr {
    /// Returns what happened to content, oldest first: pushes, pulls and deletions by clients, trigger runs, deletions
    /// by retention policies, and copies to other regions.
    ///
    /// Content that the test seeds or changes with handles causes no event. [`MockSwr::restore`] keeps all events.
    /// Only the newest 10,000 events are kept. Losing older ones is a problem of kind
    /// [`ProblemKind::JournalFull`](crate::ProblemKind::JournalFull).
    ///
    /// # Examples
    ///
    /// ```
    /// use mock_swr::{Auth, EventKind, MockSwr};
    ///
    /// let swr = MockSwr::builder().auth(Auth::Off).start();
    /// swr.seed_repo("group/web").image("v1");
    /// let url = format!("{}/v2/manage/namespaces/group/repos/web/tags/v1", swr.endpoint());
    /// reqwest::blocking::Client::new().delete(url).send().unwrap();
    ///
    /// let deleted = &swr.events()[0];
    /// assert_eq!(deleted.kind, EventKind::Deleted);
    /// assert_eq!(deleted.tag.as_deref(), Some("v1"));
    /// ```
    #[must_use = "`events` asserts nothing: compare the events"]
    pub fn events(&self) -> Vec<Event> {
        self.core.events()
    }
}
