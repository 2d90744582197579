//! A request on its way through the server, and what becomes of it.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::arrived::Identified;
use crate::base::refusal::Denied;
use crate::base::refusal::Refusal;
use crate::base::reply::Reply;
use crate::base::request::number;
use crate::engine::answer::{Change, Delivery, Hold, What};
use crate::engine::arriving::Arriving;
use crate::engine::core::Core;
use crate::engine::journal::{Call, Record};
use crate::engine::plans::Match;
use crate::engine::progress::Progress;
use crate::services::auth::Identity;
use crate::services::registry::uploads::Receiving;
use crate::state::{Profile, Received};

/// A request on its way through the server.
#[derive(Debug)]
pub(crate) struct Exchange {
    pub(crate) record: Opened,
    pub(super) identity: Result<Identity, Denied>,
    /// Where the content of an upload goes, if that is known already.
    pub(super) receiving: Option<Box<Receiving>>,
    pub(super) request_id: [u8; 32],
    /// The profile of the registry that it arrived at.
    pub(super) profile: Profile,
    pub(super) date: Option<String>,
    /// What the gateway refuses before anybody looks at the request.
    pub(super) refused_before: Option<Refusal>,
    /// What is wrong with the bytes of its body.
    pub(super) broken: Option<String>,
    pub(super) matched: Match,
    pub(super) panic: Option<String>,
}

/// An entry of the journal. Dropping it ends the entry as aborted, unless it has ended: the client left.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(super) core: Arc<Core>,
    pub(super) record: Arc<Record>,
}

impl Opened {
    pub(super) fn new(core: &Arc<Core>, record: Arc<Record>) -> Opened {
        Opened {
            core: Arc::clone(core),
            record,
        }
    }

    pub(super) fn call(&self) -> Call {
        Call(Arc::clone(&self.record))
    }
}

impl Deref for Opened {
    type Target = Record;

    fn deref(&self) -> &Record {
        &self.record
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        self.core.records.abort(&self.record);
    }
}

/// What came after the head.
#[derive(Debug, Default)]
pub(crate) struct Body {
    /// All of it, but of an upload, which is kept in pieces.
    pub(crate) whole: Bytes,
    pub(crate) received: Received,
    pub(crate) unread: bool,
    /// What it takes of the room for bodies, until the request is answered.
    #[expect(dead_code, reason = "held until it is dropped")]
    pub(crate) arriving: Arriving,
}

/// A decided answer, and how it goes onto the wire.
#[derive(Debug)]
pub(crate) struct Sent {
    pub(crate) what: Outgoing,
    pub(crate) delay: Duration,
    /// Kept back until this plan is released.
    pub(crate) held_by: Option<Arc<Progress>>,
    /// Whether a plan had a hand in it: its author may have written what HTTP does not allow.
    pub(crate) is_planned: bool,
    /// How it goes out where it does not simply do so, and by which plan.
    pub(crate) fault: Option<Box<(Delivery, Arc<Progress>)>>,
}

/// What goes out.
#[derive(Debug)]
pub(crate) enum Outgoing {
    Reply(Reply),
    /// Bytes in place of an answer, and then the end.
    Raw(Bytes),
    Cut(Cut),
}

/// What is answered where nothing is refused, and what the test's author may want to know of it.
pub(super) struct Decided {
    pub(super) what: Outgoing,
    pub(super) hint: Option<String>,
}

impl From<Outgoing> for Decided {
    fn from(what: Outgoing) -> Decided {
        Decided { what, hint: None }
    }
}

/// How a connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    Close,
    Reset,
}

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the connection was cut as planned")
    }
}

impl std::error::Error for Cut {}

impl Exchange {
    /// A request that no plan has answered yet.
    pub(super) fn new(
        record: Opened,
        identified: Identified,
        refused_before: Option<Refusal>,
    ) -> Exchange {
        Exchange {
            record,
            identity: identified.identity,
            receiving: identified.receiving,
            request_id: identified.request_id,
            profile: identified.profile,
            date: identified.date,
            refused_before,
            broken: None,
            matched: Match::Nothing,
            panic: None,
        }
    }

    /// The plan that keeps the request back before the service acts.
    pub(crate) fn held_by(&self) -> Option<Arc<Progress>> {
        match &self.matched {
            Match::Taken(taken) if taken.answer.hold == Hold::Request => {
                Some(Arc::clone(&taken.plan))
            }
            _ => None,
        }
    }

    /// Whether the response is decided, and needs nothing of the body.
    pub(crate) fn is_decided(&self) -> bool {
        match &self.matched {
            Match::Taken(taken) => !matches!(taken.answer.what, What::Real | What::With(_)),
            Match::Nothing | Match::NeedsBody => self.refused_before.is_some(),
        }
    }

    /// After how many bytes of its body the connection is reset.
    pub(crate) fn dies_after(&self) -> Option<u64> {
        match &self.matched {
            Match::Taken(taken) => match taken.answer.what {
                What::ResetAfterReading(bytes) => Some(bytes),
                _ => None,
            },
            Match::Nothing | Match::NeedsBody => None,
        }
    }

    pub(crate) fn refuse(&mut self, refusal: Refusal) {
        self.refused_before = Some(refusal);
    }

    /// The framing of its body is broken: the rest of it is lost.
    pub(crate) fn break_off(&mut self, what: String) {
        self.broken = Some(what);
    }

    /// Whether finishing it runs code of the test's author.
    pub(crate) fn runs_closure(&self) -> bool {
        matches!(&self.matched, Match::Taken(taken)
            if taken.answer.changes.iter().any(|change| matches!(change, Change::Map(_))))
    }

    pub(super) fn request_id(&self) -> &str {
        std::str::from_utf8(&self.request_id).unwrap_or_default()
    }
}

impl Sent {
    /// The status of the head that goes out.
    pub(super) fn status(&self) -> Option<u16> {
        match &self.what {
            Outgoing::Reply(reply) => Some(reply.status().as_u16()),
            Outgoing::Raw(bytes) => {
                let room = self.fault.as_ref().map_or(u64::MAX, |fault| fault.0.room());
                let size = usize::try_from(room).unwrap_or(usize::MAX);
                let line = bytes[..bytes.len().min(size)].strip_prefix(b"HTTP/1.")?;
                let digits = line.get(1..)?.strip_prefix(b" ")?.get(..3)?;
                number(std::str::from_utf8(digits).ok()?).filter(|status| *status >= 100)
            }
            Outgoing::Cut(_) => None,
        }
    }
}
