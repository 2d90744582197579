use super::{Column, Context, Pick, Row};
use crate::client::Connection;
use crate::contestants::{ALL, Contestant};
use crate::exchange::Ask;
use crate::measure::timed;

pub(crate) const ROW: Row = Row {
    key: "first",
    title: "the first server and the first request of a process",
    note: "The start, with telling what to answer; the first request, from before it connects to its answer; the second on \
           the same connection. Medians over many processes.",
    lines: ALL,
    columns: &[
        Column::new("start µs", 0, Pick::Median),
        Column::new("first request µs", 0, Pick::Median),
        Column::new("second µs", 0, Pick::Median),
    ],
    rounds: 25,
    one_core: false,
    ask: Ask::Show,
    measure,
};

fn measure(line: &str, context: &Context) -> Vec<f64> {
    let contestant = Contestant::named(line);
    let mut started = None;
    let start = timed(|| {
        let mut running = contestant.start(&context.sample);
        running.answer(Ask::Show, &context.sample, 0);
        started = Some(running);
    });
    let running = started.expect("a server");
    let request = Ask::Show.request(running.address(), &running.token());
    let mut connected = None;
    let first = timed(|| {
        let mut connection = Connection::open(running.address());
        connection.ask(&request);
        connected = Some(connection);
    });
    let mut connection = connected.expect("a connection");
    let second = timed(|| {
        connection.ask(&request);
    });
    vec![start, first, second]
}
