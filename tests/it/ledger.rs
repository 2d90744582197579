//! What the README copies: the ledger, which says what is simulated and how we know, and the examples.

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

/// With `UPDATE_README=1` they are written anew.
#[test]
fn the_readme_shows_the_examples_as_they_are() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = std::fs::read_to_string(root.join("README.md")).unwrap();
    let mut parts = readme.split("<!-- examples/");
    let mut written = parts.next().unwrap().to_owned();
    for part in parts {
        let (name, rest) = part
            .split_once(" -->\n```rust\n")
            .expect("an example follows its name");
        let (_, after) = rest.split_once("```\n").expect("an example ends");
        let example = std::fs::read_to_string(root.join("examples").join(name)).unwrap();
        // The line with the command to run it is only in the file.
        let code = example.split_once("\n\n").unwrap().1;
        written += &format!("<!-- examples/{name} -->\n```rust\n{code}```\n{after}");
    }
    assert_eq!(written.matches("<!-- examples/").count(), 4);
    if std::env::var_os("UPDATE_README").is_some() {
        std::fs::write(root.join("README.md"), written).unwrap();
        return;
    }
    assert!(
        readme == written,
        "README.md is behind the examples: UPDATE_README=1 cargo test --test it ledger"
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
