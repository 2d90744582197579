//! Events: what happened to the content of the registry.

use std::fmt;
use std::time::SystemTime;

/// A push, pull or deletion of content by a client or by the service itself.
///
/// Content that a test seeds or deletes through a handle does not create an event.
///
/// ```
/// use mock_swr::{Auth, EventKind, MockSwr};
///
/// let swr = MockSwr::builder().auth(Auth::Off).start();
/// swr.seed_repo("group/web").image("v1");
/// let url = format!("http://{}/v2/group/web/manifests/v1", swr.registry());
/// reqwest::blocking::get(url).unwrap();
///
/// let events = swr.events();
/// assert_eq!(events[0].kind, EventKind::Pulled);
/// assert_eq!((&*events[0].repo, events[0].tag.as_deref()), ("group/web", Some("v1")));
/// assert_eq!(events[0].cause(), Some(1), "the first request of the server");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Event {
    /// What happened.
    pub kind: EventKind,
    /// The region of the registry.
    pub region: String,
    /// The repository: `group/web`.
    pub repo: String,
    /// The tag that was pushed, pulled or deleted; `None` if the manifest was named by its digest, or if the whole
    /// repository was deleted.
    pub tag: Option<String>,
    /// The digest of the manifest; `None` if the whole repository was deleted, or if no image was copied.
    pub digest: Option<String>,
    /// The name of the trigger that ran; `None` for other kinds.
    pub trigger: Option<String>,
    /// The region to which a synchronization job copied the tag; `None` for other kinds.
    pub target_region: Option<String>,
    /// The repository to which a synchronization job copied the tag; `None` for other kinds.
    pub target_repo: Option<String>,
    /// How it ended: `success` or `failed` for a trigger, the last state of a synchronization job, such as `existed`.
    /// `None` for other kinds.
    pub result: Option<String>,
    /// More about the result: what the trigger reported, or why the service did not copy the image.
    pub detail: Option<String>,
    /// When it happened, by the service's clock.
    pub at: SystemTime,
    pub(crate) cause: Option<u64>,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EventKind {
    /// A manifest was pushed, or a tag was created or moved.
    Pushed,
    /// A manifest was pulled.
    Pulled,
    /// A client deleted a tag, a manifest or a repository.
    Deleted,
    /// A trigger ran for a pushed tag.
    Triggered,
    /// A retention policy deleted a tag.
    Retained,
    /// A synchronization job ended. The repository is the source. If the image was copied, it was also
    /// [`EventKind::Pushed`] at the target.
    Synced,
}

impl EventKind {
    pub(crate) const ALL: [EventKind; 6] = [
        EventKind::Pushed,
        EventKind::Pulled,
        EventKind::Deleted,
        EventKind::Triggered,
        EventKind::Retained,
        EventKind::Synced,
    ];

    /// In lowercase, as in reports and scenario files.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            EventKind::Pushed => "pushed",
            EventKind::Pulled => "pulled",
            EventKind::Deleted => "deleted",
            EventKind::Triggered => "triggered",
            EventKind::Retained => "retained",
            EventKind::Synced => "synced",
        }
    }
}

impl Event {
    /// The number of the call that caused the event; `None` if no call did.
    pub fn cause(&self) -> Option<u64> {
        self.cause
    }
}

/// One line: `pushed group/web:v1 (sha256:..) in cn-north-4 by #12`.
impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = self.kind.as_str();
        write!(f, "{kind} {}", self.repo)?;
        match (&self.tag, &self.digest) {
            (Some(tag), Some(digest)) => write!(f, ":{tag} ({digest})")?,
            (Some(tag), None) => write!(f, ":{tag}")?,
            (None, Some(digest)) => write!(f, "@{digest}")?,
            (None, None) => {}
        }
        write!(f, " in {}", self.region)?;
        if let (Some(region), Some(repo)) = (&self.target_region, &self.target_repo) {
            write!(f, " to {repo} in {region}")?;
        }
        if let Some(call) = self.cause {
            write!(f, " by #{call}")?;
        }
        match (&self.trigger, &self.result) {
            (Some(trigger), Some(result)) => write!(f, ", {trigger}: {result}")?,
            (None, Some(result)) => write!(f, ": {result}")?,
            (_, None) => {}
        }
        match &self.detail {
            Some(detail) => write!(f, " ({detail})"),
            None => Ok(()),
        }
    }
}
