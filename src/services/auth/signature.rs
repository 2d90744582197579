//! Signatures of requests: SDK-HMAC-SHA256, and V11-HMAC-SHA256 with its derived key.
//!
//! Clients differ in what they sign and how they write a path, so that there is more than one canonical form of a
//! request; a signature of any of them is good. Only what the client lists in `SignedHeaders` is covered.

use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};

use crate::base::request::{decode, pairs};

#[cfg(test)]
mod tests;

/// What a signature covers: a request as it is on the wire.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SignedParts<'a> {
    pub(crate) method: &'a str,
    /// Percent-encoding and all.
    pub(crate) path: &'a str,
    pub(crate) query: &'a str,
    /// In lower case.
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
pub(crate) enum Algorithm {
    Sdk,
    /// The key is derived from date, region and service.
    V11,
}

impl Algorithm {
    fn name(self) -> &'static str {
        match self {
            Algorithm::Sdk => "SDK-HMAC-SHA256",
            Algorithm::V11 => "V11-HMAC-SHA256",
        }
    }
}

/// An `Authorization` header, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Authorization {
    pub(crate) algorithm: Algorithm,
    pub(crate) access_key: String,
    /// `20260102/cn-north-4/swr`, of the derived algorithm.
    pub(crate) scope: String,
    pub(crate) signed_headers: Vec<String>,
    pub(crate) signature: String,
}

impl Authorization {
    /// Nothing, if it is of another scheme, or does not have each parameter of its scheme once and no other.
    pub(crate) fn parse(text: &str) -> Option<Authorization> {
        let (scheme, parameters) = text.split_once(' ')?;
        let (algorithm, key) = match scheme {
            "SDK-HMAC-SHA256" => (Algorithm::Sdk, "Access"),
            "V11-HMAC-SHA256" => (Algorithm::V11, "Credential"),
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
            Algorithm::Sdk => format!("Access={}", self.access_key),
            Algorithm::V11 => format!("Credential={}/{}", self.access_key, self.scope),
        };
        let (name, signed) = (self.algorithm.name(), self.signed_headers.join(";"));
        format!(
            "{name} {key}, SignedHeaders={signed}, Signature={}",
            self.signature
        )
    }
}

/// The names in `SignedHeaders`, as the client writes them, of what follows the scheme.
pub(super) fn listed_headers(parameters: &str) -> impl Iterator<Item = &str> {
    let names = parameter(parameters, "SignedHeaders").split(';');
    names.filter(|name| !name.is_empty())
}

/// Empty, if it is missing.
fn parameter<'a>(parameters: &'a str, name: &str) -> &'a str {
    let parameters = parameters
        .split(',')
        .filter_map(|parameter| parameter.trim().split_once('='));
    let mut values = parameters
        .filter(|(known, _)| *known == name)
        .map(|(_, value)| value);
    values.next().unwrap_or_default()
}

/// Refuses a signature of no canonical form, with the likeliest one.
pub(crate) fn verify(
    request: &SignedParts<'_>,
    authorization: &Authorization,
    secret_key: &str,
) -> Result<(), String> {
    let forms = canonical_forms(request, &authorization.signed_headers);
    let is_good =
        |form: &String| sign(form, request, authorization, secret_key) == authorization.signature;
    if forms.iter().any(is_good) {
        return Ok(());
    }
    Err(forms.into_iter().next().unwrap_or_default())
}

/// Signs a request as the SDK does: the `Authorization` header.
pub(crate) fn authorize(request: &SignedParts<'_>, access_key: &str, secret_key: &str) -> String {
    let mut signed_headers: Vec<String> = request
        .headers
        .iter()
        .map(|(name, _)| name.clone())
        .collect();
    signed_headers.sort_unstable();
    signed_headers.dedup();
    let mut authorization = Authorization {
        algorithm: Algorithm::Sdk,
        access_key: access_key.to_owned(),
        scope: String::new(),
        signed_headers,
        signature: String::new(),
    };
    let form = canonical_forms(request, &authorization.signed_headers).swap_remove(0);
    authorization.signature = sign(&form, request, &authorization, secret_key);
    authorization.write()
}

/// Refuses a body that is not the one whose hash was sent in its place. Inferred.
pub(super) fn verify_body(request: &SignedParts<'_>) -> Result<(), String> {
    match request.header("x-sdk-content-sha256") {
        Some(promised)
            if promised != UNSIGNED && promised != hex(&Sha256::digest(request.body)) =>
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
        Algorithm::Sdk => hmac_hex(secret_key, &format!("{name}\n{date}\n{hash}")),
        Algorithm::V11 => {
            let scope = &authorization.scope;
            let key = derive_key(&authorization.access_key, secret_key, scope);
            hmac_hex(&key, &format!("{name}\n{date}\n{scope}\n{hash}"))
        }
    }
}

/// HKDF of one block: the access key extracts, date, region and service expand. Its hex digits are the key.
fn derive_key(access_key: &str, secret_key: &str, scope: &str) -> String {
    let extracted = hmac(access_key.as_bytes(), secret_key.as_bytes());
    hex(&hmac(&extracted, &[scope.as_bytes(), &[1]].concat()))
}

/// Every canonical form that some client signs, the likeliest first.
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

/// Each header with its value, and a line feed after each.
pub(super) fn header_lines(names: &[String], value: impl Fn(&str) -> String) -> String {
    names
        .iter()
        .map(|name| format!("{name}:{}\n", value(name)))
        .collect()
}

/// Python and Go decode a path before they encode it again; Node encodes what it sends once more.
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

/// Sorted, as all sort; or as sent, since Python sorts repeated numbers by their value.
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

/// The hash of the body, unless a header stands for it. Python hashes an empty body even so.
pub(super) fn payload_hashes(request: &SignedParts<'_>, real: &str) -> Vec<String> {
    match request.header("x-sdk-content-sha256") {
        Some(promised) if promised == UNSIGNED && request.body.is_empty() => {
            vec![promised.to_owned(), real.to_owned()]
        }
        Some(promised) => vec![promised.to_owned()],
        None => vec![real.to_owned()],
    }
}

/// RFC 3986: letters, digits and `-_.~` stay.
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
    // Every length of key is one.
    let Ok(mut hmac) = Hmac::<Sha256>::new_from_slice(key) else {
        return Vec::new();
    };
    hmac.update(message);
    hmac.finalize().into_bytes().to_vec()
}

/// Lower-case hex of HMAC-SHA256.
pub(crate) fn hmac_hex(key: &str, message: &str) -> String {
    hex(&hmac(key.as_bytes(), message.as_bytes()))
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
