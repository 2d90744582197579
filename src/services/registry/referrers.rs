//! The list of manifests that refer to a manifest.

use std::collections::BTreeMap;

use http::HeaderValue;
use http::header::{CONTENT_TYPE, HeaderName};
use serde::Serialize;

use super::authorize;
use crate::base::digest::Digest;
use crate::base::manifest::{Manifest, OCI_INDEX};
use crate::base::refusal::Denied;
use crate::base::reply::Outcome;
use crate::services::input::Input;
use crate::state::State;

const FILTERS_APPLIED: HeaderName = HeaderName::from_static("oci-filters-applied");

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct IndexView<'a> {
    schema_version: u8,
    media_type: &'a str,
    manifests: Vec<DescriptorView<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DescriptorView<'a> {
    media_type: &'a str,
    digest: &'a str,
    size: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    artifact_type: Option<&'a str>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    annotations: &'a BTreeMap<String, String>,
}

impl<'a> DescriptorView<'a> {
    fn of(digest: &'a Digest, manifest: &'a Manifest) -> DescriptorView<'a> {
        DescriptorView {
            media_type: &manifest.media_type,
            digest: digest.as_str(),
            size: manifest.bytes.len(),
            artifact_type: manifest.artifact_type(),
            annotations: &manifest.annotations,
        }
    }
}

/// Lists the referrers as an index, which may be empty. The real service does not offer this operation.
pub(crate) fn list(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    state.check_offered(input.registry())?;
    let path = authorize(state, input)?;
    let subject = Digest::named(&input.param("digest"))?;
    let wanted = input
        .query_value("artifactType")
        .filter(|wanted| !wanted.is_empty());
    let referrers = state.referrers(&path, &subject, wanted.as_deref());
    let manifests = referrers
        .map(|(digest, manifest)| DescriptorView::of(digest, manifest))
        .collect();
    let index = IndexView {
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
