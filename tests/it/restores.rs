//! Requests in progress, and ids that clients have, after a restore.

use std::io::{Read, Write};
use std::net::TcpStream;

use mock_swr::{Answer, Auth, MockSwr, Op, Profile, World, days};
use serde_json::json;

use crate::registry::client::{Registry, sha256};
use crate::support::{Client, HTTP};

/// Starts a server without authentication, with one repository.
pub(crate) fn server() -> MockSwr {
    let swr = MockSwr::builder()
        .auth(Auth::Off)
        .profile(Profile::Oci)
        .start();
    swr.seed_repo("group/web");
    swr
}

/// A chunk upload whose head the server has read.
pub(crate) struct Chunk(TcpStream);

impl Chunk {
    /// Sends the head, and returns when the server reads the body, which it announces with `100 Continue`.
    pub(crate) fn begin(swr: &MockSwr, method: &str, target: &str, length: usize) -> Chunk {
        Chunk::begin_at(swr.registry(), method, target, length)
    }

    /// Does the same at the registry with this address.
    pub(crate) fn begin_at(registry: &str, method: &str, target: &str, length: usize) -> Chunk {
        let mut stream = TcpStream::connect(registry).unwrap();
        let head = format!(
            "{method} {target} HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\
             Expect: 100-continue\r\nConnection: close\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).unwrap();
        let mut interim = [0; 25];
        stream.read_exact(&mut interim).unwrap();
        assert_eq!(&interim, b"HTTP/1.1 100 Continue\r\n\r\n");
        Chunk(stream)
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).unwrap();
    }

    /// Sends the rest and returns the status of the response.
    pub(crate) fn finish(mut self, rest: &[u8]) -> u16 {
        self.send(rest);
        let mut response = String::new();
        self.0.read_to_string(&mut response).unwrap();
        response[9..12].parse().unwrap()
    }
}

fn patch(client: &Registry, location: &str, content: &'static str) -> u16 {
    client.send("PATCH", location, &[], content).status
}

fn close(client: &Registry, location: &str, content: &str) -> u16 {
    let target = format!("{location}?digest={}", sha256(content));
    client.send("PUT", &target, &[], "").status
}

#[test]
fn the_number_of_an_upload_is_not_reused_after_a_restore() {
    let swr = server();
    let client = Registry::anonymous(&swr);
    let before = swr.world();
    let old = client.begin("group/web");
    assert_eq!(patch(&client, &old, "AAAA"), 202);
    let mut chunk = Chunk::begin(&swr, "PATCH", &old, 4);
    chunk.send(b"bb");

    swr.restore(&before);
    let new = client.begin("group/web");
    assert_ne!(new, old);
    assert_eq!(patch(&client, &new, "XXXX"), 202);

    assert_eq!(chunk.finish(b"bb"), 404);
    assert_eq!(close(&client, &new, "AAAAbbbb"), 400);
    assert_eq!(close(&client, &new, "XXXX"), 201);
    assert_eq!(swr.repo("group/web").content(&sha256("XXXX")), "XXXX");
}

#[test]
fn a_chunk_does_not_continue_content_that_a_restore_replaced() {
    for method in ["PATCH", "PUT"] {
        let swr = server();
        let client = Registry::anonymous(&swr);
        let upload = client.begin("group/web");
        let before = swr.world();
        assert_eq!(patch(&client, &upload, "AAAA"), 202);
        let target = match method {
            "PUT" => format!("{upload}?digest={}", sha256("AAAAbbbb")),
            _ => upload.clone(),
        };
        let mut chunk = Chunk::begin(&swr, method, &target, 4);
        chunk.send(b"bb");

        swr.restore(&before);
        assert_eq!(
            patch(&client, &upload, "XXXX"),
            202,
            "the new content has the length of the old"
        );

        assert_eq!(chunk.finish(b"bb"), 416, "{method}");
        assert_eq!(close(&client, &upload, "XXXX"), 201, "{method}");
    }
}

#[test]
fn a_chunk_continues_an_upload_that_a_restore_did_not_change() {
    let swr = server();
    let client = Registry::anonymous(&swr);
    let upload = client.begin("group/web");
    assert_eq!(patch(&client, &upload, "AAAA"), 202);
    let chunk = Chunk::begin(&swr, "PATCH", &upload, 4);
    swr.seed_repo("group/other");
    let before = swr.world();
    swr.seed_repo("group/another");

    swr.restore(&before);

    assert_eq!(chunk.finish(b"bbbb"), 202);
    assert_eq!(close(&client, &upload, "AAAAbbbb"), 201);
    let content = swr.repo("group/web").content(&sha256("AAAAbbbb"));
    assert_eq!(content, "AAAAbbbb");
}

#[test]
fn a_world_of_another_server_has_no_uploads() {
    let (swr, other) = (server(), server());
    let (client, stranger) = (Registry::anonymous(&swr), Registry::anonymous(&other));
    let upload = client.begin("group/web");
    assert_eq!(patch(&client, &upload, "AAAA"), 202);
    let chunk = Chunk::begin(&swr, "PATCH", &upload, 4);
    let same_number = stranger.begin("group/web");
    assert_eq!(same_number, upload);
    assert_eq!(patch(&stranger, &same_number, "XXXX"), 202);

    swr.restore(&other.world());

    assert_eq!(chunk.finish(b"bbbb"), 404);
    assert_eq!(client.get(&upload).status, 404);
    assert!(swr.repo("group/web").uploads().is_empty());
    assert_ne!(client.begin("group/web"), upload);
}

#[test]
fn a_server_that_starts_from_a_world_continues_its_uploads() {
    let swr = server();
    let upload = Registry::anonymous(&swr).begin("group/web");
    let builder = MockSwr::builder().auth(Auth::Off).profile(Profile::Oci);
    let fork = builder.world(swr.world()).start();
    let client = Registry::anonymous(&fork);
    assert_eq!(patch(&client, &upload, "AAAA"), 202);
    assert_eq!(close(&client, &upload, "AAAA"), 201);
    assert_ne!(client.begin("group/web"), upload);
}

#[test]
fn ids_issued_after_a_snapshot_are_not_issued_again() {
    let swr = MockSwr::start();
    let admin = Client::admin(&swr);
    let issue_ids = || {
        let login = admin.post("/v2/manage/utils/authorizationtoken", json!({}));
        let keys = swr.user("dev").temporary_credentials();
        let repo = swr.seed_repo("group/web").info().id;
        let request = login.header("x-request-id").to_owned();
        (login.text, keys.access_key, repo, request)
    };
    let before = swr.world();
    let (login, key, repo, request) = issue_ids();
    for world in [before, World::named("shop"), MockSwr::start().world()] {
        swr.restore(&world);
        let again = issue_ids();
        assert_ne!(again.0, login);
        assert_ne!(again.1, key);
        assert!(again.2 > repo, "{} after {repo}", again.2);
        assert_ne!(again.3, request);
    }
}

#[test]
fn a_held_signed_request_is_verified_with_the_keys_after_a_restore() {
    let swr = MockSwr::builder().auth(Auth::Verified).start();
    let keys = swr.credentials();
    let held = swr.on(Op::ListNamespaces, Answer::real().hold_request());
    let mut request = http::Request::get(format!("{}/v2/manage/namespaces", swr.endpoint()))
        .body("")
        .unwrap();
    keys.sign(&mut request);
    let sent = std::thread::spawn(move || {
        let request = reqwest::blocking::Request::try_from(request).unwrap();
        HTTP.execute(request).unwrap().status()
    });
    swr.wait_for(Op::ListNamespaces).block();
    let other = r#"{"users": {"admin": {"access_key": "OTHER", "secret_key": "KEYS"}}}"#;
    swr.restore(&other.parse::<World>().unwrap());
    held.release();
    assert_eq!(sent.join().unwrap(), 401);
}

#[test]
fn a_restored_file_brings_its_clock_as_its_world_does() {
    let swr = MockSwr::builder().frozen_at("2026-01-31T08:00:00Z").start();
    let start = swr.now();
    swr.seed_repo("group/web");
    swr.advance(days(3));
    let saved = swr.world();
    let file: World = saved.to_json().parse().unwrap();
    for world in [&saved, &file] {
        swr.set_time("2026-01-01T00:00:00Z");
        swr.restore(world);
        assert_eq!(swr.world().to_json(), saved.to_json());
    }
    let without_clock: World = r#"{"namespaces": {"group": {}}}"#.parse().unwrap();
    swr.restore(&without_clock);
    assert_eq!(swr.now(), start, "the clock of the builder");
}
