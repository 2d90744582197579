//! Testing permissions with two tenants: `cargo run --example tenants`.

use mock_swr::{MockSwr, Op, Permission, Refusal};
use reqwest::blocking::Client;
use serde_json::{Value, json};

/// What is tested: lets a user of the own account read an organization, and another account one repository of it.
fn open_up(endpoint: &str, token: &str, user: &str, account: &str) -> reqwest::Result<()> {
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
    let open_up = |token: String| open_up(swr.endpoint(), &token, "dev", "partner");

    // Neither may: not who has no permission, nor who is of another account.
    assert!(open_up(dev.token()).is_err());
    assert!(open_up(eve.token()).is_err());
    let grants = Op::CreateNamespaceAuth;
    swr.verify(grants.by("dev"))
        .refused(Refusal::PermissionDenied)
        .once();
    swr.verify(grants.by("partner/eve"))
        .refused(Refusal::CrossAccount)
        .once();

    open_up(swr.user("admin").token()).unwrap();

    let group = swr.namespace("group");
    assert_eq!(group.permission_of("dev"), Some(Permission::Read));
    let url = format!("{}/v2/manage/namespaces/group/repos/web", swr.endpoint());
    let look = |token: &str| {
        let get = Client::new().get(&url).header("X-Auth-Token", token);
        get.send().unwrap().status().as_u16()
    };
    let (of_dev, of_eve) = (dev.token(), eve.token());
    assert_eq!((look(&of_dev), look(&of_eve)), (200, 200));

    // Between two calls of a client a permission can go, and a token can end.
    dev.revoke("group");
    eve.expire();
    assert_eq!((look(&of_dev), look(&of_eve)), (403, 401));
}
