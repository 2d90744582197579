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
        serde_json::from_str(include_str!("../../../fixtures/sign-vectors.json")).unwrap();
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
