use mock_swr::{Answer, Op};

use super::{Column, Context, Pick, Row};
use crate::client::Connection;
use crate::contestants::{
    Contestant, HTTPMOCK, HTTPTEST, HYPER, HYPER_SHA256, MOCK_SWR, MOCKITO, Running, WIREMOCK,
};
use crate::exchange::Ask;
use crate::measure::{median, timed};

/// A plan answers, so that nobody reads the body as JSON.
const PLANNED: &str = "mock-swr, planned answer";

pub(crate) const ROW: Row = Row {
    key: "upload",
    title: "a body of 1 MiB, one core",
    note: "CreateRepo with a description that is too long. Raw hyper collects the body, and on its second line hashes \
           it as it comes in; mock-swr collects it and reads it as JSON, peers collect it.",
    lines: &[
        HYPER,
        HYPER_SHA256,
        WIREMOCK,
        HTTPTEST,
        HTTPMOCK,
        MOCKITO,
        PLANNED,
        MOCK_SWR,
    ],
    columns: &[Column::new("median µs", 0, Pick::Lowest)],
    rounds: 9,
    one_core: true,
    ask: Ask::Upload,
    measure,
};

fn measure(line: &str, context: &Context) -> Vec<f64> {
    let contestant = match line {
        PLANNED => Contestant::MockSwr,
        line => Contestant::named(line),
    };
    let mut running = contestant.start(&context.sample);
    running.answer(Ask::Upload, &context.sample, 0);
    if let (PLANNED, Running::MockSwr(swr)) = (line, &running) {
        swr.on(Op::CreateRepo, Answer::status(413).always());
    }
    let request = Ask::Upload.request(running.address(), &running.token());
    let mut connection = Connection::open(running.address());
    let mut ask = || {
        timed(|| {
            connection.ask(&request);
        })
    };
    for _ in 0..context.times(50) {
        ask();
    }
    let times: Vec<f64> = (0..context.times(300)).map(|_| ask()).collect();
    vec![median(&times)]
}
