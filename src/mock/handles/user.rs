//! A handle to a user.

use std::sync::Arc;

use super::missing::{no_namespace, no_repo};
use super::region::parse_repo;
use super::{Credentials, Region, parse_account, parse_label};
use crate::base::clock::days;
use crate::operations::op::Op;
use crate::services::basic::logins::docker_config;
use crate::state::{GrantTarget, Permission, RepoPath, State, UserNo};

/// A handle to a user. It holds no state: each method reads or changes the server.
///
/// # Examples
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
    pub(super) region: Region<'a>,
    pub(super) name: usize,
}

impl<'a> User<'a> {
    /// Grants a permission on an organization, on a single repository, or, with `"*"`, on the whole account.
    ///
    /// It replaces the user's earlier permission on the same target. A user with [`Permission::Manage`] on the whole
    /// account is an administrator. Only administrators can create organizations. A user with [`Permission::Read`] on
    /// the whole account has the role of a guest.
    ///
    /// # Panics
    ///
    /// Panics if the organization or repository does not exist in the region, or belongs to another account than the
    /// user. A repository can be [shared](crate::Repo::share) with another account.
    ///
    /// # Examples
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

    /// Removes the permission that was granted on this target. A permission on the organization still applies to its
    /// repositories.
    ///
    /// # Panics
    ///
    /// Panics in the same cases as [`User::grant`].
    ///
    /// # Examples
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
            self.change(|state, user| state.grant_on_account(user, permission));
            return self;
        }
        let path = RepoPath::split(self.region.registry_id(), to).ok();
        let target = match &path {
            Some(path) => GrantTarget::Repo(path),
            None => GrantTarget::Namespace(self.region.registry_id(), to),
        };
        let (registry, namespace) = target.namespace();
        self.region.parse_namespace(namespace);
        if let Some(path) = &path {
            parse_repo(&path.repo);
        }
        let granted = self.change(|state, user| {
            let (own, owner) = (
                state.user(user),
                state.namespace(registry, namespace)?.account,
            );
            if own.account != owner {
                let accounts =
                    [own.account, owner].map(|number| state.account(number).name.clone());
                return Some(Err((own.label.clone(), accounts)));
            }
            state.grant(target, user, permission).map(Ok)
        });
        match granted {
            Some(Ok(())) => self,
            Some(Err((user, [account, owner]))) => panic!(
                "`{user}` cannot have permissions on `{to}`, which belongs to account `{owner}`: share a repository \
                 with `{}.repo(\"{}\").share(\"{account}\")`",
                self.region.expression(),
                if path.is_some() { to } else { "group/web" }
            ),
            None if path.is_some() => no_repo(self.region, to),
            None => no_namespace(self.region, to),
        }
    }

    /// Denies operations to the user with an IAM policy, which replaces an earlier one.
    ///
    /// A denied request is refused with 403 SVCSTG.SWR.4030170 and an `encoded_authorization_message`, whatever
    /// [`Auth`](crate::Auth) the server uses.
    ///
    /// # Examples
    ///
    /// ```
    /// use mock_swr::{MockSwr, Op, Refusal};
    ///
    /// let swr = MockSwr::start();
    /// let admin = swr.user("admin").deny([Op::ListNamespaces]);
    /// let url = format!("{}/v2/manage/namespaces", swr.endpoint());
    /// let client = reqwest::blocking::Client::new();
    /// let response = client.get(url).header("X-Auth-Token", admin.token()).send().unwrap();
    /// assert_eq!(response.status(), 403);
    /// swr.verify(Op::ListNamespaces).refused(Refusal::PolicyDenied).once();
    /// ```
    pub fn deny(self, ops: impl IntoIterator<Item = Op>) -> User<'a> {
        let denied = ops.into_iter().collect();
        self.change(|state, user| state.alter_user(user, |user| user.denied = denied));
        self
    }

    /// Makes the user an agency, which users of the given account can assume by its name.
    ///
    /// An agency cannot log in with a password.
    ///
    /// # Panics
    ///
    /// Panics if the name of the account is empty or has a slash.
    ///
    /// # Examples
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
    /// let response = request.header("X-Auth-Token", swr.user("partner/eve").token()).send().unwrap();
    /// assert_eq!(response.status(), 201);
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

    /// Returns the credentials of the user, with the id of the account's project in the region.
    ///
    /// # Examples
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::start();
    /// let dev = swr.user("partner/dev").credentials();
    /// assert_eq!((&*dev.account, &*dev.user), ("partner", "dev"));
    /// ```
    pub fn credentials(self) -> Credentials {
        self.ensure(|state, user| Credentials::of(state, self.region.registry_id(), user))
    }

    /// Creates temporary keys with a security token. They expire after a day of the service's clock.
    ///
    /// # Examples
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::start();
    /// let keys = swr.user("dev").temporary_credentials();
    /// assert!(keys.security_token.is_some());
    /// ```
    pub fn temporary_credentials(self) -> Credentials {
        self.ensure(|state, user| {
            let key = state.add_temporary_key(user, days(1));
            Credentials {
                access_key: key.access_key.to_string(),
                secret_key: key.secret_key.to_string(),
                security_token: Some(key.security_token.to_string()),
                ..Credentials::of(state, self.region.registry_id(), user)
            }
        })
    }

    /// Returns a token for `X-Auth-Token`, scoped to the account's project in the region.
    ///
    /// The token is valid for a day of the service's clock, and calls within that time return the same token. It stays
    /// valid after [`MockSwr::restore`](crate::MockSwr::restore) with a world that contains the user.
    ///
    /// # Examples
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::start();
    /// let url = format!("{}/v2/manage/namespaces", swr.endpoint());
    /// let client = reqwest::blocking::Client::new();
    /// let response = client.get(url).header("X-Auth-Token", swr.user("dev").token()).send().unwrap();
    /// assert_eq!(response.status(), 200);
    /// ```
    pub fn token(self) -> String {
        self.ensure(|state, user| {
            let region = Arc::clone(state.region(self.region.registry_id()));
            state.token_of(user, &region).to_string()
        })
    }

    /// Expires all temporary credentials of the user: IAM tokens, temporary keys, registry logins and registry tokens.
    ///
    /// The next call of [`User::token`] returns a new token.
    ///
    /// # Examples
    ///
    /// ```
    /// use mock_swr::{MockSwr, Op, Refusal};
    ///
    /// let swr = MockSwr::start();
    /// let token = swr.token();
    /// swr.user("admin").expire();
    /// let url = format!("{}/v2/manage/namespaces", swr.endpoint());
    /// reqwest::blocking::Client::new().get(url).header("X-Auth-Token", token).send().unwrap();
    /// swr.verify(Op::ListNamespaces).refused(Refusal::TokenExpired).once();
    /// ```
    pub fn expire(self) -> User<'a> {
        self.change(State::expire);
        self
    }

    /// Returns the content of a Docker `config.json` with the user's login at the region's registry.
    ///
    /// # Examples
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::start();
    /// let config = swr.user("admin").docker_config();
    /// assert!(config.starts_with("{\"auths\":{\"127.0.0.1:"));
    /// ```
    pub fn docker_config(self) -> String {
        let (user, key) = self.credentials().registry_login();
        docker_config(self.region.registry(), &user, &key)
    }

    /// Signs a request with the user's keys, as [`Credentials::sign`] does.
    ///
    /// # Panics
    ///
    /// Panics if the request's URI has no host.
    ///
    /// # Examples
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

    /// Changes the user. A user that a restored world does not contain is created again first.
    fn change<T>(self, change: impl FnOnce(&mut State, UserNo) -> T) -> T {
        let name = self.name();
        let label = parse_label(&name);
        self.region.change(|state| {
            let user = state.user_labelled(label);
            change(state, user)
        })
    }

    /// Creates what the test refers to. A user that a restored world does not contain is created again first.
    fn ensure<T>(self, ensure: impl FnOnce(&mut State, UserNo) -> T) -> T {
        let name = self.name();
        let label = parse_label(&name);
        self.region.ensure(|state| {
            let user = state.user_labelled(label);
            ensure(state, user)
        })
    }

    pub(super) fn name(self) -> Arc<str> {
        self.region.name_of(self.name)
    }
}
