//! The ledger: the README says which operations are simulated and how we know what they do, as the table has it.

use std::path::Path;

use mock_swr::Op;

use crate::oracle::not_simulated;

const BEGIN: &str = "<!-- operations:begin -->\n";
const END: &str = "<!-- operations:end -->";

/// With `UPDATE_README=1` the section is written anew.
#[test]
fn the_readme_lists_what_is_simulated_and_how_we_know() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = readme.split_once(BEGIN).expect("README.md has the marker");
    let (section, after) = rest.split_once(END).expect("README.md has both markers");

    if std::env::var_os("UPDATE_README").is_some() {
        std::fs::write(&path, [before, BEGIN, &ledger(), END, after].concat()).unwrap();
        return;
    }
    assert_eq!(
        section,
        ledger(),
        "README.md is behind the table: UPDATE_README=1 cargo test --test it ledger"
    );
}

fn ledger() -> String {
    let rows: String = Op::ALL
        .iter()
        .filter(|op| op.is_simulated())
        .map(|op| row(*op))
        .collect();
    format!(
        "| operation | method and path | how we know | source |\n|---|---|---|---|\n{rows}\n\
         {} more published operations have a name and a route, but are not simulated: they answer 501, unless a plan answers.\n",
        not_simulated().count()
    )
}

fn row(op: Op) -> String {
    let (evidence, source) = op.evidence();
    assert!(
        !source.contains(['|', '\n']),
        "{op}: it would break the table"
    );
    format!(
        "| {op} | `{} {}` | {} | {source} |\n",
        op.method(),
        op.path_template(),
        evidence.as_str()
    )
}
