//! Accounts, their users, and what they may: at the management API, at IAM, and at the registry.

mod account;
mod clients;
mod expiry;
mod iam;
mod permissions;
mod properties;
mod regions;
mod sharing;
mod story;
mod terraform;
