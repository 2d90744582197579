//! Checks which operations of the crate are simulated, and that their methods and paths equal those of the mock.

use std::collections::BTreeSet;

use crate::definitions::DEFINITIONS;
use crate::differences::{Findings, OPERATIONS};

/// Operations that the crate defines and the mock does not simulate: those of the enterprise edition. Remove one when it
/// is simulated, name its model in Cargo.toml or build.rs, and add cases to responses.rs and requests.rs.
const NOT_SIMULATED: &[&str] = &[
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
    let not_simulated = DEFINITIONS
        .iter()
        .filter(|definition| !definition.op().is_simulated());
    let found: BTreeSet<&str> = not_simulated
        .map(|definition| definition.name.as_str())
        .collect();
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
fn every_operation_of_the_basic_edition_is_simulated() {
    // Only paths of the enterprise edition begin with a project or with instances.
    let enterprise = ["/v2/{project_id}/", "/v2/instances/"];
    let is_basic = |path: &str| !enterprise.iter().any(|start| path.starts_with(start));
    let basic = DEFINITIONS
        .iter()
        .filter(|definition| is_basic(&definition.path));
    let missing = basic.filter(|definition| !definition.op().is_simulated());
    let missing: Vec<&str> = missing.map(|definition| definition.name.as_str()).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn every_operation_has_the_documented_method_and_path() {
    let mut findings = Findings::default();
    for definition in DEFINITIONS.iter() {
        let op = definition.op();
        if op.method() != definition.method.as_str() {
            findings.add(
                op,
                format!("the method is {}, not {}", op.method(), definition.method),
            );
        }
        if op.path_template() != definition.path {
            findings.add(
                op,
                format!(
                    "the path is {}, not {}",
                    op.path_template(),
                    definition.path
                ),
            );
        }
    }
    findings.assert_listed(OPERATIONS);
}
