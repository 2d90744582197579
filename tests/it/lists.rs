//! The two lists of repositories: filters, orders, pages.

use mock_swr::{MockSwr, days};
use serde_json::json;

use crate::management::names;
use crate::support::{Client, Response};

/// Starts a server with four repositories, changed on different days: web, api, web/admin, tool.
fn shop() -> MockSwr {
    let swr = MockSwr::builder()
        .frozen_at("2026-01-31T08:00:00.5Z")
        .start();
    for (name, set) in [
        ("group/web", json!({"category": "linux"})),
        (
            "group/api",
            json!({"category": "database", "is_public": true}),
        ),
        (
            "group/web/admin",
            json!({"category": "linux", "is_public": true}),
        ),
        ("tools/tool", json!({})),
    ] {
        swr.seed_repo(name).set(set);
        swr.advance(days(1));
    }
    swr
}

fn list(swr: &MockSwr, query: &str) -> Response {
    Client::admin(swr).get(&format!("/v2/manage/repos{query}"))
}

#[test]
fn a_row_has_the_18_documented_keys() {
    let swr = shop();
    let registry = swr.registry();
    assert_eq!(
        list(&swr, "?name=api").json(),
        json!([{
            "name": "api", "category": "database", "description": "", "size": 0, "is_public": true, "num_images": 0,
            "num_download": 0, "created_at": "2026-02-01T08:00:00.5Z", "updated_at": "2026-02-01T08:00:00.5Z",
            "logo": "", "url": "", "path": format!("{registry}/group/api"),
            "internal_path": format!("{registry}/group/api"), "domain_name": "acme", "namespace": "group", "tags": [],
            "status": false, "total_range": 1
        }])
    );
}

#[test]
fn the_latest_change_comes_first_and_the_total_is_on_each_row() {
    let swr = shop();
    let listed = list(&swr, "");
    assert_eq!(
        names(&listed.json(), "name"),
        ["tool", "web/admin", "api", "web"]
    );
    assert_eq!(listed.header("content-range"), "0-4/4");
    assert!(
        listed
            .json()
            .as_array()
            .unwrap()
            .iter()
            .all(|row| row["total_range"] == 4)
    );
}

#[test]
fn filters_narrow_the_list() {
    let swr = shop();
    for (query, expected) in [
        ("?namespace=group", vec!["web/admin", "api", "web"]),
        ("?namespace=gro", vec![]),
        ("?namespace=nowhere", vec![]),
        ("?name=web", vec!["web/admin", "web"]),
        ("?category=linux", vec!["web/admin", "web"]),
        ("?is_public=true", vec!["web/admin", "api"]),
        ("?is_public=false&name=web", vec!["web"]),
        (
            "?filter=namespace::group%7Cname::web%7Cis_public::false",
            vec!["web"],
        ),
        ("?filter=category%3A%3Adatabase", vec!["api"]),
        // A filter overrides the other parameters, and ignores unknown keys.
        ("?name=api&filter=name::tool|colour::red", vec!["tool"]),
    ] {
        let listed = list(&swr, query);
        assert_eq!(names(&listed.json(), "name"), expected, "{query}");
        assert_eq!(
            listed.header("content-range"),
            format!("0-{0}/{0}", expected.len()),
            "{query}"
        );
    }
}

#[test]
fn an_order_needs_a_column_and_a_direction() {
    let swr = shop();
    for (query, expected) in [
        (
            "?order_column=name&order_type=asc",
            ["api", "tool", "web", "web/admin"],
        ),
        (
            "?order_column=name&order_type=desc",
            ["web/admin", "web", "tool", "api"],
        ),
        (
            "?order_column=updated_time&order_type=asc",
            ["web", "api", "web/admin", "tool"],
        ),
        (
            "?order_column=namespace&order_type=desc",
            ["tool", "web/admin", "api", "web"],
        ),
        (
            "?order_column=is_public&order_type=asc",
            ["web", "tool", "api", "web/admin"],
        ),
        (
            "?order_column=tag_count&order_type=asc",
            ["web", "api", "web/admin", "tool"],
        ),
        (
            "?filter=order_column::name|order_type::asc",
            ["api", "tool", "web", "web/admin"],
        ),
        ("?order_column=name", ["tool", "web/admin", "api", "web"]),
        ("?order_type=asc", ["tool", "web/admin", "api", "web"]),
    ] {
        assert_eq!(
            names(&list(&swr, query).json(), "name"),
            expected,
            "{query}"
        );
    }
}

#[test]
fn a_page_needs_a_limit_and_an_offset() {
    let swr = shop();
    for (query, expected, range) in [
        ("?limit=2&offset=0", vec!["tool", "web/admin"], "0-2/4"),
        ("?limit=2&offset=3", vec!["web"], "3-1/4"),
        ("?limit=2&offset=4", vec![], "4-0/4"),
        ("?limit=2&offset=99999", vec![], "99999-0/4"),
        ("?limit=2", vec!["tool", "web/admin", "api", "web"], "0-4/4"),
        (
            "?offset=2",
            vec!["tool", "web/admin", "api", "web"],
            "0-4/4",
        ),
        ("?filter=limit::1|offset::1", vec!["web/admin"], "1-1/4"),
        (
            "?limit=2&offset=1&order_column=name&order_type=asc",
            vec!["tool", "web"],
            "1-2/4",
        ),
        ("?limit=1&offset=1&namespace=group", vec!["api"], "1-1/3"),
    ] {
        let listed = list(&swr, query);
        assert_eq!(
            (
                names(&listed.json(), "name"),
                listed.header("content-range")
            ),
            (names_of(&expected), range),
            "{query}"
        );
    }
}

fn names_of(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn bad_pages_orders_and_filters_are_refused() {
    let swr = shop();
    for (query, code) in [
        ("?limit=1001&offset=0", "4000056"),
        ("?limit=0&offset=0", "4000056"),
        ("?limit=ten&offset=0", "4000056"),
        ("?limit=10&offset=-1", "4000056"),
        ("?order_column=updated_at&order_type=asc", "4001096"),
        ("?order_column=num_images&order_type=asc", "4001096"),
        ("?order_column=name&order_type=up", "4001025"),
        ("?filter=", "4001035"),
        ("?filter=name", "4001035"),
        ("?filter=name:web", "4001035"),
        ("?filter=::web", "4001035"),
        ("?is_public=yes", "4001009"),
    ] {
        list(&swr, query).assert_refused(400, &format!("SVCSTG.SWR.{code}"));
    }
}

#[test]
fn a_change_moves_a_repository_to_the_front() {
    let swr = shop();
    let changed = Client::admin(&swr).patch(
        "/v2/manage/namespaces/group/repos/web",
        json!({"is_public": true}),
    );
    assert_eq!(changed.status, 201);
    assert_eq!(
        names(&list(&swr, "").json(), "name"),
        ["web", "tool", "web/admin", "api"]
    );
    swr.repo("group/api").delete();
    assert_eq!(
        names(&list(&swr, "").json(), "name"),
        ["web", "tool", "web/admin"]
    );
}

#[test]
fn a_marker_leads_to_the_next_page_and_is_absent_on_the_last() {
    let swr = shop();
    let client = Client::admin(&swr);
    let mut seen = Vec::new();
    let mut marker = None;
    loop {
        let query = marker.map_or("?limit=2".to_owned(), |marker: u64| {
            format!("?limit=2&marker={marker}")
        });
        let page = client.get(&format!("/v3/manage/repos{query}")).json();
        seen.extend(names(&page["repos"], "name"));
        match page.get("nextMarker") {
            Some(next) => marker = Some(next.as_u64().unwrap()),
            None => break,
        }
    }
    assert_eq!(seen, ["web", "api", "web/admin", "tool"]);
    let all = client.get("/v3/manage/repos?limit=4").json();
    assert!(
        all.get("nextMarker").is_none(),
        "the last page has no marker"
    );
}

#[test]
fn the_list_by_marker_has_filters_and_different_keys() {
    let swr = shop();
    let client = Client::admin(&swr);
    let listed = client
        .get("/v3/manage/repos?namespace=group&name=web&category=linux&is_public=true")
        .json();
    let id = swr.repo("group/web/admin").info().id;
    assert_eq!(
        listed,
        json!({"repos": [{
            "id": id, "name": "web/admin", "category": "linux", "description": "", "size": 0, "is_public": true,
            "num_images": 0, "num_download": 0, "created_at": "2026-02-02T08:00:00.5Z",
            "updated_at": "2026-02-02T08:00:00.5Z", "domain_name": "acme", "namespace_name": "group", "status": false
        }]})
    );
    for (query, code) in [
        ("?limit=1001", "4000056"),
        ("?marker=abc", "4001025"),
        ("?is_public=1", "4001009"),
    ] {
        client
            .get(&format!("/v3/manage/repos{query}"))
            .assert_refused(400, &format!("SVCSTG.SWR.{code}"));
    }
}

#[test]
fn every_page_is_a_part_of_the_whole_list_in_the_same_order() {
    let swr = MockSwr::start();
    for number in 0..23 {
        let repo = format!("group/r{:02}", (number * 7) % 23);
        swr.seed_repo(&repo)
            .set(json!({"is_public": number % 3 == 0}));
    }
    for column in [
        "name",
        "updated_time",
        "is_public",
        "namespace",
        "tag_count",
    ] {
        let page = |limit: usize, offset: usize| {
            let order = format!("order_column={column}&order_type=desc");
            names(
                &list(&swr, &format!("?{order}&limit={limit}&offset={offset}")).json(),
                "name",
            )
        };
        let whole = page(1000, 0);
        let pages: Vec<String> = (0..6).flat_map(|number| page(5, number * 5)).collect();
        assert_eq!(pages, whole, "{column}");
    }
}
