//! A region of the cloud beside the server's own.

use super::{Credentials, Namespace, Repo, namespace, repo, seed_namespace, seed_repo};
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
    pub fn endpoint(self) -> &'a str {
        &self.site.endpoint
    }

    /// Where its images are served: `127.0.0.1:41004`, without a scheme.
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
    #[track_caller]
    pub fn seed_namespace(self, name: &str) -> Namespace<'a> {
        seed_namespace(self.swr, self.site, name)
    }

    /// Puts a repository there, as [`MockSwr::seed_repo`] does in the server's own region.
    #[track_caller]
    pub fn seed_repo(self, name: &str) -> Repo<'a> {
        seed_repo(self.swr, self.site, name)
    }

    /// An organization, whether it is there or not.
    pub fn namespace(self, name: &str) -> Namespace<'a> {
        namespace(self.swr, self.site, name)
    }

    /// A repository, as `"group/web"`, whether it is there or not.
    ///
    /// # Panics
    ///
    /// If no repository is named.
    #[track_caller]
    pub fn repo(self, name: &str) -> Repo<'a> {
        repo(self.swr, self.site, name)
    }

    pub(super) fn name(self) -> &'a str {
        &self.site.region
    }
}
