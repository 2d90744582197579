//! The entries of one server, and notifying the threads that wait for them.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering, fence};
use std::task::Waker;

use parking_lot::Mutex;

use super::{Call, Done, End, KEPT_BODY, KeptBody, Record};
use crate::base::advice::Audience;
use crate::engine::log::Log;
use crate::engine::progress::Progress;
use crate::engine::unread::Unread;

/// The maximum number of entries.
const CAPACITY: usize = 10_000;
/// The maximum number of bytes of heads and bodies.
const KEPT_BYTES: usize = if cfg!(test) {
    1024 * 1024
} else {
    256 * 1024 * 1024
};

/// The maximum number of different reasons that are kept. A reason can contain what a client sent.
const MAX_UNREAD: usize = 20;

/// The entries of one server.
#[derive(Debug, Default)]
pub(crate) struct Records {
    kept: Mutex<KeptRecords>,
    /// Whether the service refused a call that no plan answered.
    has_refused: AtomicBool,
    /// The numbers of connections without a readable request. Reports show them; they are not a problem.
    unread: Mutex<BTreeMap<Unread, usize>>,
    pub(crate) notify: Notify,
    log: Option<Arc<Log>>,
}

#[derive(Debug, Default)]
struct KeptRecords {
    entries: VecDeque<Arc<Record>>,
    last_number: u64,
    /// The size of the heads and bodies of all entries.
    bytes: usize,
}

impl KeptRecords {
    /// The number of dropped entries. The oldest entry has the next number.
    fn lost(&self) -> u64 {
        self.last_number - self.entries.len() as u64
    }

    /// Removes the oldest entries beyond the limits.
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
    /// An empty journal. Completed calls are written to the log, if there is one.
    pub(crate) fn new(log: Option<Arc<Log>>) -> Records {
        Records {
            log,
            ..Records::default()
        }
    }

    /// Opens the entry of a call that no plan can answer. The caller must notify waiting threads.
    pub(crate) fn open_unplanned(&self, record: Record) -> Arc<Record> {
        let _ = record.matched.set(None);
        self.open(record)
    }

    /// Opens an entry. Before [`Records::set_plan`], only reports list it.
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
        // Dropped outside the lock.
        drop(oldest);
        record
    }

    /// Sets the plan that answers the call, if any.
    pub(crate) fn set_plan(&self, record: &Record, plan: Option<&Arc<Progress>>) {
        if record.matched.set(plan.map(Arc::clone)).is_ok() {
            self.notify.notify();
        }
    }

    /// Ends the entry of a call without a response, unless it has ended.
    pub(crate) fn abort(&self, record: &Arc<Record>) {
        if record.done.get().is_none() {
            let _ = record.matched.set(None);
            let done = Done {
                end: End::Aborted,
                refusal: None,
                took: record.since.elapsed(),
                hint: None,
            };
            self.complete(record, done);
        }
    }

    /// Ends the entries of all calls without a response, because the server has stopped.
    pub(crate) fn abort_all(&self) {
        let is_open = |record: &&Arc<Record>| record.done.get().is_none();
        let open: Vec<Arc<Record>> = self
            .kept
            .lock()
            .entries
            .iter()
            .filter(is_open)
            .cloned()
            .collect();
        for record in &open {
            self.abort(record);
        }
    }

    /// Sets the body after reading it, or notes that it was not read.
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
            // The lock keeps the total size correct if the entry is dropped at the same time.
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
        self.notify.notify();
    }

    /// Completes an entry.
    pub(crate) fn complete(&self, record: &Arc<Record>, done: Done) {
        let is_planned = record.matched.get().is_some_and(Option::is_some);
        if done.refusal.is_some() && !is_planned {
            self.has_refused.store(true, Ordering::Relaxed);
        }
        if record.done.set(done).is_ok() {
            if let Some(log) = &self.log {
                let call = Call(Arc::clone(record));
                let took = call.took().unwrap_or_default();
                log.write_call(&call.to_string(), took, call.hint());
            }
            self.notify.notify();
        }
    }

    /// The calls that the service refused and no plan answered.
    pub(crate) fn refused(&self) -> Vec<Call> {
        if !self.has_refused.load(Ordering::Relaxed) {
            return Vec::new();
        }
        let mut calls = self.since(0);
        calls.retain(|call| call.refusal().is_some() && !call.planned());
        calls
    }

    /// Counts a connection without a readable request, and writes it to the log.
    pub(crate) fn note_unread(&self, why: Unread, audience: Audience) {
        let line = format!("a connection {}", why.text_for(audience));
        let mut unread = self.unread.lock();
        if unread.len() < MAX_UNREAD || unread.contains_key(&why) {
            *unread.entry(why).or_default() += 1;
        }
        if let Some(log) = &self.log {
            log.write(line);
        }
    }

    /// The numbers of connections without a readable request.
    pub(crate) fn unread(&self) -> BTreeMap<Unread, usize> {
        self.unread.lock().clone()
    }

    /// The number of the newest entry.
    pub(crate) fn last_number(&self) -> u64 {
        self.kept.lock().last_number
    }

    /// The number of dropped entries.
    pub(crate) fn lost(&self) -> u64 {
        self.kept.lock().lost()
    }

    /// The calls after a number that are matched, in order of arrival.
    pub(crate) fn since(&self, number: u64) -> Vec<Call> {
        let mut calls = self.arrived_since(number);
        calls.retain(Call::is_matched);
        calls
    }

    /// The calls after a number in order of arrival, including those that are still being received.
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

/// Wakes the threads and tasks that wait for an event on the server.
#[derive(Debug, Default)]
pub(crate) struct Notify {
    has_waiting: AtomicBool,
    waiting: Mutex<Vec<Waker>>,
}

impl Notify {
    pub(crate) fn wait(&self, waker: &Waker) {
        let mut waiting = self.waiting.lock();
        if !waiting.iter().any(|known| known.will_wake(waker)) {
            waiting.push(waker.clone());
        }
        self.has_waiting.store(true, Ordering::SeqCst);
        // Pairs with the fence in `notify`: either `notify` sees the waker, or the waiting side sees the change.
        fence(Ordering::SeqCst);
    }

    pub(crate) fn notify(&self) {
        fence(Ordering::SeqCst);
        // A relaxed load first, because all workers share the flag and it is rarely set.
        if self.has_waiting.load(Ordering::Relaxed)
            && self.has_waiting.swap(false, Ordering::SeqCst)
        {
            let waiting = std::mem::take(&mut *self.waiting.lock());
            waiting.into_iter().for_each(Waker::wake);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Level, MockSwr, ProblemKind};

    /// Sends a request with a head and a body of slightly more than these sizes.
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
        // Each request counts as about 61,000 bytes, so 17 of them fit.
        for (head, body) in [(30_000, 30_500), (0, 60_500)].repeat(20) {
            send(&swr, head, body);
        }
        assert_eq!(kept().entries.len(), 17);
        assert_eq!(kept().lost(), 23);
        let sum: usize = kept().entries.iter().map(|record| record.size()).sum();
        assert_eq!(kept().bytes, sum);
        assert!(sum <= KEPT_BYTES);
        assert_eq!(swr.calls(crate::Calls::any())[0].number(), 24);
        // The bodies are not JSON, which is a finding of the contract.
        let mut problems = swr.problems().into_iter();
        let full = problems.find(|problem| problem.kind == ProblemKind::JournalFull);
        let message = full.unwrap().message;
        assert!(
            message.ends_with("the oldest 23 requests were dropped"),
            "{message}"
        );
    }
}
