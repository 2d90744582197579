//! What a world file says of a repository.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::error::{Within, WorldFault, name_meant};
use super::ordered::Ordered;
use super::tenants::{GrantsFile, ShareFile, user_of};
use crate::clock::Time;
use crate::hint::not_one_of;
use crate::image::Image;
use crate::registry::manifest::read_manifest;
use crate::state::{Blob, Category, Digest, Place, Repo, Spot, State, Tag, TagName};

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(
    deny_unknown_fields,
    default,
    expecting = "a repository, as {\"is_public\": true}"
)]
pub(super) struct RepoFile {
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
    #[serde(skip_serializing_if = "Ordered::is_empty")]
    permissions: GrantsFile,
    /// The accounts that may read it.
    #[serde(skip_serializing_if = "Ordered::is_empty")]
    shares: Ordered<ShareFile>,
    /// Images by their recipes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
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
#[serde(
    deny_unknown_fields,
    expecting = "a tag, as {\"digest\": \"sha256:..\"}"
)]
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
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
enum ImageFile {
    Tag(String),
    Recipe(RecipeFile),
}

#[derive(Debug, Clone, Serialize, Deserialize)]
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
                Ok(ImageFile::Tag(tag.to_owned()))
            }

            fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<ImageFile, M::Error> {
                RecipeFile::deserialize(MapAccessDeserializer::new(map)).map(ImageFile::Recipe)
            }
        }
        deserializer.deserialize_any(TagOrRecipe)
    }
}

impl ImageFile {
    fn to_image(&self) -> Image {
        let recipe = match self {
            ImageFile::Tag(tag) => return Image::new(tag),
            ImageFile::Recipe(recipe) => recipe,
        };
        let image = Image::new(&recipe.tag)
            .layers(recipe.layers)
            .age(Duration::from_secs(recipe.age_seconds))
            .pulls(recipe.pulls)
            .platforms(recipe.platforms.iter().cloned());
        if recipe.signed { image.signed() } else { image }
    }
}

/// The bytes of a file by their digests.
pub(super) type BytesByDigest = BTreeMap<Digest, Bytes>;

fn read_time(text: &Option<String>) -> Result<Option<Time>, String> {
    text.as_deref().map(Time::parse).transpose()
}

pub(super) fn parse_digest(text: &str) -> Result<Digest, String> {
    Digest::parse(text).map_err(|_| format!("`{text}` is no digest"))
}

impl RepoFile {
    pub(super) fn highest_id(&self) -> Option<u64> {
        let tags = self.tags.0.iter();
        tags.filter_map(|(_, tag)| tag.id).chain(self.id).max()
    }

    /// Sets what the file names of a repository that is there.
    pub(super) fn apply(
        &self,
        state: &mut State,
        place: &Place,
        bytes: &BytesByDigest,
    ) -> Result<(), WorldFault> {
        self.put_content(state, place, bytes)?;
        let (namespace, name) = (&*place.namespace, &*place.repo);
        let parse_category = |text: &str| {
            let words = Category::WORDS.map(|(word, _)| word);
            Category::parse(text).ok_or_else(|| not_one_of(text, &words))
        };
        let category = self.category.as_deref().map(parse_category).transpose();
        let category = category.within("category")?;
        let created = read_time(&self.created).within("created")?;
        let updated = read_time(&self.updated).within("updated")?;
        let owner = state.owner(namespace);
        let creator = self.creator.as_deref();
        let creator = creator
            .map(|label| user_of(state, label, owner))
            .transpose()
            .within("creator")?;
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
        let spot = Spot {
            namespace,
            repo: Some(name),
        };
        self.permissions.give(state, spot).within("permissions")?;
        for (account, share) in &self.shares.0 {
            share
                .add(state, place, account)
                .within(account)
                .within("shares")?;
        }
        if let Some(id) = self.id {
            state
                .set_repo_id(namespace, name, id)
                .ok_or_else(|| format!("{id} is another repository's"))
                .within("id")?;
            state.ids.skip_to(id);
        }
        Ok(())
    }

    fn put_content(
        &self,
        state: &mut State,
        place: &Place,
        bytes: &BytesByDigest,
    ) -> Result<(), WorldFault> {
        for (index, image) in self.images.iter().enumerate() {
            let put = image.to_image().put(state, place);
            put.within(index).within("images")?;
        }
        let find = |text: &str| {
            let digest = parse_digest(text)?;
            let found = bytes.get(&digest).cloned();
            let bytes = found.ok_or_else(|| format!("the bytes of {digest} are not in `blobs`"))?;
            Ok::<_, String>((digest, bytes))
        };
        for (index, text) in self.blobs.iter().enumerate() {
            let (digest, bytes) = find(text).within(index).within("blobs")?;
            state.put_blob(place, &digest, Blob::whole(bytes));
        }
        for (text, media_type) in &self.manifests.0 {
            let read = || {
                let (digest, bytes) = find(text)?;
                let manifest = read_manifest(bytes, Some(media_type));
                let manifest =
                    manifest.map_err(|denied| format!("it is no manifest: {}", denied.detail))?;
                Ok::<_, String>((digest, manifest))
            };
            let read = read().map_err(WorldFault::of_name);
            let (digest, manifest) = read.within(text).within("manifests")?;
            state.store_manifest(place, digest, Vec::new(), manifest);
        }
        for (name, tag) in &self.tags.0 {
            tag.put(state, place, name).within(name).within("tags")?;
        }
        Ok(())
    }

    pub(super) fn of(state: &State, repo: &Repo) -> RepoFile {
        RepoFile {
            id: Some(repo.id),
            category: Some(repo.category.as_str().to_owned()),
            description: Some(repo.description.to_string()),
            is_public: Some(repo.is_public),
            num_download: Some(repo.num_download),
            creator: Some(state.user(repo.creator).label.to_string()),
            created: Some(repo.created.to_string()),
            updated: Some(repo.updated.to_string()),
            permissions: GrantsFile::of(state, &repo.grants, None),
            shares: repo
                .shares
                .iter()
                .map(|share| ShareFile::of(state, share))
                .collect(),
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
    fn put(&self, state: &mut State, place: &Place, name: &str) -> Result<(), WorldFault> {
        let parsed = TagName::parse(name)
            .map_err(|_| WorldFault::of_name("the name breaks the naming rule of tags"))?;
        let digest = parse_digest(&self.digest).within("digest")?;
        if state
            .content(place)
            .is_none_or(|images| images.manifest(digest.as_str()).is_none())
        {
            return Err(format!("no manifest {digest}")).within("digest");
        }
        let now = state.clock.now();
        let created = read_time(&self.created).within("created")?;
        let updated = read_time(&self.updated).within("updated")?;
        let tag = Tag {
            id: self.id.unwrap_or_else(|| state.ids.object()),
            name: parsed,
            digest,
            created: created.unwrap_or(now),
            updated: updated.unwrap_or(now),
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
pub(crate) fn apply_repo(state: &mut State, place: &Place, value: Value) -> Result<(), WorldFault> {
    let file: RepoFile =
        serde_json::from_value(value).map_err(|error| name_meant(&error.to_string()))?;
    file.apply(state, place, &BytesByDigest::new())
}
