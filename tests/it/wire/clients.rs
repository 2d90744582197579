//! Faults on the wire as reqwest reports them.

use std::time::Duration;

use mock_swr::{Answer, Op, Plan};
use reqwest::blocking::{Client, RequestBuilder};
use reqwest::{Error, Method};

use super::calls::{Call, KINDS, get_blob, list_repos, server, upload_chunk};

/// Returns a client that reuses no connections, so it does not retry on another one.
fn client() -> Client {
    Client::builder()
        .pool_max_idle_per_host(0)
        .timeout(Duration::from_secs(20))
        .build()
        .unwrap()
}

fn request(client: &Client, call: &Call) -> RequestBuilder {
    let (method, url, headers) = call.parts();
    let method = Method::from_bytes(method.as_bytes()).unwrap();
    let request = client.request(method, url).body(call.body.clone());
    headers.into_iter().fold(request, |request, (name, value)| {
        request.header(name, value)
    })
}

/// Sends the call. Returns the status and the body of the response.
fn send(client: &Client, call: &Call) -> Result<(u16, Vec<u8>), Error> {
    let response = request(client, call).send()?;
    Ok((response.status().as_u16(), response.bytes()?.to_vec()))
}

/// Returns the kind of an error, as the retry logic of a client distinguishes it.
fn kind(error: &Error) -> &'static str {
    match error {
        error if error.is_connect() => "connect",
        error if error.is_timeout() => "timeout",
        error if error.is_request() => "request",
        error if error.is_decode() || error.is_body() => "body",
        _ => "other",
    }
}

#[test]
fn a_client_distinguishes_a_failed_request_from_a_truncated_response() {
    let short = || Answer::raw("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}");
    let chunk = || Answer::raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nsize\r\n");
    for call in KINDS {
        for (answer, expected) in [
            (Answer::close(), "request"),
            (Answer::reset(), "request"),
            (Answer::reset_after_reading(2), "request"),
            (Answer::real().lost(), "request"),
            (Answer::raw("SSH-2.0-mock\r\n"), "request"),
            (Answer::raw("HTTP/1.1 200 OK\r\nCont"), "request"),
            (short(), "body"),
            (short().reset_after(u64::MAX), "body"),
            (chunk(), "body"),
            (Answer::status(503).reset_after(1), "body"),
            (Answer::status(503).close_after(1), "body"),
        ] {
            let swr = server();
            let call = call(&swr);
            let text = format!("{} {answer:?}", call.op);
            swr.on(call.op, answer);
            let error = send(&client(), &call).unwrap_err();
            assert_eq!(kind(&error), expected, "{text}: {error:?}");
            assert!(
                send(&client(), &call).is_ok(),
                "{text}: the next request failed too"
            );
        }
    }
}

/// Sends the request with increasing timeouts until one meets the plan before the client times out.
fn give_up(plan: &Plan, call: &Call) -> Error {
    let mut patience = Duration::from_millis(50);
    loop {
        let impatient = Client::builder()
            .pool_max_idle_per_host(0)
            .timeout(patience)
            .build()
            .unwrap();
        let error = send(&impatient, call).unwrap_err();
        if plan.fired() > 0 {
            return error;
        }
        patience *= 2;
    }
}

#[test]
fn a_client_times_out_on_stalled_and_held_responses() {
    for call in [list_repos, get_blob] {
        for answer in [
            Answer::real().stall_after(1),
            Answer::real().hold(),
            Answer::raw("HTTP/1.1 2").stall_after(u64::MAX),
            Answer::real().dribble(1, Duration::from_secs(3600)),
        ] {
            let swr = server();
            let call = call(&swr);
            let text = format!("{} {answer:?}", call.op);
            let plan = swr.on(call.op, answer.always());
            let error = give_up(&plan, &call);
            assert_eq!(kind(&error), "timeout", "{text}: {error:?}");
            plan.release();
        }
    }
}

#[test]
fn a_client_that_verifies_nothing_accepts_corrupt_content() {
    for call in [list_repos, get_blob] {
        let swr = server();
        let call = call(&swr);
        swr.on(call.op, Answer::real().corrupt());
        let corrupt = send(&client(), &call).unwrap();
        let sound = send(&client(), &call).unwrap();
        assert_eq!((corrupt.0, sound.0), (200, 200));
        assert_eq!(corrupt.1.len(), sound.1.len());
        assert_ne!(corrupt.1, sound.1);
    }
}

#[test]
fn a_dribble_arrives_whole() {
    for call in KINDS {
        let swr = server();
        let call = call(&swr);
        swr.on(
            call.op,
            Answer::real().dribble(200, Duration::from_millis(1)),
        );
        let (status, _) = send(&client(), &call).unwrap();
        assert!(status < 300, "{}", call.op);
        call.assert_acted(&swr, true);
    }
}

#[test]
fn an_interrupted_upload_is_resumed_at_its_offset() {
    let swr = server();
    let web = swr.repo("group/web");
    let mut call = upload_chunk(&swr);
    call.body = vec![7; 1_000_000];
    swr.on(
        Op::UploadChunk.repo("group/web"),
        Answer::reset_after_reading(300_000).then(Answer::real().lost()),
    );

    // The server accepted no byte of the chunk.
    assert_eq!(kind(&send(&client(), &call).unwrap_err()), "request");
    assert_eq!(web.uploads(), [0]);
    // The server accepted the whole chunk, but the client does not know.
    assert_eq!(kind(&send(&client(), &call).unwrap_err()), "request");
    assert_eq!(web.uploads(), [1_000_000]);
}

#[test]
fn a_connection_to_a_server_that_was_dropped_is_refused() {
    let swr = server();
    let call = list_repos(&swr);
    drop(swr);
    let error = send(&client(), &call).unwrap_err();
    assert_eq!(kind(&error), "connect", "{error:?}");
}
