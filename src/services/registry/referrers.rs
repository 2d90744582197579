//! What refers to a manifest.

use std::collections::BTreeMap;

use http::HeaderValue;
use http::header::{CONTENT_TYPE, HeaderName};
use serde::Serialize;

use super::admit;
use crate::base::digest::Digest;
use crate::base::manifest::{Kind, Manifest, OCI_INDEX};
use crate::base::refusal::Denied;
use crate::base::refusal::Refusal;
use crate::base::reply::Outcome;
use crate::services::input::Input;
use crate::state::{Profile, State};

const FILTERS_APPLIED: HeaderName = HeaderName::from_static("oci-filters-applied");

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Index<'a> {
    schema_version: u8,
    media_type: &'a str,
    manifests: Vec<Entry<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Entry<'a> {
    media_type: &'a str,
    digest: &'a str,
    size: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    artifact_type: Option<&'a str>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    annotations: &'a BTreeMap<String, String>,
}

impl<'a> Entry<'a> {
    fn of(digest: &'a Digest, manifest: &'a Manifest) -> Entry<'a> {
        let config_type = match &manifest.kind {
            Kind::Image { config, .. } => Some(config.media_type.as_str()),
            Kind::List { .. } => None,
        };
        Entry {
            media_type: &manifest.media_type,
            digest: digest.as_str(),
            size: manifest.bytes.len(),
            artifact_type: manifest.artifact_type.as_deref().or(config_type),
            annotations: &manifest.annotations,
        }
    }
}

/// An index of them, empty where there are none, or nothing at all. The real service does not offer it.
pub(crate) fn list(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    if state.settings.profile == Profile::Swr {
        return Err(Refusal::Unsupported.into());
    }
    let place = admit(state, input)?;
    let subject = Digest::named(&input.param("digest"))?;
    let wanted = input
        .query_value("artifactType")
        .filter(|wanted| !wanted.is_empty());
    let referrers = state
        .content(&place)
        .into_iter()
        .flat_map(|images| images.referrers(subject.as_str()));
    let manifests = referrers
        .map(|(digest, manifest)| Entry::of(digest, manifest))
        .filter(|entry| wanted.is_none() || entry.artifact_type == wanted.as_deref())
        .collect();
    let index = Index {
        schema_version: 2,
        media_type: OCI_INDEX,
        manifests,
    };
    let outcome = Outcome::json(&index).header(CONTENT_TYPE, HeaderValue::from_static(OCI_INDEX));
    Ok(match wanted {
        Some(_) => outcome.header(FILTERS_APPLIED, HeaderValue::from_static("artifactType")),
        None => outcome,
    })
}
