use super::{Column, Context, Pick, Row};
use crate::client::Connection;
use crate::contestants::{ALL, Contestant};
use crate::exchange::Call;
use crate::measure::timed;

pub(crate) const ROW: Row = Row {
    key: "first",
    title: "the first server and the first request of a process",
    note: "\"Start\" includes setting the response. \"First request\" is from before the connection to the response. \
           \"Second\" is on the same connection. Medians of many processes.",
    lines: ALL,
    columns: &[
        Column::new("start µs", 0, Pick::Median),
        Column::new("first request µs", 0, Pick::Median),
        Column::new("second µs", 0, Pick::Median),
    ],
    rounds: 25,
    one_core: false,
    call: Call::Show,
    measure,
};

fn measure(line: &str, context: &Context) -> Vec<f64> {
    let contestant = Contestant::named(line);
    let mut started = None;
    let start = timed(|| {
        let mut running = contestant.start(&context.sample);
        running.set_response(Call::Show, &context.sample, 0);
        started = Some(running);
    });
    let running = started.expect("the server started");
    let request = Call::Show.request(running.address(), &running.token());
    let mut connected = None;
    let first = timed(|| {
        let mut connection = Connection::open(running.address());
        connection.exchange(&request);
        connected = Some(connection);
    });
    let mut connection = connected.expect("the connection is open");
    let second = timed(|| {
        connection.exchange(&request);
    });
    vec![start, first, second]
}
