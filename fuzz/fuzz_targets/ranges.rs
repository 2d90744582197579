//! `Range` of a download, and `Content-Range` and `Content-Length` of an upload. The first byte selects which one.

#![no_main]

use libfuzzer_sys::fuzz_target;
use mock_swr_fuzz::{Request, Response, Server, Settings, header_lines, with_server};

fuzz_target!(|input: &[u8]| {
    let Some((selector, rest)) = input.split_first() else {
        return;
    };
    let (value, content) = match rest.iter().position(|byte| *byte == 0) {
        Some(end) => (&rest[..end], &rest[end + 1..]),
        None => (rest, &[][..]),
    };
    let value = String::from_utf8_lossy(value);
    let line = |name: &str| header_lines(&format!("{name}: {value}"));
    with_server(Settings::Oci, |server| match selector % 3 {
        0 => download(server, "group/web", &line("Range")),
        1 => download(server, "group/api/v1", &line("Range")),
        _ => upload(server, &line("Content-Range"), content),
    });
});

/// Downloads a part of each blob of a repository. It has as many bytes as its `Content-Range` says.
fn download(server: &mut Server, repo: &str, lines: &str) {
    for digest in server.blobs(repo) {
        let target = format!("/v2/{repo}/blobs/{digest}");
        let response = server.send_registry(&Request::get(&target).with(lines));
        let head = server.send_registry(&Request::new("HEAD", &target).with(lines));
        assert_eq!(head.status, response.status);
        let whole = server.send_registry(&Request::get(&target)).body;
        match response.status {
            200 => assert_eq!(response.body, whole),
            206 => assert_eq!(response.body, part(&response, &whole), "{response:?}"),
            status => assert!(matches!(status, 304 | 400 | 416), "{response:?}"),
        }
    }
}

/// The part of the content that `Content-Range` names.
fn part<'a>(response: &Response, whole: &'a [u8]) -> &'a [u8] {
    let range = response
        .header("content-range")
        .unwrap()
        .strip_prefix("bytes ")
        .unwrap();
    let (ends, total) = range.split_once('/').unwrap();
    assert_eq!(total, whole.len().to_string());
    let (first, last) = ends.split_once('-').unwrap();
    &whole[first.parse().unwrap()..=last.parse().unwrap()]
}

/// Sends two chunks, the second one with a fuzzed `Content-Range`. The upload has the bytes that were accepted.
fn upload(server: &mut Server, lines: &str, content: &[u8]) {
    let started = server.send_registry(&Request::new("POST", "/v2/group/web/blobs/uploads/"));
    let location = started.header("location").unwrap().to_owned();
    let first = server.send_registry(&Request::new("PATCH", &location).body(b"first"));
    assert_eq!(first.status, 202);
    let second = server.send_registry(&Request::new("PATCH", &location).with(lines).body(content));
    let accepted = if second.status == 202 {
        content.len()
    } else {
        0
    };
    let shown = server.send_registry(&Request::get(&location));
    assert_eq!(shown.status, 204);
    let expected = format!("0-{}", "first".len() + accepted - 1);
    assert_eq!(shown.header("range"), Some(&*expected), "{second:?}");
}
