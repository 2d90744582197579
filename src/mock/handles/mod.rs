//! Handles to the content of a server. They read and change it directly, bypassing permissions and quotas.

mod credentials;
mod info;
mod missing;
mod namespace;
mod region;
mod repo;
mod user;

use std::fmt;

pub use credentials::Credentials;
pub use info::{RepoInfo, TagInfo};
pub use namespace::Namespace;
pub use region::Region;
pub use repo::Repo;
pub use user::User;

use crate::mock::swr::MockSwr;
use crate::state::{AccountName, Label, check_plain};

impl MockSwr {
    /// Returns the credentials of the account's administrator.
    ///
    /// # Examples
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::builder().credentials("AK", "SK").start();
    /// assert_eq!(swr.credentials().access_key, "AK");
    /// ```
    pub fn credentials(&self) -> Credentials {
        self.home_region().credentials()
    }

    /// Returns a handle to the account's administrator.
    ///
    /// # Examples
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::builder().user("ops").start();
    /// assert_eq!(swr.admin().credentials(), swr.user("ops").credentials());
    /// assert_eq!(swr.admin().token(), swr.token());
    /// ```
    pub fn admin(&self) -> User<'_> {
        let home = self.home_region();
        let admin = home.credentials().user;
        User {
            region: home,
            name: self.names.number(&admin),
        }
    }

    /// Returns a token of the account's administrator, for the header `X-Auth-Token`: see [`User::token`].
    ///
    /// # Examples
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::start();
    /// let url = format!("{}/v2/manage/namespaces", swr.endpoint());
    /// let request = reqwest::blocking::Client::new().get(url).header("X-Auth-Token", swr.token());
    /// assert_eq!(request.send().unwrap().status(), 200);
    /// ```
    #[doc(alias = "X-Auth-Token")]
    pub fn token(&self) -> String {
        self.admin().token()
    }

    /// Creates an organization, unless it exists, and returns a handle to it.
    ///
    /// The organization belongs to the server's account, and its creator is the administrator. The naming rule applies;
    /// quotas and permissions do not.
    ///
    /// # Panics
    ///
    /// Panics if the name breaks the naming rule.
    ///
    /// # Examples
    ///
    /// ```
    /// use mock_swr::MockSwr;
    ///
    /// let swr = MockSwr::start();
    /// assert!(swr.seed_namespace("group").exists());
    /// ```
    #[track_caller]
    pub fn seed_namespace(&self, name: &str) -> Namespace<'_> {
        self.home_region().seed_namespace(name)
    }

    /// Creates a repository and its organization, unless they exist, and returns a handle to the repository.
    ///
    /// A new repository is private and has the category `other`. The naming rules apply; quotas and permissions do not.
    ///
    /// # Panics
    ///
    /// Panics if a name breaks the naming rule, or if the name has no slash.
    ///
    /// # Examples
    ///
    /// ```
    /// use mock_swr::MockSwr;
    ///
    /// let swr = MockSwr::start();
    /// let web = swr.seed_repo("group/web").public();
    /// assert!(web.info().is_public);
    /// ```
    #[track_caller]
    pub fn seed_repo(&self, name: &str) -> Repo<'_> {
        self.home_region().seed_repo(name)
    }

    /// Returns a handle to an organization, which need not exist.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(!mock_swr::MockSwr::start().namespace("group").exists());
    /// ```
    pub fn namespace(&self, name: &str) -> Namespace<'_> {
        self.home_region().namespace(name)
    }

    /// Returns a handle to a repository such as `"group/web"`, which need not exist.
    ///
    /// # Panics
    ///
    /// Panics if the name has no slash.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(!mock_swr::MockSwr::start().repo("group/web").exists());
    /// ```
    #[track_caller]
    pub fn repo(&self, name: &str) -> Repo<'_> {
        self.home_region().repo(name)
    }

    /// Returns a handle to a region of the cloud. The first call for a region creates it and opens its listeners.
    ///
    /// Each region has its own organizations and repositories. All regions share accounts, users, keys and the clock.
    ///
    /// # Panics
    ///
    /// Panics if the name is empty, is longer than 128 characters, or has other characters than ASCII letters, digits,
    /// `-`, `_` and `.`. Also panics if no port can be bound.
    ///
    /// # Examples
    ///
    /// ```
    /// use mock_swr::MockSwr;
    ///
    /// let swr = MockSwr::start();
    /// let east = swr.region("cn-east-3");
    /// east.seed_repo("group/web").image("v1");
    /// assert_ne!(east.endpoint(), swr.endpoint());
    /// assert!(!swr.repo("group/web").exists());
    /// ```
    #[track_caller]
    pub fn region(&self, name: &str) -> Region<'_> {
        assert!(
            !name.is_empty(),
            "the name of a region must not be empty: expected a name such as `cn-east-3`"
        );
        if let Err(reason) = check_plain("a region", name) {
            panic!("{reason}, such as `cn-east-3`");
        }
        match self.core.endpoints_of(name) {
            Ok(endpoints) => Region {
                swr: self,
                endpoints,
            },
            Err(error) => panic!("cannot open listeners for region `{name}`: {error}"),
        }
    }

    /// Returns a handle to a user: `"dev"`, or `"partner/dev"` for a user of another account.
    ///
    /// The first call for a user creates the user, without permissions. A user with the same name as its account is the
    /// root user of that account, and has all permissions in it.
    ///
    /// # Panics
    ///
    /// Panics if the name is empty or has more than one slash.
    ///
    /// # Examples
    ///
    /// ```
    /// use mock_swr::{MockSwr, Permission};
    ///
    /// let swr = MockSwr::start();
    /// let group = swr.seed_namespace("group");
    /// swr.user("dev").grant("group", Permission::Write);
    /// assert_eq!(group.permission_of("dev"), Some(Permission::Write));
    /// ```
    #[track_caller]
    pub fn user(&self, name: &str) -> User<'_> {
        self.home_region().user(name)
    }

    fn home_region(&self) -> Region<'_> {
        Region {
            swr: self,
            endpoints: self.core.endpoints.home(),
        }
    }
}

#[track_caller]
fn parse_label(name: &str) -> Label<'_> {
    match Label::parse(name) {
        Ok(label) => label,
        Err(reason) => panic!("{reason}"),
    }
}

#[track_caller]
fn parse_account(name: &str) -> AccountName<'_> {
    match AccountName::parse(name) {
        Ok(name) => name,
        Err(reason) => panic!("{reason}"),
    }
}

macro_rules! debug_by_name {
    ($($handle:ident)*) => {$(
        impl fmt::Debug for $handle<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($handle), "({})"), self.name())
            }
        }
    )*};
}
debug_by_name! { Namespace Repo User Region }
