//! Tags in the management API.

use super::{
    Caller, Direction, Images, Page, Permission, RepoPath, RepoState, Rows, State, Tag, TagName,
    UserNo, signed_digest,
};
use crate::base::blob::Blob;
use crate::base::clock::Time;
use crate::base::digest::Digest;
use crate::base::event::EventKind;
use crate::base::manifest::{Kind, Manifest};
use crate::base::refusal::{Denied, Refusal};

/// A tag with the manifest that it points to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tagged<'a> {
    pub(crate) tag: &'a Tag,
    pub(crate) manifest: &'a Manifest,
}

/// The kind of manifest that a tag points to.
#[derive(Debug, Clone, Copy)]
pub(crate) enum TagKind {
    Image,
    List,
    /// The signature of another tag's manifest.
    Signature,
}

impl Tagged<'_> {
    pub(crate) fn kind(&self) -> TagKind {
        match &self.manifest.kind {
            _ if signed_digest(self.tag.name.as_str()).is_some() => TagKind::Signature,
            Kind::List { .. } => TagKind::List,
            Kind::Image { .. } => TagKind::Image,
        }
    }
}

/// The sort key of a list of tags.
#[derive(Debug, Clone, Copy)]
pub(crate) enum TagOrder {
    Updated,
    Name,
}

impl Images {
    /// The tags in an order. By default, the most recently changed is first.
    fn in_order(
        &self,
        order: Option<(TagOrder, Direction)>,
    ) -> Box<dyn Iterator<Item = &Tag> + '_> {
        match order {
            None | Some((TagOrder::Updated, Direction::Descending)) => Box::new(self.recent_tags()),
            Some((TagOrder::Updated, Direction::Ascending)) => Box::new(self.recent_tags().rev()),
            Some((TagOrder::Name, Direction::Ascending)) => Box::new(self.tags()),
            Some((TagOrder::Name, Direction::Descending)) => Box::new(self.tags().rev()),
        }
    }

    /// A page of the tags, or of the one tag with this name, and the total number.
    pub(crate) fn list(
        &self,
        name: Option<&str>,
        order: Option<(TagOrder, Direction)>,
        page: Page<usize>,
    ) -> (Vec<Tagged<'_>>, usize) {
        match name {
            None => {
                let tags = self.in_order(order);
                let tags = tags.filter_map(|tag| self.with_manifest(tag));
                (page.cut(tags).rows, self.tag_count())
            }
            // Only v3 documents a search by a part of the name. Inferred: v2 compares the whole name.
            Some(name) => {
                let found = self.tagged(name);
                let total = usize::from(found.is_some());
                (page.cut(found.into_iter()).rows, total)
            }
        }
    }

    /// The tags that contain `part` in their names, after the tag with the id at which the page starts.
    pub(crate) fn list_after(
        &self,
        part: &str,
        order: Option<(TagOrder, Direction)>,
        page: Page<Option<u64>>,
    ) -> Rows<Tagged<'_>> {
        let tags = self.in_order(order);
        let tags = tags.filter(|tag| tag.name.as_str().contains(part));
        let mut tags = tags.filter_map(|tag| self.with_manifest(tag));
        if let Some(last) = page.start {
            tags.by_ref().find(|tagged| tagged.tag.id == last);
        }
        page.take(tags)
    }

    /// A tag with its manifest.
    pub(crate) fn tagged(&self, name: &str) -> Option<Tagged<'_>> {
        self.with_manifest(self.tag(name)?)
    }

    pub(super) fn with_manifest<'a>(&'a self, tag: &'a Tag) -> Option<Tagged<'a>> {
        let manifest = self.manifest(tag.digest.as_str())?;
        Some(Tagged { tag, manifest })
    }

    /// The names of the tags with the manifest that a signature's tag refers to.
    pub(crate) fn signed_by(&self, signature: &str) -> impl Iterator<Item = &str> {
        let digest = signed_digest(signature).into_iter();
        digest.flat_map(|digest| self.tags_of(digest.as_str()).map(TagName::as_str))
    }

    /// The signature tags of a digest.
    pub(crate) fn signatures_of(&self, digest: &Digest) -> impl Iterator<Item = Tagged<'_>> {
        let name = TagName::of_signature(digest).ok();
        name.and_then(|name| self.tagged(name.as_str())).into_iter()
    }
}

impl State {
    /// The repository and one of its tags, if the caller can read the repository.
    pub(crate) fn authorize_tag(
        &self,
        caller: &Caller,
        path: &RepoPath<'_>,
        tag: &str,
    ) -> Result<(&RepoState, Tagged<'_>), Denied> {
        let repo = self.authorize_repo(caller, path, Permission::Read)?;
        let tagged = repo
            .images
            .tagged(tag)
            .ok_or_else(|| no_such_tag(repo, tag))?;
        Ok((repo, tagged))
    }

    /// The configuration of a tag's image; `None` for a list.
    pub(crate) fn config_of(&self, tagged: Tagged<'_>) -> Option<&Blob> {
        match &tagged.manifest.kind {
            Kind::Image { config, .. } => self.store().get(&config.digest).map(|blob| &**blob),
            Kind::List { .. } => None,
        }
    }

    /// Adds a tag for the manifest of another tag.
    pub(crate) fn copy_tag(
        &mut self,
        caller: &Caller,
        path: &RepoPath<'_>,
        from: &str,
        to: TagName,
        replaces: bool,
    ) -> Result<(), Denied> {
        let repo = self.authorize_repo(caller, path, Permission::Write)?;
        let digest = repo
            .images
            .tag(from)
            .ok_or_else(|| no_such_tag(repo, from))?
            .digest
            .clone();
        if repo.images.tag(to.as_str()).is_some() && !replaces {
            return Err(Denied::from(Refusal::TagExists).detail(to.as_str()));
        }
        self.check_tag_quota(path, std::slice::from_ref(&to))?;
        self.check_weight()?;
        self.push_tag(path, to, &digest, caller.user);
        self.retain(path);
        Ok(())
    }

    /// Deletes a tag, if the caller manages the repository.
    pub(crate) fn delete_tag(
        &mut self,
        caller: &Caller,
        path: &RepoPath<'_>,
        tag: &str,
    ) -> Result<(), Denied> {
        let repo = self.authorize_repo(caller, path, Permission::Manage)?;
        if repo.images.tag(tag).is_none() {
            return Err(no_such_tag(repo, tag));
        }
        self.untag(path, tag);
        Ok(())
    }

    pub(super) fn check_tag_quota(
        &self,
        path: &RepoPath<'_>,
        more: &[TagName],
    ) -> Result<(), Denied> {
        let Some(namespace) = self.namespace(path.registry, &path.namespace) else {
            return Ok(());
        };
        let Some(limit) = self.account(namespace.account).quota.tags else {
            return Ok(());
        };
        let images = self.content(path);
        let is_new =
            |tag: &&TagName| images.is_none_or(|images| images.tag(tag.as_str()).is_none());
        let count = images.map_or(0, Images::tag_count) + more.iter().filter(is_new).count();
        if count <= limit {
            return Ok(());
        }
        Err(Denied::from(Refusal::TagQuota).hint(format!(
            "a repository of this account can have at most {limit} tags"
        )))
    }

    /// Points a tag to an existing manifest for a user, and runs the triggers and rules of the repository. A tag that
    /// moves keeps its id.
    pub(super) fn push_tag(
        &mut self,
        path: &RepoPath<'_>,
        name: TagName,
        digest: &Digest,
        user: UserNo,
    ) {
        let now = self.clock.now();
        let known = self.tag(path, name.as_str());
        let created = known.map_or(now, |tag| tag.created);
        let event = (Some(name.as_str()), Some(digest.as_str()));
        self.note_event(EventKind::Pushed, path, event);
        self.point_tag(path, name.clone(), digest, created, now);
        self.touch(path);
        self.run_triggers(path, &name, digest);
        self.run_sync_rules(path, &name, user);
    }

    /// Points a tag to a manifest with this time of change, without an event.
    pub(crate) fn seed_tag(
        &mut self,
        path: &RepoPath<'_>,
        name: TagName,
        digest: &Digest,
        time: Time,
    ) {
        self.point_tag(path, name, digest, time, time);
    }

    fn point_tag(
        &mut self,
        path: &RepoPath<'_>,
        name: TagName,
        digest: &Digest,
        created: Time,
        updated: Time,
    ) {
        let known = self.tag(path, name.as_str()).map(|tag| tag.id);
        let id = known.unwrap_or_else(|| self.ids.object());
        let digest = digest.clone();
        let tag = Tag {
            id,
            name,
            digest,
            created,
            updated,
        };
        self.put_tag(path, tag);
    }

    pub(super) fn tag(&self, path: &RepoPath<'_>, name: &str) -> Option<&Tag> {
        self.content(path).and_then(|images| images.tag(name))
    }

    pub(crate) fn put_tag(&mut self, path: &RepoPath<'_>, tag: Tag) {
        self.alter_images(path, |images| images.set_tag(tag));
    }

    /// Removes a tag; its manifest stays.
    pub(crate) fn untag(&mut self, path: &RepoPath<'_>, name: &str) -> Option<()> {
        let mut removed = None;
        self.alter_images(path, |images| removed = images.remove_tag(name));
        let digest = removed?.digest;
        self.touch(path);
        let event = (Some(name), Some(digest.as_str()));
        self.note_event(EventKind::Deleted, path, event);
        Some(())
    }
}

/// The maximum number of tags that a hint lists.
const MAX_LISTED_TAGS: usize = 8;

/// The refusal for a tag that does not exist.
pub(super) fn no_such_tag(repo: &RepoState, name: &str) -> Denied {
    let known: Vec<&str> = repo
        .images
        .tags()
        .take(MAX_LISTED_TAGS)
        .map(|tag| tag.name.as_str())
        .collect();
    let known = match repo.num_images() {
        0 => "it has no tags".to_owned(),
        1..=MAX_LISTED_TAGS => format!("its tags: {}", known.join(", ")),
        count => format!("some of its {count} tags: {}", known.join(", ")),
    };
    Denied::from(Refusal::TagNotFound).hint(format!(
        "there is no tag `{name}` in repository `{}`; {known}",
        repo.full_name()
    ))
}
