//! Who sends a request.

mod registry;
mod signature;

use std::sync::Arc;

use http::HeaderMap;
use http::header::{AUTHORIZATION, HeaderName};
use http::request::Parts;

pub(crate) use registry::{login_key, read_login};
use signature::Authorization;
pub(crate) use signature::{Request, authorize};

use crate::clock::Time;
use crate::journal::Record;
use crate::ops::Door;
use crate::report::Redacted;
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
    /// The same, and the signature of a request must be good, its date within 15 minutes of the wall clock, since
    /// clients sign with theirs. Five wrong ones lock an access key for five minutes of the service's clock.
    Verified,
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
        (Auth::Identity | Auth::Verified, Err(denied)) => return Err(denied),
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
    let Some(Authorization { access_key, .. }) = Authorization::parse(authorization) else {
        return Err(Denied::from(Refusal::CredentialsMissing).hint(
            "Authorization is none of SDK-HMAC-SHA256 Access=.. and V11-HMAC-SHA256 Credential=..",
        ));
    };
    state.holder_of_key(&access_key).ok_or_else(|| {
        Denied::from(Refusal::AccessKeyUnknown).hint(format!(
            "no user of this server has access key {access_key}; `swr.credentials()` gives one"
        ))
    })
}

/// How far the date of a signature may be from now.
const MAX_SKEW_SECONDS: i64 = 15 * 60;

/// Judges the signature of a request that shows an access key; a token needs none.
pub(crate) fn check_signature(
    state: &mut State,
    record: &Record,
    body: &[u8],
) -> Result<(), Denied> {
    let authorization = record.head.header("authorization");
    let Some(authorization) = authorization.and_then(Authorization::parse) else {
        return Ok(());
    };
    let access_key = authorization.access_key.as_str();
    if state.is_locked(access_key) {
        return Err(Refusal::AccessKeyLocked.into());
    }
    let headers = record.head.headers();
    let headers: Vec<(String, String)> = headers
        .map(|(name, value)| (name.to_owned(), String::from_utf8_lossy(value).into_owned()))
        .collect();
    let request = Request {
        method: record.head.method().as_str(),
        path: record.head.path(),
        query: record.head.raw_query(),
        headers: &headers,
        body,
    };
    judge_date(&request)?;
    let user = state
        .holder_of_key(access_key)
        .ok_or(Refusal::AccessKeyUnknown)?;
    let judged = signature::verify(&request, &authorization, &state.user(user).secret_key);
    state.note_signature(access_key, judged.is_ok());
    judged.map_err(|canonical| {
        Denied::from(Refusal::SignatureWrong).hint(explain(&request, &authorization, &canonical))
    })
}

fn judge_date(request: &Request<'_>) -> Result<(), Denied> {
    let expired = |hint: String| Err(Denied::from(Refusal::SignatureExpired).hint(hint));
    let Some(date) = request.header("x-sdk-date") else {
        return expired("X-Sdk-Date was not sent".to_owned());
    };
    let Some(time) = Time::parse_basic(date) else {
        return expired(format!(
            "X-Sdk-Date is written 20260131T080000Z, not `{date}`"
        ));
    };
    let skew = time.seconds() - Time::wall().seconds();
    if skew.abs() <= MAX_SKEW_SECONDS {
        return Ok(());
    }
    let direction = if skew < 0 { "behind" } else { "ahead" };
    expired(format!(
        "X-Sdk-Date is {} minutes {direction}",
        skew.abs() / 60
    ))
}

/// Why a signature is wrong, as far as can be known: what was signed is a secret of the client.
fn explain(request: &Request<'_>, authorization: &Authorization, canonical: &str) -> String {
    let absent = authorization
        .signed_headers
        .iter()
        .find(|name| request.header(name).is_none());
    if let Some(absent) = absent {
        return format!("SignedHeaders names `{absent}`, which was not sent");
    }
    if signature::body_differs(request) {
        return "the hash in X-Sdk-Content-Sha256 is not that of the body".to_owned();
    }
    if !authorization
        .signed_headers
        .iter()
        .any(|name| name == "x-sdk-date")
    {
        return "SignedHeaders lacks x-sdk-date".to_owned();
    }
    let lines = canonical.lines().map(|line| match line.split_once(':') {
        Some((name, value)) => format!("{name}:{}", Redacted::header(name, value)),
        None => line.to_owned(),
    });
    let lines: Vec<String> = lines.collect();
    format!(
        "another secret key, or another canonical request than this: {}",
        lines.join("\\n")
    )
}
