//! Manifests and their media types. The first byte selects the profile and the reference, the second one the
//! media type.

#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use mock_swr_fuzz::{Request, Settings, mutate, sha256, with_server};

const MEDIA_TYPES: [&str; 8] = [
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.v1+prettyjws",
    "application/json",
    "text/plain; charset=utf-8",
    "",
];

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate(data, size, max_size, seed, 2)
});

fuzz_target!(|input: &[u8]| {
    let [selector, media_type, manifest @ ..] = input else {
        return;
    };
    let digest = sha256(manifest);
    let settings = if selector & 1 == 0 {
        Settings::Oci
    } else {
        Settings::Swr
    };
    with_server(settings, |server| {
        let reference = ["new", "v1", &digest][usize::from(selector >> 1) % 3];
        let target = format!("/v2/group/web/manifests/{reference}");
        let media_type = MEDIA_TYPES[usize::from(*media_type) % MEDIA_TYPES.len()];
        let put = Request::new("PUT", &target).body(manifest);
        let put = if media_type.is_empty() {
            put
        } else {
            put.with(&format!("Content-Type: {media_type}\r\n"))
        };
        let response = server.send_registry(&put);
        assert!(response.status < 500, "{response:?}");
        if response.status == 201 {
            let pulled = server.send_registry(&Request::get(&target).with("Accept: */*\r\n"));
            assert_eq!((pulled.status, &pulled.body), (200, &manifest.to_vec()));
            assert_eq!(pulled.header("docker-content-digest"), Some(&*digest));
        }
        server.send_lists();
        server.send_registry(&Request::new("DELETE", &target));
        server.send_lists();
    });
});
