//! Temporary access keys, and who one is.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::tokens::AssumeRole;
use super::{malformed, read};
use crate::http::{Denied, Outcome};
use crate::input::Input;
use crate::state::State;

#[derive(Deserialize)]
struct Auth {
    identity: Identity,
}

#[derive(Deserialize)]
struct Identity {
    methods: Vec<String>,
    token: Option<TokenBody>,
    assume_role: Option<AssumeRole>,
}

#[derive(Deserialize)]
struct TokenBody {
    /// Without one, that of the request.
    id: Option<String>,
    duration_seconds: Option<u64>,
}

#[derive(Serialize)]
struct Answer<'a> {
    credential: Credential<'a>,
}

#[derive(Serialize)]
struct Credential<'a> {
    access: &'a str,
    secret: &'a str,
    securitytoken: &'a str,
    expires_at: String,
}

const DEFAULT_LIFETIME: u64 = 900;

/// POST: for oneself, or as an agency.
pub(crate) fn create_temporary(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let Auth { identity } = read(input)?;
    let method = identity.methods.first().cloned().unwrap_or_default();
    let (user, seconds) = match (method.as_str(), identity) {
        ("token", Identity { token, .. }) => {
            let (id, seconds) = token.map_or((None, None), |body| (body.id, body.duration_seconds));
            let user = match id {
                Some(id) => state.judge_token(&id)?.user,
                None => input.caller()?.user,
            };
            (user, seconds)
        }
        (
            "assume_role",
            Identity {
                assume_role: Some(role),
                ..
            },
        ) => {
            let agency = state.assume(input.caller()?, &role.account()?, &role.xrole_name)?;
            (agency, role.duration_seconds)
        }
        _ => return Err(malformed("`methods` must be token or assume_role")),
    };
    let seconds = seconds.unwrap_or(DEFAULT_LIFETIME);
    if !(900..=86_400).contains(&seconds) {
        return Err(malformed("duration_seconds must be 900 to 86400"));
    }
    let key = state.add_temporary_key(user, Duration::from_secs(seconds));
    Ok(Outcome::json(&Answer {
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

/// Who the caller is. Only the account's id is known to be read.
pub(crate) fn show_caller(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let user = state.user(input.caller()?.user);
    let account_id = &state.account(user.account).id;
    Ok(Outcome::json(&CallerIdentity {
        account_id,
        principal_id: &user.id,
        principal_urn: format!("iam::{account_id}:user:{}", user.name),
    }))
}
