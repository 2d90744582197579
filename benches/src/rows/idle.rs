use std::thread;
use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::{Column, Context, Pick, Row};
use crate::contestants::{ALL, Contestant};
use crate::exchange::Ask;
use crate::measure::{open_files, resident, threads};

pub(crate) const ROW: Row = Row {
    key: "idle",
    title: "an idle server of 500",
    note: "What each adds to the process; the first, which brings the shared runtime up, is not counted.",
    lines: ALL,
    columns: &[
        Column::without_ratio("threads", 2, Pick::Median),
        Column::without_ratio("open files", 2, Pick::Median),
        Column::new("KiB resident", 1, Pick::Median),
    ],
    rounds: 9,
    one_core: false,
    ask: Ask::Show,
    measure,
};

fn measure(line: &str, context: &Context) -> Vec<f64> {
    allow_many_files();
    let contestant = Contestant::named(line);
    let count = context.times(500);
    let mut servers = Vec::with_capacity(count + 1);
    servers.push(contestant.start(&context.sample));
    let look = || {
        // Servers with a thread of their own are not up yet when `start` returns.
        thread::sleep(Duration::from_millis(300));
        [threads(), open_files(), resident()]
    };
    let before = look();
    servers.extend((0..count).map(|_| contestant.start(&context.sample)));
    let after = look();
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
    setrlimit(Resource::Nofile, raised).expect("a limit that can be raised");
}
