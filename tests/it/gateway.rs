//! The gateway: routes, credentials, sizes, headers and invalid requests.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};

use mock_swr::{Auth, Calls, Level, MockSwr, Op, ProblemKind, Refusal};
use reqwest::Method;
use serde_json::json;

use crate::support::{Client, send};

/// Starts a server that ignores unmatched requests.
fn lenient() -> MockSwr {
    MockSwr::builder()
        .level(ProblemKind::Unmatched, Level::Ignore)
        .start()
}

fn host_of(swr: &MockSwr) -> &str {
    swr.endpoint().strip_prefix("http://").unwrap()
}

/// Sends bytes and reads until the server closes the connection.
///
/// After an incomplete request it shuts down its side, because the server would wait for more. After a complete one it
/// does not, because the server would treat the client as disconnected.
pub(crate) fn exchange(host: &str, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(host).unwrap();
    stream.write_all(bytes).unwrap();
    if !bytes.ends_with(b"\r\n\r\n") {
        stream.shutdown(Shutdown::Write).unwrap();
    }
    let mut response = Vec::new();
    stream.read_to_end(&mut response).unwrap();
    String::from_utf8_lossy(&response).into_owned()
}

#[test]
fn an_unmatched_path_is_404_and_the_hint_says_what_differs() {
    let swr = lenient();
    let admin = Client::admin(&swr);
    let long = format!("/v2{}", "/".repeat(30_000));
    for (method, path, hint) in [
        (
            Method::GET,
            "/v2/manage/namespace",
            "expected `namespaces`, got `namespace`",
        ),
        (
            Method::PUT,
            "/v2/manage/namespaces",
            "accepts GET (ListNamespaces), POST (CreateNamespace), not PUT",
        ),
        (
            Method::POST,
            "/v2/namespaces/group/repos",
            "nearest is POST /v2/manage/namespaces/{namespace}/repos",
        ),
        (
            Method::GET,
            "/manage/repos",
            "the path of ListReposDetails begins with /v2",
        ),
        (
            Method::GET,
            "/namespaces/group",
            "the path of ShowNamespace begins with /v2/manage",
        ),
        (
            Method::GET,
            "/v2/manage/repos/",
            "the path of ListReposDetails has no trailing slash",
        ),
        (
            Method::GET,
            "/v2/manage/namespaces/group/repos/one/two",
            "ShowRepository expects `$` instead of each `/` in the name of a repository: one$two",
        ),
        (
            Method::GET,
            "/v2/manage/namespaces/group/repos/one/two/three/tags",
            "ListRepositoryTags expects `$` instead of each `/` in the name of a repository: one$two$three",
        ),
        (
            Method::GET,
            "/v2/manage/namespaces/group/repos/one/two/v1/references",
            "ListReferences expects `$` instead of each `/` in the name of a repository: one$two",
        ),
        (
            Method::GET,
            "/v2/manage/namespaces/group/repos/web/v1/reference",
            "expected `references`, got `reference`",
        ),
        (
            Method::GET,
            &long,
            "no such route; the path has 30003 bytes",
        ),
        (
            Method::GET,
            "/v2/",
            "Ping is served at registry(), not at endpoint()",
        ),
        (
            Method::GET,
            "/v2/manage/namespaces//repos/x",
            "nearest is GET /v2/manage/namespaces/{namespace}/repos",
        ),
    ] {
        let response = send(admin.request(method, path)).unwrap();
        response.assert_refused(404, "APIGW.0101");
        assert!(
            response.header("x-mock-hint").contains(hint),
            "{path}: {}",
            response.header("x-mock-hint")
        );
    }
    swr.verify(Calls::unmatched())
        .refused(Refusal::RouteNotFound)
        .times(13);
}

#[test]
fn an_unmatched_request_fails_the_test_by_default() {
    let swr = MockSwr::builder()
        .level(ProblemKind::Unmatched, Level::Warn)
        .start();
    Client::admin(&swr)
        .get("/v2/manage/namespace")
        .assert_refused(404, "APIGW.0101");
    let [problem] = &swr.problems()[..] else {
        panic!("{:?}", swr.problems())
    };
    assert_eq!(
        (problem.kind, problem.level),
        (ProblemKind::Unmatched, Level::Warn)
    );
    swr.check();
}

#[test]
fn requests_without_credentials_are_refused() {
    let swr = MockSwr::start();
    let anonymous = Client::anonymous(&swr);
    let get = |name: &str, value: &str| {
        send(
            anonymous
                .request(Method::GET, "/v2/manage/namespaces")
                .header(name, value),
        )
        .unwrap()
    };
    anonymous
        .get("/v2/manage/namespaces")
        .assert_refused(401, "APIGW.0301");
    get("X-Auth-Token", "made-up").assert_refused(401, "APIGW.0301");
    get("Authorization", "Basic YTpi").assert_refused(401, "APIGW.0301");
    let unknown = get(
        "Authorization",
        "SDK-HMAC-SHA256 Access=NOBODY, SignedHeaders=host, Signature=00",
    );
    unknown.assert_refused(401, "APIGW.0301");
    assert_eq!(
        unknown.json()["error_msg"],
        "Incorrect IAM authentication information: Unauthorized"
    );
    assert!(
        unknown.text.ends_with("}\n"),
        "recorded with a line feed at the end"
    );
    assert!(
        unknown
            .header("x-mock-hint")
            .contains("has access key NOBODY")
    );

    let key = swr.user("dev").credentials().access_key;
    for authorization in [
        format!("SDK-HMAC-SHA256 Access={key}, SignedHeaders=host;x-sdk-date, Signature=00"),
        format!("SDK-HMAC-SHA256 SignedHeaders=host,Access={key},Signature=00"),
        format!(
            "V11-HMAC-SHA256 Credential={key}/20260102/cn-north-4/swr, SignedHeaders=host, Signature=00"
        ),
    ] {
        assert_eq!(get("Authorization", &authorization).status, 200);
    }
    swr.verify(Op::ListNamespaces.by("dev")).times(3);
    swr.verify(Op::ListNamespaces)
        .refused(Refusal::AccessKeyUnknown)
        .once();
    swr.verify(Op::ListNamespaces)
        .refused(Refusal::TokenInvalid)
        .once();
    swr.verify(Op::ListNamespaces)
        .refused(Refusal::CredentialsMissing)
        .times(2);
}

#[test]
fn with_auth_off_unknown_callers_are_the_administrator() {
    let swr = MockSwr::builder().auth(Auth::Off).start();
    let made = Client::anonymous(&swr).post("/v2/manage/namespaces", json!({"namespace": "group"}));
    assert_eq!(made.status, 201);
    Client::user(&swr, "dev")
        .post("/v2/manage/namespaces", json!({"namespace": "mine"}))
        .assert_refused(403, "SVCSTG.SWR.4037017");
}

#[test]
fn every_response_has_the_headers_of_the_gateway() {
    let swr = lenient();
    let admin = Client::admin(&swr);
    for path in [
        "/v2/manage/namespaces",
        "/v2/manage/namespaces/none",
        "/nowhere",
    ] {
        let response = admin.get(path);
        assert_eq!(response.header("x-request-id").len(), 32);
        assert_eq!(response.header("server"), "api-gateway");
        assert_eq!(response.header("x-content-type-options"), "nosniff");
        assert_eq!(response.header("x-frame-options"), "SAMEORIGIN");
        assert_eq!(
            response.header("strict-transport-security"),
            "max-age=31536000; includeSubdomains;"
        );
        assert_eq!(response.header("content-type"), "application/json");
        assert!(!response.header("date").is_empty());
    }
}

#[test]
fn unusual_but_valid_requests_are_accepted() {
    let swr = MockSwr::start();
    let admin = Client::admin(&swr);
    let raw = |method: Method, path: &str, body: &'static str| {
        send(admin.request(method, path).body(body)).unwrap()
    };
    // No Content-Type, a line feed at the end (as terraform sends it), unknown keys.
    let made = raw(
        Method::POST,
        "/v2/manage/namespaces",
        "{\"namespace\":\"group\",\"colour\":\"red\"}\n",
    );
    assert_eq!(made.status, 201);
    // A JSON body of a GET (as the Node SDK sends it), a body of a DELETE.
    assert_eq!(raw(Method::GET, "/v2/manage/namespaces", "{}").status, 200);
    assert_eq!(
        raw(Method::DELETE, "/v2/manage/namespaces/group", "[\"x\"]").status,
        204
    );
}

#[test]
fn sizes_over_the_limits_are_refused_in_the_format_of_the_gateway() {
    let swr = lenient();
    let admin = Client::admin(&swr);
    admin
        .get(&format!(
            "/v2/manage/namespaces?namespace={}",
            "a".repeat(33_000)
        ))
        .assert_refused(414, "APIGW.0201");
    let header = admin
        .request(Method::GET, "/v2/manage/namespaces")
        .header("X-Long", "a".repeat(33_000));
    send(header).unwrap().assert_refused(494, "APIGW.0201");
    let many = (0..5).fold(
        admin.request(Method::GET, "/v2/manage/namespaces"),
        |request, number| request.header(format!("X-Long-{number}"), "a".repeat(30_000)),
    );
    send(many).unwrap().assert_refused(494, "APIGW.0201");
    let body = admin
        .request(Method::POST, "/v2/manage/namespaces")
        .body(vec![b' '; 12 * 1024 * 1024 + 1]);
    send(body).unwrap().assert_refused(413, "APIGW.0201");
    let fits = admin
        .request(Method::POST, "/v2/manage/namespaces")
        .body(vec![b' '; 12 * 1024 * 1024]);
    send(fits)
        .unwrap()
        .assert_refused(400, "SVCSTG.SWR.4001014");
    swr.verify(Op::CreateNamespace)
        .refused(Refusal::BodyTooLarge)
        .once();
}

#[test]
fn clients_that_send_garbage_or_stall_do_not_affect_others() {
    let swr = MockSwr::start();
    let host = host_of(&swr);
    let stalled: Vec<TcpStream> = [
        "",
        "GET /v2/man",
        "POST /v2/manage/namespaces HTTP/1.1\r\nContent-Length: 10\r\n\r\n{",
    ]
    .iter()
    .map(|bytes| {
        let mut stream = TcpStream::connect(host).unwrap();
        stream.write_all(bytes.as_bytes()).unwrap();
        stream
    })
    .collect();
    assert!(
        exchange(host, b"\x16\x03\x01 no HTTP at all \0\xff\r\n\r\n").starts_with("HTTP/1.1 400")
    );
    exchange(swr.registry(), b"\0\0\0\0");
    let broken = exchange(
        host,
        b"POST /v2/manage/namespaces HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
    );
    assert!(broken.starts_with("HTTP/1.1 400"), "{broken}");
    assert!(
        broken.contains("x-mock-hint: the framing of the body is broken: Invalid chunk size"),
        "{broken}"
    );

    assert_eq!(Client::admin(&swr).get("/v2/manage/namespaces").status, 200);
    swr.wait_for(Op::CreateNamespace).times(2).block();
    let [stalled_call, garbled] = &swr.calls(Op::CreateNamespace)[..] else {
        panic!("{}", swr.journal())
    };
    assert_eq!((stalled_call.status(), garbled.status()), (None, Some(400)));
    assert!(!stalled_call.aborted());
    drop(stalled);
    swr.wait_until("the stalled call has ended", |_| stalled_call.aborted())
        .block();
    assert_eq!(stalled_call.status(), None);
    assert!(
        swr.journal()
            .to_string()
            .contains("-> aborted (CreateNamespace)")
    );
}

#[test]
fn one_connection_serves_many_requests_and_pipelines() {
    let swr = MockSwr::start();
    let token = swr.user("admin").token();
    let request =
        |last: &str| format!("GET /v2 HTTP/1.1\r\nHost: x\r\nX-Auth-Token: {token}\r\n{last}\r\n");
    let mut stream = TcpStream::connect(host_of(&swr)).unwrap();
    stream
        .write_all((request("").repeat(2) + &request("Connection: close\r\n")).as_bytes())
        .unwrap();
    let mut answers = String::new();
    stream.read_to_string(&mut answers).unwrap();
    assert_eq!(answers.matches("HTTP/1.1 200 OK").count(), 3);
    swr.verify(Op::ShowApiVersion).answered(200).times(3);
}

#[test]
fn the_registry_challenges_its_callers() {
    let swr = MockSwr::start();
    let response = exchange(
        swr.registry(),
        b"GET /v2/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    );
    // The realm has the host of the request.
    let challenge = "www-authenticate: Bearer realm=\"http://x/swr/auth/v2/registry/auth/\",service=\"dockyard\"";
    assert!(response.starts_with("HTTP/1.1 401"), "{response}");
    assert!(response.contains(challenge), "{response}");
    assert!(
        response.contains("docker-distribution-api-version: registry/2.0"),
        "{response}"
    );
    let body = r#"{"errors":[{"code":"DENIED","message":"Authenticate Error"}]}"#;
    assert!(response.ends_with(body), "{response}");

    let open = MockSwr::builder().auth(Auth::Off).start();
    let response = exchange(
        open.registry(),
        b"GET /v2/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    );
    assert!(
        response.starts_with("HTTP/1.1 200") && response.ends_with("{}"),
        "{response}"
    );
}
