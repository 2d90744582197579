//! The generated parts of README.md and `docs`. `UPDATE_README=1 cargo test --test it ledger` writes them.

#[allow(dead_code, reason = "`main` is for the example alone")]
#[path = "../../examples/tour.rs"]
mod tour;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use mock_swr::Op;

use crate::oracle::not_simulated;

/// A lock, because several tests write the same page.
static PAGES: Mutex<()> = Mutex::new(());

/// Returns the paths of README.md and the guides.
fn pages() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let guide = fs::read_dir(root.join("docs/guide")).unwrap();
    let mut pages: Vec<PathBuf> = guide.map(|entry| entry.unwrap().path()).collect();
    pages.push(root.join("README.md"));
    pages
}

/// Compares a page with its generated text, or writes it if `UPDATE_README` is set.
fn assert_is(path: &Path, expected: &str) {
    if std::env::var_os("UPDATE_README").is_some() {
        fs::write(path, expected).unwrap();
        return;
    }
    assert!(
        fs::read_to_string(path).unwrap() == expected,
        "{} is out of date: UPDATE_README=1 cargo test --test it ledger",
        path.display()
    );
}

/// Replaces the text between two markers of a page.
fn assert_section(page: &str, name: &str, section: &str) {
    let _guard = PAGES.lock().unwrap_or_else(PoisonError::into_inner);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(page);
    let text = fs::read_to_string(&path).unwrap();
    let (begin, end) = (
        format!("<!-- {name}:begin -->\n"),
        format!("<!-- {name}:end -->"),
    );
    let (before, rest) = text.split_once(&begin).expect("the page has the marker");
    let (_, after) = rest.split_once(&end).expect("the page has both markers");
    assert_is(&path, &[before, &begin, section, &end, after].concat());
}

/// Replaces each code block that follows a marker `<!-- {kind}NAME -->`. Returns how many there are.
fn assert_blocks(kind: &str, block: impl Fn(&str) -> String) -> usize {
    let _guard = PAGES.lock().unwrap_or_else(PoisonError::into_inner);
    let marker = format!("<!-- {kind}");
    let mut found = 0;
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        let mut parts = text.split(&*marker);
        let mut expected = parts.next().unwrap().to_owned();
        for part in parts {
            let (name, rest) = part.split_once(" -->\n```").expect("a block follows");
            let (language, rest) = rest.split_at(rest.find('\n').unwrap());
            let (_, after) = rest.split_once("\n```\n").expect("the block ends");
            let code = block(name);
            expected += &format!("{marker}{name} -->\n```{language}\n{code}```\n{after}");
            found += 1;
        }
        assert_is(&page, &expected);
    }
    found
}

#[test]
fn the_readme_lists_what_is_simulated_by_area() {
    assert_section("README.md", "areas", &areas());
}

#[test]
fn the_page_of_operations_has_the_evidence_for_each() {
    assert_section("docs/operations.md", "simulated", &simulated());
    assert_section("docs/operations.md", "others", &others());
}

#[test]
fn the_guide_contains_the_examples_unchanged() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let found = assert_blocks("examples/", |name| {
        let example = fs::read_to_string(root.join("examples").join(name)).unwrap();
        // The first line explains how to run the file.
        example.split_once("\n\n").unwrap().1.to_owned()
    });
    assert_eq!(found, 4);
}

#[test]
fn the_guide_contains_the_example_of_https_unchanged() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let found = assert_blocks("tests/", |name| {
        let example = fs::read_to_string(root.join("tests").join(name)).unwrap();
        // The first line names the page.
        example.split_once("\n\n").unwrap().1.to_owned()
    });
    assert_eq!(found, 1);
}

#[test]
fn the_readme_contains_the_output_of_the_tour() {
    let walk = tour::walk().replace("tests/it/../../", "");
    let found = assert_blocks("tour: ", |name| {
        let (_, rest) = walk.split_once(&format!("-- {name}\n")).expect(name);
        let section = rest.split("\n-- ").next().unwrap();
        format!("{}\n", section.trim_end())
    });
    assert_eq!(found, 4);
}

#[test]
fn the_documentation_of_an_operation_says_if_it_is_not_simulated() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let table = fs::read_to_string(root.join("src/operations/op/table.rs")).unwrap();
    let lines: Vec<&str> = table.lines().map(str::trim).collect();
    for op in Op::ALL {
        let row = format!("{op}: {} ", op.method());
        let at = lines.iter().position(|line| line.starts_with(&row));
        let before = lines[..at.unwrap()].iter().rev();
        let first = before.take_while(|line| line.starts_with("///")).last();
        let says_not = first.unwrap().starts_with("/// Not simulated: ");
        assert_eq!(says_not, !op.is_simulated(), "{op}");
    }
}

/// The areas, and text in the paths of their operations. `=` marks a whole path. The first match counts.
#[rustfmt::skip]
const AREAS: [(&str, &[&str]); 9] = [
    ("Organizations", &["=/v2/manage/namespaces", "=/v2/manage/namespaces/{namespace}"]),
    ("Repositories", &["=/v2/manage/namespaces/{namespace}/repos",
        "=/v2/manage/namespaces/{namespace}/repos/{repository}", "/manage/repos"]),
    ("Tags", &["/repos/{repository}/tags", "{tag}/accessories", "{tag}/references"]),
    ("Permissions, and shares with other accounts", &["=/v2/manage/namespaces/{namespace}/access",
        "/repos/{repository}/access", "/access-domains", "/shared-repositories"]),
    ("Retention rules, triggers, synchronization between regions", &["/retentions", "/triggers", "/sync_images",
        "/sync_job", "/sync_repo"]),
    ("Logins, quotas, reports, versions of the API", &["/v2/manage/", "=/", "=/{api_version}"]),
    ("IAM: tokens, projects, users, temporary keys", &["/v3/auth", "/v3/projects", "/v3/regions", "/v3/users",
        "/v3.0/", "/v5/"]),
    ("Image registry, redirected downloads, private API that Harbor uses", &["/v2/_catalog", "/v2/{name}", "=/v2/",
        "=/v1/_ping", "/swr/auth", "/op-svc-swr/", "/dockyard/"]),
    ("Enterprise edition", &["/v2/{project_id}", "/v2/instances"]),
];

/// Returns the area of an operation.
fn area(op: Op) -> &'static str {
    let path = op.path_template();
    let is_in = |part: &&str| match part.strip_prefix('=') {
        Some(whole) => path == whole,
        None => path.contains(part),
    };
    let mut areas = AREAS.iter();
    let found = areas.find(|(_, parts)| parts.iter().any(is_in));
    found.unwrap_or_else(|| panic!("{op} belongs to no area")).0
}

/// Returns the table of areas. Simulated areas come first.
fn areas() -> String {
    let count = |area_name: &str, is_simulated: bool| {
        let ops = Op::ALL.iter().filter(|op| area(**op) == area_name);
        ops.filter(|op| op.is_simulated() == is_simulated).count()
    };
    let mut rows = AREAS.map(|(name, _)| (name, count(name, true), count(name, false)));
    rows.sort_by_key(|(_, simulated, _)| *simulated == 0);
    let mut table = String::from("| area | simulated | not simulated |\n|---|--:|--:|\n");
    for (name, simulated, others) in rows {
        table += &format!("| {name} | {simulated} | {others} |\n");
    }
    let all = Op::ALL.iter().filter(|op| op.is_simulated()).count();
    table
        + &format!(
            "| **All** | **{all}** | **{}** |\n",
            not_simulated().count()
        )
}

fn simulated() -> String {
    let ops = Op::ALL.iter().filter(|op| op.is_simulated());
    let rows: String = ops.map(|op| row(*op)).collect();
    format!("| operation | method and path | how we know | source |\n|---|---|---|---|\n{rows}")
}

fn row(op: Op) -> String {
    let (evidence, source) = op.evidence();
    assert!(
        !source.contains(['|', '\n']),
        "the text of {op} contains a character that breaks the table"
    );
    format!(
        "| {op} | `{} {}` | {} | {source} |\n",
        op.method(),
        op.path_template(),
        evidence.as_str()
    )
}

fn others() -> String {
    let rows: String = not_simulated()
        .map(|op| format!("| {op} | `{} {}` |\n", op.method(), op.path_template()))
        .collect();
    format!("| operation | method and path |\n|---|---|\n{rows}")
}
