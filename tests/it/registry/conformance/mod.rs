//! The requirements of the OCI conformance suite, in profile `Oci`.

mod blobs;
mod lists;
mod manifests;
mod names;
mod uploads;

use mock_swr::{Auth, MockSwr, Profile};

use super::client::Registry;

/// Starts a registry without authentication, and a client of it.
fn open() -> (MockSwr, Registry) {
    let swr = MockSwr::builder()
        .profile(Profile::Oci)
        .auth(Auth::Off)
        .start();
    let registry = Registry::anonymous(&swr);
    (swr, registry)
}
