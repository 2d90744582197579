//! Pages for tasks: how to test a kind of client, how to plan a failure, how to read a report.
//!
//! The pages are in `docs/guide`. Each example is a doctest.

// `docs/links.md` comes first in each page, because the first definition of a link wins. In rustdoc, a link therefore
// leads to the item itself. Elsewhere it leads to the address at the end of the page.

#[doc = include_str!("../docs/links.md")]
#[doc = include_str!("../docs/guide/failures.md")]
pub mod failures {}

#[doc(alias = "wiremock")]
#[doc(alias = "httpmock")]
#[doc(alias = "mockito")]
#[doc = include_str!("../docs/links.md")]
#[doc = include_str!("../docs/guide/from_other_mocks.md")]
pub mod from_other_mocks {}

#[doc = include_str!("../docs/links.md")]
#[doc = include_str!("../docs/guide/reading.md")]
pub mod reading {}

#[doc(alias = "scope")]
#[doc = include_str!("../docs/links.md")]
#[doc = include_str!("../docs/guide/sharing.md")]
pub mod sharing {}

#[doc = include_str!("../docs/links.md")]
#[doc = include_str!("../docs/guide/test_frameworks.md")]
pub mod test_frameworks {}

#[doc = include_str!("../docs/links.md")]
#[doc = include_str!("../docs/guide/pusher.md")]
pub mod pusher {}

#[doc = include_str!("../docs/links.md")]
#[doc = include_str!("../docs/guide/cleaner.md")]
pub mod cleaner {}

#[doc = include_str!("../docs/links.md")]
#[doc = include_str!("../docs/guide/retries.md")]
pub mod retries {}

#[doc = include_str!("../docs/links.md")]
#[doc = include_str!("../docs/guide/lost_responses.md")]
pub mod lost_responses {}

#[doc = include_str!("../docs/links.md")]
#[doc = include_str!("../docs/guide/races.md")]
pub mod races {}

#[doc = include_str!("../docs/links.md")]
#[doc = include_str!("../docs/guide/networks.md")]
pub mod networks {}

#[doc(alias = "https")]
#[doc = include_str!("../docs/links.md")]
#[doc = include_str!("../docs/guide/tls.md")]
pub mod tls {}

#[doc = include_str!("../docs/links.md")]
#[doc = include_str!("../docs/guide/retention.md")]
pub mod retention {}

#[doc = include_str!("../docs/links.md")]
#[doc = include_str!("../docs/guide/triggers.md")]
pub mod triggers {}

#[doc = include_str!("../docs/links.md")]
#[doc = include_str!("../docs/guide/jobs.md")]
pub mod jobs {}

#[doc = include_str!("../docs/links.md")]
#[doc = include_str!("../docs/guide/images.md")]
pub mod images {}

#[doc = include_str!("../docs/links.md")]
#[doc = include_str!("../docs/guide/tenants.md")]
pub mod tenants {}

#[doc = include_str!("../docs/links.md")]
#[doc = include_str!("../docs/guide/credentials.md")]
pub mod credentials {}

#[doc = include_str!("../docs/links.md")]
#[doc = include_str!("../docs/guide/scenarios.md")]
pub mod scenarios {}

#[doc = include_str!("../docs/links.md")]
#[doc = include_str!("../docs/guide/coverage.md")]
pub mod coverage {}

#[doc = include_str!("../docs/links.md")]
#[doc = include_str!("../docs/guide/worlds.md")]
pub mod worlds {}

#[doc = include_str!("../docs/links.md")]
#[doc = include_str!("../docs/guide/contract.md")]
pub mod contract {}

#[doc = include_str!("../docs/links.md")]
#[doc = include_str!("../docs/guide/signers.md")]
pub mod signers {}

#[doc = include_str!("../docs/links.md")]
#[doc = include_str!("../docs/guide/time.md")]
pub mod time {}

#[doc = include_str!("../docs/links.md")]
#[doc = include_str!("../docs/guide/other_languages.md")]
pub mod other_languages {}

#[doc = include_str!("../docs/links.md")]
#[doc = include_str!("../docs/guide/limits.md")]
pub mod limits {}

#[doc = include_str!("../docs/links.md")]
#[doc = include_str!("../docs/operations.md")]
pub mod operations {}

// Runs the examples of README.md.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub mod readme {}
