//! The merged coverage of a folder, compared with the responses that are possible. Only the program uses it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::own_file::{RUNNING, WRITTEN};
use super::{Fault, Met, Part, file};
use crate::base::refusal::{Class, Refusal};
use crate::fixtures::error::FixtureError;
use crate::operations::op::{Mark, Op};
use crate::operations::refusals::refusals_of;
use crate::services::chains::status_of;

const RUN_THE_TESTS: &str =
    "run the tests first, with this folder in the environment variable `MOCK_SWR_COVERAGE`";

/// The merged coverage of all servers that wrote to a folder.
#[doc(hidden)]
#[derive(Debug)]
pub struct Coverage {
    /// The number of servers that wrote a file.
    pub servers: usize,
    /// The number of servers that started and wrote no file.
    pub unfinished: usize,
    /// The number of requests that matched no operation.
    pub unmatched: u64,
    /// The operations that clients called, in the order of the table.
    pub ops: Vec<OpCoverage>,
}

/// The responses of one operation.
#[doc(hidden)]
#[derive(Debug)]
pub struct OpCoverage {
    pub op: Op,
    /// The number of calls that got a response or a fault.
    pub calls: u64,
    /// The possible responses and the other responses that clients received, by status.
    pub responses: Vec<ResponseCoverage>,
    /// The planned faults, by the method that plans them.
    pub faults: Vec<(&'static str, u64)>,
}

/// A response of one operation.
#[doc(hidden)]
#[derive(Debug)]
pub struct ResponseCoverage {
    pub status: u16,
    pub refusal: Option<Refusal>,
    /// How often it was received from the service.
    pub real: u64,
    /// How often it was received from a plan.
    pub planned: u64,
    /// Whether it counts as a possible response of the operation.
    pub is_possible: bool,
}

impl Coverage {
    /// Merges all files of a folder.
    ///
    /// # Errors
    ///
    /// Returns an error if the folder cannot be read or has no file, or if a file is invalid.
    pub fn load(folder: impl AsRef<Path>) -> Result<Coverage, FixtureError> {
        let folder = folder.as_ref();
        let files = files_of(folder)?;
        let has_extension = |path: &&PathBuf, extension: &str| {
            path.extension().is_some_and(|found| found == extension)
        };
        let unfinished = files
            .iter()
            .filter(|path| has_extension(path, RUNNING))
            .count();
        let written: Vec<&PathBuf> = files
            .iter()
            .filter(|path| has_extension(path, WRITTEN))
            .collect();
        if written.is_empty() {
            let message = format!("no server wrote its coverage to this folder; {RUN_THE_TESTS}");
            return Err(FixtureError::of_file(folder, message));
        }
        let mut counts = BTreeMap::<Met, u64>::new();
        for path in &written {
            for (met, count) in file::load(path)? {
                add(counts.entry(met).or_default(), count);
            }
        }
        Ok(Coverage {
            servers: written.len(),
            unfinished,
            ..Coverage::of(&counts)
        })
    }

    fn of(counts: &BTreeMap<Met, u64>) -> Coverage {
        let mut unmatched = 0;
        let of_op = |op: Option<Op>| {
            let counts = counts.iter().filter(move |(met, _)| met.op == op);
            counts.map(|(met, count)| (*met, *count))
        };
        of_op(None).for_each(|(_, count)| add(&mut unmatched, count));
        let all = Op::ALL.iter().copied();
        Coverage {
            servers: 0,
            unfinished: 0,
            unmatched,
            ops: all
                .filter(|op| of_op(Some(*op)).next().is_some())
                .map(|op| OpCoverage::of(op, of_op(Some(op))))
                .collect(),
        }
    }

    /// The number of possible responses of the called operations that clients received, and the number of all.
    pub fn met(&self) -> (usize, usize) {
        let responses = self.ops.iter().flat_map(|of_op| &of_op.responses);
        let possible: Vec<_> = responses.filter(|response| response.is_possible).collect();
        let met = possible.iter().filter(|response| response.is_met()).count();
        (met, possible.len())
    }

    /// The simulated operations that no client called.
    pub fn never_called(&self) -> Vec<Op> {
        let simulated = Op::ALL.iter().filter(|op| op.is_simulated());
        let is_called = |op: &&Op| self.ops.iter().any(|of_op| of_op.op == **op);
        simulated.filter(|op| !is_called(op)).copied().collect()
    }
}

/// Adds a count of a file, which can be any number, to a sum.
fn add(sum: &mut u64, count: u64) {
    *sum = sum.saturating_add(count);
}

/// The files of a folder, sorted.
fn files_of(folder: &Path) -> Result<Vec<PathBuf>, FixtureError> {
    let read = || {
        let entries = fs::read_dir(folder)?.map(|entry| Ok(entry?.path()));
        entries.collect::<std::io::Result<Vec<PathBuf>>>()
    };
    let mut files = read().map_err(|error| {
        let message =
            format!("the folder of the coverage cannot be read: {error}; {RUN_THE_TESTS}");
        FixtureError::of_file(folder, message)
    })?;
    files.sort();
    Ok(files)
}

impl OpCoverage {
    fn of(op: Op, counts: impl Iterator<Item = (Met, u64)>) -> OpCoverage {
        let mut responses = possible(op);
        let mut faults = BTreeMap::<Fault, u64>::new();
        let mut calls = 0;
        for (met, count) in counts {
            add(&mut calls, count);
            match (met.part, met.status) {
                (Part::Fault(fault), _) => add(faults.entry(fault).or_default(), count),
                (part, Some(status)) => {
                    let response = find_or_add(&mut responses, (status, met.refusal));
                    match part {
                        Part::Service => add(&mut response.real, count),
                        Part::Planned | Part::Fault(_) => add(&mut response.planned, count),
                    }
                }
                (Part::Service | Part::Planned, None) => {}
            }
        }
        replace_common(&mut responses, op);
        responses.sort_by_key(|response| (response.status, response.refusal));
        OpCoverage {
            op,
            calls,
            responses,
            faults: faults
                .into_iter()
                .map(|(fault, count)| (fault.name(), count))
                .collect(),
        }
    }
}

/// The entry of a response, which is new if the response is not one of the possible ones.
fn find_or_add(
    responses: &mut Vec<ResponseCoverage>,
    (status, refusal): (u16, Option<Refusal>),
) -> &mut ResponseCoverage {
    let found = responses.iter().position(|entry| {
        let has_status = refusal.is_some() || entry.status == status;
        entry.refusal == refusal && has_status
    });
    let found = found.unwrap_or_else(|| {
        responses.push(ResponseCoverage::new(status, refusal, false));
        responses.len() - 1
    });
    &mut responses[found]
}

/// Replaces a failure that every operation can have by the one of its class that clients received, if any.
fn replace_common(responses: &mut Vec<ResponseCoverage>, op: Op) {
    for common in common(op) {
        let is_entry = |entry: &ResponseCoverage| entry.refusal == Some(common) && !entry.is_met();
        let Some(at) = responses.iter().position(is_entry) else {
            continue;
        };
        let received = responses.iter_mut().find(|other| {
            !other.is_possible && class_of(other.status, other.refusal) == Some(common.class())
        });
        if let Some(received) = received {
            received.is_possible = true;
            responses.remove(at);
        }
    }
}

/// The class of a failure that every operation can have; `None` for other responses and for errors of the mock itself.
fn class_of(status: u16, refusal: Option<Refusal>) -> Option<Class> {
    match (refusal, status) {
        (
            Some(
                Refusal::NotSimulated
                | Refusal::Panicked
                | Refusal::ListenFailed
                | Refusal::ContentLimit,
            ),
            _,
        ) => None,
        (Some(refusal), _) => Some(refusal.class()),
        (None, 401) => Some(Class::Unauthenticated),
        (None, 429) => Some(Class::Throttled),
        (None, 500) => Some(Class::Failed),
        (None, 502..=504 | 507) => Some(Class::Unavailable),
        (None, _) => None,
    }
}

/// The possible responses of an operation: its success, the refusals of its own, and the failures that every operation
/// can have. Those of an operation that is not simulated are unknown.
fn possible(op: Op) -> Vec<ResponseCoverage> {
    let row = op.row();
    let Some(simulated) = &row.simulated else {
        return Vec::new();
    };
    let is_offered = refusals_of(op).all(|refusal| refusal != Refusal::Unsupported);
    let success = is_offered.then(|| ResponseCoverage::new(simulated.status, None, true));
    let refusals = refusals_of(op).chain(common(op));
    let refusals =
        refusals.map(|refusal| ResponseCoverage::new(status_of(refusal, row), Some(refusal), true));
    success.into_iter().chain(refusals).collect()
}

/// The failures that every operation can have, one of each class. Each stands for its class.
fn common(op: Op) -> impl Iterator<Item = Refusal> {
    let expired = (op.row().mark != Mark::Open).then_some(Refusal::TokenExpired);
    let failures = [Refusal::Throttled, Refusal::GatewayFailed, Refusal::IamDown];
    expired.into_iter().chain(failures)
}

impl ResponseCoverage {
    fn new(status: u16, refusal: Option<Refusal>, is_possible: bool) -> ResponseCoverage {
        ResponseCoverage {
            status,
            refusal,
            real: 0,
            planned: 0,
            is_possible,
        }
    }

    /// Whether a client received it.
    pub fn is_met(&self) -> bool {
        self.real > 0 || self.planned > 0
    }
}
