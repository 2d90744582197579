//! Waiting for something to be asked, or to be so.

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

/// Waits for something to happen: a future on any executor, or [`Wait::block`] for a test without one.
///
/// A blocking wait in an async test with one thread would stop the very client it waits for: `.await` there.
///
/// # Panics
///
/// When the time is up, 5 seconds unless told otherwise, it panics with a report that names the line which waits.
#[must_use = "nothing waits before `.await` or `.block()`"]
pub struct Wait<'a> {
    swr: &'a MockSwr,
    awaited: Awaited<'a>,
    within: Duration,
    at: &'static Location<'static>,
    since: Option<Stopwatch>,
    alarm: Option<(Waker, Option<Alarm>)>,
    /// It waits on the only thread of a runtime.
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

    /// Until there were that many calls.
    ///
    /// # Panics
    ///
    /// If the number is 0: such a wait ends at once.
    #[track_caller]
    pub fn times(mut self, n: usize) -> Wait<'a> {
        assert!(
            n > 0,
            "a wait for 0 calls ends at once; `verify(..).never()` asserts that there were none"
        );
        if let Awaited::Calls(awaited) = &mut self.awaited {
            awaited.times = n;
        }
        self
    }

    /// For so long at the most, in real time. Default: 5 seconds.
    #[doc(alias = "timeout")]
    pub fn within(mut self, limit: Duration) -> Wait<'a> {
        self.within = limit;
        self
    }

    /// Waits on this thread.
    ///
    /// # Panics
    ///
    /// When the time is up.
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
            match self.look(&waker) {
                Ok(true) => return,
                Ok(false) => std::thread::park(),
                Err(report) => panic!("{report}"),
            }
        }
    }

    /// Whether it has happened, or the report that it has not in time.
    fn look(&mut self, waker: &Waker) -> Result<bool, String> {
        let since = *self.since.get_or_insert_with(Stopwatch::start);
        // First the bell, then the look: what happens in between is not missed.
        self.swr.core.records.notify.wait(waker);
        if self.has_happened() {
            return Ok(true);
        }
        let left = self.within.saturating_sub(since.elapsed());
        if left.is_zero() {
            return Err(self.report());
        }
        let is_set = self
            .alarm
            .as_ref()
            .is_some_and(|(set, _)| set.will_wake(waker));
        if !is_set {
            self.alarm = Some((waker.clone(), wake_after(left, waker.clone())));
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
        report.tell(core)
    }
}

impl Future for Wait<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        match self.look(context.waker()) {
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
