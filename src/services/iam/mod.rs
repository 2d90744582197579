//! IAM, as far as clients of SWR call it by themselves: on the API host, over the same accounts and users.
//!
//! - [`tokens`]: getting a token, and examining one
//! - [`keys`]: temporary access keys, and who one is
//! - [`lists`]: projects, accounts, regions, users
//! - [`dialect`]: how IAM phrases its errors

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

/// What a client writes to name something: `{"id": ..}` or `{"name": ..}`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, expecting = "an object with id or name")]
struct NamedBody {
    id: Option<String>,
    name: Option<String>,
}

impl NamedBody {
    /// Refuses one that names nothing.
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

/// What a body may name, where it does.
fn named_if_there(body: Option<NamedBody>, what: &str) -> Result<Option<IdOrName>, Denied> {
    body.map(|body| body.named(what)).transpose()
}

/// How the sender of a body shows who it is.
#[derive(Deserialize)]
#[serde(expecting = "an object with methods, and what goes with the first of them")]
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

/// Without an id, that of the request.
#[derive(Default, Deserialize)]
#[serde(expecting = "an object with id")]
struct TokenBody {
    id: Option<String>,
    duration_seconds: Option<u64>,
}

/// Of the agency, `xrole_name` where a token is asked for and `agency_name` where temporary keys are.
#[derive(Deserialize)]
#[serde(expecting = "an object with the domain and the agency")]
struct AssumeRole {
    domain_id: Option<String>,
    domain_name: Option<String>,
    #[serde(alias = "agency_name")]
    xrole_name: String,
    duration_seconds: Option<u64>,
}

/// The first of the methods, with what goes with it.
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
    /// The agency that is meant, if the caller may assume it.
    fn assume(&self, state: &State, input: &Input<'_>) -> Result<UserNo, Denied> {
        let (id, name) = (self.domain_id.clone(), self.domain_name.clone());
        let account = named(id, name, "the domain of assume_role")?;
        state.assume(input.caller()?, &account, &self.xrole_name)
    }
}

/// Refuses a user whom only the body names, and to whom a policy denies the operation. The caller whom the head names
/// was checked before.
fn authorize(state: &State, input: &Input<'_>, user: UserNo) -> Result<(), Denied> {
    let row = input.request.row().ok_or(Refusal::RouteNotFound)?;
    state.authorize_policy(user, row.op)
}

/// What a body says under `auth`.
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
