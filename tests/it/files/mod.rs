//! Files that are almost valid.

mod bounds;
mod worlds;
