//! The operations of IAM that clients of SWR call, on the API host and with the same accounts and users.
//!
//! - [`tokens`]: creating and validating tokens
//! - [`keys`]: temporary access keys, and the identity of the caller
//! - [`lists`]: projects, accounts, regions, users
//! - [`dialect`]: error texts

pub(crate) mod dialect;
pub(crate) mod keys;
pub(crate) mod lists;
pub(crate) mod tokens;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::base::json;
use crate::base::refusal::Denied;
use crate::base::refusal::Refusal;
use crate::services::input::Input;
use crate::state::{IdOrName, State, UserNo};

/// An object by which a client names something: `{"id": ..}` or `{"name": ..}`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, expecting = "an object with id or name")]
struct NamedBody {
    id: Option<String>,
    name: Option<String>,
}

impl NamedBody {
    /// Returns the id or the name, or a refusal if both are missing.
    fn named(self, what: &str) -> Result<IdOrName, Denied> {
        named(self.id, self.name, what)
    }
}

fn named(id: Option<String>, name: Option<String>, what: &str) -> Result<IdOrName, Denied> {
    if id.is_none() && name.is_none() {
        return Err(malformed(&format!("{what} has neither id nor name")));
    }
    Ok(IdOrName { id, name })
}

/// The id or the name in an optional object.
fn named_if_present(body: Option<NamedBody>, what: &str) -> Result<Option<IdOrName>, Denied> {
    body.map(|body| body.named(what)).transpose()
}

/// The authentication in a request body.
#[derive(Deserialize)]
#[serde(expecting = "an object with methods, and an object for the first method")]
struct IdentityBody {
    methods: Vec<String>,
    password: Option<Password>,
    token: Option<TokenBody>,
    assume_role: Option<AssumeRole>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object with user")]
struct Password {
    user: PasswordUser,
}

#[derive(Deserialize)]
#[serde(expecting = "an object with password, id or name, and domain")]
struct PasswordUser {
    #[serde(flatten)]
    user: NamedBody,
    password: String,
    domain: Option<NamedBody>,
}

/// The token method. Without an id, the token of the request is used.
#[derive(Default, Deserialize)]
#[serde(expecting = "an object with id")]
struct TokenBody {
    id: Option<String>,
    duration_seconds: Option<u64>,
}

/// The agency method. The agency is `xrole_name` in requests for tokens, and `agency_name` in requests for temporary
/// keys.
#[derive(Deserialize)]
#[serde(expecting = "an object with the domain and the agency")]
struct AssumeRole {
    domain_id: Option<String>,
    domain_name: Option<String>,
    #[serde(alias = "agency_name")]
    xrole_name: String,
    duration_seconds: Option<u64>,
}

/// The first method of the request, with its parameters.
enum Method {
    Password(PasswordUser),
    Token(TokenBody),
    AssumeRole(AssumeRole),
}

impl IdentityBody {
    fn method(self) -> Result<Method, Denied> {
        let method = self.methods.first().map_or("", String::as_str);
        let missing = || malformed(&format!("`identity.{method}` is missing"));
        match method {
            "password" => {
                let password = self.password.ok_or_else(missing)?;
                Ok(Method::Password(password.user))
            }
            "token" => Ok(Method::Token(self.token.unwrap_or_default())),
            "assume_role" => Ok(Method::AssumeRole(self.assume_role.ok_or_else(missing)?)),
            _ => Err(malformed(&format!(
                "`methods` begins with `{method}`; it must be password, token or assume_role"
            ))),
        }
    }
}

impl AssumeRole {
    /// The agency, if the caller can assume it.
    fn assume(&self, state: &State, input: &Input<'_>) -> Result<UserNo, Denied> {
        let (id, name) = (self.domain_id.clone(), self.domain_name.clone());
        let account = named(id, name, "the domain of assume_role")?;
        state.assume(input.caller()?, &account, &self.xrole_name)
    }
}

/// Checks the policies of a user that only the body names. The caller of the request was checked before.
fn authorize(state: &State, input: &Input<'_>, user: UserNo) -> Result<(), Denied> {
    let row = input.request.row().ok_or(Refusal::RouteNotFound)?;
    state.authorize_policy(user, row.op)
}

/// The value of `auth` in the body.
fn read<T: DeserializeOwned>(input: &Input<'_>) -> Result<T, Denied> {
    #[derive(Deserialize)]
    #[serde(expecting = "an object with auth")]
    struct Envelope<T> {
        auth: T,
    }
    let body = input.content.json();
    let body = body.ok_or_else(|| malformed("the body is empty"))?;
    let body = body.map_err(|error| malformed(&format!("the body is not JSON: {error}")))?;
    let request = json::read::<Envelope<T>>(body);
    let request = request.map_err(|wrong| malformed(&wrong.to_string()))?;
    Ok(request.auth)
}

fn malformed(reason: &str) -> Denied {
    Denied::from(Refusal::BodyMalformed)
        .detail(reason)
        .hint(format!("IAM cannot read the body: {reason}"))
}
