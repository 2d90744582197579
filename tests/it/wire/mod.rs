//! Faults on the wire, and held requests and responses.

mod calls;

mod cuts;

mod framing;

mod raw;

mod requests;

mod clients;
mod hyper;

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;

use mock_swr::{Answer, Calls, MockSwr, Op};
use serde_json::json;

use crate::support::Client;

const NAMESPACES: &str = "/v2/manage/namespaces";

/// Posts `{"namespace": "group"}` on a socket and reads the raw response.
fn post_raw(swr: &MockSwr) -> std::io::Result<Vec<u8>> {
    let body = r#"{"namespace": "group"}"#;
    let mut stream = TcpStream::connect(swr.endpoint().strip_prefix("http://").unwrap())?;
    let token = swr.user("admin").token();
    let length = body.len();
    write!(
        stream,
        "POST {NAMESPACES} HTTP/1.1\r\nHost: x\r\nX-Auth-Token: {token}\r\n\
         Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )?;
    let mut response = Vec::new();
    stream.read_to_end(&mut response)?;
    Ok(response)
}

#[test]
fn after_a_reset_the_service_did_not_act() {
    let swr = MockSwr::start();
    swr.on(Op::CreateNamespace, Answer::reset());
    assert_eq!(
        post_raw(&swr).unwrap_err().kind(),
        ErrorKind::ConnectionReset
    );
    assert!(!swr.namespace("group").exists());
    assert_eq!(swr.verify(Op::CreateNamespace).once().status(), None);
}

#[test]
fn after_a_close_there_is_no_response_and_the_service_did_not_act() {
    let swr = MockSwr::start();
    swr.on(Op::CreateNamespace, Answer::close());
    assert_eq!(post_raw(&swr).unwrap(), b"");
    assert!(!swr.namespace("group").exists());
}

#[test]
fn after_a_lost_response_the_service_has_acted() {
    let swr = MockSwr::start();
    swr.on(Op::CreateNamespace, Answer::real().lost());
    assert_eq!(
        post_raw(&swr).unwrap_err().kind(),
        ErrorKind::ConnectionReset
    );
    assert!(swr.namespace("group").exists());
    let call = swr.verify(Op::CreateNamespace).once();
    assert!(call.planned() && call.status().is_none());
}

#[test]
fn a_client_gets_an_error_and_then_a_response_to_its_next_request() {
    let swr = MockSwr::start();
    let admin = Client::admin(&swr);
    for answer in [Answer::reset(), Answer::close(), Answer::real().lost()] {
        swr.on(Op::CreateNamespace, answer);
        let request = admin
            .request(reqwest::Method::POST, NAMESPACES)
            .json(&json!({"namespace": "group"}));
        assert!(request.send().is_err());
    }
    assert_eq!(
        admin.post(NAMESPACES, json!({"namespace": "group"})).status,
        409,
        "the call with the lost response created it"
    );
}

#[test]
fn a_held_response_is_sent_on_release_and_the_service_acts_before() {
    let swr = MockSwr::start();
    let admin = Client::admin(&swr);
    let held = swr.on(Op::CreateNamespace, Answer::real().hold());
    std::thread::scope(|scope| {
        let posting = scope.spawn(|| admin.post(NAMESPACES, json!({"namespace": "group"})).status);
        swr.wait_until("it exists", |swr| swr.namespace("group").exists())
            .block();
        assert!(!posting.is_finished());
        held.release();
        assert_eq!(posting.join().unwrap(), 201);
    });
}

#[test]
fn a_held_request_runs_on_the_state_at_its_release() {
    let swr = MockSwr::start();
    let admin = Client::admin(&swr);
    let web = swr.seed_repo("group/web");
    let path = "/v2/manage/namespaces/group/repos/web";
    // The first plan is matched at the head, the second with the body.
    for calls in [
        Op::UpdateRepo.repo("group/web"),
        Op::UpdateRepo.json("/is_public", true),
    ] {
        swr.seed_repo("group/web");
        let held = swr.on(calls, Answer::real().hold_request());
        let later = swr.from_now();
        std::thread::scope(|scope| {
            let patching = scope.spawn(|| admin.patch(path, json!({"is_public": true})));
            later.wait_for(Op::UpdateRepo).block();
            web.delete();
            held.release();
            patching
                .join()
                .unwrap()
                .assert_refused(404, "SVCSTG.SWR.4040113");
        });
    }
}

#[test]
fn a_held_request_of_a_deleted_user_is_refused() {
    let swr = MockSwr::start();
    swr.seed_repo("group/web");
    let before = swr.world();
    let dev = Client::user(&swr, "dev");
    let held = swr.on(Op::ShowRepository, Answer::real().hold_request());
    std::thread::scope(|scope| {
        let showing = scope.spawn(|| dev.get("/v2/manage/namespaces/group/repos/web"));
        swr.wait_for(Op::ShowRepository).block();
        swr.restore(&before);
        held.release();
        showing.join().unwrap().assert_refused(401, "APIGW.0301");
    });
}

#[test]
fn release_also_applies_to_later_calls() {
    let swr = MockSwr::start();
    let held = swr.on(Op::ListNamespaces, Answer::real().hold().times(2));
    held.release();
    let admin = Client::admin(&swr);
    assert_eq!(
        (admin.get(NAMESPACES).status, admin.get(NAMESPACES).status),
        (200, 200)
    );
}

#[test]
fn a_request_refused_at_its_head_leaves_the_body_unread() {
    let swr = MockSwr::start();
    let api = swr.endpoint().strip_prefix("http://").unwrap();
    // A plan for a name in the path is matched at the head.
    for (calls, host, line) in [
        (
            Calls::from(Op::CreateNamespace),
            api,
            "POST /v2/manage/namespaces",
        ),
        (
            Op::UpdateRepo.repo("group/web"),
            api,
            "PATCH /v2/manage/namespaces/group/repos/web",
        ),
        (
            Op::PutManifest.repo("group/web").tag("v1"),
            swr.registry(),
            "PUT /v2/group/web/manifests/v1",
        ),
    ] {
        swr.on(&calls, 503);
        let mut stream = TcpStream::connect(host).unwrap();
        write!(
            stream,
            "{line} HTTP/1.1\r\nHost: x\r\nContent-Length: 22\r\nExpect: 100-continue\r\n\r\n"
        )
        .unwrap();
        let mut response = String::new();
        stream.read_to_string(&mut response).unwrap();
        assert!(
            response.starts_with("HTTP/1.1 503"),
            "a `100 Continue` or another response came first: {response}"
        );
        assert!(swr.verify(calls).once().unread());
    }
}

#[tokio::test]
async fn a_hold_works_on_one_async_thread() {
    let swr = MockSwr::start();
    let held = swr.on(Op::ListNamespaces, Answer::real().hold_request());
    let url = format!("{}{NAMESPACES}", swr.endpoint());
    let client = tokio::spawn(async move { reqwest::get(url).await.unwrap().status().as_u16() });
    swr.wait_for(Op::ListNamespaces).await;
    assert!(!client.is_finished());
    held.release();
    assert_eq!(client.await.unwrap(), 401);
}
