//! The token endpoint: a login goes in, a token comes out that says what it is good for.

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

/// How long a token lives (written measurements).
const LIFETIME: std::time::Duration = std::time::Duration::from_secs(900);

#[derive(Serialize)]
struct RegistryTokenView<'a> {
    token: &'a str,
    /// The name that other clients look for.
    access_token: &'a str,
    expires_in: u64,
    issued_at: Time,
}

/// GET: a token for the scopes that are asked for; without one, a token that opens the ping alone.
pub(crate) fn issue(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let login = input
        .header("authorization")
        .map(|authorization| read_login(state, input.registry(), authorization));
    let caller = match login {
        Some(Ok(caller)) => Some(caller),
        Some(Err(denied)) if input.registry_token.is_some() || input.caller.is_none() => {
            return Err(denied);
        }
        // With auth off there is a caller without a login, or with any.
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
    let token = write_token(subject, &registry_token, issued_at, state.ids.pass());
    state.add_registry_token(&token, registry_token);
    Ok(Outcome::json(&RegistryTokenView {
        token: &token,
        access_token: &token,
        expires_in: LIFETIME.as_secs(),
        issued_at,
    }))
}

/// What a token says of itself: clients read when it ends, and nothing else.
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

/// What a token is good for, as such tokens say it.
#[derive(Serialize)]
struct Claim<'a> {
    r#type: &'a str,
    name: &'a str,
    actions: &'a [String],
}

/// A token in the form of a JWT. It opens what it opens since the server knows it: its signature is none.
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
