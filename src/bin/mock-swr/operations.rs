//! The `operations` command.

use mock_swr::Op;
use serde::Serialize;

use crate::json_line;

/// A row of the list of operations.
#[derive(Serialize)]
struct OperationRow {
    operation: &'static str,
    method: String,
    path: &'static str,
    simulated: bool,
    evidence: &'static str,
    source: &'static str,
}

impl From<Op> for OperationRow {
    fn from(op: Op) -> OperationRow {
        let (evidence, source) = op.evidence();
        OperationRow {
            operation: op.name(),
            method: op.method().to_string(),
            path: op.path_template(),
            simulated: op.is_simulated(),
            evidence: evidence.as_str(),
            source,
        }
    }
}

pub(crate) fn operations(json: bool) -> String {
    let operations: Vec<OperationRow> = Op::ALL.iter().copied().map(OperationRow::from).collect();
    if json {
        return json_line(serde_json::to_string_pretty(&operations));
    }
    let name_width = operations
        .iter()
        .map(|row| row.operation.len())
        .max()
        .unwrap_or_default();
    let mut table = String::new();
    for row in operations {
        let simulated = if row.simulated {
            "simulated"
        } else {
            "not simulated"
        };
        table += &format!(
            "{:name_width$}  {:6}  {simulated:13}  {}  ({}: {})\n",
            row.operation, row.method, row.path, row.evidence, row.source
        );
    }
    table
}
