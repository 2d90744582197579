//! A repository of a server, and its tags.

use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;
use serde_json::Value;

use super::{Region, parse_account, parse_label};
use crate::base::suggest::likest;
use crate::fixtures::image::Image;
use crate::fixtures::world::apply_repo;
use crate::state::{Permission, RepoPath, RepoState, State, Tagged};

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
    pub(super) region: Region<'a>,
    pub(super) name: usize,
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
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::start();
    /// assert!(swr.seed_repo("group/web").public().info().is_public);
    /// ```
    #[track_caller]
    pub fn public(self) -> Repo<'a> {
        self.set(serde_json::json!({"is_public": true}))
    }

    /// Shares it with another account, for ever: its users can read it. The account is made on first mention. Until a
    /// date: `set(json!({"shares": {"partner": {"deadline": "2027-01-31T00:00:00Z"}}}))`, which holds through that day.
    ///
    /// # Panics
    ///
    /// If there is no such repository, or it is the account's own.
    ///
    /// ```
    /// use mock_swr::MockSwr;
    ///
    /// let swr = MockSwr::start();
    /// swr.seed_repo("group/web").share("partner");
    /// let url = format!("{}/v2/manage/shared-repositories?center=thirdparty", swr.endpoint());
    /// let client = reqwest::blocking::Client::new();
    /// let list = client.get(url).header("X-Auth-Token", swr.user("partner/eve").token()).send().unwrap();
    /// assert!(list.text().unwrap().contains("\"name\":\"web\""));
    /// ```
    #[track_caller]
    pub fn share(self, account: &str) -> Repo<'a> {
        self.set(serde_json::json!({"shares": {account: {}}}))
    }

    /// Ends the share with an account, if there is one.
    ///
    /// # Panics
    ///
    /// If there is no such repository, or the name of the account is empty or has a slash.
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::start();
    /// let web = swr.seed_repo("group/web").share("partner");
    /// swr.user("partner/eve");
    /// web.unshare("partner");
    /// assert_eq!(web.permission_of("partner/eve"), None);
    /// ```
    #[track_caller]
    pub fn unshare(self, account: &str) -> Repo<'a> {
        let account = parse_account(account);
        self.change(|state, path| {
            state.content(path)?;
            if let Some(account) = state.find_account(account) {
                state.end_share(path, account);
            }
            Some(())
        });
        self
    }

    /// Sets whatever a world file may say of a repository: `category`, `description`, `is_public`,
    /// `num_download`, `creator`, `created`, `updated`, `id`, `permissions`, `shares`. What is not named stays.
    ///
    /// # Panics
    ///
    /// If there is no such repository, or the value has other keys or types. Where a value is at fault that only the
    /// service can judge, as a category, what stands before it is set.
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
        let set = self.change(|state, path| {
            state.content(path)?;
            Some(apply_repo(state, path, value))
        });
        match set {
            Ok(()) => self,
            Err(reason) => panic!("`{}` cannot be set so: {reason}", self.name()),
        }
    }

    /// Puts an image into it, in path of one under the same tag.
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
        let put = self.change(|state, path| {
            state.content(path)?;
            Some(image.put(state, path))
        });
        match put {
            Ok(()) => self,
            Err(reason) => panic!("image `{}` cannot be put there: {reason}", image.tag_name()),
        }
    }

    /// The names of its tags, in order.
    ///
    /// # Panics
    ///
    /// If there is no such repository.
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::start();
    /// assert_eq!(swr.seed_repo("group/web").image("v1").tags(), ["v1"]);
    /// ```
    #[track_caller]
    pub fn tags(self) -> Vec<String> {
        self.look(|_, repo| repo.images.tags().map(|tag| tag.name.to_string()).collect())
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
        let found = self.look(|_, repo| repo.images.tagged(name).map(TagInfo::of));
        match found {
            Some(found) => found,
            None => panic!(
                "no tag `{name}` in `{}`; it has: {}",
                self.name(),
                self.tags().join(", ")
            ),
        }
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
        let found = self.look(|state, repo| {
            let images = &repo.images;
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
        match found {
            Some(found) => found,
            None => panic!("no manifest or blob `{reference}` in `{}`", self.name()),
        }
    }

    /// Takes a tag away, as somebody else might behind the client's back. Its manifest stays.
    ///
    /// # Panics
    ///
    /// If there is no such repository or tag.
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::start();
    /// let web = swr.seed_repo("group/web").image("v1");
    /// web.untag("v1");
    /// assert!(web.tags().is_empty());
    /// ```
    #[track_caller]
    pub fn untag(self, name: &str) {
        self.tag(name);
        let full_name = self.name();
        let path = self.region.path(&full_name);
        self.region.change(|state| state.untag(&path, name));
    }

    /// Bytes received of each upload that is not finished, oldest first.
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::start();
    /// assert!(swr.seed_repo("group/web").uploads().is_empty());
    /// ```
    pub fn uploads(self) -> Vec<u64> {
        let name = self.name();
        let path = self.region.path(&name);
        self.region.look(|state| {
            let own = state.uploads_to(&path);
            own.map(|(_, upload)| upload.blob.size).collect()
        })
    }

    /// Whether it is there.
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::start();
    /// assert!(!swr.repo("group/web").exists());
    /// ```
    pub fn exists(self) -> bool {
        let name = self.name();
        let path = self.region.path(&name);
        self.region.look(|state| state.content(&path).is_some())
    }

    /// What it is like.
    ///
    /// # Panics
    ///
    /// If there is no such repository.
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::start();
    /// assert_eq!(swr.seed_repo("group/web").info().category, "other");
    /// ```
    #[track_caller]
    pub fn info(self) -> RepoInfo {
        self.look(|_, repo| RepoInfo {
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
        })
    }

    /// What a user may do with it: of the own account what was granted, of another one to read what is shared with that.
    /// Anybody may pull a public one besides.
    ///
    /// # Panics
    ///
    /// If there is no such repository, or the name of the user is empty or has more than one slash.
    ///
    /// ```
    /// use mock_swr::{MockSwr, Permission};
    ///
    /// let swr = MockSwr::start();
    /// let web = swr.seed_repo("group/web").share("partner");
    /// swr.user("partner/eve");
    /// assert_eq!(web.permission_of("partner/eve"), Some(Permission::Read));
    /// assert_eq!(web.permission_of("dev"), None);
    /// ```
    #[track_caller]
    pub fn permission_of(self, user: &str) -> Option<Permission> {
        let user = parse_label(user);
        self.look(|state, repo| {
            let caller = state.caller(state.find_user(user)?);
            let namespace = state.namespace(self.region.registry_id(), repo.namespace.as_str())?;
            state.held(&caller, namespace, Some(repo))
        })
    }

    /// Deletes it with all it holds, as somebody else might behind the client's back.
    ///
    /// # Panics
    ///
    /// If there is no such repository.
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::start();
    /// let web = swr.seed_repo("group/web");
    /// web.delete();
    /// assert!(!web.exists());
    /// ```
    #[track_caller]
    pub fn delete(self) {
        self.change(State::remove_repo);
    }

    pub(super) fn name(self) -> Arc<str> {
        self.region.spoken(self.name)
    }

    #[track_caller]
    fn look<T>(self, look: impl FnOnce(&State, &RepoState) -> T) -> T {
        let name = self.name();
        let path = self.region.path(&name);
        let found = self.region.look(|state| {
            let repo = state.repo(&path)?;
            Some(look(state, repo))
        });
        match found {
            Some(found) => found,
            None => no_repo(self.region, &name),
        }
    }

    #[track_caller]
    fn change<T>(self, change: impl FnOnce(&mut State, &RepoPath<'_>) -> Option<T>) -> T {
        let name = self.name();
        let path = self.region.path(&name);
        match self.region.change(|state| change(state, &path)) {
            Some(done) => done,
            None => no_repo(self.region, &name),
        }
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
pub(super) fn no_repo(region: Region<'_>, name: &str) -> ! {
    let near = nearest(region, name);
    let path = region.in_words();
    let or = if near.is_empty() { ";" } else { ", or" };
    panic!("no repository `{name}`{near}{or} make it with `{path}.seed_repo(\"{name}\")`")
}

/// What there is that looks as if it was meant: a repository of the region, or the organization in another one.
fn nearest(region: Region<'_>, name: &str) -> String {
    let RepoPath {
        registry,
        namespace,
        ..
    } = region.path(name);
    let is_known = region.look(|state| state.namespace(registry, &namespace).is_some());
    if !is_known && let Some(other) = region.in_other_region(&namespace) {
        return other;
    }
    region.look(|state| {
        let namespaces = state.registry(registry).namespaces();
        let names = namespaces.flat_map(|namespace| {
            let repos = state
                .repos_of(registry, namespace.name.as_str())
                .into_iter();
            repos.map(|repo| format!("{}/{repo}", namespace.name))
        });
        nearest_of(names, name)
    })
}

/// `; there is ..`, if one of the names is like the one that is missed.
pub(super) fn nearest_of(names: impl Iterator<Item = String>, missed: &str) -> String {
    // Comparing costs time: a test that has more of them knows their names.
    let best = likest(names.take(1000), missed, 0.6);
    best.map_or(String::new(), |name| format!("; there is `{name}`"))
}
