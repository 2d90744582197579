//! The format of the file that one server writes.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Fault, Met, Part};
use crate::base::refusal::Refusal;
use crate::fixtures::error::{FixtureError, Within, WorldFault, parse_strict, read_text};
use crate::fixtures::world::find_op;

/// The version of the format.
const VERSION: u64 = 1;

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "the coverage of a server")]
struct CoverageFile {
    mock_swr_coverage: u64,
    responses: Vec<ResponseRow>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a kind of response, with its count")]
struct ResponseRow {
    /// Absent for unmatched requests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    op: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refusal: Option<String>,
    #[serde(default, skip_serializing_if = "is_false")]
    planned: bool,
    /// A fault is always planned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fault: Option<String>,
    count: u64,
}

fn is_false(flag: &bool) -> bool {
    !flag
}

pub(super) fn to_json(counts: &BTreeMap<Met, u64>) -> String {
    let file = CoverageFile {
        mock_swr_coverage: VERSION,
        responses: counts
            .iter()
            .map(|(met, count)| ResponseRow::of(met, *count))
            .collect(),
    };
    // Serializing a struct of strings and numbers does not fail.
    serde_json::to_string_pretty(&file).unwrap_or_default() + "\n"
}

pub(super) fn load(path: &Path) -> Result<Vec<(Met, u64)>, FixtureError> {
    let text = read_text(path)?;
    parse(&text).map_err(|error| error.in_file(path))
}

fn parse(text: &str) -> Result<Vec<(Met, u64)>, FixtureError> {
    check_version(text)?;
    let (file, _) = parse_strict::<CoverageFile>(text)?;
    let rows = file.responses.iter().enumerate();
    let responses = rows.map(|(index, row)| row.read().within(index).within("responses"));
    let responses: Result<_, WorldFault> = responses.collect();
    responses.map_err(|fault| fault.in_text(text))
}

/// Refuses a file with another version, before its keys are read.
fn check_version(text: &str) -> Result<(), FixtureError> {
    let file: Value = serde_json::from_str(text).unwrap_or_default();
    match file.get("mock_swr_coverage").and_then(Value::as_u64) {
        Some(other) if other != VERSION => Err(FixtureError::of(format!(
            "the file has version {other}, expected version {VERSION}: use a program of the version that the tests \
             use, or clear the folder and run the tests again"
        ))),
        _ => Ok(()),
    }
}

impl ResponseRow {
    fn of(met: &Met, count: u64) -> ResponseRow {
        let fault = match met.part {
            Part::Fault(fault) => Some(fault.name().to_owned()),
            Part::Service | Part::Planned => None,
        };
        ResponseRow {
            op: met.op.map(|op| op.name().to_owned()),
            status: met.status,
            refusal: met.refusal.map(|refusal| format!("{refusal:?}")),
            planned: met.part != Part::Service,
            fault,
            count,
        }
    }

    fn read(&self) -> Result<(Met, u64), WorldFault> {
        let fault = self.fault.as_deref().map(Fault::parse).transpose();
        let part = match fault.within("fault")? {
            Some(fault) => Part::Fault(fault),
            None if self.planned => Part::Planned,
            None => Part::Service,
        };
        let met = Met {
            op: self.op.as_deref().map(find_op).transpose().within("op")?,
            status: self.status,
            refusal: self
                .refusal
                .as_deref()
                .map(Refusal::parse)
                .transpose()
                .within("refusal")?,
            part,
        };
        Ok((met, self.count))
    }
}

impl Fault {
    fn parse(name: &str) -> Result<Fault, String> {
        let fault = Fault::ALL.into_iter().find(|fault| fault.name() == name);
        fault.ok_or_else(|| format!("`{name}` is not a planned fault"))
    }
}
