use mock_swr::{Answer, Op};

use super::{Column, Context, Pick, Row};
use crate::client::Connection;
use crate::contestants::{
    Contestant, HTTPMOCK, HTTPTEST, HYPER, HYPER_SHA256, MOCK_SWR, MOCKITO, Running, WIREMOCK,
};
use crate::exchange::Call;
use crate::measure::{median, timed};

/// A plan returns the response, so mock-swr does not parse the body as JSON.
const PLANNED: &str = "mock-swr, planned answer";

pub(crate) const ROW: Row = Row {
    key: "upload",
    title: "a body of 1 MiB, one core",
    note: "CreateRepo with a description that is too long. Raw hyper collects the body, and on its second line also \
           hashes it as it arrives. mock-swr collects it and parses it as JSON. Peers collect it.",
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
    call: Call::Upload,
    measure,
};

fn measure(line: &str, context: &Context) -> Vec<f64> {
    let contestant = match line {
        PLANNED => Contestant::MockSwr,
        line => Contestant::named(line),
    };
    let mut running = contestant.start(&context.sample);
    running.set_response(Call::Upload, &context.sample, 0);
    if let (PLANNED, Running::MockSwr(swr)) = (line, &running) {
        swr.on(Op::CreateRepo, Answer::status(413).always());
    }
    let request = Call::Upload.request(running.address(), &running.token());
    let mut connection = Connection::open(running.address());
    let mut measure = || {
        timed(|| {
            connection.exchange(&request);
        })
    };
    for _ in 0..context.times(50) {
        measure();
    }
    let times: Vec<f64> = (0..context.times(300)).map(|_| measure()).collect();
    vec![median(&times)]
}
