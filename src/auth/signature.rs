//! Signatures of requests: SDK-HMAC-SHA256, and V11-HMAC-SHA256 with its derived key.
//!
//! Clients differ in what they sign and how they write a path, so that there is more than one canonical form of a
//! request; a signature of any of them is good. Only what the client lists in `SignedHeaders` is covered.

use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};

use crate::http::{decode, pairs};

/// What a signature covers: a request as it is on the wire.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Request<'a> {
    pub(crate) method: &'a str,
    /// Percent-encoding and all.
    pub(crate) path: &'a str,
    pub(crate) query: &'a str,
    /// In lower case.
    pub(crate) headers: &'a [(String, String)],
    pub(crate) body: &'a [u8],
}

impl Request<'_> {
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
    /// Nothing, if it is of another scheme; whatever is missing is empty.
    pub(crate) fn parse(text: &str) -> Option<Authorization> {
        let (scheme, parameters) = text.split_once(' ')?;
        let (algorithm, key) = match scheme {
            "SDK-HMAC-SHA256" => (Algorithm::Sdk, "Access"),
            "V11-HMAC-SHA256" => (Algorithm::V11, "Credential"),
            _ => return None,
        };
        let find = |name: &str| {
            let parameters = parameters
                .split(',')
                .filter_map(|parameter| parameter.trim().split_once('='));
            let mut values = parameters
                .filter(|(known, _)| *known == name)
                .map(|(_, value)| value);
            values.next().unwrap_or_default()
        };
        let (access_key, scope) = find(key).split_once('/').unwrap_or((find(key), ""));
        let signed = find("SignedHeaders")
            .split(';')
            .filter(|name| !name.is_empty());
        (!access_key.is_empty()).then(|| Authorization {
            algorithm,
            access_key: access_key.to_owned(),
            scope: scope.to_owned(),
            signed_headers: signed.map(str::to_ascii_lowercase).collect(),
            signature: find("Signature").to_owned(),
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

/// The canonical form under which the signature is good, or the likeliest one, under which it is not.
pub(crate) fn verify(
    request: &Request<'_>,
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
pub(crate) fn authorize(request: &Request<'_>, access_key: &str, secret_key: &str) -> String {
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

/// The hash that the header `X-Sdk-Content-Sha256` promises differs from that of the body.
pub(crate) fn body_differs(request: &Request<'_>) -> bool {
    let promised = request.header("x-sdk-content-sha256");
    promised.is_some_and(|promised| {
        promised != UNSIGNED && promised != hex(&Sha256::digest(request.body))
    })
}

const UNSIGNED: &str = "UNSIGNED-PAYLOAD";

fn sign(
    canonical: &str,
    request: &Request<'_>,
    authorization: &Authorization,
    secret_key: &str,
) -> String {
    let date = request.header("x-sdk-date").unwrap_or_default();
    let hash = hex(&Sha256::digest(canonical));
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
fn canonical_forms(request: &Request<'_>, signed_headers: &[String]) -> Vec<String> {
    let headers: String = signed_headers
        .iter()
        .map(|name| format!("{name}:{}\n", request.header(name).unwrap_or_default()))
        .collect();
    let signed = signed_headers.join(";");
    let mut forms = Vec::new();
    for path in canonical_paths(request.path) {
        for query in canonical_queries(request.query) {
            for hash in payload_hashes(request) {
                forms.push(format!(
                    "{}\n{path}\n{query}\n{headers}\n{signed}\n{hash}",
                    request.method
                ));
            }
        }
    }
    forms
}

/// Python and Go decode a path before they encode it again; Node encodes what it sends once more.
fn canonical_paths(path: &str) -> Vec<String> {
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
fn canonical_queries(query: &str) -> Vec<String> {
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
fn payload_hashes(request: &Request<'_>) -> Vec<String> {
    let real = hex(&Sha256::digest(request.body));
    match request.header("x-sdk-content-sha256") {
        Some(promised) if promised == UNSIGNED && request.body.is_empty() => {
            vec![promised.to_owned(), real]
        }
        Some(promised) => vec![promised.to_owned()],
        None => vec![real],
    }
}

/// RFC 3986: letters, digits and `-_.~` stay.
fn encode(text: &str) -> String {
    const ENCODED: &percent_encoding::AsciiSet = &percent_encoding::NON_ALPHANUMERIC
        .remove(b'-')
        .remove(b'_')
        .remove(b'.')
        .remove(b'~');
    percent_encoding::utf8_percent_encode(text, ENCODED).to_string()
}

fn hmac(key: &[u8], message: &[u8]) -> Vec<u8> {
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

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize)]
    struct Vectors {
        vectors: Vec<Vector>,
    }

    #[derive(Deserialize)]
    struct Vector {
        name: String,
        sk: String,
        method: String,
        request_target: String,
        wire_headers: std::collections::BTreeMap<String, String>,
        body: String,
        authorization: String,
        canonical_request: String,
    }

    fn vectors() -> Vec<Vector> {
        let vectors: Vectors =
            serde_json::from_str(include_str!("../../fixtures/sign-vectors.json")).unwrap();
        assert_eq!(vectors.vectors.len(), 35);
        vectors.vectors
    }

    fn with<T>(vector: &Vector, act: impl FnOnce(&Request<'_>) -> T) -> T {
        let headers: Vec<(String, String)> = vector
            .wire_headers
            .iter()
            .map(|(name, value)| (name.to_ascii_lowercase(), value.clone()))
            .collect();
        let (path, query) = vector
            .request_target
            .split_once('?')
            .unwrap_or((&vector.request_target, ""));
        act(&Request {
            method: &vector.method,
            path,
            query,
            headers: &headers,
            body: vector.body.as_bytes(),
        })
    }

    #[test]
    fn signatures_of_real_signers_are_good() {
        for vector in vectors() {
            let authorization = Authorization::parse(&vector.authorization).unwrap();
            let verdict = with(&vector, |request| {
                verify(request, &authorization, &vector.sk)
            });
            assert_eq!(
                verdict,
                Ok(()),
                "{}, expected\n{}",
                vector.name,
                vector.canonical_request
            );
        }
    }

    #[test]
    fn a_signature_of_anything_else_is_not() {
        for vector in vectors() {
            let authorization = Authorization::parse(&vector.authorization).unwrap();
            let verdict = |vector: &Vector| {
                with(vector, |request| {
                    verify(request, &authorization, &vector.sk)
                })
            };
            let changed = |change: &dyn Fn(&mut Vector)| {
                let mut other = vectors()
                    .into_iter()
                    .find(|other| other.name == vector.name)
                    .unwrap();
                change(&mut other);
                verdict(&other)
            };
            assert!(
                changed(&|vector| vector.method.push('X')).is_err(),
                "{}: method",
                vector.name
            );
            assert!(
                changed(&|vector| vector.sk.push('X')).is_err(),
                "{}: key",
                vector.name
            );
            assert!(
                changed(&|vector| vector.request_target.insert(1, 'x')).is_err(),
                "{}: path",
                vector.name
            );
            let date = changed(&|vector| {
                let date = vector
                    .wire_headers
                    .iter_mut()
                    .find(|(name, _)| name.eq_ignore_ascii_case("x-sdk-date"));
                *date.unwrap().1 = "20260102T030406Z".to_owned();
            });
            assert!(date.is_err(), "{}: date", vector.name);
            let hashed = !vector
                .wire_headers
                .keys()
                .any(|name| name.eq_ignore_ascii_case("x-sdk-content-sha256"));
            if hashed {
                assert!(
                    changed(&|vector| vector.body.push('x')).is_err(),
                    "{}: body",
                    vector.name
                );
            }
        }
    }

    #[test]
    fn what_we_sign_we_take() {
        let headers = [
            ("host".to_owned(), "127.0.0.1".to_owned()),
            ("x-sdk-date".to_owned(), "20260102T030405Z".to_owned()),
        ];
        let request = Request {
            method: "POST",
            path: "/v2/a$b",
            query: "b=2&a=1",
            headers: &headers,
            body: b"{}",
        };
        let text = authorize(&request, "AK", "SK");
        let authorization = Authorization::parse(&text).unwrap();
        assert_eq!(authorization.signed_headers, ["host", "x-sdk-date"]);
        assert_eq!(verify(&request, &authorization, "SK"), Ok(()));
        assert!(verify(&request, &authorization, "SL").is_err());
    }
}
