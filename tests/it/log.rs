//! The log on stderr, read from a test that runs in a separate process.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::LazyLock;
use std::sync::mpsc::channel;
use std::time::Duration;

use mock_swr::{Answer, Auth, MockSwr, Op, Refusal, days};
use serde_json::json;

use crate::support::{Client, HTTP, send};

const VARIABLE: &str = "MOCK_SWR_LOG";
const ALONE: &str = "LOG_ALONE";

/// Calls `act` in a separate process that runs only this test, and returns the process in the first one. The harness of
/// that process captures what the test prints.
fn command(test: &str, value: Option<&str>, act: impl FnOnce()) -> Command {
    if std::env::var_os(ALONE).is_some() {
        act();
        // The rest of the test runs only in the parent process.
        std::process::exit(0);
    }
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", &format!("log::{test}")]);
    command.env(ALONE, "1").env_remove(VARIABLE);
    if let Some(value) = value {
        command.env(VARIABLE, value);
    }
    command
}

/// Returns what a separate process writes to stderr. Ports, line numbers and durations are replaced.
///
/// Tells the process when a call is held: see [`await_held`].
fn log_of(test: &str, value: Option<&str>, act: impl FnOnce()) -> Vec<String> {
    let mut command = command(test, value, act);
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::null());
    let mut child = piped.stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take();
    let mut log = Vec::new();
    for line in BufReader::new(child.stderr.take().unwrap()).lines() {
        let line = line.unwrap();
        if line.ends_with(" is held") {
            drop(stdin.take());
        }
        log.push(stable(&line));
    }
    assert!(child.wait().unwrap().success(), "{log:#?}");
    log
}

/// Waits until the first process has read that a call is held, which closes the stdin of this process.
fn await_held() {
    let (sender, closed) = channel();
    std::thread::spawn(move || sender.send(std::io::stdin().read_line(&mut String::new())));
    // Without the line, the assertions on the log fail.
    let _ = closed.recv_timeout(Duration::from_secs(10));
}

fn stable(line: &str) -> String {
    let words: Vec<&str> = line.split(' ').collect();
    let is_number = |word: &str| word.trim_end_matches(':').parse::<f64>().is_ok();
    let stable = words.iter().enumerate().map(|(index, word)| {
        // `mock-swr 41001: ..`, and `.. in 0.3 ms`
        if index == 1 && is_number(word) {
            return "PORT:".to_owned();
        }
        if index + 2 == words.len() && is_number(word) {
            return "N".to_owned();
        }
        if word.starts_with("127.0.0.1:") {
            return "127.0.0.1:PORT".to_owned();
        }
        match word.split_once(".rs:") {
            Some((file, _)) => format!("{file}.rs:LINE"),
            None => (*word).to_owned(),
        }
    });
    stable.collect::<Vec<_>>().join(" ").replace('\\', "/")
}

/// Sends requests with planned answers, and moves the clock.
fn use_a_server(swr: &MockSwr) {
    swr.seed_namespace("group");
    let admin = Client::admin(swr);
    swr.on(Op::CreateRepo, Refusal::Throttled);
    let body = json!({"repository": "web", "is_public": false});
    let create = || admin.post("/v2/manage/namespaces/group/repos", body.clone());
    assert_eq!([create().status, create().status], [429, 201]);
    admin.get("/v2/manage/namespaces/none?token=Xy7Marked");
    let held = swr.on(Op::ListQuotas, Answer::real().hold_request());
    let url = format!("{}/v2/manage/projects/0123/quotas", swr.endpoint());
    let token = swr.user("admin").token();
    let client = std::thread::spawn(|| send(HTTP.get(url).header("X-Auth-Token", token)));
    swr.wait_for(Op::ListQuotas).block();
    await_held();
    swr.advance(days(31));
    admin.get("/v2/manage/namespaces/group");
    held.release();
    assert_eq!(client.join().unwrap().unwrap().status, 200);
    swr.set_time("2030-01-01T00:00:00Z");
    swr.on(Op::ListTags, 503).remove();
}

#[test]
fn the_log_has_a_line_for_each_request_plan_hold_and_change_of_the_clock() {
    let test = "the_log_has_a_line_for_each_request_plan_hold_and_change_of_the_clock";
    let log = log_of(test, Some("1"), || use_a_server(&MockSwr::start()));
    let at = "tests/it/log.rs:LINE";
    let expected = [
        format!("started by log::{test}, registry 127.0.0.1:PORT"),
        format!("planned: on(CreateRepo, Throttled) at {at}"),
        format!(
            "#1 POST /v2/manage/namespaces/group/repos -> 429 Throttled, planned at {at} (CreateRepo by admin) in N ms"
        ),
        "#2 POST /v2/manage/namespaces/group/repos -> 201 (CreateRepo by admin) in N ms".to_owned(),
        "#3 GET /v2/manage/namespaces/none?token=(secret) -> 404 NamespaceNotFound (ShowNamespace by admin) in N ms"
            .to_owned(),
        format!("planned: on(ListQuotas, the real response, the request held) at {at}"),
        format!(
            "#4 GET /v2/manage/projects/0123/quotas -> no response yet, planned at {at} (ListQuotas by admin) is held"
        ),
        "the clock is advanced by 31d".to_owned(),
        format!("released: on(ListQuotas, the real response, the request held) at {at}"),
        "the clock is set to 2030-01-01T00:00:00.0Z".to_owned(),
        format!("planned: on(ListTags, 503) at {at}"),
        format!("removed: on(ListTags, 503) at {at}"),
    ];
    for line in &expected {
        let line = format!("mock-swr PORT: {line}");
        assert!(log.contains(&line), "{line} is not in:\n{}", log.join("\n"));
    }
    let position = |text: &str| log.iter().position(|line| line.contains(text)).unwrap();
    let order = [
        "#1 ",
        "#2 ",
        "#3 ",
        "advanced",
        "#5 ",
        "released",
        "#4 GET /v2/manage/projects/0123/quotas -> 200",
    ];
    assert!(order.map(position).is_sorted(), "{}", log.join("\n"));
    let refused = position("#3 ");
    assert_eq!(
        log[refused + 1],
        "mock-swr PORT:     there is no organization `none` in cn-north-4; organizations in cn-north-4: group"
    );
}

#[test]
fn the_variable_is_off_without_a_value_and_with_0() {
    let test = "the_variable_is_off_without_a_value_and_with_0";
    for value in [None, Some(""), Some("0")] {
        let log = log_of(test, value, || {
            let swr = MockSwr::builder().auth(Auth::Off).start();
            Client::anonymous(&swr).get("/v2/manage/namespaces");
        });
        assert!(log.is_empty(), "{value:?}: {log:?}");
    }
}

#[test]
fn the_builder_decides_for_its_server_whatever_the_variable_says() {
    let test = "the_builder_decides_for_its_server_whatever_the_variable_says";
    for value in [None, Some("0"), Some("yes")] {
        let log = log_of(test, value, || {
            for is_logged in [true, false] {
                let swr = MockSwr::builder().auth(Auth::Off).log(is_logged).start();
                Client::anonymous(&swr).get(if is_logged { "/" } else { "/v2/manage/repos" });
            }
        });
        assert_eq!(log.len(), 2, "{value:?}: {log:?}");
        assert!(
            log[1].ends_with("#1 GET / -> 200 (ListApiVersions by admin) in N ms"),
            "{log:?}"
        );
    }
}

#[test]
fn the_lines_of_two_servers_begin_with_their_ports() {
    let test = "the_lines_of_two_servers_begin_with_their_ports";
    let run = || {
        let servers = [(); 2].map(|()| MockSwr::builder().auth(Auth::Off).start());
        let ports = servers
            .each_ref()
            .map(|swr| swr.endpoint().rsplit(':').next().unwrap());
        for (swr, port) in servers.iter().zip(ports) {
            Client::anonymous(swr).get(&format!("/?port={port}"));
        }
    };
    let output = command(test, Some("1"), run).output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    let requests: Vec<&str> = text
        .lines()
        .filter(|line| line.contains("#1 GET"))
        .collect();
    assert_eq!(requests.len(), 2, "{text}");
    for line in requests {
        let port = line
            .split_once("port=")
            .unwrap()
            .1
            .split(' ')
            .next()
            .unwrap();
        assert!(
            line.starts_with(&format!("mock-swr {port}: #1 GET /?port={port} -> 200 ")),
            "{text}"
        );
    }
}

/// A server that is never dropped.
static SHARED: LazyLock<MockSwr> = LazyLock::new(|| MockSwr::builder().auth(Auth::Off).start());

#[test]
fn check_writes_the_lines_of_a_server_in_a_static() {
    let test = "check_writes_the_lines_of_a_server_in_a_static";
    let log = log_of(test, Some("1"), || {
        for _ in 0..20 {
            Client::anonymous(&SHARED).get("/");
        }
        SHARED.check();
    });
    assert_eq!(log.len(), 21, "{log:?}");
}

#[test]
fn a_stderr_that_is_closed_or_not_read_does_not_hurt_a_test() {
    let test = "a_stderr_that_is_closed_or_not_read_does_not_hurt_a_test";
    let run = || {
        let swr = MockSwr::builder().auth(Auth::Off).start();
        let path = format!("/v2/manage/namespaces?{}", "x".repeat(1000));
        for _ in 0..200 {
            assert_eq!(Client::anonymous(&swr).get(&path).status, 200);
        }
    };
    // Writing to a file that is open for reading fails. 200 lines do not fit into a pipe.
    let read_only = || Stdio::from(File::open(std::env::current_exe().unwrap()).unwrap());
    for stderr in [read_only(), Stdio::piped()] {
        let mut child = command(test, Some("1"), run)
            .stdout(Stdio::null())
            .stderr(stderr)
            .spawn()
            .unwrap();
        // The pipe stays open, and nobody reads it.
        let unread = child.stderr.take();
        assert!(child.wait().unwrap().success());
        drop(unread);
    }
}
