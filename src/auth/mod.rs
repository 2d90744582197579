//! Who sends a request.

mod registry;

use std::sync::Arc;

use http::HeaderMap;
use http::header::{AUTHORIZATION, HeaderName};
use http::request::Parts;

pub(crate) use registry::{login_key, read_login};

use crate::ops::Door;
use crate::state::{ADMIN, Caller, Denied, Refusal, State, Ticket, UserNo};

/// How much a server asks of those who call it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Auth {
    /// Nothing: who shows no credentials, or unknown ones, is the administrator.
    Off,
    /// A known token or access key, which decides who the caller is and so what the caller may. Neither the
    /// signature nor its date is judged.
    #[default]
    Identity,
}

/// Who a request is from, and what its registry token is good for.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    /// Nobody, where anybody may pull.
    pub(crate) caller: Option<Caller>,
    pub(crate) ticket: Option<Arc<Ticket>>,
}

impl Identity {
    /// Of a caller who shows no registry token.
    fn of(caller: Caller) -> Identity {
        Identity {
            caller: Some(caller),
            ticket: None,
        }
    }
}

/// By the token or the access key of the request, or by what opens the registry.
pub(crate) fn identify(
    policy: Auth,
    state: &State,
    door: Door,
    parts: &Parts,
) -> Result<Identity, Denied> {
    if door == Door::Registry {
        return registry::identify(policy, state, &parts.headers, parts.uri.path());
    }
    let caller = match (policy, find_user(state, &parts.headers)) {
        (_, Ok(user)) => state.caller(user),
        (Auth::Off, Err(_)) => state.caller(ADMIN),
        (Auth::Identity, Err(denied)) => return Err(denied),
    };
    Ok(Identity::of(caller))
}

const X_AUTH_TOKEN: HeaderName = HeaderName::from_static("x-auth-token");

fn find_user(state: &State, headers: &HeaderMap) -> Result<UserNo, Denied> {
    if let Some(token) = headers.get(X_AUTH_TOKEN) {
        let user = token
            .to_str()
            .ok()
            .and_then(|token| state.holder_of_token(token));
        return user.ok_or_else(|| {
            Denied::from(Refusal::TokenInvalid)
                .hint("this server issued no such token; `swr.user(\"dev\").token()` gives one")
        });
    }
    let Some(authorization) = headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
    else {
        return Err(Denied::from(Refusal::CredentialsMissing).hint(
            "neither X-Auth-Token nor Authorization was sent; `Auth::Off` lets everybody in",
        ));
    };
    let Some(access_key) = access_key(authorization) else {
        return Err(Denied::from(Refusal::CredentialsMissing).hint(
            "Authorization is none of SDK-HMAC-SHA256 Access=.. and V11-HMAC-SHA256 Credential=..",
        ));
    };
    state.holder_of_key(access_key).ok_or_else(|| {
        Denied::from(Refusal::AccessKeyUnknown).hint(format!(
            "no user of this server has access key {access_key}; `swr.credentials()` gives one"
        ))
    })
}

/// The access key of `SDK-HMAC-SHA256 Access=AK, ..` or `V11-HMAC-SHA256 Credential=AK/date/region/service, ..`.
fn access_key(authorization: &str) -> Option<&str> {
    let (algorithm, parameters) = authorization.split_once(' ')?;
    let name = match algorithm {
        "SDK-HMAC-SHA256" => "Access=",
        "V11-HMAC-SHA256" => "Credential=",
        _ => return None,
    };
    let value = parameters
        .split(',')
        .find_map(|parameter| parameter.trim().strip_prefix(name))?;
    value.split('/').next()
}
