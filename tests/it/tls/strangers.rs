//! Clients that speak something else than HTTP/1.1 over TLS, or that reject the certificate.

use std::io::{Read, Write};
use std::time::Duration;

use mock_swr::{Level, MockSwr, Op, ProblemKind};

use super::builder;
use super::client::{Trust, authority, send};
use crate::gateway::exchange;
use crate::support::panic_of;

const GET: &[u8] = b"GET /v2/manage/namespaces?token=abc HTTP/1.1\r\nHost: x\r\n\r\n";

/// Returns the line of a report about connections without a request. The server counts such a connection after it has
/// closed it, so the report may need several attempts.
fn reported(swr: &MockSwr) -> String {
    let moment = Duration::from_millis(1);
    let report = || panic_of(|| swr.wait_for(Op::ListNamespaces).within(moment).block());
    let find = |report: String| {
        let mut lines = report.lines();
        let line = lines.find(|line| line.starts_with("  1 connection "));
        line.map(|line| line.trim_start().to_owned())
    };
    let mut found = std::iter::repeat_with(report).filter_map(find);
    found.next().unwrap()
}

#[test]
fn a_plain_request_to_a_server_with_tls_is_refused_and_is_a_problem() {
    let swr = builder().level(ProblemKind::Unmatched, Level::Warn).start();
    for address in [authority(swr.endpoint()), swr.registry()] {
        let response = exchange(address, GET);
        assert!(
            response.starts_with("HTTP/1.1 400 Bad Request"),
            "{response}"
        );
        let hint =
            "the request was sent with http, but the server serves https: use a URL with https";
        assert!(
            response.contains(&format!("x-mock-hint: {hint}\r\n")),
            "{response}"
        );
        assert!(
            response.ends_with(&format!("\r\n\r\n{hint}\n")),
            "{response}"
        );
    }
    let problems = swr.problems();
    assert_eq!(problems.len(), 2);
    assert_eq!(problems[0].kind, ProblemKind::Unmatched);
    assert_eq!(
        problems[0].message,
        "GET /v2/manage/namespaces?token=(secret): the request was sent with http, but the server serves https: use a \
         URL with https"
    );
    assert!(swr.calls(mock_swr::Calls::any()).is_empty());
    let report = panic_of(|| swr.verify(Op::ListNamespaces).once());
    let line =
        "2 connections sent http without TLS, but the server serves https: use a URL with https";
    assert!(report.contains(line), "{report}");
}

#[test]
fn a_plain_request_to_a_server_with_tls_fails_the_test() {
    let swr = builder().start();
    exchange(swr.registry(), GET);
    let report = panic_of(move || drop(swr));
    assert!(
        report.contains("Unmatched: GET /v2/manage/namespaces"),
        "{report}"
    );
}

#[test]
fn a_tls_client_of_a_plain_server_is_reported() {
    let swr = MockSwr::start();
    let address = swr.registry();
    assert!(Trust::nobody().connect(address, "127.0.0.1").is_err());
    assert_eq!(
        reported(&swr),
        "1 connection started a TLS handshake, but the server serves http: use a URL with http, or start the server \
         with `MockSwr::builder().tls()` (feature `tls`)"
    );
    swr.check();
}

#[test]
fn a_client_that_does_not_trust_the_authority_is_reported() {
    let swr = builder().start();
    let error = Trust::nobody()
        .connect(swr.registry(), "127.0.0.1")
        .unwrap_err();
    assert!(error.to_string().contains("UnknownIssuer"), "{error}");
    assert_eq!(
        reported(&swr),
        "1 connection rejected the server's certificate (alert UnknownCA): let the client trust \
         `swr.ca_certificate()`, and call the server by loopback or by a name of the cloud in its region"
    );
    swr.check();
}

#[test]
fn a_client_that_calls_another_name_is_reported() {
    let swr = builder().start();
    assert!(Trust::of(&swr).connect(swr.registry(), "swr.test").is_err());
    let line = reported(&swr);
    let begins = "1 connection rejected the server's certificate (alert BadCertificate): ";
    assert!(line.starts_with(begins), "{line}");
}

#[test]
fn a_client_that_closes_during_the_handshake_is_reported() {
    let swr = builder().start();
    exchange(swr.registry(), b"\x16\x03\x01\x02\0\x01");
    assert_eq!(
        reported(&swr),
        "1 connection closed during the TLS handshake: does the client trust `swr.ca_certificate()`?"
    );
}

#[test]
fn a_handshake_that_fails_is_reported_with_its_reason() {
    let swr = builder().start();
    exchange(swr.registry(), b"\x16\x03\x01\0\x05hello");
    let line = reported(&swr);
    let begins = "1 connection failed in the TLS handshake: ";
    assert!(line.starts_with(begins), "{line}");
}

#[test]
fn http_1_is_the_only_protocol() {
    let swr = builder().start();
    let address = swr.registry();
    for protocols in [&["h2", "http/1.1"][..], &["http/1.1"]] {
        let trust = Trust::of(&swr).offering(protocols);
        let stream = trust.connect(address, "localhost").unwrap();
        assert_eq!(stream.conn.alpn_protocol(), Some(&b"http/1.1"[..]));
    }
    let only = Trust::of(&swr).offering(&["h2"]);
    assert!(only.connect(address, "localhost").is_err());
    assert_eq!(reported(&swr), HTTP_2);
}

const HTTP_2: &str =
    "1 connection sent HTTP/2, but the server serves only HTTP/1.1: let the client use HTTP/1.1";

#[test]
fn http_2_with_prior_knowledge_is_reported() {
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    let plain = MockSwr::start();
    exchange(plain.registry(), preface);
    assert_eq!(reported(&plain), HTTP_2);

    let swr = builder().start();
    let mut stream = Trust::of(&swr)
        .connect(swr.registry(), "localhost")
        .unwrap();
    stream.write_all(preface).unwrap();
    let _ = stream.read_to_end(&mut Vec::new());
    assert_eq!(reported(&swr), HTTP_2);
}

#[test]
fn data_that_is_not_http_is_reported() {
    let swr = builder().start();
    exchange(swr.registry(), b"\0\0\0\0");
    assert_eq!(reported(&swr), "1 connection sent data that is not HTTP");
    assert!(send(&swr, "GET /").text.starts_with("HTTP/1.1 200"));
}
