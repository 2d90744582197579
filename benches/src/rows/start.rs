use std::net::TcpStream;

use super::{Column, Context, Pick, Row};
use crate::contestants::{ALL, Contestant, Running};
use crate::exchange::Call;
use crate::measure::{median, timed};

pub(crate) const ROW: Row = Row {
    key: "start",
    title: "start and drop of a server, one core",
    note: "mock-swr has two listeners, the others have one. \"Ports open after\" counts ports that still accept a \
           connection after drop has returned. mockito and httpmock cannot be stopped, so their time is the start \
           alone.",
    lines: ALL,
    columns: &[
        Column::new("µs", 1, Pick::Lowest),
        Column::without_ratio("ports open after", 2, Pick::Median),
    ],
    rounds: 9,
    one_core: true,
    call: Call::Show,
    measure,
};

fn measure(line: &str, context: &Context) -> Vec<f64> {
    let contestant = Contestant::named(line);
    let (mut times, mut open, mut endless) = (Vec::new(), 0, Vec::new());
    let (warm_up, count) = (context.times(100), context.times(500));
    for round in 0..warm_up + count {
        let mut ports = Vec::new();
        let time = timed(|| {
            let running = contestant.start(&context.sample);
            ports.push(running.address());
            match running {
                Running::MockSwr(swr) => {
                    ports.push(swr.registry().parse().expect("the registry has an address"));
                }
                Running::Httpmock(_) | Running::Mockito(_) => endless.push(running),
                other => drop(other),
            }
        });
        if round >= warm_up {
            times.push(time);
            open += ports
                .iter()
                .filter(|port| TcpStream::connect(port).is_ok())
                .count();
        }
    }
    vec![median(&times), open as f64 / count as f64]
}
