//! The refusals that each simulated operation can give by itself. Reports of coverage list those that tests never met.
//!
//! `tests/it/coverage` sends requests that are refused, and finds each refusal that this table lacks. `.ci/run` does
//! the same with all tests, and also finds each refusal of this table that no test meets.

use crate::base::refusal::Refusal;
use crate::base::refusal::Refusal::*;
use crate::operations::op::Op;

/// An operation that reads an organization.
const READS_NAMESPACE: &[Refusal] = &[NamespaceNotFound, PermissionDenied];
/// An operation that changes an organization.
const CHANGES_NAMESPACE: &[Refusal] = &[NamespaceNotFound, PermissionDenied, CrossAccount];
/// An operation that reads a repository or its contents.
const READS_REPO: &[Refusal] = &[NamespaceNotFound, RepoNotFound, PermissionDenied];
/// An operation that changes a repository or its contents.
const CHANGES_REPO: &[Refusal] = &[
    NamespaceNotFound,
    RepoNotFound,
    PermissionDenied,
    CrossAccount,
];
/// A body with required fields.
const BODY: &[Refusal] = &[BodyMalformed, ParameterMissing, ParameterType];
/// A body whose fields are all optional.
const OPTIONAL_BODY: &[Refusal] = &[BodyMalformed, ParameterType];
/// A list with pages and a filter.
const PAGES: &[Refusal] = &[PageSize, FilterInvalid];

/// The refusals of the simulated operations that have any.
#[rustfmt::skip]
const TABLE: &[(Op, &[&[Refusal]])] = &[
    (Op::CreateToken, &[&[BodyMalformed, PasswordWrong, PermissionDenied, AgencyUnknown, DomainUnknown,
        ProjectUnknown]]),
    (Op::ValidateToken, &[&[SubjectTokenUnknown]]),
    (Op::ListProjects, &[&[ParameterValue]]),
    (Op::KeystoneShowUser, &[&[PermissionDenied, UserUnknown]]),
    (Op::ShowUser, &[&[PermissionDenied, UserUnknown]]),
    (Op::CreateTemporaryAccessKey, &[&[BodyMalformed, AgencyUnknown]]),

    (Op::CreateAgency, &[&[PermissionDenied, AgencyExists]]),
    (Op::ShowDomainResourceReports, &[&[ParameterValue]]),
    (Op::CreateSecret, &[&[ParameterValue]]),
    (Op::ShowApiVersion, &[&[VersionNotFound]]),

    (Op::ListNamespaces, &[&[FilterInvalid]]),
    (Op::CreateNamespace, &[BODY, &[NamespaceName, NamespaceQuota, NamespaceExists, PermissionDenied]]),
    (Op::ShowNamespace, &[READS_NAMESPACE]),
    (Op::DeleteNamespaces, &[CHANGES_NAMESPACE, &[NamespaceNotEmpty]]),
    (Op::ShowNamespaceAuth, &[READS_NAMESPACE]),
    (Op::CreateNamespaceAuth, &[CHANGES_NAMESPACE, BODY, &[GrantLevel, UserInvalid, GrantExists]]),
    (Op::UpdateNamespaceAuth, &[CHANGES_NAMESPACE, BODY, &[GrantLevel, UserInvalid, GrantNotFound]]),
    (Op::DeleteNamespaceAuth, &[CHANGES_NAMESPACE, OPTIONAL_BODY, &[GrantNotFound]]),

    (Op::ListReposDetails, &[PAGES, &[OrderColumn, ParameterValue, VisibilityInvalid]]),
    (Op::ListRepoDetails, &[PAGES, &[ParameterValue, VisibilityInvalid]]),
    (Op::CreateRepo, &[CHANGES_NAMESPACE, BODY, &[ParameterValue, RepoName, VisibilityInvalid, RepoQuota, RepoExists,
        DescriptionTooLong]]),
    (Op::ShowRepository, &[READS_REPO]),
    (Op::UpdateRepo, &[CHANGES_REPO, OPTIONAL_BODY, &[ParameterValue, VisibilityInvalid, DescriptionTooLong]]),
    (Op::DeleteRepo, &[CHANGES_REPO]),
    (Op::ShowUserRepositoryAuth, &[READS_REPO]),
    (Op::CreateUserRepositoryAuth, &[CHANGES_REPO, BODY, &[GrantLevel, UserInvalid, GrantExists]]),
    (Op::UpdateUserRepositoryAuth, &[CHANGES_REPO, BODY, &[GrantLevel, UserInvalid, GrantNotFound]]),
    (Op::DeleteUserRepositoryAuth, &[CHANGES_REPO, OPTIONAL_BODY, &[GrantNotFound]]),

    (Op::ListRepositoryTags, &[READS_REPO, PAGES, &[OrderColumn]]),
    (Op::ListRepositoryTag, &[READS_REPO, PAGES, &[OrderColumn, ParameterValue]]),
    (Op::CreateRepoTag, &[CHANGES_REPO, BODY, &[TagName, TagQuota, TagNotFound, TagExists]]),
    (Op::ShowRepoTag, &[READS_REPO, &[TagNotFound]]),
    (Op::ShowRepoTagConfig, &[READS_REPO, &[TagNotFound]]),
    (Op::DeleteRepoTag, &[CHANGES_REPO, &[TagNotFound]]),
    (Op::ListRepoAccessories, &[READS_REPO, PAGES, &[TagNotFound]]),
    (Op::ListReferences, &[READS_REPO, PAGES, &[ParameterValue]]),

    (Op::ListSharedReposDetails, &[PAGES, &[OrderColumn, ParameterMissing, ParameterValue, VisibilityInvalid]]),
    (Op::ListSharedRepoDetails, &[PAGES, &[ParameterMissing, ParameterValue, VisibilityInvalid]]),
    (Op::ListRepoDomains, &[CHANGES_REPO]),
    (Op::CreateRepoDomains, &[CHANGES_REPO, BODY, &[ParameterValue, GrantLevel, DomainInvalid, ShareExists,
        DescriptionTooLong]]),
    (Op::ShowAccessDomain, &[CHANGES_REPO]),
    (Op::UpdateRepoDomains, &[CHANGES_REPO, BODY, &[ParameterValue, GrantLevel, ShareNotFound, DescriptionTooLong]]),
    (Op::DeleteRepoDomains, &[CHANGES_REPO, &[ShareNotFound]]),

    (Op::ListRetentions, &[READS_REPO]),
    (Op::ListRetentionHistories, &[READS_REPO, PAGES]),
    (Op::CreateRetention, &[CHANGES_REPO, BODY, &[RetentionExists]]),
    (Op::ShowRetention, &[READS_REPO, &[RetentionNotFound]]),
    (Op::UpdateRetention, &[CHANGES_REPO, BODY, &[RetentionNotFound]]),
    (Op::DeleteRetention, &[CHANGES_REPO, &[RetentionNotFound]]),

    (Op::ListTriggersDetails, &[READS_REPO]),
    (Op::CreateTrigger, &[CHANGES_REPO, BODY, &[TriggerExists]]),
    (Op::ShowTrigger, &[READS_REPO, &[TriggerNotFound]]),
    (Op::UpdateTrigger, &[CHANGES_REPO, BODY, &[TriggerNotFound]]),
    (Op::DeleteTrigger, &[CHANGES_REPO, &[TriggerNotFound]]),

    (Op::CreateManualImageSyncRepo, &[CHANGES_REPO, BODY, &[ParameterValue, TagName, SyncRegionUnknown]]),
    (Op::ShowSyncJob, &[CHANGES_REPO, PAGES, &[ParameterMissing, ParameterValue]]),
    (Op::ListImageAutoSyncReposDetails, &[CHANGES_REPO]),
    (Op::CreateImageSyncRepo, &[CHANGES_REPO, BODY, &[ParameterValue, SyncRuleExists, SyncRegionUnknown]]),
    (Op::DeleteImageSyncRepo, &[CHANGES_REPO, BODY, &[ParameterValue, SyncRuleNotFound]]),

    (Op::GetRegistryToken, &[&[LoginWrong, NamespaceNotFound, PermissionDenied]]),
    (Op::PostRegistryToken, &[&[Unsupported]]),
    (Op::PingV1, &[&[Unsupported]]),
    (Op::ListCatalog, &[&[Unsupported]]),
    (Op::ListReferrers, &[&[Unsupported]]),
    (Op::CreateDockyardNamespace, &[BODY, &[NamespaceName, NamespaceQuota, NamespaceExists, PermissionDenied]]),
    (Op::StartUpload, &[READS_NAMESPACE, &[NamespaceName, RepoName, RepoQuota, DigestInvalid]]),
    (Op::ShowUpload, &[READS_NAMESPACE, &[UploadUnknown]]),
    (Op::UploadChunk, &[READS_NAMESPACE, &[UploadUnknown, UploadRange]]),
    (Op::FinishUpload, &[READS_NAMESPACE, &[UploadUnknown, UploadRange, DigestInvalid]]),
    (Op::CancelUpload, &[READS_NAMESPACE, &[UploadUnknown]]),
    (Op::GetBlob, &[READS_NAMESPACE, &[DigestInvalid, BlobUnknown, RangeInvalid]]),
    (Op::HeadBlob, &[READS_NAMESPACE, &[DigestInvalid, BlobUnknown]]),
    (Op::DeleteBlob, &[READS_NAMESPACE, &[DigestInvalid, BlobUnknown]]),
    (Op::GetManifest, &[READS_NAMESPACE, &[ManifestUnknown]]),
    (Op::HeadManifest, &[READS_NAMESPACE, &[ManifestUnknown]]),
    (Op::PutManifest, &[READS_NAMESPACE, &[TagName, TagQuota, DigestInvalid, ManifestInvalid, ManifestBlobUnknown,
        ImageRefused, ManifestTooLarge]]),
    (Op::DeleteManifest, &[READS_NAMESPACE, &[DigestInvalid, ManifestUnknown]]),
    (Op::ListTags, &[READS_NAMESPACE, &[PageSize]]),
    (Op::GetObject, &[&[CredentialsTwice, CredentialsMissing, SignatureWrong, SignatureExpired, DigestInvalid,
        BlobUnknown, RangeInvalid]]),
];

/// The refusals that the operation can give by itself, without those that every operation can give.
pub(crate) fn refusals_of(op: Op) -> impl Iterator<Item = Refusal> {
    let row = TABLE.iter().find(|(of, _)| *of == op);
    let lists = row.map_or(&[][..], |(_, lists)| lists);
    lists.iter().copied().flatten().copied()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn an_operation_is_listed_once_with_each_refusal_once() {
        let mut ops = BTreeSet::new();
        for (op, _) in TABLE {
            assert!(ops.insert(*op), "{op} is listed twice");
            assert!(op.is_simulated(), "{op} is not simulated");
            let mut refusals = BTreeSet::new();
            for refusal in refusals_of(*op) {
                assert!(refusals.insert(refusal), "{op} lists {refusal:?} twice");
            }
        }
    }
}
