//! Blobs.

use http::header::{ETAG, HeaderName, LOCATION};

use super::authorize;
use crate::base::digest::Digest;
use crate::base::refusal::Denied;
use crate::base::reply::{Outcome, text_header};
use crate::services::download::Download;
use crate::services::input::Input;
use crate::services::storage;
use crate::state::State;

pub(crate) const CONTENT_DIGEST: HeaderName = HeaderName::from_static("docker-content-digest");

/// GET and HEAD: sends a blob or a range of it. A GET can be redirected to object storage, which then evaluates the
/// conditions of the request, as in distribution.
pub(crate) fn get(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let path = authorize(state, input)?;
    let digest = Digest::named(&input.param("digest"))?;
    let blob = state.blob(&path, &digest)?;
    let is_get = input.request.head.method() == http::Method::GET;
    if is_get && let Some(link) = storage::link(state, input, &path, &digest) {
        let redirect = Outcome::empty().status(307);
        return Ok(redirect.header(LOCATION, text_header(&link)));
    }
    if is_known(input, &digest) {
        return Ok(describe(Outcome::empty().status(304), &digest));
    }
    let download = Download::of(blob, input.header("range"))?;
    if is_get {
        state.count_downflow(path.registry, &path.namespace, download.len());
    }
    Ok(download.outcome(|outcome| describe(outcome, &digest)))
}

/// Adds the headers that identify the content.
pub(super) fn describe(outcome: Outcome, digest: &Digest) -> Outcome {
    outcome
        .header(CONTENT_DIGEST, text_header(digest.as_str()))
        .header(ETAG, text_header(&["\"", digest.as_str(), "\""].concat()))
}

/// Whether `If-None-Match` contains the digest, with or without quotes: registry clients omit them.
pub(super) fn is_known(input: &Input<'_>, digest: &Digest) -> bool {
    input.header("if-none-match").is_some_and(|tags| {
        tags.split(',').map(str::trim).any(|tag| {
            let tag = tag.strip_prefix("W/").unwrap_or(tag);
            let unquoted = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"'));
            tag == "*" || unquoted.unwrap_or(tag) == digest.as_str()
        })
    })
}

pub(crate) fn delete(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let path = authorize(state, input)?;
    let digest = Digest::named(&input.param("digest"))?;
    state.delete_blob(&path, &digest)?;
    Ok(Outcome::empty())
}
