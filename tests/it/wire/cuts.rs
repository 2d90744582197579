//! Responses that are cut, slow or corrupt.

use std::io::{ErrorKind, Read, Write};
use std::time::{Duration, Instant};

use mock_swr::{Answer, Op};

use super::calls::{End, KINDS, Received, get_blob, get_pushed, list_repos, receive, server};

/// Returns the status in a head.
fn status(head: &[u8]) -> u16 {
    String::from_utf8_lossy(&head[9..12]).parse().unwrap()
}

#[test]
fn the_client_receives_nothing_after_a_close_a_reset_or_a_lost_response() {
    for kind in KINDS {
        for (answer, end, acted) in [
            (Answer::close(), End::Closed, false),
            (Answer::reset(), End::Reset, false),
            (Answer::real().lost(), End::Reset, true),
            (Answer::status(503).lost(), End::Reset, false),
        ] {
            let swr = server();
            let call = kind(&swr);
            swr.on(call.op, answer);
            let nothing = Received {
                bytes: Vec::new(),
                end,
            };
            assert_eq!(call.send_and_receive(), nothing, "{}", call.op);
            call.assert_acted(&swr, acted);
            let entry = swr.verify(call.op).once();
            assert_eq!((entry.status(), entry.planned()), (None, true));
        }
    }
}

#[test]
fn a_response_is_cut_after_its_head_and_part_of_its_body_and_the_service_acted() {
    for kind in KINDS {
        let swr = server();
        let call = kind(&swr);
        let before = swr.world();
        let (head, body) = call.response();
        let length = body.len() as u64;
        for bytes in [0, 1, length / 2, length, u64::MAX] {
            for (answer, end) in [
                (Answer::real().reset_after(bytes), End::Reset),
                (Answer::real().close_after(bytes), End::Closed),
            ] {
                swr.restore(&before);
                let later = swr.from_now();
                swr.on(call.op, answer);
                let part = &body[..bytes.min(length) as usize];
                let expected = Received {
                    bytes: [&head, part].concat(),
                    end,
                };
                assert_eq!(call.send_and_receive(), expected, "{} {bytes}", call.op);
                call.assert_acted(&swr, true);
                let entry = later.verify(call.op).once();
                assert_eq!(
                    (entry.status(), entry.planned()),
                    (Some(status(&head)), true)
                );
            }
        }
    }
}

#[test]
fn a_planned_refusal_can_be_cut_and_the_service_does_not_act() {
    for kind in KINDS {
        let swr = server();
        let call = kind(&swr);
        swr.on(call.op, Answer::status(503).close_after(2));
        let seen = call.send_and_receive();
        assert!(seen.bytes.starts_with(b"HTTP/1.1 503"));
        assert!(seen.bytes.ends_with(b"\r\n\r\n{\""), "{seen:?}");
        call.assert_acted(&swr, false);
    }
}

#[test]
fn a_response_without_a_body_is_cut_after_its_head() {
    let swr = server();
    let reset = || Answer::real().reset_after(0);
    for request in [
        "HEAD /v2/group/web/manifests/v1",
        "DELETE /v2/manage/namespaces/group/repos/web",
    ] {
        let is_api = request.contains("manage");
        let op = if is_api {
            Op::DeleteRepo
        } else {
            Op::HeadManifest
        };
        swr.on(op, reset());
        let host = if is_api {
            &swr.endpoint()[7..]
        } else {
            swr.registry()
        };
        let mut stream = std::net::TcpStream::connect(host).unwrap();
        write!(stream, "{request} HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
        let seen = receive(&mut stream);
        assert!(seen.bytes.starts_with(b"HTTP/1.1 20"), "{seen:?}");
        assert!(seen.bytes.ends_with(b"\r\n\r\n"), "{seen:?}");
        assert_eq!(seen.end, End::Reset);
    }
    assert!(!swr.repo("group/web").exists());
}

#[test]
fn a_stalled_response_sends_nothing_more_and_stopping_does_not_wait() {
    for kind in [list_repos, get_blob] {
        let swr = server();
        let call = kind(&swr);
        let (head, body) = call.response();
        swr.on(call.op, Answer::real().stall_after(5));
        let mut stream = call.send();
        let mut start = vec![0; head.len() + 5];
        stream.read_exact(&mut start).unwrap();
        // The head is not compared, because its request id differs.
        assert_eq!(start.last_chunk(), body.first_chunk::<5>());
        stream
            .set_read_timeout(Some(Duration::from_millis(20)))
            .unwrap();
        let error = stream.read(&mut [0]).unwrap_err();
        assert!(matches!(
            error.kind(),
            ErrorKind::WouldBlock | ErrorKind::TimedOut
        ));

        // Stopping the server must not wait for the stall.
        drop(swr);
        assert_eq!(
            receive(&mut stream),
            Received {
                bytes: Vec::new(),
                end: End::Closed
            }
        );
    }
}

#[test]
fn a_body_not_longer_than_the_stall_is_sent_and_the_connection_stays_open() {
    let swr = server();
    let call = list_repos(&swr);
    let (head, body) = call.response();
    swr.on(call.op, Answer::real().stall_after(body.len() as u64));
    let mut stream = call.connect();
    for _ in 0..2 {
        stream.write_all(call.head().as_bytes()).unwrap();
        let mut whole = vec![0; head.len() + body.len()];
        stream.read_exact(&mut whole).unwrap();
        assert!(whole.ends_with(&body));
    }
}

#[test]
fn a_corrupt_response_differs_in_one_bit_of_its_body_and_an_empty_one_does_not() {
    for kind in KINDS {
        let swr = server();
        let call = kind(&swr);
        let before = swr.world();
        let (head, mut body) = call.response();
        swr.restore(&before);
        swr.on(call.op, Answer::real().corrupt());
        if let Some(middle) = body.len().checked_div(2).filter(|_| !body.is_empty()) {
            body[middle] ^= 1;
        }
        assert_eq!(call.response(), (head, body), "{}", call.op);
        call.assert_acted(&swr, true);
    }
}

#[test]
fn a_dribble_is_the_whole_response_in_pieces() {
    for kind in KINDS {
        let swr = server();
        let call = kind(&swr);
        let before = swr.world();
        let (head, body) = call.response();
        swr.restore(&before);
        let size = (body.len() as u64 / 4).max(1);
        swr.on(
            call.op,
            Answer::real().dribble(size, Duration::from_millis(2)),
        );
        let begun = Instant::now();
        assert_eq!(call.response(), (head, body.clone()), "{}", call.op);
        let pauses = (body.len() as u64).div_ceil(size).saturating_sub(1) as u32;
        assert!(begun.elapsed() >= pauses * Duration::from_millis(2));
        call.assert_acted(&swr, true);
    }
}

#[test]
fn the_first_piece_of_a_dribble_comes_with_the_head() {
    let swr = server();
    let call = list_repos(&swr);
    let (head, body) = call.response();
    // The test does not read the second piece.
    let endless = Duration::from_secs(3600);
    swr.on(call.op, Answer::real().dribble(7, endless));
    let mut stream = call.send();
    let mut start = vec![0; head.len() + 7];
    stream.read_exact(&mut start).unwrap();
    assert_eq!(start.last_chunk(), body.first_chunk::<7>());
}

#[test]
fn a_response_is_changed_then_corrupted_then_cut_in_any_written_order() {
    let swr = server();
    let call = list_repos(&swr);
    let change = |answer: Answer| {
        answer.header("X-Extra", "1").map(|answer| {
            *answer.body_mut() = "0000000000".into();
        })
    };
    let answers = [
        change(Answer::real().corrupt().close_after(6)),
        change(Answer::real()).close_after(6).corrupt(),
        change(Answer::real().lost().close_after(6).corrupt()),
        Answer::with(move |_, _| change(Answer::real().corrupt()).reset_after(9)).close_after(6),
        change(Answer::with(|_, _| Answer::real().corrupt().close_after(6))),
        change(Answer::status(503).corrupt().close_after(6))
            .delay(Duration::from_millis(1))
            .dribble(4, Duration::from_millis(1)),
    ];
    for answer in answers {
        let text = format!("{answer:?}");
        let plan = swr.on(call.op, answer.hold());
        plan.release();
        let seen = call.send_and_receive();
        let seen_text = String::from_utf8_lossy(&seen.bytes);
        assert!(seen_text.contains("x-extra: 1\r\n"), "{text}: {seen_text}");
        assert!(
            seen_text.contains("content-length: 10\r\n"),
            "{text}: {seen_text}"
        );
        assert!(seen_text.ends_with("\r\n\r\n000001"), "{text}: {seen_text}");
        assert_eq!(seen.end, End::Closed, "{text}");
    }
}

#[test]
fn faults_alternate_with_other_answers() {
    let swr = server();
    let call = list_repos(&swr);
    let plan = swr.on(
        call.op,
        Answer::real()
            .reset_after(3)
            .times(2)
            .then(503)
            .then([Answer::real().corrupt(), Answer::close()]),
    );
    for _ in 0..2 {
        assert_eq!(call.send_and_receive().end, End::Reset);
    }
    assert_eq!(status(&call.response().0), 503);
    assert_eq!(status(&call.response().0), 200);
    assert_eq!(call.send_and_receive().end, End::Closed);
    assert_eq!(plan.fired(), 5);
    assert_eq!(status(&call.response().0), 200);
}

#[test]
fn a_large_blob_is_corrupted_and_cut_without_copying() {
    let swr = server();
    let size = 6_000_000;
    let content: Vec<u8> = (0..size).map(|number| (number / 251) as u8).collect();
    let call = get_pushed(&swr, content.clone());
    let body_of = |seen: &Received| {
        let end = seen.bytes.windows(4).position(|bytes| bytes == b"\r\n\r\n");
        seen.bytes[end.unwrap() + 4..].to_vec()
    };

    swr.on(call.op, Answer::real().corrupt());
    let (_, body) = call.response();
    let differing: Vec<usize> = (0..size).filter(|&at| body[at] != content[at]).collect();
    assert_eq!(differing, [size / 2]);
    assert_eq!(body[size / 2] ^ content[size / 2], 1);

    // More than the socket buffers of operating systems. A client that reads gets all bytes before the reset.
    for (answer, end) in [
        (Answer::real().reset_after(5_000_000), End::Reset),
        (Answer::real().close_after(5_000_000), End::Closed),
        (Answer::real().reset_after(u64::MAX), End::Reset),
    ] {
        let part = if format!("{answer}").contains("5000000") {
            5_000_000
        } else {
            size
        };
        swr.on(call.op, answer);
        let seen = call.send_and_receive();
        assert_eq!(seen.end, end);
        assert!(body_of(&seen) == content[..part], "{part}");
    }
}

#[test]
fn a_range_of_a_blob_is_corrupted_and_cut_by_its_own_length() {
    let swr = server();
    let call = get_pushed(&swr, b"0123456789".to_vec());
    swr.on(call.op, Answer::real().corrupt().close_after(3));
    let mut stream = call.connect();
    let request = call
        .head()
        .replacen("Host: x", "Host: x\r\nRange: bytes=2-5", 1);
    stream.write_all(request.as_bytes()).unwrap();
    let seen = receive(&mut stream);
    let text = String::from_utf8_lossy(&seen.bytes);
    assert!(text.starts_with("HTTP/1.1 206"), "{text}");
    assert!(text.contains("content-length: 4\r\n"), "{text}");
    assert!(text.ends_with("\r\n\r\n235"), "{text}");
}
