//! Checks which operations of the crate are simulated, and that crate and mock agree on how to call them.

use std::collections::BTreeSet;

use crate::definitions::KNOWN;
use crate::differences::{Findings, OPERATIONS};

/// Operations that the crate knows and the mock does not simulate. Remove one when it is simulated, name its model in
/// Cargo.toml or build.rs, and add cases to responses.rs and requests.rs.
const NOT_SIMULATED: &[&str] = &[
    // Basic edition.
    "CreateImageSyncRepo",
    "CreateManualImageSyncRepo",
    "DeleteImageSyncRepo",
    "ListImageAutoSyncReposDetails",
    "ShowSyncJob",
    // Enterprise edition.
    "AddDomainName",
    "CreateImmutableRule",
    "CreateInstance",
    "CreateInstanceEndpointPolicy",
    "CreateInstanceInternalEndpoint",
    "CreateInstanceLtCredential",
    "CreateInstanceNamespace",
    "CreateInstanceRegistry",
    "CreateInstanceReplicationPolicy",
    "CreateInstanceResourceTags",
    "CreateInstanceRetentionPolicy",
    "CreateInstanceSignPolicy",
    "CreateInstanceTempCredential",
    "CreateInstanceWebhook",
    "CreateSubResourceTags",
    "DeleteDomainName",
    "DeleteImmutableRule",
    "DeleteInstance",
    "DeleteInstanceArtifact",
    "DeleteInstanceInternalEndpoint",
    "DeleteInstanceJob",
    "DeleteInstanceLtCredential",
    "DeleteInstanceNamespace",
    "DeleteInstanceRegistry",
    "DeleteInstanceReplicationPolicy",
    "DeleteInstanceRepository",
    "DeleteInstanceResourceTags",
    "DeleteInstanceRetentionPolicy",
    "DeleteInstanceSignPolicy",
    "DeleteInstanceTag",
    "DeleteInstanceWebhook",
    "DeleteSubResourceTags",
    "ExecuteGcSchedule",
    "ExecuteInstanceReplicationPolicy",
    "ExecuteInstanceRetentionPolicy",
    "ExecuteInstanceSignPolicy",
    "ListAllInstanceRepositories",
    "ListAuditLogs",
    "ListDomainNames",
    "ListFeatureGates",
    "ListGcTasks",
    "ListGlobalFeatureGates",
    "ListImmutableRules",
    "ListInstance",
    "ListInstanceAccessories",
    "ListInstanceAllArtifacts",
    "ListInstanceArtifactVulnerabilities",
    "ListInstanceArtifacts",
    "ListInstanceInternalEndpoints",
    "ListInstanceJobs",
    "ListInstanceLtCredentials",
    "ListInstanceNamespaces",
    "ListInstanceProjectTags",
    "ListInstanceRegistries",
    "ListInstanceReplicationPolicies",
    "ListInstanceReplicationPolicyExecSubTasks",
    "ListInstanceReplicationPolicyExecTasks",
    "ListInstanceReplicationPolicyExecutions",
    "ListInstanceRepositories",
    "ListInstanceResourceInstances",
    "ListInstanceResourceTags",
    "ListInstanceRetentionPolicies",
    "ListInstanceRetentionPolicyExecSubTasks",
    "ListInstanceRetentionPolicyExecTasks",
    "ListInstanceRetentionPolicyExecutions",
    "ListInstanceSignPolicies",
    "ListInstanceSignPolicyExecTasks",
    "ListInstanceSignPolicyExecutions",
    "ListInstanceSignatureExecutionSubtasks",
    "ListInstanceStatistics",
    "ListInstanceTags",
    "ListInstanceWebhookJobs",
    "ListInstanceWebhooks",
    "ListInternalEndpointConnections",
    "ListInternalEndpointPermissions",
    "ListNamespaceRepositories",
    "ListNamespaceTags",
];

#[test]
fn every_operation_that_is_not_simulated_is_listed() {
    let not_simulated = KNOWN.iter().filter(|known| !known.op().is_simulated());
    let found: BTreeSet<&str> = not_simulated.map(|known| known.name.as_str()).collect();
    let listed: BTreeSet<&str> = NOT_SIMULATED.iter().copied().collect();

    let now_simulated: Vec<_> = listed.difference(&found).collect();
    let unlisted: Vec<_> = found.difference(&listed).collect();
    assert!(
        now_simulated.is_empty() && unlisted.is_empty(),
        "remove from NOT_SIMULATED: {now_simulated:?}\nadd to NOT_SIMULATED: {unlisted:?}"
    );
    assert_eq!(
        NOT_SIMULATED.len(),
        listed.len(),
        "an operation is listed twice"
    );
}

#[test]
fn every_operation_has_the_documented_method_and_path() {
    let mut findings = Findings::default();
    for known in KNOWN.iter() {
        let op = known.op();
        if op.method() != known.method.as_str() {
            findings.add(
                op,
                format!("the method is {}, not {}", op.method(), known.method),
            );
        }
        if op.path_template() != known.path {
            findings.add(
                op,
                format!("the path is {}, not {}", op.path_template(), known.path),
            );
        }
    }
    findings.assert_listed(OPERATIONS);
}
