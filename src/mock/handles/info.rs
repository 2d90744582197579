//! The data of repositories and tags that handles return.

use std::time::SystemTime;

use serde::{Serialize, Serializer};

use crate::base::clock::Time;
use crate::state::{RepoState, Tagged};

/// The data of a repository, as [`Repo::info`](crate::Repo::info) returns it.
///
/// It implements `Serialize`: times become RFC 3339.
///
/// ```
/// let swr = mock_swr::MockSwr::builder().frozen_at("2026-01-31T08:00:00Z").start();
/// let info = serde_json::to_value(swr.seed_repo("group/web").info()).unwrap();
/// assert_eq!(info["name"], "web");
/// assert_eq!(info["created"], "2026-01-31T08:00:00.0Z");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RepoInfo {
    /// The service's numeric id of the repository.
    pub id: u64,
    /// The name of the organization.
    pub namespace: String,
    /// The name of the repository within the organization.
    pub name: String,
    /// The category: `app_server`, `linux`, `framework_app`, `database`, `lang`, `other`, `windows` or `arm`.
    pub category: String,
    /// The description.
    pub description: String,
    /// Whether everybody can pull from the repository.
    pub is_public: bool,
    /// The number of tags.
    pub num_images: usize,
    /// The number of pulls.
    pub num_download: u64,
    /// The size of all tags together, in bytes.
    pub size: u64,
    /// When the repository was created, by the service's clock.
    #[serde(serialize_with = "rfc3339")]
    pub created: SystemTime,
    /// When the repository was last changed, by the service's clock.
    #[serde(serialize_with = "rfc3339")]
    pub updated: SystemTime,
}

impl RepoInfo {
    pub(super) fn of(repo: &RepoState) -> RepoInfo {
        RepoInfo {
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
        }
    }
}

/// The data of a tag, as [`Repo::tag`](crate::Repo::tag) returns it. It implements `Serialize`, as [`RepoInfo`] does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct TagInfo {
    /// The service's numeric id of the tag.
    pub id: u64,
    /// The name of the tag.
    pub name: String,
    /// The digest of the manifest: `sha256:..`.
    pub digest: String,
    /// The media type of the manifest.
    pub media_type: String,
    /// The size of configuration and layers together, in bytes; 0 for a manifest list or an index.
    pub size: u64,
    /// When the tag was first pushed, by the service's clock.
    #[serde(serialize_with = "rfc3339")]
    pub created: SystemTime,
    /// When the tag was last pushed, by the service's clock.
    #[serde(serialize_with = "rfc3339")]
    pub updated: SystemTime,
}

impl TagInfo {
    pub(super) fn of(Tagged { tag, manifest }: Tagged<'_>) -> TagInfo {
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

/// Writes a time in RFC 3339, as the service does.
fn rfc3339<S: Serializer>(time: &SystemTime, serializer: S) -> Result<S::Ok, S::Error> {
    Time::of_system(*time).serialize(serializer)
}
