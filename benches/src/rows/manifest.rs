use std::thread;
use std::time::{Duration, Instant};

use super::{Column, Context, Pick, Row};
use crate::client::Connection;
use crate::contestants::{HYPER, MOCK_SWR};
use crate::exchange::{Call, Sample};
use crate::measure::timed;
use crate::pushing::{Image, Wire, get};
use crate::registries::{DOCKER, FERRO, Registry, TESTKIT, repo_at};

pub(crate) const ROW: Row = Row {
    key: "manifest",
    title: "GET of a manifest by its tag, one core",
    note: "Requests per second on one connection, and on eight with two threads. Raw hyper returns the response of \
           mock-swr.",
    lines: &[HYPER, TESTKIT, FERRO, DOCKER, MOCK_SWR],
    columns: &[
        Column::new("1 connection", 0, Pick::Highest),
        Column::new("8 connections", 0, Pick::Highest),
    ],
    rounds: 7,
    one_core: true,
    call: Call::Show,
    measure,
};

pub(crate) const ROW_ALL_CORES: Row = Row {
    key: "manifest-all-cores",
    title: "the same on all cores",
    note: "On one connection, it is random whether a request must wake a core.",
    one_core: false,
    ..ROW
};

const COUNT: usize = 20_000;
/// The time limit of one measurement. Slow registries do not finish all requests.
const LONGEST: Duration = Duration::from_millis(300);

fn measure(line: &str, context: &Context) -> Vec<f64> {
    let image = Image::numbered(repo_at(line), 0);
    let request = get(&image.manifest_target());
    let registry = match line {
        HYPER => Registry::raw(response_of_mock_swr(&image, &request), false),
        line => {
            let registry = Registry::start(line);
            image.push_whole(&mut Wire::open(registry.address));
            registry
        }
    };
    [1, 8]
        .map(|connections| {
            let open = |_| Connection::open(registry.address);
            let mut connections: Vec<Connection> = (0..connections).map(open).collect();
            best_rate(&mut connections, &request, context.times(COUNT / 10));
            best_rate(&mut connections, &request, context.times(COUNT))
        })
        .into()
}

fn response_of_mock_swr(image: &Image, request: &[u8]) -> Sample {
    let registry = Registry::start(MOCK_SWR);
    image.push_whole(&mut Wire::open(registry.address));
    Sample::parse(Connection::open(registry.address).exchange(request))
}

/// The number of requests that are timed together. The fastest slice counts, because other work on the machine only
/// adds time.
const SLICE: usize = 800;

/// Sends up to `count` requests. Returns the best rate per second.
fn best_rate(connections: &mut [Connection], request: &[u8], count: usize) -> f64 {
    let start = Instant::now();
    let mut best = 0.0;
    for _ in 0..count.div_ceil(SLICE) {
        let turns = count.min(SLICE) / connections.len();
        let sent = turns * connections.len();
        let time = timed(|| run_slice(connections, request, turns));
        best = f64::max(best, sent as f64 / time * 1e6);
        if start.elapsed() > LONGEST {
            break;
        }
    }
    best
}

/// Splits the connections between two threads, or uses one if there is one connection. Each thread sends a request on
/// every connection, then reads a response from every connection.
fn run_slice(connections: &mut [Connection], request: &[u8], turns: usize) {
    let each = connections.len().div_ceil(2);
    thread::scope(|scope| {
        for connections in connections.chunks_mut(each) {
            scope.spawn(move || run_share(connections, request, turns));
        }
    });
}

fn run_share(connections: &mut [Connection], request: &[u8], turns: usize) {
    for _ in 0..turns {
        connections
            .iter_mut()
            .for_each(|connection| connection.send(request));
        for connection in &mut *connections {
            let response = connection.receive();
            assert!(response.starts_with(b"HTTP/1.1 200"), "the GET was refused");
        }
    }
}
