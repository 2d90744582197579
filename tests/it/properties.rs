//! The server responds to every request, valid or not, and continues to respond.

use std::io::{Read, Write};
use std::net::TcpStream;

use mock_swr::{Auth, Level, MockSwr, Op, ProblemKind};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use crate::support::Client;

#[test]
fn the_server_responds_to_every_target_and_body() {
    let (swr, token) = server();
    let hosts = vec![api_host(&swr), swr.registry().to_owned()];
    let methods = &["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"][..];

    proptest!(ProptestConfig::with_cases(150), |(
        host in select(hosts),
        method in select(methods),
        target in (path(), query()).prop_map(|(path, query)| [path, query].concat()),
        body in vec(any::<u8>(), 0..40),
    )| {
        let status = exchange(&host, method, &target, &token, &body);
        prop_assert!(status < 500 || status == 501, "{}: {}", status, String::from_utf8_lossy(&target));
    });
    assert_still_responds(&swr);
}

#[test]
fn no_parameters_make_a_list_fail() {
    let (swr, token) = server();
    let host = api_host(&swr);
    let lists = &[
        "/v2/manage/repos",
        "/v3/manage/repos",
        "/v2/manage/namespaces",
    ][..];

    proptest!(ProptestConfig::with_cases(150), |(list in select(lists), parameters in parameters())| {
        let target = [list.as_bytes(), &parameters].concat();
        let status = exchange(&host, "GET", &target, &token, &[]);
        prop_assert!(matches!(status, 200 | 400), "{}: {}", status, String::from_utf8_lossy(&target));
    });
    assert_still_responds(&swr);
}

#[test]
fn no_credentials_and_no_request_for_a_token_make_the_server_fail() {
    let swr = MockSwr::builder()
        .auth(Auth::Verified)
        .level(ProblemKind::Unmatched, Level::Ignore)
        .start();
    swr.seed_repo("group/web");
    let keys = swr.user("dev").temporary_credentials();
    let targets = vec![
        (api_host(&swr), "/v2/manage/namespaces"),
        (api_host(&swr), "/v3/auth/tokens"),
        (swr.registry().to_owned(), "/v2/group/web/tags/list"),
        (
            swr.registry().to_owned(),
            "/swr/auth/v2/registry/auth?scope=repository:group/web:pull",
        ),
    ];
    let schemes = prop_oneof![
        Just(format!(
            "SDK-HMAC-SHA256 Access={}, SignedHeaders=host, Signature=",
            keys.access_key
        )),
        Just(format!("V11-HMAC-SHA256 Credential={}/", keys.access_key)),
        Just("Bearer ".to_owned()),
        Just("Basic ".to_owned()),
        Just(String::new()),
    ];
    let name = select(
        &[
            "authorization",
            "x-auth-token",
            "x-security-token",
            "x-subject-token",
            "x-sdk-date",
            "x-project-id",
        ][..],
    );
    let value = (schemes, "[ -~]{0,30}").prop_map(|(scheme, rest)| scheme + &rest);
    let headers = vec((name, value), 0..4);

    proptest!(ProptestConfig::with_cases(150), |(
        (host, target) in select(targets),
        headers in headers,
        body in prop_oneof![identity().prop_map(|body| body.to_string()), ".{0,40}"],
    )| {
        let lines: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        for method in ["GET", "POST"] {
            let status = exchange_with(&host, method, target.as_bytes(), &lines, body.as_bytes());
            prop_assert!(status < 500, "{method} {target}: {status}\n{lines}{body}");
        }
    });
    let mut request = http::Request::get(format!("{}/v2/manage/namespaces", swr.endpoint()))
        .body("")
        .unwrap();
    swr.user("admin").sign(&mut request);
    let response = crate::support::HTTP
        .execute(request.try_into().unwrap())
        .unwrap();
    assert_eq!(response.status(), 200);
}

/// Generates bodies of token requests, with values of any type.
fn identity() -> impl Strategy<Value = Value> {
    let leaf = || {
        prop_oneof![
            Just(Value::Null),
            Just(json!("acme")),
            Just(json!("admin")),
            Just(json!({"name": "acme"})),
            Just(json!({"id": 5})),
            Just(json!([])),
        ]
    };
    let method = select(&["password", "token", "assume_role", "totp", ""][..]);
    (method, leaf(), leaf(), leaf(), leaf(), leaf()).prop_map(
        |(method, name, domain, id, agency, scope)| {
            json!({"auth": {
                "identity": {
                    "methods": [method],
                    "password": {"user": {"name": name, "id": id, "password": name, "domain": domain}},
                    "token": {"id": id, "duration_seconds": domain},
                    "assume_role": {"domain_name": name, "xrole_name": agency},
                },
                "scope": {"project": scope, "domain": domain},
            }})
        },
    )
}

fn server() -> (MockSwr, String) {
    let swr = MockSwr::builder()
        .level(ProblemKind::Unmatched, Level::Ignore)
        .level(ProblemKind::NotSimulated, Level::Ignore)
        .start();
    swr.seed_repo("group/web");
    let token = swr.user("admin").token();
    (swr, token)
}

fn api_host(swr: &MockSwr) -> String {
    swr.endpoint().strip_prefix("http://").unwrap().to_owned()
}

#[track_caller]
fn assert_still_responds(swr: &MockSwr) {
    let shown = Client::admin(swr).get("/v2/manage/namespaces");
    let shown = (shown.status, &shown.json()["namespaces"][0]["name"]);
    assert_eq!(shown, (200, &"group".into()));
}

/// Returns the status of the response to a request with exactly these bytes.
fn exchange(host: &str, method: &str, target: &[u8], token: &str, body: &[u8]) -> u16 {
    let token = format!("X-Auth-Token: {token}\r\n");
    exchange_with(host, method, target, &token, body)
}

/// Does the same with these header lines.
fn exchange_with(host: &str, method: &str, target: &[u8], lines: &str, body: &[u8]) -> u16 {
    let mut stream = TcpStream::connect(host).unwrap();
    let line = [method.as_bytes(), b" ", target, b" HTTP/1.1\r\n"].concat();
    let headers = format!(
        "Host: {host}\r\n{lines}Content-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream
        .write_all(&[&line, headers.as_bytes(), body].concat())
        .unwrap();
    let mut response = Vec::new();
    stream.read_to_end(&mut response).unwrap();
    let response = String::from_utf8_lossy(&response);
    let status = response
        .strip_prefix("HTTP/1.1 ")
        .and_then(|rest| rest.get(..3));
    match status.map(str::parse) {
        Some(Ok(status)) => status,
        _ => panic!("not an HTTP response: {response:?}"),
    }
}

/// Generates paths that match no operation, or nearly match one.
fn path() -> impl Strategy<Value = Vec<u8>> {
    let templates: Vec<&str> = Op::ALL.iter().map(|op| op.path_template()).collect();
    let filled = (select(templates), noise()).prop_map(|(template, noise)| {
        let segments = template.split('/').map(|segment| match segment {
            "{namespace}" => b"group".to_vec(),
            segment if segment.starts_with('{') => noise.clone(),
            segment => segment.as_bytes().to_vec(),
        });
        segments.collect::<Vec<_>>().join(&b'/')
    });
    prop_oneof![
        noise().prop_map(|noise| [b"/".to_vec(), noise].concat()),
        filled
    ]
}

fn query() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        Just(Vec::new()),
        noise().prop_map(|noise| [b"?".to_vec(), noise].concat()),
        parameters(),
    ]
}

/// Generates about half of the parameters of lists, with values of all kinds. A filter is rarer, because it overrides
/// the others.
fn parameters() -> impl Strategy<Value = Vec<u8>> {
    const NAMES: &[&str] = &[
        "limit",
        "offset",
        "marker",
        "order_column",
        "order_type",
        "namespace",
        "name",
        "is_public",
        "filter",
    ];
    let value = || {
        prop_oneof![
            noise(),
            "[0-9]{1,25}".prop_map(String::into_bytes),
            "(limit|offset|name)::[a-z0-9|:%]{0,12}".prop_map(String::into_bytes),
            "(true|asc|desc|name|tag_count|1)".prop_map(String::into_bytes),
        ]
    };
    let values = vec(option::of(value()), NAMES.len() - 1);
    (values, option::weighted(0.2, value())).prop_map(|(mut values, filter)| {
        values.push(filter);
        let pairs = NAMES
            .iter()
            .zip(values)
            .filter_map(|(name, value)| Some([name.as_bytes(), b"=", &value?].concat()));
        [b"?".to_vec(), pairs.collect::<Vec<_>>().join(&b'&')].concat()
    })
}

/// Generates bytes that do not end the request line, including valid and invalid escapes. Most are ASCII, because other
/// bytes are refused before the service reads them.
fn noise() -> impl Strategy<Value = Vec<u8>> {
    let ascii = || {
        prop_oneof![
            Just(b'%'),
            Just(b'/'),
            Just(b'$'),
            Just(b':'),
            b'0'..=b'9',
            0x21..=0x7e_u8,
        ]
    };
    prop_oneof![
        8 => vec(ascii(), 0..24),
        1 => vec(prop_oneof![ascii(), 0x80..=0xff_u8], 0..24),
    ]
}
