use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::{Index, select};
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
        serde_json::from_str(include_str!("../../../../fixtures/sign-vectors.json")).unwrap();
    assert_eq!(vectors.vectors.len(), 35);
    vectors.vectors
}

fn with<T>(vector: &Vector, act: impl FnOnce(&SignedParts<'_>) -> T) -> T {
    let headers: Vec<(String, String)> = vector
        .wire_headers
        .iter()
        .map(|(name, value)| (name.to_ascii_lowercase(), value.clone()))
        .collect();
    let (path, query) = vector
        .request_target
        .split_once('?')
        .unwrap_or((&vector.request_target, ""));
    act(&SignedParts {
        method: &vector.method,
        path,
        query,
        headers: &headers,
        body: vector.body.as_bytes(),
    })
}

#[test]
fn signatures_of_real_clients_are_accepted() {
    for vector in vectors() {
        let authorization = Authorization::parse(&vector.authorization).unwrap();
        let verified = with(&vector, |request| {
            verify(request, &authorization, &vector.sk)
        });
        assert_eq!(
            verified,
            Ok(()),
            "{}, expected\n{}",
            vector.name,
            vector.canonical_request
        );
    }
}

#[test]
fn a_signature_of_another_request_is_refused() {
    for vector in vectors() {
        let authorization = Authorization::parse(&vector.authorization).unwrap();
        let verified = |vector: &Vector| {
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
            verified(&other)
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
fn our_own_signature_is_accepted() {
    let headers = [
        ("host".to_owned(), "127.0.0.1".to_owned()),
        ("x-sdk-date".to_owned(), "20260102T030405Z".to_owned()),
    ];
    let request = SignedParts {
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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn all_encodings_of_a_url_have_one_canonical_form(
        (segments, path) in encoded_path(),
        (pairs, query) in encoded_query(),
    ) {
        let sorted = |mut pairs: Vec<(String, String)>| {
            pairs.sort();
            pairs
        };
        let segments: Vec<String> = segments.iter().map(|segment| encode(segment)).collect();
        let pairs: Vec<String> = sorted(pairs)
            .iter()
            .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
            .collect();
        let read = format!("GET\n/{}/\n{}\n", segments.join("/"), pairs.join("&"));
        let request = SignedParts { method: "GET", path: &path, query: &query, headers: &[], body: b"" };
        let form = canonical_forms(&request, &[]).swap_remove(0);
        prop_assert!(form.starts_with(&read), "{path}?{query}\n{form}\n{read}");
    }

    #[test]
    fn our_own_signature_is_accepted_only_for_the_same_request(
        sent in sample_request(),
        key in any::<String>(),
        index in any::<usize>(),
    ) {
        let text = authorize(&sent.request(), "AK", &key);
        let authorization = Authorization::parse(&text).unwrap();
        prop_assert_eq!(verify(&sent.request(), &authorization, &key), Ok(()));

        let mut changed = sent.clone();
        let index_in = |length: usize| index % length;
        match changed.body.len() {
            0 => changed.body.push(0),
            length => changed.body[index_in(length)] ^= 1 << (index % 8),
        }
        prop_assert!(verify(&changed.request(), &authorization, &key).is_err(), "body");

        let mut changed = sent.clone();
        changed.headers[index_in(sent.headers.len())].1.push('x');
        prop_assert!(verify(&changed.request(), &authorization, &key).is_err(), "header");

        let mut changed = sent.clone();
        changed.path = with_a_letter_changed(&sent.path, index);
        prop_assert!(verify(&changed.request(), &authorization, &key).is_err(), "{}", changed.path);

        prop_assert!(verify(&sent.request(), &authorization, &format!("{key}x")).is_err(), "key");
    }

    #[test]
    fn any_authorization_is_parsed_and_refused(
        text in prop_oneof![any::<String>(), nearly_authorization()],
        sent in sample_request(),
    ) {
        if let Some(authorization) = Authorization::parse(&text) {
            prop_assert!(verify(&sent.request(), &authorization, "SK").is_err());
        }
    }

    #[test]
    fn a_written_authorization_parses_to_the_same_value(authorization in authorization()) {
        prop_assert_eq!(Authorization::parse(&authorization.write()), Some(authorization));
    }
}

/// The path with one letter or digit outside of escapes replaced, or one added.
fn with_a_letter_changed(path: &str, index: usize) -> String {
    let mut bytes = path.as_bytes().to_vec();
    let is_escaped =
        |at: usize| (1..=2).any(|back| at >= back && path.as_bytes()[at - back] == b'%');
    let letters: Vec<usize> = (0..bytes.len())
        .filter(|at| bytes[*at].is_ascii_alphanumeric() && !is_escaped(*at))
        .collect();
    match letters.len() {
        0 => bytes.insert(1, b'x'),
        count => {
            let letter = &mut bytes[letters[index % count]];
            *letter = if *letter == b'x' { b'y' } else { b'x' };
        }
    }
    String::from_utf8(bytes).unwrap()
}

/// A request with valid parts.
#[derive(Debug, Clone)]
struct SampleRequest {
    method: String,
    path: String,
    query: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl SampleRequest {
    fn request(&self) -> SignedParts<'_> {
        SignedParts {
            method: &self.method,
            path: &self.path,
            query: &self.query,
            headers: &self.headers,
            body: &self.body,
        }
    }
}

fn sample_request() -> impl Strategy<Value = SampleRequest> {
    let path = prop_oneof![
        encoded_path().prop_map(|(_, path)| path),
        "/[!-~&&[^?#]]{0,30}",
    ];
    let query = prop_oneof![
        encoded_query().prop_map(|(_, query)| query),
        "[!-~&&[^#]]{0,30}"
    ];
    let headers = btree_map("x-[a-z0-9-]{1,7}", "\\PC{0,20}", 0..4);
    let body = vec(any::<u8>(), 0..40);
    ("[A-Z]{1,8}", path, query, headers, body).prop_map(|(method, path, query, headers, body)| {
        let mut headers: Vec<(String, String)> = headers.into_iter().collect();
        headers.push(("x-sdk-date".to_owned(), "20260102T030405Z".to_owned()));
        SampleRequest {
            method,
            path,
            query,
            headers,
            body,
        }
    })
}

/// Segments that are not empty, and a path with any encoding of them.
fn encoded_path() -> impl Strategy<Value = (Vec<String>, String)> {
    const RAW: &[u8] = b"-_.~!$&'()*+,;=:@";
    let segment =
        || "[^/]{1,10}".prop_flat_map(|text| (Just(text.clone()), spelled(text, RAW, "%20")));
    (vec(segment(), 1..5), any::<bool>()).prop_map(|(segments, is_closed)| {
        let (texts, spelled): (Vec<String>, Vec<String>) = segments.into_iter().unzip();
        let end = if is_closed { "/" } else { "" };
        (texts, format!("/{}{end}", spelled.join("/")))
    })
}

/// Pairs with names that are not empty, and a query with any encoding of them.
fn encoded_query() -> impl Strategy<Value = (Vec<(String, String)>, String)> {
    const RAW: &[u8] = b"-_.~!$'()*,;:@/?";
    let pair = |(name, value): (String, String), space: &'static str| {
        let spelled = (
            spelled(name.clone(), RAW, space),
            spelled(value.clone(), RAW, space),
            any::<bool>(),
        );
        spelled.prop_map(move |(spelled_name, spelled_value, is_bare)| {
            let text = if value.is_empty() && is_bare {
                spelled_name
            } else {
                format!("{spelled_name}={spelled_value}")
            };
            ((name.clone(), value.clone()), text)
        })
    };
    let space = select(&["+", "%20"][..]);
    let texts = ("[ -~]{1,4}|\\PC{1,4}", "[ -~]{0,4}|\\PC{0,4}");
    let pair = (texts, space).prop_flat_map(move |(texts, space)| pair(texts, space));
    vec(pair, 0..5).prop_shuffle().prop_map(|pairs| {
        let (pairs, spelled): (Vec<(String, String)>, Vec<String>) = pairs.into_iter().unzip();
        (pairs, spelled.join("&"))
    })
}

/// The text with each byte unchanged, if that is valid, or escaped in upper or lower case.
fn spelled(text: String, raw: &'static [u8], space: &'static str) -> impl Strategy<Value = String> {
    vec(0..3_u8, text.len()).prop_map(move |ways| {
        let bytes = text.bytes().zip(ways).map(|(byte, way)| match way {
            0 if byte.is_ascii_alphanumeric() || raw.contains(&byte) => {
                char::from(byte).to_string()
            }
            0 if byte == b' ' => space.to_owned(),
            1 => format!("%{byte:02x}"),
            _ => format!("%{byte:02X}"),
        });
        bytes.collect()
    })
}

fn authorization() -> impl Strategy<Value = Authorization> {
    let algorithm = prop_oneof![
        Just((SigningAlgorithm::Sdk, String::new())),
        "[0-9]{8}/[a-z0-9-]{1,8}/[a-z]{1,4}".prop_map(|scope| (SigningAlgorithm::V11, scope)),
    ];
    let headers = vec("[a-z0-9_-]{1,8}", 0..4);
    (
        algorithm,
        "[!-~&&[^,/]]{1,20}",
        headers,
        "[0-9a-zA-Z+/=]{0,64}",
    )
        .prop_map(
            |((algorithm, scope), access_key, signed_headers, signature)| Authorization {
                algorithm,
                access_key,
                scope,
                signed_headers,
                signature,
            },
        )
}

/// A valid header with a part of it removed.
fn nearly_authorization() -> impl Strategy<Value = String> {
    (authorization(), any::<(Index, Index)>()).prop_map(|(authorization, (one, two))| {
        let text = authorization.write();
        let (one, two) = (one.index(text.len() + 1), two.index(text.len() + 1));
        format!("{}{}", &text[..one.min(two)], &text[one.max(two)..])
    })
}
