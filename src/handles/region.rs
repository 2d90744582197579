//! A region of the cloud beside the server's own.

use super::{Credentials, Namespace, Repo, User, namespace, repo, seed_namespace, seed_repo, user};
use crate::mock::MockSwr;
use crate::sites::Site;
use crate::state::ADMIN;

/// A region of the cloud. It holds no state: each method looks, or changes, when called.
///
/// ```
/// use mock_swr::MockSwr;
///
/// let swr = MockSwr::start();
/// let east = swr.region("cn-east-3");
/// east.seed_namespace("copy");
/// assert!(east.namespace("copy").exists());
/// assert!(!swr.namespace("copy").exists());
/// ```
#[derive(Clone, Copy)]
pub struct Region<'a> {
    pub(super) swr: &'a MockSwr,
    pub(super) site: &'a Site,
}

impl<'a> Region<'a> {
    /// Where its management is served, and IAM as well: `http://127.0.0.1:41003`.
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::start();
    /// assert_ne!(swr.region("cn-east-3").endpoint(), swr.endpoint());
    /// ```
    pub fn endpoint(self) -> &'a str {
        &self.site.endpoint
    }

    /// Where its images are served: `127.0.0.1:41004`, without a scheme.
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::start();
    /// assert!(swr.region("cn-east-3").registry().starts_with("127.0.0.1:"));
    /// ```
    pub fn registry(self) -> &'a str {
        &self.site.registry
    }

    /// Those of the account's administrator, with the project of this region.
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::start();
    /// let (here, east) = (swr.credentials(), swr.region("cn-east-3").credentials());
    /// assert_eq!(here.access_key, east.access_key);
    /// assert_ne!(here.project_id, east.project_id);
    /// ```
    pub fn credentials(self) -> Credentials {
        Credentials::of(&self.swr.core.state(self.site), ADMIN)
    }

    /// Puts an organization there, as [`MockSwr::seed_namespace`] does in the server's own region.
    ///
    /// # Panics
    ///
    /// If the name breaks the naming rule.
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::start();
    /// assert!(swr.region("cn-east-3").seed_namespace("group").exists());
    /// ```
    #[track_caller]
    pub fn seed_namespace(self, name: &str) -> Namespace<'a> {
        seed_namespace(self.swr, self.site, name)
    }

    /// Puts a repository there, as [`MockSwr::seed_repo`] does in the server's own region.
    ///
    /// # Panics
    ///
    /// If a name breaks the naming rule, or no repository is named.
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::start();
    /// let web = swr.region("cn-east-3").seed_repo("group/web").image("v1");
    /// assert_eq!(web.tags(), ["v1"]);
    /// ```
    #[track_caller]
    pub fn seed_repo(self, name: &str) -> Repo<'a> {
        seed_repo(self.swr, self.site, name)
    }

    /// An organization, whether it is there or not.
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::start();
    /// assert!(!swr.region("cn-east-3").namespace("group").exists());
    /// ```
    pub fn namespace(self, name: &str) -> Namespace<'a> {
        namespace(self.swr, self.site, name)
    }

    /// A repository, as `"group/web"`, whether it is there or not.
    ///
    /// # Panics
    ///
    /// If no repository is named.
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::start();
    /// assert!(!swr.region("cn-east-3").repo("group/web").exists());
    /// ```
    #[track_caller]
    pub fn repo(self, name: &str) -> Repo<'a> {
        repo(self.swr, self.site, name)
    }

    /// A user, as [`MockSwr::user`] gives one: what it is granted is granted in this region, and its token is of the
    /// account's project here.
    ///
    /// # Panics
    ///
    /// If the name is empty or has more than one slash.
    ///
    /// ```
    /// use mock_swr::{MockSwr, Permission};
    ///
    /// let swr = MockSwr::start();
    /// let east = swr.region("cn-east-3");
    /// let group = east.seed_namespace("group");
    /// let dev = east.user("dev").grant("group", Permission::Write);
    /// assert_eq!(group.permission_of("dev"), Some(Permission::Write));
    /// assert_eq!(dev.credentials().region, "cn-east-3");
    /// assert_ne!(dev.token(), swr.user("dev").token());
    /// ```
    #[track_caller]
    pub fn user(self, name: &str) -> User<'a> {
        user(self.swr, self.site, name)
    }

    pub(super) fn name(self) -> &'a str {
        &self.site.region
    }
}
