//! The basic use: create an organization and a repository, and read both.

use mock_swr::{MockSwr, Op};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Client, send};

#[test]
fn an_organization_and_a_repository_are_created_and_read() {
    let swr = MockSwr::start();
    let client = Client::admin(&swr);

    let made = client.post("/v2/manage/namespaces", json!({"namespace": "group"}));
    assert_eq!((made.status, made.json()), (201, json!({})));

    let listed = client.get("/v2/manage/namespaces?filter=namespace::group");
    assert_eq!(listed.status, 200);
    let row = &listed.json()["namespaces"][0];
    assert_eq!(
        (&row["name"], &row["auth"], &row["creator_name"]),
        (&json!("group"), &json!(7), &json!("admin"))
    );
    assert!(row["id"].is_u64());

    let path = "/v2/manage/namespaces/group/repos?repository=test&category=linux&description=test&is_public=false";
    let made = send(client.request(Method::POST, path)).unwrap();
    assert_eq!((made.status, made.json()), (201, json!({})));
    assert_is_the_repository(&client, "test");

    let body = json!({"repository": "two", "category": "linux", "description": "test", "is_public": false});
    let made = client.post("/v2/manage/namespaces/group/repos", body);
    assert_eq!((made.status, made.json()), (201, json!({})));
    assert_is_the_repository(&client, "two");

    assert_eq!(swr.namespace("group").repos(), ["test", "two"]);
    swr.verify_order([
        Op::CreateNamespace,
        Op::ListNamespaces,
        Op::CreateRepo,
        Op::ShowRepository,
    ]);
}

#[track_caller]
fn assert_is_the_repository(client: &Client, name: &str) {
    let shown = client.get(&format!("/v2/manage/namespaces/group/repos/{name}"));
    assert_eq!(shown.status, 200);
    let shown = shown.json();
    let keys: Vec<&str> = shown
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(
        keys,
        [
            "category",
            "created",
            "creator_id",
            "creator_name",
            "description",
            "domain_id",
            "id",
            "internal_path",
            "is_public",
            "name",
            "ns_id",
            "num_download",
            "num_images",
            "path",
            "priority",
            "size",
            "updated",
            "url"
        ]
    );
    let said = |key: &str| -> Value { shown[key].clone() };
    assert_eq!(
        (
            said("name"),
            said("category"),
            said("description"),
            said("is_public")
        ),
        (json!(name), json!("linux"), json!("test"), json!(false))
    );
}
