//! The requests and their responses.
//!
//! An entry is opened when a request arrives, which gives it its number, and completed before the first byte of the
//! response goes out, so that a test which has its response also has the entry. In between the call *meets its plan*:
//! from then on no matching can change which plan, if any, answers it. Assertions and waits see an entry from that
//! moment; reports also list those that are still being received. The journal is bounded: it keeps the newest 10,000
//! entries, as far as their heads and bodies fit into 256 MiB, and up to 64 KiB of each body.

pub(crate) mod follow;
mod records;

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

/// What is kept, in words.
pub(crate) const KEPT: &str = "10,000 requests, and 256 MiB of their heads and bodies";
/// How much of a body is kept.
pub(crate) const KEPT_BODY: usize = 64 * 1024;

/// An entry.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) number: u64,
    pub(crate) request: Request,
    caller: OnceLock<Arc<str>>,
    /// Where it came in, if not in the server's own region.
    pub(crate) region: Option<Arc<str>>,
    pub(crate) at: Time,
    pub(crate) since: Stopwatch,
    body: OnceLock<KeptBody>,
    /// Which plan answers it, once that is settled.
    met: OnceLock<Option<Arc<Progress>>>,
    done: OnceLock<Done>,
    decoded: OnceLock<Box<Decoded>>,
}

#[derive(Debug)]
struct KeptBody {
    bytes: Box<[u8]>,
    cut: bool,
    unread: bool,
}

/// How an entry ended.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) end: End,
    pub(crate) refusal: Option<Refusal>,
    pub(crate) took: Duration,
    pub(crate) hint: Option<Box<str>>,
}

/// What the client got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// A response with this status.
    Status(u16),
    /// The connection was cut as planned, before a status was sent.
    Cut,
    /// Nothing: the client left, or the server stopped, before the response was decided.
    Aborted,
}

/// What tests ask for by name, decoded when they first do.
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
            met: OnceLock::new(),
            done: OnceLock::new(),
            decoded: OnceLock::new(),
        }
    }

    /// Says who it is from, where its body told.
    pub(crate) fn signed_in(&self, label: &Arc<str>) {
        // Who showed credentials as well stays who it is.
        let _ = self.caller.set(Arc::clone(label));
    }

    /// How many bytes of the client's are kept.
    fn size(&self) -> usize {
        self.request.head.size() + self.body.get().map_or(0, |body| body.bytes.len())
    }

    /// A text about this request, without the secrets that the request holds.
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

/// One request that the server received, and what became of it.
///
/// ```
/// use mock_swr::{MockSwr, Op};
///
/// let swr = MockSwr::start();
/// let client = reqwest::blocking::Client::new();
/// let url = format!("{}/v2/manage/namespaces/group", swr.endpoint());
/// client.delete(url).header("X-Auth-Token", swr.user("admin").token()).send().unwrap();
///
/// let call = swr.verify(Op::DeleteNamespaces).once();
/// assert_eq!(call.param("namespace"), Some("group"));
/// assert_eq!(call.caller(), Some("admin"));
/// assert_eq!(call.status(), Some(404));
/// ```
#[derive(Clone)]
pub struct Call(pub(crate) Arc<Record>);

impl Call {
    /// Its number: 1 is the first request of the server.
    pub fn number(&self) -> u64 {
        self.0.number
    }

    /// The operation; absent if the path belongs to none.
    pub fn op(&self) -> Option<Op> {
        self.0.request.row().map(|row| row.op)
    }

    /// The HTTP method.
    pub fn method(&self) -> &Method {
        self.0.request.head.method()
    }

    /// The path as it was sent, percent-encoding and all.
    pub fn path(&self) -> &str {
        self.0.request.head.path()
    }

    /// A parameter of the path by its name in the template, decoded; in a repository's name `$` has become `/`.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.0
            .decoded()
            .params
            .iter()
            .find(|(param, _)| *param == name)
            .map(|(_, value)| value.as_str())
    }

    /// The first parameter of the query with this name, decoded.
    pub fn query(&self, name: &str) -> Option<&str> {
        self.0
            .decoded()
            .query
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// The headers as they were sent, secrets included.
    pub fn headers(&self) -> HeaderMap {
        self.0.request.head.header_map()
    }

    /// The body, up to 64 KiB of it.
    pub fn body(&self) -> &[u8] {
        self.0.body.get().map_or(&[], |body| &body.bytes)
    }

    /// The body as JSON; absent if it is none, or longer than what is kept.
    pub fn json(&self) -> Option<Value> {
        if self.body_is_cut() {
            None
        } else {
            serde_json::from_slice(self.body()).ok()
        }
    }

    /// Who sent it: `dev`, or `partner/dev` of another account. Absent if that could not be told.
    pub fn caller(&self) -> Option<&str> {
        self.0.caller.get().map(|caller| &**caller)
    }

    /// The status of the response. `None` while the response is not decided, and for good if the connection was cut
    /// before it or the call was [aborted](Call::aborted). A response that was cut later has the status of its head.
    pub fn status(&self) -> Option<u16> {
        match self.0.done.get()?.end {
            End::Status(status) => Some(status),
            End::Cut | End::Aborted => None,
        }
    }

    /// Whether the client left before its request was complete, or while the request was held.
    pub fn aborted(&self) -> bool {
        self.0
            .done
            .get()
            .is_some_and(|done| done.end == End::Aborted)
    }

    /// Why the service refused it.
    pub fn refusal(&self) -> Option<Refusal> {
        self.0.done.get()?.refusal
    }

    /// Whether a plan answers it. This is settled before the response is decided.
    pub fn planned(&self) -> bool {
        self.plan().is_some()
    }

    /// The plan that answers it.
    pub(crate) fn plan(&self) -> Option<&Arc<Progress>> {
        self.0.met.get()?.as_ref()
    }

    /// When it arrived, by the service's clock.
    pub fn at(&self) -> SystemTime {
        self.0.at.system()
    }

    /// From arrival to the decided answer, in real time: delays and holds of the answer not counted.
    pub fn took(&self) -> Option<Duration> {
        Some(self.0.done.get()?.took)
    }

    /// What the mock has to say to the test's author. A refusal has it in its `x-mock-hint` as well; a success, such as
    /// an empty list that lacks a name, is sent as the service would.
    pub fn hint(&self) -> Option<&str> {
        self.0.done.get()?.hint.as_deref()
    }

    /// Whether it was answered without reading the body.
    pub fn unread(&self) -> bool {
        self.0.body.get().is_some_and(|body| body.unread)
    }

    pub(crate) fn body_is_cut(&self) -> bool {
        self.0.body.get().is_some_and(|body| body.cut)
    }

    /// Whether it is settled which plan, if any, answers it.
    fn has_met_its_plan(&self) -> bool {
        self.0.met.get().is_some()
    }

    /// Whether its plan holds it before its body is read.
    pub(crate) fn is_held_at_head(&self) -> bool {
        let is_held = self.plan().is_some_and(|plan| plan.is_holding());
        is_held && self.0.body.get().is_none() && self.0.done.get().is_none()
    }

    /// All parameters of the query.
    pub(crate) fn query_pairs(&self) -> &[(String, String)] {
        &self.0.decoded().query
    }
}

/// With secrets replaced.
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
            None if self.has_met_its_plan() => f.write_str("no response yet")?,
            None => f.write_str("being received")?,
        }
        if let Some(refusal) = self.refusal() {
            write!(f, " {refusal:?}")?;
        }
        if let Some(plan) = self.plan() {
            write!(f, ", planned at {}:{}", plan.at.file(), plan.at.line())?;
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
