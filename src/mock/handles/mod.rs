//! Handles on what is in a server: one look or one change each, past all rules that hold for clients.

mod credentials;
mod namespace;
mod region;
mod repo;
mod user;

use std::fmt;

pub use credentials::Credentials;
pub use namespace::Namespace;
pub use region::Region;
pub use repo::{Repo, RepoInfo, TagInfo};
pub use user::User;

use crate::mock::swr::MockSwr;
use crate::state::{AccountName, Label};

impl MockSwr {
    /// Those of the account's administrator.
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::builder().credentials("AK", "SK").start();
    /// assert_eq!(swr.credentials().access_key, "AK");
    /// ```
    pub fn credentials(&self) -> Credentials {
        self.home_region().credentials()
    }

    /// Puts an organization there, if it is not there yet.
    ///
    /// It obeys the naming rule, not quotas or permissions. It belongs to the server's account, and the
    /// administrator is its creator.
    ///
    /// # Panics
    ///
    /// If the name breaks the naming rule.
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

    /// Puts a repository there, and its organization, if they are not there yet: private, of category `other`.
    ///
    /// # Panics
    ///
    /// If a name breaks the naming rule, or no repository is named.
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

    /// An organization, whether it is there or not.
    ///
    /// ```
    /// assert!(!mock_swr::MockSwr::start().namespace("group").exists());
    /// ```
    pub fn namespace(&self, name: &str) -> Namespace<'_> {
        self.home_region().namespace(name)
    }

    /// A repository, as `"group/web"`, whether it is there or not.
    ///
    /// # Panics
    ///
    /// If no repository is named.
    ///
    /// ```
    /// assert!(!mock_swr::MockSwr::start().repo("group/web").exists());
    /// ```
    #[track_caller]
    pub fn repo(&self, name: &str) -> Repo<'_> {
        self.home_region().repo(name)
    }

    /// Another region of the cloud, with listeners of its own, which it gets on first mention. Organizations and
    /// repositories are each region's own; accounts, users and keys are in all of them, and so is the clock.
    ///
    /// # Panics
    ///
    /// If the name is empty, or no port can be bound.
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
        assert!(!name.is_empty(), "a region has a name, as `cn-east-3`");
        match self.core.endpoints_of(name) {
            Ok(endpoints) => Region {
                swr: self,
                endpoints,
            },
            Err(error) => panic!("region `{name}` gets no listeners: {error}"),
        }
    }

    /// A user: `"dev"`, or `"partner/dev"` of another account. Made on first mention, without rights, but for one
    /// that has its account's name, who is the account's root.
    ///
    /// # Panics
    ///
    /// If the name is empty or has more than one slash.
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
