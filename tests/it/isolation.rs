//! Clients and closures of one server do not affect another server.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, Barrier};

use mock_swr::{Answer, Auth, MockSwr, Op, Profile};

/// More than the number of threads that all servers share.
const MANY: usize = 100;

fn open_registry() -> MockSwr {
    MockSwr::builder()
        .auth(Auth::Off)
        .profile(Profile::Oci)
        .start()
}

/// Starts the upload of a blob and sends a part of it, large enough that another thread hashes it.
fn stalled_upload(swr: &MockSwr) -> TcpStream {
    let mut stream = TcpStream::connect(swr.registry()).unwrap();
    write!(
        stream,
        "POST /v2/group/web/blobs/uploads/?digest=sha256:{} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n",
        "0".repeat(64)
    )
    .unwrap();
    stream.write_all(&[b'x'; 200_000]).unwrap();
    stream
}

/// Uploads 1 MiB in one request.
fn upload(swr: &MockSwr) -> u16 {
    use sha2::{Digest, Sha256};
    let content = vec![b'y'; 1 << 20];
    let digest = format!("sha256:{:x}", Sha256::digest(&content));
    let url = format!(
        "http://{}/v2/group/web/blobs/uploads/?digest={digest}",
        swr.registry()
    );
    let post = crate::support::HTTP.post(url).body(content);
    post.send().unwrap().status().as_u16()
}

#[test]
fn stalled_uploads_do_not_block_other_servers() {
    let (slow, other) = (open_registry(), open_registry());
    let stalled: Vec<TcpStream> = (0..MANY).map(|_| stalled_upload(&slow)).collect();
    slow.wait_for(Op::StartUpload).times(MANY).block();
    assert_eq!(upload(&other), 201);
    assert_eq!(upload(&slow), 201);
    other.on(Op::ListApiVersions, Answer::with(|_, _| 503));
    assert_eq!(versions(&other), 503);
    drop(stalled);
}

fn versions(swr: &MockSwr) -> u16 {
    let get = crate::support::HTTP.get(swr.endpoint());
    get.send().unwrap().status().as_u16()
}

/// The number of closures that one server runs at a time.
const CLOSURES: usize = 64;

#[test]
fn blocking_closures_do_not_block_other_servers() {
    let (blocked, other) = (open_registry(), open_registry());
    let go_on = Arc::new(Barrier::new(CLOSURES + 1));
    let waits = Arc::clone(&go_on);
    let outage = blocked.on(
        Op::ListApiVersions,
        Answer::with(move |_, _| {
            waits.wait();
            503
        })
        .times(CLOSURES),
    );
    let mut clients: Vec<TcpStream> = (0..CLOSURES)
        .map(|_| {
            let host = blocked.endpoint().strip_prefix("http://").unwrap();
            let mut stream = TcpStream::connect(host).unwrap();
            stream
                .write_all(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                .unwrap();
            stream
        })
        .collect();
    blocked
        .wait_for(Op::ListApiVersions)
        .times(CLOSURES)
        .block();

    other.on(Op::ListApiVersions, Answer::with(|_, _| 503));
    assert_eq!(versions(&other), 503);
    assert_eq!(upload(&other), 201);
    assert_eq!(upload(&blocked), 201);

    // This ends only if all closures run at the same time.
    go_on.wait();
    for client in &mut clients {
        let mut response = String::new();
        client.read_to_string(&mut response).unwrap();
        assert!(response.starts_with("HTTP/1.1 503"), "{response}");
    }
    assert_eq!(outage.fired(), CLOSURES);
}
