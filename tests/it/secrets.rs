//! Secrets in requests and in tests are not printed, and everything else stays readable.

use std::fmt::Debug;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use mock_swr::{Answer, Auth, Calls, Image, MockSwr, Op, World};
use reqwest::Method;
use reqwest::blocking::RequestBuilder;
use serde_json::{Value, json};

use crate::support::{HTTP, panic_of, send};

/// A text that every secret contains.
const MARK: &str = "Xy7Marked";
const NAMESPACES: &str = "/v2/manage/namespaces";

fn marked(what: &str) -> String {
    format!("{MARK}-{what}")
}

/// Headers with a secret, and their printed values.
fn headers() -> Vec<(&'static str, String, &'static str)> {
    let basic = STANDARD.encode(format!("user:{MARK}"));
    vec![
        ("authorization", format!("Basic {basic}"), "Basic (secret)"),
        ("authorization", format!("Bearer {MARK}"), "Bearer (secret)"),
        (
            "authorization",
            format!("SDK-HMAC-SHA256 Access=AK, SignedHeaders=host, Signature={MARK}"),
            "SDK-HMAC-SHA256 (secret)",
        ),
        ("authorization", format!("{MARK} and more"), "(secret)"),
        ("cookie", format!("a=b; session={MARK}"), "(secret)"),
        (
            "proxy-authorization",
            format!("Basic {basic}"),
            "Basic (secret)",
        ),
        ("x-auth-token", marked("token"), "(secret)"),
        ("x-registry-auth", marked("login"), "(secret)"),
        ("x-security-token", marked("token"), "(secret)"),
        ("x-subject-token", marked("token"), "(secret)"),
        (
            "location",
            format!("https://host/path?page=2&token={MARK}"),
            "https://host/path?page=2&token=(secret)",
        ),
        (
            "referer",
            format!("https://user:{MARK}@host/path"),
            "https://user:(secret)@host/path",
        ),
    ]
}

/// Queries with a secret, and their printed forms.
fn queries() -> Vec<(String, &'static str)> {
    vec![
        (
            format!("account=a&token={MARK}"),
            "account=a&token=(secret)",
        ),
        (
            format!("password={MARK}&limit=5"),
            "password=(secret)&limit=5",
        ),
        (format!("pass%77ord={MARK}"), "password=(secret)"),
        (
            format!("X-Security-Token={MARK}"),
            "X-Security-Token=(secret)",
        ),
        (format!("Signature={MARK}&a=b"), "Signature=(secret)&a=b"),
        (
            format!("filter=name::a|token::{MARK}"),
            "filter=name::a|token::(secret)",
        ),
        (
            format!("next=https%3A%2F%2Fhost%2F%3Ftoken%3D{MARK}"),
            "next=https://host/?token=(secret)",
        ),
    ]
}

/// Bodies with a secret, and their printed forms.
fn bodies() -> Vec<(String, &'static str)> {
    let json = |value: Value| value.to_string();
    vec![
        (
            json(json!({"namespace": "g", "password": MARK})),
            r#""namespace":"g""#,
        ),
        (
            json(json!({"password": [MARK], "a": [{"token": MARK}]})),
            r#"[{"token":"(secret)"}]"#,
        ),
        (
            json(json!({"secret": {"key": MARK, "pin": 774_411_552}})),
            r#""key":"(secret)""#,
        ),
        (
            json(json!({"auth": {"token": {"id": MARK, "duration_seconds": 900}}})),
            "900",
        ),
        (
            json(json!([{"auth": 7, "user_name": "dev", "secret_key": MARK}])),
            r#""auth":7"#,
        ),
        (
            json(json!({"auths": {"host": {"auth": MARK}}})),
            r#""auth":"(secret)""#,
        ),
        (
            json(
                json!({"auth": {"identity": {"methods": ["password"], "password": {"user": {
                    "name": "dev", "password": MARK,
                }}}}}),
            ),
            r#""name":"dev""#,
        ),
        (
            json(json!({"url": format!("https://host/?token={MARK}")})),
            "https://host/?token=(secret)",
        ),
        (
            json(json!({"text": json(json!({"password": MARK}))})),
            r#"{\"password\":\"(secret)\"}"#,
        ),
        (
            format!("user=dev&password={MARK}"),
            "user=dev&password=(secret)",
        ),
        (
            format!(r#"{{"namespace": "g", "password": "{MARK}""#),
            "perhaps secret",
        ),
        (format!("password: {MARK}"), "perhaps secret"),
    ]
}

/// Asserts that the text contains no secret, also not the numeric one.
#[track_caller]
fn assert_hidden(printed: &str) {
    let login = STANDARD.encode(format!("user:{MARK}"));
    for secret in [MARK, &login, "774411552"] {
        assert!(!printed.contains(secret), "{secret} in:\n{printed}");
    }
}

/// Returns everything that can be printed about a server, except reports.
fn printed(swr: &MockSwr) -> String {
    let mut all = format!("{swr:?}\n{:?}\n{}\n", swr.journal(), swr.journal());
    for call in swr.calls(Calls::any()) {
        all += &format!("{call}\n{call:?}\n{:?}\n", call.hint());
    }
    for problem in swr.problems() {
        all += &format!("{problem}\n{problem:?}\n");
    }
    all
}

/// Sends a request to routes with different responses. Returns the hints.
fn send_everywhere(
    swr: &MockSwr,
    alter: impl Fn(RequestBuilder) -> RequestBuilder,
    query: &str,
) -> String {
    let management = swr.endpoint();
    let registry = format!("http://{}", swr.registry());
    let urls = [
        (Method::POST, format!("{management}{NAMESPACES}")),
        (
            Method::POST,
            format!("{management}{NAMESPACES}/group/access"),
        ),
        (Method::GET, format!("{management}/v2/manage/repos")),
        (Method::POST, format!("{management}/v3/auth/tokens")),
        (
            Method::POST,
            format!("{management}/v3.0/OS-CREDENTIAL/securitytokens"),
        ),
        (Method::GET, format!("{management}/v3/auth/tokens")),
        (Method::POST, format!("{management}/v2/unknown")),
        (Method::GET, format!("{registry}/v2/")),
        (Method::GET, format!("{registry}/v2/group/web/tags/list")),
    ];
    let hints = urls.into_iter().map(|(method, url)| {
        let response = send(alter(HTTP.request(method, format!("{url}?{query}")))).unwrap();
        response.header("x-mock-hint").to_owned()
    });
    hints.collect::<Vec<_>>().join("\n")
}

/// Starts a server that verifies signatures.
fn strict() -> MockSwr {
    let swr = MockSwr::builder().auth(Auth::Verified).start();
    swr.seed_repo("group/web");
    swr
}

#[test]
fn a_secret_in_a_header_is_not_printed() {
    for (name, value, readable) in headers() {
        let swr = strict();
        let hints = send_everywhere(&swr, |request| request.header(name, &value), "a=b");
        assert_hidden(&hints);
        let all = printed(&swr);
        assert_hidden(&all);
        assert!(all.contains(&format!("{name}: {readable}")), "{all}");
        assert_eq!(swr.calls(Calls::any())[0].headers()[name], value.as_str());
        assert_hidden(&panic_of(|| drop(swr)));
    }
}

#[test]
fn a_secret_in_a_query_is_not_printed() {
    for (query, readable) in queries() {
        let swr = strict();
        let token = swr.user("admin").token();
        let hints = send_everywhere(
            &swr,
            |request| request.header("X-Auth-Token", &token),
            &query,
        );
        assert_hidden(&hints);
        let all = printed(&swr);
        assert_hidden(&all);
        assert!(all.contains(readable), "{readable} is not in:\n{all}");
        assert!(!all.contains(&token), "{all}");
        assert_hidden(&panic_of(|| drop(swr)));
    }
}

#[test]
fn a_secret_in_a_body_is_not_printed() {
    for (body, readable) in bodies() {
        let swr = strict();
        let token = swr.user("admin").token();
        let alter =
            |request: RequestBuilder| request.header("X-Auth-Token", &token).body(body.clone());
        assert_hidden(&send_everywhere(&swr, alter, ""));
        let all = printed(&swr);
        assert_hidden(&all);
        assert!(all.contains(readable), "{readable} is not in:\n{all}");
        assert_hidden(&panic_of(|| drop(swr)));
    }
}

/// Returns selections of calls with secrets, as a test may contain them.
fn conditions() -> Vec<Calls> {
    let op = Op::CreateNamespace;
    let of_headers = headers()
        .into_iter()
        .map(|(name, value, _)| op.header(name, &format!("{value}, not")));
    let others = [
        op.query("password", &marked("other")),
        op.query("next", &format!("https://host/?token={MARK}")),
        op.json("/password", marked("other")),
        op.json("/password/0", marked("other")),
        op.json("/secret/key", marked("other")),
        op.json("/secret/pin", 774_411_552),
        op.json("", json!({"password": marked("other")})),
        op.json("/absent/token", marked("other")),
        op.json_includes(json!({"password": marked("other")})),
        op.json_includes(json!({"secret": {"key": marked("other")}})),
        op.json_includes(json!({"absent": {"token": MARK}})),
    ];
    of_headers.chain(others).collect()
}

#[test]
fn a_report_contains_no_expected_and_no_sent_secret() {
    let swr = strict();
    let token = swr.user("admin").token();
    let of = |request: RequestBuilder| {
        let mut headers = headers();
        headers.dedup_by_key(|(name, _, _)| *name);
        let request = request.header("X-Auth-Token", &token);
        let headers = headers
            .into_iter()
            .filter(|(name, _, _)| *name != "x-auth-token");
        headers.fold(request, |request, (name, value, _)| {
            request.header(name, value)
        })
    };
    let url = format!(
        "{}{NAMESPACES}?password={MARK}&next=token%3D{MARK}",
        swr.endpoint()
    );
    for body in [
        json!({"password": MARK}),
        json!({"password": [MARK]}),
        json!({"secret": {"key": MARK, "pin": 1}}),
    ] {
        send(of(HTTP.post(&url)).json(&body)).unwrap();
    }
    for calls in conditions() {
        let plan = swr.on(&calls, Answer::json(200, json!({"token": MARK})));
        assert_hidden(&format!(
            "{calls} {calls:?} {plan:?} {:?}",
            swr.verify(&calls)
        ));
        assert_hidden(&format!("{:?}", swr.problems()));
        assert_hidden(&panic_of(|| drop(swr.verify(&calls).once())));
        assert_hidden(&panic_of(|| swr.verify_order([&calls])));
        assert_hidden(&panic_of(|| {
            swr.wait_for(&calls).within(Duration::ZERO).block()
        }));
        plan.remove();
    }
}

#[test]
fn a_difference_of_secrets_is_shown_by_their_lengths() {
    let swr = MockSwr::start();
    let url = format!("{}{NAMESPACES}", swr.endpoint());
    send(
        HTTP.post(url)
            .header("X-Auth-Token", "wrong one")
            .body(r#"{"password":"abc"}"#),
    )
    .unwrap();
    let report = panic_of(|| {
        swr.verify(
            Op::CreateNamespace
                .header("X-Auth-Token", "right")
                .json("/password", "abd"),
        )
        .never();
        swr.verify(
            Op::CreateNamespace
                .header("X-Auth-Token", "right")
                .json("/password", "abd"),
        )
        .once();
    });
    for line in [
        "header x-auth-token: expected `(secret)` of 5 bytes, sent `(secret)` of 9 bytes; they differ",
        "body /password: expected \"(secret)\" of 5 bytes, sent \"(secret)\" of 5 bytes; they differ",
    ] {
        assert!(report.contains(line), "{report}");
    }
}

#[test]
fn a_reported_panic_does_not_contain_secrets_of_the_request() {
    let swr = MockSwr::start();
    swr.on(
        Calls::any(),
        Answer::real().map(|_| panic!("the client sent {MARK} at /v2")),
    );
    let url = format!("{}{NAMESPACES}", swr.endpoint());
    let response = send(HTTP.get(url).header("X-Auth-Token", MARK)).unwrap();
    assert_eq!(
        response.text,
        "a panic in `map`: the client sent (secret) at /v2"
    );
    let all = printed(&swr);
    assert!(all.contains("the client sent (secret) at /v2"), "{all}");
    assert_hidden(&all);
    assert_hidden(&panic_of(|| drop(swr)));
}

#[test]
fn every_public_type_is_printed_in_one_line_without_secrets() {
    let builder = || {
        MockSwr::builder()
            .credentials("AK", MARK)
            .region("eu-de")
            .world(
                format!(r#"{{"users": {{"dev": {{"password": "{MARK}", "access_key": "K", "secret_key": "{MARK}"}}}},
                    "namespaces": {{"group": {{"repos": {{"web": {{"images": ["v1"]}}}}}}}}}}"#)
                .parse()
                .unwrap(),
            )
    };
    let swr = builder().start();
    let raw = format!("HTTP/1.1 200 OK\r\nX-Auth-Token: {MARK}\r\n\r\n");
    let answer = http::Response::builder()
        .header("Set-Cookie", MARK)
        .body(MARK)
        .unwrap();
    let answers = [
        Answer::json(201, json!({"token": MARK})),
        Answer::raw(raw),
        Answer::from(answer),
        Answer::real().header("X-Subject-Token", MARK),
    ];
    let line = |value: &dyn Debug| {
        let line = format!("{value:?}");
        assert_hidden(&line);
        assert!(!line.contains('\n') && line.len() < 400, "{line}");
        line
    };
    let endpoint = swr.endpoint();
    let registry = swr.registry();
    assert_eq!(
        line(&swr),
        format!("MockSwr({endpoint}, registry {registry}, eu-de)")
    );
    assert_eq!(
        line(&swr.world()),
        "World(1 organizations, 1 repositories, 2 users)"
    );
    let file: World = swr.world().to_json().parse().unwrap();
    assert_eq!(
        line(&file),
        "World(1 organizations, 1 repositories, 2 users)"
    );
    assert_eq!(
        line(&builder()),
        "Builder(Identity, Swr, region eu-de, World(1 organizations, 1 repositories, 1 users))"
    );
    assert_eq!(line(&swr.journal()), "Journal(0 requests)");
    assert_eq!(
        line(&swr.wait_for(Op::ShowNamespace)),
        "Wait(ShowNamespace, 1 times)"
    );
    assert_eq!(
        line(&swr.verify(Op::ShowNamespace).answered(404)),
        "Verify(ShowNamespace with status 404)"
    );
    assert_eq!(line(&Image::new("v1").layers(3)), "Image(v1, 3 layers)");
    for answer in answers {
        line(&answer);
        line(&answer.clone().then(503));
        let plan = swr.on(Op::ListQuotas, answer);
        line(&plan);
        plan.remove();
    }
    line(&swr.credentials());
    line(&swr.repo("group/web").tag("v1"));
    let handles: [&dyn Debug; 4] = [
        &swr.namespace("group"),
        &swr.repo("group/web"),
        &swr.user("dev"),
        &swr.region("eu-de"),
    ];
    handles.into_iter().for_each(|handle| drop(line(handle)));
}
