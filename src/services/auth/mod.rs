//! Authentication of requests.

mod explain;
mod registry;
mod signature;

use std::sync::Arc;

use http::HeaderMap;
use http::header::{AUTHORIZATION, HeaderName};
use http::request::Parts;

pub(crate) use registry::{BEARER_TOKEN, login_key, read_login};
use signature::Authorization;
pub(crate) use signature::{SignedParts, authorize, hmac};

use crate::base::advice::Advice;
use crate::base::clock::Time;
use crate::base::endpoints::{Door, Origin};
use crate::base::refusal::{Denied, Refusal};
use crate::operations::op::{Api, Mark, Row};
use crate::services::request::Request;
use crate::state::{ADMIN, Caller, RegistryToken, Scope, State, UserNo, UserState};

/// Which credentials a server requires.
///
/// ```
/// use mock_swr::{Auth, MockSwr};
///
/// let swr = MockSwr::builder().auth(Auth::Verified).start();
/// let mut request = http::Request::get(swr.endpoint()).body("").unwrap();
/// swr.user("dev").sign(&mut request);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Auth {
    /// No credentials. A request without credentials, or with unknown ones, counts as a request of the administrator.
    Off,
    /// A known token or access key, which determines the caller and its permissions. Neither the signature nor its date
    /// is verified.
    #[default]
    Identity,
    /// Like `Identity`, but signatures are verified. The date of a signature must be within 15 minutes of the wall
    /// clock. Five wrong signatures in a row lock an access key for five minutes of the service's clock.
    Verified,
}

/// The identity of a request: its caller and the scope of its credentials.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    /// `None` for anonymous requests.
    pub(crate) caller: Option<Caller>,
    pub(crate) registry_token: Option<Arc<RegistryToken>>,
    /// The scope of the IAM token, if the request has one.
    scope: Option<Scope>,
}

impl Identity {
    /// Whether the request is signed, if it has credentials: requests with an IAM token are not signed.
    pub(crate) fn is_signed(&self) -> bool {
        self.scope.is_none()
    }

    /// The identity of a request that needs no credentials.
    fn anonymous() -> Identity {
        Identity {
            caller: None,
            registry_token: None,
            scope: None,
        }
    }

    /// The identity of a caller without a token.
    fn of(caller: Caller) -> Identity {
        Identity {
            caller: Some(caller),
            ..Identity::anonymous()
        }
    }
}

/// Identifies the caller by the token or access key of the request, or by its registry credentials.
pub(crate) fn identify(
    policy: Auth,
    state: &State,
    origin: Origin,
    row: Option<&Row>,
    parts: &Parts,
) -> Result<Identity, Denied> {
    match origin.door {
        Door::Api => identify_user(policy, state, &parts.headers),
        Door::Registry => registry::identify(policy, state, (origin.registry, row), &parts.headers),
        // A link to object storage works without credentials.
        Door::Storage => Ok(Identity::anonymous()),
    }
}

fn identify_user(policy: Auth, state: &State, headers: &HeaderMap) -> Result<Identity, Denied> {
    match (policy, find_user(state, headers)) {
        (_, Ok(identity)) => Ok(identity),
        (Auth::Off, Err(_)) => Ok(Identity::of(state.caller(ADMIN))),
        (Auth::Identity | Auth::Verified, Err(denied)) => Err(denied),
    }
}

const X_AUTH_TOKEN: HeaderName = HeaderName::from_static("x-auth-token");
const X_SECURITY_TOKEN: HeaderName = HeaderName::from_static("x-security-token");

fn find_user(state: &State, headers: &HeaderMap) -> Result<Identity, Denied> {
    if let Some(token) = headers.get(X_AUTH_TOKEN) {
        return identify_by_token(state, token.to_str().unwrap_or_default());
    }
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let Some(authorization) = text(AUTHORIZATION) else {
        return Err(Denied::from(Refusal::CredentialsMissing).hint(format!(
            "neither X-Auth-Token nor Authorization was sent; {}",
            state.advise(Advice::DisableAuth)
        )));
    };
    let Some(Authorization { access_key, .. }) = Authorization::parse(authorization) else {
        return Err(Denied::from(Refusal::CredentialsMissing).hint(
            "Authorization has neither the form SDK-HMAC-SHA256 Access=.. nor V11-HMAC-SHA256 Credential=..",
        ));
    };
    identify_by_key(state, &access_key, text(X_SECURITY_TOKEN))
}

fn identify_by_token(state: &State, token: &str) -> Result<Identity, Denied> {
    let token = state.check_token(token)?;
    Ok(Identity {
        scope: Some(token.scope.clone()),
        ..Identity::of(state.caller(token.user))
    })
}

fn identify_by_key(
    state: &State,
    access_key: &str,
    security_token: Option<&str>,
) -> Result<Identity, Denied> {
    let key = state.check_key(access_key)?;
    if let Some(temporary) = key.temporary
        && security_token != Some(&*temporary.security_token)
    {
        let why = match security_token {
            None => "a temporary access key needs its X-Security-Token, which was not sent",
            Some(_) => "X-Security-Token does not belong to the temporary access key",
        };
        let label = &state.user(key.user).label;
        return Err(Denied::from(Refusal::SecurityTokenWrong)
            .hint(why)
            .by(label));
    }
    Ok(Identity::of(state.caller(key.user)))
}

/// Refuses credentials that are not valid for the operation: SWR requires a token for the account's project in the
/// region.
pub(crate) fn authorize_request(
    state: &State,
    request: &Request,
    row: &Row,
    identity: &Identity,
    caller: &Caller,
) -> Result<(), Denied> {
    if row.mark != Mark::Open && matches!(row.api, Api::Basic | Api::Enterprise) {
        authorize_scope(state, request, identity)?;
        authorize_project(state, request, caller)?;
    }
    Ok(())
}

fn authorize_scope(state: &State, request: &Request, identity: &Identity) -> Result<(), Denied> {
    let own = state.region(request.origin.registry);
    let hint = match &identity.scope {
        Some(Scope::Domain) => {
            "the token is for the account, not for a project: request one from IAM with `scope.project`"
                .to_owned()
        }
        Some(Scope::Project(region)) if region != own => {
            format!("the token is for project `{region}`, but this endpoint serves region `{own}`")
        }
        Some(Scope::Project(_)) | None => return Ok(()),
    };
    Err(Denied::from(Refusal::TokenScope).hint(hint))
}

/// Refuses the project or account id of another account. Inferred. Unknown ids are accepted: no documentation says that
/// they are checked, and the Python SDK without a project sends the literal `{project_id}`.
fn authorize_project(state: &State, request: &Request, caller: &Caller) -> Result<(), Denied> {
    let own = state.account(caller.account);
    let region = state.region(request.origin.registry);
    let header = |name| request.head.header(name);
    let foreign = |what: &str, id: &str, owner: &str| {
        Err(Denied::from(Refusal::ProjectForeign).hint(format!(
            "{what} {id} belongs to account `{owner}`, but `{}` is a user of account `{}`",
            caller.label, own.name
        )))
    };
    let in_path = request.param("project_id");
    for id in [header("x-project-id"), in_path.as_deref()]
        .into_iter()
        .flatten()
    {
        if *id == *state.project_id(caller.account, region) {
            continue;
        }
        match state.find_project(id) {
            Some((account, _)) if account != caller.account => {
                return foreign("project id", id, &state.account(account).name);
            }
            Some(_) | None => {}
        }
    }
    let Some(id) = header("x-domain-id").filter(|id| **id != *own.id) else {
        return Ok(());
    };
    match state.account_of_id(id) {
        Some(account) => foreign("account id", id, &state.account(account).name),
        None => Ok(()),
    }
}

/// The maximum number of seconds between the date of a signature and the wall clock.
const MAX_SKEW_SECONDS: i64 = 15 * 60;

/// The signer of a request: everything that is needed to verify its signature without locking the state.
#[derive(Debug)]
pub(crate) struct Signer {
    authorization: Authorization,
    secret_key: Arc<str>,
    is_temporary: bool,
    user: UserNo,
    /// All users: another user may have signed the request.
    users: Arc<Vec<Arc<UserState>>>,
}

impl Signer {
    /// The signer of a request; `None` if the request is not signed.
    pub(crate) fn of(state: &State, request: &Request) -> Result<Option<Signer>, Denied> {
        let authorization = request.head.header("authorization");
        let Some(authorization) = authorization.and_then(Authorization::parse) else {
            return Ok(None);
        };
        state.check_lock(&authorization.access_key)?;
        let key = state.check_key(&authorization.access_key)?;
        Ok(Some(Signer {
            secret_key: key.secret_key.into(),
            is_temporary: key.temporary.is_some(),
            user: key.user,
            users: state.all_users(),
            authorization,
        }))
    }

    /// Verifies the date, the signature and the hash of the body.
    pub(crate) fn verify(&self, request: &Request, body: &[u8]) -> Result<(), Denied> {
        let headers = request.head.headers();
        let headers: Vec<(String, String)> = headers
            .map(|(name, value)| (name.to_owned(), String::from_utf8_lossy(value).into_owned()))
            .collect();
        let request = SignedParts {
            method: request.head.method().as_str(),
            path: request.head.path(),
            query: request.head.raw_query(),
            headers: &headers,
            body,
        };
        check_date(&request)?;
        signature::verify(&request, &self.authorization, &self.secret_key)
            .map_err(|canonical| explain::explain(self, &request, &canonical))
            .and_then(|()| signature::verify_body(&request))
            .map_err(|why| Denied::from(Refusal::SignatureWrong).hint(why))
    }

    pub(crate) fn access_key(&self) -> &str {
        &self.authorization.access_key
    }
}

fn check_date(request: &SignedParts<'_>) -> Result<(), Denied> {
    let expired = |hint: String| Err(Denied::from(Refusal::SignatureExpired).hint(hint));
    let Some(date) = request.header("x-sdk-date") else {
        return expired("X-Sdk-Date was not sent".to_owned());
    };
    let Some(time) = Time::parse_basic(date) else {
        return expired(format!(
            "X-Sdk-Date must have the form 20260131T080000Z, not `{date}`"
        ));
    };
    let skew = time.seconds() - Time::wall().seconds();
    if skew.abs() <= MAX_SKEW_SECONDS {
        return Ok(());
    }
    let direction = if skew < 0 { "behind" } else { "ahead of" };
    expired(format!(
        "X-Sdk-Date is {} minutes {direction} the wall clock: at most {} are accepted",
        skew.abs() / 60,
        MAX_SKEW_SECONDS / 60
    ))
}
