//! Which calls are meant.

use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use crate::base::redact::Redacted;
use crate::engine::condition::{Condition, why_never};
use crate::engine::journal::Call;
use crate::engine::op_set::{OpSet, UNMATCHED, place_of};
use crate::operations::op::{Op, TABLE};

/// Which requests a plan, an assertion or a wait is about.
///
/// It is made from an operation, a list of operations, or [`Calls::any`], [`Calls::writes`],
/// [`Calls::unmatched`]; each further word narrows it, and reads the same on [`Op`] itself.
///
/// ```
/// use mock_swr::{Calls, MockSwr, Op};
///
/// let swr = MockSwr::start();
/// swr.verify(Op::CreateRepo.namespace("group").json("/repository", "web")).never();
/// swr.verify(Calls::writes().except([Op::CreateNamespace]).by("dev")).never();
/// ```
///
/// # Panics
///
/// At once, with the reason, if no call of these operations can meet all conditions: a repository without its
/// organization, a JSON body of a GET, two different tags.
#[derive(Clone)]
pub struct Calls {
    ops: OpSet,
    conditions: Vec<Condition>,
}

impl From<Op> for Calls {
    fn from(op: Op) -> Calls {
        Calls {
            ops: OpSet::of([op]),
            conditions: Vec::new(),
        }
    }
}

impl<const N: usize> From<[Op; N]> for Calls {
    /// # Panics
    ///
    /// If the list is empty.
    #[track_caller]
    fn from(ops: [Op; N]) -> Calls {
        assert!(
            N > 0,
            "no operation is named: `Calls::any()` is about every request"
        );
        Calls {
            ops: OpSet::of(ops),
            conditions: Vec::new(),
        }
    }
}

impl From<&Calls> for Calls {
    fn from(calls: &Calls) -> Calls {
        calls.clone()
    }
}

impl Calls {
    /// Every request, those that belong to no operation included.
    ///
    /// ```
    /// # use mock_swr::{Calls, MockSwr};
    /// MockSwr::start().verify(Calls::any()).never();
    /// ```
    pub fn any() -> Calls {
        Calls {
            ops: OpSet::of(Op::ALL.iter().copied()).with(UNMATCHED),
            conditions: Vec::new(),
        }
    }

    /// Every operation that changes something: "a dry run changes nothing" is one line.
    ///
    /// ```
    /// # use mock_swr::{Calls, MockSwr};
    /// MockSwr::start().verify(Calls::writes()).never();
    /// ```
    pub fn writes() -> Calls {
        let writes = TABLE.iter().filter(|row| row.writes()).map(|row| row.op);
        Calls {
            ops: OpSet::of(writes),
            conditions: Vec::new(),
        }
    }

    /// Requests that belong to no operation.
    ///
    /// ```
    /// # use mock_swr::{Calls, MockSwr};
    /// MockSwr::start().verify(Calls::unmatched()).never();
    /// ```
    pub fn unmatched() -> Calls {
        Calls {
            ops: OpSet::NONE.with(UNMATCHED),
            conditions: Vec::new(),
        }
    }

    /// Without these operations.
    ///
    /// # Panics
    ///
    /// If no operation is left, or none that meets the conditions.
    ///
    /// ```
    /// # use mock_swr::{Calls, MockSwr, Op};
    /// MockSwr::start().verify(Calls::writes().except([Op::CreateRepo])).never();
    /// ```
    #[track_caller]
    pub fn except(mut self, ops: impl IntoIterator<Item = Op>) -> Calls {
        let before = self.ops;
        self.ops = ops
            .into_iter()
            .fold(before, |set, op| set.without(op as usize));
        if self.ops == OpSet::NONE {
            self.ops = before;
            panic!("no operation is left: `except` took away all of {self}");
        }
        self.checked()
    }

    pub(crate) fn ops(&self) -> OpSet {
        self.ops
    }

    pub(crate) fn is_about(&self, op: Option<Op>) -> bool {
        self.ops.contains(place_of(op))
    }

    pub(crate) fn matches(&self, call: &Call) -> bool {
        self.is_about(call.op())
            && self
                .conditions
                .iter()
                .all(|condition| condition.holds(call))
    }

    /// Whether it can be decided only once the body is read.
    pub(crate) fn needs_body(&self) -> bool {
        self.conditions.iter().any(|condition| {
            self.ops
                .places()
                .any(|place| condition.needs_body(TABLE.get(place)))
        })
    }

    pub(crate) fn has_closure(&self) -> bool {
        self.conditions
            .iter()
            .any(|condition| matches!(condition, Condition::Matching(..)))
    }

    /// The conditions that a call of the right operation fails, in words.
    pub(crate) fn differences(&self, call: &Call) -> Vec<String> {
        self.conditions
            .iter()
            .flat_map(|condition| condition.differences(call))
            .collect()
    }

    /// With the users that they are from named otherwise.
    pub(crate) fn rename_callers(mut self, name: impl Fn(&str) -> Option<String>) -> Calls {
        for condition in &mut self.conditions {
            if let Condition::By(user) = condition
                && let Some(renamed) = name(user)
            {
                *user = renamed;
            }
        }
        self
    }

    #[track_caller]
    fn add(mut self, condition: Condition) -> Calls {
        self.conditions.push(condition);
        self.checked()
    }

    /// Misuse by the author: `never()` would pass for ever on what no call can be.
    #[track_caller]
    fn checked(self) -> Calls {
        let rows = self.ops.places().map(|place| TABLE.get(place));
        if let Some(reason) = why_never(rows, &self.conditions) {
            panic!("no call matches {self}: {}", Redacted::text(&reason));
        }
        self
    }
}

/// Says a refinement once, for `Calls` and for `Op`.
macro_rules! refinements {
    ($($(#[$doc:meta])* fn $name:ident($($arg:ident: $type:ty),*) = $condition:expr;)*) => {
        impl Calls {
            $($(#[$doc])* #[track_caller] pub fn $name(self, $($arg: $type),*) -> Calls { self.add($condition) })*
        }
        impl Op {
            $($(#[$doc])* #[track_caller] pub fn $name(self, $($arg: $type),*) -> Calls { Calls::from(self).$name($($arg),*) })*
        }
    };
}

refinements! {
    /// About this organization, wherever the request names it: path, query, filter or body.
    ///
    /// ```
    /// # use mock_swr::{MockSwr, Op};
    /// MockSwr::start().verify(Op::CreateNamespace.namespace("group")).never();
    /// ```
    fn namespace(name: &str) = Condition::Namespace(name.to_owned());

    /// About this repository, as `"group/web"`, wherever the request names it. A list names it by the name it filters
    /// by.
    ///
    /// ```
    /// # use mock_swr::{MockSwr, Op};
    /// MockSwr::start().verify(Op::CreateRepo.repo("group/web")).never();
    /// ```
    fn repo(name: &str) = Condition::Repo(name.to_owned());

    /// About this tag, wherever the request names it.
    ///
    /// ```
    /// # use mock_swr::{MockSwr, Op};
    /// MockSwr::start().verify(Op::DeleteRepoTag.tag("v1")).never();
    /// ```
    fn tag(name: &str) = Condition::Tag(name.to_owned());

    /// Sent by this user: `"dev"`, or `"partner/dev"` of another account. Also where a token or a key was shown that is
    /// over. Who asks for a token by password is known only when the request is answered: a plan does not see it.
    ///
    /// ```
    /// # use mock_swr::{MockSwr, Op};
    /// MockSwr::start().verify(Op::CreateNamespace.by("dev")).never();
    /// ```
    fn by(user: &str) = Condition::By(user.to_owned());

    /// With this value of a parameter of the path, by its name in the template.
    ///
    /// ```
    /// # use mock_swr::{MockSwr, Op};
    /// MockSwr::start().verify(Op::ShowTrigger.path("trigger", "on-push")).never();
    /// ```
    fn path(name: &str, value: &str) = Condition::Path(name.to_owned(), value.to_owned());

    /// With this value of a parameter of the query.
    ///
    /// ```
    /// # use mock_swr::{MockSwr, Op};
    /// MockSwr::start().verify(Op::ListReposDetails.query("limit", "10")).never();
    /// ```
    fn query(name: &str, value: &str) = Condition::Query(name.to_owned(), value.to_owned());

    /// With this value of a header.
    ///
    /// ```
    /// # use mock_swr::{MockSwr, Op};
    /// MockSwr::start().verify(Op::ListQuotas.header("x-project-id", "0123")).never();
    /// ```
    fn header(name: &str, value: &str) = Condition::Header(name.to_ascii_lowercase(), value.to_owned());

    /// With this value at a JSON pointer of the body: `json("/repository", "web")`.
    ///
    /// ```
    /// # use mock_swr::{MockSwr, Op};
    /// MockSwr::start().verify(Op::CreateRepo.json("/is_public", true)).never();
    /// ```
    fn json(pointer: &str, value: impl Into<Value>) = Condition::Json(pointer.to_owned(), value.into());

    /// With a JSON body that has at least this: keys not named here do not matter.
    ///
    /// ```
    /// # use mock_swr::{MockSwr, Op};
    /// # use serde_json::json;
    /// MockSwr::start().verify(Op::UpdateRepo.json_includes(json!({"category": "linux"}))).never();
    /// ```
    fn json_includes(value: Value) = Condition::JsonIncludes(value);

    /// Calls for which the function returns true; `what` says in reports what it looks for. It runs outside every lock,
    /// on a thread of its own, and is given only the call.
    ///
    /// ```
    /// # use mock_swr::{MockSwr, Op};
    /// MockSwr::start().verify(Op::CreateRepo.matching("an empty body", |call| call.body().is_empty())).never();
    /// ```
    fn matching(what: &str, holds: impl Fn(&Call) -> bool + Send + Sync + 'static) = Condition::Matching(what.to_owned(), Arc::new(holds));
}

/// As a failure speaks of it: `CreateRepo of repo group/web by dev`.
impl fmt::Display for Calls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let places: Vec<usize> = self.ops.places().collect();
        match places.len() {
            _ if self.ops == Calls::any().ops => f.write_str("any call")?,
            _ if self.ops == Calls::writes().ops => f.write_str("any write")?,
            0 => f.write_str("no call")?,
            1..=4 => {
                let name = |place: &usize| {
                    TABLE
                        .get(*place)
                        .map_or("an unmatched call", |row| row.name)
                };
                f.write_str(&places.iter().map(name).collect::<Vec<_>>().join(" or "))?;
            }
            count => write!(f, "any of {count} operations")?,
        }
        self.conditions
            .iter()
            .try_for_each(|condition| write!(f, " {condition}"))
    }
}

impl fmt::Debug for Calls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Calls({self})")
    }
}
