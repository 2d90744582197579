//! Tests of the account as a whole.

use mock_swr::{Image, MockSwr, Permission, days};
use serde_json::json;

use crate::registry::client::Registry;
use crate::support::{Client, send};

/// Converts megabytes to bytes.
fn bytes_of(megabytes: &serde_json::Value) -> u64 {
    (megabytes.as_f64().unwrap() * 1_048_576.0).round() as u64
}

#[test]
fn the_overview_counts_the_resources_of_the_account() {
    let swr = MockSwr::start();
    swr.seed_repo("group/web").image("v1").image("v2");
    swr.seed_repo("group/api");
    swr.seed_repo("shop/cart").image("v1");
    swr.seed_namespace("theirs").owner("partner");
    swr.seed_repo("theirs/app").image("v1");
    let overview = Client::admin(&swr).get("/v2/manage/overview").json();
    let credentials = swr.credentials();
    assert_eq!(overview["domain_id"], credentials.domain_id);
    assert_eq!(overview["domain_name"], "acme");
    assert_eq!(
        (
            &overview["namspace_num"],
            &overview["repo_num"],
            &overview["image_num"]
        ),
        (&json!(2), &json!(3), &json!(3))
    );
    let bytes: u64 = ["group/web", "group/api", "shop/cart"]
        .iter()
        .map(|repo| swr.repo(repo).info().size)
        .sum();
    assert_eq!(bytes_of(&overview["store_space"]), bytes);
    assert_eq!(overview["downflow_size"], 0.0);
    let theirs = Client::user(&swr, "partner/eve")
        .get("/v2/manage/overview")
        .json();
    assert_eq!(
        (&theirs["domain_name"], &theirs["repo_num"]),
        (&json!("partner"), &json!(1))
    );
}

#[test]
fn reports_count_stored_and_pulled_bytes_per_day() {
    let swr = MockSwr::builder().frozen_at("2026-03-01T08:00:00Z").start();
    swr.seed_repo("group/web")
        .image(Image::new("old").age(days(40)))
        .image("new");
    let size = |tag: &str| swr.repo("group/web").tag(tag).size;
    let pull = || {
        let docker = Registry::token(&swr, "admin", "repository:group/web:pull");
        let manifest = docker.get("/v2/group/web/manifests/new").json();
        let layer = manifest["layers"][0]["digest"].as_str().unwrap().to_owned();
        let blob = format!("/v2/group/web/blobs/{layer}");
        docker.head(&blob).assert_status(200);
        docker
            .get(&blob)
            .header("content-length")
            .parse::<u64>()
            .unwrap()
    };
    let report = |kind: &str, frequency: &str| {
        let path = format!("/v2/manage/reports/{kind}/{frequency}");
        let rows = Client::admin(&swr).get(&path).json();
        let row = |row: &serde_json::Value| {
            (
                row["date"].as_str().unwrap().to_owned(),
                bytes_of(&row["value"]),
            )
        };
        rows.as_array().unwrap().iter().map(row).collect::<Vec<_>>()
    };
    let bytes = pull();
    assert!(bytes > 0);
    swr.advance(days(1));
    pull();
    pull();

    let daily = report("store", "daily");
    assert_eq!(daily.len(), 30);
    assert_eq!(daily[0], ("2026-02-01".to_owned(), size("old")));
    assert_eq!(
        daily[29],
        ("2026-03-02".to_owned(), size("old") + size("new"))
    );
    assert_eq!(daily[27].1, size("old"), "{daily:?}");
    let pulled = report("downflow", "daily");
    assert_eq!(pulled[27].1, 0);
    assert_eq!(pulled[28], ("2026-03-01".to_owned(), bytes));
    assert_eq!(pulled[29].1, 2 * bytes);
    let monthly = report("downflow", "monthly");
    assert_eq!(monthly.len(), 12);
    assert_eq!(monthly[0].0, "2025-04-01");
    assert_eq!(monthly[11], ("2026-03-01".to_owned(), 3 * bytes));
    let overview = Client::admin(&swr).get("/v2/manage/overview").json();
    assert_eq!(bytes_of(&overview["downflow_size"]), 3 * bytes);

    let fork = MockSwr::builder()
        .world(swr.world().to_json().parse().unwrap())
        .start();
    let kept = Client::admin(&fork).get("/v2/manage/overview").json();
    assert_eq!(bytes_of(&kept["downflow_size"]), 3 * bytes);
    for bad in ["load/daily", "store/hourly"] {
        Client::admin(&swr)
            .get(&format!("/v2/manage/reports/{bad}"))
            .assert_refused(400, "SVCSTG.SWR.4001025");
    }
}

#[test]
fn the_agency_is_created_once_by_an_administrator() {
    let swr = MockSwr::start();
    let admin = Client::admin(&swr);
    let create =
        |client: &Client| send(client.request(reqwest::Method::POST, "/v2/manage/agency")).unwrap();
    let dev = Client::user(&swr, "dev");
    assert_eq!(dev.get("/v2/manage/agency").json()["is_agency"], false);
    create(&dev).assert_refused(403, "SVCSTG.SWR.4039002");
    let created = create(&admin);
    assert_eq!((created.status, &*created.text), (204, ""));
    create(&admin).assert_refused(409, "SVCSTG.SWR.4090089");
    let shown = dev.get("/v2/manage/agency").json();
    assert_eq!(
        shown,
        json!({"domain_id": swr.credentials().domain_id, "is_agency": true})
    );
    let theirs = Client::user(&swr, "partner/eve")
        .get("/v2/manage/agency")
        .json();
    assert_eq!(theirs["is_agency"], false);
    let fork = MockSwr::builder()
        .world(swr.world().to_json().parse().unwrap())
        .start();
    assert_eq!(
        Client::admin(&fork).get("/v2/manage/agency").json()["is_agency"],
        true
    );
}

#[test]
fn regions_are_those_of_the_world() {
    let world = r#"{"region": "cn-south-1", "regions": {"cn-east-3": {}}}"#;
    let swr = MockSwr::builder().world(world.parse().unwrap()).start();
    let admin = Client::admin(&swr);
    assert_eq!(
        admin.get("/v2/manage/regions").json(),
        json!([{"regionID": "cn-south-1"}, {"regionID": "cn-east-3"}])
    );
    assert_eq!(
        Client::admin(&MockSwr::start())
            .get("/v2/manage/regions")
            .json(),
        json!([{"regionID": "cn-north-4"}])
    );
}

#[test]
fn feature_gates_are_shown() {
    let gates = |world: &str| {
        let swr = MockSwr::builder().world(world.parse().unwrap()).start();
        swr.user("dev").grant("*", Permission::Read);
        Client::user(&swr, "dev")
            .get("/v2/manage/projects/any/feature-gates")
            .json()
    };
    let usual = gates("{}");
    assert_eq!(usual.as_object().unwrap().len(), 16);
    assert_eq!(usual["enable_list_v3"], true);
    assert_eq!(usual["enable_image_quota"], false);
    assert_eq!(usual["swr_util_download_url"], "");
    let limited = gates(r#"{"accounts": {"acme": {"quota": {"repos": 3}}}}"#);
    assert_eq!(limited["enable_image_quota"], true);
}
