//! Temporary access keys, and the identity of the caller.

use serde::{Deserialize, Serialize};

use super::{IdentityBody, Method, authorize, malformed, read};
use crate::base::refusal::Denied;
use crate::base::reply::Outcome;
use crate::services::input::Input;
use crate::state::{State, TemporaryKey};

#[derive(Deserialize)]
#[serde(expecting = "an object with identity")]
struct KeyRequest {
    identity: IdentityBody,
}

#[derive(Serialize)]
struct KeyView<'a> {
    credential: Credential<'a>,
}

#[derive(Serialize)]
struct Credential<'a> {
    access: &'a str,
    secret: &'a str,
    securitytoken: &'a str,
    expires_at: String,
}

/// POST: creates a temporary key for the caller or for an agency.
pub(crate) fn create_temporary(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let KeyRequest { identity } = read(input)?;
    let (user, seconds) = match identity.method()? {
        Method::Password(_) => return Err(malformed("`methods` must be token or assume_role")),
        Method::Token(token) => {
            let user = match token.id {
                Some(id) => state.check_token(&id)?.user,
                None => input.caller()?.user,
            };
            (user, token.duration_seconds)
        }
        Method::AssumeRole(role) => (role.assume(state, input)?, role.duration_seconds),
    };
    let lifetime = TemporaryKey::lifetime(seconds)?;
    authorize(state, input, user)?;
    let key = state.add_temporary_key(user, lifetime);
    Ok(Outcome::json(&KeyView {
        credential: Credential {
            access: &key.access_key,
            secret: &key.secret_key,
            securitytoken: &key.security_token,
            expires_at: format!("{:.6}", key.expires),
        },
    }))
}

#[derive(Serialize)]
struct CallerIdentity<'a> {
    account_id: &'a str,
    principal_id: &'a str,
    principal_urn: String,
}

/// Shows the identity of the caller. Known clients read only the account's id.
pub(crate) fn show_caller(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let user = state.user(input.caller()?.user);
    let account_id = &state.account(user.account).id;
    Ok(Outcome::json(&CallerIdentity {
        account_id,
        principal_id: &user.id,
        principal_urn: format!("iam::{account_id}:user:{}", user.name),
    }))
}
