//! What `index.json` of a layout lists, and which of it is meant.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::Value;

use super::MAX_FILES;
use super::files::Files;
use super::name::{is_called, tag_of};
use crate::json;
use crate::state::{DOCKER_LIST, Digest, OCI_INDEX};

/// So many images an error lists, and platforms of one.
const MAX_LISTED: usize = 10;

/// An index: `index.json`, or one in the blobs.
#[derive(Debug, Deserialize)]
#[serde(
    rename_all = "camelCase",
    expecting = "an image index, which is an object"
)]
pub(super) struct Index {
    schema_version: u64,
    media_type: Option<String>,
    /// Clients in Go write `null` for what is empty.
    manifests: Option<Vec<Entry>>,
}

/// A descriptor.
#[derive(Debug, Clone, Deserialize)]
#[serde(
    rename_all = "camelCase",
    expecting = "a descriptor, which is an object with mediaType, digest and size"
)]
pub(super) struct Entry {
    pub(super) media_type: String,
    pub(super) digest: String,
    pub(super) size: u64,
    platform: Option<Platform>,
    annotations: Option<BTreeMap<String, String>>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(expecting = "a platform, which is an object with os and architecture")]
struct Platform {
    os: String,
    architecture: String,
    variant: Option<String>,
}

/// By what an image can be named.
const REF_NAME: &str = "org.opencontainers.image.ref.name";
/// The whole reference, as containerd, BuildKit and docker write it. Beside it the other one is the tag alone.
const IMAGE_NAME: &str = "io.containerd.image.name";
/// BuildKit's attestations name the image that they are about.
const ATTESTED: &str = "vnd.docker.reference.digest";

impl Index {
    pub(super) fn read(bytes: &[u8]) -> Result<Index, String> {
        let value: Value =
            serde_json::from_slice(bytes).map_err(|error| format!("it is no JSON: {error}"))?;
        let index: Index = json::read(&value).map_err(|wrong| wrong.to_string())?;
        if index.schema_version != 2 {
            let version = index.schema_version;
            return Err(format!("schemaVersion must be 2, not {version}"));
        }
        Ok(index)
    }

    /// Reads `index.json`.
    pub(super) fn of_layout(bytes: &[u8]) -> Result<Index, String> {
        let index = Index::read(bytes)?;
        match index.media_type.as_deref() {
            Some(other) if other != OCI_INDEX => {
                return Err(format!("mediaType must be {OCI_INDEX}, not {other}"));
            }
            Some(_) | None => {}
        }
        for entry in index.entries() {
            Digest::parse(&entry.digest)
                .map_err(|_| format!("`{}` is not a digest", entry.digest))?;
        }
        match index.entries().len() {
            0 => Err("it lists no manifest".to_owned()),
            count if count > MAX_FILES => Err(format!("it lists more than {MAX_FILES} manifests")),
            _ => Ok(index),
        }
    }

    pub(super) fn entries(&self) -> &[Entry] {
        self.manifests.as_deref().unwrap_or_default()
    }

    /// The entry that a caller means who names none.
    pub(super) fn only(&self, files: &Files<'_>) -> Result<Choice, String> {
        let entries: Vec<&Entry> = self.entries().iter().collect();
        if let Some(choice) = Choice::of(&entries) {
            return Ok(choice);
        }
        let tree = Tree::read(files, self.entries());
        let roots = distinct(tree.roots(files, self.entries()));
        Choice::of(&roots).ok_or_else(|| {
            let several = format!(
                "it lists {} images; choose one with `Image::from_oci_layout_named`, by its name or digest:",
                roots.len()
            );
            list(several, &roots, files)
        })
    }

    /// The entry of this name, tag or digest, or the manifest of this digest within an index.
    pub(super) fn named(&self, files: &Files<'_>, name: &str) -> Result<Choice, String> {
        let all = || self.entries().iter();
        let exact = |entry: &&Entry| entry.digest == name || entry.names().any(|own| own == name);
        let close = |entry: &&Entry| entry.names().any(|own| is_called(own, name));
        let mut found: Vec<&Entry> = all().filter(exact).collect();
        if found.is_empty() {
            found = all().filter(close).collect();
        }
        if let Some(choice) = Choice::of(&found) {
            return Ok(choice);
        }
        let found = distinct(found);
        if !found.is_empty() {
            let several = format!("`{name}` names {} images:", found.len());
            return Err(list(several, &found, files));
        }
        if Digest::parse(name).is_ok()
            && let Some(choice) = Tree::read(files, self.entries()).nested(self.entries(), name)
        {
            return Ok(choice);
        }
        let all: Vec<&Entry> = all().collect();
        Err(list(
            format!("nothing is named `{name}`; it lists:"),
            &all,
            files,
        ))
    }
}

impl Entry {
    fn annotation(&self, key: &str) -> Option<&str> {
        self.annotations.as_ref()?.get(key).map(String::as_str)
    }

    /// The longest first.
    fn names(&self) -> impl Iterator<Item = &str> {
        let names = [IMAGE_NAME, REF_NAME].into_iter();
        names.filter_map(|key| self.annotation(key))
    }

    fn tag(&self) -> Option<&str> {
        let names = [REF_NAME, IMAGE_NAME].into_iter();
        let names = names.filter_map(|key| self.annotation(key));
        names.filter_map(tag_of).next()
    }

    fn is_index(&self) -> bool {
        self.media_type == OCI_INDEX || self.media_type == DOCKER_LIST
    }

    pub(super) fn is_attestation(&self) -> bool {
        self.annotation(ATTESTED).is_some()
    }

    /// `linux/arm64/v8`, of an index those of its images; empty if nothing says.
    fn platforms(&self, files: &Files<'_>) -> String {
        if let Some(platform) = &self.platform {
            return platform.to_string();
        }
        if self.is_index() {
            let index = files.index(&self.digest);
            let entries = index.as_ref().map(Index::entries).unwrap_or_default();
            let images = entries.iter().filter(|entry| !entry.is_attestation());
            let platforms = images.filter_map(|entry| entry.platform.as_ref());
            let platforms: Vec<String> = platforms.map(ToString::to_string).collect();
            let more = platforms.len().saturating_sub(MAX_LISTED);
            let listed = platforms[..platforms.len() - more].join(", ");
            return if more > 0 {
                format!("{listed} and {more} more")
            } else {
                listed
            };
        }
        let config = files.json(&self.digest).and_then(|manifest| {
            let config = manifest.pointer("/config/digest")?.as_str()?.to_owned();
            files.json(&config)
        });
        let platform = config.and_then(|config| json::read::<Platform>(&config).ok());
        platform
            .map(|platform| platform.to_string())
            .unwrap_or_default()
    }
}

/// `linux/arm64/v8`.
impl std::fmt::Display for Platform {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.os, self.architecture)?;
        match &self.variant {
            Some(variant) => write!(f, "/{variant}"),
            None => Ok(()),
        }
    }
}

/// Without those that are there again, with the same name or without one.
fn distinct(mut entries: Vec<&Entry>) -> Vec<&Entry> {
    let name = |entry: &Entry| entry.names().next().map(str::to_owned);
    let named = entries.iter().filter(|entry| name(entry).is_some());
    let named: BTreeSet<&str> = named.map(|entry| &*entry.digest).collect();
    let mut seen = BTreeSet::new();
    entries.retain(|entry| {
        let name = name(entry);
        let is_told = name.is_none() && named.contains(&*entry.digest);
        !is_told && seen.insert((entry.digest.clone(), name))
    });
    entries
}

/// A heading, and a line for each image: digest, platform, name.
pub(super) fn list(mut heading: String, entries: &[&Entry], files: &Files<'_>) -> String {
    for entry in entries.iter().take(MAX_LISTED) {
        heading.push_str("\n  ");
        heading.push_str(&entry.digest);
        let platforms = entry.platforms(files);
        if !platforms.is_empty() {
            heading.push(' ');
            heading.push_str(&platforms);
        }
        match entry.names().next() {
            Some(name) => heading.push_str(&format!(" `{name}`")),
            None => heading.push_str(" without a name"),
        }
    }
    let more = entries.len().saturating_sub(MAX_LISTED);
    if more > 0 {
        heading.push_str(&format!("\n  and {more} more"));
    }
    heading
}

/// The manifest that is meant.
#[derive(Debug)]
pub(super) struct Choice {
    pub(super) root: Entry,
    pub(super) tag: Option<String>,
}

impl Choice {
    /// What these entries agree on: one manifest, and at most one tag.
    fn of(entries: &[&Entry]) -> Option<Choice> {
        let root = *entries.first()?;
        let tags: BTreeSet<&str> = entries.iter().filter_map(|entry| entry.tag()).collect();
        let is_one = entries.iter().all(|entry| entry.digest == root.digest) && tags.len() < 2;
        is_one.then(|| Choice {
            root: root.clone(),
            tag: tags.first().map(|&tag| tag.to_owned()),
        })
    }
}

/// What indexes refer to, at any depth. What cannot be read is left out here: reading the image reports it.
#[derive(Default)]
struct Tree {
    below: BTreeMap<String, Below>,
}

/// What an index refers to.
struct Below {
    entry: Entry,
    /// The digests of the indexes that do.
    parents: BTreeSet<String>,
}

impl Tree {
    fn read(files: &Files<'_>, entries: &[Entry]) -> Tree {
        let mut tree = Tree::default();
        let mut seen = BTreeSet::new();
        let mut rest = entries.to_vec();
        while let Some(entry) = rest.pop() {
            let is_new = entry.is_index() && seen.insert(entry.digest.clone());
            if !is_new || seen.len() > MAX_FILES {
                continue;
            }
            let Some(index) = files.index(&entry.digest) else {
                continue;
            };
            for child in index.entries() {
                let below = tree.below.entry(child.digest.clone());
                let below = below.or_insert_with(|| Below {
                    entry: child.clone(),
                    parents: BTreeSet::new(),
                });
                below.parents.insert(entry.digest.clone());
                rest.push(child.clone());
            }
        }
        tree
    }

    /// The entries that belong to no other one: they are in no index, and are about no other image, as signatures and
    /// attestations are. oras lists all of those as well.
    fn roots<'a>(&self, files: &Files<'_>, entries: &'a [Entry]) -> Vec<&'a Entry> {
        let own: BTreeSet<&str> = entries.iter().map(|entry| &*entry.digest).collect();
        let is_known = |digest: &str| own.contains(digest) || self.below.contains_key(digest);
        let is_about_another = |entry: &Entry| {
            let manifest = files.json(&entry.digest);
            let subject = manifest
                .as_ref()
                .and_then(|manifest| manifest.pointer("/subject/digest"));
            let subject = subject.and_then(Value::as_str);
            let mut others = [entry.annotation(ATTESTED), subject].into_iter().flatten();
            others.any(is_known)
        };
        let is_root =
            |entry: &&Entry| !self.below.contains_key(&entry.digest) && !is_about_another(entry);
        entries.iter().filter(is_root).collect()
    }

    /// A manifest within an index, under the tag of the entries that lead to it, if they agree on one.
    fn nested(&self, entries: &[Entry], digest: &str) -> Option<Choice> {
        let root = self.below.get(digest)?.entry.clone();
        let mut above = BTreeSet::new();
        let mut rest = vec![digest];
        while let Some(digest) = rest.pop() {
            if above.insert(digest)
                && let Some(below) = self.below.get(digest)
            {
                rest.extend(below.parents.iter().map(String::as_str));
            }
        }
        let leading = entries
            .iter()
            .filter(|entry| above.contains(&*entry.digest));
        let tags: BTreeSet<&str> = leading.filter_map(Entry::tag).collect();
        let tag = tags.first().filter(|_| tags.len() == 1);
        Some(Choice {
            root,
            tag: tag.map(|&tag| tag.to_owned()),
        })
    }
}
