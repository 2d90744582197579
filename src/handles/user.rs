//! A user of a server, and what shows who it is.

use std::fmt;
use std::sync::Arc;

use super::namespace::no_namespace;
use crate::auth::{Request, authorize, login_key};
use crate::clock::Time;
use crate::http::text_header;
use crate::mock::MockSwr;
use crate::state::{Permission, State, UserNo};

/// A user of a server.
///
/// ```
/// use mock_swr::{MockSwr, Permission};
///
/// let swr = MockSwr::start();
/// swr.seed_namespace("group");
/// let dev = swr.user("dev").grant("group", Permission::Read);
/// assert_ne!(dev.credentials().access_key, swr.credentials().access_key);
/// dev.revoke("group");
/// ```
#[derive(Clone, Copy)]
pub struct User<'a> {
    pub(super) swr: &'a MockSwr,
    pub(super) name: usize,
}

impl<'a> User<'a> {
    /// Gives a permission on an organization, in place of the one the user has.
    ///
    /// # Panics
    ///
    /// If there is no such organization. Permissions on single repositories are not simulated yet.
    #[track_caller]
    pub fn grant(self, namespace: &str, permission: Permission) -> User<'a> {
        self.set_grant(namespace, Some(permission))
    }

    /// Takes the permission on an organization away.
    ///
    /// # Panics
    ///
    /// If there is no such organization.
    #[track_caller]
    pub fn revoke(self, namespace: &str) -> User<'a> {
        self.set_grant(namespace, None)
    }

    #[track_caller]
    fn set_grant(self, namespace: &str, permission: Option<Permission>) -> User<'a> {
        assert!(
            !namespace.contains('/') && namespace != "*",
            "permissions are given on organizations; `{namespace}` is none (single repositories are not simulated yet)"
        );
        let granted = self.change(|state, user| state.grant(namespace, user, permission));
        granted.unwrap_or_else(|| no_namespace(namespace));
        self
    }

    /// The keys to sign requests with.
    pub fn credentials(self) -> Credentials {
        self.change(|state, user| Credentials::of(state, user))
    }

    /// A token for `X-Auth-Token`, of the user's project; the same one each time.
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::start();
    /// let url = format!("{}/v2/manage/namespaces", swr.endpoint());
    /// let client = reqwest::blocking::Client::new();
    /// let answer = client.get(url).header("X-Auth-Token", swr.user("dev").token()).send().unwrap();
    /// assert_eq!(answer.status(), 200);
    /// ```
    pub fn token(self) -> String {
        self.change(|state, user| state.token_of(user).to_owned())
    }

    /// Signs a request with the user's keys, as the SDK does: sets `Host`, `X-Sdk-Date`, `X-Project-Id` and
    /// `Authorization`. What is sent must be what was signed.
    ///
    /// # Panics
    ///
    /// If the request's address names no host.
    ///
    /// ```
    /// use mock_swr::{Auth, MockSwr};
    ///
    /// let swr = MockSwr::builder().auth(Auth::Verified).start();
    /// let url = format!("{}/v2/manage/namespaces", swr.endpoint());
    /// let mut request = http::Request::get(url).body("").unwrap();
    /// swr.user("admin").sign(&mut request);
    ///
    /// let client = reqwest::blocking::Client::new();
    /// let answer = client.execute(request.try_into().unwrap()).unwrap();
    /// assert_eq!(answer.status(), 200);
    /// ```
    #[track_caller]
    pub fn sign<B: AsRef<[u8]>>(self, request: &mut http::Request<B>) {
        let keys = self.credentials();
        let Some(host) = request.uri().authority().map(ToString::to_string) else {
            panic!(
                "`{}` names no host; sign what `swr.endpoint()` begins",
                request.uri()
            )
        };
        let date = format!("{:.0}", Time::wall()).replace(['-', ':', '.'], "");
        for (name, value) in [
            ("host", &host),
            ("x-sdk-date", &date),
            ("x-project-id", &keys.project_id),
        ] {
            request.headers_mut().insert(name, text_header(value));
        }
        let headers: Vec<(String, String)> = request
            .headers()
            .iter()
            .map(|(name, value)| {
                (
                    name.to_string(),
                    String::from_utf8_lossy(value.as_bytes()).into_owned(),
                )
            })
            .collect();
        let signed = Request {
            method: request.method().as_str(),
            path: request.uri().path(),
            query: request.uri().query().unwrap_or_default(),
            headers: &headers,
            body: request.body().as_ref(),
        };
        let authorization = authorize(&signed, &keys.access_key, &keys.secret_key);
        request
            .headers_mut()
            .insert(http::header::AUTHORIZATION, text_header(&authorization));
    }

    /// The user is made again where a restored world does not know of it.
    fn change<T>(self, change: impl FnOnce(&mut State, UserNo) -> T) -> T {
        let name = self.name();
        self.swr.core.change(|state| {
            let user = state.user_labelled(&name);
            change(state, user)
        })
    }

    pub(super) fn name(self) -> Arc<str> {
        self.swr.names.name(self.name)
    }
}

/// What a client needs to show who it is. Printing it hides the secrets.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Credentials {
    /// The access key (AK).
    pub access_key: String,
    /// The secret key (SK).
    pub secret_key: String,
    /// Goes with temporary keys only.
    pub security_token: Option<String>,
    /// The project of the account in the region: 32 hex digits.
    pub project_id: String,
    /// The account's id: 32 hex digits.
    pub domain_id: String,
    /// The account's name.
    pub account: String,
    /// The user's name.
    pub user: String,
    /// The region: `cn-north-4`.
    pub region: String,
}

impl Credentials {
    /// User and key of the long-term login at the registry: `region@AK`, and lower-case hex of HMAC-SHA256 with the
    /// secret key over the access key.
    ///
    /// ```
    /// let (user, key) = mock_swr::MockSwr::start().credentials().registry_login();
    /// assert!(user.starts_with("cn-north-4@"));
    /// assert_eq!(key.len(), 64);
    /// ```
    pub fn registry_login(&self) -> (String, String) {
        let user = format!("{}@{}", self.region, self.access_key);
        (user, login_key(&self.access_key, &self.secret_key))
    }

    pub(crate) fn of(state: &State, number: UserNo) -> Credentials {
        let user = state.user(number);
        let account = state.account(user.account);
        Credentials {
            access_key: user.access_key.to_string(),
            secret_key: user.secret_key.to_string(),
            security_token: None,
            project_id: state.project_id(user.account, &state.region),
            domain_id: account.id.to_string(),
            account: account.name.to_string(),
            user: user.name.to_string(),
            region: state.region.to_string(),
        }
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("access_key", &self.access_key)
            .field("secret_key", &"(secret)")
            .field(
                "security_token",
                &self.security_token.as_ref().map(|_| "(secret)"),
            )
            .field("project_id", &self.project_id)
            .field("domain_id", &self.domain_id)
            .field("account", &self.account)
            .field("user", &self.user)
            .field("region", &self.region)
            .finish()
    }
}
