//! Compares the refusals that the service gives with those that reports of coverage expect.

use std::path::PathBuf;

use mock_swr::{Coverage, Level, MockSwr, Op, ProblemKind, Refusal, ResponseCoverage};

use super::folder::Folder;
use super::probes::{probe, probe_registry, probe_storage};

/// Refusals that almost every operation can give in rare cases. Reports do not expect that tests meet them.
const RARE: [Refusal; 9] = [
    Refusal::BodyMalformed,
    Refusal::BodyTooLarge,
    Refusal::UriTooLong,
    Refusal::HeadersTooLarge,
    Refusal::PolicyDenied,
    Refusal::ProjectForeign,
    Refusal::RepoName,
    Refusal::NamespaceName,
    Refusal::ContentLimit,
];

/// Refusals that only other profiles than `Swr` give, the profile that reports are about.
const OF_OTHER_PROFILES: [(Op, Refusal); 3] = [
    (Op::ListCatalog, Refusal::PageSize),
    (Op::ListTags, Refusal::RepoNotFound),
    (Op::ListReferrers, Refusal::DigestInvalid),
];

/// If `MOCK_SWR_COVERAGE` is set, as in `.ci/run`, this also reads what all other tests met.
#[test]
fn reports_expect_each_refusal_that_the_service_gives() {
    let temporary = Folder::new();
    let folder = std::env::var_os("MOCK_SWR_COVERAGE").map(PathBuf::from);
    let folder = folder.as_deref().unwrap_or(temporary.path());
    let kinds = ProblemKind::ALL.iter();
    let builder = kinds.fold(MockSwr::builder().coverage(folder), |builder, kind| {
        builder.level(*kind, Level::Ignore)
    });
    probe(builder.clone());
    probe_registry(builder.clone());
    probe_storage(builder);

    let coverage = Coverage::load(folder).unwrap();
    let mut unexpected = Vec::new();
    for of_op in coverage.ops.iter().filter(|of_op| of_op.op.is_simulated()) {
        let refusals = of_op
            .responses
            .iter()
            .filter(|response| is_unexpected(response));
        unexpected.extend(refusals.map(|response| (of_op.op, response.refusal.unwrap())));
    }
    unexpected.retain(|refused| !OF_OTHER_PROFILES.contains(refused));
    assert_eq!(unexpected, [], "add them to src/operations/refusals.rs");
}

/// Whether the service gave a refusal that the report does not expect, and that is neither rare nor one that every
/// operation can give.
fn is_unexpected(response: &ResponseCoverage) -> bool {
    let is_known =
        |refusal: &Refusal| RARE.contains(refusal) || matches!(response.status, 401 | 500..);
    response.real > 0
        && !response.is_possible
        && response.refusal.is_some_and(|refusal| !is_known(&refusal))
}
