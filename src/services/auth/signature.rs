//! Request signatures: SDK-HMAC-SHA256, and V11-HMAC-SHA256 with its derived key.
//!
//! Clients differ in how they write the canonical request, so a request has several canonical forms. A signature of any
//! of them is accepted. It covers only the headers that the client lists in `SignedHeaders`.

use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};

use crate::base::digits::write_hex;
use crate::base::request::{decode, pairs};

#[cfg(test)]
mod tests;

/// The parts of a request that a signature covers, as they are on the wire.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SignedParts<'a> {
    pub(crate) method: &'a str,
    /// Still percent-encoded.
    pub(crate) path: &'a str,
    pub(crate) query: &'a str,
    /// With names in lower case.
    pub(crate) headers: &'a [(String, String)],
    pub(crate) body: &'a [u8],
}

impl SignedParts<'_> {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut found = self.headers.iter().filter(|(known, _)| known == name);
        found.next().map(|(_, value)| value.trim())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SigningAlgorithm {
    Sdk,
    /// With a key that is derived from date, region and service.
    V11,
}

impl SigningAlgorithm {
    fn name(self) -> &'static str {
        match self {
            SigningAlgorithm::Sdk => "SDK-HMAC-SHA256",
            SigningAlgorithm::V11 => "V11-HMAC-SHA256",
        }
    }
}

/// A parsed `Authorization` header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Authorization {
    pub(crate) algorithm: SigningAlgorithm,
    pub(crate) access_key: String,
    /// The credential scope of V11, such as `20260102/cn-north-4/swr`; empty for SDK.
    pub(crate) scope: String,
    pub(crate) signed_headers: Vec<String>,
    pub(crate) signature: String,
}

impl Authorization {
    /// Parses a header. Returns `None` for another scheme, or if the parameters are not exactly those of the scheme,
    /// once each.
    pub(crate) fn parse(text: &str) -> Option<Authorization> {
        let (scheme, parameters) = text.split_once(' ')?;
        let (algorithm, key) = match scheme {
            "SDK-HMAC-SHA256" => (SigningAlgorithm::Sdk, "Access"),
            "V11-HMAC-SHA256" => (SigningAlgorithm::V11, "Credential"),
            _ => return None,
        };
        let mut names = parameters
            .split(',')
            .map(|parameter| Some(parameter.trim().split_once('=')?.0))
            .collect::<Option<Vec<_>>>()?;
        names.sort_unstable();
        if names != [key, "Signature", "SignedHeaders"] {
            return None;
        }
        let credential = parameter(parameters, key);
        let (access_key, scope) = credential.split_once('/').unwrap_or((credential, ""));
        (!access_key.is_empty()).then(|| Authorization {
            algorithm,
            access_key: access_key.to_owned(),
            scope: scope.to_owned(),
            signed_headers: listed_headers(parameters)
                .map(str::to_ascii_lowercase)
                .collect(),
            signature: parameter(parameters, "Signature").to_owned(),
        })
    }

    fn write(&self) -> String {
        let key = match self.algorithm {
            SigningAlgorithm::Sdk => format!("Access={}", self.access_key),
            SigningAlgorithm::V11 => format!("Credential={}/{}", self.access_key, self.scope),
        };
        let (name, signed) = (self.algorithm.name(), self.signed_headers.join(";"));
        format!(
            "{name} {key}, SignedHeaders={signed}, Signature={}",
            self.signature
        )
    }
}

/// The names in `SignedHeaders` as the client wrote them, from the text after the scheme.
pub(super) fn listed_headers(parameters: &str) -> impl Iterator<Item = &str> {
    let names = parameter(parameters, "SignedHeaders").split(';');
    names.filter(|name| !name.is_empty())
}

/// The value of a parameter; empty if it is missing.
fn parameter<'a>(parameters: &'a str, name: &str) -> &'a str {
    let parameters = parameters
        .split(',')
        .filter_map(|parameter| parameter.trim().split_once('='));
    let mut values = parameters
        .filter(|(known, _)| *known == name)
        .map(|(_, value)| value);
    values.next().unwrap_or_default()
}

/// Verifies a signature against all canonical forms.
///
/// # Errors
///
/// If no form matches: returns the most likely canonical form.
pub(crate) fn verify(
    request: &SignedParts<'_>,
    authorization: &Authorization,
    secret_key: &str,
) -> Result<(), String> {
    let forms = canonical_forms(request, &authorization.signed_headers);
    let matches =
        |form: &String| sign(form, request, authorization, secret_key) == authorization.signature;
    if forms.iter().any(matches) {
        return Ok(());
    }
    Err(forms.into_iter().next().unwrap_or_default())
}

/// Signs a request like the SDK. Returns the `Authorization` header.
pub(crate) fn authorize(request: &SignedParts<'_>, access_key: &str, secret_key: &str) -> String {
    let mut signed_headers: Vec<String> = request
        .headers
        .iter()
        .map(|(name, _)| name.clone())
        .collect();
    signed_headers.sort_unstable();
    signed_headers.dedup();
    let mut authorization = Authorization {
        algorithm: SigningAlgorithm::Sdk,
        access_key: access_key.to_owned(),
        scope: String::new(),
        signed_headers,
        signature: String::new(),
    };
    let form = canonical_forms(request, &authorization.signed_headers).swap_remove(0);
    authorization.signature = sign(&form, request, &authorization, secret_key);
    authorization.write()
}

/// Refuses a body with another hash than the one in X-Sdk-Content-Sha256. Inferred.
pub(super) fn verify_body(request: &SignedParts<'_>) -> Result<(), String> {
    match request.header("x-sdk-content-sha256") {
        Some(declared)
            if declared != UNSIGNED && declared != hex(&Sha256::digest(request.body)) =>
        {
            Err("the hash in X-Sdk-Content-Sha256 is not the hash of the body".to_owned())
        }
        Some(_) | None => Ok(()),
    }
}

pub(super) const UNSIGNED: &str = "UNSIGNED-PAYLOAD";

fn sign(
    canonical: &str,
    request: &SignedParts<'_>,
    authorization: &Authorization,
    secret_key: &str,
) -> String {
    let hash = hex(&Sha256::digest(canonical));
    sign_hash(&hash, request, authorization, secret_key)
}

/// Signs a canonical request by its SHA-256, in hex.
pub(super) fn sign_hash(
    hash: &str,
    request: &SignedParts<'_>,
    authorization: &Authorization,
    secret_key: &str,
) -> String {
    let date = request.header("x-sdk-date").unwrap_or_default();
    let name = authorization.algorithm.name();
    match authorization.algorithm {
        SigningAlgorithm::Sdk => hmac_hex(secret_key, &format!("{name}\n{date}\n{hash}")),
        SigningAlgorithm::V11 => {
            let scope = &authorization.scope;
            let key = derive_key(&authorization.access_key, secret_key, scope);
            hmac_hex(&key, &format!("{name}\n{date}\n{scope}\n{hash}"))
        }
    }
}

/// Derives the key of V11 with one block of HKDF: the access key is the salt, and date, region and service are the
/// info. The key is the hex text of the result.
fn derive_key(access_key: &str, secret_key: &str, scope: &str) -> String {
    let extracted = hmac(access_key.as_bytes(), secret_key.as_bytes());
    hex(&hmac(&extracted, &[scope.as_bytes(), &[1]].concat()))
}

/// All canonical forms that known clients sign, the most likely first.
fn canonical_forms(request: &SignedParts<'_>, signed_headers: &[String]) -> Vec<String> {
    let headers = header_lines(signed_headers, |name| {
        request.header(name).unwrap_or_default().to_owned()
    });
    let signed = signed_headers.join(";");
    let hashes = payload_hashes(request, &hex(&Sha256::digest(request.body)));
    let mut forms = Vec::new();
    for path in canonical_paths(request.path) {
        for query in canonical_queries(request.query) {
            for hash in &hashes {
                forms.push(format!(
                    "{}\n{path}\n{query}\n{headers}\n{signed}\n{hash}",
                    request.method
                ));
            }
        }
    }
    forms
}

/// The lines `name:value` of the headers, each with a line feed.
pub(super) fn header_lines(names: &[String], value: impl Fn(&str) -> String) -> String {
    names
        .iter()
        .map(|name| format!("{name}:{}\n", value(name)))
        .collect()
}

/// The canonical forms of a path. Python and Go decode a path before they encode it; Node encodes the path that it
/// sends once more.
pub(super) fn canonical_paths(path: &str) -> Vec<String> {
    let form = |read: &dyn Fn(&str) -> String| {
        let segments: Vec<String> = path
            .split('/')
            .map(|segment| encode(&read(segment)))
            .collect();
        let path = segments.join("/").replace("%2F", "/");
        if path.ends_with('/') {
            path
        } else {
            path + "/"
        }
    };
    let raw: Vec<String> = path.split('/').map(encode).collect();
    let mut raw = raw.join("/");
    if !raw.ends_with('/') {
        raw.push('/');
    }
    let mut forms = vec![form(&decode), raw];
    forms.dedup();
    forms
}

/// The canonical forms of a query: sorted, as by most clients, or as sent, because Python sorts repeated parameters by
/// their numeric value.
pub(super) fn canonical_queries(query: &str) -> Vec<String> {
    let sent: Vec<(String, String)> = pairs(query).collect();
    let mut sorted = sent.clone();
    sorted.sort();
    let write = |pairs: &[(String, String)]| {
        let pairs = pairs
            .iter()
            .map(|(name, value)| format!("{}={}", encode(name), encode(value)));
        pairs.collect::<Vec<String>>().join("&")
    };
    let mut forms = vec![write(&sorted), write(&sent)];
    forms.dedup();
    forms
}

/// The possible hashes of the body: the value of X-Sdk-Content-Sha256, if it was sent, and otherwise the actual hash.
/// Python signs the actual hash of an empty body even if the header is `UNSIGNED-PAYLOAD`.
pub(super) fn payload_hashes(request: &SignedParts<'_>, real: &str) -> Vec<String> {
    match request.header("x-sdk-content-sha256") {
        Some(declared) if declared == UNSIGNED && request.body.is_empty() => {
            vec![declared.to_owned(), real.to_owned()]
        }
        Some(declared) => vec![declared.to_owned()],
        None => vec![real.to_owned()],
    }
}

/// Percent-encodes by RFC 3986: all characters except letters, digits and `-_.~`.
pub(super) fn encode(text: &str) -> String {
    const ENCODED: &percent_encoding::AsciiSet = &percent_encoding::NON_ALPHANUMERIC
        .remove(b'-')
        .remove(b'_')
        .remove(b'.')
        .remove(b'~');
    percent_encoding::utf8_percent_encode(text, ENCODED).to_string()
}

/// HMAC-SHA256.
pub(crate) fn hmac(key: &[u8], message: &[u8]) -> Vec<u8> {
    // Keys of all lengths are valid.
    let Ok(mut hmac) = Hmac::<Sha256>::new_from_slice(key) else {
        return Vec::new();
    };
    hmac.update(message);
    hmac.finalize().into_bytes().to_vec()
}

/// HMAC-SHA256 as lower-case hex.
pub(crate) fn hmac_hex(key: &str, message: &str) -> String {
    hex(&hmac(key.as_bytes(), message.as_bytes()))
}

pub(super) fn hex(bytes: &[u8]) -> String {
    let mut text = vec![0; 2 * bytes.len()];
    write_hex(&mut text, bytes);
    String::from_utf8(text).unwrap_or_default()
}
