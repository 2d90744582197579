//! What tests exercised: the files that servers write, and the refusals that an operation can give.

mod folder;
mod listed;
mod probes;

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use mock_swr::{Answer, Builder, Calls, Level, MockSwr, Op, ProblemKind, Refusal, StartError};
use reqwest::Method;
use serde_json::json;

use crate::registry::client::Registry;
use crate::support::{Client, HTTP, assert_advises, panic_of, send, send_and_wait};
use folder::{Folder, responses};

const NAMESPACES: &str = "/v2/manage/namespaces";

/// Starts a server that records its coverage in a folder.
fn recorded(folder: &Folder) -> MockSwr {
    builder(folder).start()
}

fn builder(folder: &Folder) -> Builder {
    MockSwr::builder().coverage(folder.path())
}

#[test]
fn a_dropped_server_writes_how_often_it_sent_each_response() {
    let folder = Folder::new();
    let swr = recorded(&folder);
    let admin = Client::admin(&swr);
    for status in [201, 409, 409] {
        let created = admin.post(NAMESPACES, json!({"namespace": "group"}));
        assert_eq!(created.status, status);
    }
    admin.get("/v2/manage/namespaces/nothing");
    drop(swr);

    let expected = [
        json!({"op": "CreateNamespace", "status": 201, "count": 1}),
        json!({"op": "CreateNamespace", "status": 409, "refusal": "NamespaceExists", "count": 2}),
        json!({"op": "ShowNamespace", "status": 404, "refusal": "NamespaceNotFound", "count": 1}),
    ];
    assert_eq!(responses(&folder.only_file()), expected);
}

#[test]
fn both_doors_are_recorded() {
    let folder = Folder::new();
    let swr = recorded(&folder);
    Registry::anonymous(&swr)
        .get("/v2/")
        .assert_unauthenticated();
    Registry::login(&swr, "admin")
        .request_token("")
        .assert_status(200);
    drop(swr);
    let expected = [
        json!({"op": "Ping", "status": 401, "refusal": "CredentialsMissing", "count": 1}),
        json!({"op": "GetRegistryToken", "status": 200, "count": 1}),
    ];
    assert_eq!(responses(&folder.only_file()), expected);
}

#[test]
fn planned_responses_are_told_apart_from_those_of_the_service() {
    let folder = Folder::new();
    let swr = recorded(&folder);
    let admin = Client::admin(&swr);
    let repos = "/v2/manage/repos";
    let answers = [
        Answer::from(Refusal::Throttled),
        Answer::from(503),
        Answer::json(200, json!([])),
        Answer::real().map(|response| *response.body_mut() = "[]".into()),
        Answer::with(|_, _| Answer::from(Refusal::Throttled)),
    ];
    let count = answers.len();
    swr.on(Op::ListReposDetails, answers);
    for _ in 0..count {
        admin.get(repos);
    }
    drop(swr);
    let expected = [
        json!({"op": "ListReposDetails", "status": 200, "planned": true, "count": 2}),
        json!({"op": "ListReposDetails", "status": 429, "refusal": "Throttled", "planned": true, "count": 2}),
        json!({"op": "ListReposDetails", "status": 503, "planned": true, "count": 1}),
    ];
    assert_eq!(responses(&folder.only_file()), expected);
}

#[test]
fn a_plan_that_keeps_the_response_of_the_service_does_not_count_as_planned() {
    let folder = Folder::new();
    let swr = recorded(&folder);
    let admin = Client::admin(&swr);
    let answers = [
        Answer::real(),
        Answer::real().header("x-test", "1"),
        Answer::real().delay(Duration::from_millis(1)),
        Answer::real().dribble(1000, Duration::from_millis(1)),
        Answer::with(|_, _| Answer::real()),
    ];
    let count = answers.len();
    swr.on(Op::ListNamespaces, answers);
    for _ in 0..count {
        assert_eq!(admin.get(NAMESPACES).status, 200);
    }
    drop(swr);
    let expected = [json!({"op": "ListNamespaces", "status": 200, "count": 5})];
    assert_eq!(responses(&folder.only_file()), expected);
}

#[test]
fn a_fault_is_recorded_by_its_kind() {
    let folder = Folder::new();
    let swr = recorded(&folder);
    swr.seed_namespace("group");
    let faults = [
        (Answer::raw("no HTTP"), "raw", None),
        (Answer::close(), "close", None),
        (Answer::reset(), "reset", None),
        (Answer::reset_after_reading(0), "reset_after_reading", None),
        (Answer::real().lost(), "lost", None),
        (Answer::real().reset_after(1), "reset_after", Some(200)),
        (Answer::real().close_after(1), "close_after", Some(200)),
        (Answer::real().corrupt(), "corrupt", Some(200)),
    ];
    let mut expected = Vec::new();
    for (answer, fault, status) in faults {
        // A connection of its own: clients retry a reset on a connection that they reuse.
        swr.on(Op::ListNamespaces, answer);
        let client = reqwest::blocking::Client::new();
        let request = client.get(format!("{}{NAMESPACES}", swr.endpoint()));
        let _ = send(request.header("X-Auth-Token", swr.user("admin").token()));
        let mut row = json!({"op": "ListNamespaces", "planned": true, "fault": fault, "count": 1});
        if let Some(status) = status {
            row["status"] = json!(status);
        }
        expected.push(row);
    }
    drop(swr);
    assert_eq!(responses(&folder.only_file()), expected);
}

#[test]
fn unmatched_requests_are_counted_without_an_operation() {
    let folder = Folder::new();
    let swr = builder(&folder)
        .level(ProblemKind::Unmatched, Level::Ignore)
        .start();
    let admin = Client::admin(&swr);
    admin.get("/v2/nothing/here");
    admin.get("/v2/nothing/there");
    drop(swr);
    let expected = [json!({"status": 404, "refusal": "RouteNotFound", "count": 2})];
    assert_eq!(responses(&folder.only_file()), expected);
}

#[test]
fn a_call_whose_client_disconnected_is_no_response() {
    let folder = Folder::new();
    let swr = recorded(&folder);
    let held = swr.on(Op::CreateNamespace, Answer::real().hold_request());
    let client = send_and_wait(
        &swr,
        "POST /v2/manage/namespaces",
        r#"{"namespace":"group"}"#,
    );
    swr.wait_for(Op::CreateNamespace).block();
    drop(client);
    swr.wait_until("the call is aborted", |swr| {
        swr.calls(Calls::any())[0].aborted()
    })
    .block();
    held.remove();
    drop(swr);
    assert_eq!(responses(&folder.only_file()), [json!(null); 0]);
}

#[test]
fn servers_that_run_at_the_same_time_write_files_of_their_own() {
    let folder = Folder::new();
    let all_run = Barrier::new(8);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let swr = recorded(&folder);
                all_run.wait();
                Client::admin(&swr).get(NAMESPACES);
            });
        }
    });
    let files = folder.files();
    assert_eq!(files.len(), 8, "{files:?}");
    for file in files {
        let expected = [json!({"op": "ListNamespaces", "status": 200, "count": 1})];
        assert_eq!(responses(&file), expected);
    }
}

#[test]
fn a_server_whose_test_panics_writes_its_file() {
    let folder = Folder::new();
    let panic = panic_of(|| {
        let swr = recorded(&folder);
        Client::admin(&swr).get(NAMESPACES);
        panic!("the test fails")
    });
    assert_eq!(panic, "the test fails");
    assert_eq!(responses(&folder.only_file()).len(), 1);
}

#[test]
fn a_server_with_a_problem_writes_its_file() {
    let folder = Folder::new();
    let swr = recorded(&folder);
    Client::admin(&swr).get(NAMESPACES);
    swr.on(Op::CreateRepo, 503);
    assert!(catch_unwind(AssertUnwindSafe(|| drop(swr))).is_err());
    assert_eq!(responses(&folder.only_file()).len(), 1);
}

#[test]
fn a_check_writes_the_responses_so_far_to_the_file_of_the_server() {
    let folder = Folder::new();
    let swr = recorded(&folder);
    let admin = Client::admin(&swr);
    admin.get(NAMESPACES);
    swr.check();
    let file = folder.only_file();
    assert_eq!(responses(&file)[0]["count"], 1);

    admin.get(NAMESPACES);
    drop(swr);
    assert_eq!(folder.only_file(), file);
    assert_eq!(responses(&file)[0]["count"], 2);
}

#[test]
fn a_server_marks_its_file_until_it_is_written() {
    let folder = Folder::new();
    let swr = recorded(&folder);
    let mark = folder.only_file();
    assert_eq!(mark.extension().unwrap(), "running");
    drop(swr);
    assert_eq!(folder.only_file(), mark.with_extension("json"));
}

#[test]
fn a_file_of_an_earlier_process_with_the_same_number_and_port_is_kept() {
    let folder = Folder::new();
    let swr = recorded(&folder);
    let port: u16 = swr.registry().rsplit(':').next().unwrap().parse().unwrap();
    drop(swr);
    let earlier = folder.only_file();
    fs::write(&earlier, "earlier").unwrap();

    drop(builder(&folder).ports(0, port).start());
    assert_eq!(fs::read_to_string(&earlier).unwrap(), "earlier");
    assert_eq!(folder.files().len(), 2);
}

#[test]
fn a_folder_that_was_cleared_meanwhile_is_created_again() {
    let folder = Folder::new();
    let swr = recorded(&folder);
    fs::remove_dir_all(folder.path()).unwrap();
    drop(swr);
    assert_eq!(responses(&folder.only_file()), [json!(null); 0]);
}

#[test]
fn a_folder_that_cannot_be_written_panics_where_the_server_starts() {
    let folder = Folder::new();
    fs::create_dir_all(folder.path()).unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    assert_advises(
        || MockSwr::builder().coverage(&file).start(),
        &format!(
            "mock-swr cannot start: the coverage cannot be written to `{}`: ",
            file.display()
        ),
    );
    let error = MockSwr::builder().coverage(&file).try_start().unwrap_err();
    assert!(matches!(error, StartError::Coverage(folder, _) if folder == file));
}

#[test]
fn a_file_that_cannot_be_written_at_the_end_does_not_fail_the_test() {
    let folder = Folder::new();
    let swr = recorded(&folder);
    fs::remove_dir_all(folder.path()).unwrap();
    fs::write(folder.path(), "").unwrap();
    swr.check();
    drop(swr);
    fs::remove_file(folder.path()).unwrap();
}

#[test]
fn recording_changes_no_response() {
    let folder = Folder::new();
    let [plain, recorded] = [MockSwr::builder(), builder(&folder)].map(|builder| {
        let swr = builder.frozen_at("2026-01-31T08:00:00Z").start();
        let created = Client::admin(&swr).post(NAMESPACES, json!({"namespace": "group"}));
        let shown = Client::admin(&swr).get("/v2/manage/namespaces/group");
        (created.headers, created.text, shown.headers, shown.text)
    });
    assert_eq!(plain, recorded);
}

#[test]
fn a_request_that_is_no_http_is_not_recorded() {
    let folder = Folder::new();
    let swr = recorded(&folder);
    let url = format!("{}{NAMESPACES}", swr.endpoint().replace("http:", "https:"));
    assert!(HTTP.request(Method::GET, url).send().is_err());
    drop(swr);
    assert_eq!(responses(&folder.only_file()), [json!(null); 0]);
}
