use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::{Column, Context, Pick, Row};
use crate::client::Connection;
use crate::contestants::{ALL, Contestant, Running};
use crate::exchange::Call;
use crate::measure::{cpu_of_process, micros, timed};

pub(crate) const ROW: Row = Row {
    key: "suite",
    title: "a suite of 200 tests",
    note: "Each test starts a server, sets the response, sends three requests on one connection, and drops the \
           server. Two tests run at a time, each on its own thread, as in `cargo test`. With mock-swr each test also \
           verifies its calls.",
    lines: ALL,
    columns: &[
        Column::new("ms", 1, Pick::Lowest),
        Column::new("CPU ms", 1, Pick::Median),
    ],
    rounds: 9,
    one_core: false,
    call: Call::Show,
    measure,
};

fn measure(line: &str, context: &Context) -> Vec<f64> {
    let contestant = Contestant::named(line);
    let left = AtomicUsize::new(context.times(200));
    let take = || {
        left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
            left.checked_sub(1)
        })
    };
    let cpu = cpu_of_process();
    let wall = timed(|| {
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    while take().is_ok() {
                        scope
                            .spawn(|| test(contestant, context))
                            .join()
                            .expect("the test passes");
                    }
                });
            }
        });
    });
    vec![wall / 1e3, micros(cpu_of_process() - cpu) / 1e3]
}

fn test(contestant: Contestant, context: &Context) {
    let mut running = contestant.start(&context.sample);
    running.set_response(Call::Show, &context.sample, 0);
    let request = Call::Show.request(running.address(), &running.token());
    let mut connection = Connection::open(running.address());
    for _ in 0..3 {
        connection.exchange(&request);
    }
    if let Running::MockSwr(swr) = &running {
        swr.verify(mock_swr::Op::ShowRepository).times(3);
    }
}
