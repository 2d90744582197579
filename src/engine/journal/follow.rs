//! Following the journal: every call once, in the order in which calls end.

use std::collections::VecDeque;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, Waker};

use parking_lot::Mutex;

use super::Call;

/// How many calls wait for a follower that does not read. The oldest are dropped beyond that.
const MAX_WAITING: usize = 10_000;

/// The calls of a server in the order in which they end, from when the following began.
pub struct Follow(Arc<Queue>);

#[derive(Default)]
struct Queue(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    calls: VecDeque<Call>,
    waker: Option<Waker>,
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
    pub(super) fn tell(&self, call: impl Fn() -> Call) {
        if !self.any.load(Ordering::SeqCst) {
            return;
        }
        let mut wakers = Vec::new();
        self.queues.lock().retain(|queue| {
            let Some(queue) = queue.upgrade() else {
                return false;
            };
            let mut waiting = queue.0.lock();
            if waiting.calls.len() == MAX_WAITING {
                waiting.calls.pop_front();
            }
            waiting.calls.push_back(call());
            wakers.extend(waiting.waker.take());
            true
        });
        wakers.into_iter().for_each(Waker::wake);
    }
}

impl Follow {
    /// The next call, as soon as one ends.
    pub fn poll_next(&mut self, context: &Context<'_>) -> Poll<Call> {
        let mut waiting = self.0.0.lock();
        match waiting.calls.pop_front() {
            Some(call) => Poll::Ready(call),
            None => {
                waiting.waker = Some(context.waker().clone());
                Poll::Pending
            }
        }
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
