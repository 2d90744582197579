//! A request that is being handled, and its response.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::arrived::Identified;
use crate::base::refusal::Denied;
use crate::base::refusal::Refusal;
use crate::base::reply::{Outcome, Reply};
use crate::base::request::number;
use crate::engine::answer::{AnswerKind, Change, Delivery, Hold};
use crate::engine::body_memory::BodyReservation;
use crate::engine::core::Core;
use crate::engine::journal::{Call, Record};
use crate::engine::plans::Match;
use crate::engine::progress::Progress;
use crate::services::auth::Identity;
use crate::services::registry::uploads::Receiving;
use crate::state::{Profile, Received};

/// A request that is being handled.
#[derive(Debug)]
pub(crate) struct Exchange {
    pub(crate) record: OpenEntry,
    pub(super) identity: Result<Identity, Denied>,
    /// The receiver of an upload's content, if it was already created.
    pub(super) receiving: Option<Box<Receiving>>,
    pub(super) request_id: [u8; 32],
    /// The profile of the registry that received the request.
    pub(super) profile: Profile,
    pub(super) date: Option<String>,
    /// The refusal that the gateway sends before everything else.
    pub(super) early_refusal: Option<Refusal>,
    /// What is wrong with the framing of the body.
    pub(super) framing_error: Option<String>,
    pub(super) matched: Match,
    pub(super) panic: Option<String>,
}

/// An open entry of the journal. Dropping it marks an unfinished entry as aborted, because the client has disconnected.
#[derive(Debug)]
pub(crate) struct OpenEntry {
    pub(super) core: Arc<Core>,
    pub(super) record: Arc<Record>,
}

impl OpenEntry {
    pub(super) fn new(core: &Arc<Core>, record: Arc<Record>) -> OpenEntry {
        OpenEntry {
            core: Arc::clone(core),
            record,
        }
    }

    pub(super) fn call(&self) -> Call {
        Call(Arc::clone(&self.record))
    }
}

impl Deref for OpenEntry {
    type Target = Record;

    fn deref(&self) -> &Record {
        &self.record
    }
}

impl Drop for OpenEntry {
    fn drop(&mut self) {
        self.core.records.abort(&self.record);
    }
}

/// The body of a request.
#[derive(Debug, Default)]
pub(crate) struct Body {
    /// The whole body; empty for an upload, which is in `received`.
    pub(crate) whole: Bytes,
    pub(crate) received: Received,
    pub(crate) unread: bool,
    /// Whether `whole` is only a part of the body that was sent.
    pub(crate) is_partial: bool,
    /// The bytes that count towards the limit on bodies, until the response is ready.
    #[expect(dead_code, reason = "held until it is dropped")]
    pub(crate) reservation: BodyReservation,
}

/// A response and how to send it.
#[derive(Debug)]
pub(crate) struct Sent {
    /// The number of the call.
    pub(crate) number: u64,
    pub(crate) outgoing: Outgoing,
    pub(crate) delay: Duration,
    /// The plan that holds the response until it is released.
    pub(crate) held_by: Option<Arc<Progress>>,
    /// Whether a plan matched. A planned response can contain things that HTTP does not allow.
    pub(crate) is_planned: bool,
    /// The planned fault in sending it, and its plan.
    pub(crate) fault: Option<Box<(Delivery, Arc<Progress>)>>,
}

/// What is sent to the client.
#[derive(Debug)]
pub(crate) enum Outgoing {
    Reply(Reply),
    /// These bytes in place of a response. The connection then ends.
    Raw(Bytes),
    Cut(Cut),
}

/// A response that is not a refusal.
pub(super) enum Decided {
    /// The service accepted the request. Its operation responds with this status, unless the outcome has another.
    Accepted(Outcome, u16),
    Planned(Outgoing),
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
    /// A request that no plan has matched yet.
    pub(super) fn new(
        record: OpenEntry,
        identified: Identified,
        early_refusal: Option<Refusal>,
    ) -> Exchange {
        Exchange {
            record,
            identity: identified.identity,
            receiving: identified.receiving,
            request_id: identified.request_id,
            profile: identified.profile,
            date: identified.date,
            early_refusal,
            framing_error: None,
            matched: Match::Nothing,
            panic: None,
        }
    }

    /// The plan that holds the request before the service handles it.
    pub(crate) fn held_by(&self) -> Option<Arc<Progress>> {
        match &self.matched {
            Match::Planned(matched) if matched.answer.hold == Hold::Request => {
                Some(Arc::clone(&matched.plan))
            }
            _ => None,
        }
    }

    /// Whether the response does not depend on the body.
    pub(crate) fn is_decided(&self) -> bool {
        match &self.matched {
            Match::Planned(matched) => {
                !matches!(matched.answer.kind, AnswerKind::Real | AnswerKind::With(_))
            }
            Match::Nothing | Match::NeedsBody => self.early_refusal.is_some(),
        }
    }

    /// The number of bytes of the body after which the connection is reset.
    pub(crate) fn resets_after(&self) -> Option<u64> {
        match &self.matched {
            Match::Planned(matched) => match matched.answer.kind {
                AnswerKind::ResetAfterReading(bytes) => Some(bytes),
                _ => None,
            },
            Match::Nothing | Match::NeedsBody => None,
        }
    }

    pub(crate) fn refuse(&mut self, refusal: Refusal) {
        self.early_refusal = Some(refusal);
    }

    /// Records that the framing of the body is invalid, so the rest of the body is lost.
    pub(crate) fn note_framing_error(&mut self, error: String) {
        self.framing_error = Some(error);
    }

    /// Whether finishing the exchange runs a closure of the test.
    pub(crate) fn runs_closure(&self) -> bool {
        matches!(&self.matched, Match::Planned(matched)
            if matched.answer.changes.iter().any(|change| matches!(change, Change::Map(_))))
    }

    pub(super) fn request_id(&self) -> &str {
        std::str::from_utf8(&self.request_id).unwrap_or_default()
    }
}

impl Sent {
    /// The status in the head that is sent; `None` if no complete status line is sent.
    pub(super) fn status(&self) -> Option<u16> {
        match &self.outgoing {
            Outgoing::Reply(reply) => Some(reply.status().as_u16()),
            Outgoing::Raw(bytes) => {
                let limit = self
                    .fault
                    .as_ref()
                    .map_or(u64::MAX, |fault| fault.0.body_limit());
                let size = usize::try_from(limit).unwrap_or(usize::MAX);
                let line = bytes[..bytes.len().min(size)].strip_prefix(b"HTTP/1.")?;
                let digits = line.get(1..)?.strip_prefix(b" ")?.get(..3)?;
                number(std::str::from_utf8(digits).ok()?).filter(|status| *status >= 100)
            }
            Outgoing::Cut(_) => None,
        }
    }
}
