//! Temporary registry logins.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header::HeaderName;
use serde::Serialize;

use crate::base::endpoints::Door;
use crate::base::refusal::Denied;
use crate::base::refusal::Refusal;
use crate::base::reply::{Outcome, text_header};
use crate::base::request::number;
use crate::services::auth::{BEARER_TOKEN, login_key};
use crate::services::input::Input;
use crate::state::State;

/// A docker `config.json`.
#[derive(Serialize)]
struct Logins<'a> {
    auths: BTreeMap<&'a str, Login>,
}

#[derive(Serialize)]
struct Login {
    auth: String,
}

const DOCKER_LOGIN: HeaderName = HeaderName::from_static("x-swr-dockerlogin");
const EXPIRE_AT: HeaderName = HeaderName::from_static("x-swr-expireat");

/// The default lifetime in seconds. Sources differ (24 or 6 hours), but the response states it in a header.
const DEFAULT_LIFETIME: u64 = 6 * 3600;

/// Creates a temporary login with a new key, in the format of a long-term login.
pub(crate) fn create_secret(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let user = input.caller()?.user;
    let project = input
        .query_value("projectname")
        .unwrap_or_else(|| state.region(input.registry()).to_string());
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
    if !(1..=64).contains(&project.len()) || !project.bytes().all(is_plain) {
        return Err(Denied::from(Refusal::ParameterValue)
            .explained("projectname must have 1 to 64 letters, digits, _ or -"));
    }
    // Inferred: no documentation describes the response for an unknown project. A project of another region gets a
    // login that the registry of this region refuses.
    if state.region_of_project(&project).is_none() {
        return Err(Denied::from(Refusal::ParameterValue)
            .detail("projectname is unknown")
            .hint(state.why_no_project(input.registry(), &project)));
    }
    let lifetime = match input.query_value("duration_seconds") {
        None => DEFAULT_LIFETIME,
        Some(text) => number(&text)
            .filter(|seconds| (900..=86_400).contains(seconds))
            .ok_or_else(|| {
                Denied::from(Refusal::ParameterValue).explained(format!(
                    "duration_seconds must be 900 to 86400, not `{text}`"
                ))
            })?,
    };
    let (access_key, secret_key) = state.login_key_pair(user);
    let (name, password) = (
        format!("{project}@{access_key}"),
        login_key(&access_key, &secret_key),
    );
    let lifetime = Duration::from_secs(lifetime);
    let expires = state.add_login(&name, password.clone(), user, &project, lifetime);
    Ok(login(input, &name, &password, &format!("{expires:.6}")))
}

/// Creates a login that is valid for a day, in the format of the new identity service.
pub(crate) fn create_authorization_token(
    state: &mut State,
    input: &Input<'_>,
) -> Result<Outcome, Denied> {
    let user = input.caller()?.user;
    let (id, token) = state.login_key_pair(user);
    let name = format!("{BEARER_TOKEN}{id}");
    let region = Arc::clone(state.region(input.registry()));
    let expires = state.add_login(
        &name,
        token.clone(),
        user,
        &region,
        Duration::from_secs(86_400),
    );
    Ok(login(input, &name, &token, &format!("{expires:.3}")))
}

fn login(input: &Input<'_>, name: &str, password: &str, expires: &str) -> Outcome {
    let host = &*input.advertised.authority(Door::Registry);
    let command = format!("docker login -u {name} -p {password} {host}");
    Outcome::json(&logins(host, name, password))
        .header(DOCKER_LOGIN, text_header(&command))
        .header(EXPIRE_AT, text_header(expires))
}

fn logins<'a>(host: &'a str, name: &str, password: &str) -> Logins<'a> {
    let auth = STANDARD.encode(format!("{name}:{password}"));
    Logins {
        auths: BTreeMap::from([(host, Login { auth })]),
    }
}

/// A docker `config.json` with one login.
pub(crate) fn docker_config(host: &str, name: &str, password: &str) -> String {
    // A map of strings always serializes.
    serde_json::to_string(&logins(host, name, password)).unwrap_or_default()
}
