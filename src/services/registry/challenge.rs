//! The challenge in a 401 response: where to get a registry token and for which scope, or that a login is needed.
//!
//! The scope follows from the access in the operation's row, which [`authorize`](super::authorize) checks too. A token
//! with exactly the challenged scope is therefore sufficient.

use http::HeaderValue;

use crate::base::access::Access;
use crate::base::endpoints::Door;
use crate::base::refusal::Refusal;
use crate::operations::op::{Api, Op};
use crate::services::dialect::FailedRequest;
use crate::services::request::Request;
use crate::state::{Profile, RepoScope};

/// The value of `WWW-Authenticate`; `None` at the token endpoint, which accepts only logins.
pub(super) fn challenge(failure: &FailedRequest<'_>, refusal: Refusal) -> Option<HeaderValue> {
    match failure.request.row().map(|row| row.api) {
        Some(Api::Token) => None,
        // Inferred: Harbor sends its login without a challenge.
        Some(Api::Dockyard) => Some(HeaderValue::from_static("Basic realm=\"dockyard\"")),
        _ => HeaderValue::try_from(bearer(failure, refusal)).ok(),
    }
}

fn bearer(failure: &FailedRequest<'_>, refusal: Refusal) -> String {
    let registry = failure.advertised.url(Door::Registry);
    // The real service's realm ends in a slash, too (written measurements).
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

/// The `error` parameter, which says what is wrong with the token.
const ERRORS: [(Refusal, &str); 3] = [
    (Refusal::ScopeInsufficient, "insufficient_scope"),
    (Refusal::TokenInvalid, "invalid_token"),
    (Refusal::TokenExpired, "invalid_token"),
];

/// The scopes that the operation needs.
fn scopes(request: &Request, profile: Profile) -> Vec<String> {
    let needs = request.row().and_then(|row| row.needs);
    let name = request
        .registry_name()
        .filter(|name| needs_no_escaping(name));
    let (Some(access), Some(name)) = (needs, name) else {
        return Vec::new();
    };
    match access {
        // Seen: the real service omits the actions for a push, but not for a pull.
        Access::Push if profile.is_basic() => vec![format!("repository:{name}:")],
        _ if profile.is_basic() => vec![RepoScope::needed(&name, access)],
        _ => {
            let source = mount_source(request).filter(|source| needs_no_escaping(source));
            let source = source.map(|source| RepoScope::needed(&source, Access::Pull));
            std::iter::once(RepoScope::needed(&name, access))
                .chain(source)
                .collect()
        }
    }
}

/// The source repository of a mount, if the client names one.
pub(super) fn mount_source(request: &Request) -> Option<String> {
    request.row().filter(|row| row.op == Op::StartUpload)?;
    request.query_value("mount")?;
    request.query_value("from")
}

/// Whether a name needs no escaping in a quoted value and in a scope.
fn needs_no_escaping(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-/".contains(&byte);
    !name.is_empty() && name.bytes().all(is_plain)
}
