//! Values of `filter`, at each list that has it. The value is percent-encoded, so that it can be any bytes.

#![no_main]

use libfuzzer_sys::fuzz_target;
use mock_swr_fuzz::{FILTERED_LISTS, Request, Settings, escaped, with_server};

fuzz_target!(|input: &[u8]| {
    let Some((selector, filter)) = input.split_first() else {
        return;
    };
    let list = FILTERED_LISTS[usize::from(*selector) % FILTERED_LISTS.len()];
    let target = format!("{list}?filter={}", escaped(filter));
    with_server(Settings::Swr, |server| {
        let response = server.send_api(&Request::get(&target));
        assert!(matches!(response.status, 200 | 400 | 414), "{response:?}");
    });
});
