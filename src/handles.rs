//! Handles on what is in a server: one look or one change each, past all rules that hold for clients.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;
use parking_lot::Mutex;
use serde_json::Value;

use crate::auth::login_key;
use crate::image::Image;
use crate::mock::MockSwr;
use crate::state::{
    ADMIN, Caller, Images, NamespaceName, Permission, Place, RepoChange, RepoName, State, Tagged,
    UserNo,
};
use crate::world::apply_repo;

/// The names that handles speak of, so that a handle is a number and can be copied.
#[derive(Debug, Default)]
pub(crate) struct Names(Mutex<Interned>);

#[derive(Debug, Default)]
struct Interned {
    numbers: HashMap<Arc<str>, usize>,
    names: Vec<Arc<str>>,
}

impl Names {
    fn number(&self, name: &str) -> usize {
        let Interned { numbers, names } = &mut *self.0.lock();
        if let Some(number) = numbers.get(name) {
            return *number;
        }
        let name: Arc<str> = name.into();
        numbers.insert(Arc::clone(&name), names.len());
        names.push(name);
        names.len() - 1
    }

    fn name(&self, number: usize) -> Arc<str> {
        Arc::clone(&self.0.lock().names[number])
    }
}

/// Splits `group/web` at its first slash.
#[track_caller]
fn split(name: &str) -> (&str, &str) {
    match name.split_once('/') {
        Some(parts) => parts,
        None => panic!(
            "`{name}` names an organization; a repository is named with it, as in `{name}/web`"
        ),
    }
}

impl MockSwr {
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
        let parsed = parse_namespace(name);
        self.core.change(|state| seed_namespace(state, parsed));
        self.namespace(name)
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
        let (namespace, repo) = split(name);
        let parsed = parse_namespace(namespace);
        let Ok(repo) = RepoName::parse(repo) else {
            panic!(
                "`{repo}` cannot be a repository: up to 128 of a-z 0-9 . _ - /, a letter or digit at both ends, \
                 no two separators together but `__` and hyphens"
            )
        };
        self.core.change(|state| {
            seed_namespace(state, parsed);
            if state.repo(namespace, repo.as_str()).is_none() {
                state.put_repo(namespace, repo, ADMIN, RepoChange::default());
            }
        });
        self.repo(name)
    }

    /// An organization, whether it is there or not.
    ///
    /// ```
    /// assert!(!mock_swr::MockSwr::start().namespace("group").exists());
    /// ```
    pub fn namespace(&self, name: &str) -> Namespace<'_> {
        Namespace {
            swr: self,
            name: self.names.number(name),
        }
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
        split(name);
        Repo {
            swr: self,
            name: self.names.number(name),
        }
    }

    /// A user: `"dev"`, or `"partner/dev"` of another account. Made on first mention, without rights, but for one
    /// that has its account's name, who is the account's root.
    ///
    /// ```
    /// use mock_swr::{MockSwr, Permission};
    ///
    /// let swr = MockSwr::start();
    /// let group = swr.seed_namespace("group");
    /// swr.user("dev").grant("group", Permission::Write);
    /// assert_eq!(group.permission_of("dev"), Some(Permission::Write));
    /// ```
    pub fn user(&self, name: &str) -> User<'_> {
        self.core.change(|state| state.user_labelled(name));
        User {
            swr: self,
            name: self.names.number(name),
        }
    }
}

#[track_caller]
fn parse_namespace(name: &str) -> NamespaceName {
    match NamespaceName::parse(name) {
        Ok(parsed) => parsed,
        Err(_) => panic!(
            "`{name}` cannot be an organization: up to 64 of a-z 0-9 . _ -, a letter first, a letter or digit last, \
             no two separators together but `__` and hyphens"
        ),
    }
}

fn seed_namespace(state: &mut State, name: NamespaceName) {
    if state.namespace(name.as_str()).is_none() {
        let admin = state.caller(ADMIN);
        state.put_namespace(name, admin.account, admin.user);
    }
}

/// An organization of a server. It holds no state: each method looks, or changes, when called.
///
/// ```
/// use mock_swr::MockSwr;
///
/// let swr = MockSwr::start();
/// let group = swr.seed_namespace("group");
/// group.seed_repo("web");
/// assert_eq!(group.repos(), ["web"]);
/// ```
#[derive(Clone, Copy)]
pub struct Namespace<'a> {
    swr: &'a MockSwr,
    name: usize,
}

impl<'a> Namespace<'a> {
    /// Gives it to another account, with all it holds. The account is made on first mention.
    ///
    /// # Panics
    ///
    /// If there is no such organization.
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::start();
    /// swr.seed_namespace("theirs").owner("partner");
    /// assert_eq!(swr.namespace("theirs").permission_of("admin"), None);
    /// ```
    #[track_caller]
    pub fn owner(self, account: &str) -> Namespace<'a> {
        self.change(|state, name| {
            let account = state.account_named(account);
            state.give_namespace(name, account)
        });
        self
    }

    /// Puts a repository into it, if it is not there yet.
    ///
    /// # Panics
    ///
    /// If the name breaks the naming rule.
    #[track_caller]
    pub fn seed_repo(self, name: &str) -> Repo<'a> {
        self.swr.seed_repo(&format!("{}/{name}", self.name()))
    }

    /// Whether it is there.
    pub fn exists(self) -> bool {
        self.swr.core.state.lock().namespace(&self.name()).is_some()
    }

    /// The names of its repositories, in order.
    ///
    /// # Panics
    ///
    /// If there is no such organization.
    #[track_caller]
    pub fn repos(self) -> Vec<String> {
        let name = self.name();
        self.look(|state| {
            state
                .repos_of(&name)
                .iter()
                .map(RepoName::to_string)
                .collect()
        })
    }

    /// What a user may do in it.
    ///
    /// # Panics
    ///
    /// If there is no such organization.
    #[track_caller]
    pub fn permission_of(self, user: &str) -> Option<Permission> {
        let name = self.name();
        self.look(|state| permission_of(state, &name, user))
    }

    /// Deletes it with all it holds, as somebody else might behind the client's back.
    ///
    /// # Panics
    ///
    /// If there is no such organization.
    #[track_caller]
    pub fn delete(self) {
        self.change(State::remove_namespace);
    }

    fn name(self) -> Arc<str> {
        self.swr.names.name(self.name)
    }

    #[track_caller]
    fn look<T>(self, look: impl FnOnce(&State) -> T) -> T {
        let name = self.name();
        let found = {
            let state = self.swr.core.state.lock();
            state.namespace(&name).map(|_| look(&state))
        };
        found.unwrap_or_else(|| no_namespace(&name))
    }

    #[track_caller]
    fn change(self, change: impl FnOnce(&mut State, &str) -> Option<()>) {
        let name = self.name();
        let changed = self.swr.core.change(|state| change(state, &name));
        changed.unwrap_or_else(|| no_namespace(&name));
    }
}

#[track_caller]
fn no_namespace(name: &str) -> ! {
    panic!("no organization `{name}`; make it with `swr.seed_namespace(\"{name}\")`")
}

fn permission_of(state: &State, namespace: &str, user: &str) -> Option<Permission> {
    let caller: Caller = state.caller(state.find_user(user)?);
    state.namespace(namespace)?.permission_of(&caller)
}

/// A repository of a server. It holds no state: each method looks, or changes, when called.
///
/// ```
/// use mock_swr::MockSwr;
/// use serde_json::json;
///
/// let swr = MockSwr::start();
/// let web = swr.seed_repo("group/web").set(json!({"category": "linux", "description": "the shop"}));
/// assert_eq!(web.info().category, "linux");
/// web.delete();
/// assert!(!web.exists());
/// ```
#[derive(Clone, Copy)]
pub struct Repo<'a> {
    swr: &'a MockSwr,
    name: usize,
}

/// What a repository is like.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RepoInfo {
    /// The number by which the service knows it.
    pub id: u64,
    /// Its organization's name.
    pub namespace: String,
    /// Its name within the organization.
    pub name: String,
    /// What it is for: `app_server`, `linux`, `framework_app`, `database`, `lang`, `other`, `windows` or `arm`.
    pub category: String,
    /// A free text.
    pub description: String,
    /// Whether anybody may pull.
    pub is_public: bool,
    /// How many tags it has.
    pub num_images: usize,
    /// How often something was pulled.
    pub num_download: u64,
    /// Bytes of all its tags together.
    pub size: u64,
    /// When it was made, by the service's clock.
    pub created: SystemTime,
    /// When it was changed last, by the service's clock.
    pub updated: SystemTime,
}

impl<'a> Repo<'a> {
    /// Makes it public.
    ///
    /// # Panics
    ///
    /// If there is no such repository.
    #[track_caller]
    pub fn public(self) -> Repo<'a> {
        self.set(serde_json::json!({"is_public": true}))
    }

    /// Sets whatever a world file may say of a repository: `category`, `description`, `is_public`,
    /// `num_download`, `creator`, `created`, `updated`, `id`. What is not named stays.
    ///
    /// # Panics
    ///
    /// If there is no such repository, or the value has other keys or types.
    ///
    /// ```
    /// use mock_swr::MockSwr;
    /// use serde_json::json;
    ///
    /// let swr = MockSwr::start();
    /// let web = swr.seed_repo("group/web").set(json!({"num_download": 7}));
    /// assert_eq!(web.info().num_download, 7);
    /// ```
    #[track_caller]
    pub fn set(self, value: Value) -> Repo<'a> {
        let name = self.name();
        let (namespace, repo) = split(&name);
        let set = self.swr.core.change(|state| {
            state.repo(namespace, repo)?;
            Some(apply_repo(state, namespace, repo, value))
        });
        match set {
            Some(Ok(())) => self,
            Some(Err(reason)) => panic!("a repository cannot be set so: {reason}"),
            None => no_repo(&name),
        }
    }

    /// Puts an image into it, in place of one under the same tag.
    ///
    /// # Panics
    ///
    /// If there is no such repository, or the tag breaks the naming rule.
    ///
    /// ```
    /// use mock_swr::{Image, MockSwr};
    ///
    /// let swr = MockSwr::start();
    /// let web = swr.seed_repo("group/web").image("v1").image(Image::new("v2").layers(3));
    /// assert_eq!(web.tags(), ["v1", "v2"]);
    /// ```
    #[track_caller]
    pub fn image(self, image: impl Into<Image>) -> Repo<'a> {
        let image = image.into();
        let name = self.name();
        let place = place(&name);
        let put = self.swr.core.change(|state| {
            state.content(&place)?;
            Some(image.put(state, &place))
        });
        match put {
            Some(Ok(())) => self,
            Some(Err(reason)) => panic!("image `{}` cannot be put there: {reason}", image.tag()),
            None => no_repo(&name),
        }
    }

    /// The names of its tags, in order.
    ///
    /// # Panics
    ///
    /// If there is no such repository.
    #[track_caller]
    pub fn tags(self) -> Vec<String> {
        self.look(|_, images| images.tags().map(|tag| tag.name.to_string()).collect())
    }

    /// What a tag is like.
    ///
    /// # Panics
    ///
    /// If there is no such repository or tag.
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::start();
    /// let web = swr.seed_repo("group/web").image("v1");
    /// assert!(web.tag("v1").digest.starts_with("sha256:"));
    /// ```
    #[track_caller]
    pub fn tag(self, name: &str) -> TagInfo {
        let found = self.look(|_, images| images.tagged(name).map(TagInfo::of));
        found.unwrap_or_else(|| {
            panic!(
                "no tag `{name}` in `{}`; it has: {}",
                self.name(),
                self.tags().join(", ")
            )
        })
    }

    /// The bytes of a manifest, by tag or digest, or of a blob, by digest.
    ///
    /// # Panics
    ///
    /// If there is no such repository or content.
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::start();
    /// let web = swr.seed_repo("group/web").image("v1");
    /// assert!(web.content("v1").starts_with(b"{"));
    /// ```
    #[track_caller]
    pub fn content(self, reference: &str) -> Bytes {
        let found = self.look(|state, images| {
            let manifest = images
                .resolve(reference)
                .map(|(_, manifest)| manifest.bytes.clone());
            let blob = || {
                state
                    .store()
                    .get(reference)
                    .filter(|_| images.has_blob(reference))
                    .map(|blob| blob.to_bytes())
            };
            manifest.or_else(blob)
        });
        found.unwrap_or_else(|| panic!("no manifest or blob `{reference}` in `{}`", self.name()))
    }

    /// Takes a tag away, as somebody else might behind the client's back. Its manifest stays.
    ///
    /// # Panics
    ///
    /// If there is no such repository or tag.
    #[track_caller]
    pub fn untag(self, name: &str) {
        self.tag(name);
        let full = self.name();
        self.swr
            .core
            .change(|state| state.untag(&place(&full), name));
    }

    /// Bytes received of each upload that is not finished, oldest first.
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::start();
    /// assert!(swr.seed_repo("group/web").uploads().is_empty());
    /// ```
    pub fn uploads(self) -> Vec<u64> {
        let name = self.name();
        let state = self.swr.core.state.lock();
        let own = state.uploads().filter(|(_, upload)| *upload.name == *name);
        own.map(|(_, upload)| upload.blob.size).collect()
    }

    #[track_caller]
    fn look<T>(self, look: impl FnOnce(&State, &Images) -> T) -> T {
        let name = self.name();
        let found = {
            let state = self.swr.core.state.lock();
            state
                .content(&place(&name))
                .map(|images| look(&state, images))
        };
        found.unwrap_or_else(|| no_repo(&name))
    }

    /// Whether it is there.
    pub fn exists(self) -> bool {
        let name = self.name();
        let (namespace, repo) = split(&name);
        self.swr.core.state.lock().repo(namespace, repo).is_some()
    }

    /// What it is like.
    ///
    /// # Panics
    ///
    /// If there is no such repository.
    #[track_caller]
    pub fn info(self) -> RepoInfo {
        let name = self.name();
        let (namespace, repo) = split(&name);
        let found = self
            .swr
            .core
            .state
            .lock()
            .repo(namespace, repo)
            .map(|repo| RepoInfo {
                id: repo.id,
                namespace: repo.namespace.to_string(),
                name: repo.name.to_string(),
                category: repo.category.as_str().to_owned(),
                description: repo.description.to_string(),
                is_public: repo.is_public,
                num_images: repo.num_images(),
                num_download: repo.num_download,
                size: repo.size(),
                created: repo.created.system(),
                updated: repo.updated.system(),
            });
        found.unwrap_or_else(|| no_repo(&name))
    }

    /// What a user may do with it.
    ///
    /// # Panics
    ///
    /// If there is no such repository.
    #[track_caller]
    pub fn permission_of(self, user: &str) -> Option<Permission> {
        let name = self.name();
        let (namespace, repo) = split(&name);
        let found = {
            let state = self.swr.core.state.lock();
            state
                .repo(namespace, repo)
                .map(|_| permission_of(&state, namespace, user))
        };
        found.unwrap_or_else(|| no_repo(&name))
    }

    /// Deletes it with all it holds, as somebody else might behind the client's back.
    ///
    /// # Panics
    ///
    /// If there is no such repository.
    #[track_caller]
    pub fn delete(self) {
        let name = self.name();
        let (namespace, repo) = split(&name);
        let deleted = self
            .swr
            .core
            .change(|state| state.remove_repo(namespace, repo));
        deleted.unwrap_or_else(|| no_repo(&name));
    }

    fn name(self) -> Arc<str> {
        self.swr.names.name(self.name)
    }
}

#[track_caller]
fn place(name: &str) -> Place {
    let (namespace, repo) = split(name);
    Place {
        namespace: namespace.to_owned(),
        repo: repo.to_owned(),
    }
}

/// What a tag is like.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TagInfo {
    /// The number by which the service knows it.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// The digest of its manifest: `sha256:..`.
    pub digest: String,
    /// The type of its manifest.
    pub media_type: String,
    /// Bytes of configuration and layers together; 0 for a list.
    pub size: u64,
    /// When it was pushed first, by the service's clock.
    pub created: SystemTime,
    /// When it was pushed last, by the service's clock.
    pub updated: SystemTime,
}

impl TagInfo {
    fn of(Tagged { tag, manifest }: Tagged<'_>) -> TagInfo {
        TagInfo {
            id: tag.id,
            name: tag.name.to_string(),
            digest: tag.digest.to_string(),
            media_type: manifest.media_type.clone(),
            size: manifest.size(),
            created: tag.created.system(),
            updated: tag.updated.system(),
        }
    }
}

#[track_caller]
fn no_repo(name: &str) -> ! {
    panic!("no repository `{name}`; make it with `swr.seed_repo(\"{name}\")`")
}

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
    swr: &'a MockSwr,
    name: usize,
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

    /// The user is made again where a restored world does not know of it.
    fn change<T>(self, change: impl FnOnce(&mut State, UserNo) -> T) -> T {
        let name = self.name();
        self.swr.core.change(|state| {
            let user = state.user_labelled(&name);
            change(state, user)
        })
    }

    fn name(self) -> Arc<str> {
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

macro_rules! debug_by_name {
    ($($handle:ident)*) => {$(
        impl fmt::Debug for $handle<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($handle), "({})"), self.name())
            }
        }
    )*};
}
debug_by_name! { Namespace Repo User }
