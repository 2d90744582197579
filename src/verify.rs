//! Assertions over what was asked, and waiting for it.

use std::fmt;
use std::future::Future;
use std::ops::{Range, RangeFrom, RangeInclusive, RangeToInclusive};
use std::panic::Location;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;
use std::time::Duration;

use crate::calls::Calls;
use crate::clock::Stopwatch;
use crate::journal::Call;
use crate::mock::MockSwr;
use crate::ops::Op;
use crate::report::{Report, times};
use crate::server::{Alarm, wake_after};
use crate::state::Refusal;

/// What a server was asked, from its start or from [`MockSwr::from_now`]. Printing it lists the requests.
///
/// ```
/// use mock_swr::{Calls, MockSwr};
///
/// let swr = MockSwr::start();
/// let later = swr.from_now();
/// later.verify(Calls::any()).never();
/// println!("{later}");
/// ```
#[derive(Clone, Copy)]
pub struct Journal<'a> {
    swr: &'a MockSwr,
    after: u64,
}

impl MockSwr {
    /// All that was asked since the server started.
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::start();
    /// println!("{}", swr.journal());
    /// ```
    pub fn journal(&self) -> Journal<'_> {
        Journal {
            swr: self,
            after: 0,
        }
    }

    /// What is asked from here on.
    ///
    /// ```
    /// use mock_swr::{Calls, MockSwr};
    ///
    /// let swr = MockSwr::start();
    /// swr.from_now().verify(Calls::any()).never();
    /// ```
    pub fn from_now(&self) -> Journal<'_> {
        Journal {
            swr: self,
            after: self.core.records.last_number(),
        }
    }

    /// Asserts how often something was asked: see [`Verify`].
    ///
    /// ```
    /// use mock_swr::{MockSwr, Op};
    ///
    /// let swr = MockSwr::start();
    /// swr.verify(Op::CreateRepo.repo("group/web")).never();
    /// ```
    pub fn verify(&self, calls: impl Into<Calls>) -> Verify<'_> {
        self.journal().verify(calls)
    }

    /// Asserts that these were asked in this order; others may lie between.
    ///
    /// # Panics
    ///
    /// If they were not.
    ///
    /// ```
    /// use mock_swr::{MockSwr, Op};
    ///
    /// let swr = MockSwr::start();
    /// swr.verify_order([] as [Op; 0]);
    /// ```
    #[track_caller]
    pub fn verify_order<C: Into<Calls>>(&self, order: impl IntoIterator<Item = C>) {
        self.journal().verify_order(order);
    }

    /// The calls, in order.
    ///
    /// ```
    /// use mock_swr::{Calls, MockSwr};
    ///
    /// assert!(MockSwr::start().calls(Calls::writes()).is_empty());
    /// ```
    pub fn calls(&self, calls: impl Into<Calls>) -> Vec<Call> {
        self.journal().calls(calls)
    }

    /// The operations of the calls, in order: `assert_eq!` on it is a strict order.
    ///
    /// ```
    /// use mock_swr::{Calls, MockSwr};
    ///
    /// assert_eq!(MockSwr::start().ops(Calls::writes()), []);
    /// ```
    pub fn ops(&self, calls: impl Into<Calls>) -> Vec<Op> {
        self.journal().ops(calls)
    }

    /// Waits until this was asked: `.await` it, or `.block()`.
    ///
    /// It is satisfied when the request has arrived, so that it works with held answers; where the calls speak of
    /// the body, when that has.
    ///
    /// ```
    /// use mock_swr::{MockSwr, Op};
    ///
    /// let swr = MockSwr::start();
    /// let url = format!("{}/v2/manage/namespaces", swr.endpoint());
    /// let client = std::thread::spawn(|| reqwest::blocking::get(url).unwrap().status());
    /// swr.wait_for(Op::ListNamespaces).block();
    /// assert_eq!(client.join().unwrap(), 401);
    /// ```
    #[track_caller]
    pub fn wait_for(&self, calls: impl Into<Calls>) -> Wait<'_> {
        self.journal().wait_for(calls)
    }

    /// Waits until the condition holds. It is looked at whenever a request arrives, is read or is answered, and
    /// when the test changes the state.
    ///
    /// ```
    /// use mock_swr::MockSwr;
    ///
    /// let swr = MockSwr::start();
    /// swr.seed_repo("group/web");
    /// swr.wait_until("the repository exists", |swr| swr.repo("group/web").exists()).block();
    /// ```
    #[track_caller]
    pub fn wait_until<'a>(
        &'a self,
        what: &str,
        holds: impl Fn(&MockSwr) -> bool + Send + 'a,
    ) -> Wait<'a> {
        Wait::new(self, Awaited::Condition(what.to_owned(), Box::new(holds)))
    }
}

impl<'a> Journal<'a> {
    /// As [`MockSwr::verify`].
    pub fn verify(self, calls: impl Into<Calls>) -> Verify<'a> {
        Verify {
            journal: self,
            calls: calls.into(),
            status: None,
            refusal: None,
        }
    }

    /// As [`MockSwr::verify_order`].
    ///
    /// # Panics
    ///
    /// If they were not asked in this order.
    #[track_caller]
    pub fn verify_order<C: Into<Calls>>(self, order: impl IntoIterator<Item = C>) {
        let seen = self.all();
        let mut rest = seen.iter();
        let mut last: Option<&Call> = None;
        for (place, calls) in order.into_iter().enumerate() {
            let calls = calls.into();
            if let Some(found) = rest.find(|call| calls.matches(call)) {
                last = Some(found);
                continue;
            }
            let after = last.map_or("from the start".to_owned(), |call| format!("after {call}"));
            let mut report = Report::new(format!(
                "expected {calls} as number {} of the order, {after}",
                place + 1
            ));
            match seen.iter().find(|call| calls.matches(call)) {
                Some(earlier) => report.line(format!("it came earlier: {earlier}")),
                None => report.nearest(&calls, &seen, |_| false),
            }
            self.end(report, &seen);
        }
    }

    /// As [`MockSwr::calls`].
    pub fn calls(self, calls: impl Into<Calls>) -> Vec<Call> {
        let calls = calls.into();
        self.all()
            .into_iter()
            .filter(|call| calls.matches(call))
            .collect()
    }

    /// As [`MockSwr::ops`].
    pub fn ops(self, calls: impl Into<Calls>) -> Vec<Op> {
        self.calls(calls).iter().filter_map(Call::op).collect()
    }

    /// As [`MockSwr::wait_for`].
    #[track_caller]
    pub fn wait_for(self, calls: impl Into<Calls>) -> Wait<'a> {
        Wait::new(
            self.swr,
            Awaited::Calls {
                calls: calls.into(),
                times: 1,
                after: self.after,
            },
        )
    }

    fn all(self) -> Vec<Call> {
        self.swr.core.records.since(self.after)
    }

    #[track_caller]
    fn end(self, mut report: Report, seen: &[Call]) -> ! {
        report.last_requests(seen, &self.swr.core.records);
        report.plans_left(&self.swr.core);
        panic!("{}", report.finish())
    }
}

/// One line a request, and what the mock has to say of it.
impl fmt::Display for Journal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for call in self.all() {
            writeln!(f, "{call}")?;
            if let Some(hint) = call.hint() {
                writeln!(f, "    {hint}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Journal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Journal(after #{})\n{self}", self.after)
    }
}

/// An assertion on how often something was asked. It asserts when told the number.
///
/// ```
/// use mock_swr::{MockSwr, Op, Refusal};
///
/// let swr = MockSwr::start();
/// let client = reqwest::blocking::Client::new();
/// let url = format!("{}/v2/manage/namespaces/group", swr.endpoint());
/// client.get(url).header("X-Auth-Token", swr.user("admin").token()).send().unwrap();
///
/// swr.verify(Op::ShowNamespace).once();
/// swr.verify(Op::ShowNamespace).answered(404).refused(Refusal::NamespaceNotFound).times(1..=2);
/// ```
#[must_use = "nothing is asserted before `times`, `once` or `never`"]
pub struct Verify<'a> {
    journal: Journal<'a>,
    calls: Calls,
    status: Option<u16>,
    refusal: Option<Refusal>,
}

impl Verify<'_> {
    /// And answered with this status.
    pub fn answered(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// And refused for this reason.
    pub fn refused(mut self, refusal: Refusal) -> Self {
        self.refusal = Some(refusal);
        self
    }

    /// Asserts that it was asked that often: `2`, `2..`, `..=3`, `1..=4`. Returns the calls.
    ///
    /// # Panics
    ///
    /// If it was not.
    #[track_caller]
    pub fn times(self, expected: impl Into<Times>) -> Vec<Call> {
        let expected = expected.into();
        let seen = self.journal.all();
        let matched: Vec<Call> = seen
            .iter()
            .filter(|call| self.matches(call))
            .cloned()
            .collect();
        if expected.contains(matched.len()) {
            return matched;
        }
        let came = match matched.len() {
            0 => "it never came".to_owned(),
            count => format!("it came {}", times(count)),
        };
        let headline = format!(
            "expected {}{} {expected}, but {came}",
            self.calls,
            self.ending()
        );
        let mut report = Report::new(headline);
        if matched.len() < expected.at_least {
            match seen
                .iter()
                .rfind(|call| self.calls.matches(call) && !self.matches(call))
            {
                Some(call) => report.line(format!("nearest: {call}, expected{}", self.ending())),
                None => report.nearest(&self.calls, &seen, |call| self.matches(call)),
            }
        }
        for call in matched.iter().take(5) {
            report.line(format!("it came: {call}"));
        }
        self.journal.end(report, &seen)
    }

    /// Asserts that it was asked exactly once. Returns the call.
    ///
    /// # Panics
    ///
    /// If it was not.
    #[track_caller]
    pub fn once(self) -> Call {
        let mut calls = self.times(1);
        calls.remove(0)
    }

    /// Asserts that it was never asked.
    ///
    /// # Panics
    ///
    /// If it was.
    #[track_caller]
    pub fn never(self) {
        self.times(0);
    }

    fn matches(&self, call: &Call) -> bool {
        self.calls.matches(call)
            && self
                .status
                .is_none_or(|status| call.status() == Some(status))
            && self
                .refusal
                .is_none_or(|refusal| call.refusal() == Some(refusal))
    }

    fn ending(&self) -> String {
        let status = self.status.map(|status| format!(" answered {status}"));
        let refusal = self.refusal.map(|refusal| format!(" refused {refusal:?}"));
        format!(
            "{}{}",
            status.unwrap_or_default(),
            refusal.unwrap_or_default()
        )
    }
}

/// How often: a number, or a range of numbers.
///
/// ```
/// use mock_swr::Times;
///
/// assert_eq!(Times::from(2).to_string(), "2 times");
/// assert_eq!(Times::from(2..).to_string(), "at least 2 times");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Times {
    at_least: usize,
    at_most: usize,
}

impl Times {
    fn contains(self, count: usize) -> bool {
        (self.at_least..=self.at_most).contains(&count)
    }
}

impl From<usize> for Times {
    fn from(count: usize) -> Times {
        Times {
            at_least: count,
            at_most: count,
        }
    }
}

impl From<RangeFrom<usize>> for Times {
    fn from(range: RangeFrom<usize>) -> Times {
        Times {
            at_least: range.start,
            at_most: usize::MAX,
        }
    }
}

impl From<RangeToInclusive<usize>> for Times {
    fn from(range: RangeToInclusive<usize>) -> Times {
        Times {
            at_least: 0,
            at_most: range.end,
        }
    }
}

impl From<RangeInclusive<usize>> for Times {
    fn from(range: RangeInclusive<usize>) -> Times {
        Times {
            at_least: *range.start(),
            at_most: *range.end(),
        }
    }
}

impl From<Range<usize>> for Times {
    /// # Panics
    ///
    /// If the range is empty.
    #[track_caller]
    fn from(range: Range<usize>) -> Times {
        assert!(!range.is_empty(), "{range:?} holds no number");
        Times {
            at_least: range.start,
            at_most: range.end - 1,
        }
    }
}

impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.at_least, self.at_most) {
            (least, most) if least == most => f.write_str(&times(least)),
            (least, usize::MAX) => write!(f, "at least {least} times"),
            (0, most) => write!(f, "at most {most} times"),
            (least, most) => write!(f, "{least} to {most} times"),
        }
    }
}

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
}

enum Awaited<'a> {
    Calls {
        calls: Calls,
        times: usize,
        after: u64,
    },
    Condition(String, Box<dyn Fn(&MockSwr) -> bool + Send + 'a>),
}

impl<'a> Wait<'a> {
    #[track_caller]
    fn new(swr: &'a MockSwr, awaited: Awaited<'a>) -> Wait<'a> {
        Wait {
            swr,
            awaited,
            within: Duration::from_secs(5),
            at: Location::caller(),
            since: None,
            alarm: None,
        }
    }

    /// Until it was asked that often.
    pub fn times(mut self, n: usize) -> Wait<'a> {
        if let Awaited::Calls { times, .. } = &mut self.awaited {
            *times = n;
        }
        self
    }

    /// For so long at the most, in real time. Default: 5 seconds.
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
        self.swr.core.records.bell.wait(waker);
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
            Awaited::Calls {
                calls,
                times,
                after,
            } => {
                let journal = Journal {
                    swr: self.swr,
                    after: *after,
                };
                journal.calls(calls).len() >= *times
            }
            Awaited::Condition(_, holds) => holds(self.swr),
        }
    }

    fn report(&self) -> String {
        let core = &self.swr.core;
        let within = self.within;
        let mut report = match &self.awaited {
            Awaited::Calls { calls, times, .. } => {
                let often = if *times == 1 {
                    String::new()
                } else {
                    format!(" {times} times")
                };
                Report::new(format!(
                    "{calls} did not come{often} within {within:?}, waited for at {}",
                    self.at
                ))
            }
            Awaited::Condition(what, _) => Report::new(format!(
                "not so within {within:?}: {what}, waited for at {}",
                self.at
            )),
        };
        let after = match &self.awaited {
            Awaited::Calls { after, .. } => *after,
            Awaited::Condition(..) => 0,
        };
        let seen = core.records.since(after);
        if let Awaited::Calls { calls, .. } = &self.awaited {
            report.nearest(calls, &seen, |call| calls.matches(call));
        }
        report.last_requests(&seen, &core.records);
        report.plans_left(core);
        report.finish()
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
