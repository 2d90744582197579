//! What was asked and answered.
//!
//! An entry is opened when a request arrives, in the order of arrival, and completed before the first byte of
//! the answer goes out, so that a test which has its answer also has the entry. The journal is bounded: it keeps
//! the newest 10,000 entries and up to 64 KiB of each body.

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
use crate::http::{Head, decode, pairs};
use crate::ops::{Op, Row};
use crate::report::Redacted;
use crate::route::{Found, param_value};
use crate::sites::Gate;
use crate::state::Refusal;

/// How many entries are kept.
pub(crate) const CAPACITY: usize = 10_000;
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
    /// What was sent; nothing if the connection was cut before it.
    pub(crate) status: Option<u16>,
    pub(crate) refusal: Option<Refusal>,
    pub(crate) planned: bool,
    pub(crate) took: Duration,
    pub(crate) hint: Option<Box<str>>,
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

    /// The status that was answered. Absent while the answer is not decided, and for ever if the connection was
    /// cut before it or the client went away. Of an answer that was cut later, it is that of its head.
    pub fn status(&self) -> Option<u16> {
        self.0.done.get()?.status
    }

    /// Why the service refused it.
    pub fn refusal(&self) -> Option<Refusal> {
        self.0.done.get()?.refusal
    }

    /// Whether a plan had a hand in the answer.
    pub fn planned(&self) -> bool {
        self.0.done.get().is_some_and(|done| done.planned)
    }

    /// When it arrived, by the service's clock.
    pub fn at(&self) -> SystemTime {
        self.0.at.system()
    }

    /// From arrival to the decided answer, in real time: delays and holds of the answer not counted.
    pub fn took(&self) -> Option<Duration> {
        Some(self.0.done.get()?.took)
    }

    /// What the mock has to say to the test's author, as in the answer's `x-mock-hint`.
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

    pub(crate) fn is_done(&self) -> bool {
        self.0.done.get().is_some()
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
            printable(self.0.head.target())
        )?;
        match (self.status(), self.is_done()) {
            (Some(status), _) => write!(f, "{status}")?,
            (None, true) => f.write_str("cut")?,
            (None, false) => f.write_str("no answer")?,
        }
        if let Some(refusal) = self.refusal() {
            write!(f, " {refusal:?}")?;
        }
        if self.planned() {
            f.write_str(", planned")?;
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

/// Decoded for reading, in one line.
fn printable(target: &str) -> String {
    decode(target).replace(char::is_control, "?")
}

/// The entries of one server.
#[derive(Debug, Default)]
pub(crate) struct Records {
    kept: Mutex<Kept>,
    /// Connections on which something other than HTTP came in: noted, never judged.
    not_http: AtomicU64,
    pub(crate) bell: Bell,
}

#[derive(Debug, Default)]
struct Kept {
    entries: VecDeque<Arc<Record>>,
    last_number: u64,
}

impl Records {
    /// Opens an entry.
    pub(crate) fn open(&self, mut record: Record) -> Arc<Record> {
        let mut oldest = None;
        let record = {
            let mut kept = self.kept.lock();
            kept.last_number += 1;
            record.number = kept.last_number;
            let record = Arc::new(record);
            if kept.entries.len() == CAPACITY {
                oldest = kept.entries.pop_front();
            }
            kept.entries.push_back(Arc::clone(&record));
            record
        };
        // Given back when nobody waits for the lock.
        drop(oldest);
        self.bell.ring();
        record
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
        if record.body.set(body).is_ok() {
            self.bell.ring();
        }
    }

    /// Completes an entry.
    pub(crate) fn complete(&self, record: &Record, done: Done) {
        if record.done.set(done).is_ok() {
            self.bell.ring();
        }
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
        let kept = self.kept.lock();
        kept.last_number - kept.entries.len() as u64
    }

    /// The entries after a number, in order.
    pub(crate) fn since(&self, number: u64) -> Vec<Call> {
        let kept = self.kept.lock();
        let first = kept.last_number - kept.entries.len() as u64;
        let skip = number.saturating_sub(first) as usize;
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
