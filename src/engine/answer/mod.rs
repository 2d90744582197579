//! The planned answer to a call.
//!
//! - [`faults`]: the methods for faults while a response is sent
//! - [`answers`], [`every`]: the answers to consecutive calls, and the methods that change all of them

pub(crate) mod answers;
mod every;
mod faults;

use std::any::Any;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{HeaderName, HeaderValue};
use serde_json::Value;

use crate::base::codes;
use crate::base::refusal::Refusal;
use crate::engine::answer::answers::{Answers, Step};
use crate::engine::journal::Call;

pub(crate) use faults::{Break, Delivery, Extent};

/// The planned answer to one call.
///
/// Each constructor states whether the service **acts**, because retry logic depends on it.
///
/// A number or an `http::StatusCode` converts to a response with that status, and a [`Refusal`] to a response with that
/// refusal. Both have the format of the called API. A list converts to [`Answers`] for consecutive calls. An
/// `http::Response` is sent unchanged.
///
/// ```
/// use mock_swr::{Answer, MockSwr, Op, Refusal};
///
/// let swr = MockSwr::start();
/// swr.on(Op::CreateRepo, [503, 503]).remove(); // two failures, then the service responds
/// swr.on(Op::CreateRepo, Answer::real().times(2).then(503)).remove(); // the third call fails
/// swr.on(Op::CreateRepo, Answer::from(Refusal::Throttled).header("Retry-After", "1")).remove();
/// swr.on(Op::CreateRepo, Answer::real().lost()).remove(); // created, but the client gets no response
/// ```
///
/// Changes apply in this order, whatever order they are written in:
///
/// 1. [`Answer::header`] and [`Answer::map`], in their written order
/// 2. [`Answer::corrupt`]
/// 3. [`Answer::delay`] and [`Answer::hold`]
/// 4. sending, in pieces with [`Answer::dribble`], until [`Answer::reset_after`], [`Answer::close_after`] or
///    [`Answer::stall_after`]; if there are several, the last one applies
#[doc(alias = "respond_with")]
#[must_use = "an answer does nothing until it is given to `on`"]
#[derive(Clone)]
pub struct Answer {
    pub(crate) kind: AnswerKind,
    pub(crate) changes: Vec<Change>,
    pub(crate) delay: Duration,
    pub(crate) hold: Hold,
    pub(crate) delivery: Delivery,
}

#[derive(Clone)]
pub(crate) enum AnswerKind {
    Real,
    Status(u16),
    Refusal(Refusal),
    Code(&'static codes::Code),
    Json(u16, Value),
    Http(http::Response<Bytes>),
    With(Decide),
    Raw(Bytes),
    Close,
    Reset,
    ResetAfterReading(u64),
}

/// A closure that returns the answer to a call.
pub(crate) type Decide = Arc<dyn Fn(&Server, &Call) -> Answer + Send + Sync>;

/// The server that a closure is called for. Only the code that creates the closure knows the type.
pub(crate) type Server = Arc<dyn Any + Send + Sync>;

/// A closure that changes a response.
pub(crate) type Alter = Arc<dyn Fn(&mut http::Response<Bytes>) + Send + Sync>;

#[derive(Clone)]
pub(crate) enum Change {
    Header(HeaderName, HeaderValue),
    Map(Alter),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hold {
    No,
    Answer,
    Request,
}

impl Answer {
    pub(crate) fn of(kind: AnswerKind) -> Answer {
        Answer {
            kind,
            changes: Vec::new(),
            delay: Duration::ZERO,
            hold: Hold::No,
            delivery: Delivery::default(),
        }
    }

    /// The response of the service itself. The service acts.
    ///
    /// ```
    /// # use mock_swr::{Answer, MockSwr, Op};
    /// # let swr = MockSwr::start();
    /// swr.on(Op::CreateRepo, Answer::real().times(2).then(503)).remove();
    /// ```
    pub fn real() -> Answer {
        Answer::of(AnswerKind::Real)
    }

    /// A response with this status, and a body in the format of the called API. The service does not act.
    ///
    /// # Panics
    ///
    /// If the status is not from 200 to 999.
    ///
    /// ```
    /// # use mock_swr::{Answer, MockSwr, Op};
    /// # let swr = MockSwr::start();
    /// swr.on(Op::ListQuotas, Answer::status(503).always()).remove();
    /// ```
    #[doc(alias = "with_status")]
    #[track_caller]
    pub fn status(status: u16) -> Answer {
        Answer::of(AnswerKind::Status(checked_status(status)))
    }

    /// The error with this documented code, with its documented status and message. The service does not act.
    ///
    /// # Panics
    ///
    /// If no such code is documented.
    ///
    /// ```
    /// # use mock_swr::{Answer, MockSwr, Op};
    /// # let swr = MockSwr::start();
    /// swr.on(Op::CreateRepo, Answer::code("SVCSTG.SWR.4000098")).remove();
    /// ```
    #[track_caller]
    pub fn code(code: &str) -> Answer {
        match codes::find(code) {
            Some(known) => Answer::of(AnswerKind::Code(known)),
            None => panic!(
                "`{code}` is not a documented error code; {}",
                codes::nearest(code)
            ),
        }
    }

    /// A response with this status and JSON body. The service does not act.
    ///
    /// # Panics
    ///
    /// If the status is not from 200 to 999.
    ///
    /// ```
    /// # use mock_swr::{Answer, MockSwr, Op};
    /// # let swr = MockSwr::start();
    /// swr.on(Op::ListQuotas, Answer::json(200, serde_json::json!({"quotas": []}))).remove();
    /// ```
    #[doc(alias = "set_body_json")]
    #[track_caller]
    pub fn json(status: u16, body: Value) -> Answer {
        Answer::of(AnswerKind::Json(checked_status(status), body))
    }

    /// Sets a header of the response. This does not change whether the service acts.
    ///
    /// `Content-Length`, `Transfer-Encoding`, `Connection` and `Trailer` are sent as written, even if they are wrong.
    /// If they contradict the body, the connection closes after the response. The same applies to every response that
    /// HTTP does not allow, such as a 204 with a body. A body with `Transfer-Encoding` is sent unchanged, so it must
    /// contain the chunks.
    ///
    /// # Panics
    ///
    /// If the name or value is not valid, or if the answer has no head, as for [`Answer::raw`] and [`Answer::close`].
    ///
    /// ```
    /// # use mock_swr::{Answer, MockSwr, Op};
    /// # let swr = MockSwr::start();
    /// swr.on(Op::CreateRepo, Answer::status(429).header("Retry-After", "0")).remove();
    /// ```
    #[doc(alias = "insert_header")]
    #[track_caller]
    pub fn header(self, name: &str, value: &str) -> Answer {
        match self.with_header(name, value) {
            Ok(answer) => answer,
            Err(reason) => panic!("{reason}"),
        }
    }

    pub(crate) fn with_header(mut self, name: &str, value: &str) -> Result<Answer, String> {
        self.can_set("header")?;
        let header = HeaderName::from_bytes(name.as_bytes());
        let header = header.map_err(|_| format!("`{name}` is not a valid header name"))?;
        let valid = HeaderValue::from_str(value);
        let valid = valid.map_err(|_| format!("`{value}` is not a valid header value"))?;
        self.changes.push(Change::Header(header, valid));
        Ok(self)
    }

    /// Changes the response with a closure, which may call the mock. This does not change whether the service acts.
    ///
    /// # Panics
    ///
    /// If the answer has no head, as for [`Answer::raw`] and [`Answer::close`].
    ///
    /// ```
    /// # use mock_swr::{Answer, MockSwr, Op};
    /// # let swr = MockSwr::start();
    /// let truncated = Answer::real().map(|answer| *answer.body_mut() = "{\"quotas\":".into());
    /// swr.on(Op::ListQuotas, truncated).remove();
    /// ```
    #[track_caller]
    pub fn map(
        mut self,
        change: impl Fn(&mut http::Response<Bytes>) + Send + Sync + 'static,
    ) -> Answer {
        if let Err(reason) = self.can_set("map") {
            panic!("{reason}");
        }
        self.changes.push(Change::Map(Arc::new(change)));
        self
    }

    /// Delays the response by this duration, in real time. If the service acts, it acts before the delay.
    ///
    /// ```
    /// # use mock_swr::{Answer, MockSwr, Op};
    /// # use std::time::Duration;
    /// # let swr = MockSwr::start();
    /// swr.on(Op::ListQuotas, Answer::real().delay(Duration::from_millis(20))).remove();
    /// ```
    #[doc(alias = "timeout")]
    #[doc(alias = "set_delay")]
    pub fn delay(mut self, delay: Duration) -> Answer {
        self.delay += delay;
        self
    }

    /// Holds the response until [`Plan::release`](crate::Plan::release). If the service acts, it acts before the hold.
    ///
    /// Without a release the hold ends after 30 seconds, which is a problem of the test.
    ///
    /// ```
    /// # use mock_swr::{Answer, MockSwr, Op};
    /// # let swr = MockSwr::start();
    /// let held = swr.on(Op::CreateRepo, Answer::real().hold());
    /// held.release();
    /// # held.remove();
    /// ```
    pub fn hold(mut self) -> Answer {
        self.hold = Hold::Answer;
        self
    }

    /// Holds the request until [`Plan::release`](crate::Plan::release). If the service acts, it acts after the hold.
    ///
    /// Without a release the hold ends after 30 seconds, which is a problem of the test.
    ///
    /// ```
    /// # use mock_swr::{Answer, MockSwr, Op};
    /// # let swr = MockSwr::start();
    /// let held = swr.on(Op::DeleteRepo, Answer::real().hold_request());
    /// held.release();
    /// # held.remove();
    /// ```
    pub fn hold_request(mut self) -> Answer {
        self.hold = Hold::Request;
        self
    }

    /// Answers `n` calls in this way.
    ///
    /// ```
    /// # use mock_swr::{Answer, MockSwr, Op};
    /// # let swr = MockSwr::start();
    /// swr.on(Op::CreateRepo, Answer::status(503).times(3)).remove();
    /// ```
    #[doc(alias = "up_to_n_times")]
    pub fn times(self, n: usize) -> Answers {
        let steps = if n == 0 {
            Vec::new()
        } else {
            vec![Step {
                answer: self,
                times: Some(n),
            }]
        };
        Answers {
            steps,
            optional: false,
        }
    }

    /// Answers all further calls in this way. At least one call must use it.
    ///
    /// ```
    /// # use mock_swr::{Answer, Calls, MockSwr};
    /// # let swr = MockSwr::start();
    /// let outage = swr.on(Calls::any(), Answer::status(503).always());
    /// outage.remove();
    /// ```
    pub fn always(self) -> Answers {
        Answers {
            steps: vec![Step {
                answer: self,
                times: None,
            }],
            optional: false,
        }
    }

    /// Answers one call in this way, and the next calls with `next`.
    ///
    /// ```
    /// # use mock_swr::{Answer, MockSwr, Op};
    /// # let swr = MockSwr::start();
    /// swr.on(Op::CreateRepo, Answer::real().then([503, 429])).remove();
    /// ```
    #[track_caller]
    pub fn then(self, next: impl Into<Answers>) -> Answers {
        Answers::from(self).then(next)
    }

    /// Whether creating the response runs a closure of the test.
    pub(crate) fn has_closure(&self) -> bool {
        matches!(self.kind, AnswerKind::With(_))
            || self
                .changes
                .iter()
                .any(|change| matches!(change, Change::Map(_)))
    }
}

#[track_caller]
fn checked_status(status: u16) -> u16 {
    // A status below 200 is not a final response.
    assert!(
        (200..=999).contains(&status),
        "{status} is not a valid status of a response: expected 200 to 999"
    );
    status
}

impl From<Refusal> for Answer {
    fn from(refusal: Refusal) -> Answer {
        Answer::of(AnswerKind::Refusal(refusal))
    }
}

impl From<u16> for Answer {
    #[track_caller]
    fn from(status: u16) -> Answer {
        Answer::status(status)
    }
}

impl From<http::StatusCode> for Answer {
    #[track_caller]
    fn from(status: http::StatusCode) -> Answer {
        Answer::status(status.as_u16())
    }
}

impl<B: Into<Bytes>> From<http::Response<B>> for Answer {
    fn from(response: http::Response<B>) -> Answer {
        Answer::of(AnswerKind::Http(response.map(Into::into)))
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            AnswerKind::Real => f.write_str("the real response")?,
            AnswerKind::Status(status) | AnswerKind::Json(status, _) => write!(f, "{status}")?,
            AnswerKind::Refusal(refusal) => write!(f, "{refusal:?}")?,
            AnswerKind::Code(code) => f.write_str(&code.code)?,
            AnswerKind::Http(reply) => write!(f, "{}", reply.status().as_u16())?,
            AnswerKind::With(_) => f.write_str("the answer of a closure")?,
            AnswerKind::Raw(_) => f.write_str("raw bytes")?,
            AnswerKind::Close => f.write_str("close")?,
            AnswerKind::Reset => f.write_str("reset")?,
            AnswerKind::ResetAfterReading(bytes) => write!(f, "reset after reading {bytes} bytes")?,
        }
        match self.hold {
            Hold::No => {}
            Hold::Answer => f.write_str(", held")?,
            Hold::Request => f.write_str(", the request held")?,
        }
        write!(f, "{}", self.delivery)
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Answer({self})")
    }
}
