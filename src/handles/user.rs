//! A user of a server, and what shows who it is.

use std::fmt;
use std::sync::Arc;

use super::namespace::no_namespace;
use super::repo::no_repo;
use super::{in_words, parse_account, parse_label};
use crate::auth::{Request, authorize, login_key};
use crate::basic::logins::docker_config;
use crate::clock::Time;
use crate::http::text_header;
use crate::mock::MockSwr;
use crate::ops::Op;
use crate::sites::Site;
use crate::state::{Permission, Spot, State, UserNo};

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
    pub(super) site: &'a Site,
    pub(super) name: usize,
}

impl<'a> User<'a> {
    /// Gives a permission in place of the one the user has there: on an organization, on a single repository, or, with
    /// `"*"`, on everything of the account. Who manages everything is an administrator, who alone may create
    /// organizations; who reads everything has the role of a guest.
    ///
    /// # Panics
    ///
    /// If there is no such organization or repository, or it belongs to another account than the user: a repository can
    /// be [shared](crate::Repo::share) with that.
    ///
    /// ```
    /// use mock_swr::{MockSwr, Permission};
    ///
    /// let swr = MockSwr::start();
    /// let web = swr.seed_repo("group/web");
    /// swr.user("dev").grant("group", Permission::Read).grant("group/web", Permission::Write);
    /// swr.user("root").grant("*", Permission::Manage);
    /// assert_eq!(web.permission_of("dev"), Some(Permission::Write));
    /// assert_eq!(web.permission_of("root"), Some(Permission::Manage));
    /// ```
    #[track_caller]
    pub fn grant(self, to: &str, permission: Permission) -> User<'a> {
        self.set_grant(to, Some(permission))
    }

    /// Takes away the permission that was given there, and no other: one on the organization holds in its
    /// repositories still.
    ///
    /// # Panics
    ///
    /// As [`User::grant`].
    ///
    /// ```
    /// use mock_swr::{MockSwr, Permission};
    ///
    /// let swr = MockSwr::start();
    /// let group = swr.seed_namespace("group");
    /// let dev = swr.user("dev").grant("group", Permission::Read);
    /// dev.revoke("group");
    /// assert_eq!(group.permission_of("dev"), None);
    /// ```
    #[track_caller]
    pub fn revoke(self, to: &str) -> User<'a> {
        self.set_grant(to, None)
    }

    #[track_caller]
    fn set_grant(self, to: &str, permission: Option<Permission>) -> User<'a> {
        if to == "*" {
            self.change(|state, user| state.grant_everywhere(user, permission));
            return self;
        }
        let spot = Spot::parse(to);
        let granted = self.change(|state, user| {
            let (own, owner) = (state.user(user), state.namespace(spot.namespace)?.account);
            if own.account != owner {
                let accounts =
                    [own.account, owner].map(|number| state.account(number).name.clone());
                return Some(Err((own.label.clone(), accounts)));
            }
            state.grant(spot, user, permission).map(Ok)
        });
        match granted {
            Some(Ok(())) => self,
            Some(Err((user, [account, owner]))) => panic!(
                "`{to}` belongs to account `{owner}`, and `{user}` does not; share a repository instead: \
                 {}.repo(\"{}\").share(\"{account}\")",
                in_words(self.swr, self.site),
                if spot.repo.is_some() { to } else { "group/web" }
            ),
            None if spot.repo.is_some() => no_repo(self.swr, self.site, to),
            None => no_namespace(self.swr, self.site, to),
        }
    }

    /// Has a policy of IAM deny these operations to the user, in place of those it denied before: 403
    /// SVCSTG.SWR.4030170, with an `encoded_authorization_message`. It does so under every [`Auth`](crate::Auth).
    ///
    /// ```
    /// use mock_swr::{MockSwr, Op, Refusal};
    ///
    /// let swr = MockSwr::start();
    /// let admin = swr.user("admin").deny([Op::ListNamespaces]);
    /// let url = format!("{}/v2/manage/namespaces", swr.endpoint());
    /// let client = reqwest::blocking::Client::new();
    /// let answer = client.get(url).header("X-Auth-Token", admin.token()).send().unwrap();
    /// assert_eq!(answer.status(), 403);
    /// swr.verify(Op::ListNamespaces).refused(Refusal::PolicyDenied).once();
    /// ```
    pub fn deny(self, ops: impl IntoIterator<Item = Op>) -> User<'a> {
        let denied = ops.into_iter().collect();
        self.change(|state, user| state.alter_user(user, |user| user.denied = denied));
        self
    }

    /// Makes it an agency, which users of that account may assume by its name: it signs in with no password.
    ///
    /// # Panics
    ///
    /// If the name of the account is empty or has a slash.
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::start();
    /// swr.user("deployers").trusts("partner");
    /// let body = serde_json::json!({"auth": {"identity": {
    ///     "methods": ["assume_role"],
    ///     "assume_role": {"domain_name": "acme", "xrole_name": "deployers"},
    /// }}});
    /// let url = format!("{}/v3/auth/tokens", swr.endpoint());
    /// let request = reqwest::blocking::Client::new().post(url).json(&body);
    /// let answer = request.header("X-Auth-Token", swr.user("partner/eve").token()).send().unwrap();
    /// assert_eq!(answer.status(), 201);
    /// ```
    #[track_caller]
    pub fn trusts(self, account: &str) -> User<'a> {
        let account = parse_account(account);
        self.change(|state, user| {
            let account = state.account_named(account);
            state.alter_user(user, |user| user.trusts = Some(account));
        });
        self
    }

    /// The keys to sign requests with, and the password.
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::start();
    /// let dev = swr.user("partner/dev").credentials();
    /// assert_eq!((&*dev.account, &*dev.user), ("partner", "dev"));
    /// ```
    pub fn credentials(self) -> Credentials {
        self.change(|state, user| Credentials::of(state, user))
    }

    /// Keys that live for a day by the service's clock, and go with a security token.
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::start();
    /// let keys = swr.user("dev").temporary_credentials();
    /// assert!(keys.security_token.is_some());
    /// ```
    pub fn temporary_credentials(self) -> Credentials {
        self.change(|state, user| {
            let key = state.add_temporary_key(user, crate::days(1));
            Credentials {
                access_key: key.access_key.to_string(),
                secret_key: key.secret_key.to_string(),
                security_token: Some(key.security_token.to_string()),
                ..Credentials::of(state, user)
            }
        })
    }

    /// A token for `X-Auth-Token`, of the account's project in the region: the same one as long as it is good, which is
    /// a day by the service's clock. It follows from who the user is, so that a client keeps it over a restored world.
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::start();
    /// let url = format!("{}/v2/manage/namespaces", swr.endpoint());
    /// let client = reqwest::blocking::Client::new();
    /// let answer = client.get(url).header("X-Auth-Token", swr.user("dev").token()).send().unwrap();
    /// assert_eq!(answer.status(), 200);
    /// ```
    pub fn token(self) -> String {
        self.change(|state, user| state.token_of(user).to_string())
    }

    /// Ends all that was given to the user for a while: tokens, temporary keys, logins, tokens of the registry. The
    /// next [`User::token`] is another one.
    ///
    /// ```
    /// use mock_swr::{MockSwr, Op, Refusal};
    ///
    /// let swr = MockSwr::start();
    /// let token = swr.user("admin").token();
    /// swr.user("admin").expire();
    /// let url = format!("{}/v2/manage/namespaces", swr.endpoint());
    /// reqwest::blocking::Client::new().get(url).header("X-Auth-Token", token).send().unwrap();
    /// swr.verify(Op::ListNamespaces).refused(Refusal::TokenExpired).once();
    /// ```
    pub fn expire(self) -> User<'a> {
        self.change(State::expire);
        self
    }

    /// A docker `config.json` with the user's login at this server's registry.
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::start();
    /// let config = swr.user("admin").docker_config();
    /// assert!(config.starts_with("{\"auths\":{\"127.0.0.1:"));
    /// ```
    pub fn docker_config(self) -> String {
        let (user, key) = self.credentials().registry_login();
        docker_config(&self.site.registry, &user, &key)
    }

    /// Signs a request with the user's keys, as [`Credentials::sign`] does.
    ///
    /// # Panics
    ///
    /// If the request's address names no host.
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::start();
    /// let mut request = http::Request::get(swr.endpoint()).body("").unwrap();
    /// swr.user("dev").sign(&mut request);
    /// assert!(request.headers().contains_key("authorization"));
    /// ```
    #[track_caller]
    pub fn sign<B: AsRef<[u8]>>(self, request: &mut http::Request<B>) {
        self.credentials().sign(request);
    }

    /// The user is made again where a restored world does not know of it.
    fn change<T>(self, change: impl FnOnce(&mut State, UserNo) -> T) -> T {
        let name = self.name();
        let label = parse_label(&name);
        self.swr.core.change(self.site, |state| {
            let user = state.user_labelled(label);
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
    /// For IAM.
    pub password: String,
    /// The project of the account in the region: 32 hex digits.
    pub project_id: String,
    /// The account's id: 32 hex digits.
    pub domain_id: String,
    /// The account's name.
    pub account: String,
    /// The user's name.
    pub user: String,
    /// The user's id: 32 hex digits.
    pub user_id: String,
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

    /// Signs a request as the SDK does: sets `Host`, `X-Sdk-Date`, `X-Project-Id`, of temporary keys
    /// `X-Security-Token`, and `Authorization`. What is sent must be what was signed; a request that was signed before
    /// is signed anew.
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
    /// swr.credentials().sign(&mut request);
    ///
    /// let client = reqwest::blocking::Client::new();
    /// let answer = client.execute(request.try_into().unwrap()).unwrap();
    /// assert_eq!(answer.status(), 200);
    /// ```
    #[track_caller]
    pub fn sign<B: AsRef<[u8]>>(&self, request: &mut http::Request<B>) {
        let Some(host) = request.uri().authority().map(ToString::to_string) else {
            panic!(
                "`{}` names no host; sign what `swr.endpoint()` begins",
                request.uri()
            )
        };
        // Of another signature nothing is left.
        for name in ["authorization", "x-security-token"] {
            request.headers_mut().remove(name);
        }
        let date = format!("{:.0}", Time::wall()).replace(['-', ':', '.'], "");
        let mut set = |name: &'static str, value: &str| {
            request.headers_mut().insert(name, text_header(value));
        };
        set("host", &host);
        set("x-sdk-date", &date);
        set("x-project-id", &self.project_id);
        if let Some(token) = &self.security_token {
            set("x-security-token", token);
        }
        let text =
            |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers = request.headers().iter();
        let headers: Vec<(String, String)> = headers
            .map(|(name, value)| (name.to_string(), text(value)))
            .collect();
        let signed = Request {
            method: request.method().as_str(),
            path: request.uri().path(),
            query: request.uri().query().unwrap_or_default(),
            headers: &headers,
            body: request.body().as_ref(),
        };
        let authorization = authorize(&signed, &self.access_key, &self.secret_key);
        request
            .headers_mut()
            .insert(http::header::AUTHORIZATION, text_header(&authorization));
    }

    pub(crate) fn of(state: &State, number: UserNo) -> Credentials {
        let user = state.user(number);
        let account = state.account(user.account);
        Credentials {
            access_key: user.access_key.to_string(),
            secret_key: user.secret_key.to_string(),
            security_token: None,
            password: user.password.to_string(),
            project_id: state.project_id(user.account, &state.region).to_string(),
            domain_id: account.id.to_string(),
            account: account.name.to_string(),
            user: user.name.to_string(),
            user_id: user.id.to_string(),
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
            .field("password", &"(secret)")
            .field("project_id", &self.project_id)
            .field("domain_id", &self.domain_id)
            .field("account", &self.account)
            .field("user", &self.user)
            .field("user_id", &self.user_id)
            .field("region", &self.region)
            .finish()
    }
}
