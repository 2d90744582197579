//! Raw bytes instead of a response.

use std::io::Read;
use std::time::Duration;

use mock_swr::Answer;

use super::calls::{End, KINDS, Received, get_pushed, list_repos, server};

#[test]
fn raw_bytes_are_sent_unchanged_and_then_the_connection_closes() {
    for (bytes, status) in [
        (
            &b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort"[..],
            Some(200),
        ),
        (b"HTTP/1.0 599\r\n\r\n", Some(599)),
        (b"HTTP/1.1 200", Some(200)),
        (b"HTTP/1.1 20", None),
        (b"HTTP/1.1 099 Low\r\n\r\n", None),
        (b"HTTP/1.1 +12 Signed\r\n\r\n", None),
        (b"SSH-2.0-mock\r\n", None),
        (b"\x00\xff\n", None),
        (b"", None),
    ] {
        for kind in KINDS {
            let swr = server();
            let call = kind(&swr);
            swr.on(call.op, Answer::raw(bytes));
            let expected = Received {
                bytes: bytes.to_vec(),
                end: End::Closed,
            };
            assert_eq!(call.send_and_receive(), expected, "{}", call.op);
            call.assert_acted(&swr, false);
            let entry = swr.verify(call.op).once();
            assert_eq!((entry.status(), entry.planned()), (status, true));
        }
    }
}

#[test]
fn raw_bytes_can_be_cut_corrupted_and_sent_in_pieces_like_a_body() {
    let swr = server();
    let call = list_repos(&swr);
    let raw = || Answer::raw("HTTP/1.1 200 OK\r\n");
    let ms = Duration::from_millis(1);
    for (answer, bytes, end, status) in [
        (
            raw().reset_after(15),
            "HTTP/1.1 200 OK",
            End::Reset,
            Some(200),
        ),
        (
            raw().reset_after(u64::MAX),
            "HTTP/1.1 200 OK\r\n",
            End::Reset,
            Some(200),
        ),
        (raw().close_after(8), "HTTP/1.1", End::Closed, None),
        (raw().reset_after(0), "", End::Reset, None),
        (raw().lost(), "", End::Reset, None),
        (
            raw().corrupt(),
            "HTTP/1.1!200 OK\r\n",
            End::Closed,
            Some(200),
        ),
        (
            raw().dribble(5, ms).delay(ms),
            "HTTP/1.1 200 OK\r\n",
            End::Closed,
            Some(200),
        ),
        (
            raw().dribble(5, ms).reset_after(9),
            "HTTP/1.1 ",
            End::Reset,
            None,
        ),
    ] {
        let text = format!("{answer:?}");
        let later = swr.from_now();
        swr.on(call.op, answer);
        let expected = Received {
            bytes: bytes.into(),
            end,
        };
        assert_eq!(call.send_and_receive(), expected, "{text}");
        assert_eq!(later.verify(call.op).once().status(), status, "{text}");
    }
}

#[test]
fn a_stall_of_raw_bytes_starts_at_their_end_at_the_latest() {
    for bytes in [8, u64::MAX] {
        let swr = server();
        let call = list_repos(&swr);
        swr.on(call.op, Answer::raw("HTTP/1.1 2").stall_after(bytes));
        let mut stream = call.send();
        let mut start = vec![0; bytes.min(10) as usize];
        stream.read_exact(&mut start).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_millis(20)))
            .unwrap();
        assert!(stream.read(&mut [0]).is_err(), "the connection stays open");
        drop(swr);
        assert_eq!(stream.read(&mut [0]).unwrap(), 0);
    }
}

#[test]
fn raw_bytes_can_be_large() {
    let swr = server();
    let content: Vec<u8> = (0..3_000_000u32).map(|number| number as u8).collect();
    let call = get_pushed(&swr, b"small".to_vec());
    for (answer, end) in [
        (Answer::raw(&content), End::Closed),
        (Answer::raw(&content).reset_after(u64::MAX), End::Reset),
    ] {
        swr.on(call.op, answer);
        let seen = call.send_and_receive();
        assert!(seen.bytes == content, "{} {:?}", seen.bytes.len(), seen.end);
        assert_eq!(seen.end, end);
    }
}
