//! Values of `filter`, at each list that has it. The value is percent-encoded, so that it can be any bytes.

#![no_main]

use libfuzzer_sys::fuzz_target;
use mock_swr_fuzz::{Request, Settings, escaped, with_server};

const LISTS: [&str; 8] = [
    "/v2/manage/namespaces",
    "/v2/manage/repos",
    "/v3/manage/repos",
    "/v2/manage/shared-repositories",
    "/v3/manage/shared-repositories",
    "/v2/manage/namespaces/group/repos/web/tags",
    "/v3/manage/namespaces/group/repos/web/tags",
    "/v2/manage/namespaces/group/repos/web/sync_job",
];

fuzz_target!(|input: &[u8]| {
    let Some((selector, filter)) = input.split_first() else {
        return;
    };
    let list = LISTS[usize::from(*selector) % LISTS.len()];
    let target = format!("{list}?filter={}", escaped(filter));
    with_server(Settings::Swr, |server| {
        let response = server.send_api(&Request::get(&target));
        assert!(matches!(response.status, 200 | 400 | 414), "{response:?}");
    });
});
