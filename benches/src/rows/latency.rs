use super::{Column, Context, Pick, Row};
use crate::client::Connection;
use crate::contestants::{ALL, Contestant};
use crate::exchange::Ask;
use crate::measure::{median, quantile, timed};

pub(crate) const ROW: Row = Row {
    key: "latency",
    title: "ShowRepository, one after the other on one connection, one core",
    note: "mock-swr records each. mockito ends the connection with each answer.",
    lines: ALL,
    columns: &[
        Column::new("median µs", 1, Pick::Lowest),
        Column::new("p99 µs", 1, Pick::Lowest),
    ],
    rounds: 9,
    one_core: true,
    ask: Ask::Show,
    measure,
};

pub(crate) const ROW_ALL_CORES: Row = Row {
    key: "latency-all-cores",
    title: "the same on all cores",
    note: "Where the machine is quiet, most of it is the waking of a core.",
    one_core: false,
    ..ROW
};

fn measure(line: &str, context: &Context) -> Vec<f64> {
    let mut running = Contestant::named(line).start(&context.sample);
    running.answer(Ask::Show, &context.sample, 0);
    let request = Ask::Show.request(running.address(), &running.token());
    let mut connection = Connection::open(running.address());
    let mut ask = || {
        timed(|| {
            connection.ask(&request);
        })
    };
    for _ in 0..context.times(1_000) {
        ask();
    }
    let times: Vec<f64> = (0..context.times(8_000)).map(|_| ask()).collect();
    vec![median(&times), quantile(&times, 0.99)]
}
