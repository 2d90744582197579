//! The list of a repository's tags, and the catalog of repositories.

use serde::Serialize;

use super::authorize;
use crate::base::refusal::Denied;
use crate::base::reply::Outcome;
use crate::services::input::Input;
use crate::services::paging::{LAST, Paging, with_link};
use crate::state::State;

#[derive(Serialize)]
struct TagNames<'a> {
    name: &'a str,
    tags: Option<Vec<&'a str>>,
}

#[derive(Serialize)]
struct Catalog {
    repositories: Vec<String>,
}

/// Without a limit from the client, a list is complete.
const PAGING: Paging<String> = Paging {
    style: LAST,
    default: usize::MAX,
    max: usize::MAX,
};

pub(crate) fn list(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let path = authorize(state, input)?;
    let name = input.param("name");
    let Some(images) = state.images_to_list(&path)? else {
        let outcome = Outcome::json(&TagNames {
            name: &name,
            tags: None,
        });
        return Ok(outcome.hint(state.why_no_tag_list(&path)));
    };
    let page = PAGING.read(&input.parameters())?;
    let tags = images.tags_after(&page.start);
    let tags = page.take(tags.map(|tag| tag.name.as_str()));
    let last = tags.last().copied();
    let outcome = Outcome::json(&TagNames {
        name: &name,
        tags: Some(tags.rows),
    });
    let address = format!("/v2/{name}/tags/list");
    Ok(with_link(outcome, &address, &page, last))
}

/// Lists all repositories. The real service does not offer this operation.
pub(crate) fn catalog(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let names = state.catalog(input.caller.as_ref(), input.registry())?;
    let page = PAGING.read(&input.parameters())?;
    let names = names.into_iter().skip_while(|name| *name <= page.start);
    let names = page.take(names);
    let last = names.last().cloned();
    let outcome = Outcome::json(&Catalog {
        repositories: names.rows,
    });
    Ok(with_link(outcome, "/v2/_catalog", &page, last.as_deref()))
}
