//! Tests of the registry with oci-client, of layouts that skopeo writes, and of tools as users write them: one pushes
//! images and one deletes old images.

mod registry;

mod oci;

mod layouts;

mod faults;

mod pusher;

mod cleaner;

mod surface;
