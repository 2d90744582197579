//! Events that changes of the content produce.

use super::{RepoPath, RunOutcome, State, SyncJob, SyncTarget};
use crate::base::digest::Digest;
use crate::base::event::{Event, EventKind};
use crate::base::job::SyncState;

/// The cause of a change.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Cause {
    /// The test itself. It produces no events.
    #[default]
    Test,
    /// The request with this number.
    Request(u64),
    /// Scheduled work of the service.
    Due,
}

/// The events since the state was locked. It is empty while the state is not locked, and therefore in a world.
#[derive(Debug, Clone, Default)]
pub(super) struct Outbox {
    cause: Cause,
    events: Vec<Event>,
}

impl State {
    /// Sets the cause of all changes until [`State::take_events`].
    pub(crate) fn begin(&mut self, cause: Cause) {
        self.outbox.cause = cause;
    }

    pub(super) fn cause(&self) -> Cause {
        self.outbox.cause
    }

    /// Removes and returns the events since the last call.
    pub(crate) fn take_events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.outbox).events
    }

    /// Records an event of a repository, of one of its tags, or of one of its manifests.
    pub(super) fn note_event(
        &mut self,
        kind: EventKind,
        path: &RepoPath<'_>,
        (tag, digest): (Option<&str>, Option<&str>),
    ) {
        if self.outbox.cause != Cause::Test {
            let event = self.event(kind, path, (tag, digest));
            self.outbox.events.push(event);
        }
    }

    /// Notes that a trigger ran for a tag, and what it reports.
    pub(super) fn note_triggered(
        &mut self,
        path: &RepoPath<'_>,
        (tag, digest): (&str, &str),
        (trigger, outcome): (&str, &RunOutcome),
    ) {
        if self.outbox.cause != Cause::Test {
            let event = self.event(EventKind::Triggered, path, (Some(tag), Some(digest)));
            self.outbox.events.push(Event {
                trigger: Some(trigger.to_owned()),
                result: Some(outcome.as_str().to_owned()),
                detail: (!outcome.detail.is_empty()).then(|| outcome.detail.to_string()),
                ..event
            });
        }
    }

    /// Notes that a synchronization job ended, in which state, and why the service did not copy the image.
    pub(super) fn note_synced(
        &mut self,
        path: &RepoPath<'_>,
        (job, digest): (&SyncJob, Option<&Digest>),
        (state, reason): (SyncState, Option<&str>),
    ) {
        if self.outbox.cause != Cause::Test {
            let about = (Some(job.tag.as_str()), digest.map(Digest::as_str));
            let event = self.event(EventKind::Synced, path, about);
            let SyncTarget { region, namespace } = &*job.target;
            self.outbox.events.push(Event {
                target_region: Some(region.to_string()),
                target_repo: Some(format!("{namespace}/{}", path.repo)),
                result: Some(state.as_str().to_owned()),
                detail: reason.map(str::to_owned),
                ..event
            });
        }
    }

    fn event(
        &self,
        kind: EventKind,
        path: &RepoPath<'_>,
        (tag, digest): (Option<&str>, Option<&str>),
    ) -> Event {
        Event {
            kind,
            region: self.region(path.registry).to_string(),
            repo: path.full(),
            tag: tag.map(str::to_owned),
            digest: digest.map(str::to_owned),
            trigger: None,
            target_region: None,
            target_repo: None,
            result: None,
            detail: None,
            at: self.clock.now().system(),
            cause: match self.outbox.cause {
                Cause::Request(number) => Some(number),
                Cause::Test | Cause::Due => None,
            },
        }
    }
}
