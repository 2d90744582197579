//! Assertions on the requests that the server received.

use std::fmt;

use serde_json::Value;

use crate::base::refusal::Refusal;
use crate::base::times::Times;
use crate::base::times::counted;
use crate::engine::calls::Calls;
use crate::engine::journal::Call;
use crate::engine::order::Order;
use crate::engine::verify::{Expected, JournalPart};
use crate::mock::swr::MockSwr;
use crate::mock::wait::{Awaited, Wait};
use crate::operations::op::Op;

/// The requests that a server received, since its start or since [`MockSwr::from_now`]. Printing it lists them.
///
/// # Examples
///
/// ```
/// use mock_swr::{Calls, MockSwr};
///
/// let swr = MockSwr::start();
/// let later = swr.from_now();
/// later.verify(Calls::any()).never();
/// println!("{later}");
/// ```
#[must_use = "a journal asserts nothing until `verify` is called"]
#[derive(Clone, Copy)]
pub struct Journal<'a> {
    part: JournalPart<'a>,
    swr: &'a MockSwr,
}

impl MockSwr {
    /// Returns the journal of all requests since the server started.
    ///
    /// # Examples
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

    /// Returns a journal of the requests that arrive after this call.
    ///
    /// # Examples
    ///
    /// ```
    /// use mock_swr::{Calls, MockSwr};
    ///
    /// let swr = MockSwr::start();
    /// swr.from_now().verify(Calls::any()).never();
    /// ```
    #[doc(alias = "scope")]
    pub fn from_now(&self) -> Journal<'_> {
        self.core.history.begin_part();
        self.journal_after(self.core.records.last_number())
    }

    fn journal_after(&self, after: u64) -> Journal<'_> {
        let core = &*self.core;
        Journal {
            part: JournalPart { core, after },
            swr: self,
        }
    }

    /// Asserts how many matching requests arrived: see [`Verify`].
    ///
    /// # Examples
    ///
    /// ```
    /// use mock_swr::{MockSwr, Op};
    ///
    /// let swr = MockSwr::start();
    /// swr.verify(Op::CreateRepo.repo("group/web")).never();
    /// ```
    #[doc(alias = "assert")]
    #[doc(alias = "assert_calls")]
    #[doc(alias = "assert_hits")]
    #[doc(alias = "expect")]
    #[track_caller]
    pub fn verify(&self, calls: impl Into<Calls>) -> Verify<'_> {
        self.journal().verify(calls)
    }

    /// Asserts that requests arrived in this order. Other requests may arrive in between.
    ///
    /// The order is an array, a `Vec` or a slice, or a tuple that mixes operations and [`Calls`].
    ///
    /// # Panics
    ///
    /// Panics if they arrived in another order or not at all, or if the order is empty.
    ///
    /// # Examples
    ///
    /// ```
    /// use mock_swr::{Calls, MockSwr, Op};
    ///
    /// let swr = MockSwr::start();
    /// reqwest::blocking::get(swr.endpoint()).unwrap();
    /// reqwest::blocking::get(format!("{}/v2/manage/namespaces", swr.endpoint())).unwrap();
    /// swr.verify_order([Op::ListApiVersions, Op::ListNamespaces]);
    /// swr.verify_order((Op::ListApiVersions, Calls::any().with_header("accept")));
    /// ```
    #[track_caller]
    pub fn verify_order(&self, order: impl Into<Order>) {
        self.journal().verify_order(order);
    }

    /// Returns the matching calls, in order of arrival.
    ///
    /// # Examples
    ///
    /// ```
    /// use mock_swr::{Calls, MockSwr};
    ///
    /// assert!(MockSwr::start().calls(Calls::writes()).is_empty());
    /// ```
    #[must_use = "`calls` asserts nothing: compare the calls, or use `verify`"]
    #[doc(alias = "requests")]
    #[doc(alias = "received_requests")]
    #[track_caller]
    pub fn calls(&self, calls: impl Into<Calls>) -> Vec<Call> {
        self.journal().calls(calls)
    }

    /// Returns the operations of the matching calls, in order of arrival.
    ///
    /// Use it with `assert_eq!` to assert a strict order. Requests that match no operation are left out.
    ///
    /// # Examples
    ///
    /// ```
    /// use mock_swr::{Calls, MockSwr};
    ///
    /// assert_eq!(MockSwr::start().ops(Calls::writes()), []);
    /// ```
    #[must_use = "`ops` asserts nothing: compare the operations, or use `verify`"]
    #[track_caller]
    pub fn ops(&self, calls: impl Into<Calls>) -> Vec<Op> {
        self.journal().ops(calls)
    }

    /// Waits until a client has made a matching call: `.await` it, or call `.block()`.
    ///
    /// The wait ends once plans are matched to the request. If a plan matches, it has then fired and counts the call.
    /// Plans are matched when the head arrives, or after the body if a plan for the operation needs the body. The wait
    /// therefore also works with held answers. A wait on a condition on the body ends when the body has been read.
    ///
    /// # Examples
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

    /// Waits until the condition is true: `.await` it, or call `.block()`.
    ///
    /// The condition is checked when plans are matched to a request, and when a request has been read or answered. It
    /// is also checked when the state changes without a request. `what` describes the condition in the report of a wait
    /// that times out.
    ///
    /// # Examples
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

    /// Does the same as [`MockSwr::verify`], for this part of the journal.
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

    /// Does the same as [`MockSwr::verify_order`], for this part of the journal.
    ///
    /// # Panics
    ///
    /// Panics if the requests arrived in another order or not at all, or if the order is empty.
    #[track_caller]
    pub fn verify_order(self, order: impl Into<Order>) {
        let Order(mut steps) = order.into();
        for calls in &mut steps {
            *calls = self.resolve(&*calls);
        }
        assert!(
            !steps.is_empty(),
            "the order is empty: name the calls that must have been made"
        );
        if let Err(report) = self.part.verify_order(&steps) {
            panic!("{}", report.finish_and_note(self.part.core));
        }
    }

    /// Does the same as [`MockSwr::calls`], for this part of the journal.
    #[must_use = "`calls` asserts nothing: compare the calls, or use `verify`"]
    #[track_caller]
    pub fn calls(self, calls: impl Into<Calls>) -> Vec<Call> {
        self.part.matching(&self.resolve(calls))
    }

    /// Does the same as [`MockSwr::ops`], for this part of the journal.
    #[must_use = "`ops` asserts nothing: compare the operations, or use `verify`"]
    #[track_caller]
    pub fn ops(self, calls: impl Into<Calls>) -> Vec<Op> {
        self.calls(calls).iter().filter_map(Call::op).collect()
    }

    /// Returns a scenario file with what was planned, requested and answered, so that a failure seen once becomes a
    /// fixture. Secrets are replaced.
    ///
    /// `world` is the state before the first request. The requests are the `input` of their step, and `expect` has
    /// their numbers, order and statuses. A new step begins where the test planned something or moved the clock after a
    /// request. `about` names what a file cannot hold, such as closures and holds. The guide to [folders of
    /// scenarios](crate::guide::scenarios) has an example, and lists what is left out.
    ///
    /// # Examples
    ///
    /// ```
    /// use mock_swr::{Auth, MockSwr, Op, Scenario};
    ///
    /// let swr = MockSwr::builder().auth(Auth::Off).start();
    /// swr.on(Op::ListNamespaces, 503);
    /// let url = format!("{}/v2/manage/namespaces", swr.endpoint());
    /// reqwest::blocking::get(&url).unwrap();
    ///
    /// let file = swr.journal().to_scenario();
    /// assert_eq!(file["on"][0]["answers"][0], 503);
    /// assert_eq!(file["input"]["requests"][0]["target"], "/v2/manage/namespaces");
    ///
    /// let scenario: Scenario = file.to_string().parse().unwrap();
    /// scenario.run(|swr, _| {
    ///     let url = format!("{}/v2/manage/namespaces", swr.endpoint());
    ///     assert_eq!(reqwest::blocking::get(url).unwrap().status(), 503);
    /// });
    /// ```
    pub fn to_scenario(self) -> Value {
        self.part.to_scenario()
    }

    /// Does the same as [`MockSwr::wait_for`], for this part of the journal.
    #[track_caller]
    pub fn wait_for(self, calls: impl Into<Calls>) -> Wait<'a> {
        let calls = self.resolve(calls);
        Wait::new(self.swr, Awaited::calls(self.part, calls))
    }
}

/// Writes one line per request, followed by the hint of the mock, if there is one.
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

/// Writes the number of requests in one line.
impl fmt::Debug for Journal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let requests = counted(self.part.all().len(), "request");
        match self.part.after {
            0 => write!(f, "Journal({requests})"),
            after => write!(f, "Journal({requests} after #{after})"),
        }
    }
}

/// An assertion on how many matching requests arrived. [`times`](Verify::times), [`once`](Verify::once) and
/// [`never`](Verify::never) check it.
///
/// # Examples
///
/// ```
/// use mock_swr::{MockSwr, Op, Refusal};
///
/// let swr = MockSwr::start();
/// let client = reqwest::blocking::Client::new();
/// let url = format!("{}/v2/manage/namespaces/group", swr.endpoint());
/// client.get(url).header("X-Auth-Token", swr.token()).send().unwrap();
///
/// swr.verify(Op::ShowNamespace).once();
/// swr.verify(Op::ShowNamespace).answered(404).refused(Refusal::NamespaceNotFound).times(1..=2);
/// swr.verify(Op::ShowNamespace).namespace("group").by("admin").once();
/// ```
///
/// The methods of [`Calls`] that narrow a selection are also methods of `Verify`.
#[must_use = "nothing is asserted before `times`, `once` or `never`"]
pub struct Verify<'a> {
    pub(super) part: JournalPart<'a>,
    pub(super) expected: Expected,
}

impl Verify<'_> {
    /// Counts only calls that were answered with this status.
    ///
    /// # Panics
    ///
    /// Panics if the status is not from 100 to 999, or if another status was set before.
    #[track_caller]
    pub fn answered(mut self, status: u16) -> Self {
        assert!(
            (100..=999).contains(&status),
            "{status} is not a valid HTTP status (expected 100 to 999)"
        );
        let other = self.expected.status.replace(status);
        if let Some(other) = other.filter(|other| *other != status) {
            panic!("expected both status {other} and status {status}: a call has only one");
        }
        self
    }

    /// Counts only calls that were refused for this reason.
    ///
    /// # Panics
    ///
    /// Panics if another reason was set before.
    #[track_caller]
    pub fn refused(mut self, refusal: Refusal) -> Self {
        let other = self.expected.refusal.replace(refusal);
        if let Some(other) = other.filter(|other| *other != refusal) {
            panic!("expected both refusal {other:?} and refusal {refusal:?}: a call has only one");
        }
        self
    }

    /// Asserts that this number of calls was made: `2`, `2..`, `..=3` or `1..=4`. Returns the calls.
    ///
    /// # Panics
    ///
    /// Panics if there were more or fewer calls, or if the range allows any number, as `0..` does.
    #[track_caller]
    pub fn times(self, expected: impl Into<Times>) -> Vec<Call> {
        let expected = expected.into();
        assert!(
            !expected.is_anything(),
            "`{expected}` allows any number of calls: set a limit, or use `calls(..)`, which asserts nothing"
        );
        match self.part.verify(&self.expected, expected) {
            Ok(calls) => calls,
            Err(report) => panic!("{}", report.finish_and_note(self.part.core)),
        }
    }

    /// Asserts that exactly one call was made. Returns the call.
    ///
    /// # Panics
    ///
    /// Panics if there was no call or more than one.
    #[track_caller]
    pub fn once(self) -> Call {
        let mut calls = self.times(1);
        calls.remove(0)
    }

    /// Asserts that no call was made.
    ///
    /// # Panics
    ///
    /// Panics if there was a call.
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
