//! The list of a repository's tags, and the catalog of repositories.

use serde::Serialize;

use super::{admit, images};
use crate::base::access::Access;
use crate::base::refusal::Denied;
use crate::base::refusal::Refusal;
use crate::base::reply::Outcome;
use crate::services::input::Input;
use crate::services::paging::{LAST, Paging, with_link};
use crate::state::{Profile, State};

#[derive(Serialize)]
struct Tags<'a> {
    name: &'a str,
    tags: Option<Vec<&'a str>>,
}

#[derive(Serialize)]
struct Repositories {
    repositories: Vec<String>,
}

/// A list is whole unless the client says how many of it it wants.
const PAGING: Paging<String> = Paging {
    style: LAST,
    default: usize::MAX,
    max: usize::MAX,
};

pub(crate) fn list(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let place = admit(state, input)?;
    let name = input.param("name");
    let images = match images(state, &place, Refusal::RepoNotFound) {
        Ok(images) => images,
        // The real service knows no repository that its organization does not have.
        Err(_) if state.settings.profile == Profile::Swr => {
            let outcome = Outcome::json(&Tags {
                name: &name,
                tags: None,
            });
            return Ok(outcome.hint(state.why_no_tags(&place)));
        }
        Err(denied) => return Err(denied),
    };
    let page = PAGING.read(&input.parameters())?;
    let tags = images.tags_after(&page.start);
    let tags = page.take(tags.map(|tag| tag.name.as_str()));
    let last = tags.last().copied();
    let outcome = Outcome::json(&Tags {
        name: &name,
        tags: Some(tags.rows),
    });
    let path = format!("/v2/{name}/tags/list");
    Ok(with_link(outcome, &path, &page, last))
}

/// All repositories, which the real service does not list.
pub(crate) fn catalog(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    if state.settings.profile == Profile::Swr {
        return Err(Refusal::Unsupported.into());
    }
    let page = PAGING.read(&input.parameters())?;
    let mut names: Vec<String> = state
        .namespaces()
        .flat_map(|namespace| {
            let repos = state.repos_of(namespace.name.as_str());
            repos.into_iter().map(move |repo| (namespace, repo))
        })
        .filter(|(namespace, repo)| {
            let place = state.place(&format!("{}/{repo}", namespace.name));
            place.is_ok_and(|place| {
                state
                    .may(input.caller.as_ref(), &place, Access::Pull)
                    .is_ok()
            })
        })
        .map(|(namespace, repo)| format!("{}/{repo}", namespace.name))
        .filter(|name| *name > page.start)
        .collect();
    names.sort();
    let names = page.take(names.into_iter());
    let last = names.last().cloned();
    let outcome = Outcome::json(&Repositories {
        repositories: names.rows,
    });
    Ok(with_link(outcome, "/v2/_catalog", &page, last.as_deref()))
}
