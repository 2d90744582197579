//! Input is validated completely: repeated information must agree, and an array is not accepted as an object.

use mock_swr::{Auth, MockSwr, Profile, World};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use reqwest::Method;
use serde_json::{Value, json};

use crate::registry::client::{
    DOCKER_LIST, DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST, Registry, sha256,
};
use crate::support::{Client, send};

fn server(profile: Profile) -> MockSwr {
    let swr = MockSwr::builder().auth(Auth::Off).profile(profile).start();
    swr.seed_repo("group/web").image("v1");
    swr
}

/// Returns the manifest of a seeded image with a change.
fn altered(swr: &MockSwr, alter: impl Fn(&mut Value)) -> String {
    let manifest = swr.repo("group/web").content("v1");
    let mut manifest = serde_json::from_slice(&manifest).unwrap();
    alter(&mut manifest);
    manifest.to_string()
}

#[test]
fn an_incomplete_manifest_is_refused_and_not_stored() {
    for profile in [Profile::Swr, Profile::Oci] {
        let swr = server(profile);
        let registry = Registry::anonymous(&swr);
        let set = |key: &'static str, value: Value| altered(&swr, move |m| m[key] = value.clone());
        let without = |key: &'static str| {
            altered(&swr, move |m| drop(m.as_object_mut().unwrap().remove(key)))
        };
        for (content_type, manifest, hint) in [
            (
                "text/plain",
                set("x", json!(1)),
                "Content-Type is text/plain, but mediaType of the manifest is",
            ),
            (OCI_INDEX, set("x", json!(1)), "Content-Type is "),
            (
                DOCKER_MANIFEST,
                set("mediaType", json!(OCI_INDEX)),
                "Content-Type is ",
            ),
            (
                DOCKER_MANIFEST,
                set("schemaVersion", json!(1)),
                "schemaVersion must be 2, not 1",
            ),
            (
                DOCKER_MANIFEST,
                set("schemaVersion", json!("2")),
                "schemaVersion must be a whole number from 0, not a string",
            ),
            (
                DOCKER_MANIFEST,
                without("schemaVersion"),
                "schemaVersion is missing",
            ),
            (
                DOCKER_MANIFEST,
                without("config"),
                "config is missing in a manifest of application/vnd.docker",
            ),
            (
                DOCKER_MANIFEST,
                set("config", json!([1])),
                "config must be a descriptor",
            ),
            (
                DOCKER_MANIFEST,
                set("manifests", json!([])),
                "manifests must not be in a manifest of application/vnd.docker",
            ),
            (
                DOCKER_MANIFEST,
                "[2]".to_owned(),
                "must be a manifest, which is an object, not an array",
            ),
            (
                DOCKER_MANIFEST,
                "{".to_owned(),
                "the manifest is not valid JSON: ",
            ),
        ] {
            let headers = [("content-type", content_type)];
            let response = registry.send("PUT", "/v2/group/web/manifests/v2", &headers, manifest);
            response.assert_error(400, "MANIFEST_INVALID");
            let received = response.header("x-mock-hint");
            assert!(received.starts_with(hint), "{received}");
            assert!(!received.contains("struct"), "{received}");
            assert_eq!(swr.repo("group/web").tags(), ["v1"]);
        }
    }
}

#[test]
fn an_index_is_not_accepted_as_an_image_where_indexes_are_refused() {
    let swr = server(Profile::Swr);
    let registry = Registry::anonymous(&swr);
    let image = swr.repo("group/web").tag("v1").digest;
    let entry = json!({"mediaType": DOCKER_MANIFEST, "digest": image, "size": 1});
    for own in [Some(OCI_INDEX), None] {
        let mut index = json!({"schemaVersion": 2, "manifests": [entry]});
        if let Some(own) = own {
            index["mediaType"] = own.into();
        }
        for content_type in [OCI_MANIFEST, DOCKER_MANIFEST, DOCKER_LIST, OCI_INDEX] {
            let headers = [("content-type", content_type)];
            let put = |tag: &str| {
                let path = format!("/v2/group/web/manifests/{tag}");
                registry
                    .send("PUT", &path, &headers, index.to_string())
                    .status
            };
            // A docker list without `mediaType` has the type in Content-Type.
            let is_list = own.is_none() && content_type == DOCKER_LIST;
            assert_eq!(put("v2") == 201, is_list, "{content_type} {own:?}");
        }
    }
}

#[test]
fn a_chunk_that_differs_from_its_range_does_not_change_the_upload() {
    let swr = server(Profile::Oci);
    let registry = Registry::anonymous(&swr);
    let at = registry.begin("group/web");
    let at = registry
        .send("PATCH", &at, &[("content-range", "0-3")], "0123")
        .location();
    for (range, hint) in [
        ("4-6", "Content-Range is `4-6`, but 4 bytes were sent"),
        ("4-8", "Content-Range is `4-8`, but 4 bytes were sent"),
        ("4-", "Content-Range `4-` is not a range"),
        ("4-7x", "Content-Range `4-7x` is not a range"),
        (
            "bytes 4-7/7",
            "Content-Range is `bytes 4-7/7`, but 4 bytes were sent",
        ),
        ("0-3", "the upload has 4 bytes, but Content-Range is `0-3`"),
    ] {
        for method in ["PATCH", "PUT"] {
            let path = format!("{at}?digest={}", sha256("01234567"));
            let response = registry.send(method, &path, &[("content-range", range)], "4567");
            response.assert_error(416, "BLOB_UPLOAD_INVALID");
            assert!(
                response.header("x-mock-hint").starts_with(hint),
                "{response:?}"
            );
        }
    }
    let path = format!("{at}?digest={}", sha256("01234567"));
    let closed = registry.send("PUT", &path, &[("content-range", "bytes 4-7/8")], "4567");
    closed.assert_status(201);
    let blob = registry.send("GET", &closed.location(), &[], "");
    assert_eq!(blob.text, "01234567");
}

#[test]
fn iam_refuses_an_array_instead_of_an_object() {
    let swr = MockSwr::start();
    let anonymous = Client::anonymous(&swr);
    for (body, hint) in [
        (json!([{}]), "must be an object with auth, not an array"),
        (
            json!({"auth": [{"methods": ["password"]}]}),
            "auth must be an object with identity, not an array",
        ),
        (
            json!({"auth": {"identity": {"methods": ["password"], "password": [["admin", "secret"]]}}}),
            "auth.identity.password must be an object with user, not an array",
        ),
        (
            json!({"auth": {"identity": {"methods": "password"}}}),
            "auth.identity.methods must be an array, not a string",
        ),
    ] {
        let response = anonymous.post("/v3/auth/tokens", body);
        assert_eq!(response.status, 400, "{response:?}");
        let received = response.header("x-mock-hint");
        assert_eq!(received, format!("IAM cannot read the body: {hint}"));
    }
}

#[test]
fn a_number_has_digits_only() {
    let swr = MockSwr::start();
    swr.seed_repo("group/web").image("v1");
    let admin = Client::admin(&swr);
    for path in [
        "/v2/manage/repos?offset=0&limit=%2B5",
        "/v2/manage/repos?offset=%2B0&limit=5",
        "/v3/manage/repos?limit=5&marker=%2B1",
        "/v3/manage/namespaces/group/repos/web/tags?marker=%2Bff",
        "/v2/manage/namespaces/group/repos/web/v1/accessories?offset=%2B0",
    ] {
        assert_eq!(admin.get(path).status, 400, "{path}");
    }
    for lifetime in ["%2B900", "900.0", "0x900", ""] {
        let path =
            format!("/v2/manage/utils/secret?projectname=cn-north-4&duration_seconds={lifetime}");
        let response = send(admin.request(Method::POST, &path)).unwrap();
        assert_eq!(response.status, 400, "{path}");
    }
    let tags = Registry::token(&swr, "admin", "repository:group/web:pull")
        .get("/v2/group/web/tags/list?n=%2B1");
    tags.assert_status(400);
}

/// Adds the JSON pointers of a value and of all values in it.
fn places(value: &Value, place: &str, all: &mut Vec<String>) {
    all.push(place.to_owned());
    match value {
        Value::Object(object) => object.iter().for_each(|(key, value)| {
            places(value, &format!("{place}/{}", key.replace('/', "~1")), all)
        }),
        Value::Array(values) => values
            .iter()
            .enumerate()
            .for_each(|(number, value)| places(value, &format!("{place}/{number}"), all)),
        _ => {}
    }
}

/// Replaces the value at a place. Returns `None` if the other value has the same type.
fn altered_at(value: &Value, place: Index, other: &Value) -> Option<Value> {
    let mut all = Vec::new();
    places(value, "", &mut all);
    let mut altered = value.clone();
    let current = altered.pointer_mut(place.get::<String>(&all))?;
    let is_same_kind = std::mem::discriminant(current) == std::mem::discriminant(other);
    *current = other.clone();
    (!is_same_kind).then_some(altered)
}

/// Returns a value of each type.
fn kinds() -> Vec<Value> {
    vec![
        json!([]),
        json!([{}]),
        json!({}),
        json!(7),
        json!(true),
        json!("text"),
    ]
}

#[test]
fn a_body_of_another_type_is_refused_and_changes_nothing() {
    let swr = server(Profile::Swr);
    let admin = Client::admin(&swr);
    let repo = "/v2/manage/namespaces/group/repos/web";
    let grant = json!([{"user_id": "id-1", "user_name": "one", "auth": 1}]);
    let bodies = [
        (
            Method::POST,
            "/v2/manage/namespaces".to_owned(),
            json!({"namespace": "other"}),
        ),
        (
            Method::POST,
            "/v2/manage/namespaces/group/repos".to_owned(),
            json!({"repository": "api", "is_public": true, "category": "linux", "description": "a text"}),
        ),
        (
            Method::PATCH,
            repo.to_owned(),
            json!({"is_public": true, "category": "linux", "description": "a text"}),
        ),
        (
            Method::POST,
            "/v2/manage/namespaces/group/access".to_owned(),
            grant.clone(),
        ),
        (Method::POST, format!("{repo}/access"), grant),
        (
            Method::POST,
            format!("{repo}/tags"),
            json!({"source_tag": "v1", "destination_tag": "v2", "override": false}),
        ),
        (
            Method::POST,
            "/v2/manage/namespaces/group/repositories/web/access-domains".to_owned(),
            json!({"access_domain": "partner", "permit": "read", "deadline": "forever", "description": "a text"}),
        ),
    ];
    swr.user("partner/eve");
    let before = swr.world();
    for (method, path, body) in &bodies {
        let status = send(admin.request(method.clone(), path).json(body))
            .unwrap()
            .status;
        assert!(status < 300, "{path}: {status}");
        swr.restore(&before);
    }
    let before = swr.world().to_json();

    proptest!(ProptestConfig::with_cases(200), |(
        (method, path, body) in select(bodies.to_vec()), place in any::<Index>(), other in select(kinds()),
    )| {
        let altered = altered_at(&body, place, &other);
        prop_assume!(altered.is_some());
        let response = send(admin.request(method, &path).json(&altered)).unwrap();
        prop_assert!((400..500).contains(&response.status), "{} {:?}: {:?}", path, altered, response);
        prop_assert_eq!(swr.world().to_json(), before.clone(), "{} {:?}", path, altered);
    });
}

#[test]
fn a_token_request_of_another_type_is_refused() {
    let swr = MockSwr::start();
    let admin = swr.credentials();
    let domain = json!({"name": admin.account});
    let body = json!({"auth": {
        "identity": {
            "methods": ["password"],
            "password": {"user": {"name": admin.user, "password": admin.password, "domain": domain}},
        },
        "scope": {"project": {"name": admin.region}},
    }});
    let anonymous = Client::anonymous(&swr);
    assert_eq!(anonymous.post("/v3/auth/tokens", body.clone()).status, 201);

    proptest!(ProptestConfig::with_cases(200), |(place in any::<Index>(), other in select(kinds()))| {
        let altered = altered_at(&body, place, &other);
        prop_assume!(altered.is_some());
        let response = anonymous.post("/v3/auth/tokens", altered.clone().unwrap());
        prop_assert_eq!(response.status, 400, "{:?}", altered);
    });
}

#[test]
fn a_world_file_of_another_type_is_refused() {
    let swr = MockSwr::builder()
        .world(World::named("two-tenants"))
        .start();
    swr.seed_repo("group/web").image("v1").share("other");
    let world: Value = serde_json::from_str(&swr.world().to_json()).unwrap();
    let mut all = Vec::new();
    places(&world, "", &mut all);
    assert!(all.len() > 50, "{}", all.len());
    for place in &all {
        let current = world.pointer(place).unwrap();
        let Some(object) = current.as_object() else {
            continue;
        };
        let values: Vec<&Value> = object.values().collect();
        for other in [json!(values), json!([]), json!("text"), json!(7)] {
            let mut altered = world.clone();
            *altered.pointer_mut(place).unwrap() = other;
            let error = altered
                .to_string()
                .parse::<World>()
                .unwrap_err()
                .to_string();
            assert!(error.starts_with("line 1, column "), "{place}: {error}");
        }
    }
}

#[test]
fn a_signature_with_repeated_or_unknown_parameters_is_refused() {
    let swr = MockSwr::start();
    let key = swr.credentials().access_key;
    let list = |authorization: &str| {
        let get = crate::support::HTTP.get(format!("{}/v2/manage/namespaces", swr.endpoint()));
        send(get.header("Authorization", authorization)).unwrap()
    };
    for whole in [
        format!("SDK-HMAC-SHA256 Access={key}, SignedHeaders=host, Signature=00"),
        format!("SDK-HMAC-SHA256 Signature=00,SignedHeaders=host,Access={key}"),
        format!(
            "V11-HMAC-SHA256 Credential={key}/20260131/cn-north-4/swr, SignedHeaders=host, Signature=00"
        ),
    ] {
        assert_eq!(list(&whole).status, 200, "{whole}");
    }
    for other in [
        format!("SDK-HMAC-SHA256 Access={key}"),
        format!("SDK-HMAC-SHA256 Access={key}, SignedHeaders=host"),
        format!("SDK-HMAC-SHA256 Access={key}, Access=AK, SignedHeaders=host, Signature=00"),
        format!("SDK-HMAC-SHA256 Access={key}, SignedHeaders=host, Signature=00, Extra=1"),
        format!("SDK-HMAC-SHA256 Access={key}, SignedHeaders=host, Signature=00, "),
        format!("SDK-HMAC-SHA256 Credential={key}/x, SignedHeaders=host, Signature=00"),
        format!("SDK-HMAC-SHA256 Access={key} SignedHeaders=host Signature=00"),
    ] {
        let response = list(&other);
        assert_eq!(response.status, 401, "{other}");
        let hint = response.header("x-mock-hint");
        assert!(
            hint.starts_with("Authorization has neither the form"),
            "{response:?}"
        );
    }
}
