//! The state as a value and as a file.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde::ser::Serializer;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::clock::{Clock, Time};
use crate::image::Image;
use crate::registry::manifests::read_manifest;
use crate::state::{
    ADMIN, Blob, Category, Digest, HOME, Namespace, NamespaceName, Permission, Place, Quota, Repo,
    RepoChange, RepoName, Settings, State, Tag, TagName, User, UserNo,
};

/// The state of a service as a value: of a file, a snapshot, or another server.
///
/// Cloning it and taking it cost nothing, whatever its size. A world of a file says only what matters; region,
/// account and administrator, where it does not name them, are those of the server that starts from it.
///
/// ```
/// use mock_swr::{MockSwr, World};
///
/// let world: World = r#"{"namespaces": {"group": {
///     "permissions": {"dev": "read"},
///     "repos": {"web": {"category": "linux", "is_public": true}}
/// }}}"#.parse().unwrap();
/// let swr = MockSwr::builder().world(world).start();
/// assert!(swr.repo("group/web").info().is_public);
/// ```
#[derive(Clone, Default)]
pub struct World(Form);

#[derive(Clone)]
enum Form {
    File(std::sync::Arc<WorldFile>),
    State(Box<State>),
}

impl Default for Form {
    fn default() -> Form {
        Form::File(std::sync::Arc::default())
    }
}

/// Worlds that come with the crate.
const BUNDLED: [(&str, &str); 2] = [
    ("shop", include_str!("../fixtures/worlds/shop.json")),
    (
        "two-tenants",
        include_str!("../fixtures/worlds/two-tenants.json"),
    ),
];

impl World {
    /// Of a file.
    ///
    /// # Errors
    ///
    /// If it cannot be read, is not JSON, or has a key or a value that no world has; the error names the line.
    ///
    /// ```
    /// use mock_swr::World;
    ///
    /// let error = World::load("no/such/file.json").unwrap_err();
    /// assert!(error.to_string().contains("no/such/file.json"));
    /// ```
    pub fn load(path: impl AsRef<Path>) -> Result<World, FixtureError> {
        let path = path.as_ref();
        let in_file = |error: FixtureError| FixtureError {
            path: Some(path.to_owned()),
            ..error
        };
        let text = std::fs::read_to_string(path)
            .map_err(|error| in_file(FixtureError::of(error.to_string())))?;
        text.parse().map_err(in_file)
    }

    /// One that comes with the crate: `shop` (two organizations, three repositories, two users), or
    /// `two-tenants` (an organization of each of two accounts).
    ///
    /// # Panics
    ///
    /// If there is none of that name.
    ///
    /// ```
    /// use mock_swr::{MockSwr, World};
    ///
    /// let swr = MockSwr::builder().world(World::named("shop")).start();
    /// assert_eq!(swr.namespace("shop").repos(), ["cart", "web/front"]);
    /// ```
    #[track_caller]
    pub fn named(name: &str) -> World {
        let names = || BUNDLED.map(|(name, _)| name).join(", ");
        let Some((_, text)) = BUNDLED.iter().find(|(known, _)| *known == name) else {
            panic!(
                "no world `{name}` comes with the crate; there are: {}",
                names()
            )
        };
        match text.parse() {
            Ok(world) => world,
            Err(error) => panic!("the bundled world `{name}` is broken: {error}"),
        }
    }

    /// As the file that [`World::load`] reads: the same state again, ids and times included. It names users'
    /// keys.
    ///
    /// ```
    /// use mock_swr::{MockSwr, World};
    ///
    /// let swr = MockSwr::start();
    /// swr.seed_repo("group/web");
    /// let copy: World = swr.world().to_json().parse().unwrap();
    /// assert_eq!(copy.to_json(), swr.world().to_json());
    /// ```
    pub fn to_json(&self) -> String {
        let file = match &self.0 {
            Form::File(file) => (**file).clone(),
            Form::State(state) => WorldFile::of(state),
        };
        // The file form is strings, numbers and maps: it always serializes.
        serde_json::to_string_pretty(&file).unwrap_or_default()
    }

    pub(crate) fn of(state: State) -> World {
        World(Form::State(Box::new(state)))
    }

    /// The state, on a server of this region and account.
    pub(crate) fn state(&self, home: &Home) -> Result<State, String> {
        let mut state = match &self.0 {
            Form::File(file) => file.state(home)?,
            Form::State(state) => (**state).clone(),
        };
        state.settings = home.settings;
        let own = Home::of(&state);
        for (what, own, asked) in [
            ("region", own.region, &home.region),
            ("account", own.account, &home.account),
            ("administrator", own.user, &home.user),
        ] {
            if let (Some(own), Some(asked)) = (own, asked)
                && own != *asked
            {
                return Err(format!("its {what} is `{own}`, not `{asked}`"));
            }
        }
        Ok(state)
    }
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Form::File(_) => f.write_str("World(of a file)"),
            Form::State(state) => write!(f, "World({} organizations)", state.namespaces().count()),
        }
    }
}

impl FromStr for World {
    type Err = FixtureError;

    fn from_str(text: &str) -> Result<World, FixtureError> {
        if text.trim_start().starts_with('[') {
            // serde would take the array for the object's values in a row.
            return Err(FixtureError::of(
                "a world is a JSON object, not an array".to_owned(),
            ));
        }
        let file: WorldFile = serde_json::from_str(text).map_err(|error| FixtureError {
            path: None,
            line: error.line(),
            column: error.column(),
            message: strip_place(&error.to_string()).to_owned(),
        })?;
        // Names and values are checked now, so that starting from it cannot fail on them.
        file.state(&Home::default()).map_err(FixtureError::of)?;
        Ok(World(Form::File(std::sync::Arc::new(file))))
    }
}

/// serde_json's message without the place, which is told apart.
fn strip_place(message: &str) -> &str {
    message
        .rsplit_once(" at line ")
        .map_or(message, |(message, _)| message)
}

/// What is wrong with a fixture file, and where. Its `Debug` is its `Display`, so that `unwrap` tells it well.
#[derive(Clone, PartialEq, Eq)]
pub struct FixtureError {
    path: Option<PathBuf>,
    line: usize,
    column: usize,
    message: String,
}

impl FixtureError {
    pub(crate) fn of_file(path: &Path, message: String) -> FixtureError {
        FixtureError {
            path: Some(path.to_owned()),
            ..FixtureError::of(message)
        }
    }

    fn of(message: String) -> FixtureError {
        FixtureError {
            path: None,
            line: 0,
            column: 0,
            message,
        }
    }
}

impl fmt::Display for FixtureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(path) = &self.path {
            write!(f, "{}: ", path.display())?;
        }
        if self.line > 0 {
            write!(f, "line {}, column {}: ", self.line, self.column)?;
        }
        f.write_str(&self.message)
    }
}

impl fmt::Debug for FixtureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for FixtureError {}

/// Where a server stands and whose it is; what is not said may be anything.
#[derive(Debug, Clone, Default)]
pub(crate) struct Home {
    pub(crate) region: Option<String>,
    pub(crate) account: Option<String>,
    pub(crate) user: Option<String>,
    pub(crate) frozen_at: Option<Time>,
    pub(crate) settings: Settings,
}

impl Home {
    pub(crate) fn of(state: &State) -> Home {
        Home {
            region: Some(state.region.to_string()),
            account: Some(state.account(HOME).name.to_string()),
            user: Some(state.user(ADMIN).name.to_string()),
            frozen_at: None,
            settings: state.settings,
        }
    }
}

/// A map in the order of the file: what comes first gets the first id.
#[derive(Debug, Clone)]
struct Ordered<V>(Vec<(String, V)>);

impl<V> Default for Ordered<V> {
    fn default() -> Ordered<V> {
        Ordered(Vec::new())
    }
}

impl<V> Ordered<V> {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<V> FromIterator<(String, V)> for Ordered<V> {
    fn from_iter<I: IntoIterator<Item = (String, V)>>(pairs: I) -> Ordered<V> {
        Ordered(pairs.into_iter().collect())
    }
}

impl<'de, V: Deserialize<'de>> Deserialize<'de> for Ordered<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Ordered<V>, D::Error> {
        struct Pairs<V>(std::marker::PhantomData<V>);
        impl<'de, V: Deserialize<'de>> Visitor<'de> for Pairs<V> {
            type Value = Ordered<V>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Ordered<V>, M::Error> {
                let mut pairs: Vec<(String, V)> = Vec::new();
                while let Some((key, value)) = map.next_entry::<String, V>()? {
                    if pairs.iter().any(|(known, _)| *known == key) {
                        return Err(serde::de::Error::custom(format!("`{key}` stands twice")));
                    }
                    pairs.push((key, value));
                }
                Ok(Ordered(pairs))
            }
        }
        deserializer.deserialize_map(Pairs(std::marker::PhantomData))
    }
}

impl<V: Serialize> Serialize for Ordered<V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (key, value)))
    }
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct WorldFile {
    /// For whoever reads the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    about: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<String>,
    /// The account's administrator.
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<String>,
    /// The account's project in the region.
    #[serde(skip_serializing_if = "Option::is_none")]
    project_id: Option<String>,
    /// The clock stands at this instant.
    #[serde(skip_serializing_if = "Option::is_none")]
    frozen_at: Option<String>,
    /// The clock is so much ahead of the wall clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    ahead_seconds: Option<u64>,
    /// The highest id given so far.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_id: Option<u64>,
    #[serde(skip_serializing_if = "Ordered::is_empty")]
    quotas: Ordered<QuotaFile>,
    #[serde(skip_serializing_if = "Ordered::is_empty")]
    users: Ordered<UserFile>,
    namespaces: Ordered<NamespaceFile>,
    /// Pushed bytes as base64, by digest.
    #[serde(skip_serializing_if = "Ordered::is_empty")]
    blobs: Ordered<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct QuotaFile {
    #[serde(default = "default_namespaces")]
    namespaces: usize,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    repos: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tags: Option<usize>,
}

fn default_namespaces() -> usize {
    Quota::default().namespaces
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct UserFile {
    #[serde(skip_serializing_if = "Option::is_none")]
    access_key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret_key: Option<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    admin: bool,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct NamespaceFile {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<u64>,
    /// The account it belongs to, if not the server's.
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    creator: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    created: Option<String>,
    #[serde(skip_serializing_if = "Ordered::is_empty")]
    permissions: Ordered<PermissionFile>,
    #[serde(skip_serializing_if = "Ordered::is_empty")]
    repos: Ordered<RepoFile>,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum PermissionFile {
    Read,
    Write,
    Manage,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RepoFile {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    category: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_public: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    num_download: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    creator: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    created: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    updated: Option<String>,
    /// Images by their recipes.
    #[serde(skip_serializing)]
    images: Vec<ImageFile>,
    /// The digests of its blobs, whose bytes are in the file's `blobs`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    blobs: Vec<String>,
    /// The types of its manifests by digest; their bytes are in `blobs` as well.
    #[serde(skip_serializing_if = "Ordered::is_empty")]
    manifests: Ordered<String>,
    #[serde(skip_serializing_if = "Ordered::is_empty")]
    tags: Ordered<TagFile>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct TagFile {
    digest: String,
    #[serde(default)]
    id: Option<u64>,
    #[serde(default)]
    created: Option<String>,
    #[serde(default)]
    updated: Option<String>,
}

/// A tag alone, or a recipe.
#[derive(Debug, Clone)]
struct ImageFile(Image);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RecipeFile {
    tag: String,
    #[serde(default = "one")]
    layers: usize,
    #[serde(default)]
    age_seconds: u64,
    #[serde(default)]
    pulls: u64,
    #[serde(default)]
    platforms: Vec<String>,
    #[serde(default)]
    signed: bool,
}

fn one() -> usize {
    1
}

impl<'de> Deserialize<'de> for ImageFile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<ImageFile, D::Error> {
        struct TagOrRecipe;
        impl<'de> Visitor<'de> for TagOrRecipe {
            type Value = ImageFile;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a tag, or an object with `tag`")
            }

            fn visit_str<E>(self, tag: &str) -> Result<ImageFile, E> {
                Ok(ImageFile(Image::new(tag)))
            }

            fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<ImageFile, M::Error> {
                let recipe = RecipeFile::deserialize(MapAccessDeserializer::new(map))?;
                let image = Image::new(&recipe.tag)
                    .layers(recipe.layers)
                    .age(Duration::from_secs(recipe.age_seconds))
                    .pulls(recipe.pulls)
                    .platforms(recipe.platforms);
                Ok(ImageFile(if recipe.signed {
                    image.signed()
                } else {
                    image
                }))
            }
        }
        deserializer.deserialize_any(TagOrRecipe)
    }
}

/// The bytes of a file by their digests.
type Bytes64 = BTreeMap<Digest, Bytes>;

impl WorldFile {
    fn bytes(&self) -> Result<Bytes64, String> {
        let decode = |(name, text): &(String, String)| {
            let digest = parse_digest(name)?;
            let bytes = STANDARD
                .decode(text)
                .map_err(|error| format!("blobs.{name}: {error}"))?;
            let bytes = Bytes::from(bytes);
            if Digest::of(digest.algorithm(), std::slice::from_ref(&bytes)) == digest {
                Ok((digest, bytes))
            } else {
                Err(format!(
                    "blobs.{name}: the bytes are not what the digest says"
                ))
            }
        };
        self.blobs.0.iter().map(decode).collect()
    }
}

fn parse_digest(text: &str) -> Result<Digest, String> {
    Digest::parse(text).map_err(|_| format!("`{text}` is no digest"))
}

impl WorldFile {
    fn state(&self, home: &Home) -> Result<State, String> {
        let choose = |own: &Option<String>, asked: &Option<String>, default: &str| {
            own.as_ref()
                .or(asked.as_ref())
                .map_or(default.to_owned(), String::clone)
        };
        let frozen_at = self.frozen_at.as_deref().map(Time::parse).transpose()?;
        let clock = home
            .frozen_at
            .or(frozen_at)
            .map_or_else(Clock::wall, Clock::frozen_at);
        let region = choose(&self.region, &home.region, "cn-north-4");
        let account = choose(&self.account, &home.account, "acme");
        let admin = choose(&self.user, &home.user, "admin");
        let mut state = State::new(clock, &region, &account, &admin);
        state.fixed_project = self.project_id.as_deref().map(Into::into);
        state
            .clock
            .advance(Duration::from_secs(self.ahead_seconds.unwrap_or(0)));
        let bytes = self.bytes()?;
        for (account, quota) in &self.quotas.0 {
            let account = state.account_named(account);
            state.set_quota(
                account,
                Quota {
                    namespaces: quota.namespaces,
                    repos: quota.repos,
                    tags: quota.tags,
                },
            );
        }
        for (label, user) in &self.users.0 {
            user.add(&mut state, label)?;
        }
        for (name, namespace) in &self.namespaces.0 {
            namespace.add(&mut state, name, &bytes)?;
        }
        if let Some(last_id) = self.last_id {
            state.ids.set_last(last_id.max(state.highest_id()));
        }
        Ok(state)
    }

    fn of(state: &State) -> WorldFile {
        let home = Home::of(state);
        WorldFile {
            about: None,
            region: home.region,
            account: home.account,
            user: home.user,
            project_id: state.fixed_project.as_deref().map(str::to_owned),
            frozen_at: state.clock.frozen().map(|time| time.to_string()),
            ahead_seconds: Some(state.clock.ahead().as_secs()).filter(|ahead| *ahead > 0),
            last_id: Some(state.ids.last()),
            quotas: state
                .accounts()
                .iter()
                .map(|account| (account.name.to_string(), account.quota.into()))
                .collect(),
            users: state
                .users()
                .iter()
                .map(|user| (user.label.to_string(), UserFile::of(user)))
                .collect(),
            namespaces: state
                .namespaces()
                .map(|namespace| {
                    (
                        namespace.name.to_string(),
                        NamespaceFile::of(state, namespace),
                    )
                })
                .collect(),
            blobs: state
                .all_content()
                .into_iter()
                .map(|(digest, bytes)| (digest.to_string(), STANDARD.encode(bytes)))
                .collect(),
        }
    }
}

impl From<Quota> for QuotaFile {
    fn from(quota: Quota) -> QuotaFile {
        QuotaFile {
            namespaces: quota.namespaces,
            repos: quota.repos,
            tags: quota.tags,
        }
    }
}

impl UserFile {
    fn add(&self, state: &mut State, label: &str) -> Result<(), String> {
        let number = state.user_labelled(label);
        if self.admin {
            state.set_admin(number);
        }
        match (&self.access_key, &self.secret_key) {
            (Some(access_key), Some(secret_key)) => {
                if state
                    .holder_of_key(access_key)
                    .is_some_and(|holder| holder != number)
                {
                    return Err(format!(
                        "users.{label}: access key `{access_key}` is another user's"
                    ));
                }
                state.set_keys(number, access_key, secret_key);
            }
            (None, None) => {}
            _ => {
                return Err(format!(
                    "users.{label}: access_key and secret_key go together"
                ));
            }
        }
        Ok(())
    }

    fn of(user: &User) -> UserFile {
        UserFile {
            access_key: Some(user.access_key.to_string()),
            secret_key: Some(user.secret_key.to_string()),
            admin: user.is_admin,
        }
    }
}

impl NamespaceFile {
    fn add(&self, state: &mut State, name: &str, bytes: &Bytes64) -> Result<(), String> {
        let parsed = NamespaceName::parse(name).map_err(|_| {
            format!("namespaces.{name}: the name breaks the naming rule of organizations")
        })?;
        let account = self
            .owner
            .as_deref()
            .map_or(HOME, |owner| state.account_named(owner));
        let creator = match (&self.creator, account) {
            (Some(label), _) => state.user_labelled(label),
            (None, HOME) => ADMIN,
            (None, account) => {
                let root = format!("{0}/{0}", state.account(account).name);
                state.user_labelled(&root)
            }
        };
        state.put_namespace(parsed, account, creator);
        for (label, permission) in &self.permissions.0 {
            let user = state.user_labelled(label);
            state.grant(name, user, Some((*permission).into()));
        }
        let created = self.created.as_deref().map(Time::parse).transpose()?;
        state.alter_namespace(name, |namespace| {
            namespace.created = created.unwrap_or(namespace.created);
            namespace.id = self.id.unwrap_or(namespace.id);
        });
        state.ids.skip_to(self.id.unwrap_or(0));
        for (repo, file) in &self.repos.0 {
            let place = format!("namespaces.{name}.repos.{repo}");
            let parsed = RepoName::parse(repo)
                .map_err(|_| format!("{place}: the name breaks the naming rule"))?;
            state.put_repo(name, parsed, creator, RepoChange::default());
            file.apply(state, name, repo, bytes)
                .map_err(|reason| format!("{place}: {reason}"))?;
        }
        Ok(())
    }

    fn of(state: &State, namespace: &Namespace) -> NamespaceFile {
        let label = |user: UserNo| state.user(user).label.to_string();
        let owner =
            (namespace.account != HOME).then(|| state.account(namespace.account).name.to_string());
        let name = namespace.name.as_str();
        let repos = state.repos_of(name).into_iter().filter_map(|repo| {
            Some((
                repo.to_string(),
                RepoFile::of(state, state.repo(name, repo.as_str())?),
            ))
        });
        NamespaceFile {
            id: Some(namespace.id),
            owner,
            creator: Some(label(namespace.creator)),
            created: Some(namespace.created.to_string()),
            permissions: namespace
                .grants
                .iter()
                .map(|(user, permission)| (label(*user), (*permission).into()))
                .collect(),
            repos: repos.collect(),
        }
    }
}

impl From<PermissionFile> for Permission {
    fn from(file: PermissionFile) -> Permission {
        match file {
            PermissionFile::Read => Permission::Read,
            PermissionFile::Write => Permission::Write,
            PermissionFile::Manage => Permission::Manage,
        }
    }
}

impl From<Permission> for PermissionFile {
    fn from(permission: Permission) -> PermissionFile {
        match permission {
            Permission::Read => PermissionFile::Read,
            Permission::Write => PermissionFile::Write,
            Permission::Manage => PermissionFile::Manage,
        }
    }
}

impl RepoFile {
    /// Sets what the file names of a repository that is there.
    fn apply(
        &self,
        state: &mut State,
        namespace: &str,
        name: &str,
        bytes: &Bytes64,
    ) -> Result<(), String> {
        self.put_content(state, namespace, name, bytes)?;
        let parse_category =
            |text: &str| Category::parse(text).ok_or_else(|| format!("no category `{text}`"));
        let category = self.category.as_deref().map(parse_category).transpose()?;
        let created = self.created.as_deref().map(Time::parse).transpose()?;
        let updated = self.updated.as_deref().map(Time::parse).transpose()?;
        let creator = self
            .creator
            .as_deref()
            .map(|label| state.user_labelled(label));
        state.alter_repo(namespace, name, |repo| {
            repo.category = category.unwrap_or(repo.category);
            repo.is_public = self.is_public.unwrap_or(repo.is_public);
            repo.num_download = self.num_download.unwrap_or(repo.num_download);
            repo.creator = creator.unwrap_or(repo.creator);
            repo.created = created.unwrap_or(repo.created);
            repo.updated = updated.unwrap_or(repo.updated);
            if let Some(description) = &self.description {
                repo.description = description.as_str().into();
            }
        });
        if let Some(id) = self.id {
            state
                .set_repo_id(namespace, name, id)
                .ok_or_else(|| format!("id {id} is another repository's"))?;
            state.ids.skip_to(id);
        }
        Ok(())
    }

    fn put_content(
        &self,
        state: &mut State,
        namespace: &str,
        name: &str,
        bytes: &Bytes64,
    ) -> Result<(), String> {
        let place = Place {
            namespace: namespace.to_owned(),
            repo: name.to_owned(),
        };
        for ImageFile(image) in &self.images {
            image.put(state, &place)?;
        }
        let find = |text: &str| {
            let digest = parse_digest(text)?;
            let found = bytes.get(&digest).cloned();
            let bytes = found.ok_or_else(|| format!("the bytes of {digest} are not in `blobs`"))?;
            Ok::<_, String>((digest, bytes))
        };
        for text in &self.blobs {
            let (digest, bytes) = find(text)?;
            state.put_blob(&place, &digest, Blob::whole(bytes));
        }
        for (text, media_type) in &self.manifests.0 {
            let (digest, bytes) = find(text)?;
            let manifest = read_manifest(bytes, Some(media_type))
                .map_err(|denied| format!("{digest} is no manifest: {}", denied.detail))?;
            state.store_manifest(&place, digest, Vec::new(), manifest);
        }
        for (name, tag) in &self.tags.0 {
            tag.put(state, &place, name)?;
        }
        Ok(())
    }

    fn of(state: &State, repo: &Repo) -> RepoFile {
        RepoFile {
            id: Some(repo.id),
            category: Some(repo.category.as_str().to_owned()),
            description: Some(repo.description.to_string()),
            is_public: Some(repo.is_public),
            num_download: Some(repo.num_download),
            creator: Some(state.user(repo.creator).label.to_string()),
            created: Some(repo.created.to_string()),
            updated: Some(repo.updated.to_string()),
            images: Vec::new(),
            blobs: repo.images.blobs().map(Digest::to_string).collect(),
            manifests: repo
                .images
                .manifests()
                .map(|(digest, manifest)| (digest.to_string(), manifest.media_type.clone()))
                .collect(),
            tags: repo
                .images
                .tags()
                .map(|tag| (tag.name.to_string(), TagFile::of(tag)))
                .collect(),
        }
    }
}

impl TagFile {
    fn put(&self, state: &mut State, place: &Place, name: &str) -> Result<(), String> {
        let parsed =
            TagName::parse(name).map_err(|_| format!("`{name}` breaks the naming rule of tags"))?;
        let digest = parse_digest(&self.digest)?;
        if state
            .content(place)
            .is_none_or(|images| images.manifest(digest.as_str()).is_none())
        {
            return Err(format!("tag `{name}`: no manifest {digest}"));
        }
        let now = state.clock.now();
        let time = |text: &Option<String>| text.as_deref().map_or(Ok(now), Time::parse);
        let tag = Tag {
            id: self.id.unwrap_or_else(|| state.ids.object()),
            name: parsed,
            digest,
            created: time(&self.created)?,
            updated: time(&self.updated)?,
        };
        state.ids.skip_to(tag.id);
        state.put_tag(place, tag);
        Ok(())
    }

    fn of(tag: &Tag) -> TagFile {
        TagFile {
            digest: tag.digest.to_string(),
            id: Some(tag.id),
            created: Some(tag.created.to_string()),
            updated: Some(tag.updated.to_string()),
        }
    }
}

/// Sets what a value, in the form of a world file's repository, names of a repository that is there.
pub(crate) fn apply_repo(
    state: &mut State,
    namespace: &str,
    name: &str,
    value: Value,
) -> Result<(), String> {
    let file: RepoFile = serde_json::from_value(value).map_err(|error| error.to_string())?;
    file.apply(state, namespace, name, &Bytes64::new())
}
