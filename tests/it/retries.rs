//! Tests of retries that do not wait: they advance a paused tokio clock. Only the requests take real time.

use std::time::Duration;

use mock_swr::{Answer, MockSwr, Op, Refusal};
use tokio::time::Instant;

const HOUR: Duration = Duration::from_secs(3600);

/// Lists organizations. Retries after the time in `Retry-After`, or after a second without a response.
async fn list(url: String, token: String, patience: Duration) -> Vec<u16> {
    let http = reqwest::Client::builder()
        .timeout(patience)
        .pool_max_idle_per_host(0)
        .build()
        .unwrap();
    let mut statuses = Vec::new();
    loop {
        let sent = http.get(&url).header("X-Auth-Token", &token).send().await;
        let status = sent
            .as_ref()
            .map_or(0, |response| response.status().as_u16());
        statuses.push(status);
        if status == 200 {
            return statuses;
        }
        let wait = sent.ok().and_then(|response| {
            let wait = response.headers().get("Retry-After")?;
            wait.to_str().ok()?.parse().ok()
        });
        tokio::time::sleep(Duration::from_secs(wait.unwrap_or(1))).await;
    }
}

/// Returns the statuses that a client receives, and the time by its own clock, which advances by `step`.
async fn run(swr: &MockSwr, patience: Duration, step: Duration) -> (Vec<u16>, Duration) {
    let began = Instant::now();
    let url = format!("{}/v2/manage/namespaces", swr.endpoint());
    let client = tokio::spawn(list(url, swr.user("admin").token(), patience));
    while !client.is_finished() {
        // The paused clock does not advance by itself while a blocking task runs.
        let root = swr.endpoint().to_owned();
        let tick = tokio::task::spawn_blocking(|| reqwest::blocking::get(root));
        tick.await.unwrap().unwrap();
        tokio::time::advance(step).await;
    }
    (client.await.unwrap(), began.elapsed())
}

#[tokio::test(start_paused = true)]
async fn a_client_waits_for_its_retry_delay_without_real_time() {
    let swr = MockSwr::start();
    let throttled = Answer::from(Refusal::Throttled).header("Retry-After", "60");
    swr.on(Op::ListNamespaces, throttled.times(2));
    let (statuses, took) = run(&swr, HOUR, Duration::from_secs(1)).await;
    assert_eq!(statuses, [429, 429, 200]);
    assert!(took >= Duration::from_secs(120), "{took:?}");
    swr.verify(Op::ListNamespaces).times(3);
}

#[tokio::test(start_paused = true)]
async fn a_client_times_out_on_a_response_that_is_held_too_long() {
    let swr = MockSwr::start();
    let held = swr.on(Op::ListNamespaces, Answer::real().hold());
    // The request arrives long before the clock has advanced this far.
    let (statuses, took) = run(&swr, Duration::from_secs(60), Duration::from_secs(1)).await;
    assert_eq!(statuses, [0, 200]);
    assert!(took >= Duration::from_secs(60), "{took:?}");
    assert_eq!(held.fired(), 1);
    held.release();
}
