//! The selection of calls by operation and conditions.

use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use crate::base::redact::Redacted;
use crate::engine::condition::{Condition, why_impossible};
use crate::engine::journal::Call;
use crate::engine::op_set::{OpSet, UNMATCHED, index_of};
use crate::operations::op::{Op, TABLE};

/// Selects calls for a plan, an assertion or a wait.
///
/// Create it from an operation, a list of operations, [`Calls::any`], [`Calls::writes`] or [`Calls::unmatched`]. Each
/// further method narrows the selection. [`Op`] has the same methods.
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
/// The methods panic if no call of these operations can meet all conditions. Examples are a repository without its
/// organization, a JSON body of a GET, and two different tags.
#[must_use = "a selection does nothing until it is given to `on`, `verify`, `wait_for` or `calls`"]
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
        Calls::from(&ops[..])
    }
}

impl From<Vec<Op>> for Calls {
    /// # Panics
    ///
    /// If the list is empty.
    #[track_caller]
    fn from(ops: Vec<Op>) -> Calls {
        Calls::from(&ops[..])
    }
}

impl From<&[Op]> for Calls {
    /// # Panics
    ///
    /// If the list is empty.
    #[track_caller]
    fn from(ops: &[Op]) -> Calls {
        assert!(
            !ops.is_empty(),
            "the list of operations is empty; `Calls::any()` selects every request"
        );
        Calls {
            ops: OpSet::of(ops.iter().copied()),
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
    /// Selects every request, including unmatched requests.
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

    /// Selects the calls of every operation that changes state. For example, it asserts that a dry run changes nothing.
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

    /// Selects requests that do not match any operation.
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

    /// Excludes these operations.
    ///
    /// # Panics
    ///
    /// If no operation is left, or if none of those left can meet the conditions.
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
            panic!("no operation is left: `except` excludes all operations of {self}");
        }
        self.checked()
    }

    pub(crate) fn ops(&self) -> OpSet {
        self.ops
    }

    pub(crate) fn conditions(&self) -> &[Condition] {
        &self.conditions
    }

    pub(crate) fn is_about(&self, op: Option<Op>) -> bool {
        self.ops.contains(index_of(op))
    }

    pub(crate) fn matches(&self, call: &Call) -> bool {
        self.is_about(call.op())
            && self
                .conditions
                .iter()
                .all(|condition| condition.holds(call))
    }

    /// Whether the body must be read to decide if a call matches.
    pub(crate) fn needs_body(&self) -> bool {
        self.conditions.iter().any(|condition| {
            self.ops
                .indexes()
                .any(|index| condition.needs_body(TABLE.get(index)))
        })
    }

    pub(crate) fn has_closure(&self) -> bool {
        self.conditions
            .iter()
            .any(|condition| matches!(condition, Condition::Matching(..)))
    }

    /// Describes each condition that a call of these operations does not meet.
    pub(crate) fn differences(&self, call: &Call) -> Vec<String> {
        self.conditions
            .iter()
            .flat_map(|condition| condition.differences(call))
            .collect()
    }

    /// Renames the callers of the conditions.
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

    /// Calls of these operations that meet the conditions.
    ///
    /// # Errors
    ///
    /// If no call can match, because `never()` would then always pass.
    pub(crate) fn of(ops: OpSet, conditions: Vec<Condition>) -> Result<Calls, String> {
        let calls = Calls { ops, conditions };
        match calls.why_impossible() {
            Some(reason) => Err(reason),
            None => Ok(calls),
        }
    }

    fn why_impossible(&self) -> Option<String> {
        let rows = self.ops.indexes().map(|index| TABLE.get(index));
        let reason = why_impossible(rows, &self.conditions)?;
        Some(format!(
            "no call can match {self}: {}",
            Redacted::text(&reason)
        ))
    }

    #[track_caller]
    fn checked(self) -> Calls {
        if let Some(reason) = self.why_impossible() {
            panic!("{reason}");
        }
        self
    }
}

/// Gives the methods that narrow a selection to the macro that defines them.
macro_rules! refinements {
    ($define:ident) => { $define! {
        /// Selects calls about this organization, whether path, query, filter or body names it.
        ///
        /// ```
        /// # use mock_swr::{MockSwr, Op};
        /// MockSwr::start().verify(Op::CreateNamespace.namespace("group")).never();
        /// ```
        fn namespace(name: &str) = Condition::Namespace(name.to_owned());

        /// Selects calls about this repository, such as `"group/web"`, wherever the request names it. A list request
        /// names the repository that it filters by.
        ///
        /// ```
        /// # use mock_swr::{MockSwr, Op};
        /// MockSwr::start().verify(Op::CreateRepo.repo("group/web")).never();
        /// ```
        fn repo(name: &str) = Condition::Repo(name.to_owned());

        /// Selects calls about this tag, wherever the request names it.
        ///
        /// ```
        /// # use mock_swr::{MockSwr, Op};
        /// MockSwr::start().verify(Op::DeleteRepoTag.tag("v1")).never();
        /// ```
        fn tag(name: &str) = Condition::Tag(name.to_owned());

        /// Selects calls by this user: `"dev"`, or `"partner/dev"` of another account.
        ///
        /// Calls with an expired token or access key of the user are included. The caller of a token request with a
        /// password is known only when the service has processed it, so plans do not match it.
        ///
        /// ```
        /// # use mock_swr::{MockSwr, Op};
        /// MockSwr::start().verify(Op::CreateNamespace.by("dev")).never();
        /// ```
        fn by(user: &str) = Condition::By(user.to_owned());

        /// Selects calls with this value of a path parameter, by its name in the template.
        ///
        /// ```
        /// # use mock_swr::{MockSwr, Op};
        /// MockSwr::start().verify(Op::ShowTrigger.path("trigger", "on-push")).never();
        /// ```
        fn path(name: &str, value: &str) = Condition::Path(name.to_owned(), value.to_owned());

        /// Selects calls with this value of a query parameter.
        ///
        /// ```
        /// # use mock_swr::{MockSwr, Op};
        /// MockSwr::start().verify(Op::ListReposDetails.query("limit", "10")).never();
        /// ```
        fn query(name: &str, value: &str) = Condition::Query(name.to_owned(), value.to_owned());

        /// Selects calls without this query parameter.
        ///
        /// ```
        /// # use mock_swr::{MockSwr, Op};
        /// MockSwr::start().verify(Op::ListReposDetails.without_query("limit")).never();
        /// ```
        fn without_query(name: &str) = Condition::WithoutQuery(name.to_owned());

        /// Selects calls with this header and any value.
        ///
        /// ```
        /// # use mock_swr::{MockSwr, Op};
        /// MockSwr::start().verify(Op::ListQuotas.with_header("x-project-id")).never();
        /// ```
        fn with_header(name: &str) = Condition::WithHeader(name.to_ascii_lowercase());

        /// Selects calls with this value of a header.
        ///
        /// ```
        /// # use mock_swr::{MockSwr, Op};
        /// MockSwr::start().verify(Op::ListQuotas.header("x-project-id", "0123")).never();
        /// ```
        fn header(name: &str, value: &str) = Condition::Header(name.to_ascii_lowercase(), value.to_owned());

        /// Selects calls with this value at a JSON pointer of the body: `json("/repository", "web")`.
        ///
        /// ```
        /// # use mock_swr::{MockSwr, Op};
        /// MockSwr::start().verify(Op::CreateRepo.json("/is_public", true)).never();
        /// ```
        fn json(pointer: &str, value: impl Into<Value>) = Condition::Json(pointer.to_owned(), value.into());

        /// Selects calls with a JSON body that includes this value. The body may have additional keys.
        ///
        /// ```
        /// # use mock_swr::{MockSwr, Op};
        /// # use serde_json::json;
        /// MockSwr::start().verify(Op::UpdateRepo.json_includes(json!({"category": "linux"}))).never();
        /// ```
        fn json_includes(value: Value) = Condition::JsonIncludes(value);

        /// Selects calls for which the closure returns true. `what` describes the condition in reports.
        ///
        /// The closure runs outside every lock; for a plan, it runs on a separate thread.
        ///
        /// ```
        /// # use mock_swr::{MockSwr, Op};
        /// MockSwr::start().verify(Op::CreateRepo.matching("an empty body", |call| call.body().is_empty())).never();
        /// ```
        fn matching(what: &str, holds: impl Fn(&Call) -> bool + Send + Sync + 'static) =
            Condition::Matching(what.to_owned(), Arc::new(holds));
    } };
}
pub(crate) use refinements;

/// Defines each method for both `Calls` and `Op`.
macro_rules! for_calls_and_op {
    ($($(#[$doc:meta])* fn $name:ident($($arg:ident: $type:ty),*) = $condition:expr;)*) => {
        impl Calls {
            $($(#[$doc])* #[track_caller] pub fn $name(self, $($arg: $type),*) -> Calls { self.add($condition) })*
        }
        impl Op {
            $($(#[$doc])* #[track_caller] pub fn $name(self, $($arg: $type),*) -> Calls {
                Calls::from(self).$name($($arg),*)
            })*
        }
    };
}

refinements!(for_calls_and_op);

/// The text for reports: `CreateRepo of repo group/web by dev`.
impl fmt::Display for Calls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let indexes: Vec<usize> = self.ops.indexes().collect();
        match indexes.len() {
            _ if self.ops == Calls::any().ops => f.write_str("any call")?,
            _ if self.ops == Calls::writes().ops => f.write_str("any write")?,
            0 => f.write_str("no call")?,
            1..=4 => {
                let name = |index: &usize| {
                    TABLE
                        .get(*index)
                        .map_or("an unmatched call", |row| row.name)
                };
                f.write_str(&indexes.iter().map(name).collect::<Vec<_>>().join(" or "))?;
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
