//! What a 401 asks for: a token of the token endpoint, for a scope that opens the operation, or a login.
//!
//! The scope follows from the access that the operation's row needs, which [`admit`](super::admit) checks: a token
//! for exactly the challenged scope opens the operation.

use crate::base::access::Access;
use crate::base::refusal::Refusal;
use crate::base::request::pairs;
use crate::operations::op::Op;
use crate::services::auth::takes_logins_alone;
use crate::services::request::Request;
use crate::state::Profile;

/// What the challenge of a 401 names.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Challenge<'a> {
    /// The host that the client asked, so that it comes back the same way.
    pub(crate) host: &'a str,
    pub(crate) profile: Profile,
}

impl Challenge<'_> {
    /// The value of `WWW-Authenticate`.
    pub(super) fn write(self, request: &Request, refusal: Refusal) -> String {
        if takes_logins_alone(request.head.path()) {
            // Inferred: Harbor sends its login without being asked.
            return "Basic realm=\"dockyard\"".to_owned();
        }
        // The slash at the end of the realm is the service's own (written measurements).
        let realm = format!("http://{}/swr/auth/v2/registry/auth/", self.host);
        let mut text = format!("Bearer realm=\"{realm}\",service=\"dockyard\"");
        let scopes = self.scopes(request);
        if !scopes.is_empty() {
            text += &format!(",scope=\"{}\"", scopes.join(" "));
        }
        match refusal {
            Refusal::ScopeInsufficient => text += ",error=\"insufficient_scope\"",
            Refusal::TokenInvalid | Refusal::TokenExpired => text += ",error=\"invalid_token\"",
            _ => {}
        }
        text
    }

    /// The scopes that open the operation.
    fn scopes(self, request: &Request) -> Vec<String> {
        let needs = request.row().and_then(|row| row.needs);
        let name = request.registry_name().filter(|name| is_plain(name));
        let (Some(access), Some(name)) = (needs, name) else {
            return Vec::new();
        };
        match (self.profile, access) {
            // The real service was seen to leave the actions of a push out, and those of a pull in.
            (Profile::Swr, Access::Push) => vec![format!("repository:{name}:")],
            (Profile::Swr, Access::Pull | Access::Delete) => vec![scope(&name, access)],
            (Profile::Oci, access) => {
                let source = mount_source(request).filter(|source| is_plain(source));
                let source = source.map(|source| scope(&source, Access::Pull));
                std::iter::once(scope(&name, access))
                    .chain(source)
                    .collect()
            }
        }
    }
}

/// The scope to ask for: `repository:group/web:pull,push`.
pub(super) fn scope(name: &str, access: Access) -> String {
    let actions = match access {
        Access::Pull => "pull",
        Access::Push => "pull,push",
        Access::Delete => "delete",
    };
    format!("repository:{name}:{actions}")
}

/// The repository that a mount takes its blob from, if the client names one.
pub(super) fn mount_source(request: &Request) -> Option<String> {
    let starts = request.row().is_some_and(|row| row.op == Op::StartUpload);
    let value = |name: &str| {
        let mut pairs = pairs(request.head.raw_query());
        pairs.find(|(key, _)| key == name).map(|(_, value)| value)
    };
    value("mount").filter(|_| starts)?;
    value("from")
}

/// Whether a name can stand in a quoted value, and between the colons and spaces of scopes.
fn is_plain(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-/".contains(&byte);
    !name.is_empty() && name.bytes().all(is_plain)
}
