use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

use super::{Column, Context, Pick, Row};
use crate::client::Connection;
use crate::contestants::{ALL, Contestant, Running, start_mock_swr};
use crate::exchange::Ask;
use crate::measure::{cpu_of_process, cpu_of_thread, micros};
use crate::rows::size::world_of;

/// The threads that ask, each on so many connections.
const ASKERS: usize = 2;
const CONNECTIONS: usize = 16;

pub(crate) const ROW: Row = Row {
    key: "throughput",
    title: "ShowRepository on 32 connections, much in the server, one core",
    note: "Two threads ask, each on 16 connections: a request on each, then an answer from each. mock-swr has 10,000 \
           repositories, 200 plans and overlays for other operations, and more than 1,000 recorded requests; peers \
           have 200 other stubs. \"CPU µs\" is of the process, client included, per request; \"server's\" is \
           without the client's threads.",
    lines: ALL,
    columns: &[
        Column::new("requests/s", 0, Pick::Highest),
        Column::new("CPU µs", 1, Pick::Median),
        Column::new("server's", 1, Pick::Median),
    ],
    rounds: 9,
    one_core: true,
    ask: Ask::Show,
    measure,
};

pub(crate) const ROW_ALL_CORES: Row = Row {
    key: "throughput-all-cores",
    title: "the same on all cores",
    note: "The servers with a thread of their own use one core, and leave the other to the client.",
    one_core: false,
    ..ROW
};

const BARE: &str = "nothing planned or recorded";
const PLANS: &str = "200 plans";
const PLANS_AND_RECORDS: &str = "200 plans, 1,000 recorded";

pub(crate) const ROW_COST: Row = Row {
    key: "cost",
    title: "what plans for other operations and recorded requests cost, mock-swr alone, one core",
    note: "As `throughput`. Each line records what it is asked as well: the first begins with an empty journal.",
    lines: &[BARE, PLANS, PLANS_AND_RECORDS],
    measure: measure_cost,
    ..ROW
};

fn measure_cost(line: &str, context: &Context) -> Vec<f64> {
    let world = world_of(context.times(10_000));
    let mut running = Running::MockSwr(start_mock_swr(world));
    if line != BARE {
        running.answer(Ask::Show, &context.sample, 200);
    }
    let request = Ask::Show.request(running.address(), &running.token());
    let mut askers = connect(running.address());
    if line == PLANS_AND_RECORDS {
        ask_all(&mut askers, &request, context.times(1_000));
    }
    figures(&mut askers, &request, context.times(20_000))
}

fn measure(line: &str, context: &Context) -> Vec<f64> {
    let contestant = Contestant::named(line);
    let mut running = match contestant {
        Contestant::MockSwr => {
            let world = world_of(context.times(10_000));
            Running::MockSwr(start_mock_swr(world))
        }
        _ => contestant.start(&context.sample),
    };
    running.answer(Ask::Show, &context.sample, 200);
    let request = Ask::Show.request(running.address(), &running.token());
    let mut askers = connect(running.address());
    // mockito's ports run out: it takes a connection for each request.
    let count = match contestant {
        Contestant::Mockito => 5_000,
        _ => 20_000,
    };
    ask_all(&mut askers, &request, context.times(2_000));

    figures(&mut askers, &request, context.times(count))
}

/// The connections of each asker.
fn connect(address: SocketAddr) -> Vec<Vec<Connection>> {
    let open = || {
        (0..CONNECTIONS)
            .map(|_| Connection::open(address))
            .collect()
    };
    (0..ASKERS).map(|_| open()).collect()
}

/// Requests per second, CPU per request, and the server's part of it.
fn figures(askers: &mut [Vec<Connection>], request: &[u8], count: usize) -> Vec<f64> {
    let (start, cpu) = (Instant::now(), cpu_of_process());
    let (asked, askers_cpu) = ask_all(askers, request, count);
    let (wall, cpu) = (start.elapsed(), cpu_of_process() - cpu);
    let each = |cpu: Duration| micros(cpu) / asked as f64;
    vec![
        asked as f64 / wall.as_secs_f64(),
        each(cpu),
        each(cpu.saturating_sub(askers_cpu)),
    ]
}

/// About so many requests; how many it was, and the CPU time of those who asked.
fn ask_all(askers: &mut [Vec<Connection>], request: &[u8], count: usize) -> (usize, Duration) {
    let turns = count.div_ceil(ASKERS * CONNECTIONS);
    let cpu = thread::scope(|scope| {
        let asking = askers.iter_mut().map(|connections| {
            scope.spawn(move || {
                for _ in 0..turns {
                    connections
                        .iter_mut()
                        .for_each(|connection| connection.send(request));
                    for connection in &mut *connections {
                        connection.receive();
                    }
                }
                cpu_of_thread()
            })
        });
        let asking: Vec<_> = asking.collect();
        asking
            .into_iter()
            .map(|asker| asker.join().expect("an asker failed"))
            .sum()
    });
    (turns * ASKERS * CONNECTIONS, cpu)
}
