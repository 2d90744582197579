//! Accounts, their users and their permissions: at the management API, at IAM and at the registry.

mod account;
mod callers;
mod clients;
mod expiry;
mod iam;
mod permissions;
mod properties;
mod regions;
mod sharing;
mod story;
mod terraform;
