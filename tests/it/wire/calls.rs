//! Calls of each kind, as raw bytes on a socket.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;

use mock_swr::{Auth, MockSwr, Op};
use serde_json::{Value, json};

use crate::registry::client::{DOCKER_MANIFEST, Registry, sha256};

/// Starts a server without authentication, with a frozen clock, whose responses have the same bytes in every run.
pub(super) fn server() -> MockSwr {
    let swr = MockSwr::builder()
        .auth(Auth::Off)
        .frozen_at("2026-01-31T08:00:00Z")
        .start();
    swr.seed_repo("group/web").image("v1");
    swr
}

/// A request, its host, and whether the service has acted on it.
pub(super) struct Call {
    pub(super) op: Op,
    host: String,
    head: String,
    pub(super) body: Vec<u8>,
    /// `None` for a call that only reads.
    acted: Option<fn(&MockSwr) -> bool>,
}

/// A write and a read of the management API, a call of IAM, and three calls of the registry.
pub(super) const KINDS: [fn(&MockSwr) -> Call; 6] = [
    create_repo,
    list_repos,
    create_token,
    get_blob,
    put_manifest,
    upload_chunk,
];

/// The calls with a body that the service stores.
pub(super) const WRITING: [fn(&MockSwr) -> Call; 3] = [create_repo, put_manifest, upload_chunk];

fn api(swr: &MockSwr, op: Op, head: &str, body: &Value) -> Call {
    let body = match body {
        Value::Null => Vec::new(),
        body => body.to_string().into_bytes(),
    };
    Call {
        op,
        host: swr.endpoint().strip_prefix("http://").unwrap().to_owned(),
        head: head.to_owned(),
        body,
        acted: None,
    }
}

fn registry(swr: &MockSwr, op: Op, head: String, body: Vec<u8>) -> Call {
    Call {
        op,
        host: swr.registry().to_owned(),
        head,
        body,
        acted: None,
    }
}

pub(super) fn create_repo(swr: &MockSwr) -> Call {
    let body = json!({"repository": "new", "is_public": false});
    let head = "POST /v2/manage/namespaces/group/repos HTTP/1.1";
    Call {
        acted: Some(|swr| swr.repo("group/new").exists()),
        ..api(swr, Op::CreateRepo, head, &body)
    }
}

pub(super) fn list_repos(swr: &MockSwr) -> Call {
    let head = "GET /v2/manage/repos HTTP/1.1";
    api(swr, Op::ListReposDetails, head, &Value::Null)
}

fn create_token(swr: &MockSwr) -> Call {
    let admin = swr.credentials();
    let user = json!({
        "name": admin.user, "password": admin.password, "domain": {"name": admin.account},
    });
    let identity = json!({"methods": ["password"], "password": {"user": user}});
    let body = json!({"auth": {"identity": identity}});
    api(swr, Op::CreateToken, "POST /v3/auth/tokens HTTP/1.1", &body)
}

pub(super) fn get_blob(swr: &MockSwr) -> Call {
    let manifest: Value = serde_json::from_slice(&swr.repo("group/web").content("v1")).unwrap();
    let digest = manifest["config"]["digest"].as_str().unwrap();
    let head = format!("GET /v2/group/web/blobs/{digest} HTTP/1.1");
    registry(swr, Op::GetBlob, head, Vec::new())
}

fn put_manifest(swr: &MockSwr) -> Call {
    let head =
        format!("PUT /v2/group/web/manifests/v2 HTTP/1.1\r\nContent-Type: {DOCKER_MANIFEST}");
    let manifest = swr.repo("group/web").content("v1").to_vec();
    Call {
        acted: Some(|swr| swr.repo("group/web").tags().contains(&"v2".to_owned())),
        ..registry(swr, Op::PutManifest, head, manifest)
    }
}

pub(super) fn upload_chunk(swr: &MockSwr) -> Call {
    let upload = Registry::anonymous(swr).begin("group/web");
    Call {
        acted: Some(|swr| swr.repo("group/web").uploads() != [0]),
        ..registry(
            swr,
            Op::UploadChunk,
            format!("PATCH {upload} HTTP/1.1"),
            b"some content".to_vec(),
        )
    }
}

/// Pushes a blob and returns the call that reads it.
pub(super) fn get_pushed(swr: &MockSwr, content: Vec<u8>) -> Call {
    let digest = sha256(&content);
    let path = format!("/v2/group/web/blobs/uploads/?digest={digest}");
    let pushed = Registry::anonymous(swr).send("POST", &path, &[], content);
    assert_eq!(pushed.status, 201, "{pushed:?}");
    let head = format!("GET /v2/group/web/blobs/{digest} HTTP/1.1");
    registry(swr, Op::GetBlob, head, Vec::new())
}

/// The bytes received on a connection, and how it ended.
#[derive(PartialEq, Eq)]
pub(super) struct Received {
    pub(super) bytes: Vec<u8>,
    pub(super) end: End,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum End {
    Closed,
    Reset,
}

impl Call {
    /// Asserts that the service has acted, or has not.
    #[track_caller]
    pub(super) fn assert_acted(&self, swr: &MockSwr, expected: bool) {
        if let Some(acted) = self.acted {
            assert_eq!(acted(swr), expected, "{}", self.op);
        }
    }

    /// Returns the head as it is sent.
    pub(super) fn head(&self) -> String {
        let (head, length) = (&self.head, self.body.len());
        format!("{head}\r\nHost: x\r\nContent-Length: {length}\r\n\r\n")
    }

    /// Returns method, URL and headers.
    pub(super) fn parts(&self) -> (&str, String, Vec<(&str, &str)>) {
        let mut lines = self.head.lines();
        let (method, rest) = lines.next().unwrap().split_once(' ').unwrap();
        let path = rest.strip_suffix(" HTTP/1.1").unwrap();
        let headers = lines.map(|line| line.split_once(": ").unwrap());
        (
            method,
            format!("http://{}{path}", self.host),
            headers.collect(),
        )
    }

    pub(super) fn connect(&self) -> TcpStream {
        TcpStream::connect(&self.host).unwrap()
    }

    /// Sends it on a new connection and returns the connection.
    pub(super) fn send(&self) -> TcpStream {
        let mut stream = self.connect();
        stream.write_all(self.head().as_bytes()).unwrap();
        stream.write_all(&self.body).unwrap();
        stream
    }

    /// Sends it and reads until the server closes or resets the connection.
    pub(super) fn send_and_receive(&self) -> Received {
        receive(&mut self.send())
    }

    /// Sends it and returns the head and the body of a complete response.
    pub(super) fn response(&self) -> (Vec<u8>, Vec<u8>) {
        let mut stream = self.send();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            head.push(byte[0]);
        }
        let text = String::from_utf8_lossy(&head).to_ascii_lowercase();
        let length = text
            .lines()
            .find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
        let mut body = vec![0; length.unwrap_or(0)];
        stream.read_exact(&mut body).unwrap();
        (without_ids(head), body)
    }
}

/// Replaces the values that differ in every response with zeros: the request id and the issued token.
fn without_ids(mut head: Vec<u8>) -> Vec<u8> {
    for name in [&b"x-request-id: "[..], b"x-subject-token: "] {
        let found = head.windows(name.len()).position(|text| text == name);
        let start = found.map_or(head.len(), |found| found + name.len());
        let value = head[start..].iter_mut();
        value
            .take_while(|byte| **byte != b'\r')
            .for_each(|byte| *byte = b'0');
    }
    head
}

/// Reads until the server closes or resets the connection.
pub(super) fn receive(stream: &mut TcpStream) -> Received {
    let mut bytes = Vec::new();
    let end = match stream.read_to_end(&mut bytes) {
        Ok(_) => End::Closed,
        Err(error) if error.kind() == ErrorKind::ConnectionReset => End::Reset,
        Err(error) => panic!("{error}"),
    };
    Received {
        bytes: without_ids(bytes),
        end,
    }
}

impl std::fmt::Debug for Received {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let start = &self.bytes[..self.bytes.len().min(4000)];
        let (text, size) = (String::from_utf8_lossy(start), self.bytes.len());
        write!(f, "{size} bytes, {:?}: {text}", self.end)
    }
}
