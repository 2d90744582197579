//! JSON bodies of the management API and of IAM. The first byte selects the operation.

#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use mock_swr_fuzz::{Request, Settings, mutate, with_server};

const NAMESPACE: &str = "/v2/manage/namespaces/group";
const REPO: &str = "/v2/manage/namespaces/group/repos/web";

#[rustfmt::skip]
const OPERATIONS: [(&str, &str, &str); 22] = [
    ("POST", "/v2/manage/namespaces", ""),
    ("POST", NAMESPACE, "/repos"),
    ("PATCH", REPO, ""),
    ("POST", NAMESPACE, "/access"),
    ("PATCH", NAMESPACE, "/access"),
    ("DELETE", NAMESPACE, "/access"),
    ("POST", REPO, "/access"),
    ("PATCH", REPO, "/access"),
    ("DELETE", REPO, "/access"),
    ("POST", REPO, "/tags"),
    ("POST", REPO, "/retentions"),
    ("PATCH", REPO, "/retentions/7"),
    ("POST", REPO, "/triggers"),
    ("PATCH", REPO, "/triggers/deploy"),
    ("POST", REPO, "/sync_images"),
    ("POST", REPO, "/sync_repo"),
    ("DELETE", REPO, "/sync_repo"),
    ("POST", "/v2/manage/namespaces/group/repositories/web", "/access-domains"),
    ("PATCH", "/v2/manage/namespaces/group/repositories/web", "/access-domains/partner"),
    ("POST", "/v3/auth/tokens", ""),
    ("POST", "/v3.0/OS-CREDENTIAL/securitytokens", ""),
    ("POST", "/v2/manage/utils/authorizationtoken", ""),
];

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate(data, size, max_size, seed, 1)
});

fuzz_target!(|input: &[u8]| {
    let Some((selector, body)) = input.split_first() else {
        return;
    };
    let (method, path, rest) = OPERATIONS[usize::from(*selector) % OPERATIONS.len()];
    let target = format!("{path}{rest}");
    with_server(Settings::Swr, |server| {
        let request = Request::new(method, &target).with("Content-Type: application/json\r\n");
        server.send_api(&request.body(body));
        server.send_lists();
    });
});
