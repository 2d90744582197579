//! A handle to a repository.

use std::sync::Arc;

use bytes::Bytes;
use serde_json::Value;

use super::info::{RepoInfo, TagInfo};
use super::missing::no_repo;
use super::{Region, parse_account, parse_label};
use crate::fixtures::image::Image;
use crate::fixtures::world::apply_repo;
use crate::state::{Permission, RepoPath, RepoState, State};

/// A handle to a repository. It holds no state: each method reads or changes the server.
///
/// # Examples
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

impl<'a> Repo<'a> {
    /// Makes the repository public.
    ///
    /// # Panics
    ///
    /// Panics if the repository does not exist.
    ///
    /// # Examples
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::start();
    /// assert!(swr.seed_repo("group/web").public().info().is_public);
    /// ```
    #[track_caller]
    pub fn public(self) -> Repo<'a> {
        self.set(serde_json::json!({"is_public": true}))
    }

    /// Shares the repository with another account, without a time limit. All users of that account can read it.
    ///
    /// The account is created if it does not exist. To set a deadline, use
    /// `set(json!({"shares": {"partner": {"deadline": "2027-01-31T00:00:00Z"}}}))`. The share is valid until the end of
    /// that day.
    ///
    /// # Panics
    ///
    /// Panics if the repository does not exist or belongs to the account already. Panics as well if the name of the
    /// account is empty or has a slash.
    ///
    /// # Examples
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

    /// Removes the share with an account, if there is one.
    ///
    /// # Panics
    ///
    /// Panics if the repository does not exist, or if the name of the account is empty or has a slash.
    ///
    /// # Examples
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

    /// Sets fields of the repository, with the keys of a [world file](crate::World). Other fields keep their values.
    ///
    /// The keys are `category`, `description`, `is_public`, `num_download`, `creator`, `created`, `updated`, `id`,
    /// `permissions`, `shares` and `images`.
    ///
    /// # Panics
    ///
    /// Panics if the repository does not exist, if a key is unknown, or if a value is not valid. After a panic about a
    /// value, some fields may already have changed.
    ///
    /// # Examples
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
            Err(reason) => panic!("invalid setting for `{}`: {reason}", self.name()),
        }
    }

    /// Creates an image in the repository. It replaces an image with the same tag.
    ///
    /// # Panics
    ///
    /// Panics if the repository does not exist, or if the tag breaks the naming rule.
    ///
    /// # Examples
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
            Err(reason) => panic!(
                "cannot create image `{}` in `{}`: {reason}",
                image.tag_name(),
                self.name()
            ),
        }
    }

    /// Returns the names of the tags, sorted.
    ///
    /// # Panics
    ///
    /// Panics if the repository does not exist.
    ///
    /// # Examples
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::start();
    /// assert_eq!(swr.seed_repo("group/web").image("v1").tags(), ["v1"]);
    /// ```
    #[track_caller]
    pub fn tags(self) -> Vec<String> {
        self.read(|_, repo| repo.images.tags().map(|tag| tag.name.to_string()).collect())
    }

    /// Returns the data of a tag.
    ///
    /// # Panics
    ///
    /// Panics if the repository or the tag does not exist.
    ///
    /// # Examples
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::start();
    /// let web = swr.seed_repo("group/web").image("v1");
    /// assert!(web.tag("v1").digest.starts_with("sha256:"));
    /// ```
    #[track_caller]
    pub fn tag(self, name: &str) -> TagInfo {
        let found = self.read(|_, repo| repo.images.tagged(name).map(TagInfo::of));
        match found {
            Some(found) => found,
            None => {
                let (repo, tags) = (self.name(), self.tags());
                let tags = if tags.is_empty() {
                    "none".to_owned()
                } else {
                    tags.join(", ")
                };
                panic!("there is no tag `{name}` in repository `{repo}`; its tags: {tags}")
            }
        }
    }

    /// Returns the bytes of a manifest, by tag or digest, or of a blob, by digest.
    ///
    /// # Panics
    ///
    /// Panics if the repository or the content does not exist.
    ///
    /// # Examples
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::start();
    /// let web = swr.seed_repo("group/web").image("v1");
    /// assert!(web.content("v1").starts_with(b"{"));
    /// ```
    #[track_caller]
    pub fn content(self, reference: &str) -> Bytes {
        let found = self.read(|state, repo| {
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
            None => panic!(
                "there is no manifest or blob `{reference}` in repository `{}`",
                self.name()
            ),
        }
    }

    /// Removes a tag, without a request. Its manifest stays.
    ///
    /// # Panics
    ///
    /// Panics if the repository or the tag does not exist.
    ///
    /// # Examples
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

    /// Returns the number of bytes received of each unfinished upload, oldest first.
    ///
    /// # Examples
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::start();
    /// assert!(swr.seed_repo("group/web").uploads().is_empty());
    /// ```
    pub fn uploads(self) -> Vec<u64> {
        let name = self.name();
        let path = self.region.path(&name);
        self.region.read(|state| {
            let own = state.uploads_to(&path);
            own.map(|(_, upload)| upload.blob.size).collect()
        })
    }

    /// Returns whether the repository exists.
    ///
    /// # Examples
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::start();
    /// assert!(!swr.repo("group/web").exists());
    /// ```
    #[must_use = "`exists` asserts nothing: use `assert!(..)`"]
    pub fn exists(self) -> bool {
        let name = self.name();
        let path = self.region.path(&name);
        self.region.read(|state| state.content(&path).is_some())
    }

    /// Returns the data of the repository.
    ///
    /// # Panics
    ///
    /// Panics if the repository does not exist.
    ///
    /// # Examples
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::start();
    /// assert_eq!(swr.seed_repo("group/web").info().category, "other");
    /// ```
    #[track_caller]
    pub fn info(self) -> RepoInfo {
        self.read(|_, repo| RepoInfo::of(repo))
    }

    /// Returns the permission of a user on the repository; `None` for a user without one or who does not exist.
    ///
    /// A user of another account has [`Permission::Read`] while the repository is shared with that account. A public
    /// repository adds no permission, although everybody can pull from it.
    ///
    /// # Panics
    ///
    /// Panics if the repository does not exist, or if the name of the user is empty or has more than one slash.
    ///
    /// # Examples
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
        self.read(|state, repo| {
            let caller = state.caller(state.find_user(user)?);
            let namespace = state.namespace(self.region.registry_id(), repo.namespace.as_str())?;
            state.held(&caller, namespace, Some(repo))
        })
    }

    /// Deletes the repository and its images, without a request.
    ///
    /// # Panics
    ///
    /// Panics if the repository does not exist.
    ///
    /// # Examples
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
        self.region.name_of(self.name)
    }

    #[track_caller]
    fn read<T>(self, read: impl FnOnce(&State, &RepoState) -> T) -> T {
        let name = self.name();
        let path = self.region.path(&name);
        let found = self.region.read(|state| {
            let repo = state.repo(&path)?;
            Some(read(state, repo))
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
