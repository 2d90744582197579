//! Reports of failures: the first 20 lines name each mistake.

use mock_swr::{Calls, Level, MockSwr, Op, Permission, ProblemKind, Repo};
use serde_json::json;

use crate::support::{Client, assert_advises, panic_of};

const NAMESPACES: &str = "/v2/manage/namespaces";

#[track_caller]
fn assert_message(report: &str, words: &[&str]) {
    assert!(report.lines().count() <= 20, "{report}");
    for word in words {
        assert!(report.contains(word), "`{word}` is not in:\n{report}");
    }
}

#[test]
fn the_nearest_request_is_shown_with_the_difference() {
    let swr = MockSwr::start();
    swr.seed_namespace("group");
    let admin = Client::admin(&swr);
    admin.get(NAMESPACES);
    let body = json!({"repository": "wbe", "is_public": false});
    admin.post("/v2/manage/namespaces/group/repos", body);
    let report = panic_of(|| {
        swr.verify(Op::CreateRepo.repo("group/web").json("/is_public", false))
            .once()
    });
    let token_free = report.lines().collect::<Vec<_>>();
    assert_eq!(
        token_free,
        [
            "expected CreateRepo of repo group/web with body /is_public = false once, but it was never called",
            "nearest: #2 POST /v2/manage/namespaces/group/repos -> 201 (CreateRepo by admin)",
            "  repo: expected `group/web`, sent `group/wbe`",
            "received 2 requests:",
            "  #1 GET /v2/manage/namespaces -> 200 (ListNamespaces by admin)",
            "  #2 POST /v2/manage/namespaces/group/repos -> 201 (CreateRepo by admin)",
        ]
    );
}

#[test]
fn a_wrong_status_is_reported() {
    let swr = MockSwr::start();
    Client::admin(&swr).get(&format!("{NAMESPACES}/group"));
    let report = panic_of(|| swr.verify(Op::ShowNamespace).answered(200).once());
    assert_message(
        &report,
        &[
            "expected ShowNamespace with status 200 once",
            "-> 404 NamespaceNotFound",
        ],
    );
}

#[test]
fn a_wrong_count_lists_the_received_calls() {
    let swr = MockSwr::start();
    let admin = Client::admin(&swr);
    admin.get(NAMESPACES);
    admin.get(NAMESPACES);
    let report = panic_of(|| swr.verify(Op::ListNamespaces).never());
    assert_message(
        &report,
        &[
            "expected ListNamespaces never, but it was called 2 times",
            "* #1 GET",
            "* #2 GET",
        ],
    );
}

#[test]
fn the_report_names_the_similar_operation_that_was_called() {
    let swr = MockSwr::start();
    Client::admin(&swr).get("/v3/manage/repos");
    let report = panic_of(|| swr.verify(Op::ListReposDetails).once());
    assert_message(
        &report,
        &[
            "the similarly named ListRepoDetails was called once: it is GET /v3/manage/repos",
            "ListReposDetails is GET /v2/manage/repos",
        ],
    );
}

#[test]
fn the_report_shows_an_unmatched_request_with_its_hint() {
    let swr = MockSwr::builder()
        .level(ProblemKind::Unmatched, Level::Ignore)
        .start();
    Client::admin(&swr).get("/v2/namespaces/group/repos/web");
    let report = panic_of(|| swr.verify(Op::ShowRepository).once());
    assert_message(
        &report,
        &[
            "unmatched: #1 GET /v2/namespaces/group/repos/web -> 404",
            "nearest is GET /v2/manage/namespaces/{namespace}/repos",
        ],
    );
}

#[test]
fn a_report_says_that_no_request_was_received() {
    let swr = MockSwr::start();
    let report = panic_of(|| swr.verify(Calls::writes()).once());
    assert_eq!(
        report,
        "expected any write once, but it was never called\n\
         no request was received: does the client use `swr.endpoint()` or `swr.registry()`?"
    );
}

#[test]
fn the_report_includes_unused_plans() {
    let swr = MockSwr::start();
    let plan = swr.on(Op::CreateRepo.repo("group/wbe"), 503);
    let report = panic_of(|| swr.verify(Op::CreateRepo).once());
    assert_message(
        &report,
        &[
            "plan left over: on(CreateRepo of repo group/wbe, 503) at ",
            file!(),
            "fired 0 times",
        ],
    );
    plan.remove();
}

#[test]
fn a_long_history_is_cut_to_the_last_requests() {
    let swr = MockSwr::start();
    let admin = Client::admin(&swr);
    for _ in 0..50 {
        admin.get(NAMESPACES);
    }
    let report = panic_of(|| swr.verify(Op::ListNamespaces).once());
    assert_message(
        &report,
        &[
            "but it was called 50 times",
            "received 50 requests, the last 6 (* matches):",
            "#50 GET",
        ],
    );
}

#[test]
fn dropping_the_server_reports_all_problems_in_one_panic() {
    let swr = MockSwr::start();
    let admin = Client::admin(&swr);
    admin.get("/v2/manage/namespace");
    admin.get("/v2/p1/instances");
    swr.on(Op::ListQuotas, 503);
    let report = panic_of(|| drop(swr));
    assert_message(
        &report,
        &[
            "mock-swr: 3 problems",
            "Unmatched: GET /v2/manage/namespace: no such route; nearest is GET /v2/manage/namespaces",
            "NotSimulated: ListInstance (GET /v2/{project_id}/instances): plan an answer: swr.on(Op::ListInstance",
            "PlanLeft: on(ListQuotas, 503) at ",
            "#2 GET /v2/p1/instances -> 501 NotSimulated (ListInstance by admin)",
        ],
    );
}

#[test]
fn check_panics_at_its_line_and_does_not_abort_a_panicking_test() {
    let swr = MockSwr::start();
    let report = panic_of(|| {
        let _plan = swr.on(Op::ListQuotas, 503);
        // This panic drops a second server with another problem, which is only printed.
        let other = MockSwr::start();
        let _other_plan = other.on(Op::ListQuotas, 503);
        swr.check();
    });
    assert_message(
        &report,
        &["mock-swr: 1 problem", "PlanLeft: on(ListQuotas, 503)"],
    );
    Client::admin(&swr)
        .get("/v2/manage/projects/p/quotas")
        .assert_refused(503, "APIGW.0201");
    swr.check();
}

#[test]
fn misuse_of_handles_panics_with_advice() {
    let swr = MockSwr::start();
    let web = swr.repo("group/web");
    let dev = swr.user("dev");
    assert_advises(
        || web.info(),
        "there is no repository `group/web`; `swr.seed_repo(\"group/web\")` creates one",
    );
    assert_advises(
        || swr.namespace("group").delete(),
        "there is no organization `group`; `swr.seed_namespace(\"group\")` creates one",
    );
    assert_advises(
        || swr.repo("group"),
        "`group` has no organization: expected organization/repository, as in `group/web`",
    );
    assert_advises(
        || swr.seed_namespace("Group"),
        "`Group` cannot be an organization: expected up to 64 of a-z",
    );
    assert_advises(
        || swr.seed_repo("group/Web"),
        "`Web` cannot be a repository: expected up to 128 of a-z",
    );
    assert_advises(
        || dev.grant("group", Permission::Read),
        "there is no organization `group`; `swr.seed_namespace",
    );
    assert_advises(
        || dev.grant("group/web", Permission::Read),
        "there is no repository `group/web`; `swr.seed_repo(\"group/web\")` creates one",
    );
    swr.seed_repo("group/web");
    assert_advises(
        || swr.user("partner/eve").grant("group/web", Permission::Read),
        "`partner/eve` cannot have permissions on `group/web`, which belongs to account `acme`: share a repository",
    );
    assert_advises(
        || web.set(json!({"colour": "red"})),
        "invalid setting for `group/web`: unknown field `colour`, expected one of `id`, `category`",
    );
    assert_advises(
        || web.set(json!({"category": "games"})),
        "invalid setting for `group/web`: category: must be app_server, linux, framework_app",
    );
    assert_advises(
        || web.tag("v1"),
        "there is no tag `v1` in repository `group/web`; its tags: none",
    );
    assert_advises(
        || web.untag("v1"),
        "there is no tag `v1` in repository `group/web`",
    );
    assert_advises(
        || web.content("v1"),
        "there is no manifest or blob `v1` in repository `group/web`",
    );
    assert_advises(
        || web.permission_of("a/b/c"),
        "`a/b/c` cannot be a user: expected `dev`",
    );
    assert_advises(|| web.unshare("a/b"), "`a/b` cannot be an account");
    assert_advises(
        || dev.grant("", Permission::Read),
        "`` cannot be an organization",
    );
    assert_advises(
        || dev.grant("group/*", Permission::Read),
        "`*` cannot be a repository",
    );
    assert_advises(
        || swr.region(""),
        "the name of a region must not be empty: expected a name such as `cn-east-3`",
    );
    web.delete();
    for misuse in [
        |web: Repo<'_>| _ = web.tags(),
        |web: Repo<'_>| web.untag("v1"),
        |web: Repo<'_>| web.delete(),
        |web: Repo<'_>| _ = web.permission_of("dev"),
        |web: Repo<'_>| _ = web.unshare("partner"),
        |web: Repo<'_>| _ = web.image("v1"),
    ] {
        assert_advises(
            || misuse(web),
            "there is no repository `group/web`; `swr.seed_repo",
        );
    }
    assert_advises(
        || MockSwr::builder().frozen_at("yesterday"),
        "`yesterday` is not an RFC 3339 time",
    );
}

#[test]
fn all_differences_of_a_body_are_reported() {
    let swr = MockSwr::start();
    swr.seed_namespace("group");
    let body = json!({"repository": "web", "is_public": false, "category": "other", "more": {"a/b": 1, "c": 2}});
    Client::admin(&swr).post("/v2/manage/namespaces/group/repos", body);
    let wanted = json!({
        "category": "linux", "is_public": true, "description": "", "more": {"a/b": 2, "c": 2, "d~": 3}
    });
    let report = panic_of(|| swr.verify(Op::CreateRepo.json_includes(wanted)).once());
    let differences: Vec<&str> = report
        .lines()
        .filter(|line| line.starts_with("  body"))
        .collect();
    assert_eq!(
        differences,
        [
            r#"  body /category: expected "linux", sent "other""#,
            r#"  body /description: expected "", sent none"#,
            "  body /is_public: expected true, sent false",
            "  body /more/a~1b: expected 2, sent 1",
            "  body /more/d~0: expected 3, sent none",
        ]
    );
}

#[test]
fn a_report_shows_only_the_first_of_many_differences() {
    let swr = MockSwr::start();
    swr.seed_namespace("group");
    let body = json!({"repository": "web", "is_public": false});
    Client::admin(&swr).post("/v2/manage/namespaces/group/repos", body);
    let key = |number: usize| (format!("key{number:02}"), json!(number));
    let wanted: serde_json::Map<_, _> = (0..30).map(key).collect();
    let report = panic_of(|| {
        swr.verify(Op::CreateRepo.json_includes(wanted.into()))
            .once()
    });
    assert_message(
        &report,
        &[
            "body /key00: expected 0, sent none",
            "  (the first 10 of 30 differences)",
            "received 1 request",
        ],
    );
}

/// Returns the report about unused plans when the server is dropped, without line numbers.
fn left_over(swr: MockSwr) -> Vec<String> {
    let report = panic_of(|| drop(swr));
    let lines = report
        .lines()
        .take_while(|line| !line.starts_with("received "));
    lines
        .filter(|line| line.starts_with("    "))
        .map(str::to_owned)
        .collect()
}

#[test]
fn a_plan_made_after_the_calls_is_not_reported_as_shadowed() {
    let swr = MockSwr::start();
    let admin = Client::admin(&swr);
    swr.on(Op::ListNamespaces, 503);
    admin.get(NAMESPACES);
    admin.get(NAMESPACES);
    swr.on(Op::ListNamespaces, 500);
    let left = left_over(swr);
    assert_eq!(
        left,
        [
            "    the call was received before the plan was created: #2 GET /v2/manage/namespaces -> 200 \
             (ListNamespaces by admin)"
        ]
    );
}

#[test]
fn the_report_names_the_plan_that_shadowed_an_unused_one() {
    let swr = MockSwr::start();
    let admin = Client::admin(&swr);
    swr.on(Op::ListNamespaces, 500);
    let newer = swr.on(Op::ListNamespaces.matching("anything", |_| true), 429);
    swr.on(Op::ListNamespaces, 503).remove();
    admin.get(NAMESPACES);
    newer.remove();
    let left = left_over(swr).concat();
    assert!(
        left.starts_with(
            "    another plan answered #1 (the newest matching plan wins): on(ListNamespaces matching anything, \
             429) at "
        ),
        "{left}"
    );
}

#[test]
fn the_report_has_the_number_of_calls_of_a_partly_used_plan() {
    let swr = MockSwr::start();
    let admin = Client::admin(&swr);
    admin.get(NAMESPACES);
    swr.on(Op::ListNamespaces, [503, 503, 503]);
    admin.get(NAMESPACES);
    admin.get(NAMESPACES);
    let left = left_over(swr).concat();
    assert!(
        left.starts_with("    only 2 calls matched after the plan was created, the last: #3 GET "),
        "{left}"
    );
}

#[test]
fn a_plan_for_a_caller_that_is_not_known_at_the_head_is_explained() {
    let swr = MockSwr::start();
    let dev = swr.user("dev").credentials();
    swr.on(Op::CreateToken.by("dev"), 503);
    let user = json!({"name": "dev", "password": dev.password, "domain": {"name": dev.account}});
    let identity = json!({"methods": ["password"], "password": {"user": user}});
    Client::anonymous(&swr).post("/v3/auth/tokens", json!({"auth": {"identity": identity}}));
    let left = left_over(swr).concat();
    assert!(
        left.starts_with("    the call matches now, but did not match when it was compared with the plans: #1 POST \
             /v3/auth/tokens -> 201"),
        "{left}"
    );
}
