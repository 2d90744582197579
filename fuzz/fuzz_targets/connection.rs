//! All bytes of a connection. The first byte selects the door.

#![no_main]

use libfuzzer_sys::fuzz_target;
use mock_swr_fuzz::{Settings, with_server};

fuzz_target!(|input: &[u8]| {
    let Some((selector, bytes)) = input.split_first() else {
        return;
    };
    with_server(Settings::Oci, |server| {
        let received = server.send_raw(selector & 1 == 1, bytes);
        assert!(
            received.is_empty() || received.starts_with(b"HTTP/1."),
            "{}",
            received.escape_ascii()
        );
    });
});
