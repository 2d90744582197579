//! The registry by oci-client, and tools as users write them: one that pushes images and one that deletes old ones.

mod registry;

mod oci;

mod faults;

mod pusher;

mod cleaner;

mod surface;
