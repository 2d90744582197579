//! The measurements: one file per table.

mod blob;
mod first;
mod idle;
mod images;
pub(crate) mod instructions;
mod journal;
mod latency;
mod manifest;
mod size;
mod start;
mod suite;
mod tags;
mod throughput;
mod tls;
mod upload;

use std::sync::Arc;

use instructions::VALGRIND;

use crate::exchange::{Call, Sample};
use crate::measure::find_program;
use crate::registries::DOCKER;

pub(crate) const ROWS: [&Row; 21] = [
    &start::ROW,
    &latency::ROW,
    &latency::ROW_ALL_CORES,
    &throughput::ROW,
    &throughput::ROW_ALL_CORES,
    &throughput::ROW_COST,
    &idle::ROW,
    &journal::ROW,
    &upload::ROW,
    &first::ROW,
    &size::ROW,
    &suite::ROW,
    &blob::ROW,
    &images::ROW,
    &images::ROW_ALL_CORES,
    &manifest::ROW,
    &manifest::ROW_ALL_CORES,
    &tags::ROW,
    &instructions::ROW,
    &instructions::ROW_IMAGES,
    &tls::ROW,
];

/// Returns the reason why a line cannot be measured on this machine.
pub(crate) fn missing_program(row: &Row, line: &str) -> Option<&'static str> {
    let is_counted = [instructions::ROW.key, instructions::ROW_IMAGES.key].contains(&row.key);
    if is_counted && find_program(VALGRIND).is_none() {
        return Some("valgrind is not installed: apt-get install valgrind");
    }
    if line == DOCKER && find_program(DOCKER).is_none() {
        return Some("it is not installed: apt-get install docker-registry");
    }
    None
}

/// A table.
pub(crate) struct Row {
    pub(crate) key: &'static str,
    pub(crate) title: &'static str,
    /// Explains the columns and the setup.
    pub(crate) note: &'static str,
    /// The names of the lines. Ratios are to the first one.
    pub(crate) lines: &'static [&'static str],
    pub(crate) columns: &'static [Column],
    /// The number of times that each line is measured.
    pub(crate) rounds: usize,
    /// Whether the process is pinned to one core. Waking an idle core takes long, and not always equally long.
    pub(crate) one_core: bool,
    /// The request whose response all servers return.
    pub(crate) call: Call,
    /// Measures a line in its own process. Returns one figure per column.
    pub(crate) measure: fn(&str, &Context) -> Vec<f64>,
}

pub(crate) struct Column {
    pub(crate) name: &'static str,
    pub(crate) decimals: usize,
    /// How the table picks one figure from all rounds.
    pub(crate) pick: Pick,
    pub(crate) has_ratio: bool,
}

/// How one figure is picked from all rounds: the best for wall-clock time, because other work on the machine only
/// adds to it; the median for CPU and memory.
pub(crate) enum Pick {
    Lowest,
    Highest,
    Median,
}

impl Column {
    const fn new(name: &'static str, decimals: usize, pick: Pick) -> Column {
        Column {
            name,
            decimals,
            pick,
            has_ratio: true,
        }
    }

    const fn without_ratio(name: &'static str, decimals: usize, pick: Pick) -> Column {
        Column {
            name,
            decimals,
            pick,
            has_ratio: false,
        }
    }
}

/// The input of a measurement.
pub(crate) struct Context {
    pub(crate) sample: Arc<Sample>,
    pub(crate) smoke: bool,
}

impl Context {
    /// Returns the number of repetitions: `count` in a full run, fewer in a smoke run.
    pub(crate) fn times(&self, count: usize) -> usize {
        if self.smoke {
            (count / 100).max(2)
        } else {
            count
        }
    }
}
