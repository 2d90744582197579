//! The command `coverage`, and `serve --coverage`.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::{Program, assert_fails, command, run};

/// A folder of coverage files, which is removed at the end of the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let name = format!("mock-swr-program-coverage-{}-{name}", std::process::id());
        let folder = Folder(std::env::temp_dir().join(name));
        fs::create_dir_all(&folder.0).unwrap();
        folder
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }

    fn add(&self, name: &str, content: &str) {
        fs::write(self.0.join(name), content).unwrap();
    }

    /// Adds the file of a server that sent these responses.
    fn add_server(&self, name: &str, responses: &Value) {
        let file = json!({"mock_swr_coverage": 1, "responses": responses});
        self.add(name, &file.to_string());
    }

    /// The responses in the only file.
    fn responses(&self) -> Value {
        let files: Vec<_> = fs::read_dir(&self.0).unwrap().collect();
        assert_eq!(files.len(), 1, "{files:?}");
        let text = fs::read_to_string(files[0].as_ref().unwrap().path()).unwrap();
        let file: Value = serde_json::from_str(&text).unwrap();
        file["responses"].clone()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A folder with the files of two servers, and the mark of a third one.
fn of_two_servers(name: &str) -> Folder {
    let folder = Folder::new(name);
    let created = json!({"op": "DeleteRepoTag", "status": 204, "count": 2});
    folder.add_server(
        "swr-1-1-0.json",
        &json!([
            created,
            {"op": "DeleteRepoTag", "status": 404, "refusal": "TagNotFound", "count": 1},
            {"op": "DeleteRepoTag", "status": 404, "refusal": "TagNotFound", "planned": true, "count": 1},
            {"op": "DeleteRepoTag", "status": 503, "planned": true, "count": 1},
            {"op": "DeleteRepoTag", "planned": true, "fault": "reset", "count": 1},
            {"status": 404, "refusal": "RouteNotFound", "count": 1},
        ]),
    );
    folder.add_server(
        "swr-1-2-0.json",
        &json!([
            created,
            {"op": "DeleteRepoTag", "status": 429, "refusal": "Throttled", "planned": true, "count": 1},
            {"op": "ListInstance", "status": 200, "planned": true, "count": 1},
        ]),
    );
    folder.add("swr-1-3-0.running", "");
    folder
}

fn stdout_of(arguments: &[&str]) -> String {
    let output = run(arguments);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {stderr}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_report_has_what_all_servers_met_and_what_none_did() {
    let folder = of_two_servers("text");
    let text = stdout_of(&["coverage", folder.path()]);
    let (ops, rest) = text
        .split_once("95 of 96 simulated operations were never called:")
        .unwrap();
    assert_eq!(
        ops,
        "DeleteRepoTag, 9 calls
  met    204
         404 TagNotFound
         429 Throttled (planned)
         503 (planned)
         reset (planned)
  never  401 CrossAccount, TokenExpired
         403 PermissionDenied
         404 NamespaceNotFound, RepoNotFound
         500 GatewayFailed

ListInstance, 1 call
  met    200 (planned)
  never  (its errors are unknown, because it is not simulated)

"
    );
    assert!(rest.starts_with(" CreateToken, ValidateToken,"), "{rest}");
    let (names, _) = rest
        .split_once(
            "
1 request",
        )
        .unwrap();
    assert!(names.lines().all(|line| line.len() <= 100), "{names}");
    let notes: Vec<&str> = rest.lines().rev().take(3).collect();
    assert_eq!(
        notes,
        [
            "4 of 10 possible responses of 2 operations (40%), 2 servers",
            "1 server wrote no coverage: the process still runs or was killed, or a server in a `static` was not \
             checked with `check()`.",
            "1 request matched no operation.",
        ]
    );
}

#[test]
fn the_report_is_also_a_table_in_markdown() {
    let folder = of_two_servers("markdown");
    let text = stdout_of(&["coverage", "--markdown", folder.path()]);
    let lines: Vec<&str> = text.lines().take(6).collect();
    assert_eq!(
        lines,
        [
            "**mock-swr coverage:** 4 of 10 possible responses of 2 operations (40%), 2 servers",
            "",
            "| operation | calls | met | never |",
            "|---|--:|---|---|",
            "| DeleteRepoTag | 9 | 204<br>404 TagNotFound<br>429 Throttled (planned)<br>503 (planned)<br>\
             reset (planned) | 401 CrossAccount, TokenExpired<br>403 PermissionDenied<br>\
             404 NamespaceNotFound, RepoNotFound<br>500 GatewayFailed |",
            "| ListInstance | 1 | 200 (planned) | (its errors are unknown, because it is not simulated) |",
        ]
    );
    let summary = "<details><summary>95 of 96 simulated operations were never called</summary>";
    assert!(text.contains(summary), "{text}");
    assert!(
        text.ends_with("was not checked with `check()`.\n"),
        "{text}"
    );
}

#[test]
fn the_report_is_also_json() {
    let folder = of_two_servers("json");
    let text = stdout_of(&["coverage", folder.path(), "--json"]);
    let report: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(report["met"], 4);
    assert_eq!(report["possible"], 10);
    assert_eq!(report["percentage"], 40);
    assert_eq!(report["servers"], 2);
    assert_eq!(report["unfinished"], 1);
    assert_eq!(report["unmatched"], 1);
    assert_eq!(report["never_called"].as_array().unwrap().len(), 95);
    let deleted = &report["operations"][0];
    assert_eq!(deleted["operation"], "DeleteRepoTag");
    assert_eq!(deleted["calls"], 9);
    assert_eq!(deleted["faults"], json!({"reset": 1}));
    let responses = deleted["responses"].as_array().unwrap();
    let of = |status: u16, refusal: Value| {
        let mut responses = responses.iter();
        responses.find(|response| response["status"] == status && response["refusal"] == refusal)
    };
    let response = |status: u16, refusal: Value, (real, planned): (u64, u64)| json!({"status": status, "refusal": refusal, "possible": true, "real": real, "planned": planned});
    for (status, refusal, counts) in [
        (204, json!(null), (4, 0)),
        (404, json!("TagNotFound"), (1, 1)),
        (404, json!("RepoNotFound"), (0, 0)),
        (503, json!(null), (0, 1)),
    ] {
        let expected = response(status, refusal.clone(), counts);
        assert_eq!(of(status, refusal), Some(&expected));
    }
}

#[test]
fn at_least_fails_below_its_percentage() {
    let folder = of_two_servers("at-least");
    for percentage in ["0", "40"] {
        let text = stdout_of(&["coverage", folder.path(), "--at-least", percentage]);
        assert!(text.contains("(40%)"), "{text}");
    }
    let output = run(&["coverage", folder.path(), "--at-least=41"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        "mock-swr: the coverage is 40%, expected at least 41%: the tests met 4 of 10 possible responses of the \
         operations that they called\n"
    );
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.ends_with("(40%), 2 servers\n"), "{text}");
}

#[test]
fn tests_without_a_call_have_no_coverage() {
    let folder = Folder::new("no-call");
    folder.add_server("swr-1-1-0.json", &json!([]));
    let text = stdout_of(&["coverage", folder.path(), "--at-least=0"]);
    assert!(
        text.ends_with("0 of 0 possible responses of 0 operations (0%), 1 server\n"),
        "{text}"
    );
    let output = run(&["coverage", folder.path(), "--at-least=1"]);
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn an_invalid_file_is_named() {
    let row = |row: Value| json!({"mock_swr_coverage": 1, "responses": [row]}).to_string();
    for (content, message) in [
        (String::new(), "line 1, column 0: EOF while parsing a value"),
        ("{}".to_owned(), "missing field `mock_swr_coverage`"),
        (
            r#"{"namespaces": {}}"#.to_owned(),
            "unknown field `namespaces`",
        ),
        (
            json!({"mock_swr_coverage": 2, "servers": []}).to_string(),
            "the file has version 2, expected version 1: use a program of the version that the tests use, or clear \
             the folder and run the tests again",
        ),
        (row(json!({"status": 200})), "missing field `count`"),
        (
            row(json!({"op": "CreateRepos", "status": 201, "count": 1})),
            "`CreateRepos` is not an operation; did you mean `CreateRepo`?",
        ),
        (
            row(json!({"op": "CreateRepo", "refusal": "Gone", "count": 1})),
            "`Gone` is not a refusal",
        ),
        (
            row(json!({"op": "CreateRepo", "fault": "burned", "planned": true, "count": 1})),
            "`burned` is not a planned fault",
        ),
        (
            row(json!({"status": 200, "count": -1})),
            "invalid value: integer `-1`",
        ),
    ] {
        let folder = of_two_servers("invalid");
        folder.add("swr-2-1-0.json", &content);
        let name = format!("{}/swr-2-1-0.json: ", folder.path());
        assert_fails(&["coverage", folder.path()], 2, &name);
        assert_fails(&["coverage", folder.path()], 2, message);
    }
}

#[test]
fn counts_of_any_size_are_merged() {
    let folder = Folder::new("large");
    for name in ["swr-1-1-0.json", "swr-1-2-0.json"] {
        let row = json!({"op": "ListNamespaces", "status": 200, "count": u64::MAX});
        folder.add_server(name, &json!([row, row, {"status": 404, "count": u64::MAX}]));
    }
    let text = stdout_of(&["coverage", folder.path()]);
    assert!(
        text.starts_with("ListNamespaces, 18446744073709551615 calls\n"),
        "{text}"
    );
}

#[test]
fn a_folder_without_files_exits_with_2() {
    let folder = Folder::new("empty");
    let advice =
        "run the tests first, with this folder in the environment variable `MOCK_SWR_COVERAGE`";
    let empty = format!(
        "{}: no server wrote its coverage to this folder; {advice}",
        folder.path()
    );
    assert_fails(&["coverage", folder.path()], 2, &empty);
    folder.add("swr-1-3-0.running", "");
    assert_fails(&["coverage", folder.path()], 2, &empty);
    let missing =
        "no/such/folder: the folder of the coverage cannot be read: No such file or directory";
    assert_fails(&["coverage", "no/such/folder"], 2, missing);
    assert_fails(&["coverage", "no/such/folder"], 2, advice);
}

#[test]
fn invalid_arguments_of_coverage_exit_with_2() {
    for (arguments, message) in [
        (
            &["coverage"][..],
            "`coverage` needs the folder that the tests wrote to",
        ),
        (&["coverage", "a", "b"], "unexpected argument \"b\""),
        (&["coverage", "a", "--xml"], "invalid option '--xml'"),
        (
            &["coverage", "a", "--json", "--markdown"],
            "`coverage` prints one format: give --markdown or --json once",
        ),
        (
            &["coverage", "a", "--at-least=101"],
            "--at-least: expected a percentage from 0 to 100, got 101",
        ),
        (
            &["coverage", "a", "--at-least=x"],
            "--at-least: cannot parse argument",
        ),
    ] {
        assert_fails(arguments, 2, message);
        assert_fails(arguments, 2, "Try `mock-swr --help`.");
    }
}

#[test]
fn serve_writes_its_coverage_at_the_end() {
    let folder = Folder::new("serve");
    let program = Program::serve(&["--coverage", folder.path()]);
    program.get("/v2/manage/namespaces", program.ready_value("access_key"));
    assert_eq!(program.end("-TERM").0, Some(0));
    let expected = json!([{"op": "ListNamespaces", "status": 200, "count": 1}]);
    assert_eq!(folder.responses(), expected);
}

#[test]
fn the_environment_names_the_folder_of_servers_that_have_none() {
    let (folder, other) = (Folder::new("environment"), Folder::new("option"));
    for arguments in [&["serve"][..], &["serve", "--coverage", other.path()]] {
        let mut command = command(arguments);
        command.env("MOCK_SWR_COVERAGE", folder.path());
        let program = Program::of(command).unwrap();
        assert_eq!(program.end("-TERM").0, Some(0));
    }
    assert_eq!(folder.responses(), json!([]));
    assert_eq!(other.responses(), json!([]));
}

#[test]
fn a_folder_that_cannot_be_written_exits_with_1() {
    let folder = Folder::new("unwritable");
    folder.add("file", "");
    let file = format!("{}/file", folder.path());
    let message = format!("the coverage cannot be written to `{file}`: ");
    assert_fails(&["serve", "--coverage", &file], 1, &message);
}
