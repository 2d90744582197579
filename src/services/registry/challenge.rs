//! The challenge of a 401: it asks for a token of the token endpoint, for a scope that opens the operation, or for a
//! login.
//!
//! The scope follows from the access that the operation's row needs, which [`authorize`](super::authorize) checks: a token
//! for exactly the challenged scope opens the operation.

use http::HeaderValue;

use crate::base::access::Access;
use crate::base::endpoints::Door;
use crate::base::refusal::Refusal;
use crate::operations::op::{Api, Op};
use crate::services::dialect::Failure;
use crate::services::request::Request;
use crate::state::{Profile, RepoScope};

/// The value of `WWW-Authenticate`; `None` at the token endpoint, where clients come with their logins.
pub(super) fn challenge(failure: &Failure<'_>, refusal: Refusal) -> Option<HeaderValue> {
    match failure.request.row().map(|row| row.api) {
        Some(Api::Token) => None,
        // Inferred: Harbor sends its login without being challenged.
        Some(Api::Dockyard) => Some(HeaderValue::from_static("Basic realm=\"dockyard\"")),
        _ => HeaderValue::try_from(bearer(failure, refusal)).ok(),
    }
}

fn bearer(failure: &Failure<'_>, refusal: Refusal) -> String {
    let registry = failure.advertised.url(Door::Registry);
    // The slash at the end of the realm is the service's own (written measurements).
    let realm = format!("{registry}/swr/auth/v2/registry/auth/");
    let mut text = format!("Bearer realm=\"{realm}\",service=\"dockyard\"");
    let scopes = scopes(failure.request, failure.profile);
    if !scopes.is_empty() {
        text += &format!(",scope=\"{}\"", scopes.join(" "));
    }
    if let Some((_, error)) = ERRORS.iter().find(|(known, _)| *known == refusal) {
        text += &format!(",error=\"{error}\"");
    }
    text
}

/// What is wrong with the token that the client sent.
const ERRORS: [(Refusal, &str); 3] = [
    (Refusal::ScopeInsufficient, "insufficient_scope"),
    (Refusal::TokenInvalid, "invalid_token"),
    (Refusal::TokenExpired, "invalid_token"),
];

/// The scopes that open the operation.
fn scopes(request: &Request, profile: Profile) -> Vec<String> {
    let needs = request.row().and_then(|row| row.needs);
    let name = request.registry_name().filter(|name| is_plain(name));
    let (Some(access), Some(name)) = (needs, name) else {
        return Vec::new();
    };
    match access {
        // The real service was seen to leave the actions of a push out, and those of a pull in.
        Access::Push if profile.is_basic() => vec![format!("repository:{name}:")],
        _ if profile.is_basic() => vec![RepoScope::needed(&name, access)],
        _ => {
            let source = mount_source(request).filter(|source| is_plain(source));
            let source = source.map(|source| RepoScope::needed(&source, Access::Pull));
            std::iter::once(RepoScope::needed(&name, access))
                .chain(source)
                .collect()
        }
    }
}

/// The repository that a mount takes its blob from, if the client names one.
pub(super) fn mount_source(request: &Request) -> Option<String> {
    request.row().filter(|row| row.op == Op::StartUpload)?;
    request.query_value("mount")?;
    request.query_value("from")
}

/// Whether a name can stand in a quoted value, and between the colons and spaces of scopes.
fn is_plain(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-/".contains(&byte);
    !name.is_empty() && name.bytes().all(is_plain)
}
