//! Methods and paths, at both doors. The first byte selects the method and the door.

#![no_main]

use libfuzzer_sys::fuzz_target;
use mock_swr_fuzz::{Request, Settings, with_server};

const METHODS: [&str; 7] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

fuzz_target!(|input: &[u8]| {
    let Some((selector, target)) = input.split_first() else {
        return;
    };
    // A space ends the target, and hyper refuses control characters before the mock sees the request.
    if target.iter().any(|byte| *byte <= b' ' || *byte == 0x7f) {
        return;
    }
    let method = METHODS[usize::from(selector & 0x7f) % METHODS.len()];
    let target = [b"/", target].concat();
    let request = Request::new(method, &target);
    with_server(Settings::Oci, |server| {
        match selector & 0x80 {
            0 => server.send_api(&request),
            _ => server.send_registry(&request),
        };
    });
});
