//! A handle to a region of the cloud.

use std::sync::Arc;

use super::{Credentials, Namespace, Repo, User, parse_label};
use crate::base::endpoints::Endpoints;
use crate::base::registry::RegistryId;
use crate::mock::swr::MockSwr;
use crate::state::{ADMIN, HOME, NamespaceName, RepoChange, RepoName, RepoPath, State};

/// A handle to a region of the cloud. It holds no state: each method reads or changes the server.
///
/// # Examples
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
    /// Returns the URL of the region's management API and IAM, such as `http://127.0.0.1:41003`.
    ///
    /// # Examples
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::start();
    /// assert_ne!(swr.region("cn-east-3").endpoint(), swr.endpoint());
    /// ```
    pub fn endpoint(self) -> &'a str {
        self.endpoints.endpoint()
    }

    /// Returns the host and port of the region's registry, such as `127.0.0.1:41004`.
    ///
    /// # Examples
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::start();
    /// assert!(swr.region("cn-east-3").registry().starts_with("127.0.0.1:"));
    /// ```
    pub fn registry(self) -> &'a str {
        self.endpoints.registry()
    }

    /// Returns the credentials of the account's administrator, with the id of the project in this region.
    ///
    /// # Examples
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::start();
    /// let (home, east) = (swr.credentials(), swr.region("cn-east-3").credentials());
    /// assert_eq!(home.access_key, east.access_key);
    /// assert_ne!(home.project_id, east.project_id);
    /// ```
    pub fn credentials(self) -> Credentials {
        self.read(|state| Credentials::of(state, self.registry_id(), ADMIN))
    }

    /// Creates an organization in this region, as [`MockSwr::seed_namespace`] does in the server's own region.
    ///
    /// # Panics
    ///
    /// Panics if the name breaks the naming rule.
    ///
    /// # Examples
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::start();
    /// assert!(swr.region("cn-east-3").seed_namespace("group").exists());
    /// ```
    #[track_caller]
    pub fn seed_namespace(self, name: &str) -> Namespace<'a> {
        let parsed = self.parse_namespace(name);
        let registry = self.registry_id();
        self.change(|state| ensure_namespace(state, registry, parsed));
        self.namespace(name)
    }

    /// Creates a repository in this region, as [`MockSwr::seed_repo`] does in the server's own region.
    ///
    /// # Panics
    ///
    /// Panics if a name breaks the naming rule, or if the name has no slash.
    ///
    /// # Examples
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
            ensure_namespace(state, path.registry, namespace);
            if state.repo(&path).is_none() {
                let owner = state.owner(path.registry, &path.namespace);
                let made = (state.root_of(owner), RepoChange::default());
                state.put_repo(path.registry, &path.namespace, repo, made);
            }
        });
        self.repo(name)
    }

    /// Returns a handle to an organization of this region, which need not exist.
    ///
    /// # Examples
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

    /// Returns a handle to a repository of this region, such as `"group/web"`, which need not exist.
    ///
    /// # Panics
    ///
    /// Panics if the name has no slash.
    ///
    /// # Examples
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

    /// Returns a handle to a user, as [`MockSwr::user`] does.
    ///
    /// The handle grants and revokes permissions in this region. Its tokens are for the account's project in this
    /// region.
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
        let label = self.ensure(|state| {
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

    /// The path of a repository in this region's registry.
    #[track_caller]
    pub(super) fn path(self, name: &str) -> RepoPath<'_> {
        match RepoPath::split(self.registry_id(), name) {
            Ok(path) => path,
            Err(name) => panic!(
                "`{name}` has no organization: expected organization/repository, as in `group/web`"
            ),
        }
    }

    pub(super) fn name(self) -> &'a str {
        &self.endpoints.region
    }

    pub(super) fn read<T>(self, read: impl FnOnce(&State) -> T) -> T {
        self.swr.core.read(read)
    }

    pub(super) fn change<T>(self, change: impl FnOnce(&mut State) -> T) -> T {
        self.swr.core.change(change)
    }

    pub(super) fn ensure<T>(self, ensure: impl FnOnce(&mut State) -> T) -> T {
        self.swr.core.ensure(ensure)
    }

    /// The name that a handle refers to by this number.
    pub(super) fn name_of(self, number: usize) -> Arc<str> {
        self.swr.names.name(number)
    }

    /// The Rust expression for this region: `swr`, or `swr.region("cn-east-3")`.
    pub(super) fn expression(self) -> String {
        expression(self.swr, self.name())
    }

    /// Names the other region that has an organization of this name, if one has.
    pub(super) fn found_in_other_region(self, namespace: &str) -> Option<String> {
        let region = self.read(|state| {
            let found = state.other_region_with(self.registry_id(), namespace);
            found.map(str::to_owned)
        })?;
        let (name, other) = (self.name(), expression(self.swr, &region));
        Some(format!(
            "; organization `{namespace}` is in {region}, not in {name}: use `{other}`"
        ))
    }

    #[track_caller]
    pub(super) fn parse_namespace(self, name: &str) -> NamespaceName {
        let parsed = self.read(|state| {
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

fn expression(swr: &MockSwr, region: &str) -> String {
    if *region == *swr.core.endpoints.home().region {
        "swr".to_owned()
    } else {
        format!("swr.region(\"{region}\")")
    }
}

fn ensure_namespace(state: &mut State, registry: RegistryId, name: NamespaceName) {
    if state.namespace(registry, name.as_str()).is_none() {
        state.put_namespace(registry, name, (HOME, ADMIN));
    }
}
