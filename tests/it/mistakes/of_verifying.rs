//! Assertions and waits that fail.

use std::time::Duration;

use mock_swr::{Calls, MockSwr, Op, Refusal};
use serde_json::json;

use super::output_with;
use crate::support::{Client, panic_of};

mistakes! {
    the_count_is_wrong: "expected ListNamespaces once", "it was called 2 times";
    the_call_was_never_received: "expected CreateRepo once", "ListNamespaces";
    no_request_is_received: "expected any write once", "no request was received";
    the_sibling_was_called: "ListRepositoryTag once", "ListRepositoryTags";
    a_dry_run_writes: "any write never", "CreateNamespace";
    the_order_is_swapped: "CreateRepo, then CreateNamespace", "it was called earlier: #1";
    the_order_lacks_a_call: "ShowNamespace", "#2 POST /v2/manage/namespaces/group/repos";
    the_user_is_another: "`dev`", "`admin`";
    the_repository_is_another: "`group/wbe`", "`group/web`";
    the_tag_is_another: "`v2`", "`v1`";
    the_value_in_the_body_is_another: "true", "false";
    a_pointer_into_the_body_leads_nowhere: "/name", "/repository";
    a_pointer_into_the_body_lacks_its_slash: "`repository`", "`/repository`";
    a_body_does_not_include_the_expected_value: r#""linux""#, r#""other""#;
    a_query_is_another: "limit", "`10`";
    a_header_is_not_sent: "x-project-id", "none";
    a_parameter_of_the_path_is_unknown: "`repo`", "repository";
    a_repository_to_look_for_lacks_its_organization: "`web`", "`repo(\"group/web\")`";
    a_tag_is_looked_for_where_none_is_named: "does not name a tag", "`namespace`";
    a_status_is_another: "expected 200", "got 201";
    a_refusal_is_another: "RepoNotFound", "NamespaceNotFound";
    a_wait_times_out: "DeleteRepo was not called", "CreateRepo";
    a_proxy_gets_the_requests: "`HTTP_PROXY` is set", "NO_PROXY=127.0.0.1";
    a_wait_for_a_condition_times_out: "the condition was still false", "the repository is gone";
    a_wait_blocks_the_client_it_waits_for: "`.block()`", "`.await`";
    an_awaited_wait_times_out: "tests/it/mistakes/of_verifying.rs", "DeleteRepo was not called";
    a_query_is_sent_that_must_be_left_out: "expected none", "`100`";
    a_header_of_any_value_is_not_sent: "expected any value", "sent none";
    a_query_is_both_there_and_left_out: "without query limit", "with query limit=10";
    an_operation_is_misspelt: "`CreateRepository`", "`CreateRepo`";
    one_of_many_is_nearest: "`group/wbe`", "`group/web`";
    an_assertion_looks_at_too_late_a_part: "from_now", "#1";
}

const NAMESPACES: &str = "/v2/manage/namespaces";
const REPOS: &str = "/v2/manage/namespaces/group/repos";

/// Starts a server and makes three calls: create `group`, create `group/web`, list with a limit.
fn server_with_calls() -> MockSwr {
    let swr = MockSwr::start();
    let admin = Client::admin(&swr);
    admin.post(NAMESPACES, json!({"namespace": "group"}));
    admin.post(
        REPOS,
        json!({"repository": "web", "category": "other", "is_public": false}),
    );
    admin.get("/v2/manage/repos?limit=100");
    swr
}

fn the_count_is_wrong() -> String {
    let swr = MockSwr::start();
    let admin = Client::admin(&swr);
    admin.get(NAMESPACES);
    admin.get(NAMESPACES);
    panic_of(|| swr.verify(Op::ListNamespaces).once())
}

fn the_call_was_never_received() -> String {
    let swr = MockSwr::start();
    Client::admin(&swr).get(NAMESPACES);
    panic_of(|| swr.verify(Op::CreateRepo).once())
}

fn no_request_is_received() -> String {
    let swr = MockSwr::start();
    panic_of(|| swr.verify(Calls::writes()).once())
}

fn the_sibling_was_called() -> String {
    let swr = MockSwr::start();
    swr.seed_repo("group/web").image("v1");
    Client::admin(&swr).get(&format!("{REPOS}/web/tags"));
    panic_of(|| swr.verify(Op::ListRepositoryTag).once())
}

fn a_dry_run_writes() -> String {
    let swr = server_with_calls();
    panic_of(|| swr.verify(Calls::writes()).never())
}

fn the_order_is_swapped() -> String {
    let swr = server_with_calls();
    panic_of(|| swr.verify_order([Op::CreateRepo, Op::CreateNamespace]))
}

fn the_order_lacks_a_call() -> String {
    let swr = server_with_calls();
    panic_of(|| swr.verify_order([Op::CreateNamespace, Op::ShowNamespace, Op::DeleteNamespaces]))
}

fn the_user_is_another() -> String {
    let swr = server_with_calls();
    panic_of(|| swr.verify(Op::CreateRepo.by("dev")).once())
}

fn the_repository_is_another() -> String {
    let swr = server_with_calls();
    panic_of(|| swr.verify(Op::CreateRepo.repo("group/wbe")).once())
}

fn the_tag_is_another() -> String {
    let swr = MockSwr::start();
    swr.seed_repo("group/web").image("v1");
    Client::admin(&swr).delete(&format!("{REPOS}/web/tags/v1"));
    panic_of(|| swr.verify(Op::DeleteRepoTag.tag("v2")).once())
}

fn the_value_in_the_body_is_another() -> String {
    let swr = server_with_calls();
    panic_of(|| swr.verify(Op::CreateRepo.json("/is_public", true)).once())
}

fn a_pointer_into_the_body_leads_nowhere() -> String {
    let swr = server_with_calls();
    panic_of(|| swr.verify(Op::CreateRepo.json("/name", "web")).once())
}

fn a_pointer_into_the_body_lacks_its_slash() -> String {
    panic_of(|| Op::CreateRepo.json("repository", "web"))
}

fn a_body_does_not_include_the_expected_value() -> String {
    let swr = server_with_calls();
    let linux = json!({"category": "linux"});
    panic_of(|| swr.verify(Op::CreateRepo.json_includes(linux)).once())
}

fn a_query_is_another() -> String {
    let swr = server_with_calls();
    panic_of(|| swr.verify(Op::ListReposDetails.query("limit", "10")).once())
}

fn a_header_is_not_sent() -> String {
    let swr = server_with_calls();
    panic_of(|| {
        swr.verify(Op::CreateRepo.header("X-Project-Id", "0123"))
            .once()
    })
}

fn a_parameter_of_the_path_is_unknown() -> String {
    panic_of(|| Op::ShowRepository.path("repo", "web"))
}

fn a_repository_to_look_for_lacks_its_organization() -> String {
    panic_of(|| Op::CreateRepo.repo("web"))
}

fn a_tag_is_looked_for_where_none_is_named() -> String {
    panic_of(|| Op::CreateNamespace.tag("v1"))
}

fn a_status_is_another() -> String {
    let swr = server_with_calls();
    panic_of(|| swr.verify(Op::CreateRepo).answered(200).once())
}

fn a_refusal_is_another() -> String {
    let swr = MockSwr::start();
    Client::admin(&swr).get(&format!("{REPOS}/web"));
    panic_of(|| {
        swr.verify(Op::ShowRepository)
            .refused(Refusal::RepoNotFound)
            .once()
    })
}

fn a_wait_times_out() -> String {
    let swr = server_with_calls();
    let moment = Duration::from_millis(1);
    panic_of(|| swr.wait_for(Op::DeleteRepo).within(moment).block())
}

fn a_proxy_gets_the_requests() -> String {
    let proxy = [
        ("HTTP_PROXY", "http://user:secret@127.0.0.1:9"),
        ("NO_PROXY", ""),
        ("no_proxy", ""),
    ];
    let test = "of_verifying::reported::a_proxy_gets_the_requests";
    let report = output_with(&proxy, test, || {
        let swr = MockSwr::start();
        let moment = Duration::from_millis(1);
        swr.wait_for(Op::ListNamespaces).within(moment).block();
    });
    assert!(!report.contains("secret"), "{report}");
    report
}

fn a_wait_for_a_condition_times_out() -> String {
    let swr = server_with_calls();
    let gone = |swr: &MockSwr| !swr.repo("group/web").exists();
    let wait = || {
        swr.wait_until("the repository is gone", gone)
            .within(Duration::from_millis(1))
    };
    panic_of(|| wait().block())
}

fn a_wait_blocks_the_client_it_waits_for() -> String {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.build().unwrap();
    let swr = MockSwr::start();
    let moment = Duration::from_millis(1);
    let wait = async || swr.wait_for(Op::ListNamespaces).within(moment).block();
    panic_of(|| runtime.block_on(wait()))
}

fn one_of_many_is_nearest() -> String {
    let swr = MockSwr::start();
    swr.seed_namespace("group");
    let admin = Client::admin(&swr);
    for name in ["api", "web", "worker", "cache", "queue", "proxy", "mail"] {
        admin.post(REPOS, json!({"repository": name, "is_public": false}));
    }
    panic_of(|| swr.verify(Op::CreateRepo.repo("group/wbe")).once())
}

fn an_assertion_looks_at_too_late_a_part() -> String {
    let swr = server_with_calls();
    let later = swr.from_now();
    panic_of(|| later.verify(Op::CreateNamespace).once())
}

fn an_awaited_wait_times_out() -> String {
    let swr = server_with_calls();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let wait = async || {
        swr.wait_for(Op::DeleteRepo)
            .within(Duration::from_millis(1))
            .await
    };
    panic_of(|| runtime.block_on(wait()))
}

fn a_query_is_sent_that_must_be_left_out() -> String {
    let swr = server_with_calls();
    panic_of(|| {
        swr.verify(Op::ListReposDetails)
            .without_query("limit")
            .once()
    })
}

fn a_header_of_any_value_is_not_sent() -> String {
    let swr = server_with_calls();
    panic_of(|| {
        swr.verify(Op::CreateRepo)
            .with_header("X-Project-Id")
            .once()
    })
}

fn a_query_is_both_there_and_left_out() -> String {
    panic_of(|| {
        Op::ListReposDetails
            .query("limit", "10")
            .without_query("limit")
    })
}

fn an_operation_is_misspelt() -> String {
    panic_of(|| match "CreateRepository".parse::<Op>() {
        Ok(op) => op,
        Err(error) => panic!("{error}"),
    })
}
