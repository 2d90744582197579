//! Queries of lists: limits, offsets, markers and sort orders, with any other parameters.

#![no_main]

use libfuzzer_sys::fuzz_target;
use mock_swr_fuzz::{FILTERED_LISTS, Request, Settings, with_server};

/// Further lists of the API.
const OTHER_LISTS: [&str; 7] = [
    "/v2/manage/namespaces/group/repos/web/retentions/histories",
    "/v2/manage/namespaces/group/repos/web/v3/accessories",
    "/v2/manage/namespaces/group/repos/web/v3/references",
    "/v2/manage/reports/store/daily",
    "/v3/users",
    "/v3/projects",
    "/v3/auth/projects",
];
const REGISTRY_LISTS: [&str; 5] = [
    "/v2/_catalog",
    "/v2/group/web/tags/list",
    "/dockyard/v2/repositories",
    "/dockyard/v2/visible/namespaces",
    "/v2/group/web/referrers/sha256:4bf5122f344554c53bde2ebb8cd2b7e3d1600ad631c385a5d7cce23c7785459a",
];

fuzz_target!(|input: &[u8]| {
    let Some((selector, query)) = input.split_first() else {
        return;
    };
    if query.iter().any(|byte| *byte <= b' ' || *byte == 0x7f) {
        return;
    }
    let api_lists = [&FILTERED_LISTS[..], &OTHER_LISTS].concat();
    let at = usize::from(*selector) % (api_lists.len() + REGISTRY_LISTS.len());
    with_server(Settings::Oci, |server| {
        let path = api_lists.get(at);
        let is_api = path.is_some();
        let path = path.unwrap_or_else(|| &REGISTRY_LISTS[at - api_lists.len()]);
        let target = [path.as_bytes(), b"?", query].concat();
        let response = if is_api {
            server.send_api(&Request::get(&target))
        } else {
            server.send_registry(&Request::get(&target))
        };
        assert!(response.status < 500, "{response:?}");
    });
});
