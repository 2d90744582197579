//! The list of a repository's tags, and the catalog of repositories.

use http::header::LINK;
use serde::Serialize;

use super::{admit, images};
use crate::base::access::Access;
use crate::base::refusal::Denied;
use crate::base::refusal::Refusal;
use crate::base::reply::{Outcome, text_header};
use crate::base::request::number;
use crate::services::input::Input;
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
    let limit = page_size(input)?;
    let last = input.query_value("last").unwrap_or_default();
    let mut rest = images.tags_after(&last).map(|tag| tag.name.as_str());
    let tags: Vec<&str> = rest.by_ref().take(limit).collect();
    let more = rest.next().is_some();
    let path = format!("/v2/{name}/tags/list");
    let outcome = Outcome::json(&Tags {
        name: &name,
        tags: Some(tags.clone()),
    });
    Ok(link(
        outcome,
        &path,
        limit,
        tags.last().filter(|_| more).copied(),
    ))
}

/// All repositories, which the real service does not list.
pub(crate) fn catalog(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    if state.settings.profile == Profile::Swr {
        return Err(Refusal::Unsupported.into());
    }
    let limit = page_size(input)?;
    let last = input.query_value("last").unwrap_or_default();
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
        .filter(|name| *name > last)
        .collect();
    names.sort();
    let more = names.len() > limit;
    names.truncate(limit);
    let next = names.last().filter(|_| more).cloned();
    let outcome = Outcome::json(&Repositories {
        repositories: names,
    });
    Ok(link(outcome, "/v2/_catalog", limit, next.as_deref()))
}

fn page_size(input: &Input<'_>) -> Result<usize, Denied> {
    match input.query_value("n") {
        None => Ok(usize::MAX),
        Some(text) => number(&text).ok_or_else(|| Denied::from(Refusal::PageSize).detail(text)),
    }
}

fn link(outcome: Outcome, path: &str, limit: usize, last: Option<&str>) -> Outcome {
    match last {
        Some(last) if limit > 0 => {
            let last =
                percent_encoding::utf8_percent_encode(last, percent_encoding::NON_ALPHANUMERIC);
            let link = format!("<{path}?last={last}&n={limit}>; rel=\"next\"");
            outcome.header(LINK, text_header(&link))
        }
        _ => outcome,
    }
}
