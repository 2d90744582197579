//! The `coverage` command: the responses that tests met and never met.

use std::collections::BTreeMap;

use mock_swr::{Coverage, Op, OpCoverage, ResponseCoverage};
use serde::Serialize;

use crate::arguments::{CoverageOptions, Format};
use crate::{ExitError, json_line, print};

/// The maximum width of a line of text.
const WIDTH: usize = 100;

/// Prints the merged coverage of a folder. Fails if it is too low.
pub(crate) fn coverage(options: &CoverageOptions) -> Result<(), ExitError> {
    let coverage = Coverage::load(&options.folder).map_err(ExitError::input)?;
    print(&match options.format {
        Format::Text => text(&coverage),
        Format::Markdown => markdown(&coverage),
        Format::Json => json(&coverage),
    })?;
    let (met, possible) = coverage.met();
    match options.at_least {
        Some(least) if met * 100 < possible.max(1) * usize::from(least) => {
            Err(ExitError::run(format!(
                "the coverage is {}%, expected at least {least}%: the tests met {met} of {possible} possible \
                 responses of the operations that they called",
                percentage(met, possible)
            )))
        }
        _ => Ok(()),
    }
}

fn percentage(met: usize, possible: usize) -> usize {
    met * 100 / possible.max(1)
}

/// `31 of 120 possible responses of 14 operations (25%), 12 servers`.
fn summary(coverage: &Coverage) -> String {
    let (met, possible) = coverage.met();
    format!(
        "{met} of {possible} possible responses of {} ({}%), {}",
        counted(coverage.ops.len(), "operation"),
        percentage(met, possible),
        counted(coverage.servers, "server")
    )
}

fn counted(count: usize, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        count => format!("{count} {what}s"),
    }
}

/// What a reader must know to trust the numbers, one sentence each.
fn notes(coverage: &Coverage) -> Vec<String> {
    let mut notes = Vec::new();
    if coverage.unmatched > 0 {
        let count = counted(coverage.unmatched as usize, "request");
        notes.push(format!("{count} matched no operation."));
    }
    if coverage.unfinished > 0 {
        let count = counted(coverage.unfinished, "server");
        notes.push(format!(
            "{count} wrote no coverage: the process still runs or was killed, or a server in a `static` was not \
             checked with `check()`."
        ));
    }
    notes
}

fn text(coverage: &Coverage) -> String {
    let mut text = String::new();
    for of_op in &coverage.ops {
        let calls = counted(of_op.calls as usize, "call");
        text += &format!("{}, {calls}\n", of_op.op);
        text += &lines("  met    ", &met(of_op));
        text += &lines("  never  ", &never(of_op));
        text += "\n";
    }
    let (count, names) = never_called(coverage);
    if !names.is_empty() {
        text += &wrapped(&format!("{count} were never called:"), &names.join(", "));
    }
    for note in notes(coverage) {
        text += &format!("{note}\n");
    }
    text + &summary(coverage) + "\n"
}

/// A title and words, in indented lines of limited width.
fn wrapped(title: &str, words: &str) -> String {
    let mut text = title.to_owned();
    let mut width = title.len();
    for word in words.split(' ') {
        if width + 1 + word.len() > WIDTH {
            text += "\n ";
            width = 1;
        }
        text += &format!(" {word}");
        width += 1 + word.len();
    }
    text + "\n"
}

/// The items one below the other, after a title in the first line.
fn lines(title: &str, items: &[String]) -> String {
    let mut text = String::new();
    let mut prefix = title.to_owned();
    for item in items {
        text += &format!("{prefix}{item}\n");
        prefix = " ".repeat(title.len());
    }
    text
}

fn markdown(coverage: &Coverage) -> String {
    let mut text = format!("**mock-swr coverage:** {}\n\n", summary(coverage));
    text += "| operation | calls | met | never |\n|---|--:|---|---|\n";
    for of_op in &coverage.ops {
        text += &format!(
            "| {} | {} | {} | {} |\n",
            of_op.op,
            of_op.calls,
            met(of_op).join("<br>"),
            never(of_op).join("<br>")
        );
    }
    let (count, names) = never_called(coverage);
    if !names.is_empty() {
        let names = names.join(", ");
        text += &format!(
            "\n<details><summary>{count} were never called</summary>\n\n{names}\n\n</details>\n"
        );
    }
    for note in notes(coverage) {
        text += &format!("\n{note}\n");
    }
    text
}

/// The simulated operations that no client called, with their number.
fn never_called(coverage: &Coverage) -> (String, Vec<&'static str>) {
    let names: Vec<&str> = coverage.never_called().into_iter().map(Op::name).collect();
    let all = Op::ALL.iter().filter(|op| op.is_simulated()).count();
    (
        format!("{} of {all} simulated operations", names.len()),
        names,
    )
}

/// What clients met: one line for each status, then the faults.
fn met(of_op: &OpCoverage) -> Vec<String> {
    let mut met = by_status(of_op, ResponseCoverage::is_met);
    met.extend(
        of_op
            .faults
            .iter()
            .map(|(fault, _)| format!("{fault} (planned)")),
    );
    met
}

/// The possible responses that no client met, one line for each status.
fn never(of_op: &OpCoverage) -> Vec<String> {
    if !of_op.op.is_simulated() {
        return vec!["(its errors are unknown, because it is not simulated)".to_owned()];
    }
    by_status(of_op, |response| !response.is_met())
}

/// `409 RepoExists, TagExists (planned)`, one line for each status.
fn by_status(of_op: &OpCoverage, has: impl Fn(&ResponseCoverage) -> bool) -> Vec<String> {
    let mut lines = BTreeMap::<u16, Vec<String>>::new();
    for response in of_op.responses.iter().filter(|response| has(response)) {
        let refusal = response.refusal.map(|refusal| format!("{refusal:?}"));
        let is_only_planned = response.planned > 0 && response.real == 0;
        let mark = is_only_planned.then(|| "(planned)".to_owned());
        let parts: Vec<String> = refusal.into_iter().chain(mark).collect();
        lines
            .entry(response.status)
            .or_default()
            .push(parts.join(" "));
    }
    let line = |(status, names): (u16, Vec<String>)| {
        let names: Vec<String> = names.into_iter().filter(|name| !name.is_empty()).collect();
        format!("{status} {}", names.join(", "))
            .trim_end()
            .to_owned()
    };
    lines.into_iter().map(line).collect()
}

#[derive(Serialize)]
struct Report {
    servers: usize,
    unfinished: usize,
    unmatched: u64,
    met: usize,
    possible: usize,
    percentage: usize,
    operations: Vec<OperationReport>,
    never_called: Vec<&'static str>,
}

#[derive(Serialize)]
struct OperationReport {
    operation: &'static str,
    calls: u64,
    responses: Vec<ResponseReport>,
    faults: BTreeMap<&'static str, u64>,
}

#[derive(Serialize)]
struct ResponseReport {
    status: u16,
    refusal: Option<String>,
    possible: bool,
    real: u64,
    planned: u64,
}

fn json(coverage: &Coverage) -> String {
    let (met, possible) = coverage.met();
    let report = Report {
        servers: coverage.servers,
        unfinished: coverage.unfinished,
        unmatched: coverage.unmatched,
        met,
        possible,
        percentage: percentage(met, possible),
        operations: coverage.ops.iter().map(OperationReport::of).collect(),
        never_called: never_called(coverage).1,
    };
    json_line(serde_json::to_string_pretty(&report))
}

impl OperationReport {
    fn of(of_op: &OpCoverage) -> OperationReport {
        let response = |response: &ResponseCoverage| ResponseReport {
            status: response.status,
            refusal: response.refusal.map(|refusal| format!("{refusal:?}")),
            possible: response.is_possible,
            real: response.real,
            planned: response.planned,
        };
        OperationReport {
            operation: of_op.op.name(),
            calls: of_op.calls,
            responses: of_op.responses.iter().map(response).collect(),
            faults: of_op.faults.iter().copied().collect(),
        }
    }
}
