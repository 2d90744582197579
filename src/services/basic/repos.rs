//! Repositories.

use serde::Serialize;

use crate::base::clock::Time;
use crate::base::endpoints::Door;
use crate::base::refusal::Denied;
use crate::base::refusal::Refusal;
use crate::base::reply::Outcome;
use crate::services::input::{Fields, Input, one_of};
use crate::services::paging::{ID_MARKER, OFFSET_PAIR, Paging, read_order, with_content_range};
use crate::state::{
    Category, Permission, RepoChange, RepoFilter, RepoName, RepoOrder, RepoState, State,
};

/// The 18 documented keys.
#[derive(Serialize)]
struct RepoView<'a> {
    id: u64,
    ns_id: u64,
    name: &'a str,
    category: &'a str,
    description: &'a str,
    creator_id: &'a str,
    creator_name: &'a str,
    size: u64,
    is_public: bool,
    num_images: usize,
    num_download: u64,
    url: &'a str,
    path: &'a str,
    /// Equal to `path` (live). Older documents show another address.
    internal_path: &'a str,
    created: Time,
    updated: Time,
    domain_id: &'a str,
    priority: u8,
}

/// A row of the list by offset, which has no ids.
#[derive(Serialize)]
pub(super) struct RepoRow<'a> {
    name: &'a str,
    category: &'a str,
    description: &'a str,
    size: u64,
    is_public: bool,
    num_images: usize,
    num_download: u64,
    created_at: Time,
    updated_at: Time,
    logo: &'a str,
    url: &'a str,
    path: &'a str,
    internal_path: &'a str,
    domain_name: &'a str,
    namespace: &'a str,
    /// Rows are sorted by the last change, newest first.
    tags: Vec<&'a str>,
    status: bool,
    /// The total number of rows, on every row. Without it, terraform requests pages without end.
    total_range: usize,
}

#[derive(Serialize)]
pub(super) struct RepoList<'a> {
    pub(super) repos: Vec<RepoListRow<'a>>,
    #[serde(rename = "nextMarker", skip_serializing_if = "Option::is_none")]
    pub(super) next_marker: Option<u64>,
}

#[derive(Serialize)]
pub(super) struct RepoListRow<'a> {
    id: u64,
    name: &'a str,
    category: &'a str,
    description: &'a str,
    size: u64,
    is_public: bool,
    num_images: usize,
    num_download: u64,
    created_at: Time,
    updated_at: Time,
    domain_name: &'a str,
    namespace_name: &'a str,
    status: bool,
}

impl<'a> RepoRow<'a> {
    pub(super) fn of(
        repo: &'a RepoState,
        path: &'a str,
        domain_name: &'a str,
        total_range: usize,
    ) -> RepoRow<'a> {
        RepoRow {
            name: repo.name.as_str(),
            category: repo.category.as_str(),
            description: &repo.description,
            size: repo.size(),
            is_public: repo.is_public,
            num_images: repo.num_images(),
            num_download: repo.num_download,
            created_at: repo.created,
            updated_at: repo.updated,
            logo: "",
            url: "",
            path,
            internal_path: path,
            domain_name,
            namespace: repo.namespace.as_str(),
            tags: repo
                .images
                .recent_tags()
                .map(|tag| tag.name.as_str())
                .collect(),
            status: false,
            total_range,
        }
    }

    /// Sets whether the share is active, for a repository of another account.
    pub(super) fn status(self, status: bool) -> RepoRow<'a> {
        RepoRow { status, ..self }
    }
}

impl<'a> RepoListRow<'a> {
    pub(super) fn of(repo: &'a RepoState, domain_name: &'a str) -> RepoListRow<'a> {
        RepoListRow {
            id: repo.id,
            name: repo.name.as_str(),
            category: repo.category.as_str(),
            description: &repo.description,
            size: repo.size(),
            is_public: repo.is_public,
            num_images: repo.num_images(),
            num_download: repo.num_download,
            created_at: repo.created,
            updated_at: repo.updated,
            domain_name,
            namespace_name: repo.namespace.as_str(),
            status: false,
        }
    }

    /// Sets whether the share is active, for a repository of another account.
    pub(super) fn status(self, status: bool) -> RepoListRow<'a> {
        RepoListRow { status, ..self }
    }
}

/// The fields of requests that create or update a repository.
const FIELDS: [&str; 4] = ["repository", "is_public", "category", "description"];

pub(crate) fn create(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let fields = input.fields()?;
    let name = fields.required_text("repository", &FIELDS)?;
    let parsed = RepoName::parse(&name).map_err(|refusal| RepoName::refuse(refusal, &name))?;
    let change = read_change(&fields)?;
    if change.is_public.is_none() {
        return Err(no_visibility(&fields));
    }
    state.create_repo(
        input.caller()?,
        input.registry(),
        &input.param("namespace"),
        (parsed, change),
    )?;
    Ok(Outcome::empty_object())
}

/// Updates the attributes that the request contains. The documents require `is_public`, but released clients send only
/// the attributes that change.
pub(crate) fn update(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let fields = input.fields()?;
    let change = read_change(&fields)?;
    if change == RepoChange::default() {
        return Err(no_visibility(&fields));
    }
    state.update_repo(input.caller()?, &input.path(), change)?;
    Ok(Outcome::empty_object())
}

fn no_visibility(fields: &Fields<'_>) -> Denied {
    fields.missing(Refusal::VisibilityInvalid, "is_public", &FIELDS)
}

/// Reads the attributes of a repository.
fn read_change(fields: &Fields<'_>) -> Result<RepoChange, Denied> {
    let is_public = fields.flag("is_public")?;
    let category = fields
        .text("category")?
        .filter(|category| !category.is_empty());
    let category = category.map(|text| one_of("category", &text, &Category::WORDS));
    Ok(RepoChange {
        is_public,
        category: category.transpose()?,
        description: fields.text("description")?,
    })
}

pub(crate) fn delete(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    state.delete_repo(input.caller()?, &input.path())?;
    Ok(Outcome::empty())
}

pub(crate) fn show(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let repo = state.authorize_repo(input.caller()?, &input.path(), Permission::Read)?;
    let owner = state.owner(input.registry(), repo.namespace.as_str());
    let creator = state.user(repo.creator);
    let path = path(&input.advertised.authority(Door::Registry), repo);
    Ok(Outcome::json(&RepoView {
        id: repo.id,
        ns_id: repo.namespace_id,
        name: repo.name.as_str(),
        category: repo.category.as_str(),
        description: &repo.description,
        creator_id: &creator.id,
        creator_name: &creator.name,
        size: repo.size(),
        is_public: repo.is_public,
        num_images: repo.num_images(),
        num_download: repo.num_download,
        url: "",
        path: &path,
        internal_path: &path,
        created: repo.created,
        updated: repo.updated,
        domain_id: &state.account(owner).id,
        priority: 0,
    }))
}

/// The address to pull a repository from: `127.0.0.1:41002/group/web`.
pub(super) fn path(registry: &str, repo: &RepoState) -> String {
    [
        registry,
        "/",
        repo.namespace.as_str(),
        "/",
        repo.name.as_str(),
    ]
    .concat()
}

/// The paging of both v2 lists of repositories.
pub(super) const OFFSET_PAGING: Paging<usize> = Paging {
    style: OFFSET_PAIR,
    default: 100,
    max: 1000,
};

/// The paging of both v3 lists of repositories.
pub(super) const MARKER_PAGING: Paging<u64> = Paging {
    style: ID_MARKER,
    default: 100,
    max: 1000,
};

/// v2: lists repositories by offset, in any order.
pub(crate) fn list_by_offset(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let caller = input.caller()?;
    let fields = input.query()?;
    let page = OFFSET_PAGING.read(&fields)?;
    // The documentation of the SDK names `updated_at`, which the live service refuses.
    let columns = [
        ("name", RepoOrder::Name),
        ("updated_time", RepoOrder::UpdatedTime),
        ("tag_count", RepoOrder::TagCount),
        ("namespace", RepoOrder::Namespace),
        ("is_public", RepoOrder::IsPublic),
    ];
    let order = read_order(&fields, &columns)?;
    let filter = read_filter(&fields)?;
    let (repos, total) = state.list_repos(caller, input.registry(), &filter, order, page);
    let hint = match total {
        0 => state.why_no_repo(caller, input.registry(), &filter),
        _ => None,
    };
    let domain_name = &state.account(caller.account).name;
    let registry = input.advertised.authority(Door::Registry);
    let paths: Vec<String> = repos.iter().map(|repo| path(&registry, repo)).collect();
    let rows: Vec<RepoRow<'_>> = repos
        .iter()
        .zip(&paths)
        .map(|(repo, path)| RepoRow::of(repo, path, domain_name, total))
        .collect();
    let outcome = with_content_range(Outcome::json(&rows), page, rows.len(), total);
    Ok(outcome.hint(hint))
}

/// v3: lists repositories by marker, oldest first.
pub(crate) fn list_by_marker(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let caller = input.caller()?;
    let fields = input.query()?;
    let page = MARKER_PAGING.read(&fields)?;
    let filter = read_filter(&fields)?;
    let page = state.repos_after(caller, input.registry(), &filter, page);
    let hint = match page.rows.len() {
        0 => state.why_no_repo(caller, input.registry(), &filter),
        _ => None,
    };
    let domain_name = &state.account(caller.account).name;
    let repos = page.rows.iter();
    let list = RepoList {
        repos: repos
            .map(|repo| RepoListRow::of(repo, domain_name))
            .collect(),
        next_marker: page.last().map(|repo| repo.id),
    };
    Ok(Outcome::json(&list).hint(hint))
}

pub(super) fn read_filter(fields: &Fields<'_>) -> Result<RepoFilter, Denied> {
    Ok(RepoFilter {
        namespace: fields.text("namespace")?,
        name: fields.text("name")?,
        category: fields.text("category")?,
        is_public: fields.flag("is_public")?,
    })
}
