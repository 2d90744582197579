//! Assertions over what was asked.

use std::fmt;

use crate::base::refusal::Refusal;
use crate::base::times::Times;
use crate::base::times::counted;
use crate::engine::calls::Calls;
use crate::engine::journal::Call;
use crate::engine::journal::follow::Follow;
use crate::engine::verify::{Expected, JournalPart};
use crate::mock::swr::MockSwr;
use crate::mock::wait::{Awaited, Wait};
use crate::operations::op::Op;

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
    part: JournalPart<'a>,
    swr: &'a MockSwr,
}

impl MockSwr {
    /// All that was asked since the server started.
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::start();
    /// println!("{}", swr.journal());
    /// ```
    #[doc(alias = "requests")]
    #[doc(alias = "received_requests")]
    pub fn journal(&self) -> Journal<'_> {
        self.journal_after(0)
    }

    /// What is asked from here on.
    ///
    /// ```
    /// use mock_swr::{Calls, MockSwr};
    ///
    /// let swr = MockSwr::start();
    /// swr.from_now().verify(Calls::any()).never();
    /// ```
    #[doc(alias = "scope")]
    pub fn from_now(&self) -> Journal<'_> {
        self.journal_after(self.core.records.last_number())
    }

    /// The calls that end from here on, in the order in which they end.
    #[doc(hidden)]
    pub fn follow(&self) -> Follow {
        self.core.follow()
    }

    fn journal_after(&self, after: u64) -> Journal<'_> {
        let core = &*self.core;
        Journal {
            part: JournalPart { core, after },
            swr: self,
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
    #[doc(alias = "expect")]
    #[doc(alias = "assert_hits")]
    #[track_caller]
    pub fn verify(&self, calls: impl Into<Calls>) -> Verify<'_> {
        self.journal().verify(calls)
    }

    /// Asserts that these were asked in this order; others may lie between.
    ///
    /// # Panics
    ///
    /// If they were not, or if no calls are given.
    ///
    /// ```
    /// use mock_swr::{MockSwr, Op};
    ///
    /// let swr = MockSwr::start();
    /// reqwest::blocking::get(swr.endpoint()).unwrap();
    /// swr.verify_order([Op::ListApiVersions]);
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
    #[doc(alias = "requests")]
    #[doc(alias = "received_requests")]
    #[track_caller]
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
    #[track_caller]
    pub fn ops(&self, calls: impl Into<Calls>) -> Vec<Op> {
        self.journal().ops(calls)
    }

    /// Waits until a client has made this call: `.await` it, or `.block()`.
    ///
    /// The wait ends when the request has met its plan: its plan, if it has one, has fired, and counts it. That is at
    /// the head of the request unless a plan for its operation needs the body, so the wait works with held answers too.
    /// A wait for something in the body ends when the body has been read.
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

    /// Waits until the condition holds. It is checked whenever a request meets its plan, is read or is answered, and
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
    #[track_caller]
    fn resolve(self, calls: impl Into<Calls>) -> Calls {
        self.part.core.resolve(calls.into())
    }

    /// As [`MockSwr::verify`].
    #[track_caller]
    pub fn verify(self, calls: impl Into<Calls>) -> Verify<'a> {
        Verify {
            part: self.part,
            expected: Expected {
                calls: self.resolve(calls),
                status: None,
                refusal: None,
            },
        }
    }

    /// As [`MockSwr::verify_order`].
    ///
    /// # Panics
    ///
    /// If they were not asked in this order, or if no calls are given.
    #[track_caller]
    pub fn verify_order<C: Into<Calls>>(self, order: impl IntoIterator<Item = C>) {
        let mut steps: Vec<Calls> = Vec::new();
        // Not by `map`: a panic of the conversion names this function's caller.
        for calls in order {
            steps.push(self.resolve(calls));
        }
        assert!(
            !steps.is_empty(),
            "an order of no calls is met by any; name what must have been called"
        );
        if let Err(report) = self.part.verify_order(&steps) {
            panic!("{}", report.tell(self.part.core));
        }
    }

    /// As [`MockSwr::calls`].
    #[track_caller]
    pub fn calls(self, calls: impl Into<Calls>) -> Vec<Call> {
        self.part.matching(&self.resolve(calls))
    }

    /// As [`MockSwr::ops`].
    #[track_caller]
    pub fn ops(self, calls: impl Into<Calls>) -> Vec<Op> {
        self.calls(calls).iter().filter_map(Call::op).collect()
    }

    /// As [`MockSwr::wait_for`].
    #[track_caller]
    pub fn wait_for(self, calls: impl Into<Calls>) -> Wait<'a> {
        let calls = self.resolve(calls);
        Wait::new(self.swr, Awaited::calls(self.part, calls))
    }
}

/// One line a request, and what the mock has to say of it.
impl fmt::Display for Journal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for call in self.part.all() {
            writeln!(f, "{call}")?;
            if let Some(hint) = call.hint() {
                writeln!(f, "    {hint}")?;
            }
        }
        Ok(())
    }
}

/// In one line: how many requests it holds.
impl fmt::Debug for Journal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let requests = counted(self.part.all().len(), "request");
        match self.part.after {
            0 => write!(f, "Journal({requests})"),
            after => write!(f, "Journal({requests} after #{after})"),
        }
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
    part: JournalPart<'a>,
    expected: Expected,
}

impl Verify<'_> {
    /// And answered with this status.
    ///
    /// # Panics
    ///
    /// If it is not from 100 to 999, or if another status was given before.
    #[track_caller]
    pub fn answered(mut self, status: u16) -> Self {
        assert!(
            (100..=999).contains(&status),
            "{status} is not a valid HTTP status (expected 100 to 999)"
        );
        let other = self.expected.status.replace(status);
        if let Some(other) = other.filter(|other| *other != status) {
            panic!("no call is answered both {other} and {status}");
        }
        self
    }

    /// And refused for this reason.
    ///
    /// # Panics
    ///
    /// If another reason was given before.
    #[track_caller]
    pub fn refused(mut self, refusal: Refusal) -> Self {
        let other = self.expected.refusal.replace(refusal);
        if let Some(other) = other.filter(|other| *other != refusal) {
            panic!("no call is refused both {other:?} and {refusal:?}");
        }
        self
    }

    /// Asserts that it was asked that often: `2`, `2..`, `..=3`, `1..=4`. Returns the calls.
    ///
    /// # Panics
    ///
    /// If it was not, or if any number would do, as with `0..`.
    #[track_caller]
    pub fn times(self, expected: impl Into<Times>) -> Vec<Call> {
        let expected = expected.into();
        assert!(
            !expected.is_anything(),
            "any number of calls is {expected}; `calls(..)` gives them without an assertion"
        );
        match self.part.verify(&self.expected, expected) {
            Ok(calls) => calls,
            Err(report) => panic!("{}", report.tell(self.part.core)),
        }
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
}

impl fmt::Debug for Verify<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Verify({})", self.expected)
    }
}
