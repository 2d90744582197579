//! Requests that the service refuses: variants of a valid request of each published operation.

use mock_swr::{Builder, MockSwr, Op, Permission};
use reqwest::blocking::{Client as Http, RequestBuilder};
use reqwest::redirect::Policy;
use serde_json::{Value, json};

use crate::oracle::responses::{cases, fill};
use crate::registry::client::{Registry, sha256};
use crate::support::{Client, send};

/// The callers: one with all permissions, one with some, one without any, and the administrator of another account.
const CALLERS: [&str; 4] = ["admin", "dev", "nobody", "stranger/admin"];

/// Parameters that lists refuse.
const QUERIES: [&str; 9] = [
    "limit=x",
    "limit=5000",
    "offset=x",
    "marker=x",
    "is_public=x",
    "filter=x",
    "filter=limit::x",
    "filter=limit::10|offset::x",
    "order_column=x&order_type=asc",
];

/// Values that a field refuses: of a wrong type, invalid as a name, unknown as a level, or too long.
fn values() -> [Value; 6] {
    let long = "x".repeat(30_001);
    [
        json!(null),
        json!({}),
        json!(""),
        json!("Not_a__name"),
        json!(5),
        json!(long),
    ]
}

/// A request of a probe: the caller, the target and the body.
struct Probe {
    caller: &'static str,
    target: String,
    body: Value,
}

/// Sends the variants of every request to the same state. A request that succeeds is repeated.
pub(super) fn probe(builder: Builder) {
    let swr = fill(builder.start());
    let clients = CALLERS.map(|caller| (caller, Client::user(&swr, caller)));
    let world = swr.world();
    let config = "/v2/manage/namespaces/group/repos/web/tags/v1/config".to_owned();
    let unpublished = [(Op::ShowRepoTagConfig, 200, config, Value::Null)];
    for (op, _, target, body) in cases().into_iter().chain(unpublished) {
        for probe in probes(&target, &body) {
            swr.restore(&world);
            let client = &clients
                .iter()
                .find(|(name, _)| *name == probe.caller)
                .unwrap()
                .1;
            let first = send(request(client, op, &probe)).unwrap();
            if first.status < 300 {
                send(request(client, op, &probe)).unwrap();
            }
        }
    }
}

fn request(client: &Client, op: Op, probe: &Probe) -> RequestBuilder {
    let request = client.request(op.method(), &probe.target);
    match &probe.body {
        Value::Null => request,
        // Not JSON.
        Value::String(text) => request.body(text.clone()),
        body => request.json(body),
    }
}

fn probes(target: &str, body: &Value) -> Vec<Probe> {
    let by_admin = |target: &str, body: Value| Probe {
        caller: "admin",
        target: target.to_owned(),
        body,
    };
    let mut probes: Vec<Probe> = CALLERS
        .into_iter()
        .map(|caller| Probe {
            caller,
            ..by_admin(target, body.clone())
        })
        .collect();
    for wrong in wrong_paths(target) {
        probes.push(by_admin(&wrong, body.clone()));
    }
    if body.is_null() {
        let path = target.split('?').next().unwrap();
        let joint = if target.contains('?') { '&' } else { '?' };
        let queries = QUERIES.iter();
        let queries = queries
            .flat_map(|query| [format!("{path}?{query}"), format!("{target}{joint}{query}")]);
        probes.extend(queries.map(|target| by_admin(&target, Value::Null)));
    } else {
        let wrong = wrong_bodies(body).into_iter();
        probes.extend(wrong.map(|wrong| by_admin(target, wrong)));
    }
    probes
}

/// The target with one segment that names nothing, or something of another account.
fn wrong_paths(target: &str) -> Vec<String> {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let query = if query.is_empty() {
        String::new()
    } else {
        format!("?{query}")
    };
    let segments: Vec<&str> = path.split('/').collect();
    let mut wrong = vec![path.to_owned() + &query, path.to_owned()];
    for at in 4..segments.len() {
        for name in ["nothing", "theirs"] {
            let mut changed = segments.clone();
            changed[at] = name;
            wrong.push(changed.join("/") + &query);
        }
    }
    let theirs = path
        .replace("/group/", "/theirs/")
        .replace("/one$two", "/app")
        .replace("/web", "/app");
    wrong.push(theirs + &query);
    wrong
}

/// The body with one field that is missing or invalid.
fn wrong_bodies(body: &Value) -> Vec<Value> {
    let mut wrong = vec![
        json!("not JSON"),
        json!({}),
        json!([]),
        json!([{}]),
        json!(7),
        json!([7]),
    ];
    let (Some(mut object), is_list) = (match body {
        Value::Array(items) => (items[0].as_object().cloned(), true),
        body => (body.as_object().cloned(), false),
    }) else {
        return wrong;
    };
    // Some operations have the field, and no request of a case has it.
    object.entry("description").or_insert(json!("text"));
    for name in object.keys() {
        let mut changed = object.clone();
        changed.remove(name);
        let mut bodies = vec![changed.clone()];
        for value in values() {
            changed.insert(name.clone(), value);
            bodies.push(changed.clone());
        }
        for changed in bodies {
            wrong.push(if is_list {
                json!([changed])
            } else {
                json!(changed)
            });
        }
    }
    wrong
}

/// Requests to the registry that name something else than what exists. `{digest}` is a digest that does not exist.
const REGISTRY: [(Op, &str); 13] = [
    (Op::StartUpload, "blobs/uploads/"),
    (Op::ShowUpload, "blobs/uploads/{upload}"),
    (Op::UploadChunk, "blobs/uploads/{upload}"),
    (Op::FinishUpload, "blobs/uploads/{upload}?digest={digest}"),
    (Op::CancelUpload, "blobs/uploads/{upload}"),
    (Op::GetBlob, "blobs/{digest}"),
    (Op::HeadBlob, "blobs/{digest}"),
    (Op::DeleteBlob, "blobs/{digest}"),
    (Op::GetManifest, "manifests/{digest}"),
    (Op::HeadManifest, "manifests/{digest}"),
    (Op::PutManifest, "manifests/{digest}"),
    (Op::DeleteManifest, "manifests/{digest}"),
    (Op::ListTags, "tags/list?n=x"),
];

/// Sends requests to the registry with a token, before and after its user loses its permission.
pub(super) fn probe_registry(builder: Builder) {
    let swr = builder.start();
    for repo in ["group/web", "gone/web"] {
        swr.seed_repo(repo).image("v1");
        swr.user("dev").grant(repo, Permission::Manage);
    }
    let names = ["group/web", "gone/web"];
    let clients = names.map(|name| {
        let scope = format!("repository:{name}:pull,push,delete");
        (name, Registry::token(&swr, "dev", &scope))
    });
    let send_all = || {
        for (name, client) in &clients {
            for (op, path) in REGISTRY {
                let path = format!("/v2/{name}/{path}");
                for digest in ["sha256:0", &sha256("nothing")] {
                    let path = path
                        .replace("{digest}", digest)
                        .replace("{upload}", &"0".repeat(32));
                    client.send(op.method().as_str(), &path, &[], "");
                }
            }
        }
    };
    probe_dockyard(&swr);
    swr.namespace("gone").delete();
    send_all();
    swr.user("dev").revoke("group/web");
    send_all();
}

/// Sends bodies that an operation of Harbor's API refuses.
fn probe_dockyard(swr: &MockSwr) {
    let bodies = [
        r#"{"namespace":"fresh"}"#,
        r#"{"namespace":"-"}"#,
        r#"{"namespace":7}"#,
        "{}",
        "[]",
    ];
    for user in ["admin", "nobody"] {
        let client = Registry::login(swr, user);
        for body in bodies.into_iter().chain(bodies) {
            client.send("POST", "/dockyard/v2/namespaces", &[], body);
        }
    }
    for number in 0..6 {
        let body = json!({"namespace": format!("fresh{number}")}).to_string();
        Registry::login(swr, "admin").send("POST", "/dockyard/v2/namespaces", &[], body);
    }
}

/// Downloads a blob from object storage by a link whose digest was replaced.
pub(super) fn probe_storage(builder: Builder) {
    let swr = builder.blob_redirects().start();
    swr.seed_repo("group/web").image("v1");
    let docker = Registry::token(&swr, "admin", "repository:group/web:pull");
    let manifest = docker.get("/v2/group/web/manifests/v1").json();
    let digest = manifest["config"]["digest"].as_str().unwrap();
    let blob = docker.request("GET", &format!("/v2/group/web/blobs/{digest}"));
    let client = Http::builder().redirect(Policy::none()).build().unwrap();
    let redirect = client.execute(blob.build().unwrap()).unwrap();
    let link = redirect.headers()["location"].to_str().unwrap();
    send(client.get(link.replace(digest, "sha256:0"))).unwrap();
}
