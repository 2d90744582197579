//! The table of operations, with one row each.
//!
//! [`Op`] is the name of an operation. [`Row`] has its method, its path and the resource that it is about. If the
//! operation is simulated, the row also has the status of a success and the evidence for the behaviour. To add an
//! operation, add a row in [`table`] and a function in its area of `services`. An operation without a function responds
//! "not simulated".

pub(crate) mod parse;
pub(crate) mod table;

use http::Method;

use crate::base::access::Access;
use crate::base::endpoints::Door;
use crate::operations::published;
use table::operations;

macro_rules! define {
    ($($api:ident {
        $(
            $(#[$doc:meta])+
            $op:ident: $method:ident $template:literal $(also $also:literal)? $(on $subject:ident)?
                $(needs $needs:ident)?
                $(brings $content:ident)? $([$mark:ident])?
                $(=> $status:literal $handler:path, $evidence:ident $source:literal)?;
        )*
    })*) => {
        /// An operation of SWR, by its published name.
        ///
        /// Six names differ from another name by one letter: `ListReposDetails` is v2, `ListRepoDetails` is v3.
        ///
        /// The methods of [`Calls`](crate::Calls) that narrow the selected calls are also methods of `Op`:
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
                $(#[$doc])*
                #[doc = concat!("\n\n`", stringify!($method), " ", $template, "`")]
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

        /// All rows. The index of a row is the number of its operation.
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
            published: published::find(stringify!($op)),
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

/// The API of an operation. It decides the listener, the authorization and the format of refusals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Api {
    /// IAM up to v3, with errors in the format of OpenStack.
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
    /// The contents or the settings of a repository.
    InRepository,
}

/// The kind of content in the body of a request. It is hashed before the state is locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum ContentKind {
    Blob,
    Manifest,
}

/// The evidence for the simulated behaviour of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Evidence {
    /// The vendor's documentation or published SDK describes it.
    Documented,
    /// A response of the real service was captured.
    Recorded,
    /// A released client depends on it, or somebody described the behaviour of the live service.
    Seen,
    /// No source states it; it is inferred from known behaviour.
    Inferred,
}

impl Evidence {
    /// The text of the evidence: `documented`, `recorded`, `seen in a client` or `inferred`.
    pub fn as_str(self) -> &'static str {
        match self {
            Evidence::Documented => "documented",
            Evidence::Recorded => "recorded",
            Evidence::Seen => "seen in a client",
            Evidence::Inferred => "inferred",
        }
    }
}

/// A property of an operation that does not follow from its method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    None,
    /// It needs no credentials, and changes nothing.
    Open,
    /// It is a POST, but changes nothing.
    Reads,
    /// It is a GET of a list.
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
    /// An alternative path.
    pub(crate) also: Option<&'static str>,
    pub(crate) subject: Subject,
    /// The required access to the repository of the path, at the registry. Challenges and token checks use it.
    pub(crate) needs: Option<Access>,
    pub(crate) brings: Option<ContentKind>,
    pub(crate) mark: Mark,
    /// The published request; `None` if the SDK does not contain the operation.
    pub(crate) published: Option<&'static published::Operation>,
    pub(crate) simulated: Option<Simulated>,
}

/// The additional data of a simulated operation.
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
    /// The published name, such as `"CreateNamespace"`.
    ///
    /// ```
    /// assert_eq!(mock_swr::Op::CreateNamespace.name(), "CreateNamespace");
    /// ```
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// The HTTP method.
    ///
    /// ```
    /// assert_eq!(mock_swr::Op::UpdateRepo.method(), http::Method::PATCH);
    /// ```
    pub fn method(self) -> Method {
        self.row().method.clone()
    }

    /// The path, with its parameters in braces.
    ///
    /// ```
    /// assert_eq!(mock_swr::Op::ShowNamespace.path_template(), "/v2/manage/namespaces/{namespace}");
    /// ```
    pub fn path_template(self) -> &'static str {
        self.row().template
    }

    /// Whether the mock simulates the operation. If not, a call gets 501 "not simulated" unless a plan answers it.
    ///
    /// ```
    /// assert!(mock_swr::Op::CreateRepo.is_simulated());
    /// ```
    pub fn is_simulated(self) -> bool {
        self.row().simulated.is_some()
    }

    /// The evidence for the simulated behaviour, and its source.
    ///
    /// For an operation that is not simulated, only the method, path and models are known, from the vendor's published
    /// SDK.
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
