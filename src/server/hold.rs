//! Waiting until a plan releases the call that it holds.

use std::time::Duration;

use crate::base::problem::ProblemKind;
use crate::engine::core::Core;
use crate::engine::progress::Progress;

/// How long a request or response is held if the test does not release it.
pub(super) const LONGEST_HOLD: Duration = if cfg!(test) {
    Duration::from_millis(20)
} else {
    Duration::from_secs(30)
};

/// Waits until the plan is released, for the call with this number.
pub(super) async fn hold(core: &Core, plan: &Progress, number: u64) {
    let mut release = plan.released();
    if !*release.borrow() {
        core.log_hold(number);
    }
    let held = release.wait_for(|is_released| *is_released);
    let ended = tokio::time::timeout(LONGEST_HOLD, held).await;
    if ended.is_err() {
        core.note(
            ProblemKind::PlanLeft,
            format!("{plan}; the held call was not released within {LONGEST_HOLD:?}"),
        );
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};

    use crate::{Answer, MockSwr, Op, ProblemKind};

    #[test]
    fn a_hold_that_is_not_released_ends_and_is_a_problem() {
        for answer in [Answer::real().hold(), Answer::real().hold_request()] {
            let (swr, answer) = wait_out(answer);
            assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
            assert!(answer.ends_with('}'), "{answer}");
            assert_noted(&swr, "the held call was not released within");
        }
    }

    #[test]
    fn a_stall_that_the_client_waits_out_ends_and_is_a_problem() {
        let (swr, answer) = wait_out(Answer::real().stall_after(2));
        assert!(answer.ends_with("\r\n\r\n{\""), "{answer}");
        assert_noted(&swr, "the client waited longer than");

        let (swr, answer) = wait_out(Answer::raw("HTTP").stall_after(9));
        assert_eq!(answer, "HTTP");
        assert_noted(&swr, "the client waited longer than");
    }

    /// The response that a client without a timeout gets.
    fn wait_out(answer: Answer) -> (MockSwr, String) {
        let swr = MockSwr::builder()
            .level(ProblemKind::PlanLeft, crate::Level::Warn)
            .start();
        swr.on(Op::ListApiVersions, answer);
        let host = swr.endpoint().trim_start_matches("http://");
        let mut client = std::net::TcpStream::connect(host).unwrap();
        client
            .write_all(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            .unwrap();
        let mut answer = String::new();
        client.read_to_string(&mut answer).unwrap();
        (swr, answer)
    }

    fn assert_noted(swr: &MockSwr, text: &str) {
        let problems = swr.problems();
        assert_eq!(problems.len(), 1);
        assert!(problems[0].message.contains(text), "{}", problems[0]);
    }
}
