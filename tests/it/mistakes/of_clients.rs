//! Mistakes in requests: paths, methods, ports, filters, bodies.

use std::time::Duration;

use mock_swr::{MockSwr, Op};
use reqwest::Method;
use serde_json::json;

use super::{dropped, output_of, reported};
use crate::gateway::exchange;
use crate::registry::client::{Registry, docker_image};
use crate::support::{Client, HTTP, panic_of, send};

mistakes! {
    a_test_that_returns_an_error_was_refused: "refused 2 requests", "NamespaceNotFound";
    a_test_panics_before_its_client_sends_anything: "no request was received", "swr.endpoint()";
    a_server_is_dropped_at_once: "`let _ = MockSwr::start()`", "such as `swr`";
    an_endpoint_outlives_its_server: "`MockSwr::start().endpoint()`", "such as `swr`";
    a_path_is_misspelt: "`namespace`", "`namespaces`";
    a_part_of_the_path_is_left_out: "/v2/namespaces/group/repos", "/v2/manage/namespaces";
    the_endpoint_already_ends_in_a_slash: "`//` was sent", "base URL end with a slash";
    the_version_is_twice_in_the_path: "extra `/v2` before", "base URL end with it";
    a_method_is_wrong: "PUT", "PATCH (UpdateRepo)";
    a_method_is_wrong_and_so_is_the_path: "DELETE", "{namespace}";
    a_slash_in_a_repository_is_not_a_dollar_sign: "one/two", "one$two";
    a_filter_has_one_colon: "`namespace:group`", "key::value";
    a_parameter_is_out_of_its_range: "`5`", "900 to 86400";
    a_boolean_is_a_string: r#""false""#, "boolean";
    a_key_of_the_body_is_misspelt: "`repo`", "`repository`";
    a_key_of_the_body_is_null: "null", "`user_id`";
    a_body_is_an_object_where_a_list_is_wanted: "object", "array";
    a_body_is_not_json: "repository=web", "the body is not JSON";
    an_operation_is_not_simulated: "ListInstance", "swr.on(Op::ListInstance";
    a_push_goes_to_the_port_of_the_management: "endpoint()", "registry()";
    a_management_call_goes_to_the_port_of_the_registry: "registry()", "endpoint()";
    a_push_names_an_organization_that_is_absent: "`gruop`", "cn-north-4: group";
    a_manifest_is_pushed_before_its_layer: "MANIFEST_BLOB_UNKNOWN", "sha256:";
    a_pull_asks_for_a_tag_that_is_absent: "v2", "v1";
    an_organization_is_made_in_capitals: "`Group`", "a-z";
    a_client_speaks_https: "TLS handshake", "serves http";
    an_organization_is_asked_for_in_the_wrong_region: "cn-north-4", "cn-east-3";
}

const NAMESPACES: &str = "/v2/manage/namespaces";
const SECRET: &str = "/v2/manage/utils/secret?projectname=cn-north-4&duration_seconds=5";
const REPOS: &str = "/v2/manage/namespaces/group/repos";

fn a_path_is_misspelt() -> String {
    let swr = MockSwr::start();
    let response = Client::admin(&swr).get("/v2/manage/namespace");
    reported(&response, dropped(swr))
}

fn a_part_of_the_path_is_left_out() -> String {
    let swr = MockSwr::start();
    let response =
        Client::admin(&swr).post("/v2/namespaces/group/repos", json!({"repository": "web"}));
    reported(&response, dropped(swr))
}

fn the_endpoint_already_ends_in_a_slash() -> String {
    let swr = MockSwr::start();
    let response = Client::admin(&swr).get("//v2/manage/namespaces");
    reported(&response, dropped(swr))
}

fn the_version_is_twice_in_the_path() -> String {
    let swr = MockSwr::start();
    let response = Client::admin(&swr).get("/v2/v2/manage/namespaces/group/repos/web");
    reported(&response, dropped(swr))
}

fn a_method_is_wrong() -> String {
    let swr = MockSwr::start();
    let body = json!({"is_public": true});
    let request = Client::admin(&swr).request(Method::PUT, &format!("{REPOS}/web"));
    let response = send(request.json(&body)).unwrap();
    reported(&response, dropped(swr))
}

fn a_method_is_wrong_and_so_is_the_path() -> String {
    let swr = MockSwr::start();
    let response = Client::admin(&swr).delete_with(NAMESPACES, json!({"namespace": "group"}));
    reported(&response, dropped(swr))
}

fn a_slash_in_a_repository_is_not_a_dollar_sign() -> String {
    let swr = MockSwr::start();
    swr.seed_repo("group/one/two");
    let response = Client::admin(&swr).get(&format!("{REPOS}/one/two/tags"));
    reported(&response, dropped(swr))
}

fn a_filter_has_one_colon() -> String {
    let swr = MockSwr::start();
    swr.seed_namespace("group");
    let response = Client::admin(&swr).get("/v2/manage/repos?filter=namespace:group|limit::10");
    reported(&response, || {
        swr.verify(Op::ListReposDetails).answered(200).once();
    })
}

fn a_parameter_is_out_of_its_range() -> String {
    let swr = MockSwr::start();
    let request = Client::admin(&swr).request(Method::POST, SECRET);
    reported(&send(request).unwrap(), || {
        swr.verify(Op::CreateSecret).answered(200).once();
    })
}

fn a_boolean_is_a_string() -> String {
    let swr = MockSwr::start();
    swr.seed_namespace("group");
    let body = json!({"repository": "web", "is_public": "false"});
    let response = Client::admin(&swr).post(REPOS, body);
    reported(&response, || {
        swr.verify(Op::CreateRepo).answered(201).once();
    })
}

fn a_key_of_the_body_is_misspelt() -> String {
    let swr = MockSwr::start();
    swr.seed_namespace("group");
    let response = Client::admin(&swr).post(REPOS, json!({"repo": "web", "is_public": false}));
    reported(&response, || {
        swr.verify(Op::CreateRepo.repo("group/web")).once();
    })
}

fn a_key_of_the_body_is_null() -> String {
    let swr = MockSwr::start();
    swr.seed_namespace("group");
    let grant = json!([{"user_id": null, "user_name": "dev", "auth": 1}]);
    let response = Client::admin(&swr).post("/v2/manage/namespaces/group/access", grant);
    reported(&response, || {
        swr.verify(Op::CreateNamespaceAuth).answered(201).once();
    })
}

fn a_body_is_an_object_where_a_list_is_wanted() -> String {
    let swr = MockSwr::start();
    swr.seed_namespace("group");
    let grant =
        json!({"user_id": swr.user("dev").credentials().user_id, "user_name": "dev", "auth": 1});
    let response = Client::admin(&swr).post("/v2/manage/namespaces/group/access", grant);
    reported(&response, || {
        swr.verify(Op::CreateNamespaceAuth).answered(201).once();
    })
}

fn a_body_is_not_json() -> String {
    let swr = MockSwr::start();
    swr.seed_namespace("group");
    let request = Client::admin(&swr).request(Method::POST, REPOS);
    let response = send(request.body("repository=web&is_public=false")).unwrap();
    reported(&response, || {
        swr.verify(Op::CreateRepo.json("/repository", "web")).once();
    })
}

fn an_operation_is_not_simulated() -> String {
    let swr = MockSwr::start();
    swr.seed_repo("group/web");
    let response = Client::admin(&swr).get("/v2/p1/instances");
    reported(&response, dropped(swr))
}

fn a_push_goes_to_the_port_of_the_management() -> String {
    let swr = MockSwr::start();
    let host = swr.endpoint().trim_start_matches("http://");
    let (user, key) = swr.credentials().registry_login();
    let response = Registry::at(host, (user, key)).post("/v2/group/web/blobs/uploads/");
    reported(&response, dropped(swr))
}

fn a_management_call_goes_to_the_port_of_the_registry() -> String {
    let swr = MockSwr::start();
    let url = format!("http://{}{NAMESPACES}", swr.registry());
    let token = swr.user("admin").token();
    let response = send(HTTP.get(url).header("X-Auth-Token", token)).unwrap();
    reported(&response, dropped(swr))
}

fn a_push_names_an_organization_that_is_absent() -> String {
    let swr = MockSwr::start();
    swr.seed_namespace("group");
    let docker = Registry::login(&swr, "admin");
    let response = docker.request_token("repository:gruop/web:pull,push");
    reported(&response, || {
        swr.verify(Op::CreateToken).answered(200).once();
    })
}

fn a_manifest_is_pushed_before_its_layer() -> String {
    let swr = MockSwr::start();
    swr.seed_namespace("group");
    let docker = Registry::token(&swr, "admin", "repository:group/web:pull,push");
    let response = docker.put("group/web", "v1", &docker_image("a layer"));
    reported(&response, || {
        swr.verify(Op::PutManifest).answered(201).once();
    })
}

fn a_pull_asks_for_a_tag_that_is_absent() -> String {
    let swr = MockSwr::start();
    swr.seed_repo("group/web").image("v1");
    let docker = Registry::token(&swr, "admin", "repository:group/web:pull");
    let response = docker.get("/v2/group/web/manifests/v2");
    reported(&response, || {
        swr.verify(Op::GetManifest).answered(200).once();
    })
}

fn an_organization_is_made_in_capitals() -> String {
    let swr = MockSwr::start();
    let response = Client::admin(&swr).post(NAMESPACES, json!({"namespace": "Group"}));
    reported(&response, || {
        swr.verify(Op::CreateNamespace).answered(201).once();
    })
}

fn a_client_speaks_https() -> String {
    let swr = MockSwr::start();
    let host = swr.endpoint().trim_start_matches("http://");
    // The first bytes of a TLS handshake.
    exchange(host, b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03");
    // The server records the problem after it closes the connection.
    let moment = Duration::from_millis(1);
    let report = || panic_of(|| swr.wait_for(Op::ListNamespaces).within(moment).block());
    let mut tries = std::iter::repeat_with(report);
    tries.find(|report| report.contains("TLS")).unwrap()
}

fn an_organization_is_asked_for_in_the_wrong_region() -> String {
    let swr = MockSwr::start();
    swr.region("cn-east-3").seed_repo("copy/web");
    let response = Client::admin(&swr).get("/v2/manage/namespaces/copy/repos/web");
    reported(&response, || {
        swr.verify(Op::ShowRepository).answered(200).once();
    })
}

fn a_test_that_returns_an_error_was_refused() -> String {
    let test = "of_clients::reported::a_test_that_returns_an_error_was_refused";
    let report = output_of(test, || {
        let run = || -> Result<(), u16> {
            let swr = MockSwr::start();
            swr.seed_namespace("group");
            let admin = Client::admin(&swr);
            // Planned refusals and successes are not reported.
            swr.on(Op::ListNamespaces, 503);
            admin.get("/v2/manage/namespaces");
            admin.get("/v2/manage/namespaces/group");
            admin.get("/v2/manage/namespaces/gruop");
            match admin.get("/v2/manage/namespaces/gruop/repos/web").status {
                200 => Ok(()),
                status => Err(status),
            }
        };
        assert_eq!(run(), Err(404));
    });
    assert!(!report.contains("#1") && !report.contains("#2"), "{report}");
    report
}

fn a_test_panics_before_its_client_sends_anything() -> String {
    let test = "of_clients::reported::a_test_panics_before_its_client_sends_anything";
    output_of(test, || {
        let _swr = MockSwr::start();
        panic!("the client cannot be built");
    })
}

fn a_server_is_dropped_at_once() -> String {
    let test = "of_clients::reported::a_server_is_dropped_at_once";
    let report = output_of(test, || {
        let _ = MockSwr::start();
        // These are not reported: the test uses the first server, and a client the second.
        drop(MockSwr::start().world());
        let swr = MockSwr::start();
        reqwest::blocking::get(swr.endpoint()).unwrap();
    });
    assert_eq!(report.matches("before it was used").count(), 1, "{report}");
    report
}

fn an_endpoint_outlives_its_server() -> String {
    let test = "of_clients::reported::an_endpoint_outlives_its_server";
    output_of(test, || {
        let endpoint = MockSwr::start().endpoint().to_owned();
        assert!(reqwest::blocking::get(endpoint).is_err());
    })
}
