use std::thread;
use std::time::{Duration, Instant};

use super::{Column, Context, Pick, Row};
use crate::client::Connection;
use crate::contestants::{HYPER, MOCK_SWR};
use crate::exchange::{Ask, Sample};
use crate::measure::timed;
use crate::pushing::{Image, Wire, get};
use crate::registries::{DOCKER, FERRO, Registry, TESTKIT, repo_at};

pub(crate) const ROW: Row = Row {
    key: "manifest",
    title: "GET of a manifest by its tag, one core",
    note: "Requests per second, on one connection, and on eight, of which two threads ask four each. Raw hyper gives \
           mock-swr's answer.",
    lines: &[HYPER, TESTKIT, FERRO, DOCKER, MOCK_SWR],
    columns: &[
        Column::new("1 connection", 0, Pick::Highest),
        Column::new("8 connections", 0, Pick::Highest),
    ],
    rounds: 7,
    one_core: true,
    ask: Ask::Show,
    measure,
};

pub(crate) const ROW_ALL_CORES: Row = Row {
    key: "manifest-all-cores",
    title: "the same on all cores",
    note: "On one connection it is chance whether a core has to be woken for each request.",
    one_core: false,
    ..ROW
};

const COUNT: usize = 20_000;
/// Whoever is slow does not get through all.
const LONGEST: Duration = Duration::from_millis(300);

fn measure(line: &str, context: &Context) -> Vec<f64> {
    let image = Image::numbered(repo_at(line), 0);
    let request = get(&image.manifest_target());
    let registry = match line {
        HYPER => Registry::raw(answer_of_mock_swr(&image, &request), false),
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
            ask_all(&mut connections, &request, context.times(COUNT / 10));
            ask_all(&mut connections, &request, context.times(COUNT))
        })
        .into()
}

fn answer_of_mock_swr(image: &Image, request: &[u8]) -> Sample {
    let registry = Registry::start(MOCK_SWR);
    image.push_whole(&mut Wire::open(registry.address));
    Sample::parse(Connection::open(registry.address).ask(request))
}

/// So many requests are timed together; the best of them count, since other work on the machine only adds to it.
const SLICE: usize = 800;

/// Up to so many requests; how many a second it was at best.
fn ask_all(connections: &mut [Connection], request: &[u8], count: usize) -> f64 {
    let start = Instant::now();
    let mut best = 0.0;
    for _ in 0..count.div_ceil(SLICE) {
        let turns = count.min(SLICE) / connections.len();
        let asked = turns * connections.len();
        let time = timed(|| ask(connections, request, turns));
        best = f64::max(best, asked as f64 / time * 1e6);
        if start.elapsed() > LONGEST {
            break;
        }
    }
    best
}

/// Two threads, if there are connections for two: each sends on each of its connections, then reads an answer from each.
fn ask(connections: &mut [Connection], request: &[u8], turns: usize) {
    let each = connections.len().div_ceil(2);
    thread::scope(|scope| {
        for connections in connections.chunks_mut(each) {
            scope.spawn(move || ask_for_share(connections, request, turns));
        }
    });
}

fn ask_for_share(connections: &mut [Connection], request: &[u8], turns: usize) {
    for _ in 0..turns {
        connections
            .iter_mut()
            .for_each(|connection| connection.send(request));
        for connection in &mut *connections {
            let answer = connection.receive();
            assert!(answer.starts_with(b"HTTP/1.1 200"), "it was refused");
        }
    }
}
