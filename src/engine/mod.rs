//! The processing of a request from its head to its response, and the plans and assertions of a test.
//!
//! - [`core`]: one server: its state, plans, journal, problems and addresses
//! - [`dispatch`]: the path of a request; [`body_memory`]: the memory limit for bodies
//! - [`hint`]: hints for unmatched requests; [`contract`]: the comparison of requests with the published operations
//! - [`calls`], [`condition`], [`op_set`]: the selection of calls
//! - [`lists`]: conversions of lists
//! - [`answer`]: planned answers; [`plans`], [`progress`]: matching calls with plans
//! - [`journal`]: the requests and their responses; [`events`]: what happened to content; [`history`]: what else a
//!   scenario file needs; [`unread`]: connections without a readable request
//! - [`log`]: lines on stderr
//! - [`verify`], [`order`], [`wait`], [`problems`]: assertions and waits
//! - [`report`], [`proxy`]: why an assertion failed
//! - [`coverage`]: the responses that tests exercised
//! - [`scenario`]: plans and assertions from files

pub(crate) mod answer;
pub(crate) mod body_memory;
pub(crate) mod calls;
pub(crate) mod condition;
mod contract;
pub(crate) mod core;
pub(crate) mod coverage;
pub(crate) mod dispatch;
pub(crate) mod events;
pub(crate) mod hint;
pub(crate) mod history;
pub(crate) mod journal;
pub(crate) mod lists;
pub(crate) mod log;
pub(crate) mod op_set;
pub(crate) mod order;
pub(crate) mod plans;
pub(crate) mod problems;
pub(crate) mod progress;
pub(crate) mod proxy;
pub(crate) mod report;
pub(crate) mod scenario;
pub(crate) mod unread;
pub(crate) mod verify;
pub(crate) mod wait;
