use std::thread;
use std::time::{Duration, Instant};

use super::{Column, Context, Pick, Row};
use crate::client::Connection;
use crate::contestants::{HYPER, MOCK_SWR};
use crate::exchange::{Ask, Sample};
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

/// Up to so many requests; how many a second.
fn ask_all(connections: &mut [Connection], request: &[u8], count: usize) -> f64 {
    let askers = connections.len().min(2);
    let turns = count.div_ceil(connections.len());
    let each = connections.len() / askers;
    let start = Instant::now();
    let asked: usize = thread::scope(|scope| {
        let asking: Vec<_> = connections
            .chunks_mut(each)
            .map(|connections| scope.spawn(move || ask(connections, request, turns)))
            .collect();
        let asked = asking.into_iter().map(|asker| asker.join());
        asked.map(|asked| asked.expect("an asker failed")).sum()
    });
    asked as f64 / start.elapsed().as_secs_f64()
}

fn ask(connections: &mut [Connection], request: &[u8], turns: usize) -> usize {
    let start = Instant::now();
    let mut asked = 0;
    for _ in 0..turns {
        connections
            .iter_mut()
            .for_each(|connection| connection.send(request));
        for connection in &mut *connections {
            let answer = connection.receive();
            assert!(answer.starts_with(b"HTTP/1.1 200"), "it was refused");
        }
        asked += connections.len();
        if start.elapsed() > LONGEST {
            break;
        }
    }
    asked
}
