//! A server on which no list is empty, and a client for it.

use mock_swr::{Image, MockSwr, Op, Permission, days};
use reqwest::blocking::{Client as Http, RequestBuilder};
use reqwest::header::HeaderMap;
use serde_json::{Value, json};

/// Starts a server on which no list is empty, and some response has each optional key.
pub(crate) fn filled() -> MockSwr {
    // The digest of an image depends on its age. With a frozen clock, all servers have the same images.
    let swr = MockSwr::builder().frozen_at("2026-09-25T08:00:00Z").start();
    swr.seed_namespace("empty");
    swr.seed_repo("group/web").public().image("v1");
    let two = swr.seed_repo("group/one/two");
    two.image(Image::new("v1").signed().layers(2).age(days(3)))
        .image(Image::new("v2").pulls(5))
        .image(Image::new("list").platforms(["linux/amd64", "linux/arm64"]))
        // This size needs more than 32 bits.
        .set(json!({"description": "two of one", "category": "linux", "num_download": 5_000_000_000_u64}))
        .share("partner");
    // Permissions of every level, on the organization and on a repository.
    for (user, level) in [
        ("dev", Permission::Read),
        ("ops", Permission::Write),
        ("lead", Permission::Manage),
    ] {
        swr.user(user)
            .grant("group", level)
            .grant("group/one/two", level);
    }
    // This user has a permission on a repository only, and not on its organization.
    swr.user("guest").grant("group/one/two", Permission::Read);
    for user in ["new", "newer", "other/eve"] {
        swr.user(user);
    }
    swr.seed_namespace("theirs").owner("partner");
    swr.seed_repo("theirs/app").image("v1").share("acme");
    // A second tag of the signed image gives its signature two references.
    let copied = json!({"source_tag": "v1", "destination_tag": "v1.0"});
    let target = "/v2/manage/namespaces/group/repos/one$two/tags";
    let response = Client::of(&swr, "admin").call(Op::CreateRepoTag, target, &copied);
    assert_eq!(response.status, 201, "{response:?}");
    add_automation(&swr);
    swr
}

/// Adds a repository with two triggers, one of which ran, a policy that deleted a tag, and a rule that copied a tag to
/// another region.
fn add_automation(swr: &MockSwr) {
    swr.region(EAST).seed_namespace("copies");
    let repo = swr.seed_repo("group/auto");
    repo.image(Image::new("v1").age(days(2))).image("v2");
    repo.set(json!({"triggers": {
        "all": {"application": "cart", "result": "failed", "detail": "no such deployment"},
        "none": {"application": "cart", "trigger_type": "tag", "condition": "absent"},
    }, "sync_rules": [target()]}));
    let policy = json!({"algorithm": "or", "rules": [{
        "template": "tag_rule",
        "params": {"num": "2"},
        "tag_selectors": [{"kind": "label", "pattern": "stable"}],
    }]});
    let copied = json!({"source_tag": "v2", "destination_tag": "v3"});
    let admin = Client::of(swr, "admin");
    for (op, target, body) in [
        (Op::CreateRepoTag, "tags", copied),
        (Op::CreateRetention, "retentions", policy),
    ] {
        let response = admin.call(op, &format!("{AUTO}/{target}"), &body);
        assert_eq!(response.status, 201, "{response:?}");
    }
}

/// The repository that has triggers, a retention policy, and a rule to copy tags.
pub(crate) const AUTO: &str = "/v2/manage/namespaces/group/repos/auto";

/// The region that images are copied to.
pub(crate) const EAST: &str = "cn-east-3";

/// Returns the target of the rule of `group/auto`, in the form of a request body.
pub(crate) fn target() -> Value {
    json!({"remoteRegionId": EAST, "remoteNamespace": "copies"})
}

/// Returns the path of the retention policy of `group/auto`.
pub(crate) fn policy(swr: &MockSwr) -> String {
    let policies = Client::of(swr, "admin").get(&format!("{AUTO}/retentions"));
    format!("{AUTO}/retentions/{}", policies[0]["id"])
}

/// Returns the tag of the signature of `group/one/two:v1`.
pub(crate) fn signature(swr: &MockSwr) -> String {
    let tags = swr.repo("group/one/two").tags();
    tags.into_iter().find(|tag| tag.ends_with(".sig")).unwrap()
}

/// The documented content types of a request. Most operations require one, whether or not they have a body.
pub(crate) const CONTENT_TYPES: [&str; 2] = ["application/json;charset=utf-8", "application/json"];

/// A client of the management API.
pub(crate) struct Client {
    http: Http,
    endpoint: String,
    token: String,
}

#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Client {
    pub(crate) fn of(swr: &MockSwr, user: &str) -> Client {
        Client {
            http: Http::builder().timeout(None).build().unwrap(),
            endpoint: swr.endpoint().to_owned(),
            token: swr.user(user).token(),
        }
    }

    /// Calls an operation. If `body` is null, the request has no body.
    pub(crate) fn call(&self, op: Op, target: &str, body: &Value) -> Response {
        self.call_as(op, target, body, CONTENT_TYPES[0])
    }

    pub(crate) fn call_as(
        &self,
        op: Op,
        target: &str,
        body: &Value,
        content_type: &str,
    ) -> Response {
        let request = self
            .http
            .request(op.method(), format!("{}{target}", self.endpoint));
        let request = request.header("Content-Type", content_type);
        match body {
            Value::Null => self.send(request),
            body => self.send(request.body(body.to_string())),
        }
    }

    /// Returns the JSON body of a successful GET request.
    pub(crate) fn get(&self, target: &str) -> Value {
        let response = self.send(self.http.get(format!("{}{target}", self.endpoint)));
        assert_eq!(response.status, 200, "{target}: {response:?}");
        serde_json::from_str(&response.text).unwrap()
    }

    fn send(&self, request: RequestBuilder) -> Response {
        let response = request.header("X-Auth-Token", &self.token).send().unwrap();
        Response {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            text: response.text().unwrap(),
        }
    }
}

impl Response {
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error} in {self:?}"))
    }
}
