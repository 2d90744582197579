//! The requests and their responses.
//!
//! An entry is opened when a request arrives, which gives it its number, and completed before the first byte of the
//! response goes out, so that a test which has its response also has the entry. In between the call *meets its plan*:
//! from then on no matching can change which plan, if any, answers it. Assertions and waits see an entry from that
//! moment; reports also list those that are still being received. The journal is bounded: it keeps the newest 10,000
//! entries, as far as their heads and bodies fit into 256 MiB, and up to 64 KiB of each body.

use std::collections::VecDeque;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering, fence};
use std::sync::{Arc, OnceLock};
use std::task::Waker;
use std::time::{Duration, SystemTime};

use http::{HeaderMap, Method};
use parking_lot::Mutex;
use serde_json::Value;

use crate::clock::{Stopwatch, Time};
use crate::http::{Head, pairs};
use crate::ops::{Op, Row};
use crate::plan::Progress;
use crate::redact::Redacted;
use crate::route::{Found, param_value};
use crate::sites::Gate;
use crate::state::Refusal;

/// How many entries are kept.
const CAPACITY: usize = 10_000;
/// How many bytes of heads and bodies are kept.
const KEPT_BYTES: usize = if cfg!(test) {
    1024 * 1024
} else {
    256 * 1024 * 1024
};
/// What is kept, in words.
pub(crate) const KEPT: &str = "10,000 requests, and 256 MiB of their heads and bodies";
/// How much of a body is kept.
pub(crate) const KEPT_BODY: usize = 64 * 1024;

/// An entry.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) number: u64,
    pub(crate) gate: Gate,
    pub(crate) head: Head,
    pub(crate) found: Option<Found>,
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
        gate: Gate,
        head: Head,
        found: Option<Found>,
        caller: Option<Arc<str>>,
        region: Option<Arc<str>>,
        at: Time,
    ) -> Record {
        Record {
            number: 0,
            gate,
            head,
            found,
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

    pub(crate) fn row(&self) -> Option<&'static Row> {
        self.found.map(|found| found.route.row)
    }

    /// How many bytes of the client's are kept.
    fn size(&self) -> usize {
        self.head.size() + self.body.get().map_or(0, |body| body.bytes.len())
    }

    /// A parameter of the path, decoded.
    pub(crate) fn param(&self, name: &str) -> Option<String> {
        let (_, span) = self
            .found
            .as_ref()?
            .params()
            .find(|(known, _)| *known == name)?;
        Some(param_value(name, self.head.part(span)))
    }

    /// The repository in a registry's path.
    pub(crate) fn registry_name(&self) -> Option<String> {
        self.param("name")
    }

    /// A text about this request, without the secrets that the request holds.
    pub(crate) fn redacted(&self, text: &str) -> String {
        let body = self.body.get().map_or(&[][..], |body| &body.bytes);
        Redacted::of_request(text, &self.head, body).to_string()
    }

    fn decoded(&self) -> &Decoded {
        self.decoded.get_or_init(|| {
            let params = self.found.iter().flat_map(Found::params);
            let value = |name, span| param_value(name, self.head.part(span));
            Box::new(Decoded {
                params: params
                    .map(|(name, span)| (name, value(name, span)))
                    .collect(),
                query: pairs(self.head.raw_query()).collect(),
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
        self.0.row().map(|row| row.op)
    }

    /// The HTTP method.
    pub fn method(&self) -> &Method {
        self.0.head.method()
    }

    /// The path as it was sent, percent-encoding and all.
    pub fn path(&self) -> &str {
        self.0.head.path()
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
        self.0.head.header_map()
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
        for (name, value) in self.0.head.headers() {
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
            Redacted::target(self.0.head.target())
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

/// The entries of one server.
#[derive(Debug, Default)]
pub(crate) struct Records {
    kept: Mutex<Kept>,
    /// Whether the service refused a call of its own accord.
    has_refused: AtomicBool,
    /// Connections on which something other than HTTP came in: noted, never judged.
    not_http: AtomicU64,
    pub(crate) bell: Bell,
}

#[derive(Debug, Default)]
struct Kept {
    entries: VecDeque<Arc<Record>>,
    last_number: u64,
    /// Of the heads and bodies of all entries.
    bytes: usize,
}

impl Kept {
    /// The number before that of the oldest entry.
    fn lost(&self) -> u64 {
        self.last_number - self.entries.len() as u64
    }

    /// Takes out the oldest entries that there is no room for.
    fn overflow(&mut self) -> Vec<Arc<Record>> {
        let mut oldest = Vec::new();
        while self.entries.len() > CAPACITY || (self.bytes > KEPT_BYTES && self.entries.len() > 1) {
            let Some(record) = self.entries.pop_front() else {
                break;
            };
            self.bytes -= record.size();
            oldest.push(record);
        }
        oldest
    }
}

impl Records {
    /// Opens the entry of a call that no plan can answer.
    pub(crate) fn open_unplanned(&self, record: Record) -> Arc<Record> {
        let _ = record.met.set(None);
        let record = self.open(record);
        self.bell.ring();
        record
    }

    /// Opens an entry. Only reports list it before [`Records::meet`].
    pub(crate) fn open(&self, mut record: Record) -> Arc<Record> {
        let (record, oldest) = {
            let mut kept = self.kept.lock();
            kept.last_number += 1;
            record.number = kept.last_number;
            let record = Arc::new(record);
            kept.bytes += record.size();
            kept.entries.push_back(Arc::clone(&record));
            (record, kept.overflow())
        };
        // Given back when nobody waits for the lock.
        drop(oldest);
        record
    }

    /// Notes that it is settled which plan answers the call.
    pub(crate) fn meet(&self, record: &Record, plan: Option<&Arc<Progress>>) {
        if record.met.set(plan.map(Arc::clone)).is_ok() {
            self.bell.ring();
        }
    }

    /// Ends an entry whose call got no response, unless it has ended.
    pub(crate) fn abort(&self, record: &Record) {
        if record.done.get().is_none() {
            let _ = record.met.set(None);
            let done = Done {
                end: End::Aborted,
                refusal: None,
                took: record.since.elapsed(),
                hint: None,
            };
            self.complete(record, done);
        }
    }

    /// Notes the body once it is read, or that it was not.
    pub(crate) fn note_body(&self, record: &Record, body: &[u8], unread: bool) {
        if body.is_empty() && !unread {
            return;
        }
        let kept = &body[..body.len().min(KEPT_BODY)];
        let body = KeptBody {
            bytes: kept.into(),
            cut: kept.len() < body.len(),
            unread,
        };
        let oldest = {
            // Locked, so that an entry which goes at this moment is counted as it came.
            let mut all = self.kept.lock();
            if record.body.set(body).is_err() {
                return;
            }
            if record.number > all.lost() {
                all.bytes += kept.len();
            }
            all.overflow()
        };
        drop(oldest);
        self.bell.ring();
    }

    /// Completes an entry.
    pub(crate) fn complete(&self, record: &Record, done: Done) {
        let is_planned = record.met.get().is_some_and(Option::is_some);
        if done.refusal.is_some() && !is_planned {
            self.has_refused.store(true, Ordering::Relaxed);
        }
        if record.done.set(done).is_ok() {
            self.bell.ring();
        }
    }

    /// The calls that the service refused of its own accord.
    pub(crate) fn refused(&self) -> Vec<Call> {
        if !self.has_refused.load(Ordering::Relaxed) {
            return Vec::new();
        }
        let mut calls = self.since(0);
        calls.retain(|call| call.refusal().is_some() && !call.planned());
        calls
    }

    pub(crate) fn note_not_http(&self) {
        self.not_http.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn not_http(&self) -> u64 {
        self.not_http.load(Ordering::Relaxed)
    }

    /// The number of the newest entry.
    pub(crate) fn last_number(&self) -> u64 {
        self.kept.lock().last_number
    }

    /// How many entries had to go.
    pub(crate) fn lost(&self) -> u64 {
        self.kept.lock().lost()
    }

    /// The calls after a number that have met their plans, in order of arrival.
    pub(crate) fn since(&self, number: u64) -> Vec<Call> {
        let mut calls = self.arrived_since(number);
        calls.retain(Call::has_met_its_plan);
        calls
    }

    /// The calls after a number, in order of arrival, those included that are still being received.
    pub(crate) fn arrived_since(&self, number: u64) -> Vec<Call> {
        let kept = self.kept.lock();
        let skip = number.saturating_sub(kept.lost()) as usize;
        kept.entries
            .iter()
            .skip(skip)
            .map(|record| Call(Arc::clone(record)))
            .collect()
    }
}

/// Wakes those who wait for something to happen on the server.
#[derive(Debug, Default)]
pub(crate) struct Bell {
    anybody: AtomicBool,
    waiting: Mutex<Vec<Waker>>,
}

impl Bell {
    pub(crate) fn wait(&self, waker: &Waker) {
        let mut waiting = self.waiting.lock();
        if !waiting.iter().any(|known| known.will_wake(waker)) {
            waiting.push(waker.clone());
        }
        self.anybody.store(true, Ordering::SeqCst);
        // Pairs with that of `ring`: either it sees who waits, or who waits sees what it rings for.
        fence(Ordering::SeqCst);
    }

    pub(crate) fn ring(&self) {
        fence(Ordering::SeqCst);
        // A plain look first: all workers share this, and hardly ever does anybody wait.
        if self.anybody.load(Ordering::Relaxed) && self.anybody.swap(false, Ordering::SeqCst) {
            let waiting = std::mem::take(&mut *self.waiting.lock());
            waiting.into_iter().for_each(Waker::wake);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Level, MockSwr, ProblemKind};

    /// Sends a request whose head and body have so many bytes, and a few more.
    fn send(swr: &MockSwr, head: usize, body: usize) {
        let client = reqwest::blocking::Client::new();
        let request = client
            .post(format!("{}/v2/manage/namespaces", swr.endpoint()))
            .header("x-filler", "x".repeat(head))
            .body("y".repeat(body));
        assert_eq!(request.send().unwrap().status(), 401);
    }

    #[test]
    fn the_bytes_of_heads_and_bodies_are_bounded() {
        let swr = MockSwr::builder()
            .level(ProblemKind::JournalFull, Level::Warn)
            .start();
        let kept = || swr.core.records.kept.lock();
        // Each counts as about 61,000 bytes: 17 of them fit.
        for (head, body) in [(30_000, 30_500), (0, 60_500)].repeat(20) {
            send(&swr, head, body);
        }
        assert_eq!(kept().entries.len(), 17);
        assert_eq!(kept().lost(), 23);
        let sum: usize = kept().entries.iter().map(|record| record.size()).sum();
        assert_eq!(kept().bytes, sum);
        assert!(sum <= KEPT_BYTES);
        assert_eq!(swr.calls(crate::Calls::any())[0].number(), 24);
        let message = &swr.problems()[0].message;
        assert!(
            message.ends_with("the first 23 requests are lost"),
            "{message}"
        );
    }
}
