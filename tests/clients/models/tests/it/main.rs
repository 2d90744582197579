//! Compares the mock with the published Rust models of SWR, `huawei-cloud-api-definitions-SWR`.
//!
//! The models must decode every response of the mock without loss. The mock must accept every request body that the
//! models can build. The models follow an older text of the API. Where newer evidence contradicts it, the mock follows
//! the evidence, and `differences.rs` lists the difference with its source.

mod models;

mod definitions;

mod server;

mod responses;

mod requests;

mod differences;

mod coverage;
