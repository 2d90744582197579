//! Following the journal: each call once, in the order in which calls end.

use std::collections::VecDeque;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, Waker};

use parking_lot::Mutex;

use super::Call;

/// The maximum number of calls that wait to be read, and the maximum size of their heads and bodies. Beyond that the
/// oldest calls are dropped.
const MAX_WAITING: usize = 10_000;
const MAX_BYTES: usize = 64 * 1024 * 1024;

/// The calls of a server in the order in which they end, starting with the creation of this value.
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

/// The followers of a journal.
#[derive(Default)]
pub(super) struct Followers {
    /// Whether there has ever been a follower. Each request checks it, so it is cheaper than the lock.
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

    /// Passes an ended call to all followers.
    pub(super) fn push(&self, call: impl Fn() -> Call) {
        if self.any.load(Ordering::SeqCst) {
            self.change(|waiting| waiting.push(call()));
        }
    }

    /// Ends all followers, because the server has stopped.
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
    /// Polls for the next ended call; `None` after the server has stopped.
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

    /// The number of calls dropped since the last call of `lost`. At most 10,000 calls and 64 MiB wait to be read.
    pub fn lost(&mut self) -> u64 {
        std::mem::take(&mut self.0.0.lock().lost)
    }
}

impl fmt::Debug for Follow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Follow({} waiting calls)", self.0.0.lock().calls.len())
    }
}

impl fmt::Debug for Followers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Followers({})", self.queues.lock().len())
    }
}
