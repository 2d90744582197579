//! Manifests.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName, LOCATION};

use super::authorize;
use super::blobs::{CONTENT_DIGEST, describe, is_known};
use crate::base::digest::{Algorithm, Digest};
use crate::base::manifest::read::{manifest_of, no_json, read_manifest};
use crate::base::refusal::Denied;
use crate::base::refusal::Refusal;
use crate::base::reply::{Outcome, Payload, text_header};
use crate::operations::op::ContentKind;
use crate::services::input::Input;
use crate::services::request::Request;
use crate::state::{State, TagName};

const OCI_SUBJECT: HeaderName = HeaderName::from_static("oci-subject");
const OCI_TAG: HeaderName = HeaderName::from_static("oci-tag");
/// The largest manifest.
pub(crate) const MAX_MANIFEST: usize = 4 * 1024 * 1024;
/// The maximum number of tags in a query. Each tag gets a header in the response, and clients accept at most 100
/// headers. The specification allows a registry to refuse more tags with 414.
const MAX_TAGS: usize = 50;

/// GET and HEAD, by tag or digest: sends the bytes as they were pushed and ignores `Accept`. A GET counts as a pull.
pub(crate) fn get(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let path = authorize(state, input)?;
    let reference = input.param("reference");
    let (digest, manifest) = state.manifest(&path, &reference)?;
    let (digest, manifest) = (digest.clone(), Arc::clone(manifest));
    if is_known(input, &digest) {
        return Ok(describe(Outcome::empty().status(304), &digest));
    }
    if input.request.head.method() == http::Method::GET {
        state.count_pull(&path, &reference, &digest);
    }
    let mut outcome = Outcome::empty();
    outcome.body = Payload::Bytes(manifest.bytes.clone());
    Ok(describe(outcome, &digest).header(CONTENT_TYPE, text_header(&manifest.media_type)))
}

/// PUT, by tag or digest.
pub(crate) fn put(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let path = authorize(state, input)?;
    let sent = input.take_received().real;
    let sent = sent.ok_or(Refusal::ManifestTooLarge)?;
    // The received bytes are a part of the connection's buffer, and storing them would keep the whole buffer.
    let bytes = Bytes::copy_from_slice(&input.content.bytes);
    let content_type = input.header("content-type");
    let manifest = match input.content.json() {
        Some(value) => manifest_of(bytes, value.map_err(no_json)?, content_type)?,
        // An empty body contains no JSON.
        None => read_manifest(bytes, content_type)?,
    };
    let reference = input.param("reference");
    let tag = |name: &str| TagName::parse(name).map_err(|refusal| TagName::refuse(refusal, name));
    let mut tags = Vec::new();
    if !reference.contains(':') {
        tags.push(tag(&reference)?);
    } else if Digest::named(&reference)? != sent {
        let detail =
            format!("the client named {reference}, but the content that it sent has {sent}");
        return Err(Denied::from(Refusal::DigestInvalid).explained(detail));
    }
    let mut more = Vec::new();
    for (_, name) in input.query_pairs().filter(|(key, _)| key == "tag") {
        if more.len() == MAX_TAGS {
            let hint = format!("the query of one request can name at most {MAX_TAGS} tags");
            return Err(Denied::from(Refusal::UriTooLong).hint(hint));
        }
        tags.push(tag(&name)?);
        more.push(name);
    }
    let pushed = state.put_manifest(input.caller()?, &path, sent, tags, manifest)?;
    let location = [
        "/v2/",
        &input.param("name"),
        "/manifests/",
        pushed.digest.as_str(),
    ]
    .concat();
    let mut outcome = Outcome::empty()
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

/// The digest of a received manifest, by the algorithm of the reference. It is computed before the state is locked.
pub(crate) fn digest_of(request: &Request, body: &Bytes) -> Option<Digest> {
    let brings = request.row().and_then(|row| row.brings);
    if brings != Some(ContentKind::Manifest) || body.len() > MAX_MANIFEST {
        return None;
    }
    let named = Digest::parse(&request.param("reference")?);
    let algorithm = named.map_or(Algorithm::Sha256, |named| named.algorithm());
    Some(Digest::of(algorithm, std::slice::from_ref(body)))
}

/// DELETE: deletes a tag, or a manifest with all its tags.
pub(crate) fn delete(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let path = authorize(state, input)?;
    let reference = input.param("reference");
    if reference.contains(':') {
        Digest::named(&reference)?;
    }
    state.delete_manifest(&path, &reference)?;
    Ok(Outcome::empty())
}
