//! A small client that sets permissions, and the test that its author would write.

use mock_swr::{Auth, MockSwr, Op, Permission, Refusal};

/// Applies lines such as `dev: read on group`.
mod perms {
    use mock_swr::Credentials;
    use reqwest::blocking::{Client, Response};
    use serde_json::{Value, json};

    pub(super) fn apply(endpoint: &str, keys: &Credentials, rules: &str) -> Result<(), String> {
        for rule in rules.lines() {
            let (user, rule) = rule.split_once(": ").ok_or("no user")?;
            let (level, namespace) = rule.split_once(" on ").ok_or("no organization")?;
            let auth = match level {
                "read" => 1,
                "write" => 3,
                "manage" => 7,
                other => return Err(format!("no level `{other}`")),
            };
            let id = find_user(endpoint, keys, user)?;
            let body = json!([{"user_id": id, "user_name": user, "auth": auth}]);
            let url = format!("{endpoint}/v2/manage/namespaces/{namespace}/access");
            let request = http::Request::post(url).body(body.to_string()).unwrap();
            let response = send(keys, request)?;
            if !response.status().is_success() {
                return Err(format!("{rule}: {}", response.status()));
            }
        }
        Ok(())
    }

    fn find_user(endpoint: &str, keys: &Credentials, name: &str) -> Result<String, String> {
        let url = format!("{endpoint}/v3/users?name={name}");
        let request = http::Request::get(url).body(String::new()).unwrap();
        let listed: Value = send(keys, request)?
            .json()
            .map_err(|error| error.to_string())?;
        let id = listed["users"][0]["id"].as_str();
        Ok(id.ok_or_else(|| format!("no user {name}"))?.to_owned())
    }

    fn send(keys: &Credentials, mut request: http::Request<String>) -> Result<Response, String> {
        keys.sign(&mut request);
        let request = request
            .try_into()
            .map_err(|error: reqwest::Error| error.to_string())?;
        Client::new()
            .execute(request)
            .map_err(|error| error.to_string())
    }
}

#[test]
fn grants_reach_exactly_the_users_listed() {
    let swr = MockSwr::builder().auth(Auth::Verified).start();
    swr.seed_repo("group/web").image("v1");
    let (dev, stranger) = (swr.user("dev"), swr.user("partner/eve"));

    perms::apply(swr.endpoint(), &swr.credentials(), "dev: read on group").unwrap();

    assert_eq!(
        swr.namespace("group").permission_of("dev"),
        Some(Permission::Read)
    );
    assert!(perms::apply(swr.endpoint(), &dev.credentials(), "dev: manage on group").is_err());
    assert!(
        perms::apply(
            swr.endpoint(),
            &stranger.credentials(),
            "eve: read on group"
        )
        .is_err()
    );
    swr.verify(Op::CreateNamespaceAuth.by("dev"))
        .refused(Refusal::PermissionDenied)
        .once();
    swr.verify(Op::CreateNamespaceAuth.by("partner/eve"))
        .answered(401)
        .once();
    assert_eq!(swr.namespace("group").permission_of("partner/eve"), None);
}
