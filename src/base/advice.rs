//! Advice that hints give about a refusal: Rust code in a test, options for users of the program.

use crate::base::endpoints::Door;

/// Who reads the advice.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Audience {
    /// The author of a test, who writes Rust.
    #[default]
    Test,
    /// A user of the program, who writes options and world files.
    Program,
}

/// A piece of advice, worded differently for each [`Audience`].
#[derive(Debug, Clone, Copy)]
pub(crate) enum Advice<'a> {
    DisableAuth,
    GetAccessKey,
    GetToken,
    GetRegistryLogin,
    CreateAccount(&'a str),
    CreateUser,
    CreateUserNamed(&'a str),
    CreateNamespace {
        /// The region as Rust code: `swr`, or `swr.region("cn-east-3")`.
        at: &'a str,
        name: &'a str,
    },
    CreateRepo {
        at: &'a str,
        name: &'a str,
    },
    CreateTag {
        at: &'a str,
        repo: &'a str,
        tag: &'a str,
    },
    CreateAgency {
        account: &'a str,
        name: &'a str,
    },
    CreateRegion(&'a str),
    Share {
        namespace: &'a str,
        repo: &'a str,
        with: &'a str,
    },
    PlanAnswer(&'a str),
    RaiseContentLimit,
    /// Why credentials expire.
    ExpiryCause,
    /// What moves the service's clock.
    MoveClock,
    /// Where to find the address of a listener.
    AddressOf(Door),
    EnableTls,
    /// Where to find the certificate that clients must trust.
    CaCertificate,
}

impl Advice<'_> {
    pub(crate) fn text_for(self, audience: Audience) -> String {
        match audience {
            Audience::Test => self.in_rust(),
            Audience::Program => self.in_options(),
        }
    }

    fn in_rust(self) -> String {
        match self {
            Advice::DisableAuth => "`Auth::Off` disables authentication".to_owned(),
            Advice::GetAccessKey => "`swr.credentials()` returns one".to_owned(),
            Advice::GetToken => "`swr.user(\"dev\").token()` returns one".to_owned(),
            Advice::GetRegistryLogin => "`Credentials::registry_login` returns it".to_owned(),
            Advice::CreateAccount(name) => {
                format!("`swr.user(\"{name}/eve\")` creates one, with a user")
            }
            Advice::CreateUser => "`swr.user(..)` creates one".to_owned(),
            Advice::CreateUserNamed(label) => format!("`swr.user(\"{label}\")` creates one"),
            Advice::CreateNamespace { at, name } => {
                format!("`{at}.seed_namespace(\"{name}\")` creates one")
            }
            Advice::CreateRepo { at, name } => format!("`{at}.seed_repo(\"{name}\")` creates one"),
            Advice::CreateTag { at, repo, tag } => {
                format!("`{at}.repo(\"{repo}\").image(\"{tag}\")` pushes one")
            }
            Advice::CreateAgency { account, name } => {
                format!("`swr.user(\"{account}/{name}\").trusts(..)` creates one")
            }
            Advice::CreateRegion(name) => format!("`swr.region(\"{name}\")` creates a region"),
            Advice::Share {
                namespace,
                repo,
                with,
            } => format!("`swr.repo(\"{namespace}/{repo}\").share(\"{with}\")`"),
            Advice::PlanAnswer(op) => {
                format!("plan an answer: swr.on(Op::{op}, Answer::json(200, ..))")
            }
            Advice::RaiseContentLimit => "`content_limit` of the builder raises it".to_owned(),
            Advice::ExpiryCause => "by the service's clock or by `expire()`".to_owned(),
            Advice::MoveClock => "which `advance` moves".to_owned(),
            Advice::AddressOf(Door::Api) => "endpoint()".to_owned(),
            Advice::AddressOf(Door::Registry) => "registry()".to_owned(),
            Advice::AddressOf(Door::Storage) => STORAGE.to_owned(),
            Advice::EnableTls => {
                "start the server with `MockSwr::builder().tls()` (feature `tls`)".to_owned()
            }
            Advice::CaCertificate => "`swr.ca_certificate()`".to_owned(),
        }
    }

    fn in_options(self) -> String {
        match self {
            Advice::DisableAuth => "`--auth off` disables authentication".to_owned(),
            Advice::GetAccessKey => "the first line of stdout contains one".to_owned(),
            Advice::GetToken => "`POST /v3/auth/tokens` issues one".to_owned(),
            Advice::GetRegistryLogin => {
                "`POST /v2/manage/utils/secret` issues a temporary one".to_owned()
            }
            Advice::CreateAccount(_) => {
                "a file given by `--world` creates one, under `accounts`".to_owned()
            }
            Advice::CreateUser | Advice::CreateUserNamed(_) => {
                "a file given by `--world` creates one, under `users`".to_owned()
            }
            Advice::CreateNamespace { .. } => {
                "a file given by `--world` creates one, under `namespaces`".to_owned()
            }
            Advice::CreateRepo { .. } => {
                "a file given by `--world` creates one, under `repos` of its organization"
                    .to_owned()
            }
            Advice::CreateTag { .. } => {
                "a file given by `--world` creates one, in `images` of its repository".to_owned()
            }
            Advice::CreateAgency { account, name } => {
                format!(
                    "a file given by `--world` creates one, by `trusts` of the user `{account}/{name}`"
                )
            }
            Advice::CreateRegion(name) => format!("`--other-region {name}` creates a region"),
            Advice::Share { repo, with, .. } => {
                format!("a file given by `--world` shares it, by `{with}` in `shares` of `{repo}`")
            }
            Advice::PlanAnswer(_) => {
                "the program does not simulate it; a test in Rust can plan its answer".to_owned()
            }
            Advice::RaiseContentLimit => "no option of the program raises it".to_owned(),
            Advice::ExpiryCause => "by the service's clock".to_owned(),
            Advice::MoveClock => "which follows the wall clock".to_owned(),
            Advice::AddressOf(Door::Api) => "`endpoint` of the first line of stdout".to_owned(),
            Advice::AddressOf(Door::Registry) => {
                "`registry` of the first line of stdout".to_owned()
            }
            Advice::AddressOf(Door::Storage) => STORAGE.to_owned(),
            Advice::EnableTls => "start the server with `--tls`".to_owned(),
            Advice::CaCertificate => "`ca_certificate` of the first line of stdout".to_owned(),
        }
    }
}

/// Clients learn the address of object storage only from a redirect.
const STORAGE: &str = "the `Location` of a redirected GetBlob";
