//! The requests and their responses.
//!
//! An entry is opened and numbered when a request arrives. It is completed before the first byte of the response is
//! sent, so a test that has the response also sees the entry. In between, the call is *matched* with the plans: from
//! then on, the plan that answers it, if any, no longer changes. Assertions and waits see an entry from that moment.
//! Reports also list requests that are still being received. The journal keeps the newest 10,000 entries, at most 256
//! MiB of heads and bodies, and up to 64 KiB of each body.

mod records;
mod values;

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};

use http::{HeaderMap, Method};
use serde_json::Value;

pub(crate) use records::Records;

use crate::base::clock::{Stopwatch, Time};
use crate::base::redact::Redacted;
use crate::base::refusal::Refusal;
use crate::base::request::pairs;
use crate::engine::progress::Progress;
use crate::operations::op::Op;
use crate::operations::route::{Found, param_value};
use crate::services::request::Request;

/// The limits of the journal, for messages.
pub(crate) const KEPT: &str = "10,000 requests, and 256 MiB of their heads and bodies";
/// The maximum number of bytes of a body that are kept.
pub(crate) const KEPT_BODY: usize = 64 * 1024;

/// An entry of the journal.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) number: u64,
    pub(crate) request: Request,
    caller: OnceLock<Arc<str>>,
    /// The region where the request arrived, if it is not the server's own.
    pub(crate) region: Option<Arc<str>>,
    pub(crate) at: Time,
    pub(crate) since: Stopwatch,
    body: OnceLock<KeptBody>,
    /// The plan that answers the call, if any. Set once the call is matched.
    matched: OnceLock<Option<Arc<Progress>>>,
    done: OnceLock<Done>,
    decoded: OnceLock<Box<Decoded>>,
}

#[derive(Debug)]
struct KeptBody {
    bytes: Box<[u8]>,
    cut: bool,
    unread: bool,
}

/// The outcome of a call.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) end: End,
    pub(crate) refusal: Option<Refusal>,
    pub(crate) took: Duration,
    pub(crate) hint: Option<Box<str>>,
}

/// What the client received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// A response with this status.
    Status(u16),
    /// The connection was cut as planned, before a status was sent.
    Cut,
    /// Nothing: the client disconnected, or the server stopped, before the response was decided.
    Aborted,
}

/// The decoded parameters. They are decoded when a test first reads one.
#[derive(Debug)]
struct Decoded {
    params: Vec<(&'static str, String)>,
    query: Vec<(String, String)>,
}

impl Record {
    pub(crate) fn new(
        request: Request,
        caller: Option<Arc<str>>,
        region: Option<Arc<str>>,
        at: Time,
    ) -> Record {
        Record {
            number: 0,
            request,
            caller: caller.map_or_else(OnceLock::new, OnceLock::from),
            region,
            at,
            since: Stopwatch::start(),
            body: OnceLock::new(),
            matched: OnceLock::new(),
            done: OnceLock::new(),
            decoded: OnceLock::new(),
        }
    }

    /// Sets the caller that the body of the request identified.
    pub(crate) fn signed_in(&self, label: &Arc<str>) {
        // A caller that is already known from credentials stays.
        let _ = self.caller.set(Arc::clone(label));
    }

    /// The number of bytes of head and body that are kept.
    fn size(&self) -> usize {
        self.request.head.size() + self.body.get().map_or(0, |body| body.bytes.len())
    }

    /// Replaces the secrets of this request in a text about it.
    pub(crate) fn redacted(&self, text: &str) -> String {
        let body = self.body.get().map_or(&[][..], |body| &body.bytes);
        Redacted::of_request(text, &self.request.head, body).to_string()
    }

    fn decoded(&self) -> &Decoded {
        self.decoded.get_or_init(|| {
            let params = self.request.found.iter().flat_map(Found::params);
            let value = |name, span| param_value(name, self.request.head.part(span)).into_owned();
            Box::new(Decoded {
                params: params
                    .map(|(name, span)| (name, value(name, span)))
                    .collect(),
                query: pairs(self.request.head.raw_query()).collect(),
            })
        })
    }
}

/// A request that the server received, and its outcome.
///
/// ```
/// use mock_swr::{MockSwr, Op};
///
/// let swr = MockSwr::start();
/// let client = reqwest::blocking::Client::new();
/// let url = format!("{}/v2/manage/namespaces/group", swr.endpoint());
/// client.delete(url).header("X-Auth-Token", swr.token()).send().unwrap();
///
/// let call = swr.verify(Op::DeleteNamespaces).once();
/// assert_eq!(call.param("namespace"), Some("group"));
/// assert_eq!(call.caller(), Some("admin"));
/// assert_eq!(call.header("Accept"), Some("*/*"));
/// assert_eq!(call.status(), Some(404));
/// ```
///
/// It implements `Serialize`, for snapshots and logs. Like `Debug`, this replaces secrets.
#[doc(alias = "requests")]
#[derive(Clone)]
pub struct Call(pub(crate) Arc<Record>);

impl Call {
    /// The number of the call: 1 is the first request of the server.
    pub fn number(&self) -> u64 {
        self.0.number
    }

    /// The operation; `None` for an unmatched request.
    pub fn op(&self) -> Option<Op> {
        self.0.request.row().map(|row| row.op)
    }

    /// The HTTP method.
    pub fn method(&self) -> &Method {
        self.0.request.head.method()
    }

    /// The path as it was sent, still percent-encoded.
    pub fn path(&self) -> &str {
        self.0.request.head.path()
    }

    /// A decoded path parameter, by its name in the template. In the name of a repository, `$` is decoded as `/`.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.0
            .decoded()
            .params
            .iter()
            .find(|(param, _)| *param == name)
            .map(|(_, value)| value.as_str())
    }

    /// The first query parameter with this name, decoded.
    pub fn query(&self, name: &str) -> Option<&str> {
        self.0
            .decoded()
            .query
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// The headers as they were sent, including secrets.
    pub fn headers(&self) -> HeaderMap {
        self.0.request.head.header_map()
    }

    /// The first value of a header, as it was sent, including secrets. `None` if the header is missing, or not UTF-8.
    /// The case of the name does not matter.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.0.request.head.headers();
        let (_, value) = headers.find(|(sent, _)| sent.eq_ignore_ascii_case(name))?;
        std::str::from_utf8(value).ok()
    }

    /// The body, up to its first 64 KiB.
    pub fn body(&self) -> &[u8] {
        self.0.body.get().map_or(&[], |body| &body.bytes)
    }

    /// The body as JSON; `None` if it is not JSON, or longer than 64 KiB.
    pub fn json(&self) -> Option<Value> {
        if self.body_is_cut() {
            None
        } else {
            serde_json::from_slice(self.body()).ok()
        }
    }

    /// The caller: `dev`, or `partner/dev` of another account; `None` if the caller is unknown.
    pub fn caller(&self) -> Option<&str> {
        self.0.caller.get().map(|caller| &**caller)
    }

    /// The status of the response; `None` if the response is not decided yet.
    ///
    /// It stays `None` if the connection was cut before the response, or if the call was [aborted](Call::aborted). A
    /// response that was cut later has the status of its head.
    pub fn status(&self) -> Option<u16> {
        match self.0.done.get()?.end {
            End::Status(status) => Some(status),
            End::Cut | End::Aborted => None,
        }
    }

    /// Whether the client disconnected before its request was complete, or while the request was held.
    pub fn aborted(&self) -> bool {
        self.0
            .done
            .get()
            .is_some_and(|done| done.end == End::Aborted)
    }

    /// The reason why the service refused the call.
    pub fn refusal(&self) -> Option<Refusal> {
        self.0.done.get()?.refusal
    }

    /// Whether a plan answers the call. This is known before the response is decided.
    pub fn planned(&self) -> bool {
        self.plan().is_some()
    }

    /// The plan that answers the call.
    pub(crate) fn plan(&self) -> Option<&Arc<Progress>> {
        self.0.matched.get()?.as_ref()
    }

    /// When the request arrived, by the service's clock.
    pub fn at(&self) -> SystemTime {
        self.0.at.system()
    }

    /// The real time from arrival until the response was decided, without planned delays and holds of the response.
    pub fn took(&self) -> Option<Duration> {
        Some(self.0.done.get()?.took)
    }

    /// The hint for the author of the test.
    ///
    /// A refusal also has it in the header `x-mock-hint`. A success may have a hint too, for example why a list is
    /// empty, but its response does not contain it.
    pub fn hint(&self) -> Option<&str> {
        self.0.done.get()?.hint.as_deref()
    }

    /// Whether the response was sent without reading the body.
    pub fn unread(&self) -> bool {
        self.0.body.get().is_some_and(|body| body.unread)
    }

    pub(crate) fn body_is_cut(&self) -> bool {
        self.0.body.get().is_some_and(|body| body.cut)
    }

    /// Whether the plan that answers the call, if any, no longer changes.
    fn is_matched(&self) -> bool {
        self.0.matched.get().is_some()
    }

    /// Whether a plan holds the call before its body is read.
    pub(crate) fn is_held_at_head(&self) -> bool {
        let is_held = self.plan().is_some_and(|plan| plan.is_holding());
        is_held && self.0.body.get().is_none() && self.0.done.get().is_none()
    }

    /// All query parameters.
    pub(crate) fn query_pairs(&self) -> &[(String, String)] {
        &self.0.decoded().query
    }
}

/// The call with headers and body. Secrets are replaced.
impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{self}")?;
        for (name, value) in self.0.request.head.headers() {
            writeln!(
                f,
                "    {name}: {}",
                Redacted::header(name, &String::from_utf8_lossy(value))
            )?;
        }
        write!(f, "    {}", Redacted::body(self.body()))
    }
}

/// One line: number, method, target, status, operation, caller.
impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "#{} {} {} -> ",
            self.number(),
            self.method(),
            Redacted::target(self.0.request.head.target())
        )?;
        match self.0.done.get().map(|done| done.end) {
            Some(End::Status(status)) => write!(f, "{status}")?,
            Some(End::Cut) => f.write_str("cut")?,
            Some(End::Aborted) => f.write_str("aborted")?,
            None if self.is_matched() => f.write_str("no response yet")?,
            None => f.write_str("being received")?,
        }
        if let Some(refusal) = self.refusal() {
            write!(f, " {refusal:?}")?;
        }
        if let Some(plan) = self.plan() {
            write!(f, ", planned at {}", plan.place.line())?;
        }
        match self.op() {
            Some(op) => write!(f, " ({op}")?,
            None => f.write_str(" (unmatched")?,
        }
        if let Some(caller) = self.caller() {
            write!(f, " by {caller}")?;
        }
        if let Some(region) = &self.0.region {
            write!(f, " in {region}")?;
        }
        f.write_str(")")
    }
}
