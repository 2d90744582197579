//! The example of docs/guide/tls.md.

use mock_swr::{MockSwr, Op};
use reqwest::Certificate;
use reqwest::blocking::Client;

/// Code under test: it builds the URL of the cloud by itself.
fn list_repos(http: &Client, region: &str, token: &str) -> reqwest::Result<String> {
    let url = format!("https://swr-api.{region}.myhuaweicloud.com/v2/manage/repos");
    let list = http.get(url).header("X-Auth-Token", token);
    list.send()?.error_for_status()?.text()
}

#[test]
fn the_repositories_of_a_region_are_listed() {
    let swr = MockSwr::builder().tls().start();
    swr.seed_repo("group/web");
    let authority = Certificate::from_pem(swr.ca_certificate().as_bytes()).unwrap();
    let mut http = Client::builder().add_root_certificate(authority);
    for (name, address) in swr.resolves() {
        http = http.resolve(&name, address); // in place of DNS
    }

    let token = swr.user("admin").token();
    let repos = list_repos(&http.build().unwrap(), "cn-north-4", &token).unwrap();

    assert!(repos.contains("\"web\""));
    swr.verify(Op::ListReposDetails).once();
}
