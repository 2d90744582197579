//! Tests of the registry with oci-client, of layouts that skopeo writes, and of two tools as users write them. One tool
//! pushes images, the other deletes old images.

mod registry;

mod oci;

mod layouts;

mod faults;

mod pusher;

mod cleaner;

mod surface;
