//! Tags of a repository, and their signatures.

use serde::Serialize;

use super::repos::{self, OFFSET_PAGING};
use crate::base::blob::Blob;
use crate::base::clock::Time;
use crate::base::endpoints::Door;
use crate::base::refusal::Denied;
use crate::base::reply::Outcome;
use crate::services::input::{Fields, Input};
use crate::services::paging::{
    HEX_MARKER, OFFSET, Paging, ROW_MARKER, hex_marker, read_order, row_marker, with_content_range,
};
use crate::state::{Direction, Permission, RepoState, State, TagKind, TagName, TagOrder, Tagged};

/// A tag, with its keys in the documented order.
#[derive(Serialize)]
struct TagView<'a> {
    id: u64,
    repo_id: u64,
    #[serde(flatten)]
    name: NameView<'a>,
    /// The digest of the configuration without its algorithm; empty for a list.
    image_id: &'a str,
    /// The bytes of the manifest as they were pushed, as a string.
    manifest: String,
    digest: &'a str,
    schema: u8,
    path: String,
    internal_path: String,
    size: u64,
    is_trusted: bool,
    created: Time,
    updated: Time,
    /// Null, and only in the list by offset.
    #[serde(skip_serializing_if = "Option::is_none")]
    deleted: Option<()>,
    domain_id: &'a str,
    /// Only in the list by offset.
    #[serde(skip_serializing_if = "Option::is_none")]
    scanned: Option<bool>,
    tag_type: u8,
}

/// The name of a tag under its key.
#[derive(Serialize)]
enum NameView<'a> {
    /// Only the list by offset spells the key like this.
    Tag(&'a str),
    #[serde(rename = "tag")]
    LowerCase(&'a str),
}

#[derive(Serialize)]
struct TagList<'a> {
    tags: Vec<TagView<'a>>,
    #[serde(rename = "nextMarker", skip_serializing_if = "Option::is_none")]
    next_marker: Option<String>,
    has_more: bool,
}

#[derive(Serialize)]
struct ReferenceList<'a> {
    has_more: bool,
    tags: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_marker: Option<String>,
}

#[derive(Serialize)]
struct AccessoryList<'a> {
    total: usize,
    /// Null if there are no accessories (live).
    accessories: Option<Vec<AccessoryView<'a>>>,
}

#[derive(Serialize)]
struct AccessoryView<'a> {
    id: u64,
    domain_id: &'a str,
    namespace_name: &'a str,
    repo_name: &'a str,
    sig_tag: &'a str,
    sig_digest: &'a str,
    target_digest: &'a str,
    size: u64,
    // Inferred: no documentation lists the possible values.
    #[serde(rename = "type")]
    kind: &'static str,
    created_at: Time,
    updated_at: Time,
}

/// Creates the views of a repository's tags.
struct Viewer<'a> {
    repo: &'a RepoState,
    domain_id: &'a str,
    path: String,
}

impl<'a> Viewer<'a> {
    fn of(state: &'a State, repo: &'a RepoState, input: &Input<'_>) -> Viewer<'a> {
        let owner = state.owner(input.registry(), repo.namespace.as_str());
        Viewer {
            repo,
            domain_id: &state.account(owner).id,
            path: repos::path(&input.advertised.authority(Door::Registry), repo),
        }
    }

    fn view(&self, tagged: Tagged<'a>, with_manifest: bool) -> TagView<'a> {
        let Tagged { tag, manifest } = tagged;
        let path = format!("{}:{}", self.path, tag.name);
        let text = if with_manifest {
            String::from_utf8_lossy(&manifest.bytes).into_owned()
        } else {
            String::new()
        };
        TagView {
            id: tag.id,
            repo_id: self.repo.id,
            name: NameView::LowerCase(tag.name.as_str()),
            image_id: manifest.image_id(),
            manifest: text,
            digest: tag.digest.as_str(),
            schema: 2,
            internal_path: path.clone(),
            path,
            size: manifest.size(),
            is_trusted: false,
            created: tag.created,
            updated: tag.updated,
            deleted: None,
            domain_id: self.domain_id,
            scanned: None,
            tag_type: match tagged.kind() {
                TagKind::Image => 0,
                TagKind::List => 1,
                TagKind::Signature => 2,
            },
        }
    }

    /// Creates a row of the list by offset.
    fn row(&self, tagged: Tagged<'a>) -> TagView<'a> {
        TagView {
            name: NameView::Tag(tagged.tag.name.as_str()),
            deleted: Some(()),
            scanned: Some(false),
            ..self.view(tagged, true)
        }
    }

    fn accessory(&self, target: Tagged<'a>, signature: Tagged<'a>) -> AccessoryView<'a> {
        AccessoryView {
            id: signature.tag.id,
            domain_id: self.domain_id,
            namespace_name: self.repo.namespace.as_str(),
            repo_name: self.repo.name.as_str(),
            sig_tag: signature.tag.name.as_str(),
            sig_digest: signature.tag.digest.as_str(),
            target_digest: target.tag.digest.as_str(),
            size: signature.manifest.size(),
            kind: "signature.cosign",
            created_at: signature.tag.created,
            updated_at: signature.tag.updated,
        }
    }
}

fn read_tag_order(fields: &Fields<'_>) -> Result<Option<(TagOrder, Direction)>, Denied> {
    let columns = [("updated_at", TagOrder::Updated), ("tag", TagOrder::Name)];
    read_order(fields, &columns)
}

/// v2: lists tags by offset.
pub(crate) fn list_by_offset(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let (caller, path) = (input.caller()?, input.path());
    let repo = state.authorize_repo(caller, &path, Permission::Read)?;
    let fields = input.query()?;
    let page = OFFSET_PAGING.read(&fields)?;
    let order = read_tag_order(&fields)?;
    let name = fields.text("tag")?;
    let (tags, total) = repo.images.list(name.as_deref(), order, page);
    let viewer = Viewer::of(state, repo, input);
    let rows: Vec<TagView<'_>> = tags.iter().map(|tagged| viewer.row(*tagged)).collect();
    let missed = name.filter(|_| total == 0);
    let hint = missed.and_then(|tag| state.why_no_tag(&path, &tag));
    let outcome = with_content_range(Outcome::json(&rows), page, rows.len(), total);
    Ok(outcome.hint(hint))
}

const MARKER_PAGING: Paging<Option<u64>> = Paging {
    style: HEX_MARKER,
    default: 100,
    max: 1000,
};

/// v3: lists tags by marker.
pub(crate) fn list_by_marker(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let (caller, path) = (input.caller()?, input.path());
    let repo = state.authorize_repo(caller, &path, Permission::Read)?;
    let fields = input.query()?;
    let page = MARKER_PAGING.read(&fields)?;
    let order = read_tag_order(&fields)?;
    let with_manifest = fields.boolean("with_manifest")?.unwrap_or(false);
    let part = fields.text("tag")?;
    let page = repo
        .images
        .list_after(part.as_deref().unwrap_or_default(), order, page);
    let missed = part.filter(|_| page.rows.is_empty());
    let hint = missed.and_then(|part| state.why_no_tag_with(&path, &part));
    let viewer = Viewer::of(state, repo, input);
    let rows = page.rows.iter();
    let outcome = Outcome::json(&TagList {
        tags: rows
            .map(|tagged| viewer.view(*tagged, with_manifest))
            .collect(),
        next_marker: page.last().map(|tagged| hex_marker(tagged.tag.id)),
        has_more: page.last().is_some(),
    });
    Ok(outcome.hint(hint))
}

pub(crate) fn show(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let caller = input.caller()?;
    let (repo, tagged) = state.authorize_tag(caller, &input.path(), &input.param("tag"))?;
    let viewer = Viewer::of(state, repo, input);
    Ok(Outcome::json(&viewer.view(tagged, true)))
}

/// Shows the configuration of the image as a JSON string. A list has no configuration, so the string is empty.
pub(crate) fn show_config(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let (_, tagged) = state.authorize_tag(input.caller()?, &input.path(), &input.param("tag"))?;
    let config = state.config_of(tagged);
    let bytes = config.map(Blob::to_bytes).unwrap_or_default();
    Ok(Outcome::json(&String::from_utf8_lossy(&bytes)))
}

/// The fields of a request that creates a tag.
const FIELDS: [&str; 3] = ["source_tag", "destination_tag", "override"];

pub(crate) fn create(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let fields = input.fields()?;
    let from = fields.required_text("source_tag", &FIELDS)?;
    let to = fields.required_text("destination_tag", &FIELDS)?;
    let to = TagName::parse(&to).map_err(|refusal| TagName::refuse(refusal, &to))?;
    let replaces = fields.boolean("override")?.unwrap_or(false);
    state.copy_tag(input.caller()?, &input.path(), &from, to, replaces)?;
    Ok(Outcome::empty_object())
}

pub(crate) fn delete(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    state.delete_tag(input.caller()?, &input.path(), &input.param("tag"))?;
    Ok(Outcome::empty())
}

const REFERENCE_PAGING: Paging<usize> = Paging {
    style: ROW_MARKER,
    default: 10,
    max: 10,
};

/// Lists the tags that a signature's tag refers to. For other tags, the list is empty.
pub(crate) fn references(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let (caller, path, tag) = (input.caller()?, input.path(), input.param("tag"));
    let repo = state.authorize_repo(caller, &path, Permission::Read)?;
    let page = REFERENCE_PAGING.read(&input.query()?)?;
    let rows = page.cut(repo.images.signed_by(&tag));
    let end = page.start.saturating_add(rows.rows.len());
    let outcome = Outcome::json(&ReferenceList {
        has_more: rows.has_more,
        tags: rows.rows,
        next_marker: rows.has_more.then(|| row_marker(repo.id, end)),
    });
    Ok(outcome.hint(state.why_no_tag(&path, &tag)))
}

const ACCESSORY_PAGING: Paging<usize> = Paging {
    style: OFFSET,
    default: 10,
    max: 100,
};

/// Lists the signatures of a tag's image.
pub(crate) fn accessories(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let caller = input.caller()?;
    let (repo, target) = state.authorize_tag(caller, &input.path(), &input.param("tag"))?;
    let page = ACCESSORY_PAGING.read(&input.query()?)?;
    let signatures: Vec<Tagged<'_>> = repo.images.signatures_of(&target.tag.digest).collect();
    let total = signatures.len();
    let viewer = Viewer::of(state, repo, input);
    let views = signatures
        .into_iter()
        .map(|signature| viewer.accessory(target, signature));
    let page = page.cut(views).rows;
    Ok(Outcome::json(&AccessoryList {
        total,
        accessories: Some(page).filter(|page| !page.is_empty()),
    }))
}
