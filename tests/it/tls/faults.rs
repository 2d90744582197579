//! Planned faults below TLS, and stopping a server.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use mock_swr::{Answer, Op};

use super::builder;
use super::client::{End, Received, Trust, authority, connect, receive, send, send_on};
use crate::gateway::exchange;

const VERSIONS: &str = "GET /";

#[test]
fn a_response_ends_with_close_notify() {
    let swr = builder().start();
    let received = send(&swr, VERSIONS);
    assert!(received.text.starts_with("HTTP/1.1 200 OK"), "{received:?}");
    assert_eq!(received.end, End::Complete);
    swr.verify(Op::ListApiVersions).once();
}

#[test]
fn a_planned_close_sends_close_notify_and_a_reset_does_not() {
    for (answer, end) in [
        (Answer::close(), End::Complete),
        (Answer::reset(), End::Reset),
        (Answer::real().lost(), End::Reset),
    ] {
        let swr = builder().start();
        swr.on(Op::ListApiVersions, answer);
        let nothing = Received {
            text: String::new(),
            end,
        };
        assert_eq!(send(&swr, VERSIONS), nothing);
    }
}

#[test]
fn a_cut_response_has_no_close_notify() {
    let swr = builder().frozen_at("2026-01-31T08:00:00Z").start();
    let whole = send(&swr, VERSIONS).text;
    let (head, body) = whole.split_once("\r\n\r\n").unwrap();
    let length = body.len() as u64;
    for bytes in [0, 1, length / 2, length] {
        for (answer, end) in [
            (Answer::real().close_after(bytes), End::Cut),
            (Answer::real().reset_after(bytes), End::Reset),
        ] {
            swr.on(Op::ListApiVersions, answer);
            let received = send(&swr, VERSIONS);
            assert_eq!(received.end, end, "{bytes}");
            let (received_head, received_body) = received.text.split_once("\r\n\r\n").unwrap();
            assert_eq!(received_head.len(), head.len(), "{bytes}");
            assert_eq!(received_body, &body[..bytes as usize]);
        }
    }
}

#[test]
fn raw_bytes_are_sent_inside_the_session() {
    let swr = builder().start();
    for (answer, end) in [
        (Answer::raw("HTTP/1.1 2"), End::Complete),
        (Answer::raw("HTTP/1.1 200 OK").close_after(10), End::Cut),
        (Answer::raw("HTTP/1.1 200 OK").reset_after(10), End::Reset),
    ] {
        swr.on(Op::ListApiVersions, answer);
        let received = send(&swr, VERSIONS);
        let text = "HTTP/1.1 2".to_owned();
        assert_eq!(received, Received { text, end });
    }
}

#[test]
fn corrupt_and_dribble_change_the_body_and_not_the_session() {
    let swr = builder().start();
    let body = |received: Received| {
        assert_eq!(received.end, End::Complete);
        received.text.split_once("\r\n\r\n").unwrap().1.to_owned()
    };
    let intact = body(send(&swr, VERSIONS));
    let corrupt = Answer::real().corrupt();
    swr.on(
        Op::ListApiVersions,
        corrupt.dribble(100, Duration::from_millis(1)),
    );
    let changed = body(send(&swr, VERSIONS));
    let differences = intact.bytes().zip(changed.bytes());
    assert_eq!(differences.filter(|(old, new)| old != new).count(), 1);
    assert_eq!(changed.len(), intact.len());
}

#[test]
fn a_long_response_arrives_before_its_reset() {
    let swr = builder().start();
    let long = "x".repeat(4_000_000);
    swr.on(
        Op::ListApiVersions,
        Answer::json(200, long.clone().into()).reset_after(u64::MAX),
    );
    let received = send(&swr, VERSIONS);
    let (_, body) = received.text.split_once("\r\n\r\n").unwrap();
    assert_eq!(body.len(), long.len() + 2);
    assert_eq!(received.end, End::Reset);
}

#[test]
fn a_reset_while_the_request_is_read_is_a_reset() {
    let swr = builder().start();
    swr.on(Op::CreateRepo, Answer::reset_after_reading(10));
    let mut stream = connect(&swr);
    let head = "POST /v2/manage/namespaces/group/repos HTTP/1.1\r\nHost: x\r\nContent-Length: 100";
    write!(stream, "{head}\r\n\r\n{}", "x".repeat(10)).unwrap();
    assert_eq!(receive(&mut stream).end, End::Reset);
    assert_eq!(swr.verify(Op::CreateRepo).once().body().len(), 10);
}

#[test]
fn stopping_the_server_ends_sessions_without_close_notify() {
    let swr = builder().start();
    swr.on(Op::ListApiVersions, Answer::real().stall_after(5));
    let (mut idle, mut stalled) = (connect(&swr), connect(&swr));
    send_on(&mut stalled, VERSIONS);
    let mut byte = [0];
    stalled.read_exact(&mut byte).unwrap();

    drop(swr);

    assert_eq!(receive(&mut idle).end, End::Cut);
    let received = receive(&mut stalled);
    assert!(received.text.ends_with("\r\n\r\n{\"ver"), "{received:?}");
    assert_eq!(received.end, End::Cut);
}

#[test]
fn stopping_the_server_ends_handshakes() {
    let swr = builder().start();
    let address = authority(swr.endpoint()).to_owned();
    let mut silent = TcpStream::connect(&address).unwrap();
    let mut stalled = TcpStream::connect(&address).unwrap();
    // The head of a record of 512 bytes, and the first of them.
    stalled.write_all(b"\x16\x03\x01\x02\0\x01").unwrap();
    // Connections are accepted in order, so the two are open when this one is served.
    send(&swr, VERSIONS);

    drop(swr);

    for stream in [&mut silent, &mut stalled] {
        match stream.read(&mut [0]) {
            Ok(0) => {}
            // The kernel resets a connection with unread data.
            Err(error) if error.kind() == ErrorKind::ConnectionReset => {}
            other => panic!("{other:?}"),
        }
    }
    assert!(TcpStream::connect(&address).is_err());
}

#[test]
fn a_stalled_handshake_delays_no_other_connection() {
    let swr = builder().start();
    let address = authority(swr.endpoint());
    let stalled: Vec<TcpStream> = (0..50)
        .map(|_| {
            let mut stream = TcpStream::connect(address).unwrap();
            stream.write_all(b"\x16\x03\x01\x02\0\x01").unwrap();
            stream
        })
        .collect();
    assert!(send(&swr, VERSIONS).text.starts_with("HTTP/1.1 200 OK"));
    drop(stalled);
}

#[test]
fn a_handshake_that_the_client_leaves_does_not_stop_the_server() {
    let swr = builder().start();
    let address = authority(swr.endpoint());
    for bytes in [&b""[..], b"\x16", b"\x16\x03\x01\x02\0\x01", &[0x16; 600]] {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(bytes).unwrap();
        drop(stream);
    }
    exchange(address, b"\x16\x03\x01\0\x05hello");
    let mut stream = Trust::of(&swr).connect(address, "localhost").unwrap();
    send_on(&mut stream, VERSIONS);
    assert_eq!(receive(&mut stream).end, End::Complete);
}
