//! What happened to content, as a test reads it.

use crate::base::event::Event;
use crate::mock::swr::MockSwr;

impl MockSwr {
    /// What clients pushed, pulled and deleted, oldest first. What the test seeds or changes by handles is not in it,
    /// and [`MockSwr::restore`] leaves it as it is. The newest 10,000 are kept; that older ones are lost is a problem of
    /// kind [`ProblemKind::JournalFull`](crate::ProblemKind::JournalFull).
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
    pub fn events(&self) -> Vec<Event> {
        self.core.events()
    }
}
