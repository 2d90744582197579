//! Assertions over what was asked.

use std::fmt;

use crate::base::refusal::Refusal;
use crate::base::times::Times;
use crate::base::times::{counted, times};
use crate::engine::calls::Calls;
use crate::engine::journal::Call;
use crate::engine::report::Report;
use crate::mock::swr::MockSwr;
use crate::mock::wait::{Awaited, Wait};
use crate::operations::op::Op;
use crate::state::{HOME, Label};

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
    pub(crate) swr: &'a MockSwr,
    pub(crate) after: u64,
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

impl MockSwr {
    /// The calls, with users named as the journal names them: `acme/dev` is `dev` where `acme` is the server's own
    /// account, and accounts are the same in any case.
    #[track_caller]
    pub(crate) fn resolve(&self, calls: impl Into<Calls>) -> Calls {
        calls.into().rename_callers(|user| {
            let user = Label::parse(user).ok()?;
            let state = self.state();
            match state.find_account(user.account?)? {
                HOME => Some(user.name.to_owned()),
                account => Some(format!("{}/{}", state.account(account).name, user.name)),
            }
        })
    }
}

impl<'a> Journal<'a> {
    /// As [`MockSwr::verify`].
    #[track_caller]
    pub fn verify(self, calls: impl Into<Calls>) -> Verify<'a> {
        Verify {
            journal: self,
            calls: self.swr.resolve(calls),
            status: None,
            refusal: None,
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
            steps.push(self.swr.resolve(calls));
        }
        let order = steps;
        assert!(
            !order.is_empty(),
            "an order of no calls is met by any; name what must have been called"
        );
        let seen = self.all();
        let mut rest = seen.iter();
        let mut last: Option<&Call> = None;
        for (place, calls) in order.iter().enumerate() {
            if let Some(found) = rest.find(|call| calls.matches(call)) {
                last = Some(found);
                continue;
            }
            let after = last.map_or("from the start".to_owned(), |call| format!("after {call}"));
            let mut report = Report::new(format!(
                "expected {calls} as number {} of the order, {after}",
                place + 1
            ));
            let names: Vec<String> = order.iter().map(Calls::to_string).collect();
            report.line(format!("the order: {}", names.join(", then ")));
            match seen.iter().find(|call| calls.matches(call)) {
                Some(earlier) => report.line(format!("it came earlier: {earlier}")),
                None => report.nearest(calls, &seen, |call| calls.differences(call)),
            }
            self.end(report, |call| order.iter().any(|calls| calls.matches(call)));
        }
    }

    /// As [`MockSwr::calls`].
    #[track_caller]
    pub fn calls(self, calls: impl Into<Calls>) -> Vec<Call> {
        let calls = self.swr.resolve(calls);
        self.all()
            .into_iter()
            .filter(|call| calls.matches(call))
            .collect()
    }

    /// As [`MockSwr::ops`].
    #[track_caller]
    pub fn ops(self, calls: impl Into<Calls>) -> Vec<Op> {
        self.calls(calls).iter().filter_map(Call::op).collect()
    }

    /// As [`MockSwr::wait_for`].
    #[track_caller]
    pub fn wait_for(self, calls: impl Into<Calls>) -> Wait<'a> {
        Wait::new(
            self.swr,
            Awaited::Calls {
                calls: self.swr.resolve(calls),
                times: 1,
                after: self.after,
            },
        )
    }

    /// What is asked for came, but before this part of the journal.
    fn came_before(self, report: &mut Report, calls: &Calls) {
        let before = self.swr.core.records.since(0).into_iter();
        let mut before = before.take_while(|call| call.number() <= self.after);
        if let Some(call) = before.find(|call| calls.matches(call)) {
            report.line(format!("it came before `from_now()`: {call}"));
        }
    }

    fn all(self) -> Vec<Call> {
        self.swr.core.records.since(self.after)
    }

    #[track_caller]
    fn end(self, mut report: Report, counts: impl Fn(&Call) -> bool) -> ! {
        report.last_requests(self.after, &self.swr.core, counts);
        report.plans_left(&self.swr.core);
        panic!("{}", self.swr.core.tell(report))
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

/// In one line: how many requests it holds.
impl fmt::Debug for Journal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let requests = counted(self.all().len(), "request");
        match self.after {
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
    journal: Journal<'a>,
    calls: Calls,
    status: Option<u16>,
    refusal: Option<Refusal>,
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
        if let Some(other) = self.status.replace(status).filter(|other| *other != status) {
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
        if let Some(other) = self
            .refusal
            .replace(refusal)
            .filter(|other| *other != refusal)
        {
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
        let seen = self.journal.all();
        let matched: Vec<Call> = seen
            .iter()
            .filter(|call| self.matches(call))
            .cloned()
            .collect();
        if expected.contains(matched.len()) {
            return matched;
        }
        let mut report = Report::new(format!(
            "expected {}{} {expected}, but {}",
            self.calls,
            self.ending(),
            self.how_often(matched.len(), &seen)
        ));
        if matched.len() < expected.at_least {
            report.nearest(&self.calls, &seen, |call| self.differences(call));
            self.journal.came_before(&mut report, &self.calls);
        }
        self.journal.end(report, |call| self.matches(call))
    }

    fn how_often(&self, matched: usize, seen: &[Call]) -> String {
        let otherwise = seen.iter().filter(|call| self.calls.matches(call)).count();
        match (matched, otherwise) {
            (0, 0) => "it never came".to_owned(),
            (0, count) => format!("it came {} and was answered otherwise", times(count)),
            (count, _) => format!("it came {}", times(count)),
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

    fn matches(&self, call: &Call) -> bool {
        self.calls.matches(call)
            && self
                .status
                .is_none_or(|status| call.status() == Some(status))
            && self
                .refusal
                .is_none_or(|refusal| call.refusal() == Some(refusal))
    }

    /// What a call of the right operations is not, its answer included.
    fn differences(&self, call: &Call) -> Vec<String> {
        let mut differences = self.calls.differences(call);
        if let (Some(expected), was) = (self.status, call.status())
            && was != Some(expected)
        {
            let was = was.map_or("none".to_owned(), |status| status.to_string());
            differences.push(format!("status: expected {expected}, was {was}"));
        }
        if let (Some(expected), was) = (self.refusal, call.refusal())
            && was != Some(expected)
        {
            let was = was.map_or("none".to_owned(), |refusal| format!("{refusal:?}"));
            differences.push(format!("refusal: expected {expected:?}, was {was}"));
        }
        differences
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

impl fmt::Debug for Verify<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Verify({}{})", self.calls, self.ending())
    }
}
