//! Faults on the wire as hyper reports them to every client that uses it.

use std::error::Error;
use std::io::ErrorKind;

use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use mock_swr::Answer;
use tokio::net::TcpStream;

use super::calls::{Call, KINDS, server};

/// Sends one request on a separate connection. Returns the body, or the step that failed and the error.
async fn send(call: &Call) -> Result<Vec<u8>, (&'static str, ::hyper::Error)> {
    let (method, url, headers) = call.parts();
    let uri: http::Uri = url.parse().unwrap();
    let stream = TcpStream::connect(uri.authority().unwrap().as_str())
        .await
        .unwrap();
    let connecting = ::hyper::client::conn::http1::handshake(TokioIo::new(stream));
    let (mut sender, connection) = connecting.await.unwrap();
    tokio::spawn(connection);
    let request = http::Request::builder()
        .method(method.as_bytes())
        .uri(uri.path_and_query().unwrap().as_str())
        .header("host", uri.authority().unwrap().as_str());
    let request = headers.into_iter().fold(request, |request, (name, value)| {
        request.header(name, value)
    });
    let body = Full::<bytes::Bytes>::from(call.body.clone());
    let response = sender.send_request(request.body(body).unwrap()).await;
    let response = response.map_err(|error| ("head", error))?;
    let body = response.into_body().collect().await;
    Ok(body.map_err(|error| ("body", error))?.to_bytes().to_vec())
}

/// Returns the kind of the socket error that caused the error, if there is one.
fn of_socket(error: &::hyper::Error) -> Option<ErrorKind> {
    let source = error.source()?;
    source
        .downcast_ref::<std::io::Error>()
        .map(std::io::Error::kind)
}

#[test]
fn clients_distinguish_a_reset_a_close_and_an_incomplete_body() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()
        .unwrap();
    let raw = |text: &str| Answer::raw(text.as_bytes());
    for call in KINDS {
        for (answer, step, socket) in [
            (Answer::reset(), "head", Some(ErrorKind::ConnectionReset)),
            (
                Answer::real().lost(),
                "head",
                Some(ErrorKind::ConnectionReset),
            ),
            (Answer::close(), "head", None),
            (
                raw("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}"),
                "body",
                Some(ErrorKind::UnexpectedEof),
            ),
            (
                raw("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}").reset_after(u64::MAX),
                "body",
                Some(ErrorKind::ConnectionReset),
            ),
        ] {
            let swr = server();
            let call = call(&swr);
            let text = format!("{answer:?} to {}", call.op);
            swr.on(call.op, answer);
            let (failed, error) = runtime.block_on(send(&call)).expect_err(&text);
            assert_eq!(
                (failed, of_socket(&error)),
                (step, socket),
                "{text}: {error:?}"
            );
        }
        for (answer, step, is_incomplete, is_parse) in [
            (Answer::close(), "head", true, false),
            (raw("HTTP/1.1 200 OK\r\nCont"), "head", true, false),
            (raw("SSH-2.0-mock\r\n"), "head", false, true),
        ] {
            let swr = server();
            let call = call(&swr);
            let text = format!("{answer:?} to {}", call.op);
            swr.on(call.op, answer);
            let (failed, error) = runtime.block_on(send(&call)).expect_err(&text);
            let kind = (failed, error.is_incomplete_message(), error.is_parse());
            assert_eq!(kind, (step, is_incomplete, is_parse), "{text}: {error:?}");
        }
        let swr = server();
        let call = call(&swr);
        swr.on(
            call.op,
            raw("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"),
        );
        assert_eq!(runtime.block_on(send(&call)).unwrap(), b"{}");
    }
}
