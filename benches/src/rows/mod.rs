//! What is measured: one file per table.

mod blob;
mod first;
mod idle;
mod images;
mod journal;
mod latency;
mod manifest;
mod size;
mod start;
mod suite;
mod tags;
mod throughput;
mod upload;

use std::sync::Arc;

use crate::exchange::{Ask, Sample};

pub(crate) const ROWS: [&Row; 18] = [
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
];

/// A table.
pub(crate) struct Row {
    pub(crate) key: &'static str,
    pub(crate) title: &'static str,
    /// How to read it.
    pub(crate) note: &'static str,
    /// Ratios are to the first.
    pub(crate) lines: &'static [&'static str],
    pub(crate) columns: &'static [Column],
    /// How often each line is measured.
    pub(crate) rounds: usize,
    /// Held to one core: an idle core that has to be woken costs more than all else, and not always the same.
    pub(crate) one_core: bool,
    /// The request whose answer all give.
    pub(crate) ask: Ask,
    /// Measures a line, in a process of its own: a figure per column.
    pub(crate) measure: fn(&str, &Context) -> Vec<f64>,
}

pub(crate) struct Column {
    pub(crate) name: &'static str,
    pub(crate) decimals: usize,
    /// Which of the rounds' figures is shown.
    pub(crate) pick: Pick,
    pub(crate) has_ratio: bool,
}

/// The best for what the clock on the wall says, since other work only ever adds to it; the median for CPU and
/// memory.
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

/// What a measurement is given.
pub(crate) struct Context {
    pub(crate) sample: Arc<Sample>,
    pub(crate) smoke: bool,
}

impl Context {
    /// How often to do something that is done `count` times in a real run.
    pub(crate) fn times(&self, count: usize) -> usize {
        if self.smoke {
            (count / 100).max(2)
        } else {
            count
        }
    }
}
