//! A test of an image cleaner: `cargo run --example cleaner`.

use mock_swr::{Calls, Image, MockSwr, Op, days};
use reqwest::blocking::Client;
use serde_json::Value;

/// Code under test: deletes the tags that were last pushed before a date.
fn clean(endpoint: &str, token: &str, since: &str, dry_run: bool) -> reqwest::Result<()> {
    let http = Client::new();
    let tags = format!("{endpoint}/v2/manage/namespaces/group/repos/web/tags");
    let list = http.get(&tags).header("X-Auth-Token", token);
    for tag in list.send()?.error_for_status()?.json::<Vec<Value>>()? {
        if tag["updated"].as_str() < Some(since) && !dry_run {
            let tag = format!("{tags}/{}", tag["Tag"].as_str().unwrap());
            let delete = http.delete(tag).header("X-Auth-Token", token);
            delete.send()?.error_for_status()?;
        }
    }
    Ok(())
}

fn main() {
    let swr = MockSwr::builder().frozen_at("2026-01-31T08:00:00Z").start();
    let web = swr
        .seed_repo("group/web")
        .image(Image::new("old").age(days(40)))
        .image("new");
    let token = swr.token();

    clean(swr.endpoint(), &token, "2026-01-01", true).unwrap();
    swr.verify(Calls::writes()).never();

    clean(swr.endpoint(), &token, "2026-01-01", false).unwrap();
    assert_eq!(web.tags(), ["new"]);
    let deleted = swr.verify(Op::DeleteRepoTag).once();
    assert_eq!(deleted.param("tag"), Some("old"));
}
