//! A region of the cloud: what its handles look at.

use std::sync::Arc;

use super::{Credentials, Namespace, Repo, User, parse_label};
use crate::base::endpoints::Endpoints;
use crate::base::registry::RegistryId;
use crate::mock::swr::MockSwr;
use crate::state::{ADMIN, HOME, NamespaceName, RepoChange, RepoName, RepoPath, State};

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
    pub(super) endpoints: &'a Endpoints,
}

impl<'a> Region<'a> {
    /// Where its management is served, and IAM as well: `http://127.0.0.1:41003`.
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::start();
    /// assert_ne!(swr.region("cn-east-3").endpoint(), swr.endpoint());
    /// ```
    pub fn endpoint(self) -> &'a str {
        self.endpoints.endpoint()
    }

    /// Where its images are served: `127.0.0.1:41004`, without a scheme.
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::start();
    /// assert!(swr.region("cn-east-3").registry().starts_with("127.0.0.1:"));
    /// ```
    pub fn registry(self) -> &'a str {
        self.endpoints.registry()
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
        self.look(|state| Credentials::of(state, self.registry_id(), ADMIN))
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
        let parsed = self.parse_namespace(name);
        let registry = self.registry_id();
        self.change(|state| put_namespace(state, registry, parsed));
        self.namespace(name)
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
        let path = self.path(name);
        let (namespace, repo) = (
            self.parse_namespace(&path.namespace),
            parse_repo(&path.repo),
        );
        self.change(|state| {
            put_namespace(state, path.registry, namespace);
            if state.repo(&path).is_none() {
                let owner = state.owner(path.registry, &path.namespace);
                let made = (state.root_of(owner), RepoChange::default());
                state.put_repo(path.registry, &path.namespace, repo, made);
            }
        });
        self.repo(name)
    }

    /// An organization, whether it is there or not.
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::start();
    /// assert!(!swr.region("cn-east-3").namespace("group").exists());
    /// ```
    pub fn namespace(self, name: &str) -> Namespace<'a> {
        Namespace {
            region: self,
            name: self.swr.names.number(name),
        }
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
        self.path(name);
        Repo {
            region: self,
            name: self.swr.names.number(name),
        }
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
        let label = parse_label(name);
        let label = self.change(|state| {
            let user = state.user_labelled(label);
            Arc::clone(&state.user(user).label)
        });
        User {
            region: self,
            name: self.swr.names.number(&label),
        }
    }

    pub(super) fn registry_id(self) -> RegistryId {
        self.endpoints.registry
    }

    /// The repository of this name in the region's registry.
    #[track_caller]
    pub(super) fn path(self, name: &str) -> RepoPath<'_> {
        match RepoPath::split(self.registry_id(), name) {
            Ok(path) => path,
            Err(name) => panic!(
                "`{name}` names an organization; a repository is named with it, as in `group/web`"
            ),
        }
    }

    pub(super) fn name(self) -> &'a str {
        &self.endpoints.region
    }

    pub(super) fn look<T>(self, look: impl FnOnce(&State) -> T) -> T {
        self.swr.core.look(look)
    }

    pub(super) fn change<T>(self, change: impl FnOnce(&mut State) -> T) -> T {
        self.swr.core.change(change)
    }

    /// The name that a handle speaks of.
    pub(super) fn spoken(self, number: usize) -> Arc<str> {
        self.swr.names.name(number)
    }

    /// How a test speaks of it: `swr`, or `swr.region("cn-east-3")`.
    pub(super) fn in_words(self) -> String {
        in_words(self.swr, self.name())
    }

    /// Where a test finds what is missed here, if another region has the organization.
    pub(super) fn in_other_region(self, namespace: &str) -> Option<String> {
        let region = self.look(|state| {
            let found = state.other_region_with(self.registry_id(), namespace);
            found.map(str::to_owned)
        })?;
        let place = in_words(self.swr, &region);
        Some(format!(
            "; `{namespace}` is in {region}, not in {}: `{place}`",
            self.name()
        ))
    }

    #[track_caller]
    pub(super) fn parse_namespace(self, name: &str) -> NamespaceName {
        let parsed = self.look(|state| {
            let registry = state.registry(self.registry_id());
            registry.profile.parse_namespace(name)
        });
        match parsed {
            Ok(parsed) => parsed,
            Err(_) => panic!(
                "`{name}` cannot be an organization: {}",
                NamespaceName::RULE
            ),
        }
    }
}

#[track_caller]
pub(super) fn parse_repo(name: &str) -> RepoName {
    match RepoName::parse(name) {
        Ok(parsed) => parsed,
        Err(_) => panic!("`{name}` cannot be a repository: {}", RepoName::RULE),
    }
}

fn in_words(swr: &MockSwr, region: &str) -> String {
    if *region == *swr.core.endpoints.home().region {
        "swr".to_owned()
    } else {
        format!("swr.region(\"{region}\")")
    }
}

fn put_namespace(state: &mut State, registry: RegistryId, name: NamespaceName) {
    if state.namespace(registry, name.as_str()).is_none() {
        state.put_namespace(registry, name, (HOME, ADMIN));
    }
}
