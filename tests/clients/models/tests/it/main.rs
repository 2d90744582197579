//! Compares the mock with the published Rust models of SWR, `huawei-cloud-api-definitions-SWR`.
//!
//! Every response of the mock must decode in the models without loss, and every request body that the models can build
//! must be accepted. The models mirror an older text of the API: where newer evidence contradicts it, the mock follows
//! the evidence, and `differences.rs` lists the difference with its source.

mod models;

mod definitions;

mod server;

mod responses;

mod requests;

mod differences;

mod coverage;
