//! What to do about a refusal, in the words of whoever started the server: code of a test, or the program.

use crate::base::endpoints::Door;

/// Who started the server.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Audience {
    /// The author of a test, who writes Rust.
    #[default]
    Test,
    /// Somebody who started the program, and knows its options and world files.
    Program,
}

/// What to do.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Advice<'a> {
    LetEverybodyIn,
    TakeAccessKey,
    TakeToken,
    TakeLogin,
    MakeAccount(&'a str),
    MakeUser,
    MakeUserNamed(&'a str),
    MakeNamespace {
        /// How a test speaks of the region: `swr`, or `swr.region("cn-east-3")`.
        at: &'a str,
        name: &'a str,
    },
    MakeRepo {
        at: &'a str,
        name: &'a str,
    },
    MakeTag {
        at: &'a str,
        repo: &'a str,
        tag: &'a str,
    },
    MakeAgency {
        account: &'a str,
        name: &'a str,
    },
    MakeRegion(&'a str),
    Share {
        namespace: &'a str,
        repo: &'a str,
        with: &'a str,
    },
    PlanAnswer(&'a str),
    RaiseContentLimit,
    /// What ends credentials.
    EndedBy,
    /// What moves the service's clock.
    MoveClock,
    /// The address where a door is served.
    AddressOf(Door),
}

impl Advice<'_> {
    pub(crate) fn told_to(self, audience: Audience) -> String {
        match audience {
            Audience::Test => self.in_rust(),
            Audience::Program => self.in_options(),
        }
    }

    fn in_rust(self) -> String {
        match self {
            Advice::LetEverybodyIn => "`Auth::Off` lets everybody in".to_owned(),
            Advice::TakeAccessKey => "`swr.credentials()` gives one".to_owned(),
            Advice::TakeToken => "`swr.user(\"dev\").token()` gives one".to_owned(),
            Advice::TakeLogin => "`Credentials::registry_login` gives it".to_owned(),
            Advice::MakeAccount(name) => {
                format!("`swr.user(\"{name}/eve\")` makes one, with a user")
            }
            Advice::MakeUser => "`swr.user(..)` makes one".to_owned(),
            Advice::MakeUserNamed(label) => format!("`swr.user(\"{label}\")` creates one"),
            Advice::MakeNamespace { at, name } => {
                format!("`{at}.seed_namespace(\"{name}\")` creates one")
            }
            Advice::MakeRepo { at, name } => format!("`{at}.seed_repo(\"{name}\")` creates one"),
            Advice::MakeTag { at, repo, tag } => {
                format!("`{at}.repo(\"{repo}\").image(\"{tag}\")` pushes one")
            }
            Advice::MakeAgency { account, name } => {
                format!("`swr.user(\"{account}/{name}\").trusts(..)` makes one")
            }
            Advice::MakeRegion(name) => format!("`swr.region(\"{name}\")` creates a region"),
            Advice::Share {
                namespace,
                repo,
                with,
            } => format!("`swr.repo(\"{namespace}/{repo}\").share(\"{with}\")`"),
            Advice::PlanAnswer(op) => {
                format!("plan its answer: swr.on(Op::{op}, Answer::json(200, ..))")
            }
            Advice::RaiseContentLimit => "`content_limit` of the builder raises it".to_owned(),
            Advice::EndedBy => "by the service's clock or by `expire()`".to_owned(),
            Advice::MoveClock => "which `advance` moves".to_owned(),
            Advice::AddressOf(Door::Api) => "endpoint()".to_owned(),
            Advice::AddressOf(Door::Registry) => "registry()".to_owned(),
            Advice::AddressOf(Door::Storage) => STORAGE.to_owned(),
        }
    }

    fn in_options(self) -> String {
        match self {
            Advice::LetEverybodyIn => "`--auth off` lets everybody in".to_owned(),
            Advice::TakeAccessKey => "the first line of stdout names one".to_owned(),
            Advice::TakeToken => "`POST /v3/auth/tokens` gives one".to_owned(),
            Advice::TakeLogin => "`POST /v2/manage/utils/secret` gives one for a while".to_owned(),
            Advice::MakeAccount(_) => {
                "a file given by `--world` makes one, under `accounts`".to_owned()
            }
            Advice::MakeUser | Advice::MakeUserNamed(_) => {
                "a file given by `--world` makes one, under `users`".to_owned()
            }
            Advice::MakeNamespace { .. } => {
                "a file given by `--world` makes one, under `namespaces`".to_owned()
            }
            Advice::MakeRepo { .. } => {
                "a file given by `--world` makes one, under `repos` of its organization".to_owned()
            }
            Advice::MakeTag { .. } => {
                "a file given by `--world` makes one, in `images` of its repository".to_owned()
            }
            Advice::MakeAgency { account, name } => {
                format!(
                    "a file given by `--world` makes one, by `trusts` of the user `{account}/{name}`"
                )
            }
            Advice::MakeRegion(name) => format!("`--other-region {name}` creates a region"),
            Advice::Share { repo, with, .. } => {
                format!("a file given by `--world` shares it, by `{with}` in `shares` of `{repo}`")
            }
            Advice::PlanAnswer(_) => {
                "the program does not simulate it; a test in Rust can plan its answer".to_owned()
            }
            Advice::RaiseContentLimit => "no option of the program raises it".to_owned(),
            Advice::EndedBy => "by the service's clock".to_owned(),
            Advice::MoveClock => "which follows the wall clock".to_owned(),
            Advice::AddressOf(Door::Api) => "`endpoint` of the first line of stdout".to_owned(),
            Advice::AddressOf(Door::Registry) => {
                "`registry` of the first line of stdout".to_owned()
            }
            Advice::AddressOf(Door::Storage) => STORAGE.to_owned(),
        }
    }
}

/// Nobody is given the address of object storage but by a redirect.
const STORAGE: &str = "the `Location` of a redirected GetBlob";
