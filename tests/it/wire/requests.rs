//! Connections that are reset during the request.

use std::io::{Read, Write};
use std::time::Duration;

use mock_swr::{Answer, Calls, MockSwr, Op};

use super::calls::{End, KINDS, Received, WRITING, create_repo, receive, server, upload_chunk};
use crate::support::{assert_advises, panic_of};

const RESET: Received = Received {
    bytes: Vec::new(),
    end: End::Reset,
};

#[test]
fn a_connection_is_reset_after_the_planned_bytes_of_the_body_and_the_service_does_not_act() {
    for kind in WRITING {
        for bytes in [0, 1, 5] {
            let swr = server();
            let call = kind(&swr);
            swr.on(call.op, Answer::reset_after_reading(bytes));
            // The client sends only the bytes of the body that the server reads.
            let mut stream = call.connect();
            stream.write_all(call.head().as_bytes()).unwrap();
            stream.write_all(&call.body[..bytes as usize]).unwrap();
            assert_eq!(receive(&mut stream), RESET, "{}", call.op);
            call.assert_acted(&swr, false);
            let entry = swr.verify(call.op).once();
            assert_eq!((entry.status(), entry.planned()), (None, true));
            assert_eq!(entry.body(), &call.body[..bytes as usize]);
            assert_eq!(entry.unread(), bytes == 0);
        }
    }
}

#[test]
fn a_connection_with_a_shorter_body_is_reset_at_its_end() {
    for kind in KINDS {
        let swr = server();
        let call = kind(&swr);
        swr.on(call.op, Answer::reset_after_reading(1_000_000));
        assert_eq!(call.send_and_receive(), RESET, "{}", call.op);
        call.assert_acted(&swr, false);
        let entry = swr.verify(call.op).once();
        assert_eq!((entry.body(), entry.status()), (&call.body[..], None));
        assert!(!entry.unread());
    }
}

#[test]
fn the_journal_has_the_first_bytes_of_a_partly_read_body() {
    let swr = server();
    let call = upload_chunk(&swr);
    swr.on(call.op, Answer::reset_after_reading(7));
    assert_eq!(call.send_and_receive(), RESET);
    assert_eq!(swr.verify(call.op).once().body(), b"some co");
}

#[test]
fn a_client_that_expects_100_continue_gets_it_if_the_body_is_read() {
    for (bytes, is_read) in [(3, true), (0, false)] {
        let swr = server();
        let call = create_repo(&swr);
        swr.on(call.op, Answer::reset_after_reading(bytes));
        let head = call.head();
        let mut stream = call.connect();
        let head = head.replacen("\r\n", "\r\nExpect: 100-continue\r\n", 1);
        stream.write_all(head.as_bytes()).unwrap();
        if is_read {
            let mut response = [0; 25];
            stream.read_exact(&mut response).unwrap();
            assert_eq!(&response, b"HTTP/1.1 100 Continue\r\n\r\n");
            stream.write_all(&call.body[..3]).unwrap();
        }
        assert_eq!(receive(&mut stream), RESET);
    }
}

#[test]
fn a_held_request_is_reset_on_release() {
    let swr = server();
    let call = upload_chunk(&swr);
    let answer = Answer::reset_after_reading(4).delay(Duration::from_millis(1));
    let held = swr.on(call.op, answer.hold_request());
    let mut stream = call.send();
    swr.wait_for(call.op).block();
    assert_eq!(
        swr.verify(call.op).once().body(),
        b"",
        "the body is not read"
    );
    held.release();
    assert_eq!(receive(&mut stream), RESET);
    call.assert_acted(&swr, false);
}

#[test]
fn a_newer_plan_that_needs_the_body_delays_the_reset_to_the_end_of_the_body() {
    let swr = server();
    let call = create_repo(&swr);
    swr.on(call.op, Answer::reset_after_reading(3));
    let other = swr.on(call.op.json("/repository", "other"), 503);
    assert_eq!(call.send_and_receive(), RESET);
    call.assert_acted(&swr, false);
    assert_eq!(swr.verify(call.op).once().body(), call.body);
    other.remove();

    swr.on(call.op, Answer::with(|_, _| Answer::reset_after_reading(3)));
    assert_eq!(call.send_and_receive(), RESET);
    call.assert_acted(&swr, false);
}

#[test]
fn a_reset_can_be_planned_only_for_calls_that_are_matched_at_the_head() {
    let swr = MockSwr::start();
    let reset = || Answer::reset_after_reading(5);
    for calls in [
        Op::PutManifest.repo("group/web").tag("v1"),
        Op::UploadChunk.namespace("group").by("dev"),
        Op::UpdateRepo.repo("group/web").header("x-extra", "1"),
        Op::CreateRepo.namespace("group").query("a", "b"),
        Op::UpdateRepo.path("repository", "web"),
        // The body of these operations does not have the selected name.
        Op::CreateNamespaceAuth.namespace("group"),
        Op::CreateRepoTag.repo("group/web"),
        Op::ListNamespaces.namespace("group"),
    ] {
        swr.on(calls, reset()).remove();
    }
    for calls in [
        Op::CreateRepo.json("/repository", "web"),
        Op::CreateRepo.json_includes(serde_json::json!({})),
        Op::CreateRepo.matching("anything", |_| true),
        // The body of these operations has the selected name.
        Op::CreateRepo.repo("group/web"),
        Op::CreateNamespace.namespace("group"),
        Op::CreateRepoTag.tag("v1"),
        Calls::any().namespace("group"),
    ] {
        let message = panic_of(|| swr.on(calls, reset()));
        assert!(
            message.starts_with(
                "`reset_after_reading` must be planned before the body is read, but on("
            ),
            "{message}"
        );
    }
    let mixed = [Answer::with(|_, _| 503), reset()];
    assert_advises(
        || swr.on(Op::CreateRepo, mixed),
        "`reset_after_reading` must be planned before the body is read, but on(CreateRepo, the answer of a closure, \
         then reset after reading 5 bytes) needs the body: select the calls by operation, path, query, header or \
         caller, and plan `Answer::with` separately",
    );
}

#[test]
fn methods_without_an_effect_panic_at_once() {
    assert_advises(
        || Answer::close().reset_after(5),
        "`reset_after` has no effect on close: no byte of the response is sent",
    );
    assert_advises(
        || Answer::reset().corrupt(),
        "`corrupt` has no effect on reset: no byte of the response is sent",
    );
    assert_advises(
        || Answer::reset_after_reading(1).header("Retry-After", "1"),
        "`header` has no effect on reset after reading 1 bytes: no byte of the response is sent",
    );
    assert_advises(
        || Answer::raw("HTTP/1.1 429 Busy\r\n\r\n").header("Retry-After", "1"),
        "`header` has no effect on `raw`, which is sent unchanged: write it into the bytes",
    );
    assert_advises(
        || Answer::raw("").map(|_| ()),
        "`map` has no effect on `raw`, which is sent unchanged: write it into the bytes",
    );
    assert_advises(
        || Answer::real().dribble(0, Duration::ZERO),
        "`dribble` expects pieces of at least 1 byte, got 0",
    );
}
