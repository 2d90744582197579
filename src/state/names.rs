//! Names of organizations, repositories, tags, accounts and users. They are validated when they are parsed.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

use crate::base::refusal::{Denied, Refusal};

/// The name of an organization: 1 to 64 characters, a lowercase letter first, a lowercase letter or digit last. Between
/// them, it can also contain single `.`, one or two `_`, or any run of `-`. Two of these cannot be adjacent.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct NamespaceName(Arc<str>);

impl NamespaceName {
    pub(crate) const RULE: &str = "expected up to 64 of a-z 0-9 . _ -, with a letter first, a letter or digit last, \
        and no adjacent separators except `__` and hyphens";

    pub(crate) fn is_valid(text: &str) -> bool {
        let starts_with_letter = text.starts_with(|first: char| first.is_ascii_lowercase());
        starts_with_letter && text.len() <= 64 && is_well_formed(text, b".")
    }

    pub(crate) fn parse(text: &str) -> Result<NamespaceName, Refusal> {
        if NamespaceName::is_valid(text) {
            Ok(NamespaceName(text.into()))
        } else {
            Err(Refusal::NamespaceName)
        }
    }

    /// Parses a name by the rule of the OCI specification for one path component: a digit can be first.
    pub(crate) fn parse_oci(text: &str) -> Result<NamespaceName, Refusal> {
        if text.len() <= 64 && is_well_formed(text, b".") {
            Ok(NamespaceName(text.into()))
        } else {
            Err(Refusal::NamespaceName)
        }
    }
}

/// The name of a repository within its organization: 1 to 128 characters, a lowercase letter or digit first and last.
/// Between them, it can also contain `/` and the separators of an organization's name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct RepoName(Arc<str>);

impl RepoName {
    pub(crate) const RULE: &str = "expected up to 128 of a-z 0-9 . _ - /, with a letter or digit at both ends, \
        and no adjacent separators except `__` and hyphens";

    pub(crate) fn is_valid(text: &str) -> bool {
        text.len() <= 128 && is_well_formed(text, b"./")
    }

    pub(crate) fn parse(text: &str) -> Result<RepoName, Refusal> {
        if RepoName::is_valid(text) {
            Ok(RepoName(text.into()))
        } else {
            Err(Refusal::RepoName)
        }
    }
}

/// Checks the name of a region, an access key or the id of a project. Clients send these texts in headers and URLs.
pub(crate) fn check_plain(what: &str, text: &str) -> Result<(), String> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if (1..=128).contains(&text.len()) && text.bytes().all(is_plain) {
        return Ok(());
    }
    let text = text.escape_debug();
    Err(format!(
        "`{text}` cannot be {what}: expected 1 to 128 of a-z A-Z 0-9 - _ ."
    ))
}

/// The name of an account. No source says what IAM allows, so any text is accepted that is not empty and has no slash.
/// The slash separates the account from the user in a [`Label`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AccountName<'a>(&'a str);

impl<'a> AccountName<'a> {
    pub(crate) fn parse(text: &'a str) -> Result<AccountName<'a>, String> {
        if text.is_empty() || text.contains('/') {
            Err(format!(
                "`{text}` cannot be an account: expected a name without a slash, such as `partner`"
            ))
        } else {
            Ok(AccountName(text))
        }
    }

    pub(crate) fn as_str(self) -> &'a str {
        self.0
    }

    /// Whether the names are equal, ignoring case: a provider of OTC writes accounts in upper case.
    pub(crate) fn is(self, other: &str) -> bool {
        self.0.eq_ignore_ascii_case(other)
    }
}

/// The name of a user in a test: `dev`, or `partner/dev` for a user of another account than the server's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Label<'a> {
    pub(crate) account: Option<AccountName<'a>>,
    pub(crate) name: &'a str,
}

impl<'a> Label<'a> {
    pub(crate) fn parse(text: &'a str) -> Result<Label<'a>, String> {
        let wrong = || {
            format!(
                "`{text}` cannot be a user: expected `dev`, or `partner/dev` for a user of another account"
            )
        };
        let (account, name) = match text.split_once('/') {
            Some((account, name)) => (Some(account), name),
            None => (None, text),
        };
        if name.is_empty() || name.contains('/') {
            return Err(wrong());
        }
        let account = account.map(AccountName::parse).transpose();
        Ok(Label {
            account: account.map_err(|_| wrong())?,
            name,
        })
    }
}

/// The name of a tag: 1 to 128 letters, digits, `_`, `.` and `-`, of which `.` and `-` cannot be first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct TagName(Arc<str>);

impl TagName {
    pub(crate) const RULE: &str =
        "expected up to 128 of A-Z a-z 0-9 _ . -, with a letter, digit or `_` first";

    pub(crate) fn is_valid(text: &str) -> bool {
        let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        let is_first_valid = text.bytes().next().is_some_and(is_word);
        let mut bytes = text.bytes();
        let are_all_valid = bytes.all(|byte| is_word(byte) || byte == b'.' || byte == b'-');
        is_first_valid && are_all_valid && text.len() <= 128
    }

    pub(crate) fn parse(text: &str) -> Result<TagName, Refusal> {
        if TagName::is_valid(text) {
            Ok(TagName(text.into()))
        } else {
            Err(Refusal::TagName)
        }
    }
}

/// Whether a text is runs of alphanumerics with one separator between them: one of `single`, `_`, `__`, or hyphens.
fn is_well_formed(text: &str, single: &[u8]) -> bool {
    let is_alphanumeric = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = text.as_bytes();
    let (Some(first), Some(last)) = (bytes.first(), bytes.last()) else {
        return false;
    };
    is_alphanumeric(first)
        && is_alphanumeric(last)
        && bytes.split(is_alphanumeric).all(|run| match run {
            [] | [b'_'] | [b'_', b'_'] => true,
            [separator] if single.contains(separator) => true,
            run => run.iter().all(|&byte| byte == b'-'),
        })
}

macro_rules! string_like {
    ($($name:ident = $what:literal;)*) => {$(
        impl $name {
            /// The refusal for a text that is not a valid name, with the rule as its hint.
            pub(crate) fn refuse(refusal: Refusal, text: &str) -> Denied {
                let hint = format!("`{text}` cannot be {}: {}", $what, Self::RULE);
                Denied::from(refusal).detail(text).hint(hint)
            }

            pub(crate) fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}
string_like! {
    NamespaceName = "an organization";
    RepoName = "a repository";
    TagName = "a tag";
}

/// The category of a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Category {
    AppServer,
    Linux,
    FrameworkApp,
    Database,
    Lang,
    Other,
    Windows,
    Arm,
}

impl Category {
    /// All categories with their words in the API. `arms` is the spelling of `arm` in the vendor's OpenAPI.
    pub(crate) const WORDS: [(&str, Category); 9] = [
        ("app_server", Category::AppServer),
        ("linux", Category::Linux),
        ("framework_app", Category::FrameworkApp),
        ("database", Category::Database),
        ("lang", Category::Lang),
        ("other", Category::Other),
        ("windows", Category::Windows),
        ("arm", Category::Arm),
        ("arms", Category::Arm),
    ];

    pub(crate) fn parse(text: &str) -> Option<Category> {
        let found = Category::WORDS.iter().find(|(word, _)| *word == text);
        found.map(|(_, category)| *category)
    }

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Category::AppServer => "app_server",
            Category::Linux => "linux",
            Category::FrameworkApp => "framework_app",
            Category::Database => "database",
            Category::Lang => "lang",
            Category::Other => "other",
            Category::Windows => "windows",
            Category::Arm => "arm",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_organizations_follow_the_rule() {
        let long = "a".repeat(64);
        for good in [
            "a",
            "group",
            "blue-team",
            "a--b",
            "a_b",
            "a__b",
            "a.b",
            "a1",
            &long,
        ] {
            assert!(NamespaceName::parse(good).is_ok(), "{good}");
        }
        let too_long = "a".repeat(65);
        for bad in [
            "",
            "1a",
            "A",
            "biGger-3-one",
            "a.",
            "end-with-2-dot.",
            "-a",
            "a-",
            "a..b",
            "a._b",
            "a___b",
            "a-_b",
            "a/b",
            "ä",
            "a b",
            "1-start-with-number",
            &too_long,
        ] {
            assert_eq!(
                NamespaceName::parse(bad),
                Err(Refusal::NamespaceName),
                "{bad}"
            );
        }
    }

    #[test]
    fn names_of_repositories_may_have_slashes_and_begin_with_a_digit() {
        for good in ["one/two", "one/two/three", "1st", "a-b/c_d/e.f"] {
            assert!(RepoName::parse(good).is_ok(), "{good}");
        }
        let too_long = "a".repeat(129);
        for bad in ["", "/a", "a/", "a//b", "a/-b", "A", "a$b", &too_long] {
            assert_eq!(RepoName::parse(bad), Err(Refusal::RepoName), "{bad}");
        }
    }
}
