use super::{Column, Context, Pick, Row};
use crate::client::Connection;
use crate::contestants::{ALL, Contestant};
use crate::exchange::Call;
use crate::measure::resident;

pub(crate) const ROW: Row = Row {
    key: "journal",
    title: "memory per recorded request",
    note: "Growth of the process over 10,000 requests for a small GET, and over 20,000 more: mock-swr keeps the \
           newest 10,000. Raw hyper, mockito and httptest do not record requests that they expect. httpmock keeps \
           the last 101.",
    lines: ALL,
    columns: &[
        Column::without_ratio("bytes each", 0, Pick::Median),
        Column::without_ratio("bytes each after that", 0, Pick::Median),
    ],
    rounds: 9,
    one_core: false,
    call: Call::Show,
    measure,
};

fn measure(line: &str, context: &Context) -> Vec<f64> {
    let mut running = Contestant::named(line).start(&context.sample);
    running.set_response(Call::Show, &context.sample, 0);
    let request = Call::Show.request(running.address(), &running.token());
    let mut connection = Connection::open(running.address());
    let mut growth = |count: usize| {
        let before = resident();
        for _ in 0..count {
            connection.exchange(&request);
        }
        (resident() - before) * 1024.0 / count as f64
    };
    // The first requests also load code and allocate buffers, which are not part of the journal.
    growth(context.times(200));
    vec![growth(context.times(9_800)), growth(context.times(20_000))]
}
