//! What changes of content leave behind.

use super::{RepoPath, State};
use crate::base::event::{Event, EventKind};

/// Why the state changes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Cause {
    /// A test seeds or changes it: no events.
    #[default]
    Test,
    /// The request of this number.
    Request(u64),
    /// The service itself: work was due.
    Due,
}

/// The events since the state was locked. It is empty while the state is not locked, and so in a world.
#[derive(Debug, Clone, Default)]
pub(super) struct Outbox {
    cause: Cause,
    events: Vec<Event>,
}

impl State {
    /// What follows has this cause, until [`State::take_events`].
    pub(crate) fn begin(&mut self, cause: Cause) {
        self.outbox.cause = cause;
    }

    #[cfg(test)]
    pub(super) fn cause(&self) -> Cause {
        self.outbox.cause
    }

    /// The events since the last time.
    pub(crate) fn take_events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.outbox).events
    }

    /// Notes what happened in a repository, to a tag or to a manifest by its digest.
    pub(super) fn note_event(
        &mut self,
        kind: EventKind,
        path: &RepoPath<'_>,
        (tag, digest): (Option<&str>, Option<&str>),
    ) {
        let cause = match self.outbox.cause {
            Cause::Test => return,
            Cause::Request(number) => Some(number),
            Cause::Due => None,
        };
        self.outbox.events.push(Event {
            kind,
            region: self.region(path.registry).to_string(),
            repo: path.full(),
            tag: tag.map(str::to_owned),
            digest: digest.map(str::to_owned),
            at: self.clock.now().system(),
            cause,
        });
    }
}
