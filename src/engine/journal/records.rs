//! The entries of one server, and who waits for them.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering, fence};
use std::task::Waker;

use parking_lot::Mutex;

use super::follow::{Follow, Followers};
use super::{Call, Done, End, KEPT_BODY, KeptBody, Record};
use crate::engine::progress::Progress;

/// How many entries are kept.
const CAPACITY: usize = 10_000;
/// How many bytes of heads and bodies are kept.
const KEPT_BYTES: usize = if cfg!(test) {
    1024 * 1024
} else {
    256 * 1024 * 1024
};

/// The entries of one server.
#[derive(Debug, Default)]
pub(crate) struct Records {
    kept: Mutex<KeptRecords>,
    /// Whether the service refused a call of its own accord.
    has_refused: AtomicBool,
    /// Connections on which something other than HTTP came in: noted, never judged.
    not_http: AtomicU64,
    pub(crate) notify: Notify,
    followers: Followers,
}

#[derive(Debug, Default)]
struct KeptRecords {
    entries: VecDeque<Arc<Record>>,
    last_number: u64,
    /// Of the heads and bodies of all entries.
    bytes: usize,
}

impl KeptRecords {
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
    /// Opens the entry of a call that no plan can answer. The caller notifies those who wait.
    pub(crate) fn open_unplanned(&self, record: Record) -> Arc<Record> {
        let _ = record.met.set(None);
        self.open(record)
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
        // Freed outside the journal's lock.
        drop(oldest);
        record
    }

    /// Notes that it is settled which plan answers the call.
    pub(crate) fn meet(&self, record: &Record, plan: Option<&Arc<Progress>>) {
        if record.met.set(plan.map(Arc::clone)).is_ok() {
            self.notify.notify();
        }
    }

    /// Ends an entry whose call got no response, unless it has ended.
    pub(crate) fn abort(&self, record: &Arc<Record>) {
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
        self.notify.notify();
    }

    /// Completes an entry.
    pub(crate) fn complete(&self, record: &Arc<Record>, done: Done) {
        let is_planned = record.met.get().is_some_and(Option::is_some);
        if done.refusal.is_some() && !is_planned {
            self.has_refused.store(true, Ordering::Relaxed);
        }
        if record.done.set(done).is_ok() {
            self.followers.push(|| Call(Arc::clone(record)));
            self.notify.notify();
        }
    }

    /// The calls that end from here on.
    pub(crate) fn follow(&self) -> Follow {
        self.followers.add()
    }

    /// No call ends any more: the server has stopped.
    pub(crate) fn end_following(&self) {
        self.followers.end();
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
pub(crate) struct Notify {
    anybody: AtomicBool,
    waiting: Mutex<Vec<Waker>>,
}

impl Notify {
    pub(crate) fn wait(&self, waker: &Waker) {
        let mut waiting = self.waiting.lock();
        if !waiting.iter().any(|known| known.will_wake(waker)) {
            waiting.push(waker.clone());
        }
        self.anybody.store(true, Ordering::SeqCst);
        // Pairs with that of `notify`: either it sees who waits, or who waits sees what it is told of.
        fence(Ordering::SeqCst);
    }

    pub(crate) fn notify(&self) {
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
