//! Tags of a repository, their signatures, and what they sign.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use crate::base::clock::Time;
use crate::base::manifest::Kind;
use crate::base::refusal::Denied;
use crate::base::refusal::Refusal;
use crate::base::reply::Outcome;
use crate::base::request::{hex_number, number};
use crate::services::input::{Fields, Input};
use crate::services::paging::{OffsetPage, parse_limit, read_order};
use crate::services::registry::manifests::config_of;
use crate::state::{Direction, Images, Permission, Repo, State, TagName, Tagged, signed_digest};

/// What all three views of a tag have in common.
#[derive(Serialize)]
struct Common<'a> {
    id: u64,
    repo_id: u64,
    /// The digest of the configuration, without its algorithm; empty for a list.
    image_id: &'a str,
    /// The manifest as it was pushed, as a string.
    manifest: String,
    digest: &'a str,
    schema: u8,
    path: String,
    internal_path: String,
    size: u64,
    is_trusted: bool,
    created: Time,
    updated: Time,
    domain_id: &'a str,
    tag_type: u8,
}

/// A row of the list that is paged by offset: the one place where the key is `Tag`.
#[derive(Serialize)]
struct OffsetRow<'a> {
    #[serde(rename = "Tag")]
    tag: &'a str,
    deleted: Option<&'a str>,
    scanned: bool,
    #[serde(flatten)]
    common: Common<'a>,
}

#[derive(Serialize)]
struct Shown<'a> {
    tag: &'a str,
    #[serde(flatten)]
    common: Common<'a>,
}

#[derive(Serialize)]
struct MarkerList<'a> {
    tags: Vec<Shown<'a>>,
    #[serde(rename = "nextMarker", skip_serializing_if = "Option::is_none")]
    next_marker: Option<String>,
    has_more: bool,
}

#[derive(Serialize)]
struct References<'a> {
    has_more: bool,
    tags: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_marker: Option<String>,
}

#[derive(Serialize)]
struct Accessories<'a> {
    total: usize,
    /// Null where there are none (live).
    accessories: Option<Vec<Accessory<'a>>>,
}

#[derive(Serialize)]
struct Accessory<'a> {
    id: u64,
    domain_id: &'a str,
    namespace_name: &'a str,
    repo_name: &'a str,
    sig_tag: &'a str,
    sig_digest: &'a str,
    target_digest: &'a str,
    size: u64,
    // Inferred: no page names the values there are.
    #[serde(rename = "type")]
    kind: &'static str,
    created_at: Time,
    updated_at: Time,
}

/// Views of a repository's tags.
struct Viewer<'a> {
    repo: &'a Repo,
    domain_id: &'a str,
    path: String,
}

impl<'a> Viewer<'a> {
    fn of(state: &'a State, repo: &'a Repo, input: &Input<'_>) -> Viewer<'a> {
        let path = format!("{}/{}/{}", input.site.registry, repo.namespace, repo.name);
        Viewer {
            repo,
            domain_id: &state.account(state.owner_of(repo)).id,
            path,
        }
    }

    fn common(&self, Tagged { tag, manifest }: Tagged<'a>, with_manifest: bool) -> Common<'a> {
        let path = format!("{}:{}", self.path, tag.name);
        let text = if with_manifest {
            String::from_utf8_lossy(&manifest.bytes).into_owned()
        } else {
            String::new()
        };
        let tag_type = match &manifest.kind {
            _ if signed_digest(tag.name.as_str()).is_some() => 2,
            Kind::List { .. } => 1,
            Kind::Image { .. } => 0,
        };
        Common {
            id: tag.id,
            repo_id: self.repo.id,
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
            domain_id: self.domain_id,
            tag_type,
        }
    }

    fn shown(&self, tagged: Tagged<'a>, with_manifest: bool) -> Shown<'a> {
        Shown {
            tag: tagged.tag.name.as_str(),
            common: self.common(tagged, with_manifest),
        }
    }

    fn offset_row(&self, tagged: Tagged<'a>) -> OffsetRow<'a> {
        OffsetRow {
            tag: tagged.tag.name.as_str(),
            deleted: None,
            scanned: false,
            common: self.common(tagged, true),
        }
    }
}

#[derive(Clone, Copy)]
enum OrderBy {
    UpdatedAt,
    Tag,
}

fn read_tag_order(fields: &Fields<'_>) -> Result<Option<(OrderBy, Direction)>, Denied> {
    let columns = [("updated_at", OrderBy::UpdatedAt), ("tag", OrderBy::Tag)];
    read_order(fields, &columns)
}

/// The tags that are meant, in order: the latest change first unless told otherwise.
fn in_order<'a>(
    images: &'a Images,
    order: Option<(OrderBy, Direction)>,
    admits: impl Fn(&str) -> bool + 'a,
) -> Box<dyn Iterator<Item = Tagged<'a>> + 'a> {
    let recent = move || images.recent_tags();
    let tags: Box<dyn Iterator<Item = &crate::state::Tag>> = match order {
        None | Some((OrderBy::UpdatedAt, Direction::Descending)) => Box::new(recent()),
        Some((OrderBy::UpdatedAt, Direction::Ascending)) => Box::new(recent().rev()),
        Some((OrderBy::Tag, Direction::Ascending)) => Box::new(images.tags()),
        Some((OrderBy::Tag, Direction::Descending)) => Box::new(images.tags().rev()),
    };
    let admitted = tags.filter(move |tag| admits(tag.name.as_str()));
    Box::new(admitted.filter_map(|tag| images.with_manifest(tag)))
}

/// v2: by offset.
pub(crate) fn list_by_offset(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let (caller, place) = (input.caller()?, input.place());
    let repo = state.reach_repo(caller, &place.namespace, &place.repo, Permission::Read)?;
    let fields = input.query()?;
    let page = OffsetPage::read(&fields)?;
    let order = read_tag_order(&fields)?;
    let wanted = fields.text("tag")?;
    let viewer = Viewer::of(state, repo, input);
    let (tags, total): (Box<dyn Iterator<Item = Tagged<'_>>>, usize) = match wanted {
        None => (in_order(&repo.images, order, |_| true), repo.num_images()),
        // Fuzzy is documented for v3 alone. Inferred: v2 takes the whole name.
        Some(wanted) => {
            let found = repo.images.tagged(&wanted);
            (Box::new(found.into_iter()), usize::from(found.is_some()))
        }
    };
    let rows: Vec<OffsetRow<'_>> = tags
        .skip(page.offset)
        .take(page.limit)
        .map(|tagged| viewer.offset_row(tagged))
        .collect();
    let (name, value) = page.content_range(rows.len(), total);
    let missed = fields.text("tag")?.filter(|_| total == 0);
    let hint = missed.and_then(|tag| state.why_no_tag(&place, &tag));
    Ok(Outcome::json(&rows).header(name, value).hint(hint))
}

/// v3: by marker.
pub(crate) fn list_by_marker(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let (caller, place) = (input.caller()?, input.place());
    let repo = state.reach_repo(caller, &place.namespace, &place.repo, Permission::Read)?;
    let fields = input.query()?;
    let limit = fields
        .text("limit")?
        .map_or(Ok(100), |limit| parse_limit(&limit, 1000))?;
    let order = read_tag_order(&fields)?;
    let with_manifest = fields.boolean("with_manifest")?.unwrap_or(false);
    let part = fields.text("tag")?.unwrap_or_default();
    let marker = fields.text("marker")?.filter(|marker| !marker.is_empty());
    let viewer = Viewer::of(state, repo, input);
    let mut tags = in_order(&repo.images, order, move |name| name.contains(&part));
    if let Some(marker) = marker {
        let last = hex_number(&marker).ok_or_else(|| {
            Denied::from(Refusal::ParameterValue).explained(format!("no marker `{marker}`"))
        })?;
        tags.by_ref().find(|tagged| tagged.tag.id == last);
    }
    let page: Vec<Shown<'_>> = tags
        .by_ref()
        .take(limit)
        .map(|tagged| viewer.shown(tagged, with_manifest))
        .collect();
    let more = tags.next().and(page.last());
    let next_marker = more.map(|last| format!("{:x}", last.common.id));
    let has_part = |part: &String| {
        let mut names = repo.images.tags().map(|tag| tag.name.as_str());
        names.any(|name| name.contains(part.as_str()))
    };
    let missed = fields.text("tag")?.filter(|_| page.is_empty());
    let missed = missed.filter(|part| !has_part(part));
    let hint = missed.and_then(|tag| state.why_no_tag(&place, &tag));
    let outcome = Outcome::json(&MarkerList {
        has_more: next_marker.is_some(),
        tags: page,
        next_marker,
    });
    Ok(outcome.hint(hint))
}

pub(crate) fn show(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let caller = input.caller()?;
    let (repo, tagged) = state.reach_tag(caller, &input.place(), &input.param("tag"))?;
    let viewer = Viewer::of(state, repo, input);
    Ok(Outcome::json(&viewer.shown(tagged, true)))
}

/// The configuration of the image, as a JSON string; of a list, which has none, an empty one.
pub(crate) fn show_config(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let (_, tagged) = state.reach_tag(input.caller()?, &input.place(), &input.param("tag"))?;
    let config = config_of(state, tagged.manifest);
    let bytes = config.map(|config| config.to_bytes()).unwrap_or_default();
    Ok(Outcome::json(&String::from_utf8_lossy(&bytes)))
}

/// What creating a tag reads.
const FIELDS: [&str; 3] = ["source_tag", "destination_tag", "override"];

pub(crate) fn create(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let fields = input.fields()?;
    let from = fields.required_text("source_tag", &FIELDS)?;
    let to = fields.required_text("destination_tag", &FIELDS)?;
    let to = TagName::parse(&to).map_err(|refusal| TagName::refuse(refusal, &to))?;
    let replaces = fields.boolean("override")?.unwrap_or(false);
    state.copy_tag(input.caller()?, &input.place(), &from, to, replaces)?;
    Ok(Outcome::done())
}

pub(crate) fn delete(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    state.delete_tag(input.caller()?, &input.place(), &input.param("tag"))?;
    Ok(Outcome::gone())
}

/// Of a signature's tag the tags it is about; of any other none.
pub(crate) fn references(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let (caller, place) = (input.caller()?, input.place());
    let repo = state.reach_repo(caller, &place.namespace, &place.repo, Permission::Read)?;
    let fields = input.query()?;
    let limit = fields
        .text("limit")?
        .map_or(Ok(10), |limit| parse_limit(&limit, 10))?;
    let start = fields
        .text("marker")?
        .map_or(Ok(0), |marker| read_marker(&marker))?;
    let all = repo.images.signed_by(&input.param("tag"));
    let tags: Vec<&str> = all.iter().copied().skip(start).take(limit).collect();
    let end = start + tags.len();
    let next_marker = (end < all.len()).then(|| STANDARD.encode(format!("{}:{end}", repo.id)));
    let hint = state.why_no_tag(&place, &input.param("tag"));
    let outcome = Outcome::json(&References {
        has_more: next_marker.is_some(),
        tags,
        next_marker,
    });
    Ok(outcome.hint(hint))
}

/// Base64 of `id:n`, as the documentation's example has it.
fn read_marker(marker: &str) -> Result<usize, Denied> {
    let bytes = STANDARD.decode(marker).ok();
    let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    let place = text.and_then(|text| {
        let (repo, place) = text.split_once(':')?;
        number::<u64>(repo).and(number(place))
    });
    place.ok_or_else(|| {
        Denied::from(Refusal::ParameterValue).explained(format!("no marker `{marker}`"))
    })
}

/// The signatures of a tag's image.
pub(crate) fn accessories(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let caller = input.caller()?;
    let (repo, tagged) = state.reach_tag(caller, &input.place(), &input.param("tag"))?;
    let fields = input.query()?;
    let limit = fields
        .text("limit")?
        .map_or(Ok(10), |limit| parse_limit(&limit, 100))?;
    let offset = fields.text("offset")?.map_or(Ok(0), |offset| {
        number::<usize>(&offset).ok_or_else(|| {
            Denied::from(Refusal::PageSize).explained(format!("no offset `{offset}`"))
        })
    })?;
    let domain_id = &state.account(state.owner_of(repo)).id;
    let target = &tagged.tag.digest;
    let found = repo.images.signature_of(target);
    let found = found.and_then(|tag| repo.images.with_manifest(tag));
    let all: Vec<Accessory<'_>> = found
        .into_iter()
        .map(|signature| Accessory {
            id: signature.tag.id,
            domain_id,
            namespace_name: repo.namespace.as_str(),
            repo_name: repo.name.as_str(),
            sig_tag: signature.tag.name.as_str(),
            sig_digest: signature.tag.digest.as_str(),
            target_digest: target.as_str(),
            size: signature.manifest.size(),
            kind: "signature.cosign",
            created_at: signature.tag.created,
            updated_at: signature.tag.updated,
        })
        .collect();
    let total = all.len();
    let page: Vec<Accessory<'_>> = all.into_iter().skip(offset).take(limit).collect();
    Ok(Outcome::json(&Accessories {
        total,
        accessories: Some(page).filter(|page| !page.is_empty()),
    }))
}
