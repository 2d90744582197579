//! `Follow` returns every call once, in the order in which calls end.

use std::task::{Context, Poll, Waker};

use mock_swr::{Answer, Auth, Call, Follow, MockSwr, Op};

use crate::support::Client;

/// Returns the numbers of the calls that have ended since the last call of this function.
fn ended(follow: &mut Follow) -> Vec<u64> {
    let context = Context::from_waker(Waker::noop());
    let mut numbers = Vec::new();
    while let Poll::Ready(Some(call)) = follow.poll_next(&context) {
        numbers.push(Call::number(&call));
    }
    numbers
}

#[test]
fn a_follower_gets_calls_in_the_order_in_which_they_end() {
    let swr = MockSwr::builder().auth(Auth::Off).start();
    let client = Client::anonymous(&swr);
    client.get("/v2/manage/namespaces");
    let mut follow = swr.follow();
    assert!(
        ended(&mut follow).is_empty(),
        "calls that ended earlier are not returned"
    );

    let held = swr.on(Op::ListQuotas, Answer::real().hold_request());
    let url = format!("{}/v2/manage/projects/x/quotas", swr.endpoint());
    let waiting = std::thread::spawn(move || reqwest::blocking::get(url).unwrap());
    swr.wait_for(Op::ListQuotas).block();
    client.get("/v2/manage/namespaces");
    assert_eq!(ended(&mut follow), [3], "the earlier call is still held");
    held.release();
    waiting.join().unwrap();
    assert_eq!(ended(&mut follow), [2]);
    assert!(ended(&mut follow).is_empty());
    assert_eq!(follow.lost(), 0);
}

#[test]
fn following_ends_with_the_server() {
    let swr = MockSwr::builder().auth(Auth::Off).start();
    let mut follow = swr.follow();
    Client::anonymous(&swr).get("/v2/manage/namespaces");
    let context = Context::from_waker(Waker::noop());
    drop(swr);
    assert!(matches!(follow.poll_next(&context), Poll::Ready(Some(_))));
    assert!(matches!(follow.poll_next(&context), Poll::Ready(None)));
}

#[test]
fn a_follower_that_does_not_read_loses_the_oldest_calls_and_counts_them() {
    let swr = MockSwr::builder().auth(Auth::Off).start();
    let mut follow = swr.follow();
    let client = Client::anonymous(&swr);
    // Each call uses 64 KiB for its body and some for its head. About 1,000 calls fit.
    let body = serde_json::json!({"namespace": "x".repeat(100_000)});
    for _ in 0..1100 {
        client.post("/v2/manage/namespaces", body.clone());
    }
    let numbers = ended(&mut follow);
    let lost = follow.lost();
    assert_eq!(numbers.len() as u64 + lost, 1100);
    assert!((50..150).contains(&lost), "{lost}");
    assert_eq!(numbers[0], lost + 1);
    assert_eq!(follow.lost(), 0);
}
