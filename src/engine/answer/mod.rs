//! What a planned call gets.
//!
//! [`faults`] has the words for what goes wrong on the wire.

pub(crate) mod answers;
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

/// What a client gets for one call.
///
/// Each constructor says whether the service **acted** before the client got it: that is what retry logic turns
/// on. A number is an answer of that status, a [`Refusal`] the refusal of that name, in the door's own dialect;
/// a list is one after another; an `http::Response` is sent as it is.
///
/// ```
/// use mock_swr::{Answer, MockSwr, Op, Refusal};
///
/// let swr = MockSwr::start();
/// swr.on(Op::CreateRepo, [503, 503]).remove(); // twice, then the service itself
/// swr.on(Op::CreateRepo, Answer::real().times(2).then(503)).remove(); // the third call fails
/// swr.on(Op::CreateRepo, Answer::from(Refusal::Throttled).header("Retry-After", "1")).remove();
/// swr.on(Op::CreateRepo, Answer::real().lost()).remove(); // created, but the client never hears of it
/// ```
///
/// What is changed is changed in this order, however it is written: first [`Answer::header`] and [`Answer::map`] as
/// they follow on one another, then [`Answer::corrupt`]; then come [`Answer::delay`] and [`Answer::hold`]; and then it
/// goes out, in pieces after [`Answer::dribble`], up to where [`Answer::reset_after`], [`Answer::close_after`] or
/// [`Answer::stall_after`] ends it. Of several ends the last one holds.
#[must_use = "an answer does nothing until it is given to `on`"]
#[derive(Clone)]
pub struct Answer {
    pub(crate) what: What,
    pub(crate) changes: Vec<Change>,
    pub(crate) delay: Duration,
    pub(crate) hold: Hold,
    pub(crate) delivery: Delivery,
}

#[derive(Clone)]
pub(crate) enum What {
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

/// A function that decides an answer.
pub(crate) type Decide = Arc<dyn Fn(&Server, &Call) -> Answer + Send + Sync>;

/// The server that a function is called for. Only who makes such a function need know what a server is.
pub(crate) type Server = Arc<dyn Any + Send + Sync>;

/// A function that alters an answer.
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
    pub(crate) fn of(what: What) -> Answer {
        Answer {
            what,
            changes: Vec::new(),
            delay: Duration::ZERO,
            hold: Hold::No,
            delivery: Delivery::default(),
        }
    }

    /// What the service itself answers. The service acts.
    ///
    /// ```
    /// # use mock_swr::{Answer, MockSwr, Op};
    /// # let swr = MockSwr::start();
    /// swr.on(Op::CreateRepo, Answer::real().times(2).then(503)).remove();
    /// ```
    pub fn real() -> Answer {
        Answer::of(What::Real)
    }

    /// An answer of this status, with a body in the door's own dialect. The service does not act.
    ///
    /// # Panics
    ///
    /// If it is no status from 200 to 999.
    ///
    /// ```
    /// # use mock_swr::{Answer, MockSwr, Op};
    /// # let swr = MockSwr::start();
    /// swr.on(Op::ListQuotas, Answer::status(503).always()).remove();
    /// ```
    #[track_caller]
    pub fn status(status: u16) -> Answer {
        Answer::of(What::Status(checked_status(status)))
    }

    /// An error by its documented code, with the status and the message that belong to it. The service does not
    /// act.
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
            Some(known) => Answer::of(What::Code(known)),
            None => panic!(
                "`{code}` is not a documented error code; {}",
                codes::nearest(code)
            ),
        }
    }

    /// An answer with this status and JSON body. The service does not act.
    ///
    /// # Panics
    ///
    /// If it is no status from 200 to 999.
    ///
    /// ```
    /// # use mock_swr::{Answer, MockSwr, Op};
    /// # let swr = MockSwr::start();
    /// swr.on(Op::ListQuotas, Answer::json(200, serde_json::json!({"quotas": []}))).remove();
    /// ```
    #[track_caller]
    pub fn json(status: u16, body: Value) -> Answer {
        Answer::of(What::Json(checked_status(status), body))
    }

    /// With this header, in place of one of the same name. Whether the service acts does not change.
    ///
    /// A header that says where the response ends goes out as written, true or not: `Content-Length`,
    /// `Transfer-Encoding`, `Connection` and `Trailer`. If it does not fit the body, the connection ends after the
    /// response, as it does for every response that HTTP does not allow, such as a 204 with a body. The body of a
    /// response with `Transfer-Encoding` goes out as it is: write the chunks yourself.
    ///
    /// # Panics
    ///
    /// If name or value is none that HTTP allows, or the answer has no head: [`Answer::raw`], [`Answer::close`] and
    /// their like.
    ///
    /// ```
    /// # use mock_swr::{Answer, MockSwr, Op};
    /// # let swr = MockSwr::start();
    /// swr.on(Op::CreateRepo, Answer::status(429).header("Retry-After", "0")).remove();
    /// ```
    #[track_caller]
    pub fn header(mut self, name: &str, value: &str) -> Answer {
        self.check_head("header");
        let Ok(header) = HeaderName::from_bytes(name.as_bytes()) else {
            panic!("`{name}` is no name of a header")
        };
        let Ok(value) = HeaderValue::from_str(value) else {
            panic!("`{value}` is no value of a header")
        };
        self.changes.push(Change::Header(header, value));
        self
    }

    /// Changed by the function. Whether the service acts does not change. The function runs outside every lock
    /// and may call the mock.
    ///
    /// # Panics
    ///
    /// If the answer has no head: [`Answer::raw`], [`Answer::close`] and their like.
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
        self.check_head("map");
        self.changes.push(Change::Map(Arc::new(change)));
        self
    }

    /// Sent that much later, in real time. The service has acted before the delay, if it acts.
    ///
    /// ```
    /// # use mock_swr::{Answer, MockSwr, Op};
    /// # use std::time::Duration;
    /// # let swr = MockSwr::start();
    /// swr.on(Op::ListQuotas, Answer::real().delay(Duration::from_millis(20))).remove();
    /// ```
    pub fn delay(mut self, delay: Duration) -> Answer {
        self.delay += delay;
        self
    }

    /// Kept back until [`Plan::release`](crate::Plan::release). The service has acted before, if it acts.
    ///
    /// A hold that nobody releases ends after 30 seconds and is a problem of the test.
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

    /// The request is kept back until [`Plan::release`](crate::Plan::release). The service acts after that, if it
    /// acts.
    ///
    /// A hold that nobody releases ends after 30 seconds and is a problem of the test.
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

    /// For that many calls.
    ///
    /// ```
    /// # use mock_swr::{Answer, MockSwr, Op};
    /// # let swr = MockSwr::start();
    /// swr.on(Op::CreateRepo, Answer::status(503).times(3)).remove();
    /// ```
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

    /// For every call from here on. It must fire at least once.
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

    /// For one call, and for the next ones these.
    ///
    /// ```
    /// # use mock_swr::{Answer, MockSwr, Op};
    /// # let swr = MockSwr::start();
    /// swr.on(Op::CreateRepo, Answer::real().then([503, 429])).remove();
    /// ```
    pub fn then(self, next: impl Into<Answers>) -> Answers {
        Answers::from(self).then(next)
    }

    /// Whether making it runs code of the test's author.
    pub(crate) fn has_closure(&self) -> bool {
        matches!(self.what, What::With(_))
            || self
                .changes
                .iter()
                .any(|change| matches!(change, Change::Map(_)))
    }
}

#[track_caller]
fn checked_status(status: u16) -> u16 {
    // What lies below is not an answer, but an announcement of one.
    assert!(
        (200..=999).contains(&status),
        "{status} is no status of an answer; 200 to 999 are"
    );
    status
}

impl From<Refusal> for Answer {
    fn from(refusal: Refusal) -> Answer {
        Answer::of(What::Refusal(refusal))
    }
}

impl From<u16> for Answer {
    #[track_caller]
    fn from(status: u16) -> Answer {
        Answer::status(status)
    }
}

impl<B: Into<Bytes>> From<http::Response<B>> for Answer {
    fn from(response: http::Response<B>) -> Answer {
        Answer::of(What::Http(response.map(Into::into)))
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.what {
            What::Real => f.write_str("the real answer")?,
            What::Status(status) | What::Json(status, _) => write!(f, "{status}")?,
            What::Refusal(refusal) => write!(f, "{refusal:?}")?,
            What::Code(code) => f.write_str(&code.code)?,
            What::Http(reply) => write!(f, "{}", reply.status().as_u16())?,
            What::With(_) => f.write_str("a function's answer")?,
            What::Raw(_) => f.write_str("raw bytes")?,
            What::Close => f.write_str("close")?,
            What::Reset => f.write_str("reset")?,
            What::ResetAfterReading(bytes) => write!(f, "reset after reading {bytes} bytes")?,
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
