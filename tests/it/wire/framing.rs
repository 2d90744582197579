//! Planned headers that determine the end of a response.

use std::io::{Read, Write};

use bytes::Bytes;
use mock_swr::{Answer, MockSwr, Op};
use reqwest::blocking::Client;

use super::calls::{End, KINDS, list_repos, server};
use crate::support::HTTP;

/// Returns an answer with only these headers and `Date`, without the headers that the service adds.
fn bare(status: u16, headers: &[(&str, &str)], body: &'static str) -> Answer {
    let mut response = http::Response::builder().status(status);
    for (name, value) in [("date", "today")].iter().chain(headers) {
        response = response.header(*name, *value);
    }
    response.body(body).unwrap().into()
}

/// Returns the response that a client receives, and how the connection ends.
fn received_for(answer: Answer) -> (String, End) {
    let swr = server();
    let call = list_repos(&swr);
    swr.on(call.op, answer);
    let seen = call.send_and_receive();
    let status = swr.verify(call.op).once().status();
    let text = String::from_utf8(seen.bytes).unwrap();
    let sent = text.get(9..12).and_then(|digits| digits.parse().ok());
    assert_eq!(status, sent, "the journal has the status that was sent");
    (text, seen.end)
}

#[test]
fn a_planned_content_length_is_sent_as_written() {
    for kind in KINDS {
        for length in ["1", "999999", "x", ""] {
            let swr = server();
            let call = kind(&swr);
            swr.on(call.op, Answer::real().header("Content-Length", length));
            let seen = call.send_and_receive();
            let text = String::from_utf8_lossy(&seen.bytes);
            assert!(
                text.contains(&format!("\r\ncontent-length: {length}\r\n")),
                "{text}"
            );
            assert_eq!(text.matches("content-length").count(), 1, "{text}");
            assert_eq!(seen.end, End::Closed);
            call.assert_acted(&swr, true);
            assert!(swr.verify(call.op).once().status().is_some());
        }
    }
}

#[test]
fn responses_that_http_does_not_allow_are_sent_as_written_and_close_the_connection() {
    for (answer, expected) in [
        (
            bare(200, &[("content-length", "9")], "short"),
            "HTTP/1.1 200 OK\r\ndate: today\r\ncontent-length: 9\r\n\r\nshort",
        ),
        (
            bare(
                200,
                &[("content-length", "5"), ("content-length", "9")],
                "short",
            ),
            "HTTP/1.1 200 OK\r\ndate: today\r\ncontent-length: 5\r\ncontent-length: 9\r\n\r\nshort",
        ),
        (
            bare(
                200,
                &[("transfer-encoding", "chunked")],
                "5\r\nshort\r\n0\r\n\r\n",
            ),
            "HTTP/1.1 200 OK\r\ndate: today\r\ntransfer-encoding: chunked\r\n\r\n5\r\nshort\r\n0\r\n\r\n",
        ),
        (
            bare(
                200,
                &[("transfer-encoding", "gzip"), ("content-length", "5")],
                "short",
            ),
            "HTTP/1.1 200 OK\r\ndate: today\r\ntransfer-encoding: gzip\r\ncontent-length: 5\r\n\r\nshort",
        ),
        (
            bare(200, &[("connection", "keep-alive")], "short"),
            "HTTP/1.1 200 OK\r\ndate: today\r\nconnection: keep-alive\r\ncontent-length: 5\r\n\r\nshort",
        ),
        (
            bare(200, &[("trailer", "x-sum")], "short"),
            "HTTP/1.1 200 OK\r\ndate: today\r\ntrailer: x-sum\r\ncontent-length: 5\r\n\r\nshort",
        ),
        (
            bare(204, &[], "short"),
            "HTTP/1.1 204 No Content\r\ndate: today\r\ncontent-length: 5\r\n\r\nshort",
        ),
        (
            bare(204, &[("content-length", "0")], ""),
            "HTTP/1.1 204 No Content\r\ndate: today\r\ncontent-length: 0\r\n\r\n",
        ),
        (
            bare(304, &[], "short"),
            "HTTP/1.1 304 Not Modified\r\ndate: today\r\ncontent-length: 5\r\n\r\nshort",
        ),
        (
            bare(103, &[("link", "</style.css>")], ""),
            "HTTP/1.1 103 Early Hints\r\ndate: today\r\nlink: </style.css>\r\n\r\n",
        ),
    ] {
        let text = answer.to_string();
        assert_eq!(
            received_for(answer),
            (expected.to_owned(), End::Closed),
            "{text}"
        );
    }
}

#[test]
fn the_response_of_a_closure_is_sent_as_written() {
    let longer = Answer::status(200).map(|response| {
        response.headers_mut().insert("content-length", 7.into());
        *response.body_mut() = Bytes::from_static(b"longer than that");
    });
    let (text, end) = received_for(longer);
    assert!(text.contains("\r\ncontent-length: 7\r\n"), "{text}");
    assert!(text.ends_with("\r\n\r\nlonger than that"), "{text}");
    assert_eq!(end, End::Closed);

    let old = Answer::status(200).map(|response| *response.version_mut() = http::Version::HTTP_10);
    assert!(received_for(old).0.starts_with("HTTP/1.0 200 OK\r\n"));

    let swr = server();
    let shorter = Answer::real().map(|response| *response.body_mut() = Bytes::from_static(b"[]"));
    swr.on(Op::ListApiVersions, shorter);
    let response = HTTP.get(swr.endpoint()).send().unwrap();
    assert_eq!(response.headers()["content-length"], "2");
    assert_eq!(response.text().unwrap(), "[]");
}

#[test]
fn a_fault_counts_the_bytes_of_a_body_with_a_wrong_length() {
    let (text, end) = received_for(
        Answer::json(200, "body".into())
            .header("Content-Length", "99")
            .close_after(3),
    );
    assert!(text.ends_with("\r\n\r\n\"bo"), "{text}");
    assert_eq!(end, End::Closed);
}

#[test]
fn headers_that_fit_the_body_leave_the_connection_open() {
    let swr = server();
    let call = list_repos(&swr);
    let answers = [
        bare(200, &[("content-length", "5")], "whole"),
        Answer::json(200, "text".into()).header("Content-Length", "6"),
        bare(304, &[("content-length", "5")], ""),
    ];
    swr.on(call.op, answers);
    let mut stream = call.connect();
    for expected in ["whole", "\"text\"", "\r\n\r\n"] {
        stream.write_all(call.head().as_bytes()).unwrap();
        let mut text = String::new();
        while !text.ends_with(expected) || !text.contains("\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            text.push(char::from(byte[0]));
        }
    }
    swr.verify(call.op).times(3);
}

#[test]
fn a_response_to_head_has_the_planned_length_without_a_body() {
    // Planned framing headers close the connection, so the client must not reuse one.
    let client = Client::builder().pool_max_idle_per_host(0);
    let client = client.timeout(None).build().unwrap();
    let head = |swr: &MockSwr| {
        let tag = client.head(format!(
            "http://{}/v2/group/web/manifests/v1",
            swr.registry()
        ));
        let response = tag.send().unwrap();
        let length = response.headers()["content-length"].to_str().unwrap();
        (response.status().as_u16(), length.to_owned())
    };
    let swr = server();
    let (_, length) = head(&swr);
    swr.on(
        Op::HeadManifest,
        [
            Answer::real().header("Content-Length", "7"),
            bare(200, &[("content-length", "8")], ""),
            bare(200, &[("content-length", "8")], "a body that is not sent"),
            bare(200, &[], "short"),
        ],
    );
    for lie in ["7", "8", "8", "5"] {
        assert_eq!(head(&swr), (200, lie.to_owned()));
    }
    assert_eq!(head(&swr), (200, length));
}
