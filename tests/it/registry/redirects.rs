//! Downloads of blobs that the registry redirects to object storage.

use std::net::TcpStream;

use mock_swr::{Answer, Auth, Builder, Calls, MockSwr, Op, ProblemKind, Profile, Refusal};
use once_cell::sync::Lazy;
use reqwest::blocking::{Client as Http, RequestBuilder};
use reqwest::redirect::Policy;

use super::client::{Registry, docker_image, sha256};
use crate::support::{HTTP, Response, panic_of, send};

const LAYER: &str = "a layer";
const PULL: &str = "repository:group/team/web:pull,push";
const PROFILES: [Profile; 2] = [Profile::Swr, Profile::Oci];

/// A client that does not follow redirects.
static WITHOUT_REDIRECTS: Lazy<Http> =
    Lazy::new(|| Http::builder().redirect(Policy::none()).build().unwrap());

/// A server with an image that holds [`LAYER`].
fn start(builder: Builder) -> MockSwr {
    let swr = builder.blob_redirects().start();
    swr.seed_namespace("group");
    client(&swr).push_image("group/team/web", "v1", LAYER);
    swr
}

fn client(swr: &MockSwr) -> Registry {
    Registry::token(swr, "admin", PULL)
}

fn blob() -> String {
    format!("/v2/group/team/web/blobs/{}", sha256(LAYER))
}

/// Returns the `Location` of a redirected download.
#[track_caller]
fn link(swr: &MockSwr) -> String {
    let response = send_without_redirects(client(swr).request("GET", &blob()));
    response.assert_status(307);
    response.header("location").to_owned()
}

fn send_without_redirects(request: RequestBuilder) -> Response {
    let response = WITHOUT_REDIRECTS.execute(request.build().unwrap()).unwrap();
    Response {
        status: response.status().as_u16(),
        headers: response.headers().clone(),
        text: response.text().unwrap(),
    }
}

fn get(url: &str) -> Response {
    send(HTTP.get(url)).unwrap()
}

#[track_caller]
fn assert_fails(response: &Response, status: u16, code: &str, message: &str) {
    response.assert_status(status);
    response.assert_headers(&[("content-type", "application/xml"), ("server", "OBS")]);
    let id = response.header("x-obs-request-id");
    assert_eq!(id.len(), 32, "{response:?}");
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n\
         <Error><Code>{code}</Code><Message>{message}</Message><RequestId>{id}</RequestId></Error>"
    );
    assert_eq!(response.text, body);
}

#[test]
fn a_client_that_follows_the_redirect_gets_the_blob_in_both_profiles() {
    for profile in PROFILES {
        let swr = start(MockSwr::builder().profile(profile));
        let now = swr.from_now();

        let response = client(&swr).get(&blob());

        response.assert_status(200);
        assert_eq!(response.text, LAYER);
        response.assert_headers(&[
            ("content-type", "application/octet-stream"),
            ("content-length", "7"),
            ("accept-ranges", "bytes"),
            ("server", "OBS"),
            ("docker-content-digest", ""),
        ]);
        let called = [Op::GetRegistryToken, Op::GetBlob, Op::GetObject];
        assert_eq!(now.ops(Calls::any()), called, "{profile:?}");
        swr.verify(Op::GetBlob.repo("group/team/web"))
            .answered(307)
            .once();
        let downloaded = swr
            .verify(Op::GetObject.repo("group/team/web"))
            .answered(200)
            .once();
        assert_eq!(downloaded.param("digest"), Some(&*sha256(LAYER)));
        assert_eq!(downloaded.caller(), None);
    }
}

#[test]
fn a_client_that_does_not_follow_the_redirect_gets_a_link_and_no_content() {
    let swr = start(MockSwr::builder());
    let response = send_without_redirects(client(&swr).request("GET", &blob()));
    response.assert_status(307);
    response.assert_headers(&[
        ("content-length", "0"),
        ("docker-content-digest", ""),
        ("docker-distribution-api-version", "registry/2.0"),
    ]);
    assert_eq!(response.text, "");
    let link = response.header("location");
    let path = format!("/op-svc-swr/group/team$web/{}", sha256(LAYER));
    assert!(link.starts_with("http://localhost:"), "{link}");
    assert!(
        link.contains(&format!("{path}?AccessKeyId=MOCKSWRSTORAGE000000&Expires=")),
        "{link}"
    );
    assert!(link.contains("&Signature="), "{link}");
    swr.verify(Op::GetObject).never();
}

#[test]
fn a_link_has_another_host_than_the_request() {
    let swr = start(MockSwr::builder());
    for (host, storage) in [
        ("127.0.0.1", "localhost"),
        ("[::1]:80", "localhost"),
        ("localhost", "127.0.0.1"),
        ("localhost:80", "127.0.0.1"),
        ("registry.test:80", "registry.test"),
    ] {
        let request = client(&swr).request("GET", &blob()).header("host", host);
        let response = send_without_redirects(request);
        let link = response.header("location");
        let rest = link.strip_prefix("http://").unwrap();
        assert_eq!(rest.split_once(':').unwrap().0, storage, "{host}: {link}");
    }
}

#[test]
fn a_link_has_the_advertised_host_and_the_port_of_object_storage() {
    let plain = start(MockSwr::builder());
    let advertised = start(MockSwr::builder().advertise("swr.test:18080,15000"));
    let port = |link: &str| link.split([':', '/']).nth(4).unwrap().to_owned();
    let link = link(&advertised);
    assert!(link.starts_with("http://swr.test:"), "{link}");
    assert_ne!(port(&link), "15000");
    get(&link.replace("swr.test", "localhost")).assert_status(200);
    assert_ne!(port(&link), port(&self::link(&plain)));
}

#[test]
fn only_a_get_is_redirected_and_only_if_enabled() {
    let swr = start(MockSwr::builder());
    let head = client(&swr).head(&blob());
    head.assert_status(200);
    head.assert_headers(&[
        ("content-length", "7"),
        ("docker-content-digest", &sha256(LAYER)),
    ]);
    let manifest = client(&swr).get("/v2/group/team/web/manifests/v1");
    manifest.assert_status(200);
    assert_eq!(manifest.text, docker_image(LAYER).to_string());
    swr.verify(Op::GetObject).never();

    let plain = MockSwr::start();
    plain.seed_namespace("group");
    client(&plain).push_image("group/team/web", "v1", LAYER);
    send_without_redirects(client(&plain).request("GET", &blob())).assert_status(200);
}

#[test]
fn a_download_is_counted_once_and_by_its_bytes() {
    let swr = start(MockSwr::builder().auth(Auth::Off));
    let link = link(&swr);
    let pulled = || {
        let world: serde_json::Value = serde_json::from_str(&swr.world().to_json()).unwrap();
        let days = world["downflow"]["acme"].as_object().cloned();
        days.map_or(0, |days| days.values().next().unwrap().as_u64().unwrap())
    };
    assert_eq!(pulled(), 0);
    get(&link).assert_status(200);
    assert_eq!(pulled(), 7);
    send(HTTP.get(&link).header("range", "bytes=0-1"))
        .unwrap()
        .assert_status(206);
    assert_eq!(pulled(), 9);
}

#[test]
fn a_link_needs_no_credentials_and_works_more_than_once() {
    for auth in [Auth::Off, Auth::Identity, Auth::Verified] {
        let swr = start(MockSwr::builder().auth(auth));
        let link = link(&swr);
        for _ in 0..2 {
            let response = get(&link);
            response.assert_status(200);
            assert_eq!(response.text, LAYER);
        }
        // Other encodings of the same parameter.
        get(&link
            .replace("team$web", "team%24web")
            .replace("sha256:", "sha256%3A"))
        .assert_status(200);
    }
}

#[test]
fn an_authorization_header_is_refused() {
    let swr = start(MockSwr::builder());
    let link = link(&swr);
    for authorization in ["Bearer x", "Basic eDp5", ""] {
        let response = send(HTTP.get(&link).header("authorization", authorization)).unwrap();
        assert_fails(
            &response,
            400,
            "InvalidArgument",
            "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string \
             parameter or the Authorization header should be specified",
        );
        assert!(
            response.header("x-mock-hint").contains("drop the header"),
            "{response:?}"
        );
    }
    swr.verify(Op::GetObject)
        .refused(Refusal::CredentialsTwice)
        .times(3);
}

#[test]
fn a_link_expires_by_the_clock_of_the_service() {
    let swr = start(MockSwr::builder().frozen_at("2026-01-31T08:00:00Z"));
    let link = link(&swr);
    assert!(link.contains("Expires=1769847600&"), "{link}");
    swr.advance(std::time::Duration::from_secs(20 * 60 - 1));
    get(&link).assert_status(200);
    swr.advance(std::time::Duration::from_secs(1));
    assert_fails(&get(&link), 403, "AccessDenied", "Request has expired");
    swr.verify(Op::GetObject)
        .refused(Refusal::SignatureExpired)
        .once();
    client(&swr).get(&blob()).assert_status(200);
}

#[test]
fn a_changed_link_is_refused() {
    let swr = start(MockSwr::builder());
    let link = link(&swr);
    let config = sha256("{}");
    let expires = link.split("Expires=").nth(1).unwrap();
    let expires = expires.split('&').next().unwrap();
    for changed in [
        link.replace(&sha256(LAYER), &config),
        link.replace("/group/team$web/", "/group/web/"),
        link.replace(expires, "9999999999"),
        link.replace(expires, "soon"),
        link.replace("MOCKSWRSTORAGE000000", "another"),
        link.replace("Signature=", "Signature=A"),
        format!("{link}&response-content-type=text%2Fplain"),
        format!("{link}&Expires={expires}"),
    ] {
        assert_fails(
            &get(&changed),
            403,
            "SignatureDoesNotMatch",
            "The request signature we calculated does not match the signature you provided. Check your key and \
             signing method.",
        );
    }
    let (path, query) = link.split_once('?').unwrap();
    for (place, name) in ["AccessKeyId", "Expires", "Signature"]
        .into_iter()
        .enumerate()
    {
        let mut pairs: Vec<&str> = query.split('&').collect();
        pairs.remove(place);
        let response = get(&format!("{path}?{}", pairs.join("&")));
        assert_fails(&response, 403, "AccessDenied", "Access Denied");
        assert!(
            response.header("x-mock-hint").contains(name),
            "{response:?}"
        );
    }
}

#[test]
fn a_link_opens_one_listener() {
    let swr = start(MockSwr::builder());
    let east = swr.region("cn-east-3");
    let other = start(MockSwr::builder());
    let (here, elsewhere) = (link(&swr), link(&other));
    let host = |link: &str| link.split("/op-svc-swr").next().unwrap().to_owned();
    let there = {
        east.seed_namespace("group");
        let (user, key) = east.user("admin").credentials().registry_login();
        let client = Registry::at(east.registry(), (user, key)).with_token_for(PULL);
        client.push_image("group/team/web", "v1", LAYER);
        let response = send_without_redirects(client.request("GET", &blob()));
        response.header("location").to_owned()
    };
    for other in [&there, &elsewhere] {
        assert_ne!(host(other), host(&here));
        get(other).assert_status(200);
        get(&here.replace(&host(&here), &host(other))).assert_status(403);
    }
}

#[test]
fn object_storage_serves_a_range() {
    let swr = start(MockSwr::builder());
    let ranged = |range: &str| client(&swr).send("GET", &blob(), &[("range", range)], "");
    let response = ranged("bytes=2-4");
    response.assert_status(206);
    response.assert_headers(&[("content-range", "bytes 2-4/7"), ("content-length", "3")]);
    assert_eq!(response.text, "lay");
    assert_fails(
        &ranged("bytes=7-"),
        416,
        "InvalidRange",
        "The requested range is not satisfiable",
    );
    swr.verify(Op::GetBlob).answered(307).times(2);
}

#[test]
fn failures_of_object_storage_are_planned_by_its_operation() {
    let swr = start(MockSwr::builder());
    swr.on(
        Op::GetObject.repo("group/team/web"),
        Answer::from(503)
            .then(Refusal::SignatureExpired)
            .then(Refusal::Throttled)
            .then(418),
    );
    let get = || client(&swr).get(&blob());
    let expected = [
        (
            503,
            "ServiceUnavailable",
            "Service is unable to handle request.",
        ),
        (403, "AccessDenied", "Request has expired"),
        (503, "SlowDown", "Please reduce your request rate."),
        (418, "InvalidRequest", "I'm a teapot"),
    ];
    for (status, code, message) in expected {
        assert_fails(&get(), status, code, message);
    }
    assert_eq!(get().text, LAYER);

    swr.on(Op::GetObject, Answer::real().close_after(3));
    assert!(send(client(&swr).request("GET", &blob())).is_err());
    swr.on(Op::GetBlob, Refusal::BlobUnknown);
    get().assert_error(404, "BLOB_UNKNOWN");
    swr.verify(Op::GetBlob).times(7);
    swr.verify(Op::GetObject).times(6);
}

#[test]
fn permissions_are_checked_before_the_redirect() {
    let swr = start(MockSwr::builder());
    let anonymous = Registry::anonymous(&swr).get(&blob());
    anonymous.assert_unauthenticated();
    swr.user("dev");
    Registry::login(&swr, "dev")
        .request_token("repository:group/team/web:pull")
        .assert_status(401);
    Registry::token(&swr, "admin", "repository:group/other:pull")
        .get(&blob())
        .assert_error(401, "UNAUTHORIZED");
    let missing = format!("/v2/group/team/web/blobs/{}", sha256("another"));
    client(&swr).get(&missing).assert_error(404, "BLOB_UNKNOWN");
    client(&swr)
        .get("/v2/group/team/web/blobs/sha256:1")
        .assert_error(400, "DIGEST_INVALID");
    swr.verify(Op::GetObject).never();
}

#[test]
fn a_blob_deleted_after_the_redirect_is_not_served() {
    let swr = start(MockSwr::builder());
    let full = swr.world();
    let link = link(&swr);
    swr.repo("group/team/web").delete();
    let gone = || {
        assert_fails(
            &get(&link),
            404,
            "NoSuchKey",
            "The specified key does not exist.",
        )
    };
    gone();
    swr.restore(&full);
    assert_eq!(get(&link).text, LAYER);
    let empty = MockSwr::start().world();
    swr.restore(&empty);
    gone();
    swr.verify(Op::GetObject)
        .refused(Refusal::BlobUnknown)
        .times(2);
}

#[test]
fn a_fork_of_the_world_has_its_own_listeners() {
    let swr = start(MockSwr::builder());
    let fork = MockSwr::builder().world(swr.world()).start();
    send_without_redirects(client(&fork).request("GET", &blob())).assert_status(200);
    let fork = MockSwr::builder()
        .world(swr.world())
        .blob_redirects()
        .start();
    assert_eq!(client(&fork).get(&blob()).text, LAYER);
    fork.verify(Op::GetObject).once();
    swr.verify(Op::GetObject).never();
}

#[test]
fn unknown_requests_to_object_storage_are_unmatched() {
    let message = panic_of(|| {
        let swr = start(MockSwr::builder());
        let link = link(&swr);
        let storage = link.split("/op-svc-swr").next().unwrap();
        let missing = "The specified key does not exist.";
        assert_fails(
            &get(&format!("{storage}/bucket/key")),
            404,
            "NoSuchKey",
            missing,
        );
        send(HTTP.put(&link)).unwrap().assert_status(404);
        get(&format!("{storage}{}", blob())).assert_status(404);
    });
    for part in [
        "nearest is GET /op-svc-swr/{namespace}/{repository}/{digest} (GetObject)",
        "accepts GET (GetObject), not PUT",
        "GetBlob is served at registry(), not at the `Location` of a redirected GetBlob",
    ] {
        assert!(message.contains(part), "{part}: {message}");
    }
    let quiet = MockSwr::builder().level(ProblemKind::Unmatched, mock_swr::Level::Ignore);
    let swr = start(quiet);
    let path = link(&swr);
    let path = &path[path.find("/op-svc-swr").unwrap()..];
    Registry::anonymous(&swr).get(path).assert_status(404);
    let hint = swr.calls(Calls::unmatched())[0].hint().unwrap().to_owned();
    assert_eq!(
        hint,
        "GetObject is served at the `Location` of a redirected GetBlob, not at registry()"
    );
}

#[test]
fn dropping_the_server_closes_the_port_of_object_storage() {
    let swr = start(MockSwr::builder());
    let link = link(&swr);
    let port = link.split(':').nth(2).unwrap().split('/').next().unwrap();
    let address = format!("127.0.0.1:{port}");
    TcpStream::connect(&address).unwrap();
    drop(swr);
    TcpStream::connect(&address).unwrap_err();
}

#[test]
fn reports_hide_the_signature_of_a_link() {
    let swr = start(MockSwr::builder());
    let link = link(&swr);
    get(&link).assert_status(200);
    let signature = link.split("Signature=").nth(1).unwrap();
    let message = panic_of(|| swr.verify(Op::GetObject).never());
    assert!(message.contains("Signature=(secret)"), "{message}");
    assert!(!message.contains(signature), "{message}");
}
