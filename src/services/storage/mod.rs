//! Object storage, to which the registry redirects downloads of blobs.
//!
//! A link is for one blob, expires, and needs no credentials. It is signed like the links of OBS (`AccessKeyId`,
//! `Expires`, `Signature`), but with SHA-256. Clients cannot notice the difference, because only the service has the
//! key.

pub(crate) mod dialect;

use std::net::IpAddr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::base::digest::Digest;
use crate::base::endpoints::Door;
use crate::base::refusal::{Denied, Refusal};
use crate::base::reply::Outcome;
use crate::base::request::number;
use crate::services::auth::hmac;
use crate::services::download::Download;
use crate::services::input::Input;
use crate::state::{RepoPath, State};

/// How long a link is valid. Inferred from the default of distribution.
const LIFETIME: std::time::Duration = std::time::Duration::from_secs(20 * 60);

/// The service's access key for object storage.
const ACCESS_KEY: &str = "MOCKSWRSTORAGE000000";

/// A link to a blob; `None` if the registry serves blobs itself.
pub(crate) fn link(
    state: &State,
    input: &Input<'_>,
    path: &RepoPath<'_>,
    digest: &Digest,
) -> Option<String> {
    let storage = input.advertised.bound_storage()?;
    let object = object(path, digest);
    let expires = state.clock.now().after(LIFETIME).seconds();
    let query = query(storage, &object, expires)
        .map(|(name, value)| format!("{name}={}", utf8_percent_encode(&value, NON_ALPHANUMERIC)));
    let called = input.advertised.url(Door::Storage);
    let (scheme, called) = called.split_once("://")?;
    let host = storage_host(called, storage);
    Some(format!("{scheme}://{host}{object}?{}", query.join("&")))
}

/// The path of a blob, in the form of [`Op::GetObject`](crate::Op::GetObject).
fn object(path: &RepoPath<'_>, digest: &Digest) -> String {
    let repo = path.repo.replace('/', "$");
    format!("/op-svc-swr/{}/{repo}/{digest}", path.namespace)
}

/// The signed query of a link. The address of the listener is the key, so links of other regions and servers are
/// invalid.
fn query(storage: &str, object: &str, expires: i64) -> [(String, String); 3] {
    let signed = format!("GET\n\n\n{expires}\n{object}");
    let signature = STANDARD.encode(hmac(storage.as_bytes(), signed.as_bytes()));
    let [key, end, proof] = PARAMETERS.map(str::to_owned);
    [
        (key, ACCESS_KEY.to_owned()),
        (end, expires.to_string()),
        (proof, signature),
    ]
}

/// The query parameters of a link, sorted.
const PARAMETERS: [&str; 3] = ["AccessKeyId", "Expires", "Signature"];

/// The address of object storage under another host name than the registry's. The real object storage has its own host,
/// and clients depend on that: Go's client sends credentials to every port of the same host.
fn storage_host(called: &str, bound: &str) -> String {
    let (name, port) = called.rsplit_once(':').unwrap_or((called, ""));
    let ip = name.trim_matches(['[', ']']).parse::<IpAddr>();
    match ip {
        Ok(ip) if ip.is_loopback() => format!("localhost:{port}"),
        _ if name == "localhost" => bound.to_owned(),
        _ => called.to_owned(),
    }
}

/// GET: downloads a blob, or a range of it, by a link.
pub(crate) fn get(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let path = input.path();
    let digest = Digest::named(&input.param("digest"))?;
    check_link(state, input, &object(&path, &digest))?;
    let download = Download::of(state.blob(&path, &digest)?, input.header("range"))?;
    state.count_downflow(path.registry, &path.namespace, download.len());
    Ok(download.outcome(|outcome| outcome))
}

/// Refuses a link that [`link`] did not create, or that has expired.
fn check_link(state: &State, input: &Input<'_>, object: &str) -> Result<(), Denied> {
    let denied = |refusal: Refusal, hint: String| Err(Denied::from(refusal).hint(hint));
    let mut headers = input.request.head.headers();
    if headers.any(|(name, _)| name == "authorization") {
        let hint = "the link is signed, and `Authorization` was sent as well: drop the header when following a \
                    redirect to another host";
        return denied(Refusal::CredentialsTwice, hint.to_owned());
    }
    let mut sent: Vec<(String, String)> = input.query_pairs().collect();
    sent.sort();
    let is_missing = |name: &&&str| !sent.iter().any(|(sent, _)| sent == **name);
    if let Some(name) = PARAMETERS.iter().find(is_missing) {
        let hint = format!("`{name}` is missing in the query: {FOLLOW}");
        return denied(Refusal::CredentialsMissing, hint);
    }
    let expires = input.query_value("Expires").unwrap_or_default();
    let expires = number::<i64>(&expires).unwrap_or_default();
    let storage = input.advertised.bound_storage().unwrap_or_default();
    if sent != query(storage, object, expires) {
        let hint =
            format!("path and query are not those of a signed link to this listener: {FOLLOW}");
        return denied(Refusal::SignatureWrong, hint);
    }
    let late = state.clock.now().seconds() - expires;
    if late >= 0 {
        let hint = format!(
            "the link expired {late} seconds ago on the service's clock: request the blob from the registry again"
        );
        return denied(Refusal::SignatureExpired, hint);
    }
    Ok(())
}

const FOLLOW: &str = "follow the `Location` of the registry unchanged";
