use super::{Column, Context, Pick, Row};
use crate::client::Connection;
use crate::contestants::{ALL, Contestant};
use crate::exchange::Call;
use crate::measure::{median, quantile, timed};

pub(crate) const ROW: Row = Row {
    key: "latency",
    title: "ShowRepository, one request after the other on one connection, one core",
    note: "mock-swr records each request. mockito closes the connection after each response.",
    lines: ALL,
    columns: &[
        Column::new("median µs", 1, Pick::Lowest),
        Column::new("p99 µs", 1, Pick::Lowest),
    ],
    rounds: 9,
    one_core: true,
    call: Call::Show,
    measure,
};

pub(crate) const ROW_ALL_CORES: Row = Row {
    key: "latency-all-cores",
    title: "the same on all cores",
    note: "On an idle machine, waking a core takes most of the time.",
    one_core: false,
    ..ROW
};

fn measure(line: &str, context: &Context) -> Vec<f64> {
    let mut running = Contestant::named(line).start(&context.sample);
    running.set_response(Call::Show, &context.sample, 0);
    let request = Call::Show.request(running.address(), &running.token());
    let mut connection = Connection::open(running.address());
    let mut measure = || {
        timed(|| {
            connection.exchange(&request);
        })
    };
    for _ in 0..context.times(1_000) {
        measure();
    }
    let times: Vec<f64> = (0..context.times(8_000)).map(|_| measure()).collect();
    vec![median(&times), quantile(&times, 0.99)]
}
