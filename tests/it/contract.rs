//! The comparison of requests with the published operations.

use mock_swr::{Answer, Level, MockSwr, Op, ProblemKind};
use reqwest::Method;
use serde_json::{Value, json};

use crate::registry::client::Registry;
use crate::support::{Client, panic_of, send};

const REPOS: &str = "/v2/manage/namespaces/group/repos";
const NAMESPACE_RULE: &str = "expected up to 64 of a-z 0-9 . _ -, with a letter first, a letter or digit last, and no \
     adjacent separators except `__` and hyphens";

fn server() -> MockSwr {
    let swr = MockSwr::start();
    swr.seed_repo("group/web").image("v1");
    swr
}

/// Sends a request as the administrator. A null is no body.
fn call(swr: &MockSwr, method: Method, target: &str, body: &Value) -> u16 {
    let mut request = Client::admin(swr).request(method, target);
    if !body.is_null() {
        request = request.body(body.to_string());
    }
    send(request).unwrap().status
}

/// The findings so far, without the numbers of the requests.
fn findings(swr: &MockSwr) -> Vec<(ProblemKind, String)> {
    let problems = swr.problems().into_iter();
    let text = |message: String| message.rsplit_once(" (request ").unwrap().0.to_owned();
    problems
        .map(|problem| (problem.kind, text(problem.message)))
        .collect()
}

/// Asserts that a request with a body has exactly one finding.
#[track_caller]
fn assert_finds(
    (method, target, body): (Method, &str, Value),
    kind: ProblemKind,
    expected: impl Into<String>,
) {
    let swr = server();
    call(&swr, method, target, &body);
    assert_eq!(findings(&swr), [(kind, expected.into())]);
}

#[track_caller]
fn assert_breaks(request: (Method, &str, Value), expected: impl Into<String>) {
    assert_finds(request, ProblemKind::ContractBroken, expected);
}

#[test]
fn a_request_as_published_has_no_findings() {
    let swr = server();
    for (method, target, body) in [
        (
            Method::GET,
            "/v2/manage/namespaces?filter=mode::visible",
            Value::Null,
        ),
        (Method::GET, "/v2/manage/namespaces/group", json!({})),
        (
            Method::POST,
            REPOS,
            json!({"repository": "api", "is_public": true, "category": "arm"}),
        ),
        (
            Method::POST,
            "/v2/manage/namespaces/group/repos?repository=old&is_public=false",
            Value::Null,
        ),
        (
            Method::GET,
            "/v2/manage/repos?limit=10&offset=0&order_column=name&order_type=asc",
            Value::Null,
        ),
        (
            Method::GET,
            "/v2/manage/shared-repositories?center=self&filter=limit::1|offset::0",
            Value::Null,
        ),
        (
            Method::GET,
            "/v2/manage/shared-repositories?filter=center::self",
            Value::Null,
        ),
        (
            Method::PATCH,
            "/v2/manage/namespaces/group/repos/web",
            json!({"description": "without is_public, as some clients send it"}),
        ),
        (
            Method::POST,
            "/v2/manage/namespaces/group/repos/web/retentions",
            json!({"algorithm": "or", "rules": [{
                "template": "tag_rule", "params": {"num": "3"},
                "tag_selectors": [{"kind": "label", "pattern": "v1"}],
            }]}),
        ),
    ] {
        let status = call(&swr, method, target, &body);
        assert!((200..300).contains(&status), "{target}: {status}");
        assert_eq!(swr.problems(), [], "{target}");
    }
}

#[test]
fn a_field_with_the_wrong_type_is_found() {
    assert_breaks(
        (
            Method::POST,
            REPOS,
            json!({"repository": "api", "is_public": "true"}),
        ),
        "CreateRepo: the field `is_public`: expected bool, got \"true\"",
    );
    assert_breaks(
        (
            Method::POST,
            "/v2/manage/namespaces/group/repos/web/retentions",
            json!({"algorithm": "or", "rules": [{
                "template": "tag_rule", "params": {"num": "3"}, "tag_selectors": {},
            }]}),
        ),
        "CreateRetention: the field `rules[0].tag_selectors`: expected list[TagSelector], got {}",
    );
    assert_breaks(
        (Method::POST, REPOS, json!([1])),
        "CreateRepo: the body: expected a JSON object (CreateRepoRequestBody), got [1]",
    );
    assert_breaks(
        (Method::GET, "/v3/manage/repos?limit=ten", Value::Null),
        "ListRepoDetails: the query parameter `limit`: expected int, got `ten`",
    );
    assert_breaks(
        (Method::GET, "/v3/manage/repos?is_public=1", Value::Null),
        "ListRepoDetails: the query parameter `is_public`: expected bool, got `1`",
    );
}

#[test]
fn a_missing_field_is_found() {
    assert_breaks(
        (Method::POST, REPOS, json!({"repository": "api"})),
        "CreateRepo: the field `is_public` (bool) is required, and was not sent",
    );
    assert_breaks(
        (
            Method::POST,
            "/v2/manage/namespaces/group/repos?repository=api",
            Value::Null,
        ),
        "CreateRepo: the query parameter `is_public` (bool) is required, and was not sent",
    );
    let swr = server();
    call(
        &swr,
        Method::POST,
        "/v2/manage/namespaces/group/repos?name=api",
        &Value::Null,
    );
    let missing = |name: &str, kind: &str| {
        let text = format!(
            "CreateRepo: the query parameter `{name}` ({kind}) is required, and was not sent"
        );
        (ProblemKind::ContractBroken, text)
    };
    let found = findings(&swr);
    assert_eq!(
        found[1..],
        [missing("is_public", "bool"), missing("repository", "str")]
    );
    assert_breaks(
        (
            Method::GET,
            "/v2/manage/namespaces/group/repos/web/sync_job?filter=limit::10",
            Value::Null,
        ),
        "ShowSyncJob: the filter key `offset` (str) is required, and was not sent",
    );
    assert_breaks(
        (
            Method::POST,
            REPOS,
            json!({"repository": "api", "is_public": null}),
        ),
        "CreateRepo: the field `is_public`: expected bool, got null",
    );
    assert_breaks(
        (Method::GET, "/v3/manage/shared-repositories", Value::Null),
        "ListSharedRepoDetails: the query parameter `shared_by` (str) is required, and was not sent",
    );
    assert_breaks(
        (
            Method::DELETE,
            "/v2/manage/namespaces/group/access",
            Value::Null,
        ),
        "DeleteNamespaceAuth: a body is required (list[str]), and none was sent",
    );
}

#[test]
fn a_value_that_is_not_published_is_found() {
    assert_breaks(
        (
            Method::POST,
            REPOS,
            json!({"repository": "api", "is_public": true, "category": "games"}),
        ),
        "CreateRepo: the field `category`: expected one of `app_server`, `linux`, `framework_app`, `database`, \
         `lang`, `other`, `windows`, `arm`, `arms`, ``, got \"games\"",
    );
    assert_breaks(
        (
            Method::POST,
            "/v2/manage/namespaces/group/access",
            json!([{"user_id": "1", "user_name": "dev", "auth": 5}]),
        ),
        "CreateNamespaceAuth: the field `[0].auth`: expected one of 7, 3, 1, got 5",
    );
    assert_breaks(
        (
            Method::GET,
            "/v2/manage/repos?limit=ten&offset=0",
            Value::Null,
        ),
        "ListReposDetails: the query parameter `limit`: expected a number, got `ten`",
    );
    assert_breaks(
        (
            Method::POST,
            "/v2/manage/namespaces/group/repos/web/sync_images",
            json!({"imageTag": ["v1", "v 1"], "remoteRegionId": "cn-east-3", "remoteNamespace": "copy"}),
        ),
        "CreateManualImageSyncRepo: the field `imageTag[1]` is \"v 1\": expected up to 128 of A-Z a-z 0-9 _ . -, with a \
         letter, digit or `_` first",
    );
    assert_breaks(
        (
            Method::GET,
            "/v2/manage/namespaces?filter=mode::hidden",
            Value::Null,
        ),
        "ListNamespaces: the filter key `mode`: expected `visible`, got `hidden`",
    );
    assert_breaks(
        (Method::GET, "/v2/manage/reports/store/hourly", Value::Null),
        "ShowDomainResourceReports: the path parameter `frequency`: expected one of `daily`, `monthly`, got `hourly`",
    );
}

#[test]
fn an_invalid_name_is_found() {
    assert_breaks(
        (
            Method::POST,
            "/v2/manage/namespaces",
            json!({"namespace": "Group"}),
        ),
        format!("CreateNamespace: the field `namespace` is \"Group\": {NAMESPACE_RULE}"),
    );
    assert_breaks(
        (Method::GET, "/v2/manage/namespaces/Group", Value::Null),
        format!("ShowNamespace: the path parameter `namespace` is `Group`: {NAMESPACE_RULE}"),
    );
}

#[test]
fn what_the_service_ignores_is_found() {
    for (target, expected) in [
        (
            "/v2/manage/repos?limit=1",
            "ListReposDetails: `limit` is ignored, because `offset` was not sent",
        ),
        (
            "/v2/manage/repos?filter=order_column::name",
            "ListReposDetails: `order_column` is ignored, because `order_type` was not sent",
        ),
        (
            "/v2/manage/repos?filter=name::web|name::api",
            "ListReposDetails: the filter key `name` was sent twice, and only the first one is used",
        ),
        (
            "/v2/manage/repos?name=web&filter=category::other",
            "ListReposDetails: the query parameter `name` is ignored, because `filter` replaces it",
        ),
        (
            "/v2/manage/repos?name=web&name=api",
            "ListReposDetails: the query parameter `name` was sent twice, and only the first one is used",
        ),
    ] {
        assert_breaks((Method::GET, target, Value::Null), expected);
    }
    assert_breaks(
        (
            Method::GET,
            "/v2/manage/namespaces/group",
            json!({"name": "group"}),
        ),
        "ShowNamespace: the body is ignored: the operation has none",
    );
}

#[test]
fn what_is_reported_as_ignored_has_no_effect() {
    let swr = server();
    swr.seed_repo("group/api");
    let client = Client::admin(&swr);
    let tags = "/v2/manage/namespaces/group/repos/web/tags";
    for (target, alone) in [
        ("/v2/manage/repos", "limit=1"),
        ("/v2/manage/repos", "offset=1"),
        ("/v2/manage/repos", "order_column=name"),
        ("/v2/manage/repos", "order_type=asc"),
        (tags, "limit=1"),
        (tags, "order_column=tag"),
        (
            "/v2/manage/namespaces",
            "filter=mode::visible&namespace=other",
        ),
    ] {
        let before = swr.problems().len();
        let all = client.get(target);
        let ignored = client.get(&format!("{target}?{alone}"));
        assert_eq!((all.status, &all.text), (200, &ignored.text), "{alone}");
        assert_eq!(swr.problems().len(), before + 1, "{target}?{alone}");
    }
}

#[test]
fn a_misspelt_field_is_found_and_another_unknown_field_may_be_newer() {
    let selector = json!([{"kind": "label", "pattern": "v1"}]);
    let rule = json!({"template": "tag_rule", "params": {"nums": "3"}, "tag_selectors": selector});
    assert_breaks(
        (
            Method::POST,
            "/v2/manage/namespaces/group/repos/web/retentions",
            json!({"algorithm": "or", "rules": [rule]}),
        ),
        "CreateRetention: the field `rules[0].params.nums` is not published; did you mean `num` (str)?",
    );
    assert_breaks(
        (
            Method::PATCH,
            "/v2/manage/namespaces/group/repos/web",
            json!({"isPublic": true}),
        ),
        "UpdateRepo: the field `isPublic` is not published; did you mean `is_public` (bool)?",
    );
    assert_breaks(
        (
            Method::GET,
            "/v3/manage/repos?namespaces=group",
            Value::Null,
        ),
        "ListRepoDetails: the query parameter `namespaces` is not published; did you mean `namespace` (str)?",
    );
    assert_finds(
        (
            Method::PATCH,
            "/v2/manage/namespaces/group/repos/web",
            json!({"is_public": true, "labels": []}),
        ),
        ProblemKind::FieldUnknown,
        "UpdateRepo: the field `labels` is not published; expected category, description, is_public, repository",
    );
    assert_finds(
        (
            Method::GET,
            "/v2/manage/namespaces/group?page=2",
            Value::Null,
        ),
        ProblemKind::FieldUnknown,
        "ShowNamespace: the query parameter `page` is not published: the operation has no query parameters",
    );
}

#[test]
fn findings_never_change_a_response() {
    let body = json!({"repository": "api", "is_public": true, "category": "games"});
    let responses = [Level::Ignore, Level::Warn, Level::Fail].map(|level| {
        let swr = MockSwr::builder()
            .level(ProblemKind::ContractBroken, level)
            .start();
        swr.seed_namespace("group");
        let refused = Client::admin(&swr).post(REPOS, body.clone());
        let list = Client::admin(&swr).get("/v2/manage/repos?limit=1");
        let reported = match level {
            Level::Fail => panic_of(|| drop(swr)).matches("ContractBroken").count(),
            Level::Ignore | Level::Warn => swr.problems().len(),
        };
        assert_eq!(reported, if level == Level::Ignore { 0 } else { 2 });
        (
            refused.status,
            refused.json()["error_code"].clone(),
            list.status,
            list.text,
        )
    });
    assert_eq!(responses[0], responses[1]);
    assert_eq!(responses[0], responses[2]);
}

#[test]
fn findings_are_warnings_by_default() {
    let swr = server();
    call(&swr, Method::GET, "/v2/manage/repos?limit=1", &Value::Null);
    assert_eq!(swr.problems()[0].level, Level::Warn);
    swr.check();
}

#[test]
fn a_test_can_fail_on_findings() {
    let report = panic_of(|| {
        let swr = MockSwr::builder()
            .level(ProblemKind::ContractBroken, Level::Fail)
            .start();
        call(
            &swr,
            Method::GET,
            "/v2/manage/repos?limit=1&page=1",
            &Value::Null,
        );
    });
    assert!(
        report.contains("ContractBroken: ListReposDetails: `limit` is ignored, because `offset` was not sent (request 1)"),
        "{report}"
    );
    // An unknown parameter may be newer, so it still only warns.
    assert!(!report.contains("FieldUnknown"), "{report}");
}

#[test]
fn a_repeated_finding_is_listed_once_with_its_first_request() {
    let swr = server();
    for _ in 0..3 {
        call(&swr, Method::GET, "/v2/manage/repos?limit=1", &Value::Null);
    }
    let problems = swr.problems();
    assert_eq!(problems.len(), 1);
    assert!(problems[0].message.ends_with(" (request 1)"));
}

#[test]
fn findings_do_not_displace_other_problems() {
    let swr = MockSwr::builder()
        .level(ProblemKind::Unmatched, Level::Warn)
        .start();
    for number in 0..300 {
        let target = format!("/v2/manage/namespaces?unknown{number}=1");
        call(&swr, Method::GET, &target, &Value::Null);
    }
    call(&swr, Method::GET, "/v2/nothing", &Value::Null);
    let problems = swr.problems();
    assert_eq!(problems.len(), 82);
    assert_eq!(
        problems[80].message,
        "80 differences are listed; others are not"
    );
    assert_eq!(problems[81].kind, ProblemKind::Unmatched);
}

#[test]
fn a_difference_is_listed_once_whatever_its_value() {
    let swr = server();
    for number in 0..3 {
        let target = format!("/v2/manage/reports/store/{number}");
        call(&swr, Method::GET, &target, &Value::Null);
    }
    let users: Vec<Value> = (0..10_000).map(Value::from).collect();
    let access = "/v2/manage/namespaces/group/access";
    call(&swr, Method::POST, access, &json!(users));
    let found = findings(&swr);
    let texts: Vec<&str> = found.iter().map(|(_, text)| &**text).collect();
    assert_eq!(
        texts,
        [
            "ShowDomainResourceReports: the path parameter `frequency`: expected one of `daily`, `monthly`, got `0`",
            "CreateNamespaceAuth: the field `[0]`: expected a JSON object (UserAuth), got 0",
        ]
    );
}

#[test]
fn an_ignored_kind_does_not_hide_the_other() {
    let swr = MockSwr::builder()
        .level(ProblemKind::FieldUnknown, Level::Ignore)
        .start();
    let unknown: Vec<String> = (0..40).map(|number| format!("unknown{number}=1")).collect();
    let target = format!("/v2/manage/namespaces?{}", unknown.join("&"));
    call(&swr, Method::POST, &target, &json!({"namespace": 1}));
    let broken = "CreateNamespace: the field `namespace`: expected str, got 1";
    assert_eq!(
        findings(&swr),
        [(ProblemKind::ContractBroken, broken.to_owned())]
    );
}

#[test]
fn planned_calls_and_operations_that_are_not_simulated_are_compared() {
    let swr = server();
    swr.on(Op::CreateRepo, Answer::json(201, json!({})));
    call(
        &swr,
        Method::POST,
        REPOS,
        &json!({"repository": "Api", "is_public": true}),
    );
    swr.on(Op::CreateInstance, Answer::json(200, json!({})));
    let path = "/v2/1f2e/instances";
    call(&swr, Method::POST, path, &json!({"name": 1}));
    let found = findings(&swr);
    let texts: Vec<&str> = found.iter().map(|(_, text)| &**text).collect();
    assert!(
        texts[0].starts_with("CreateRepo: the field `repository` is \"Api\": expected up to 128")
    );
    assert!(
        texts.contains(&"CreateInstance: the field `name`: expected str, got 1"),
        "{texts:?}"
    );
}

#[test]
fn a_body_that_was_not_read_completely_is_not_compared() {
    let swr = server();
    let post = |body: Value| {
        let request = Client::admin(&swr).request(Method::POST, "/v2/manage/namespaces");
        send(request.body(body.to_string()))
    };
    swr.on(Op::CreateNamespace, Answer::reset_after_reading(3));
    assert!(post(json!({"namespace": "other"})).is_err());
    swr.on(Op::CreateNamespace, 503);
    let long = "x".repeat(300_000);
    assert_eq!(post(json!({"namespace": long})).unwrap().status, 503);
    swr.verify(Op::CreateNamespace).times(2);
    assert_eq!(swr.problems(), []);
}

#[test]
fn a_finding_shows_no_secret_and_is_short() {
    let swr = server();
    let body = json!({"namespace": {"password": "hunter22"}, "x".repeat(500): 1});
    let target = "/v2/manage/namespaces?token=hunter22&page=hunter22&filter=password:hunter22";
    call(&swr, Method::POST, target, &body);
    let long = format!(
        "/v2/manage/repos?filter={0}:hunter22&{0}=1&{0}=2",
        "y".repeat(500)
    );
    call(&swr, Method::GET, &long, &Value::Null);
    assert_eq!(swr.problems().len(), 8, "{:#?}", swr.problems());
    for problem in swr.problems() {
        assert!(!problem.message.contains("hunter22"), "{problem}");
        assert!(problem.message.len() < 400, "{problem}");
    }
}

#[test]
fn the_registry_and_iam_are_not_compared() {
    let swr = server();
    let path = "/v3/projects?unknown=1";
    assert_eq!(call(&swr, Method::GET, path, &Value::Null), 200);
    let path = "/v2/group/web/tags/list?unknown=1";
    assert_eq!(
        Registry::token(&swr, "admin", "repository:group/web:pull")
            .get(path)
            .status,
        200
    );
    assert_eq!(swr.problems(), []);
}
