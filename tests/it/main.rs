//! The integration tests, which use the public API, HTTP and the registry protocol. The modules are in reading order.

mod invariants;
mod layers;
mod mutations;
mod steps;
mod support;

mod walk;

mod whole;

mod management;

/// Requests are compared with the published operations.
mod contract;
mod lists;

mod lookups;

mod gateway;
mod hints;

mod signatures;

mod tenants;

mod plans;

mod refusals;

mod wire;

mod busy;

mod races;

mod waits;

mod events;

mod automation;

mod log;

mod first_lines;

mod journal;

mod misuse;

mod impossible;

mod reports;

mod mistakes;

mod worlds;

// Files with random changes, and with values at the bounds of the schema.
mod files;

mod retries;
mod secrets;

mod restores;

mod growth;

mod layouts;

mod bounds;

mod servers;

mod addresses;

#[cfg(feature = "tls")]
mod tls;

mod isolation;

mod registry;

mod doors;

mod stories;
// Tests from files: the runner, its failures, and the bundled scenarios.
mod scenarios;

mod oracle;

mod examples;

mod ledger;

mod coverage;

mod properties;

mod random;
