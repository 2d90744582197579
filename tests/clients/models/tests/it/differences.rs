//! The differences between the mock and the definitions, with reasons.
//!
//! A test fails if it finds a difference that is not listed, or does not find one that is listed.

use std::collections::BTreeSet;

use mock_swr::Op;

/// An operation, a difference, and its reason with a source.
pub(crate) type Difference = (Op, &'static str, &'static str);

pub(crate) const OPERATIONS: &[Difference] = &[];

pub(crate) const RESPONSES: &[Difference] = &[
    (
        Op::CreateAgency,
        "the status is 204, not 200",
        "terraform accepts 204 only, and its tests run against the live service",
    ),
    (
        Op::CreateManualImageSyncRepo,
        "body[] has no value in any response",
        "the example of the definition is empty; it documents tags for other statuses only",
    ),
    (
        Op::CreateNamespaceAuth,
        "the status is 201, not 200",
        "gophertelekomcloud accepts 201 and 202 only",
    ),
    (
        Op::ListNamespaces,
        "body.namespaces[].access_user_count is not in the model",
        "live calls 2026-04/05; terraform reads it",
    ),
    (
        Op::ListNamespaces,
        "body.namespaces[].repo_count is not in the model",
        "live calls 2026-04/05; terraform reads it",
    ),
    (
        Op::ListNamespaces,
        "body.namespaces[].auth is 0: invalid value",
        "inferred: a user with a permission on a repository only; no source states the level on its organization",
    ),
    (
        Op::ListRepositoryTag,
        "body.has_more is not in the model",
        "published SDK 3.1.219 and API reference 2026-09",
    ),
    (
        Op::ListRepositoryTags,
        "body[].deleted is null: invalid type: null, expected a string",
        "live calls 2026-04/05: null on every row",
    ),
    (
        Op::ListRepositoryTags,
        "body[].deleted has no value in any response",
        "live calls 2026-04/05: null on every row",
    ),
    (
        Op::ListTriggersDetails,
        "body[].trigger_history is null: invalid type: null, expected a sequence",
        "live calls 2026-04/05: null on every row; the example of the definition has null too",
    ),
    (
        Op::ListTriggersDetails,
        "body[].trigger_history has no value in any response",
        "live calls 2026-04/05: null on every row; the example of the definition has null too",
    ),
    (
        Op::ShowShareFeatureGates,
        "body.enable_authorization_token is not in the model",
        GATES,
    ),
    (
        Op::ShowShareFeatureGates,
        "body.enable_cosign_signature is not in the model",
        GATES,
    ),
    (
        Op::ShowShareFeatureGates,
        "body.enable_customize_validity_period is not in the model",
        GATES,
    ),
    (
        Op::ShowShareFeatureGates,
        "body.enable_enterprise_edition_link is not in the model",
        GATES,
    ),
    (
        Op::ShowShareFeatureGates,
        "body.enable_image_quota is not in the model",
        GATES,
    ),
    (
        Op::ShowShareFeatureGates,
        "body.enable_list_v3 is not in the model",
        GATES,
    ),
    (
        Op::ShowShareFeatureGates,
        "body.enable_resource is not in the model",
        GATES,
    ),
    (
        Op::ShowShareFeatureGates,
        "body.swr_util_download_url is not in the model",
        GATES,
    ),
    (
        Op::ShowTrigger,
        "body.trigger_history is null: invalid type: null, expected a sequence",
        "inferred: null in the list, and no source shows a trigger that has not run",
    ),
];
const GATES: &str = "live calls 2026-04/05: 16 gates; published SDK 3.1.219: 12";

pub(crate) const REQUESTS: &[Difference] = &[
    (
        Op::CreateRepo,
        "category \"arms\" is shown as \"arm\"",
        CATEGORY,
    ),
    (
        Op::UpdateRepo,
        "category \"arms\" is shown as \"arm\"",
        CATEGORY,
    ),
];
const CATEGORY: &str =
    "the text of the definition and the API reference 2026-09 have arm; the mock accepts both";

/// The differences that a test found.
#[derive(Default)]
pub(crate) struct Findings(BTreeSet<(Op, String)>);

impl Findings {
    pub(crate) fn add(&mut self, op: Op, difference: String) {
        self.0.insert((op, difference));
    }

    /// Asserts that the table lists exactly these differences.
    #[track_caller]
    pub(crate) fn assert_listed(&self, table: &[Difference]) {
        let listed: BTreeSet<(Op, String)> = table
            .iter()
            .map(|(op, difference, _)| (*op, (*difference).to_owned()))
            .collect();
        let new: Vec<_> = self.0.difference(&listed).collect();
        let gone: Vec<_> = listed.difference(&self.0).collect();
        assert!(
            new.is_empty() && gone.is_empty(),
            "found, but not in differences.rs; correct the mock, or add with a source: {new:#?}\n\
             in differences.rs, but not found; delete: {gone:#?}"
        );
    }
}

#[test]
fn every_difference_is_listed_once_with_its_reason() {
    for table in [OPERATIONS, RESPONSES, REQUESTS] {
        let mut seen = BTreeSet::new();
        for (op, difference, reason) in table {
            assert!(
                seen.insert((op, difference)),
                "{op} is listed twice: {difference}"
            );
            assert!(
                !reason.trim().is_empty(),
                "{op}: {difference}: the reason is empty; name a source"
            );
        }
    }
}
