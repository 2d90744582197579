//! Following the journal: every call once, in the order in which calls end.

use std::collections::VecDeque;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, Waker};

use parking_lot::Mutex;

use super::Call;

/// How many calls wait for a follower that does not read, and how many bytes of their heads and bodies. The oldest are
/// dropped beyond that.
const MAX_WAITING: usize = 10_000;
const MAX_BYTES: usize = 64 * 1024 * 1024;

/// The calls of a server in the order in which they end, from when the following began.
pub struct Follow(Arc<Queue>);

#[derive(Default)]
struct Queue(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    calls: VecDeque<Call>,
    bytes: usize,
    lost: u64,
    has_ended: bool,
    waker: Option<Waker>,
}

impl Waiting {
    fn push(&mut self, call: Call) {
        self.bytes += call.0.size();
        self.calls.push_back(call);
        while self.calls.len() > MAX_WAITING || self.bytes > MAX_BYTES {
            if self.pop().is_none() {
                break;
            }
            self.lost += 1;
        }
    }

    fn pop(&mut self) -> Option<Call> {
        let call = self.calls.pop_front()?;
        self.bytes -= call.0.size();
        Some(call)
    }
}

/// Those who follow a journal.
#[derive(Default)]
pub(super) struct Followers {
    /// Whether there has ever been one: all requests look at this.
    any: AtomicBool,
    queues: Mutex<Vec<Weak<Queue>>>,
}

impl Followers {
    pub(super) fn add(&self) -> Follow {
        let queue = Arc::<Queue>::default();
        self.queues.lock().push(Arc::downgrade(&queue));
        self.any.store(true, Ordering::SeqCst);
        Follow(queue)
    }

    /// Hands on a call that has ended.
    pub(super) fn push(&self, call: impl Fn() -> Call) {
        if self.any.load(Ordering::SeqCst) {
            self.change(|waiting| waiting.push(call()));
        }
    }

    /// No call ends any more.
    pub(super) fn end(&self) {
        self.change(|waiting| waiting.has_ended = true);
    }

    fn change(&self, change: impl Fn(&mut Waiting)) {
        let mut wakers = Vec::new();
        self.queues.lock().retain(|queue| {
            let Some(queue) = queue.upgrade() else {
                return false;
            };
            let mut waiting = queue.0.lock();
            change(&mut waiting);
            wakers.extend(waiting.waker.take());
            true
        });
        wakers.into_iter().for_each(Waker::wake);
    }
}

impl Follow {
    /// The next call, as soon as one ends; `None` once the server has stopped.
    pub fn poll_next(&mut self, context: &Context<'_>) -> Poll<Option<Call>> {
        let mut waiting = self.0.0.lock();
        if let Some(call) = waiting.pop() {
            return Poll::Ready(Some(call));
        }
        if waiting.has_ended {
            return Poll::Ready(None);
        }
        waiting.waker = Some(context.waker().clone());
        Poll::Pending
    }

    /// How many calls were dropped since this was last asked: more than 10,000 waited, or more than 64 MiB of them.
    pub fn lost(&mut self) -> u64 {
        std::mem::take(&mut self.0.0.lock().lost)
    }
}

impl fmt::Debug for Follow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Follow({} calls wait)", self.0.0.lock().calls.len())
    }
}

impl fmt::Debug for Followers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Followers({})", self.queues.lock().len())
    }
}
