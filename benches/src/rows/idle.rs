use std::thread;
use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::{Column, Context, Pick, Row};
use crate::contestants::{ALL, Contestant};
use crate::exchange::Call;
use crate::measure::{open_files, resident, threads};

pub(crate) const ROW: Row = Row {
    key: "idle",
    title: "an idle server of 500",
    note: "What each server adds to the process. The first server, which starts the shared runtime, does not count.",
    lines: ALL,
    columns: &[
        Column::without_ratio("threads", 2, Pick::Median),
        Column::without_ratio("open files", 2, Pick::Median),
        Column::new("KiB resident", 1, Pick::Median),
    ],
    rounds: 9,
    one_core: false,
    call: Call::Show,
    measure,
};

fn measure(line: &str, context: &Context) -> Vec<f64> {
    allow_many_files();
    let contestant = Contestant::named(line);
    let count = context.times(500);
    let mut servers = Vec::with_capacity(count + 1);
    servers.push(contestant.start(&context.sample));
    let usage = || {
        // A server with its own thread may still be starting when `start` returns.
        thread::sleep(Duration::from_millis(300));
        [threads(), open_files(), resident()]
    };
    let before = usage();
    servers.extend((0..count).map(|_| contestant.start(&context.sample)));
    let after = usage();
    let added = after
        .iter()
        .zip(before)
        .map(|(after, before)| after - before);
    added.map(|added| added / count as f64).collect()
}

fn allow_many_files() {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    setrlimit(Resource::Nofile, raised).expect("the limit can be raised");
}
