//! The token endpoint, which issues a registry token for a login.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;

use crate::base::clock::{Time, id_of};
use crate::base::refusal::Denied;
use crate::base::reply::Outcome;
use crate::services::auth::read_login;
use crate::services::input::Input;
use crate::state::{RegistryToken, RepoScope, State};

/// How long a token is valid (written measurements).
const LIFETIME: std::time::Duration = std::time::Duration::from_secs(900);

#[derive(Serialize)]
struct RegistryTokenView<'a> {
    token: &'a str,
    /// The same token, under the name that some clients read.
    access_token: &'a str,
    expires_in: u64,
    issued_at: Time,
}

/// GET: issues a token for the requested scopes. Without a scope, the token is valid only for the version check.
pub(crate) fn issue(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let login = input
        .header("authorization")
        .map(|authorization| read_login(state, input.registry(), authorization));
    let caller = match login {
        Some(Ok(caller)) => Some(caller),
        Some(Err(denied)) if input.registry_token.is_some() || input.caller.is_none() => {
            return Err(denied);
        }
        // With authentication off, there is a caller even without a valid login.
        _ => input.caller.clone(),
    };
    let scopes: Vec<RepoScope> = input
        .query_pairs()
        .filter(|(name, _)| name == "scope")
        .flat_map(|(_, scopes)| scopes.split(' ').map(str::to_owned).collect::<Vec<_>>())
        .filter(|scope| !scope.is_empty())
        .filter_map(|scope| RepoScope::parse(&scope))
        .collect();
    let access = state.authorize_scopes(caller.as_ref(), input.registry(), scopes)?;
    let issued_at = state.clock.now();
    let registry_token = RegistryToken {
        user: caller.as_ref().map(|caller| caller.user),
        region: Arc::clone(state.region(input.registry())),
        expires: issued_at.after(LIFETIME),
        access,
    };
    let subject = caller.as_ref().map_or("", |caller| &*caller.label);
    let token = write_token(subject, &registry_token, issued_at, state.ids.serial());
    state.add_registry_token(&token, registry_token);
    Ok(Outcome::json(&RegistryTokenView {
        token: &token,
        access_token: &token,
        expires_in: LIFETIME.as_secs(),
        issued_at,
    }))
}

/// The claims of a token. Clients read only its expiry.
#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    exp: i64,
    nbf: i64,
    iat: i64,
    jti: String,
    access: Vec<Claim<'a>>,
}

/// The access to one repository, as a claim.
#[derive(Serialize)]
struct Claim<'a> {
    r#type: &'a str,
    name: &'a str,
    actions: &'a [String],
}

/// Writes a token in the format of a JWT. Its signature is not real, because the server looks tokens up by their text.
fn write_token(
    subject: &str,
    registry_token: &RegistryToken,
    issued_at: Time,
    number: u64,
) -> String {
    let claims = Claims {
        iss: "dockyard",
        sub: subject,
        aud: "dockyard",
        exp: registry_token.expires.seconds(),
        nbf: issued_at.seconds(),
        iat: issued_at.seconds(),
        jti: format!("{number:x}"),
        access: registry_token.access.iter().map(claim).collect(),
    };
    let claims = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&claims).unwrap_or_default());
    let head = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","typ":"JWT"}"#);
    let signature = URL_SAFE_NO_PAD.encode(id_of(&claims));
    format!("{head}.{claims}.{signature}")
}

fn claim(scope: &RepoScope) -> Claim<'_> {
    Claim {
        r#type: "repository",
        name: &scope.name,
        actions: &scope.actions,
    }
}
