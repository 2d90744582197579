//! The credentials of a user.

use std::fmt;

use crate::base::clock::Time;
use crate::base::registry::RegistryId;
use crate::base::reply::text_header;
use crate::services::auth::{SignedParts, authorize, login_key};
use crate::state::{State, UserNo};

/// The keys, password and ids that a client needs to act as a user. `Debug` hides the secrets.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Credentials {
    /// The access key (AK).
    pub access_key: String,
    /// The secret key (SK).
    pub secret_key: String,
    /// The security token, which only temporary keys have.
    pub security_token: Option<String>,
    /// The password, for IAM.
    pub password: String,
    /// The id of the account's project in the region: 32 hex digits, unless the test sets another.
    pub project_id: String,
    /// The account's id: 32 hex digits.
    pub domain_id: String,
    /// The account's name.
    pub account: String,
    /// The user's name.
    pub user: String,
    /// The user's id: 32 hex digits.
    pub user_id: String,
    /// The name of the region, such as `cn-north-4`.
    pub region: String,
}

impl Credentials {
    /// Returns the user name and password of the long-term login at the registry.
    ///
    /// The user name is `region@AK`. The password is HMAC-SHA256 of the access key with the secret key, in lower-case
    /// hex.
    ///
    /// # Examples
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

    /// Signs a request as the SDK does.
    ///
    /// Sets the headers `Host`, `X-Sdk-Date`, `X-Project-Id` and `Authorization`, and `X-Security-Token` for temporary
    /// keys. Do not change the request afterwards. A new signature replaces an earlier one.
    ///
    /// # Panics
    ///
    /// Panics if the request's URI has no host.
    ///
    /// # Examples
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
    /// let response = client.execute(request.try_into().unwrap()).unwrap();
    /// assert_eq!(response.status(), 200);
    /// ```
    #[track_caller]
    pub fn sign<B: AsRef<[u8]>>(&self, request: &mut http::Request<B>) {
        let Some(host) = request.uri().authority().map(ToString::to_string) else {
            panic!(
                "cannot sign a request to `{}`, which has no host: build the URI from `swr.endpoint()`",
                request.uri()
            )
        };
        // `X-Security-Token` of an earlier signature must not stay when these keys have none.
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
        let signed = SignedParts {
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

    pub(crate) fn of(state: &State, registry: RegistryId, number: UserNo) -> Credentials {
        let region = state.region(registry);
        let user = state.user(number);
        let account = state.account(user.account);
        Credentials {
            access_key: user.access_key.to_string(),
            secret_key: user.secret_key.to_string(),
            security_token: None,
            password: user.password.to_string(),
            project_id: state.project_id(user.account, region).to_string(),
            domain_id: account.id.to_string(),
            account: account.name.to_string(),
            user: user.name.to_string(),
            user_id: user.id.to_string(),
            region: region.to_string(),
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
