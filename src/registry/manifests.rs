//! Manifests.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName, LOCATION};
use serde::Deserialize;

use super::blobs::{CONTENT_DIGEST, describe, is_known};
use super::{admit, digest, images};
use crate::http::{Denied, Outcome, Payload, text_header};
use crate::input::Input;
use crate::state::{
    Access, Algorithm, Blob, Descriptor, Digest, Kind, Manifest, OCI_MANIFEST, Refusal, State,
    TagName,
};

const OCI_SUBJECT: HeaderName = HeaderName::from_static("oci-subject");
const OCI_TAG: HeaderName = HeaderName::from_static("oci-tag");
/// The largest manifest.
pub(crate) const MAX_MANIFEST: usize = 4 * 1024 * 1024;
/// The most tags of a query: each is named in a header of the answer, and clients read no more than 100 headers. The
/// specification lets a registry refuse too many with 414.
const MAX_TAGS: usize = 50;

/// GET and HEAD, by tag or digest: the bytes as they were pushed, whatever the client says it accepts. A GET counts as
/// a pull.
pub(crate) fn get(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let place = admit(state, input, Access::Pull)?;
    let reference = input.param("reference");
    let images = images(state, &place, Refusal::ManifestUnknown)?;
    let (digest, manifest) = images.resolve(&reference).ok_or_else(|| {
        let known: Vec<&str> = images.tags().take(8).map(|tag| tag.name.as_str()).collect();
        let known = if known.is_empty() {
            "none".to_owned()
        } else {
            known.join(", ")
        };
        let hint = format!(
            "no `{reference}` in {}; there are tags: {known}",
            place.full()
        );
        Denied::from(Refusal::ManifestUnknown)
            .detail(reference)
            .hint(hint)
    })?;
    let (digest, manifest) = (digest.clone(), Arc::clone(manifest));
    if is_known(input, &digest) {
        return Ok(describe(Outcome::gone().status(304), &digest));
    }
    if input.record.head.method() == http::Method::GET {
        state.count_pull(&place);
    }
    let mut outcome = Outcome::gone();
    outcome.body = Payload::Bytes(manifest.bytes.clone());
    Ok(describe(outcome, &digest).header(CONTENT_TYPE, text_header(&manifest.media_type)))
}

/// PUT, by tag or digest.
pub(crate) fn put(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let place = admit(state, input, Access::Push)?;
    if input.body.len() > MAX_MANIFEST {
        return Err(Refusal::ManifestTooLarge.into());
    }
    let manifest = parse(input)?;
    let reference = input.param("reference");
    let tag = |name: &str| TagName::parse(name).map_err(|refusal| TagName::refuse(refusal, name));
    let (digest, mut tags) = if reference.contains(':') {
        (named(&reference, input)?, Vec::new())
    } else {
        (sent(input, Algorithm::Sha256), vec![tag(&reference)?])
    };
    let mut more = Vec::new();
    for (_, name) in input.query_pairs().filter(|(key, _)| key == "tag") {
        if more.len() == MAX_TAGS {
            let hint =
                format!("a manifest is put under up to {MAX_TAGS} tags of the query at once");
            return Err(Denied::from(Refusal::UriTooLong).hint(hint));
        }
        tags.push(tag(&name)?);
        more.push(name);
    }
    let pushed = state.put_manifest(input.caller()?, &place, digest, tags, manifest)?;
    let location = format!("/v2/{}/manifests/{}", input.param("name"), pushed.digest);
    let mut outcome = Outcome::gone()
        .header(LOCATION, text_header(&location))
        .header(CONTENT_DIGEST, text_header(pushed.digest.as_str()));
    if let Some(subject) = pushed.subject {
        outcome = outcome.header(OCI_SUBJECT, text_header(subject.as_str()));
    }
    for name in more {
        outcome = outcome.header(OCI_TAG, text_header(&name));
    }
    Ok(outcome)
}

/// The digest a client names, which must be that of what it sends.
fn named(reference: &str, input: &Input<'_>) -> Result<Digest, Denied> {
    let named = digest(reference)?;
    let real = sent(input, named.algorithm());
    if named == real {
        Ok(named)
    } else {
        Err(Denied::from(Refusal::DigestInvalid)
            .detail(format!("{named} was named, {real} was sent")))
    }
}

/// The digest of what a client sends.
fn sent(input: &Input<'_>, algorithm: Algorithm) -> Digest {
    Digest::of(algorithm, std::slice::from_ref(input.body))
}

/// DELETE: a tag alone, or a manifest with its tags.
pub(crate) fn delete(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let place = admit(state, input, Access::Delete)?;
    let reference = input.param("reference");
    if reference.contains(':') {
        digest(&reference)?;
    }
    state.delete_manifest(&place, &reference)?;
    Ok(Outcome::gone())
}

/// What is read of a manifest; the bytes are kept as they are. Clients in Go write `null` for what is empty.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Parsed {
    media_type: Option<String>,
    config: Option<ParsedDescriptor>,
    layers: Option<Vec<ParsedDescriptor>>,
    manifests: Option<Vec<ParsedDescriptor>>,
    subject: Option<ParsedDescriptor>,
    artifact_type: Option<String>,
    annotations: Option<BTreeMap<String, String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ParsedDescriptor {
    #[serde(default)]
    media_type: String,
    digest: String,
    #[serde(default)]
    size: u64,
}

impl From<ParsedDescriptor> for Descriptor {
    fn from(parsed: ParsedDescriptor) -> Descriptor {
        Descriptor {
            media_type: parsed.media_type,
            digest: parsed.digest,
            size: parsed.size,
        }
    }
}

fn parse(input: &Input<'_>) -> Result<Manifest, Denied> {
    let media_type = input
        .header("content-type")
        .map(|text| text.split(';').next().unwrap_or(text).trim());
    // A copy: what came in is a part of the connection's buffer, which it would keep whole.
    read_manifest(Bytes::copy_from_slice(input.body), media_type)
}

/// A manifest, of the type that the client names, or else it itself.
pub(crate) fn read_manifest(bytes: Bytes, media_type: Option<&str>) -> Result<Manifest, Denied> {
    let invalid = |detail: String| Denied::from(Refusal::ManifestInvalid).detail(detail);
    let parsed: Parsed =
        serde_json::from_slice(&bytes).map_err(|error| invalid(error.to_string()))?;
    let media_type = media_type.map(str::to_owned).or(parsed.media_type);
    let kind = match (parsed.config, parsed.manifests) {
        (_, Some(manifests)) => Kind::List {
            manifests: manifests.into_iter().map(Into::into).collect(),
        },
        (Some(config), None) => Kind::Image {
            config: config.into(),
            layers: parsed
                .layers
                .into_iter()
                .flatten()
                .map(Into::into)
                .collect(),
        },
        (None, None) => return Err(invalid("it has neither a config nor manifests".to_owned())),
    };
    let subject = parsed
        .subject
        .map(|subject| digest(&subject.digest))
        .transpose()?;
    Ok(Manifest {
        bytes,
        media_type: media_type.unwrap_or_else(|| OCI_MANIFEST.to_owned()),
        kind,
        subject,
        artifact_type: parsed.artifact_type,
        annotations: parsed.annotations.unwrap_or_default(),
    })
}

/// The configuration's blob of an image, for whoever looks into it.
pub(crate) fn config_of(state: &State, manifest: &Manifest) -> Option<Arc<Blob>> {
    match &manifest.kind {
        Kind::Image { config, .. } => state.store().get(&config.digest).map(Arc::clone),
        Kind::List { .. } => None,
    }
}
