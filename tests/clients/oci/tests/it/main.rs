//! The registry by oci-client, layouts that skopeo writes, and tools as users write them: one that pushes images and one
//! that deletes old ones.

mod registry;

mod oci;

mod layouts;

mod faults;

mod pusher;

mod cleaner;

mod surface;
