//! The operations: one row each, in one table.
//!
//! [`Op`] names them, [`Row`] says what the server needs to know: method, path template, success status, handler,
//! and how we know what the handler does (the ledger of fidelity). Adding an operation is a row in `ops/table.rs`
//! and a function in its area. A row without a function answers "not simulated".

mod about;
mod table;

pub(crate) use about::{NamedIn, Resource};
pub use table::Op;
pub(crate) use table::TABLE;

use http::Method;

use crate::base::access::Access;
use crate::base::endpoints::Door;
use crate::base::refusal::Denied;
use crate::base::reply::Outcome;
use crate::services::input::Input;
use crate::state::State;

/// What an operation does: reads from the input, calls one method of the state, returns what to show.
pub(crate) type Handler = fn(&mut State, &Input<'_>) -> Result<Outcome, Denied>;

/// Which part of the service an operation belongs to. It decides the listener and the dialect of errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Part {
    Iam,
    Basic,
    Enterprise,
    Registry,
}

/// How we know what an operation does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Evidence {
    /// The vendor's documentation or published SDK says so.
    Documented,
    /// An answer of the real service was captured.
    Recorded,
    /// A shipping client depends on it, or somebody wrote down what the live service did.
    Seen,
    /// Nobody states it; it follows from what is known.
    Inferred,
}

impl Evidence {
    /// As the ledger prints it: `documented`, `recorded`, `seen in a client`, `inferred`.
    pub fn as_str(self) -> &'static str {
        match self {
            Evidence::Documented => "documented",
            Evidence::Recorded => "recorded",
            Evidence::Seen => "seen in a client",
            Evidence::Inferred => "inferred",
        }
    }
}

/// What is particular about an operation beyond its method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    None,
    /// Answers callers who show no credentials, and writes nothing.
    Open,
    /// Is sent as a POST but writes nothing.
    Reads,
}

/// One operation.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) op: Op,
    pub(crate) name: &'static str,
    pub(crate) part: Part,
    pub(crate) method: Method,
    pub(crate) template: &'static str,
    /// A second spelling of the path.
    pub(crate) also: Option<&'static str>,
    /// What it takes to call it, where it is about a repository of the registry: tokens are challenged and checked by
    /// this.
    pub(crate) needs: Option<Access>,
    pub(crate) mark: Mark,
    /// Present when the operation is simulated.
    pub(crate) act: Option<Act>,
}

/// The simulated side of a row.
#[derive(Debug)]
pub(crate) struct Act {
    pub(crate) status: u16,
    pub(crate) handler: Handler,
    pub(crate) evidence: Evidence,
    pub(crate) source: &'static str,
}

impl Row {
    pub(crate) fn door(&self) -> Door {
        match self.part {
            Part::Iam | Part::Basic | Part::Enterprise => Door::Api,
            Part::Registry => Door::Registry,
        }
    }

    /// Whether the path has this parameter.
    pub(crate) fn has_param(&self, name: &str) -> bool {
        let segments = self.template.split('/');
        let mut names = segments.filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'));
        names.any(|param| param == name)
    }

    pub(crate) fn writes(&self) -> bool {
        self.method != Method::GET && self.method != Method::HEAD && self.mark == Mark::None
    }
}

impl Op {
    /// The published name: `"CreateNamespace"`.
    ///
    /// ```
    /// assert_eq!(mock_swr::Op::CreateNamespace.name(), "CreateNamespace");
    /// ```
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// The HTTP method it is called with.
    ///
    /// ```
    /// assert_eq!(mock_swr::Op::UpdateRepo.method(), http::Method::PATCH);
    /// ```
    pub fn method(self) -> Method {
        self.row().method.clone()
    }

    /// The path it is called at, with its parameters in braces.
    ///
    /// ```
    /// assert_eq!(mock_swr::Op::ShowNamespace.path_template(), "/v2/manage/namespaces/{namespace}");
    /// ```
    pub fn path_template(self) -> &'static str {
        self.row().template
    }

    /// Whether the mock simulates it. The others answer 501 "not simulated" unless a plan answers for them.
    ///
    /// ```
    /// assert!(mock_swr::Op::CreateRepo.is_simulated());
    /// ```
    pub fn is_simulated(self) -> bool {
        self.row().act.is_some()
    }

    /// How we know what it does, and from where: the ledger's entry. Of an operation that is not simulated, only
    /// method, path and models are known, from the vendor's published SDK.
    ///
    /// ```
    /// let (how, source) = mock_swr::Op::DeleteRepo.evidence();
    /// assert_eq!(how.as_str(), "documented");
    /// assert!(!source.is_empty());
    /// ```
    pub fn evidence(self) -> (Evidence, &'static str) {
        match &self.row().act {
            Some(act) => (act.evidence, act.source),
            None => (
                Evidence::Documented,
                "published SDK 3.1.219: method, path and models only",
            ),
        }
    }

    pub(crate) fn row(self) -> &'static Row {
        &TABLE[self as usize]
    }
}

impl std::fmt::Display for Op {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
