//! The versions of the API.

use serde::Serialize;

use crate::base::endpoints::Door;
use crate::base::refusal::Denied;
use crate::base::refusal::Refusal;
use crate::base::reply::Outcome;
use crate::services::input::Input;
use crate::state::State;

#[derive(Serialize)]
struct Versions<'a> {
    versions: [Version<'a>; 1],
}

#[derive(Serialize)]
struct OneVersion<'a> {
    version: Version<'a>,
}

#[derive(Serialize)]
struct Version<'a> {
    id: &'a str,
    links: Link<'a>,
    version: &'a str,
    status: &'a str,
    updated: &'a str,
    min_version: &'a str,
}

/// The link of a version. It is an object; other services have an array.
#[derive(Serialize)]
struct Link<'a> {
    href: &'a str,
    rel: &'a str,
}

/// The only version, as in the documentation's example.
fn v2(href: &str) -> Version<'_> {
    Version {
        id: "v2",
        links: Link { href, rel: "self" },
        version: "2.26",
        status: "CURRENT",
        updated: "2020-07-09T00:00:00Z",
        min_version: "2.0",
    }
}

pub(crate) fn list(_: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    Ok(Outcome::json(&Versions {
        versions: [v2(&href(input))],
    }))
}

pub(crate) fn show(_: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let requested = input.param("api_version");
    // The id of the object is `v2`, but the documentation's example requests `2.26`. Inferred: both are accepted.
    if requested != "v2" && requested != "2.26" {
        return Err(Denied::from(Refusal::VersionNotFound).explained(format!(
            "there is no version `{requested}`: the only version is v2"
        )));
    }
    Ok(Outcome::json(&OneVersion {
        version: v2(&href(input)),
    }))
}

fn href(input: &Input<'_>) -> String {
    format!("{}/v2/", input.advertised.url(Door::Api))
}
