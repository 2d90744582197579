//! Tests of servers with TLS with reqwest, over rustls and over OpenSSL.

mod guide;

use mock_swr::{Answer, Auth, MockSwr, Op};
use reqwest::blocking::{Client, ClientBuilder};
use reqwest::{Certificate, Version};
use serde_json::{Value, json};

/// The two implementations of TLS.
const KINDS: [fn(ClientBuilder) -> ClientBuilder; 2] =
    [ClientBuilder::use_rustls_tls, ClientBuilder::use_native_tls];

fn server() -> MockSwr {
    MockSwr::builder().tls().auth(Auth::Off).start()
}

/// Returns a client that trusts the server, and resolves the names of the cloud to it.
fn client(swr: &MockSwr, kind: fn(ClientBuilder) -> ClientBuilder) -> Client {
    let authority = Certificate::from_pem(swr.ca_certificate().as_bytes()).unwrap();
    let mut client = kind(Client::builder())
        .tls_built_in_root_certs(false)
        .add_root_certificate(authority);
    for (name, address) in swr.resolves() {
        client = client.resolve(&name, address);
    }
    client.build().unwrap()
}

#[test]
fn reqwest_reaches_the_endpoints_that_the_server_returns() {
    for kind in KINDS {
        let swr = server();
        let client = client(&swr, kind);
        let versions = client.get(swr.endpoint()).send().unwrap();
        assert_eq!(versions.version(), Version::HTTP_11);
        let versions: Value = versions.json().unwrap();
        let href = versions["versions"][0]["links"]["href"].as_str().unwrap();
        assert_eq!(href, format!("{}/v2/", swr.endpoint()));
        let ping = client.get(format!("https://{}/v2/", swr.registry()));
        assert_eq!(ping.send().unwrap().status(), 200);
        swr.verify(Op::Ping).once();
    }
}

#[test]
fn reqwest_reaches_the_endpoints_of_the_cloud() {
    for kind in KINDS {
        let swr = server();
        swr.seed_namespace("group");
        let api = "https://swr-api.cn-north-4.myhuaweicloud.com";
        let body = json!({"repository": "web", "is_public": false});
        let create = client(&swr, kind).post(format!("{api}/v2/manage/namespaces/group/repos"));
        assert_eq!(create.json(&body).send().unwrap().status(), 201);
        assert_eq!(swr.namespace("group").repos(), ["web"]);
    }
}

#[test]
fn reqwest_follows_a_redirect_to_object_storage() {
    for kind in KINDS {
        let swr = MockSwr::builder()
            .tls()
            .auth(Auth::Off)
            .blob_redirects()
            .start();
        let web = swr.seed_repo("group/web").image("v1");
        let manifest: Value = serde_json::from_slice(&web.content("v1")).unwrap();
        let digest = manifest["config"]["digest"].as_str().unwrap();
        for registry in [swr.registry(), "swr.cn-north-4.myhuaweicloud.com"] {
            let later = swr.from_now();
            let url = format!("https://{registry}/v2/group/web/blobs/{digest}");
            let blob = client(&swr, kind).get(url).send().unwrap();
            assert_eq!(blob.status(), 200);
            assert_eq!(blob.url().scheme(), "https");
            later.verify(Op::GetObject).answered(200).once();
        }
    }
}

#[test]
fn reqwest_sees_planned_faults() {
    for kind in KINDS {
        let swr = server();
        let client = client(&swr, kind);
        let get = || client.get(swr.endpoint()).send();
        swr.on(Op::ListApiVersions, Answer::real().close_after(10));
        assert!(get().unwrap().text().unwrap_err().is_decode());
        swr.on(Op::ListApiVersions, Answer::real().reset_after(10));
        assert!(get().unwrap().text().unwrap_err().is_decode());
        swr.on(Op::ListApiVersions, Answer::status(503));
        assert_eq!(get().unwrap().status(), 503);
        // Without a length, the body is complete only with `close_notify`.
        swr.on(
            Op::ListApiVersions,
            Answer::raw("HTTP/1.1 200 OK\r\n\r\nwhole"),
        );
        assert_eq!(get().unwrap().text().unwrap(), "whole");
        // Always, because the client may retry a request on a reused connection.
        swr.on(Op::ListApiVersions, Answer::reset().always());
        assert!(get().unwrap_err().is_request());
    }
}

#[test]
fn reqwest_rejects_a_server_that_it_does_not_trust() {
    for kind in KINDS {
        let swr = server();
        let stranger = kind(Client::builder()).build().unwrap();
        assert!(
            stranger
                .get(swr.endpoint())
                .send()
                .unwrap_err()
                .is_connect()
        );
        swr.verify(Op::ListApiVersions).never();
    }
}

#[tokio::test]
async fn async_clients_use_the_same_server() {
    let swr = server();
    let authority = Certificate::from_pem(swr.ca_certificate().as_bytes()).unwrap();
    let client = reqwest::Client::builder()
        .use_rustls_tls()
        .add_root_certificate(authority);
    let response = client
        .build()
        .unwrap()
        .get(swr.endpoint())
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 200);
}
