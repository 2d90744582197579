//! Waiting for a call or a condition.

use std::fmt;
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;
use std::time::Duration;

use tokio::runtime::{Handle, RuntimeFlavor};

use crate::base::clock::Stopwatch;
use crate::engine::calls::Calls;
use crate::engine::verify::JournalPart;
use crate::engine::wait::{AwaitedCalls, TimedOut};
use crate::mock::swr::MockSwr;
use crate::server::runtime::{Alarm, wake_after};
use crate::state::State;

/// A wait for a call or a condition: `.await` it on any executor, or call [`Wait::block`] in a test without one.
///
/// In an async test with one thread, use `.await`: a blocking wait stops the client that it waits for.
///
/// # Panics
///
/// Panics after the time limit, which is 5 seconds by default. The first line of the report names the line of the wait.
#[must_use = "nothing waits before `.await` or `.block()`"]
pub struct Wait<'a> {
    swr: &'a MockSwr,
    awaited: Awaited<'a>,
    within: Duration,
    at: &'static Location<'static>,
    since: Option<Stopwatch>,
    /// Wakes the waker this long after the start of the wait: at the time limit, or when work of the service is due.
    alarm: Option<(Waker, Duration, Option<Alarm>)>,
    /// The wait blocks the only thread of a tokio runtime.
    blocks_clients: bool,
}

pub(crate) enum Awaited<'a> {
    Calls(AwaitedCalls<'a>),
    Condition(String, Box<dyn Fn(&MockSwr) -> bool + Send + 'a>),
}

impl<'a> Awaited<'a> {
    pub(crate) fn calls(part: JournalPart<'a>, calls: Calls) -> Awaited<'a> {
        Awaited::Calls(AwaitedCalls {
            part,
            calls,
            times: 1,
        })
    }
}

impl<'a> Wait<'a> {
    #[track_caller]
    pub(crate) fn new(swr: &'a MockSwr, awaited: Awaited<'a>) -> Wait<'a> {
        Wait {
            swr,
            awaited,
            within: Duration::from_secs(5),
            at: Location::caller(),
            since: None,
            alarm: None,
            blocks_clients: false,
        }
    }

    /// Waits for this number of calls. Default: 1.
    ///
    /// # Panics
    ///
    /// Panics if the number is 0, because the wait would end at once.
    #[track_caller]
    pub fn times(mut self, n: usize) -> Wait<'a> {
        assert!(
            n > 0,
            "a wait for 0 calls ends at once: use `verify(..).never()` to assert that no call was made"
        );
        if let Awaited::Calls(awaited) = &mut self.awaited {
            awaited.times = n;
        }
        self
    }

    /// Sets the time limit, in real time. Default: 5 seconds.
    #[doc(alias = "timeout")]
    pub fn within(mut self, limit: Duration) -> Wait<'a> {
        self.within = limit;
        self
    }

    /// Blocks this thread until the wait ends.
    ///
    /// # Panics
    ///
    /// Panics after the time limit.
    #[track_caller]
    pub fn block(mut self) {
        struct Unpark(Thread);
        impl Wake for Unpark {
            fn wake(self: Arc<Self>) {
                self.0.unpark();
            }
        }
        self.blocks_clients = Handle::try_current()
            .is_ok_and(|runtime| runtime.runtime_flavor() == RuntimeFlavor::CurrentThread);
        let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
        loop {
            match self.check(&waker) {
                Ok(true) => return,
                Ok(false) => std::thread::park(),
                Err(report) => panic!("{report}"),
            }
        }
    }

    /// Returns whether the wait has ended, or the report once the time limit has passed.
    fn check(&mut self, waker: &Waker) -> Result<bool, String> {
        let since = *self.since.get_or_insert_with(Stopwatch::start);
        // Registered before the check, so that a change in between still wakes this wait.
        self.swr.core.records.notify.wait(waker);
        if self.has_happened() {
            return Ok(true);
        }
        let elapsed = since.elapsed();
        if elapsed >= self.within {
            return Err(self.report());
        }
        let due = self.swr.core.read(State::until_due);
        let due = due.map_or(self.within, |due| elapsed.saturating_add(due));
        let at = self.within.min(due);
        let is_set = self.alarm.as_ref().is_some_and(|(set, set_at, _)| {
            set.will_wake(waker) && (elapsed..=at).contains(set_at)
        });
        if !is_set {
            let alarm = wake_after(at - elapsed, waker.clone());
            self.alarm = Some((waker.clone(), at, alarm));
        }
        Ok(false)
    }

    fn has_happened(&self) -> bool {
        match &self.awaited {
            Awaited::Calls(awaited) => awaited.have_arrived(),
            Awaited::Condition(_, holds) => holds(self.swr),
        }
    }

    fn report(&self) -> String {
        let core = &self.swr.core;
        let wait = TimedOut {
            within: self.within,
            at: self.at,
            blocked_clients: self.blocks_clients,
        };
        let report = match &self.awaited {
            Awaited::Calls(awaited) => awaited.report(&wait),
            Awaited::Condition(what, _) => wait.report(core, what),
        };
        report.finish_and_note(core)
    }
}

impl Future for Wait<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        match self.check(context.waker()) {
            Ok(true) => Poll::Ready(()),
            Ok(false) => Poll::Pending,
            Err(report) => panic!("{report}"),
        }
    }
}

impl fmt::Debug for Wait<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.awaited {
            Awaited::Calls(AwaitedCalls { calls, times, .. }) => {
                write!(f, "Wait({calls}, {times} times)")
            }
            Awaited::Condition(what, _) => write!(f, "Wait({what})"),
        }
    }
}
