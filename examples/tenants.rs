//! A test of permissions with two tenants: `cargo run --example tenants`.

use mock_swr::{MockSwr, Op, Permission, Refusal};
use reqwest::blocking::Client;
use serde_json::{Value, json};

/// Code under test: lets a user of the same account read an organization, and another account read one repository.
fn give_access(endpoint: &str, token: &str, user: &str, account: &str) -> reqwest::Result<()> {
    let http = Client::new();
    let get = http.get(format!("{endpoint}/v3/users?name={user}"));
    let found: Value = get.header("X-Auth-Token", token).send()?.json()?;
    let grant = json!([{"user_id": found["users"][0]["id"], "user_name": user, "auth": 1}]);
    let share = json!({"access_domain": account, "permit": "read", "deadline": "forever"});
    let group = format!("{endpoint}/v2/manage/namespaces/group");
    for (url, body) in [
        (format!("{group}/access"), grant),
        (format!("{group}/repositories/web/access-domains"), share),
    ] {
        let post = http.post(url).header("X-Auth-Token", token).json(&body);
        post.send()?.error_for_status()?;
    }
    Ok(())
}

fn main() {
    let swr = MockSwr::start();
    swr.seed_repo("group/web").image("v1");
    let (dev, eve) = (swr.user("dev"), swr.user("partner/eve"));
    let give_access = |token: String| give_access(swr.endpoint(), &token, "dev", "partner");

    // Both are refused: one has no permission, the other belongs to another account.
    assert!(give_access(dev.token()).is_err());
    assert!(give_access(eve.token()).is_err());
    let grants = Op::CreateNamespaceAuth;
    swr.verify(grants.by("dev"))
        .refused(Refusal::PermissionDenied)
        .once();
    swr.verify(grants.by("partner/eve"))
        .refused(Refusal::CrossAccount)
        .once();

    give_access(swr.token()).unwrap();

    let group = swr.namespace("group");
    assert_eq!(group.permission_of("dev"), Some(Permission::Read));
    let url = format!("{}/v2/manage/namespaces/group/repos/web", swr.endpoint());
    let show = |token: &str| {
        let get = Client::new().get(&url).header("X-Auth-Token", token);
        get.send().unwrap().status().as_u16()
    };
    let (dev_token, eve_token) = (dev.token(), eve.token());
    assert_eq!((show(&dev_token), show(&eve_token)), (200, 200));

    // Between two calls of a client, a permission is revoked and a token expires.
    dev.revoke("group");
    eve.expire();
    assert_eq!((show(&dev_token), show(&eve_token)), (403, 401));
}
