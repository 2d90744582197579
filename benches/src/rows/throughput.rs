use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

use super::{Column, Context, Pick, Row};
use crate::client::Connection;
use crate::contestants::{ALL, Contestant, Running, start_mock_swr};
use crate::exchange::Call;
use crate::measure::{cpu_of_process, cpu_of_thread, micros};
use crate::rows::size::world_of;

/// The number of client threads.
const THREADS: usize = 2;
/// The number of connections of each thread.
const CONNECTIONS: usize = 16;

pub(crate) const ROW: Row = Row {
    key: "throughput",
    title: "ShowRepository on 32 connections, with a large state, one core",
    note: "Two threads with 16 connections each send a request on every connection, then read a response from every \
           connection. mock-swr has 10,000 repositories, 200 plans and overlays for other operations, and more than \
           1,000 recorded requests. Peers have 200 other stubs. \"CPU µs\" is the time of the whole process per \
           request, \"server's\" is without the client's threads.",
    lines: ALL,
    columns: &[
        Column::new("requests/s", 0, Pick::Highest),
        Column::new("CPU µs", 1, Pick::Median),
        Column::new("server's", 1, Pick::Median),
    ],
    rounds: 9,
    one_core: true,
    call: Call::Show,
    measure,
};

pub(crate) const ROW_ALL_CORES: Row = Row {
    key: "throughput-all-cores",
    title: "the same on all cores",
    note: "Servers with their own thread use one core and leave the other to the client.",
    one_core: false,
    ..ROW
};

const BARE: &str = "nothing planned or recorded";
const PLANS: &str = "200 plans";
const PLANS_AND_RECORDS: &str = "200 plans, 1,000 recorded";

pub(crate) const ROW_COST: Row = Row {
    key: "cost",
    title: "the cost of plans for other operations and of recorded requests, mock-swr alone, one core",
    note: "As `throughput`. Each line also records its own requests. The first line starts with an empty journal.",
    lines: &[BARE, PLANS, PLANS_AND_RECORDS],
    measure: measure_cost,
    ..ROW
};

fn measure_cost(line: &str, context: &Context) -> Vec<f64> {
    let world = world_of(context.times(10_000));
    let mut running = Running::MockSwr(start_mock_swr(world));
    if line != BARE {
        running.set_response(Call::Show, &context.sample, 200);
    }
    let request = Call::Show.request(running.address(), &running.token());
    let mut threads = connect(running.address());
    if line == PLANS_AND_RECORDS {
        send_all(&mut threads, &request, context.times(1_000));
    }
    figures(&mut threads, &request, context.times(20_000))
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
    running.set_response(Call::Show, &context.sample, 200);
    let request = Call::Show.request(running.address(), &running.token());
    let mut threads = connect(running.address());
    // mockito closes each connection after one request, and ports run out at more.
    let count = match contestant {
        Contestant::Mockito => 5_000,
        _ => 20_000,
    };
    send_all(&mut threads, &request, context.times(2_000));

    figures(&mut threads, &request, context.times(count))
}

/// Opens the connections of each client thread.
fn connect(address: SocketAddr) -> Vec<Vec<Connection>> {
    let open = || {
        (0..CONNECTIONS)
            .map(|_| Connection::open(address))
            .collect()
    };
    (0..THREADS).map(|_| open()).collect()
}

/// Returns requests per second, CPU time per request, and the server's part of that time.
fn figures(threads: &mut [Vec<Connection>], request: &[u8], count: usize) -> Vec<f64> {
    let (start, cpu) = (Instant::now(), cpu_of_process());
    let (sent, client_cpu) = send_all(threads, request, count);
    let (wall, cpu) = (start.elapsed(), cpu_of_process() - cpu);
    let each = |cpu: Duration| micros(cpu) / sent as f64;
    vec![
        sent as f64 / wall.as_secs_f64(),
        each(cpu),
        each(cpu.saturating_sub(client_cpu)),
    ]
}

/// Sends about `count` requests. Returns their exact number, and the CPU time of the client threads.
fn send_all(threads: &mut [Vec<Connection>], request: &[u8], count: usize) -> (usize, Duration) {
    let turns = count.div_ceil(THREADS * CONNECTIONS);
    let cpu = thread::scope(|scope| {
        let running = threads.iter_mut().map(|connections| {
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
        let running: Vec<_> = running.collect();
        running
            .into_iter()
            .map(|thread| thread.join().expect("the client thread does not panic"))
            .sum()
    });
    (turns * THREADS * CONNECTIONS, cpu)
}
