//! Authentication at the registry, by token or by login.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use http::header::AUTHORIZATION;

use super::signature::hmac_hex;
use super::{Auth, Identity};
use crate::base::advice::Advice;
use crate::base::refusal::{Denied, Refusal};
use crate::base::registry::RegistryId;
use crate::operations::op::{Api, Row};
use crate::state::{ADMIN, Caller, State, TemporaryLogin, is_safe_to_show};

pub(super) fn identify(
    policy: Auth,
    state: &State,
    (registry, row): (RegistryId, Option<&Row>),
    headers: &HeaderMap,
) -> Result<Identity, Denied> {
    let authorization = headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let (scheme, credential) = authorization
        .and_then(|text| text.split_once(' '))
        .unwrap_or_default();
    let api = row.map(|row| row.api);
    // The token endpoint, and the private API that Harbor uses, accept no tokens.
    let accepts_tokens = !matches!(api, Some(Api::Token | Api::Dockyard));
    // On a path without an operation, all kinds of credentials are accepted, so that the journal names the caller.
    let is_basic = state.registry(registry).profile.is_basic();
    let accepts_logins = !accepts_tokens || api.is_none() || !is_basic;
    let identity = match scheme.to_ascii_lowercase().as_str() {
        "bearer" if accepts_tokens => by_token(state, registry, credential.trim()),
        "bearer" => Err(Denied::from(Refusal::CredentialsMissing)
            .hint("this endpoint does not accept a registry token: send the login as Basic credentials")),
        "basic" if accepts_logins => {
            read_login(state, registry, authorization.unwrap_or_default()).map(Identity::of)
        }
        "basic" => Err(Denied::from(Refusal::CredentialsMissing)
            .hint("the registry does not accept Basic credentials at /v2/: send the login to the token endpoint")),
        _ => Err(Refusal::CredentialsMissing.into()),
    };
    match (policy, identity) {
        // Without authentication, an unknown caller counts as the administrator.
        (Auth::Off, Err(_)) => Ok(Identity::of(state.caller(ADMIN))),
        (_, identity) => identity,
    }
}

fn by_token(state: &State, registry: RegistryId, token: &str) -> Result<Identity, Denied> {
    let registry_token = state.registry_token(token).ok_or_else(|| {
        Denied::from(Refusal::TokenInvalid)
            .hint("this server's registry did not issue the token that was sent")
    })?;
    if registry_token.expires <= state.clock.now() {
        let label = registry_token.user.map(|user| &state.user(user).label);
        let what = label.map_or_else(
            || "token of an anonymous client".to_owned(),
            |label| format!("token of `{label}`"),
        );
        let why = state.why_expired(&what, registry_token.expires);
        let denied = Denied::from(Refusal::TokenExpired).hint(why);
        return Err(Denied {
            by: label.cloned(),
            ..denied
        });
    }
    let region = state.region(registry);
    if registry_token.region != *region {
        return Err(Denied::from(Refusal::TokenInvalid).hint(format!(
            "the token is for the registry of {}, but was sent to the registry of {}",
            registry_token.region, region
        )));
    }
    Ok(Identity {
        caller: registry_token.user.map(|user| state.caller(user)),
        registry_token: Some(Arc::clone(registry_token)),
        scope: None,
    })
}

/// The user of a login: `region@AK` with the key that follows from AK and SK, or a temporary login.
pub(crate) fn read_login(
    state: &State,
    registry: RegistryId,
    authorization: &str,
) -> Result<Caller, Denied> {
    let (scheme, encoded) = authorization.split_once(' ').unwrap_or_default();
    let encoded = scheme.eq_ignore_ascii_case("basic").then_some(encoded);
    let decoded = encoded.and_then(|encoded| STANDARD.decode(encoded.trim()).ok());
    let decoded = decoded.and_then(|bytes| String::from_utf8(bytes).ok());
    let decoded = decoded.ok_or_else(|| wrong("Authorization does not contain a Basic login"))?;
    let Some((name, password)) = decoded.split_once(':') else {
        return Err(wrong("the login has no `:` between user and key"));
    };
    match state.login(name) {
        Some(login) => verify_temporary(state, registry, (name, password), login),
        None => verify_long_term(state, registry, (name, password)),
    }
}

fn wrong(hint: impl Into<String>) -> Denied {
    Denied::from(Refusal::LoginWrong).hint(hint)
}

/// Refuses a login for a project of another region. Inferred: no documentation describes this.
fn authorize_project(
    state: &State,
    registry: RegistryId,
    project: &str,
    advice: impl FnOnce() -> String,
) -> Result<(), Denied> {
    let region = state.region(registry);
    if state.region_of_project(project) == Some(region) {
        return Ok(());
    }
    let project = if is_safe_to_show(project) {
        format!("`{project}`")
    } else {
        "the name before `@`".to_owned()
    };
    Err(wrong(format!(
        "{project} is not a project of {region}, the region of this registry: {}",
        advice()
    )))
}

/// Verifies a temporary login.
fn verify_temporary(
    state: &State,
    registry: RegistryId,
    (name, password): (&str, &str),
    login: &TemporaryLogin,
) -> Result<Caller, Denied> {
    let label = &state.user(login.user).label;
    authorize_project(state, registry, &login.project, || {
        let region = state.region(registry);
        if name.starts_with(BEARER_TOKEN) {
            format!("call CreateAuthorizationToken at the endpoint of {region}")
        } else {
            format!("call CreateSecret with projectname={region}")
        }
    })
    .map_err(|denied| denied.by(label))?;
    if login.password != password {
        return Err(wrong(format!(
            "the login belongs to `{label}`, but its key is wrong"
        ))
        .by(label));
    }
    if login.expires <= state.clock.now() {
        let why = state.why_expired(&format!("login of `{label}`"), login.expires);
        return Err(Denied::from(Refusal::LoginExpired).hint(why).by(label));
    }
    Ok(state.caller(login.user))
}

/// Verifies a login with an access key.
fn verify_long_term(
    state: &State,
    registry: RegistryId,
    (name, password): (&str, &str),
) -> Result<Caller, Denied> {
    let region = state.region(registry);
    let Some((project, access_key)) = name.split_once('@') else {
        return Err(wrong(if password.contains('@') {
            "user and key of the login are swapped".to_owned()
        } else if is_safe_to_show(name) {
            format!("`{name}` does not have the form region@access-key")
        } else {
            "the user of the login does not have the form region@access-key".to_owned()
        }));
    };
    let key = state.check_key(access_key).map_err(|denied| Denied {
        refusal: if denied.refusal == Refusal::TemporaryKeyExpired {
            Refusal::LoginExpired
        } else {
            Refusal::LoginWrong
        },
        ..denied
    })?;
    let label = &state.user(key.user).label;
    authorize_project(state, registry, project, || {
        format!("log in as {region}@{access_key}")
    })
    .map_err(|denied| denied.by(label))?;
    if login_key(access_key, key.secret_key) == password {
        return Ok(state.caller(key.user));
    }
    let note = if password == key.secret_key {
        ", but the secret key itself was sent"
    } else {
        ""
    };
    Err(wrong(format!(
        "the key for {region}@{access_key} is wrong: expected the hex HMAC-SHA256 of the access key, keyed with the \
         secret key{note}; {}",
        state.advise(Advice::GetRegistryLogin)
    ))
    .by(label))
}

/// The start of the user name in a login from CreateAuthorizationToken.
pub(crate) const BEARER_TOKEN: &str = "bearertoken@";

/// The key of a login: the lower-case hex HMAC-SHA256 of the access key, keyed with the secret key.
pub(crate) fn login_key(access_key: &str, secret_key: &str) -> String {
    hmac_hex(secret_key, access_key)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::state::Label;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn any_text_is_read_and_refused_as_a_login(
            scheme in "[Bb]asic |[ -~]{0,8}",
            login in prop_oneof![
                any::<String>().prop_map(String::into_bytes),
                "[a-z@:]{0,20}".prop_map(String::into_bytes),
                proptest::collection::vec(any::<u8>(), 0..20),
            ],
            is_encoded in any::<bool>(),
        ) {
            let login = if is_encoded {
                STANDARD.encode(login)
            } else {
                String::from_utf8_lossy(&login).into_owned()
            };
            let denied = read_login(&State::of_acme(), RegistryId::HOME, &format!("{scheme}{login}")).unwrap_err();
            prop_assert_eq!(denied.refusal, Refusal::LoginWrong);
        }

        #[test]
        fn a_written_login_is_read_as_its_user(
            scheme in "[Bb][Aa][Ss][Ii][Cc]",
            project in "(_[^:@]{0,10})?",
            access_key in "[^:]{1,10}",
            secret_key in any::<String>(),
            temporary in ("[^:]{0,10}", any::<String>()),
        ) {
            let mut state = State::of_acme();
            state.set_keys(ADMIN, &access_key, &secret_key);
            let written = |(name, password): (&str, &str)| {
                format!("{scheme} {}", STANDARD.encode(format!("{name}:{password}")))
            };
            let name = format!("cn-north-4{project}@{access_key}");
            let key = login_key(&access_key, &secret_key);
            prop_assert_eq!(read_login(&state, RegistryId::HOME, &written((&name, &key))).unwrap().user, ADMIN);
            let dev = state.user_labelled(Label::parse("dev").unwrap());
            let (name, password) = temporary;
            let lifetime = std::time::Duration::from_secs(60);
            state.add_login(&name, password.clone(), dev, "cn-north-4", lifetime);
            prop_assert_eq!(read_login(&state, RegistryId::HOME, &written((&name, &password))).unwrap().user, dev);
        }
    }

    #[test]
    fn the_login_key_equals_the_documented_one() {
        let key = login_key(
            "AKTESTEXAMPLE0000001",
            "SKtestExampleSecretKey00000000000000000000",
        );
        assert_eq!(
            key,
            "0d9ac0236491449cd82c5fba4b192c6675a8ff7db042c386b365839ecbe83ae4"
        );
    }
}
