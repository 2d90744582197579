//! The operations: one row each, in one table.
//!
//! [`Op`] names them; [`Row`] says what is known of each: method, path, what it is about, and, if it is simulated, the
//! status of a success and how we know what it does (the ledger of fidelity). Adding an operation is a row in
//! [`table`] and a function in its area of `services`. A row without a function answers "not simulated".

pub(crate) mod table;

use http::Method;

use crate::base::access::Access;
use crate::base::endpoints::Door;
use table::operations;

macro_rules! define {
    ($($api:ident {
        $(
            $(#[$doc:meta])*
            $op:ident: $method:ident $template:literal $(also $also:literal)? $(on $subject:ident)? $(needs $needs:ident)?
                $(brings $content:ident)? $([$mark:ident])?
                $(=> $status:literal $handler:path, $evidence:ident $source:literal)?;
        )*
    })*) => {
        /// An operation of SWR, by its published name.
        ///
        /// Six names differ from a sibling's by one letter: `ListReposDetails` is v2, `ListRepoDetails` v3.
        ///
        /// On an operation, as on [`Calls`](crate::Calls), one can say more about the calls that are meant:
        ///
        /// ```
        /// use mock_swr::{MockSwr, Op};
        ///
        /// let swr = MockSwr::start();
        /// swr.verify(Op::CreateRepo.repo("group/web").by("dev")).never();
        /// ```
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Op {
            $($(
                #[doc = concat!("`", stringify!($method), " ", $template, "`.")]
                $(#[$doc])*
                $op,
            )*)*
        }

        impl Op {
            /// Every operation, in the order of the table.
            ///
            /// ```
            /// use mock_swr::Op;
            /// assert!(Op::ALL.contains(&Op::CreateNamespace));
            /// ```
            pub const ALL: &[Op] = &[$($(Op::$op,)*)*];
        }

        /// Every row; a row's place is its operation's number.
        pub(crate) static TABLE: &[Row] = &[$($(Row {
            op: Op::$op,
            name: stringify!($op),
            api: Api::$api,
            method: Method::$method,
            template: $template,
            also: define!(@some $($also)?),
            subject: define!(@subject $($subject)?),
            needs: define!(@some $(Access::$needs)?),
            brings: define!(@some $(ContentKind::$content)?),
            mark: define!(@mark $($mark)?),
            simulated: define!(@simulated $($status, $evidence $source)?),
        },)*)*];
    };
    (@some) => { None };
    (@some $value:expr) => { Some($value) };
    (@subject) => { Subject::Account };
    (@subject $subject:ident) => { Subject::$subject };
    (@mark) => { Mark::None };
    (@mark open) => { Mark::Open };
    (@mark reads) => { Mark::Reads };
    (@mark lists) => { Mark::Lists };
    (@simulated) => { None };
    (@simulated $status:literal, $evidence:ident $source:literal) => {
        Some(Simulated { status: $status, evidence: Evidence::$evidence, source: $source })
    };
}

operations!(define);

/// Which API an operation belongs to. It decides the listener, who may call, and how refusals read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Api {
    /// IAM up to v3, whose errors have the form of OpenStack's.
    Keystone,
    /// IAM since v3.0.
    Iam,
    Basic,
    Enterprise,
    Registry,
    /// The registry's token endpoint.
    Token,
    /// The private API that Harbor uses.
    Dockyard,
    /// The object storage that holds the registry's blobs.
    Storage,
}

/// The resource that an operation is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Subject {
    /// The account as a whole, or no resource of SWR.
    Account,
    Namespace,
    Repository,
    /// What a repository holds, and its settings.
    InRepository,
}

/// Content that the body of a request is. It is hashed before the state is locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum ContentKind {
    Blob,
    Manifest,
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
    /// Gets a list.
    Lists,
}

/// One operation.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) op: Op,
    pub(crate) name: &'static str,
    pub(crate) api: Api,
    pub(crate) method: Method,
    pub(crate) template: &'static str,
    /// A second spelling of the path.
    pub(crate) also: Option<&'static str>,
    pub(crate) subject: Subject,
    /// The access to the repository of its path that it takes, at the registry: tokens are challenged and checked by
    /// this.
    pub(crate) needs: Option<Access>,
    pub(crate) brings: Option<ContentKind>,
    pub(crate) mark: Mark,
    pub(crate) simulated: Option<Simulated>,
}

/// What an operation that is simulated does, and how we know.
#[derive(Debug)]
pub(crate) struct Simulated {
    /// The status of a success.
    pub(crate) status: u16,
    pub(crate) evidence: Evidence,
    pub(crate) source: &'static str,
}

impl Row {
    pub(crate) fn door(&self) -> Door {
        match self.api {
            Api::Keystone | Api::Iam | Api::Basic | Api::Enterprise => Door::Api,
            Api::Registry | Api::Token | Api::Dockyard => Door::Registry,
            Api::Storage => Door::Storage,
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
        self.row().simulated.is_some()
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
        match &self.row().simulated {
            Some(simulated) => (simulated.evidence, simulated.source),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_row_is_about_agrees_with_its_path() {
        for row in TABLE {
            let segments: Vec<&str> = row.template.split('/').collect();
            let repository = segments
                .iter()
                .position(|segment| segment.starts_with("{repository") || *segment == "{name}");
            let subject = match repository {
                Some(place) if place + 1 == segments.len() => Subject::Repository,
                Some(_) => Subject::InRepository,
                None if segments.contains(&"namespaces") => Subject::Namespace,
                None => Subject::Account,
            };
            assert_eq!(row.subject, subject, "{}", row.name);
        }
    }

    #[test]
    fn an_operation_that_needs_access_to_a_repository_is_about_what_the_repository_holds() {
        for row in TABLE {
            let is_within = row.door() == Door::Registry && row.subject == Subject::InRepository;
            assert_eq!(row.needs.is_some(), is_within, "{}", row.name);
        }
    }

    #[test]
    fn a_get_is_marked_as_a_list_if_its_published_name_says_so() {
        for row in TABLE.iter().filter(|row| row.mark != Mark::Open) {
            let is_named_so = row.method == Method::GET && row.name.starts_with("List");
            assert_eq!(row.mark == Mark::Lists, is_named_so, "{}", row.name);
        }
    }
}
