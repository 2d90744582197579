//! Replays the requests of Harbor's adapter for SWR: first a private API with a login, then the registry with a token.

use mock_swr::{MockSwr, World};
use serde_json::json;

use super::client::{Registry, TOKEN, docker_image};

const NAMESPACES: &str = "/dockyard/v2/namespaces";

#[test]
fn harbor_finds_and_creates_organizations() {
    let swr = MockSwr::builder()
        .world(World::named("two-tenants"))
        .start();
    let harbor = Registry::login(&swr, "admin");
    let listed = harbor.get("/dockyard/v2/visible/namespaces");
    listed.assert_status(200);
    let row = &listed.json()["namespaces"][0];
    assert_eq!(listed.json()["namespaces"].as_array().unwrap().len(), 1);
    let keys = [
        "auth",
        "creator_name",
        "id",
        "image_count",
        "name",
        "user_count",
    ];
    assert!(row.as_object().unwrap().keys().eq(keys), "{row}");
    assert_eq!((&row["name"], &row["auth"]), (&json!("ours"), &json!(7)));

    let absent = harbor.get(&format!("{NAMESPACES}/made"));
    absent.assert_status(200);
    assert_eq!(absent.json(), json!({}));
    let json_type = [("content-type", "application/json; charset=utf-8")];
    let body = json!({"namespace": "made"}).to_string();
    harbor
        .send("POST", NAMESPACES, &json_type, body)
        .assert_status(201);
    assert_eq!(
        harbor.get(&format!("{NAMESPACES}/made")).json()["name"],
        "made"
    );
    assert!(swr.namespace("made").exists());
    assert_eq!(
        harbor.get(&format!("{NAMESPACES}/theirs")).json(),
        json!({})
    );
}

#[test]
fn harbor_lists_repositories() {
    let swr = MockSwr::start();
    swr.seed_repo("group/web").public().image("v1");
    swr.seed_repo("group/one/two");
    let listed =
        Registry::login(&swr, "admin").get("/dockyard/v2/repositories?filter=center::self");
    listed.assert_status(200);
    let rows = listed.json();
    let names: Vec<_> = rows
        .as_array()
        .unwrap()
        .iter()
        .map(|row| &row["name"])
        .collect();
    assert_eq!(names, ["one/two", "web"]);
    let web = &rows[1];
    assert_eq!(
        (&web["namespace"], &web["is_public"]),
        (&json!("group"), &json!(true))
    );
    assert_eq!(
        (&web["num_images"], &web["tags"]),
        (&json!(1), &json!(["v1"]))
    );
}

#[test]
fn harbor_copies_and_deletes_with_a_token_to_push() {
    let swr = MockSwr::start();
    swr.seed_namespace("group");
    let admin = Registry::login(&swr, "admin");
    let path = format!(
        "{}?scope=repository:group/web:push,pull",
        TOKEN.trim_end_matches('/')
    );
    let token = admin.get(&path);
    let harbor = admin.with_token_of(&token);
    harbor
        .get("/v2/group/web/manifests/v1")
        .assert_error(404, "MANIFEST_UNKNOWN");
    let digest = harbor.push_image("group/web", "v1", "layer");
    let copied = harbor.get("/v2/group/web/manifests/v1");
    copied.assert_headers(&[("docker-content-digest", &digest)]);
    assert_eq!(copied.text, docker_image("layer").to_string());
    harbor
        .delete(&format!("/v2/group/web/manifests/{digest}"))
        .assert_status(202);
    harbor
        .get("/v2/group/web/manifests/v1")
        .assert_error(404, "MANIFEST_UNKNOWN");
    assert_eq!(swr.repo("group/web").tags(), [""; 0]);
}

#[test]
fn the_private_api_accepts_valid_logins() {
    let swr = MockSwr::start();
    swr.seed_namespace("group");
    let login = (swr.credentials().registry_login().0, "00".to_owned());
    for who in [Registry::anonymous(&swr), Registry::basic(&swr, login)] {
        for path in [
            "/dockyard/v2/visible/namespaces",
            "/dockyard/v2/repositories",
        ] {
            who.get(path).assert_status(401);
        }
        let body = json!({"namespace": "made"}).to_string();
        who.send("POST", NAMESPACES, &[], body).assert_status(401);
    }
    assert!(!swr.namespace("made").exists());
}
