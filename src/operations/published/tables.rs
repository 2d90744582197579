//! The published requests. `UPDATE_PUBLISHED=1 cargo test --test it oracle` writes this file.

use super::{Field, Model, Name, Operation, Rule, Type};

/// An operation with no parameters and no body.
const NONE: Operation = Operation {
    name: "",
    path: &[],
    query: &[],
    filter: &[],
    beside_filter: &[],
    pairs: &[],
    body: None,
    has_query_form: false,
};

/// The operations, sorted by name.
pub(super) static OPERATIONS: &[Operation] = &[
    Operation {
        name: "AddDomainName",
        body: Some(Type::Model(&ADD_DOMAIN_NAME_REQUEST_BODY)),
        ..NONE
    },
    Operation {
        name: "CheckAgency",
        ..NONE
    },
    Operation {
        name: "CreateAgency",
        ..NONE
    },
    Operation {
        name: "CreateAuthorizationToken",
        ..NONE
    },
    Operation {
        name: "CreateImageSyncRepo",
        path: &[
            Field::new("namespace", Type::Str).rule(Rule::Name(Name::Namespace)),
            Field::new("repository", Type::Str).rule(Rule::Name(Name::Repo)),
        ],
        body: Some(Type::Model(&CREATE_IMAGE_SYNC_REPO_REQUEST_BODY)),
        ..NONE
    },
    Operation {
        name: "CreateImmutableRule",
        body: Some(Type::Model(&CREATE_IMMUTABLE_RULE_BODY)),
        ..NONE
    },
    Operation {
        name: "CreateInstance",
        body: Some(Type::Model(&CREATE_INSTANCE_REQUEST_BODY)),
        ..NONE
    },
    Operation {
        name: "CreateInstanceEndpointPolicy",
        body: Some(Type::Model(&CREATE_ENDPOINT_POLICY_REQUEST_BODY)),
        ..NONE
    },
    Operation {
        name: "CreateInstanceInternalEndpoint",
        body: Some(Type::Model(&CREATE_INTRANET_ACCESS_REQUEST_BODY)),
        ..NONE
    },
    Operation {
        name: "CreateInstanceLtCredential",
        body: Some(Type::Model(&CREATE_LONG_TERM_CREDENTIAL_REQUEST_BODY)),
        ..NONE
    },
    Operation {
        name: "CreateInstanceNamespace",
        body: Some(Type::Model(&CREATE_INSTANCE_NAMESPACE_REQUEST_BODY)),
        ..NONE
    },
    Operation {
        name: "CreateInstanceRegistry",
        body: Some(Type::Model(&CREATE_REGISTRY_REQUEST_BODY)),
        ..NONE
    },
    Operation {
        name: "CreateInstanceReplicationPolicy",
        body: Some(Type::Model(&CREATE_REPLICATION_POLICY_REQUEST_BODY)),
        ..NONE
    },
    Operation {
        name: "CreateInstanceResourceTags",
        body: Some(Type::Model(&CREATE_RESOURCE_TAGS_REQUEST_BODY)),
        ..NONE
    },
    Operation {
        name: "CreateInstanceRetentionPolicy",
        body: Some(Type::Model(&CREATE_RETENTION_POLICY_REQUEST_BODY)),
        ..NONE
    },
    Operation {
        name: "CreateInstanceSignPolicy",
        body: Some(Type::Model(&CREATE_SIGNATURE_POLICY_REQUEST_BODY)),
        ..NONE
    },
    Operation {
        name: "CreateInstanceTempCredential",
        ..NONE
    },
    Operation {
        name: "CreateInstanceWebhook",
        body: Some(Type::Model(&CREATE_WEBHOOK_POLICY_REQUEST_BODY)),
        ..NONE
    },
    Operation {
        name: "CreateManualImageSyncRepo",
        path: &[
            Field::new("namespace", Type::Str).rule(Rule::Name(Name::Namespace)),
            Field::new("repository", Type::Str).rule(Rule::Name(Name::Repo)),
        ],
        body: Some(Type::Model(&CREATE_MANUAL_IMAGE_SYNC_REPO_REQUEST_BODY)),
        ..NONE
    },
    Operation {
        name: "CreateNamespace",
        body: Some(Type::Model(&CREATE_NAMESPACE_REQUEST_BODY)),
        ..NONE
    },
    Operation {
        name: "CreateNamespaceAuth",
        path: &[
            Field::new("namespace", Type::Str).rule(Rule::Name(Name::Namespace)),
        ],
        body: Some(Type::List(&Type::Model(&USER_AUTH))),
        ..NONE
    },
    Operation {
        name: "CreateRepo",
        path: &[
            Field::new("namespace", Type::Str).rule(Rule::Name(Name::Namespace)),
        ],
        body: Some(Type::Model(&CREATE_REPO_REQUEST_BODY)),
        has_query_form: true,
        ..NONE
    },
    Operation {
        name: "CreateRepoDomains",
        path: &[
            Field::new("namespace", Type::Str).rule(Rule::Name(Name::Namespace)),
            Field::new("repository", Type::Str).rule(Rule::Name(Name::Repo)),
        ],
        body: Some(Type::Model(&CREATE_REPO_DOMAINS_REQUEST_BODY)),
        ..NONE
    },
    Operation {
        name: "CreateRepoTag",
        path: &[
            Field::new("namespace", Type::Str).rule(Rule::Name(Name::Namespace)),
            Field::new("repository", Type::Str).rule(Rule::Name(Name::Repo)),
        ],
        body: Some(Type::Model(&CREATE_REPO_TAG_REQUEST_BODY)),
        ..NONE
    },
    Operation {
        name: "CreateRetention",
        path: &[
            Field::new("namespace", Type::Str).rule(Rule::Name(Name::Namespace)),
            Field::new("repository", Type::Str).rule(Rule::Name(Name::Repo)),
        ],
        body: Some(Type::Model(&CREATE_RETENTION_REQUEST_BODY)),
        ..NONE
    },
    Operation {
        name: "CreateSecret",
        query: &[
            Field::new("projectname", Type::Str),
            Field::new("duration_seconds", Type::Int),
        ],
        ..NONE
    },
    Operation {
        name: "CreateSubResourceTags",
        body: Some(Type::Model(&CREATE_RESOURCE_TAGS_REQUEST_BODY)),
        ..NONE
    },
    Operation {
        name: "CreateTrigger",
        path: &[
            Field::new("namespace", Type::Str).rule(Rule::Name(Name::Namespace)),
            Field::new("repository", Type::Str).rule(Rule::Name(Name::Repo)),
        ],
        body: Some(Type::Model(&CREATE_TRIGGER_REQUEST_BODY)),
        ..NONE
    },
    Operation {
        name: "CreateUserRepositoryAuth",
        path: &[
            Field::new("namespace", Type::Str).rule(Rule::Name(Name::Namespace)),
            Field::new("repository", Type::Str).rule(Rule::Name(Name::Repo)),
        ],
        body: Some(Type::List(&Type::Model(&USER_AUTH))),
        ..NONE
    },
    Operation {
        name: "DeleteDomainName",
        ..NONE
    },
    Operation {
        name: "DeleteImageSyncRepo",
        path: &[
            Field::new("namespace", Type::Str).rule(Rule::Name(Name::Namespace)),
            Field::new("repository", Type::Str).rule(Rule::Name(Name::Repo)),
        ],
        body: Some(Type::Model(&DELETE_IMAGE_SYNC_REPO_REQUEST_BODY)),
        ..NONE
    },
    Operation {
        name: "DeleteImmutableRule",
        ..NONE
    },
    Operation {
        name: "DeleteInstance",
        body: Some(Type::Model(&DELETE_INSTANCE_REQUEST_BODY)),
        ..NONE
    },
    Operation {
        name: "DeleteInstanceArtifact",
        ..NONE
    },
    Operation {
        name: "DeleteInstanceInternalEndpoint",
        ..NONE
    },
    Operation {
        name: "DeleteInstanceJob",
        ..NONE
    },
    Operation {
        name: "DeleteInstanceLtCredential",
        ..NONE
    },
    Operation {
        name: "DeleteInstanceNamespace",
        ..NONE
    },
    Operation {
        name: "DeleteInstanceRegistry",
        ..NONE
    },
    Operation {
        name: "DeleteInstanceReplicationPolicy",
        ..NONE
    },
    Operation {
        name: "DeleteInstanceRepository",
        ..NONE
    },
    Operation {
        name: "DeleteInstanceResourceTags",
        body: Some(Type::Model(&DELETE_RESOURCE_TAGS_REQUEST_BODY)),
        ..NONE
    },
    Operation {
        name: "DeleteInstanceRetentionPolicy",
        ..NONE
    },
    Operation {
        name: "DeleteInstanceSignPolicy",
        ..NONE
    },
    Operation {
        name: "DeleteInstanceTag",
        ..NONE
    },
    Operation {
        name: "DeleteInstanceWebhook",
        ..NONE
    },
    Operation {
        name: "DeleteNamespaceAuth",
        path: &[
            Field::new("namespace", Type::Str).rule(Rule::Name(Name::Namespace)),
        ],
        body: Some(Type::List(&Type::Str)),
        ..NONE
    },
    Operation {
        name: "DeleteNamespaces",
        path: &[
            Field::new("namespace", Type::Str).rule(Rule::Name(Name::Namespace)),
        ],
        ..NONE
    },
    Operation {
        name: "DeleteRepo",
        path: &[
            Field::new("namespace", Type::Str).rule(Rule::Name(Name::Namespace)),
            Field::new("repository", Type::Str).rule(Rule::Name(Name::Repo)),
        ],
        ..NONE
    },
    Operation {
        name: "DeleteRepoDomains",
        path: &[
            Field::new("namespace", Type::Str).rule(Rule::Name(Name::Namespace)),
            Field::new("repository", Type::Str).rule(Rule::Name(Name::Repo)),
        ],
        ..NONE
    },
    Operation {
        name: "DeleteRepoTag",
        path: &[
            Field::new("namespace", Type::Str).rule(Rule::Name(Name::Namespace)),
            Field::new("repository", Type::Str).rule(Rule::Name(Name::Repo)),
            Field::new("tag", Type::Str).rule(Rule::Name(Name::Tag)),
        ],
        ..NONE
    },
    Operation {
        name: "DeleteRetention",
        path: &[
            Field::new("namespace", Type::Str).rule(Rule::Name(Name::Namespace)),
            Field::new("repository", Type::Str).rule(Rule::Name(Name::Repo)),
        ],
        ..NONE
    },
    Operation {
        name: "DeleteSubResourceTags",
        body: Some(Type::Model(&DELETE_RESOURCE_TAGS_REQUEST_BODY)),
        ..NONE
    },
    Operation {
        name: "DeleteTrigger",
        path: &[
            Field::new("namespace", Type::Str).rule(Rule::Name(Name::Namespace)),
            Field::new("repository", Type::Str).rule(Rule::Name(Name::Repo)),
            Field::new("trigger", Type::Str).rule(Rule::Name(Name::Trigger)),
        ],
        ..NONE
    },
    Operation {
        name: "DeleteUserRepositoryAuth",
        path: &[
            Field::new("namespace", Type::Str).rule(Rule::Name(Name::Namespace)),
            Field::new("repository", Type::Str).rule(Rule::Name(Name::Repo)),
        ],
        body: Some(Type::List(&Type::Str)),
        ..NONE
    },
    Operation {
        name: "ExecuteGcSchedule",
        body: Some(Type::Model(&EXECUTE_SCHEDULE_REQUEST_BODY)),
        ..NONE
    },
    Operation {
        name: "ExecuteInstanceReplicationPolicy",
        body: Some(Type::Model(&CREATE_REPLICATION_EXECUTION_REQUEST_BODY)),
        ..NONE
    },
    Operation {
        name: "ExecuteInstanceRetentionPolicy",
        body: Some(Type::Model(&EXECUTE_RETENTION_POLICY_REQUEST_BODY)),
        ..NONE
    },
    Operation {
        name: "ExecuteInstanceSignPolicy",
        ..NONE
    },
    Operation {
        name: "ListAllInstanceRepositories",
        query: &[
            Field::new("limit", Type::Int),
            Field::new("marker", Type::Str),
            Field::new("name", Type::Str),
        ],
        ..NONE
    },
    Operation {
        name: "ListApiVersions",
        ..NONE
    },
    Operation {
        name: "ListAuditLogs",
        query: &[
            Field::new("limit", Type::Int),
            Field::new("offset", Type::Int),
            Field::new("operation", Type::Str).required(),
        ],
        ..NONE
    },
    Operation {
        name: "ListDomainNames",
        query: &[
            Field::new("domain_name", Type::Str),
            Field::new("uid", Type::Str),
        ],
        ..NONE
    },
    Operation {
        name: "ListFeatureGates",
        ..NONE
    },
    Operation {
        name: "ListGcTasks",
        query: &[
            Field::new("limit", Type::Int),
            Field::new("marker", Type::Str),
            Field::new("status", Type::Str),
        ],
        ..NONE
    },
    Operation {
        name: "ListGlobalFeatureGates",
        ..NONE
    },
    Operation {
        name: "ListImageAutoSyncReposDetails",
        path: &[
            Field::new("namespace", Type::Str).rule(Rule::Name(Name::Namespace)),
            Field::new("repository", Type::Str).rule(Rule::Name(Name::Repo)),
        ],
        ..NONE
    },
    Operation {
        name: "ListImmutableRules",
        query: &[
            Field::new("limit", Type::Int),
            Field::new("namespace_id", Type::Int),
            Field::new("offset", Type::Int),
        ],
        ..NONE
    },
    Operation {
        name: "ListInstance",
        query: &[
            Field::new("enterprise_project_id", Type::Str),
            Field::new("limit", Type::Int),
            Field::new("offset", Type::Int),
            Field::new("status", Type::Str),
        ],
        ..NONE
    },
    Operation {
        name: "ListInstanceAccessories",
        query: &[
            Field::new("limit", Type::Int),
            Field::new("offset", Type::Int),
            Field::new("type", Type::Str),
        ],
        ..NONE
    },
    Operation {
        name: "ListInstanceAllArtifacts",
        query: &[
            Field::new("limit", Type::Int),
            Field::new("marker", Type::Int),
        ],
        ..NONE
    },
    Operation {
        name: "ListInstanceArtifactVulnerabilities",
        ..NONE
    },
    Operation {
        name: "ListInstanceArtifacts",
        query: &[
            Field::new("limit", Type::Int),
            Field::new("offset", Type::Int),
            Field::new("tags", Type::Str),
            Field::new("type", Type::Str),
        ],
        ..NONE
    },
    Operation {
        name: "ListInstanceInternalEndpoints",
        query: &[
            Field::new("limit", Type::Int),
            Field::new("offset", Type::Int),
        ],
        ..NONE
    },
    Operation {
        name: "ListInstanceJobs",
        query: &[
            Field::new("limit", Type::Int),
            Field::new("offset", Type::Int),
            Field::new("status", Type::Str),
        ],
        ..NONE
    },
    Operation {
        name: "ListInstanceLtCredentials",
        query: &[
            Field::new("limit", Type::Int),
            Field::new("offset", Type::Int),
            Field::new("self_only", Type::Bool),
        ],
        ..NONE
    },
    Operation {
        name: "ListInstanceNamespaces",
        query: &[
            Field::new("limit", Type::Int),
            Field::new("name", Type::Str),
            Field::new("offset", Type::Int),
            Field::new("order_column", Type::Str),
            Field::new("order_type", Type::Str),
            Field::new("public", Type::Str),
        ],
        ..NONE
    },
    Operation {
        name: "ListInstanceProjectTags",
        ..NONE
    },
    Operation {
        name: "ListInstanceRegistries",
        query: &[
            Field::new("limit", Type::Int),
            Field::new("name", Type::Str),
            Field::new("offset", Type::Int),
            Field::new("order_column", Type::Str),
            Field::new("order_type", Type::Str),
            Field::new("type", Type::Str),
        ],
        ..NONE
    },
    Operation {
        name: "ListInstanceReplicationPolicies",
        query: &[
            Field::new("limit", Type::Int),
            Field::new("name", Type::Str),
            Field::new("offset", Type::Int),
            Field::new("order_column", Type::Str),
            Field::new("order_type", Type::Str),
            Field::new("registry_id", Type::Int),
        ],
        ..NONE
    },
    Operation {
        name: "ListInstanceReplicationPolicyExecSubTasks",
        query: &[
            Field::new("limit", Type::Int),
            Field::new("offset", Type::Int),
            Field::new("status", Type::Str),
        ],
        ..NONE
    },
    Operation {
        name: "ListInstanceReplicationPolicyExecTasks",
        query: &[
            Field::new("limit", Type::Int),
            Field::new("offset", Type::Int),
        ],
        ..NONE
    },
    Operation {
        name: "ListInstanceReplicationPolicyExecutions",
        query: &[
            Field::new("limit", Type::Int),
            Field::new("offset", Type::Int),
            Field::new("policy_id", Type::Int),
        ],
        ..NONE
    },
    Operation {
        name: "ListInstanceRepositories",
        query: &[
            Field::new("limit", Type::Int),
            Field::new("namespace_id", Type::Int),
            Field::new("offset", Type::Int),
            Field::new("order_column", Type::Str),
            Field::new("order_type", Type::Str),
        ],
        ..NONE
    },
    Operation {
        name: "ListInstanceResourceInstances",
        query: &[
            Field::new("limit", Type::Int),
            Field::new("offset", Type::Int),
        ],
        body: Some(Type::Model(&LIST_RESOURCE_INSTANCES_REQUEST_BODY)),
        ..NONE
    },
    Operation {
        name: "ListInstanceResourceTags",
        ..NONE
    },
    Operation {
        name: "ListInstanceRetentionPolicies",
        query: &[
            Field::new("limit", Type::Int),
            Field::new("name", Type::Str),
            Field::new("namespace_id", Type::Int),
            Field::new("offset", Type::Int),
        ],
        ..NONE
    },
    Operation {
        name: "ListInstanceRetentionPolicyExecSubTasks",
        query: &[
            Field::new("limit", Type::Int),
            Field::new("offset", Type::Int),
            Field::new("status", Type::Str),
        ],
        ..NONE
    },
    Operation {
        name: "ListInstanceRetentionPolicyExecTasks",
        query: &[
            Field::new("limit", Type::Int),
            Field::new("offset", Type::Int),
            Field::new("status", Type::Str),
        ],
        ..NONE
    },
    Operation {
        name: "ListInstanceRetentionPolicyExecutions",
        query: &[
            Field::new("limit", Type::Int),
            Field::new("offset", Type::Int),
        ],
        ..NONE
    },
    Operation {
        name: "ListInstanceSignPolicies",
        query: &[
            Field::new("limit", Type::Int),
            Field::new("offset", Type::Int),
        ],
        ..NONE
    },
    Operation {
        name: "ListInstanceSignPolicyExecTasks",
        query: &[
            Field::new("limit", Type::Int),
            Field::new("offset", Type::Int),
        ],
        ..NONE
    },
    Operation {
        name: "ListInstanceSignPolicyExecutions",
        query: &[
            Field::new("limit", Type::Int),
            Field::new("offset", Type::Int),
        ],
        ..NONE
    },
    Operation {
        name: "ListInstanceSignatureExecutionSubtasks",
        query: &[
            Field::new("limit", Type::Int),
            Field::new("offset", Type::Int),
            Field::new("status", Type::Str),
        ],
        ..NONE
    },
    Operation {
        name: "ListInstanceStatistics",
        ..NONE
    },
    Operation {
        name: "ListInstanceTags",
        query: &[
            Field::new("is_accessory", Type::Bool),
            Field::new("limit", Type::Int),
            Field::new("offset", Type::Int),
        ],
        ..NONE
    },
    Operation {
        name: "ListInstanceWebhookJobs",
        query: &[
            Field::new("limit", Type::Int),
            Field::new("offset", Type::Int),
            Field::new("status", Type::Str),
        ],
        ..NONE
    },
    Operation {
        name: "ListInstanceWebhooks",
        query: &[
            Field::new("limit", Type::Int),
            Field::new("name", Type::Str),
            Field::new("namespace_id", Type::Int),
            Field::new("offset", Type::Int),
            Field::new("order_column", Type::Str),
            Field::new("order_type", Type::Str),
        ],
        ..NONE
    },
    Operation {
        name: "ListInternalEndpointConnections",
        query: &[
            Field::new("id", Type::Str),
            Field::new("limit", Type::Int),
            Field::new("offset", Type::Int),
            Field::new("status", Type::Str),
        ],
        ..NONE
    },
    Operation {
        name: "ListInternalEndpointPermissions",
        query: &[
            Field::new("limit", Type::Int),
            Field::new("offset", Type::Int),
            Field::new("permission", Type::Str),
        ],
        ..NONE
    },
    Operation {
        name: "ListNamespaceRepositories",
        query: &[
            Field::new("limit", Type::Int),
            Field::new("offset", Type::Int),
            Field::new("order_column", Type::Str),
            Field::new("order_type", Type::Str),
        ],
        ..NONE
    },
    Operation {
        name: "ListNamespaceTags",
        ..NONE
    },
    Operation {
        name: "ListNamespaces",
        query: &[
            Field::new("filter", Type::Str),
            Field::new("namespace", Type::Str),
        ],
        filter: &[
            Field::new("namespace", Type::Str),
            Field::new("mode", Type::Str).rule(Rule::OneOf(&["visible"])),
        ],
        ..NONE
    },
    Operation {
        name: "ListQuotas",
        query: &[
            Field::new("namespace", Type::Str),
            Field::new("repository", Type::Str),
        ],
        ..NONE
    },
    Operation {
        name: "ListReferences",
        path: &[
            Field::new("namespace", Type::Str).rule(Rule::Name(Name::Namespace)),
            Field::new("repository", Type::Str).rule(Rule::Name(Name::Repo)),
            Field::new("tag", Type::Str).rule(Rule::Name(Name::Tag)),
        ],
        query: &[
            Field::new("limit", Type::Int),
            Field::new("marker", Type::Str),
        ],
        ..NONE
    },
    Operation {
        name: "ListRepoAccessories",
        path: &[
            Field::new("namespace", Type::Str).rule(Rule::Name(Name::Namespace)),
            Field::new("repository", Type::Str).rule(Rule::Name(Name::Repo)),
            Field::new("tag", Type::Str).rule(Rule::Name(Name::Tag)),
        ],
        query: &[
            Field::new("limit", Type::Int),
            Field::new("offset", Type::Int),
        ],
        ..NONE
    },
    Operation {
        name: "ListRepoDetails",
        query: &[
            Field::new("category", Type::Str).rule(Rule::OneOf(&["app_server", "linux", "framework_app", "database", "lang", "other", "windows", "arm", "arms"])),
            Field::new("is_public", Type::Bool),
            Field::new("limit", Type::Int),
            Field::new("marker", Type::Int),
            Field::new("name", Type::Str),
            Field::new("namespace", Type::Str),
        ],
        ..NONE
    },
    Operation {
        name: "ListRepoDomains",
        path: &[
            Field::new("namespace", Type::Str).rule(Rule::Name(Name::Namespace)),
            Field::new("repository", Type::Str).rule(Rule::Name(Name::Repo)),
        ],
        ..NONE
    },
    Operation {
        name: "ListReposDetails",
        query: &[
            Field::new("category", Type::Str).rule(Rule::OneOf(&["app_server", "linux", "framework_app", "database", "lang", "other", "windows", "arm", "arms"])),
            Field::new("filter", Type::Str),
            Field::new("limit", Type::Str).rule(Rule::Number),
            Field::new("name", Type::Str),
            Field::new("namespace", Type::Str),
            Field::new("offset", Type::Str).rule(Rule::Number),
            Field::new("order_column", Type::Str).rule(Rule::OneOf(&["name", "updated_time", "tag_count", "namespace", "is_public"])),
            Field::new("order_type", Type::Str).rule(Rule::OneOf(&["asc", "desc"])),
            Field::new("center", Type::Str).rule(Rule::OneOf(&["self", "thirdparty"])),
            Field::new("is_public", Type::Bool),
        ],
        filter: &[
            Field::new("center", Type::Str).rule(Rule::OneOf(&["self", "thirdparty"])),
            Field::new("namespace", Type::Str),
            Field::new("name", Type::Str),
            Field::new("category", Type::Str).rule(Rule::OneOf(&["app_server", "linux", "framework_app", "database", "lang", "other", "windows", "arm", "arms"])),
            Field::new("is_public", Type::Bool),
            Field::new("limit", Type::Str).rule(Rule::Number),
            Field::new("offset", Type::Str).rule(Rule::Number),
            Field::new("order_column", Type::Str).rule(Rule::OneOf(&["name", "updated_time", "tag_count", "namespace", "is_public"])),
            Field::new("order_type", Type::Str).rule(Rule::OneOf(&["asc", "desc"])),
        ],
        pairs: &[
            ["limit", "offset"],
            ["order_column", "order_type"],
        ],
        ..NONE
    },
    Operation {
        name: "ListRepositoryTag",
        path: &[
            Field::new("namespace", Type::Str).rule(Rule::Name(Name::Namespace)),
            Field::new("repository", Type::Str).rule(Rule::Name(Name::Repo)),
        ],
        query: &[
            Field::new("limit", Type::Int),
            Field::new("marker", Type::Str),
            Field::new("order_column", Type::Str).rule(Rule::OneOf(&["updated_at", "tag"])),
            Field::new("order_type", Type::Str).rule(Rule::OneOf(&["asc", "desc"])),
            Field::new("tag", Type::Str),
            Field::new("with_manifest", Type::Bool),
        ],
        pairs: &[
            ["order_column", "order_type"],
        ],
        ..NONE
    },
    Operation {
        name: "ListRepositoryTags",
        path: &[
            Field::new("namespace", Type::Str).rule(Rule::Name(Name::Namespace)),
            Field::new("repository", Type::Str).rule(Rule::Name(Name::Repo)),
        ],
        query: &[
            Field::new("filter", Type::Str),
            Field::new("limit", Type::Str).rule(Rule::Number),
            Field::new("offset", Type::Str).rule(Rule::Number),
            Field::new("order_column", Type::Str).rule(Rule::OneOf(&["updated_at", "tag"])),
            Field::new("order_type", Type::Str).rule(Rule::OneOf(&["asc", "desc"])),
            Field::new("tag", Type::Str),
        ],
        filter: &[
            Field::new("tag", Type::Str),
            Field::new("limit", Type::Str).rule(Rule::Number),
            Field::new("offset", Type::Str).rule(Rule::Number),
            Field::new("order_column", Type::Str).rule(Rule::OneOf(&["updated_at", "tag"])),
            Field::new("order_type", Type::Str).rule(Rule::OneOf(&["asc", "desc"])),
        ],
        pairs: &[
            ["limit", "offset"],
            ["order_column", "order_type"],
        ],
        ..NONE
    },
    Operation {
        name: "ListRetentionHistories",
        path: &[
            Field::new("namespace", Type::Str).rule(Rule::Name(Name::Namespace)),
            Field::new("repository", Type::Str).rule(Rule::Name(Name::Repo)),
        ],
        query: &[
            Field::new("filter", Type::Str),
            Field::new("limit", Type::Str).rule(Rule::Number),
            Field::new("offset", Type::Str).rule(Rule::Number),
        ],
        filter: &[
            Field::new("limit", Type::Str).rule(Rule::Number),
            Field::new("offset", Type::Str).rule(Rule::Number),
        ],
        pairs: &[
            ["limit", "offset"],
        ],
        ..NONE
    },
    Operation {
        name: "ListRetentions",
        path: &[
            Field::new("namespace", Type::Str).rule(Rule::Name(Name::Namespace)),
            Field::new("repository", Type::Str).rule(Rule::Name(Name::Repo)),
        ],
        ..NONE
    },
    Operation {
        name: "ListSharedRepoDetails",
        query: &[
            Field::new("limit", Type::Int),
            Field::new("marker", Type::Int),
            Field::new("name", Type::Str),
            Field::new("namespace", Type::Str),
            Field::new("shared_by", Type::Str).required().rule(Rule::OneOf(&["self", "thirdparty"])),
            Field::new("status", Type::Bool),
        ],
        ..NONE
    },
    Operation {
        name: "ListSharedReposDetails",
        query: &[
            Field::new("center", Type::Str).required().rule(Rule::OneOf(&["self", "thirdparty"])),
            Field::new("filter", Type::Str),
            Field::new("limit", Type::Str).rule(Rule::Number),
            Field::new("name", Type::Str),
            Field::new("namespace", Type::Str),
            Field::new("offset", Type::Str).rule(Rule::Number),
            Field::new("order_column", Type::Str).rule(Rule::OneOf(&["updated_at", "updated_time", "name", "tag_count", "namespace", "domain_name"])),
            Field::new("order_type", Type::Str).rule(Rule::OneOf(&["asc", "desc"])),
            Field::new("domain_name", Type::Str),
            Field::new("status", Type::Bool),
        ],
        filter: &[
            Field::new("center", Type::Str).rule(Rule::OneOf(&["self", "thirdparty"])),
            Field::new("namespace", Type::Str),
            Field::new("name", Type::Str),
            Field::new("domain_name", Type::Str),
            Field::new("status", Type::Bool),
            Field::new("limit", Type::Str).rule(Rule::Number),
            Field::new("offset", Type::Str).rule(Rule::Number),
            Field::new("order_column", Type::Str).rule(Rule::OneOf(&["updated_at", "updated_time", "name", "tag_count", "namespace", "domain_name"])),
            Field::new("order_type", Type::Str).rule(Rule::OneOf(&["asc", "desc"])),
        ],
        beside_filter: &[
            "center",
        ],
        pairs: &[
            ["limit", "offset"],
            ["order_column", "order_type"],
        ],
        ..NONE
    },
    Operation {
        name: "ListSubResourceInstances",
        query: &[
            Field::new("limit", Type::Int),
            Field::new("offset", Type::Int),
        ],
        body: Some(Type::Model(&LIST_RESOURCE_INSTANCES_REQUEST_BODY)),
        ..NONE
    },
    Operation {
        name: "ListSubResourceTags",
        ..NONE
    },
    Operation {
        name: "ListSyncRegions",
        ..NONE
    },
    Operation {
        name: "ListTriggersDetails",
        path: &[
            Field::new("namespace", Type::Str).rule(Rule::Name(Name::Namespace)),
            Field::new("repository", Type::Str).rule(Rule::Name(Name::Repo)),
        ],
        ..NONE
    },
    Operation {
        name: "ShowAccessDomain",
        path: &[
            Field::new("namespace", Type::Str).rule(Rule::Name(Name::Namespace)),
            Field::new("repository", Type::Str).rule(Rule::Name(Name::Repo)),
        ],
        ..NONE
    },
    Operation {
        name: "ShowApiVersion",
        ..NONE
    },
    Operation {
        name: "ShowDomainOverview",
        ..NONE
    },
    Operation {
        name: "ShowDomainResourceReports",
        path: &[
            Field::new("frequency", Type::Str).rule(Rule::OneOf(&["daily", "monthly"])),
            Field::new("resource_type", Type::Str).rule(Rule::OneOf(&["store", "downflow"])),
        ],
        ..NONE
    },
    Operation {
        name: "ShowGcSchedule",
        ..NONE
    },
    Operation {
        name: "ShowGcTask",
        ..NONE
    },
    Operation {
        name: "ShowInstance",
        ..NONE
    },
    Operation {
        name: "ShowInstanceArtifact",
        query: &[
            Field::new("with_scan_overview", Type::Bool),
        ],
        ..NONE
    },
    Operation {
        name: "ShowInstanceArtifactAddition",
        ..NONE
    },
    Operation {
        name: "ShowInstanceConfiguration",
        ..NONE
    },
    Operation {
        name: "ShowInstanceEndpointPolicy",
        ..NONE
    },
    Operation {
        name: "ShowInstanceInternalEndpoint",
        ..NONE
    },
    Operation {
        name: "ShowInstanceJob",
        ..NONE
    },
    Operation {
        name: "ShowInstanceNamespace",
        ..NONE
    },
    Operation {
        name: "ShowInstanceRegistry",
        ..NONE
    },
    Operation {
        name: "ShowInstanceReplicationPolicy",
        ..NONE
    },
    Operation {
        name: "ShowInstanceRepository",
        ..NONE
    },
    Operation {
        name: "ShowInstanceResourceInstancesCount",
        body: Some(Type::Model(&LIST_RESOURCE_INSTANCES_REQUEST_BODY)),
        ..NONE
    },
    Operation {
        name: "ShowInstanceRetentionPolicy",
        ..NONE
    },
    Operation {
        name: "ShowInstanceSignPolicy",
        ..NONE
    },
    Operation {
        name: "ShowInstanceWebhook",
        ..NONE
    },
    Operation {
        name: "ShowNamespace",
        path: &[
            Field::new("namespace", Type::Str).rule(Rule::Name(Name::Namespace)),
        ],
        ..NONE
    },
    Operation {
        name: "ShowNamespaceAuth",
        path: &[
            Field::new("namespace", Type::Str).rule(Rule::Name(Name::Namespace)),
        ],
        ..NONE
    },
    Operation {
        name: "ShowRepoTag",
        path: &[
            Field::new("namespace", Type::Str).rule(Rule::Name(Name::Namespace)),
            Field::new("repository", Type::Str).rule(Rule::Name(Name::Repo)),
            Field::new("tag", Type::Str).rule(Rule::Name(Name::Tag)),
        ],
        ..NONE
    },
    Operation {
        name: "ShowRepository",
        path: &[
            Field::new("namespace", Type::Str).rule(Rule::Name(Name::Namespace)),
            Field::new("repository", Type::Str).rule(Rule::Name(Name::Repo)),
        ],
        ..NONE
    },
    Operation {
        name: "ShowRetention",
        path: &[
            Field::new("namespace", Type::Str).rule(Rule::Name(Name::Namespace)),
            Field::new("repository", Type::Str).rule(Rule::Name(Name::Repo)),
        ],
        ..NONE
    },
    Operation {
        name: "ShowShareFeatureGates",
        ..NONE
    },
    Operation {
        name: "ShowSubResourceInstancesCount",
        body: Some(Type::Model(&LIST_RESOURCE_INSTANCES_REQUEST_BODY)),
        ..NONE
    },
    Operation {
        name: "ShowSyncJob",
        path: &[
            Field::new("namespace", Type::Str).rule(Rule::Name(Name::Namespace)),
            Field::new("repository", Type::Str).rule(Rule::Name(Name::Repo)),
        ],
        query: &[
            Field::new("filter", Type::Str).required(),
        ],
        filter: &[
            Field::new("limit", Type::Str).required().rule(Rule::Number),
            Field::new("offset", Type::Str).required().rule(Rule::Number),
            Field::new("order", Type::Str).rule(Rule::OneOf(&["asc", "desc"])),
        ],
        ..NONE
    },
    Operation {
        name: "ShowTrigger",
        path: &[
            Field::new("namespace", Type::Str).rule(Rule::Name(Name::Namespace)),
            Field::new("repository", Type::Str).rule(Rule::Name(Name::Repo)),
            Field::new("trigger", Type::Str).rule(Rule::Name(Name::Trigger)),
        ],
        ..NONE
    },
    Operation {
        name: "ShowUserRepositoryAuth",
        path: &[
            Field::new("namespace", Type::Str).rule(Rule::Name(Name::Namespace)),
            Field::new("repository", Type::Str).rule(Rule::Name(Name::Repo)),
        ],
        ..NONE
    },
    Operation {
        name: "StartManualScanning",
        ..NONE
    },
    Operation {
        name: "StopGcTask",
        ..NONE
    },
    Operation {
        name: "StopInstanceReplicationPolicyExecution",
        ..NONE
    },
    Operation {
        name: "UpdateDomainName",
        body: Some(Type::Model(&UPDATE_DOMAIN_NAME_REQUEST_BODY)),
        ..NONE
    },
    Operation {
        name: "UpdateGcSchedule",
        body: Some(Type::Model(&UPDATE_SCHEDULE_REQUEST_BODY)),
        ..NONE
    },
    Operation {
        name: "UpdateImmutableRule",
        body: Some(Type::Model(&UPDATE_IMMUTABLE_RULE_BODY)),
        ..NONE
    },
    Operation {
        name: "UpdateInstanceConfiguration",
        body: Some(Type::Model(&UPDATE_INSTANCE_CONFIGURATION_REQUEST_BODY)),
        ..NONE
    },
    Operation {
        name: "UpdateInstanceEndpointPolicy",
        body: Some(Type::Model(&UPDATE_WHITE_LIST_REQUEST_BODY)),
        ..NONE
    },
    Operation {
        name: "UpdateInstanceLtCredential",
        body: Some(Type::Model(&UPDATE_LONG_TERM_CREDENTIAL_REQUEST_BODY)),
        ..NONE
    },
    Operation {
        name: "UpdateInstanceNamespace",
        body: Some(Type::Model(&UPDATE_NAMESPACE_REQUEST_BODY)),
        ..NONE
    },
    Operation {
        name: "UpdateInstanceRegistry",
        body: Some(Type::Model(&UPDATE_REGISTRY_REQUEST_BODY)),
        ..NONE
    },
    Operation {
        name: "UpdateInstanceReplicationPolicy",
        body: Some(Type::Model(&UPDATE_REPLICATION_POLICY_REQUEST_BODY)),
        ..NONE
    },
    Operation {
        name: "UpdateInstanceRepository",
        body: Some(Type::Model(&UPDATE_REPO_CONFIG_REQUEST_BODY)),
        ..NONE
    },
    Operation {
        name: "UpdateInstanceRetentionPolicy",
        body: Some(Type::Model(&UPDATE_RETENTION_POLICY_REQUEST_BODY)),
        ..NONE
    },
    Operation {
        name: "UpdateInstanceSignPolicy",
        body: Some(Type::Model(&UPDATE_SIGNATURE_POLICY_REQUEST_BODY)),
        ..NONE
    },
    Operation {
        name: "UpdateInstanceWebhook",
        body: Some(Type::Model(&UPDATE_WEBHOOK_POLICY_REQUEST_BODY)),
        ..NONE
    },
    Operation {
        name: "UpdateInternalEndpointConnections",
        body: Some(Type::Model(&UPDATE_INTERNAL_ENDPOINT_CONNECTIONS_REQUEST_BODY)),
        ..NONE
    },
    Operation {
        name: "UpdateInternalEndpointPermissions",
        body: Some(Type::Model(&UPDATE_INTERNAL_ENDPOINT_PERMISSIONS_REQUEST_BODY)),
        ..NONE
    },
    Operation {
        name: "UpdateNamespaceAuth",
        path: &[
            Field::new("namespace", Type::Str).rule(Rule::Name(Name::Namespace)),
        ],
        body: Some(Type::List(&Type::Model(&USER_AUTH))),
        ..NONE
    },
    Operation {
        name: "UpdateRepo",
        path: &[
            Field::new("namespace", Type::Str).rule(Rule::Name(Name::Namespace)),
            Field::new("repository", Type::Str).rule(Rule::Name(Name::Repo)),
        ],
        body: Some(Type::Model(&UPDATE_REPO_REQUEST_BODY)),
        ..NONE
    },
    Operation {
        name: "UpdateRepoDomains",
        path: &[
            Field::new("namespace", Type::Str).rule(Rule::Name(Name::Namespace)),
            Field::new("repository", Type::Str).rule(Rule::Name(Name::Repo)),
        ],
        body: Some(Type::Model(&UPDATE_REPO_DOMAINS_REQUEST_BODY)),
        ..NONE
    },
    Operation {
        name: "UpdateRetention",
        path: &[
            Field::new("namespace", Type::Str).rule(Rule::Name(Name::Namespace)),
            Field::new("repository", Type::Str).rule(Rule::Name(Name::Repo)),
        ],
        body: Some(Type::Model(&UPDATE_RETENTION_REQUEST_BODY)),
        ..NONE
    },
    Operation {
        name: "UpdateTrigger",
        path: &[
            Field::new("namespace", Type::Str).rule(Rule::Name(Name::Namespace)),
            Field::new("repository", Type::Str).rule(Rule::Name(Name::Repo)),
            Field::new("trigger", Type::Str).rule(Rule::Name(Name::Trigger)),
        ],
        body: Some(Type::Model(&UPDATE_TRIGGER_REQUEST_BODY)),
        ..NONE
    },
    Operation {
        name: "UpdateUserRepositoryAuth",
        path: &[
            Field::new("namespace", Type::Str).rule(Rule::Name(Name::Namespace)),
            Field::new("repository", Type::Str).rule(Rule::Name(Name::Repo)),
        ],
        body: Some(Type::List(&Type::Model(&USER_AUTH))),
        ..NONE
    },
];

static ADD_DOMAIN_NAME_REQUEST_BODY: Model = Model {
    name: "AddDomainNameRequestBody",
    fields: &[
        Field::new("certificate_id", Type::Str).required(),
        Field::new("domain_name", Type::Str).required(),
    ],
};

static CVEALLOWLIST_ITEM: Model = Model {
    name: "CVEAllowlistItem",
    fields: &[
        Field::new("cve_id", Type::Str),
    ],
};

static CREATE_ENDPOINT_POLICY_REQUEST_BODY: Model = Model {
    name: "CreateEndpointPolicyRequestBody",
    fields: &[
        Field::new("enable", Type::Bool).required(),
    ],
};

static CREATE_IMAGE_SYNC_REPO_REQUEST_BODY: Model = Model {
    name: "CreateImageSyncRepoRequestBody",
    fields: &[
        Field::new("override", Type::Bool),
        Field::new("remoteNamespace", Type::Str).required().rule(Rule::Name(Name::Namespace)),
        Field::new("remoteRegionId", Type::Str).required(),
        Field::new("syncAuto", Type::Bool),
    ],
};

static CREATE_IMMUTABLE_RULE_BODY: Model = Model {
    name: "CreateImmutableRuleBody",
    fields: &[
        Field::new("action", Type::Str),
        Field::new("disabled", Type::Bool),
        Field::new("priority", Type::Int),
        Field::new("scope_selectors", Type::Dict(&Type::List(&Type::Model(&RULE_SELECTOR)))).required(),
        Field::new("tag_selectors", Type::List(&Type::Model(&RULE_SELECTOR))).required(),
        Field::new("template", Type::Str),
    ],
};

static CREATE_INSTANCE_NAMESPACE_REQUEST_BODY: Model = Model {
    name: "CreateInstanceNamespaceRequestBody",
    fields: &[
        Field::new("metadata", Type::Model(&NAMESPACE_METADATA)).required(),
        Field::new("namespace_name", Type::Str).required(),
    ],
};

static CREATE_INSTANCE_REQUEST_BODY: Model = Model {
    name: "CreateInstanceRequestBody",
    fields: &[
        Field::new("charge_mode", Type::Str).required(),
        Field::new("description", Type::Str),
        Field::new("enable_intranet_access", Type::Bool),
        Field::new("encrypt_type", Type::Str),
        Field::new("enterprise_project_id", Type::Str).required(),
        Field::new("name", Type::Str).required(),
        Field::new("obs_bucket_name", Type::Str),
        Field::new("obs_enc_kms_key_id", Type::Str),
        Field::new("obs_encrypt", Type::Bool),
        Field::new("project_id", Type::Str).required(),
        Field::new("resource_tags", Type::List(&Type::Model(&CREATE_INSTANCE_REQUEST_BODY_RESOURCE_TAGS))),
        Field::new("spec", Type::Str).required(),
        Field::new("subnet_id", Type::Str).required(),
        Field::new("vpc_id", Type::Str).required(),
    ],
};

static CREATE_INSTANCE_REQUEST_BODY_RESOURCE_TAGS: Model = Model {
    name: "CreateInstanceRequestBodyResourceTags",
    fields: &[
        Field::new("key", Type::Str),
        Field::new("value", Type::Str),
    ],
};

static CREATE_INTRANET_ACCESS_REQUEST_BODY: Model = Model {
    name: "CreateIntranetAccessRequestBody",
    fields: &[
        Field::new("description", Type::Str),
        Field::new("project_id", Type::Str).required(),
        Field::new("subnet_id", Type::Str).required(),
        Field::new("vpc_id", Type::Str).required(),
    ],
};

static CREATE_LONG_TERM_CREDENTIAL_REQUEST_BODY: Model = Model {
    name: "CreateLongTermCredentialRequestBody",
    fields: &[
        Field::new("name", Type::Str).required(),
    ],
};

static CREATE_MANUAL_IMAGE_SYNC_REPO_REQUEST_BODY: Model = Model {
    name: "CreateManualImageSyncRepoRequestBody",
    fields: &[
        Field::new("imageTag", Type::List(&Type::Str)).required().rule(Rule::Name(Name::Tag)),
        Field::new("override", Type::Bool),
        Field::new("remoteNamespace", Type::Str).required().rule(Rule::Name(Name::Namespace)),
        Field::new("remoteRegionId", Type::Str).required(),
    ],
};

static CREATE_NAMESPACE_REQUEST_BODY: Model = Model {
    name: "CreateNamespaceRequestBody",
    fields: &[
        Field::new("namespace", Type::Str).required().rule(Rule::Name(Name::Namespace)),
    ],
};

static CREATE_REGISTRY_REQUEST_BODY: Model = Model {
    name: "CreateRegistryRequestBody",
    fields: &[
        Field::new("credential", Type::Model(&CREDENTIAL)).required(),
        Field::new("description", Type::Str),
        Field::new("dns_conf", Type::Model(&DNS_CONF)),
        Field::new("insecure", Type::Bool).required(),
        Field::new("instance_id", Type::Str),
        Field::new("name", Type::Str).required(),
        Field::new("project_id", Type::Str),
        Field::new("region_id", Type::Str),
        Field::new("type", Type::Str).required(),
        Field::new("url", Type::Str).required(),
    ],
};

static CREATE_REPLICATION_EXECUTION_REQUEST_BODY: Model = Model {
    name: "CreateReplicationExecutionRequestBody",
    fields: &[
        Field::new("policy_id", Type::Int).required(),
    ],
};

static CREATE_REPLICATION_POLICY_REQUEST_BODY: Model = Model {
    name: "CreateReplicationPolicyRequestBody",
    fields: &[
        Field::new("description", Type::Str),
        Field::new("dest_namespace", Type::Str),
        Field::new("dest_registry", Type::Model(&REPLICATION_REGISTRY)),
        Field::new("enabled", Type::Bool).required(),
        Field::new("filters", Type::List(&Type::Model(&FILTER))).required(),
        Field::new("name", Type::Str).required(),
        Field::new("override", Type::Bool),
        Field::new("repo_scope_mode", Type::Str).required(),
        Field::new("src_registry", Type::Model(&REPLICATION_REGISTRY)),
        Field::new("trigger", Type::Model(&TRIGGER_CONFIG)).required(),
    ],
};

static CREATE_REPO_DOMAINS_REQUEST_BODY: Model = Model {
    name: "CreateRepoDomainsRequestBody",
    fields: &[
        Field::new("access_domain", Type::Str).required(),
        Field::new("deadline", Type::Str).required(),
        Field::new("description", Type::Str),
        Field::new("permit", Type::Str).required().rule(Rule::OneOf(&["read"])),
    ],
};

static CREATE_REPO_REQUEST_BODY: Model = Model {
    name: "CreateRepoRequestBody",
    fields: &[
        Field::new("category", Type::Str).rule(Rule::OneOf(&["app_server", "linux", "framework_app", "database", "lang", "other", "windows", "arm", "arms", ""])),
        Field::new("description", Type::Str),
        Field::new("is_public", Type::Bool).required(),
        Field::new("repository", Type::Str).required().rule(Rule::Name(Name::Repo)),
    ],
};

static CREATE_REPO_TAG_REQUEST_BODY: Model = Model {
    name: "CreateRepoTagRequestBody",
    fields: &[
        Field::new("destination_tag", Type::Str).required().rule(Rule::Name(Name::Tag)),
        Field::new("override", Type::Bool),
        Field::new("source_tag", Type::Str).required().rule(Rule::Name(Name::Tag)),
    ],
};

static CREATE_RESOURCE_TAGS_REQUEST_BODY: Model = Model {
    name: "CreateResourceTagsRequestBody",
    fields: &[
        Field::new("tags", Type::List(&Type::Model(&RESOURCE_TAG))).required(),
    ],
};

static CREATE_RETENTION_POLICY_REQUEST_BODY: Model = Model {
    name: "CreateRetentionPolicyRequestBody",
    fields: &[
        Field::new("algorithm", Type::Str).required(),
        Field::new("enabled", Type::Bool).required(),
        Field::new("name", Type::Str).required(),
        Field::new("rules", Type::List(&Type::Model(&RETENTION_RULE))).required(),
        Field::new("trigger", Type::Model(&TRIGGER_CONFIG)).required(),
    ],
};

static CREATE_RETENTION_REQUEST_BODY: Model = Model {
    name: "CreateRetentionRequestBody",
    fields: &[
        Field::new("algorithm", Type::Str).required().rule(Rule::OneOf(&["or"])),
        Field::new("rules", Type::List(&Type::Model(&RULE))).required(),
    ],
};

static CREATE_SIGNATURE_POLICY_REQUEST_BODY: Model = Model {
    name: "CreateSignaturePolicyRequestBody",
    fields: &[
        Field::new("description", Type::Str),
        Field::new("enabled", Type::Bool).required(),
        Field::new("name", Type::Str).required(),
        Field::new("scope_rules", Type::List(&Type::Model(&SIGN_SCOPE_RULE))).required(),
        Field::new("signature_algorithm", Type::Str).required(),
        Field::new("signature_key", Type::Str).required(),
        Field::new("signature_method", Type::Str).required(),
        Field::new("trigger", Type::Model(&TRIGGER_CONFIG)).required(),
    ],
};

static CREATE_TRIGGER_REQUEST_BODY: Model = Model {
    name: "CreateTriggerRequestBody",
    fields: &[
        Field::new("action", Type::Str).required().rule(Rule::OneOf(&["update"])),
        Field::new("app_type", Type::Str).required().rule(Rule::OneOf(&["deployments", "statefulsets"])),
        Field::new("application", Type::Str).required(),
        Field::new("cluster_id", Type::Str),
        Field::new("cluster_name", Type::Str),
        Field::new("cluster_ns", Type::Str).required(),
        Field::new("condition", Type::Str).required(),
        Field::new("container", Type::Str),
        Field::new("enable", Type::Str).required().rule(Rule::OneOf(&["true", "false"])),
        Field::new("name", Type::Str).required().rule(Rule::Name(Name::Trigger)),
        Field::new("trigger_mode", Type::Str).rule(Rule::OneOf(&["cce", "cci", ""])),
        Field::new("trigger_type", Type::Str).required().rule(Rule::OneOf(&["all", "tag", "regular"])),
    ],
};

static CREATE_WEBHOOK_POLICY_REQUEST_BODY: Model = Model {
    name: "CreateWebhookPolicyRequestBody",
    fields: &[
        Field::new("description", Type::Str),
        Field::new("enabled", Type::Bool).required(),
        Field::new("event_types", Type::List(&Type::Str)).required(),
        Field::new("name", Type::Str).required(),
        Field::new("scope_rules", Type::List(&Type::Model(&SCOPE_RULE))).required(),
        Field::new("targets", Type::List(&Type::Model(&TARGET))).required(),
    ],
};

static CREDENTIAL: Model = Model {
    name: "Credential",
    fields: &[
        Field::new("access_key", Type::Str).required(),
        Field::new("access_secret", Type::Str).required(),
        Field::new("type", Type::Str).required(),
    ],
};

static DELETE_IMAGE_SYNC_REPO_REQUEST_BODY: Model = Model {
    name: "DeleteImageSyncRepoRequestBody",
    fields: &[
        Field::new("remoteNamespace", Type::Str).required().rule(Rule::Name(Name::Namespace)),
        Field::new("remoteRegionId", Type::Str).required(),
    ],
};

static DELETE_INSTANCE_REQUEST_BODY: Model = Model {
    name: "DeleteInstanceRequestBody",
    fields: &[
        Field::new("delete_dns", Type::Bool),
        Field::new("delete_obs", Type::Bool),
    ],
};

static DELETE_RESOURCE_TAGS_REQUEST_BODY: Model = Model {
    name: "DeleteResourceTagsRequestBody",
    fields: &[
        Field::new("tags", Type::List(&Type::Model(&RESOURCE_TAG))).required(),
    ],
};

static DNS_CONF: Model = Model {
    name: "DnsConf",
    fields: &[
        Field::new("hosts", Type::Dict(&Type::Str)),
    ],
};

static EXECUTE_RETENTION_POLICY_REQUEST_BODY: Model = Model {
    name: "ExecuteRetentionPolicyRequestBody",
    fields: &[
        Field::new("dry_run", Type::Bool).required(),
    ],
};

static EXECUTE_SCHEDULE_OBJ: Model = Model {
    name: "ExecuteScheduleObj",
    fields: &[
        Field::new("type", Type::Str).required(),
    ],
};

static EXECUTE_SCHEDULE_REQUEST_BODY: Model = Model {
    name: "ExecuteScheduleRequestBody",
    fields: &[
        Field::new("parameters", Type::Model(&GC_PARAMETERS)).required(),
        Field::new("schedule", Type::Model(&EXECUTE_SCHEDULE_OBJ)).required(),
    ],
};

static FILTER: Model = Model {
    name: "Filter",
    fields: &[
        Field::new("type", Type::Str).required(),
        Field::new("value", Type::Str).required(),
    ],
};

static GC_PARAMETERS: Model = Model {
    name: "GcParameters",
    fields: &[
        Field::new("delete_untagged", Type::Bool),
        Field::new("dry_run", Type::Bool),
        Field::new("workers", Type::Int).required(),
    ],
};

static IP_INFO: Model = Model {
    name: "IpInfo",
    fields: &[
        Field::new("description", Type::Str),
        Field::new("ip", Type::Str).required(),
    ],
};

static LIST_RESOURCE_INSTANCES_REQUEST_BODY: Model = Model {
    name: "ListResourceInstancesRequestBody",
    fields: &[
        Field::new("tags", Type::List(&Type::Model(&TAGS_FILTER))),
    ],
};

static NAMESPACE_METADATA: Model = Model {
    name: "NamespaceMetadata",
    fields: &[
        Field::new("auto_scan", Type::Str),
        Field::new("prevent_vul", Type::Str),
        Field::new("public", Type::Str).required(),
        Field::new("severity", Type::Str),
    ],
};

static REPLICATION_REGISTRY: Model = Model {
    name: "ReplicationRegistry",
    fields: &[
        Field::new("id", Type::Int).required(),
    ],
};

static RESOURCE_TAG: Model = Model {
    name: "ResourceTag",
    fields: &[
        Field::new("key", Type::Str).required(),
        Field::new("value", Type::Str).required(),
    ],
};

static RETENTION_RULE: Model = Model {
    name: "RetentionRule",
    fields: &[
        Field::new("action", Type::Str).required(),
        Field::new("disabled", Type::Bool),
        Field::new("params", Type::Dict(&Type::Any)).required(),
        Field::new("priority", Type::Int).required(),
        Field::new("repo_scope_mode", Type::Str).required(),
        Field::new("scope_selectors", Type::Dict(&Type::List(&Type::Model(&RETENTION_SELECTOR)))).required(),
        Field::new("tag_selectors", Type::List(&Type::Model(&RETENTION_SELECTOR))).required(),
        Field::new("template", Type::Str).required(),
    ],
};

static RETENTION_SELECTOR: Model = Model {
    name: "RetentionSelector",
    fields: &[
        Field::new("decoration", Type::Str).required(),
        Field::new("extras", Type::Str),
        Field::new("kind", Type::Str).required(),
        Field::new("pattern", Type::Str).required(),
    ],
};

static RULE: Model = Model {
    name: "Rule",
    fields: &[
        Field::new("params", Type::Model(&RULE_PARAMS)).required(),
        Field::new("tag_selectors", Type::List(&Type::Model(&TAG_SELECTOR))).required(),
        Field::new("template", Type::Str).required().rule(Rule::OneOf(&["date_rule", "tag_rule"])),
    ],
};

static RULE_SELECTOR: Model = Model {
    name: "RuleSelector",
    fields: &[
        Field::new("decoration", Type::Str).required(),
        Field::new("extras", Type::Str),
        Field::new("kind", Type::Str).required(),
        Field::new("pattern", Type::Str).required(),
    ],
};

static RULE_PARAMS: Model = Model {
    name: "Rule.params",
    fields: &[
        Field::new("days", Type::Str),
        Field::new("num", Type::Str),
    ],
};

static SCHEDULE_OBJ: Model = Model {
    name: "ScheduleObj",
    fields: &[
        Field::new("cron", Type::Str),
        Field::new("type", Type::Str).required(),
    ],
};

static SCOPE_RULE: Model = Model {
    name: "ScopeRule",
    fields: &[
        Field::new("repo_scope_mode", Type::Str).required(),
        Field::new("scope_selectors", Type::Dict(&Type::List(&Type::Model(&RULE_SELECTOR)))).required(),
        Field::new("tag_selectors", Type::List(&Type::Model(&RULE_SELECTOR))).required(),
    ],
};

static SIGN_RULE_SELECTOR: Model = Model {
    name: "SignRuleSelector",
    fields: &[
        Field::new("decoration", Type::Str).required(),
        Field::new("extras", Type::Str),
        Field::new("kind", Type::Str).required(),
        Field::new("pattern", Type::Str).required(),
    ],
};

static SIGN_SCOPE_RULE: Model = Model {
    name: "SignScopeRule",
    fields: &[
        Field::new("repo_scope_mode", Type::Str).required(),
        Field::new("scope_selectors", Type::Dict(&Type::List(&Type::Model(&SIGN_RULE_SELECTOR)))).required(),
        Field::new("tag_selectors", Type::List(&Type::Model(&SIGN_RULE_SELECTOR))).required(),
    ],
};

static TAG_SELECTOR: Model = Model {
    name: "TagSelector",
    fields: &[
        Field::new("kind", Type::Str).required().rule(Rule::OneOf(&["label", "regexp"])),
        Field::new("pattern", Type::Str).required(),
    ],
};

static TAGS_FILTER: Model = Model {
    name: "TagsFilter",
    fields: &[
        Field::new("key", Type::Str).required(),
        Field::new("values", Type::List(&Type::Str)).required(),
    ],
};

static TARGET: Model = Model {
    name: "Target",
    fields: &[
        Field::new("address", Type::Str).required(),
        Field::new("address_type", Type::Str).required(),
        Field::new("auth_header", Type::Str),
        Field::new("skip_cert_verify", Type::Bool),
        Field::new("type", Type::Str).required(),
    ],
};

static TRIGGER_CONFIG: Model = Model {
    name: "TriggerConfig",
    fields: &[
        Field::new("trigger_settings", Type::Model(&TRIGGER_SETTING)),
        Field::new("type", Type::Str).required(),
    ],
};

static TRIGGER_SETTING: Model = Model {
    name: "TriggerSetting",
    fields: &[
        Field::new("cron", Type::Str),
    ],
};

static UPDATE_CVEALLOWLIST_REQUEST: Model = Model {
    name: "UpdateCVEAllowlistRequest",
    fields: &[
        Field::new("expires_at", Type::Int),
        Field::new("id", Type::Int),
        Field::new("items", Type::List(&Type::Model(&CVEALLOWLIST_ITEM))),
        Field::new("namespace_id", Type::Int),
    ],
};

static UPDATE_DOMAIN_NAME_REQUEST_BODY: Model = Model {
    name: "UpdateDomainNameRequestBody",
    fields: &[
        Field::new("certificate_id", Type::Str).required(),
    ],
};

static UPDATE_IMMUTABLE_RULE_BODY: Model = Model {
    name: "UpdateImmutableRuleBody",
    fields: &[
        Field::new("action", Type::Str),
        Field::new("disabled", Type::Bool),
        Field::new("priority", Type::Int),
        Field::new("scope_selectors", Type::Dict(&Type::List(&Type::Model(&RULE_SELECTOR)))).required(),
        Field::new("tag_selectors", Type::List(&Type::Model(&RULE_SELECTOR))).required(),
        Field::new("template", Type::Str),
    ],
};

static UPDATE_INSTANCE_CONFIGURATION_REQUEST_BODY: Model = Model {
    name: "UpdateInstanceConfigurationRequestBody",
    fields: &[
        Field::new("anonymous_access", Type::Bool).required(),
    ],
};

static UPDATE_INTERNAL_ENDPOINT_CONNECTIONS_REQUEST_BODY: Model = Model {
    name: "UpdateInternalEndpointConnectionsRequestBody",
    fields: &[
        Field::new("action", Type::Str).required(),
        Field::new("endpoints", Type::List(&Type::Str)).required(),
    ],
};

static UPDATE_INTERNAL_ENDPOINT_PERMISSIONS_REQUEST_BODY: Model = Model {
    name: "UpdateInternalEndpointPermissionsRequestBody",
    fields: &[
        Field::new("action", Type::Str).required(),
        Field::new("permission_type", Type::Str),
        Field::new("permissions", Type::List(&Type::Str)).required(),
    ],
};

static UPDATE_LONG_TERM_CREDENTIAL_REQUEST_BODY: Model = Model {
    name: "UpdateLongTermCredentialRequestBody",
    fields: &[
        Field::new("enable", Type::Bool).required(),
    ],
};

static UPDATE_NAMESPACE_REQUEST_BODY: Model = Model {
    name: "UpdateNamespaceRequestBody",
    fields: &[
        Field::new("cve_allowlist", Type::Model(&UPDATE_CVEALLOWLIST_REQUEST)),
        Field::new("metadata", Type::Model(&NAMESPACE_METADATA)).required(),
    ],
};

static UPDATE_REGISTRY_REQUEST_BODY: Model = Model {
    name: "UpdateRegistryRequestBody",
    fields: &[
        Field::new("credential", Type::Model(&CREDENTIAL)).required(),
        Field::new("description", Type::Str),
        Field::new("dns_conf", Type::Model(&DNS_CONF)),
        Field::new("insecure", Type::Bool).required(),
        Field::new("instance_id", Type::Str),
        Field::new("name", Type::Str).required(),
        Field::new("project_id", Type::Str),
        Field::new("region_id", Type::Str),
        Field::new("type", Type::Str).required(),
        Field::new("url", Type::Str).required(),
    ],
};

static UPDATE_REPLICATION_POLICY_REQUEST_BODY: Model = Model {
    name: "UpdateReplicationPolicyRequestBody",
    fields: &[
        Field::new("description", Type::Str),
        Field::new("dest_namespace", Type::Str),
        Field::new("dest_registry", Type::Model(&REPLICATION_REGISTRY)),
        Field::new("enabled", Type::Bool).required(),
        Field::new("filters", Type::List(&Type::Model(&FILTER))).required(),
        Field::new("name", Type::Str).required(),
        Field::new("override", Type::Bool),
        Field::new("repo_scope_mode", Type::Str).required(),
        Field::new("src_registry", Type::Model(&REPLICATION_REGISTRY)),
        Field::new("trigger", Type::Model(&TRIGGER_CONFIG)).required(),
    ],
};

static UPDATE_REPO_CONFIG_REQUEST_BODY: Model = Model {
    name: "UpdateRepoConfigRequestBody",
    fields: &[
        Field::new("description", Type::Str).required(),
    ],
};

static UPDATE_REPO_DOMAINS_REQUEST_BODY: Model = Model {
    name: "UpdateRepoDomainsRequestBody",
    fields: &[
        Field::new("deadline", Type::Str).required(),
        Field::new("description", Type::Str),
        Field::new("permit", Type::Str).required().rule(Rule::OneOf(&["read"])),
        Field::new("access_domain", Type::Str),
    ],
};

static UPDATE_REPO_REQUEST_BODY: Model = Model {
    name: "UpdateRepoRequestBody",
    fields: &[
        Field::new("category", Type::Str).rule(Rule::OneOf(&["app_server", "linux", "framework_app", "database", "lang", "other", "windows", "arm", "arms", ""])),
        Field::new("description", Type::Str),
        Field::new("is_public", Type::Bool),
        Field::new("repository", Type::Str),
    ],
};

static UPDATE_RETENTION_POLICY_REQUEST_BODY: Model = Model {
    name: "UpdateRetentionPolicyRequestBody",
    fields: &[
        Field::new("algorithm", Type::Str).required(),
        Field::new("enabled", Type::Bool).required(),
        Field::new("name", Type::Str).required(),
        Field::new("rules", Type::List(&Type::Model(&RETENTION_RULE))).required(),
        Field::new("trigger", Type::Model(&TRIGGER_CONFIG)).required(),
    ],
};

static UPDATE_RETENTION_REQUEST_BODY: Model = Model {
    name: "UpdateRetentionRequestBody",
    fields: &[
        Field::new("algorithm", Type::Str).required().rule(Rule::OneOf(&["or"])),
        Field::new("rules", Type::List(&Type::Model(&RULE))).required(),
    ],
};

static UPDATE_SCHEDULE_REQUEST_BODY: Model = Model {
    name: "UpdateScheduleRequestBody",
    fields: &[
        Field::new("parameters", Type::Model(&GC_PARAMETERS)),
        Field::new("schedule", Type::Model(&SCHEDULE_OBJ)).required(),
    ],
};

static UPDATE_SIGNATURE_POLICY_REQUEST_BODY: Model = Model {
    name: "UpdateSignaturePolicyRequestBody",
    fields: &[
        Field::new("description", Type::Str),
        Field::new("enabled", Type::Bool).required(),
        Field::new("name", Type::Str).required(),
        Field::new("scope_rules", Type::List(&Type::Model(&SIGN_SCOPE_RULE))).required(),
        Field::new("signature_algorithm", Type::Str).required(),
        Field::new("signature_key", Type::Str).required(),
        Field::new("signature_method", Type::Str).required(),
        Field::new("trigger", Type::Model(&TRIGGER_CONFIG)).required(),
    ],
};

static UPDATE_TRIGGER_REQUEST_BODY: Model = Model {
    name: "UpdateTriggerRequestBody",
    fields: &[
        Field::new("enable", Type::Str).required().rule(Rule::OneOf(&["true", "false"])),
    ],
};

static UPDATE_WEBHOOK_POLICY_REQUEST_BODY: Model = Model {
    name: "UpdateWebhookPolicyRequestBody",
    fields: &[
        Field::new("description", Type::Str),
        Field::new("enabled", Type::Bool).required(),
        Field::new("event_types", Type::List(&Type::Str)),
        Field::new("name", Type::Str).required(),
        Field::new("scope_rules", Type::List(&Type::Model(&SCOPE_RULE))).required(),
        Field::new("targets", Type::List(&Type::Model(&TARGET))).required(),
    ],
};

static UPDATE_WHITE_LIST_REQUEST_BODY: Model = Model {
    name: "UpdateWhiteListRequestBody",
    fields: &[
        Field::new("ip_list", Type::List(&Type::Model(&IP_INFO))).required(),
    ],
};

static USER_AUTH: Model = Model {
    name: "UserAuth",
    fields: &[
        Field::new("auth", Type::Int).required().rule(Rule::OneNumberOf(&[7, 3, 1])),
        Field::new("user_id", Type::Str).required(),
        Field::new("user_name", Type::Str).required(),
    ],
};
