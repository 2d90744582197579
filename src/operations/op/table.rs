//! The table of operations as a macro, which is expanded twice.
//!
//! The parent module expands it to [`Op`](super::Op) and the rows. `services::bindings` expands it to the handlers.
//!
//! A row has a name, a method and a path template, then:
//! - `also`: an alternative path
//! - `on`: the resource that the operation is about; without it, the account or no resource
//! - `needs`: the required access to the repository, at the registry
//! - `brings`: the kind of content in the body
//! - a mark: `[open]` needs no credentials, `[reads]` is a POST that writes nothing, `[lists]` is a GET of a list
//! - if it is simulated: the status of a success, the handler, the evidence and its source

/// Calls another macro with the table.
macro_rules! operations {
    ($callback:ident) => {
        $callback! {
            Keystone {
                /// Gets a token: by password, by a token, or as an agency. IAM publishes it under four names, such as
                /// KeystoneCreateUserTokenByPassword.
                CreateToken: POST "/v3/auth/tokens" [open]
                    => 201 iam_tokens::create, Documented "IAM API reference; traffic of terraform 2026-08; 404 for an unknown project or account is inferred";
                /// Examines a token; published as KeystoneValidateToken.
                ValidateToken: GET "/v3/auth/tokens"
                    => 200 iam_tokens::validate, Documented "IAM API reference";
                /// Lists the caller's projects, one for each region; published as KeystoneListProjects.
                ListProjects: GET "/v3/projects" [lists]
                    => 200 iam::projects, Seen "traffic of the Python and Node SDKs and of terraform: one project with the region's name";
                /// Lists the caller's projects; published as KeystoneListAuthProjects.
                ListAuthProjects: GET "/v3/auth/projects" [lists]
                    => 200 iam::auth_projects, Documented "IAM API reference";
                /// Lists the caller's account; published as KeystoneListAuthDomains.
                ListAuthDomains: GET "/v3/auth/domains" [lists]
                    => 200 iam::auth_domains, Seen "traffic of the Python SDK and of terraform";
                /// Lists the regions of the cloud; published as KeystoneListRegions.
                ListRegions: GET "/v3/regions" [lists]
                    => 200 iam::regions, Seen "the Node SDK, when it does not find its project";
                /// Lists users; published as KeystoneListUsers.
                ListUsers: GET "/v3/users" [lists]
                    => 200 iam::users, Seen "traffic of terraform with a password; that others than an administrator see themselves is inferred";
                /// Shows a user; its sibling of v3.0 is [`Op::ShowUser`].
                KeystoneShowUser: GET "/v3/users/{user_id}"
                    => 200 iam::user, Documented "IAM API reference";
            }

            Iam {
                /// Shows a user; its sibling of v3 is [`Op::KeystoneShowUser`].
                ShowUser: GET "/v3.0/OS-USER/users/{user_id}"
                    => 200 iam::user_details, Documented "IAM API reference 2025-12; terraform looks up names there when it updates permissions; times are null, since none are kept";
                /// Makes a temporary access key; published as CreateTemporaryAccessKeyByToken and CreateTemporaryAccessKeyByAgency.
                CreateTemporaryAccessKey: POST "/v3.0/OS-CREDENTIAL/securitytokens" [reads]
                    => 201 iam_keys::create_temporary, Documented "IAM API reference";
                /// Says who the caller is; part of STS.
                GetCallerIdentity: GET "/v5/caller-identity"
                    => 200 iam_keys::show_caller, Seen "the Python SDK reads account_id; the other keys are inferred";
            }

            Basic {
                /// Lists the versions of the API.
                ListApiVersions: GET "/" [open]
                    => 200 versions::list, Documented "API reference, swr_02 pages; published SDK 3.1.219";
                /// Says whether SWR may call other services for the account.
                CheckAgency: GET "/v2/manage/agency"
                    => 200 account::agency, Seen "live calls 2026-04/05: domain_id and is_agency";
                /// Lets SWR call other services for the account.
                CreateAgency: POST "/v2/manage/agency"
                    => 204 account::create_agency, Seen "204: terraform, live (documents say 200); the code of a second one is inferred";
                /// Lists the organizations the caller may see.
                ListNamespaces: GET "/v2/manage/namespaces" on Namespace [lists]
                    => 200 namespaces::list, Seen "live calls 2026-04/05: access_user_count and repo_count, which no page lists; an empty list for no match: terraform";
                /// Creates an organization.
                CreateNamespace: POST "/v2/manage/namespaces" on Namespace
                    => 201 namespaces::create, Documented "API reference 2026-09; 201 required by terraform-provider-huaweicloud 2026-08";
                /// Shows an organization.
                ShowNamespace: GET "/v2/manage/namespaces/{namespace}" on Namespace
                    => 200 namespaces::show, Recorded "404 of 2026-09 (opentelekomcloud provider issue 3551); body documented";
                /// Deletes an empty organization.
                DeleteNamespaces: DELETE "/v2/manage/namespaces/{namespace}" on Namespace
                    => 204 namespaces::delete, Documented "API reference 2026-09: 406 while repositories are left";
                /// Shows who may do what in an organization.
                ShowNamespaceAuth: GET "/v2/manage/namespaces/{namespace}/access" on Namespace
                    => 200 permissions::show_of_namespace, Seen "live calls 2026-04/05: others_auths holds the caller";
                /// Gives users permissions on an organization.
                CreateNamespaceAuth: POST "/v2/manage/namespaces/{namespace}/access" on Namespace
                    => 201 permissions::create, Seen "201: gophertelekomcloud (documents say 200); order kept: terraform";
                /// Changes permissions on an organization.
                UpdateNamespaceAuth: PATCH "/v2/manage/namespaces/{namespace}/access" on Namespace
                    => 201 permissions::update, Documented "API reference; the code for a user without one is inferred";
                /// Takes permissions on an organization away.
                DeleteNamespaceAuth: DELETE "/v2/manage/namespaces/{namespace}/access" on Namespace
                    => 204 permissions::delete, Documented "API reference; the code for a user without one is inferred";
                /// Creates a repository.
                CreateRepo: POST "/v2/manage/namespaces/{namespace}/repos" on Namespace
                    => 201 repos::create, Seen "201 is what gophertelekomcloud accepts (documents say 200); fields in the query: seed page";
                /// Shows a repository.
                ShowRepository: GET "/v2/manage/namespaces/{namespace}/repos/{repository}" on Repository
                    => 200 repos::show, Seen "live calls 2026-04/05: 18 keys, internal_path equal to path";
                /// Changes a repository's category, description or visibility.
                UpdateRepo: PATCH "/v2/manage/namespaces/{namespace}/repos/{repository}" on Repository
                    => 201 repos::update, Documented "swr_02_0045: PATCH answers 201; terraform demands it";
                /// Deletes a repository with all it holds.
                DeleteRepo: DELETE "/v2/manage/namespaces/{namespace}/repos/{repository}" on Repository
                    => 204 repos::delete, Documented "API reference 2026-09: deletes the tags with it";
                /// Shows who may do what with a repository.
                ShowUserRepositoryAuth: GET "/v2/manage/namespaces/{namespace}/repos/{repository}/access" on InRepository
                    => 200 permissions::show_of_repo, Seen "live calls 2026-04/05: id and name of the repository, the caller not among the others";
                /// Gives users permissions on a repository.
                CreateUserRepositoryAuth: POST "/v2/manage/namespaces/{namespace}/repos/{repository}/access" on InRepository
                    => 201 permissions::create, Documented "API reference; 201: terraform; codes of a second grant and of a grant to oneself are inferred";
                /// Changes permissions on a repository.
                UpdateUserRepositoryAuth: PATCH "/v2/manage/namespaces/{namespace}/repos/{repository}/access" on InRepository
                    => 201 permissions::update, Documented "API reference; the code for a user without one is inferred";
                /// Takes permissions on a repository away.
                DeleteUserRepositoryAuth: DELETE "/v2/manage/namespaces/{namespace}/repos/{repository}/access" on InRepository
                    => 204 permissions::delete, Documented "API reference; 204: terraform";
                ListRetentions: GET "/v2/manage/namespaces/{namespace}/repos/{repository}/retentions" on InRepository [lists];
                CreateRetention: POST "/v2/manage/namespaces/{namespace}/repos/{repository}/retentions" on InRepository;
                ListRetentionHistories: GET "/v2/manage/namespaces/{namespace}/repos/{repository}/retentions/histories" on InRepository [lists];
                ShowRetention: GET "/v2/manage/namespaces/{namespace}/repos/{repository}/retentions/{retention_id}" on InRepository;
                UpdateRetention: PATCH "/v2/manage/namespaces/{namespace}/repos/{repository}/retentions/{retention_id}" on InRepository;
                DeleteRetention: DELETE "/v2/manage/namespaces/{namespace}/repos/{repository}/retentions/{retention_id}" on InRepository;
                CreateManualImageSyncRepo: POST "/v2/manage/namespaces/{namespace}/repos/{repository}/sync_images" on InRepository;
                ShowSyncJob: GET "/v2/manage/namespaces/{namespace}/repos/{repository}/sync_job" on InRepository;
                ListImageAutoSyncReposDetails: GET "/v2/manage/namespaces/{namespace}/repos/{repository}/sync_repo" on InRepository [lists];
                CreateImageSyncRepo: POST "/v2/manage/namespaces/{namespace}/repos/{repository}/sync_repo" on InRepository;
                DeleteImageSyncRepo: DELETE "/v2/manage/namespaces/{namespace}/repos/{repository}/sync_repo" on InRepository;
                /// Lists tags, paged by offset; its sibling in v3 is [`Op::ListRepositoryTag`].
                ListRepositoryTags: GET "/v2/manage/namespaces/{namespace}/repos/{repository}/tags" on InRepository [lists]
                    => 200 image_tags::list_by_offset, Seen "live calls 2026-04/05: Tag, deleted null, order by updated_at; end of paging: terraform, Cloud Custodian";
                CreateRepoTag: POST "/v2/manage/namespaces/{namespace}/repos/{repository}/tags" on InRepository
                    => 201 image_tags::create, Documented "API reference 2026-09; the code of a taken tag is inferred";
                /// Shows the configuration of a tag's image.
                ShowRepoTagConfig: GET "/v2/manage/namespaces/{namespace}/repos/{repository}/tags/{tag}/config" on InRepository
                    => 200 image_tags::show_config, Documented "API reference 2026 alone; the form of the answer is inferred";
                ShowRepoTag: GET "/v2/manage/namespaces/{namespace}/repos/{repository}/tags/{tag}" on InRepository
                    => 200 image_tags::show, Documented "API reference; keys as live calls 2026-04/05";
                DeleteRepoTag: DELETE "/v2/manage/namespaces/{namespace}/repos/{repository}/tags/{tag}" on InRepository
                    => 204 image_tags::delete, Documented "API reference 2026-09";
                ListTriggersDetails: GET "/v2/manage/namespaces/{namespace}/repos/{repository}/triggers" on InRepository [lists];
                CreateTrigger: POST "/v2/manage/namespaces/{namespace}/repos/{repository}/triggers" on InRepository;
                ShowTrigger: GET "/v2/manage/namespaces/{namespace}/repos/{repository}/triggers/{trigger}" on InRepository;
                UpdateTrigger: PATCH "/v2/manage/namespaces/{namespace}/repos/{repository}/triggers/{trigger}" on InRepository;
                DeleteTrigger: DELETE "/v2/manage/namespaces/{namespace}/repos/{repository}/triggers/{trigger}" on InRepository;
                ListRepoAccessories: GET "/v2/manage/namespaces/{namespace}/repos/{repository}/{tag}/accessories" on InRepository [lists]
                    => 200 image_tags::accessories, Seen "live calls 2026-04/05: null for none; the type is inferred";
                ListReferences: GET "/v2/manage/namespaces/{namespace}/repos/{repository}/{tag}/references" on InRepository [lists]
                    => 200 image_tags::references, Documented "API reference 2026-09; empty for what is no signature is inferred";
                /// Lists the accounts that a repository is shared with.
                ListRepoDomains: GET "/v2/manage/namespaces/{namespace}/repositories/{repository}/access-domains"
                    also "/v2/manage/namespaces/{namespace}/repos/{repository}/access-domains" on InRepository [lists]
                    => 200 sharing::list, Seen "live calls 2026-04/05: a flat array; both spellings of the path: gophertelekomcloud";
                /// Shares a repository with another account.
                CreateRepoDomains: POST "/v2/manage/namespaces/{namespace}/repositories/{repository}/access-domains"
                    also "/v2/manage/namespaces/{namespace}/repos/{repository}/access-domains" on InRepository
                    => 201 sharing::create, Documented "API reference; refusals of an unknown account, of the own and of a public repository are inferred; a deadline in the past is taken and shows status false, as documented, where tests of an OTC provider expect true";
                /// Shows the share of a repository with an account.
                ShowAccessDomain: GET "/v2/manage/namespaces/{namespace}/repositories/{repository}/access-domains/{access_domain}"
                    also "/v2/manage/namespaces/{namespace}/repos/{repository}/access-domains/{access_domain}" on InRepository
                    => 200 sharing::show, Seen "exist false with 200: python-otcextensions";
                /// Changes deadline or description of a share.
                UpdateRepoDomains: PATCH "/v2/manage/namespaces/{namespace}/repositories/{repository}/access-domains/{access_domain}"
                    also "/v2/manage/namespaces/{namespace}/repos/{repository}/access-domains/{access_domain}" on InRepository
                    => 201 sharing::update, Documented "API reference; 201: terraform; 400 for an absent share as terraform reads it";
                /// Ends a share.
                DeleteRepoDomains: DELETE "/v2/manage/namespaces/{namespace}/repositories/{repository}/access-domains/{access_domain}"
                    also "/v2/manage/namespaces/{namespace}/repos/{repository}/access-domains/{access_domain}" on InRepository
                    => 204 sharing::delete, Documented "API reference; 400 for an absent share as terraform reads it";
                /// Shows the numbers of an account.
                ShowDomainOverview: GET "/v2/manage/overview"
                    => 200 account::overview, Seen "terraform reads namspace_num, misspelt; MiB as the unit of sizes is inferred";
                /// Shows what is switched on.
                ShowShareFeatureGates: GET "/v2/manage/projects/{project_id}/feature-gates"
                    => 200 account::gates, Seen "live calls 2026-04/05: 16 gates and their values";
                /// Shows the quotas and what is used of them.
                ListQuotas: GET "/v2/manage/projects/{project_id}/quotas" [lists]
                    => 200 quotas::list, Seen "live calls 2026-04/05: namespace, 5";
                /// Lists the regions.
                ListSyncRegions: GET "/v2/manage/regions" [lists]
                    => 200 account::regions, Seen "live calls 2026-04/05: the own region is among them";
                /// Reports what an account holds, or what was pulled, day by day.
                ShowDomainResourceReports: GET "/v2/manage/reports/{resource_type}/{frequency}"
                    => 200 account::report, Documented "API reference 2026-09; reach, unit and the days of a month are inferred; of what was deleted nothing is remembered";
                /// Lists repositories, paged by offset; its sibling in v3 is [`Op::ListRepoDetails`].
                ListReposDetails: GET "/v2/manage/repos" [lists]
                    => 200 repos::list_by_offset, Seen "live calls 2026-04/05: sort keys, lone limit or offset ignored; total_range on each row: terraform";
                /// Lists shared repositories, paged by offset; its sibling in v3 is [`Op::ListSharedRepoDetails`].
                ListSharedReposDetails: GET "/v2/manage/shared-repositories" [lists]
                    => 200 sharing::list_by_offset, Documented "API reference 2026-09, whose sort keys differ from the SDK's: both are taken; true means that the share holds";
                CreateAuthorizationToken: POST "/v2/manage/utils/authorizationtoken" [reads]
                    => 200 logins::create_authorization_token, Documented "API reference 2026-09";
                CreateSecret: POST "/v2/manage/utils/secret" [reads]
                    => 200 logins::create_secret, Seen "kestra and swr-login read header and body; lifetime from the newest API reference; 400 for an unknown projectname is inferred";
                /// Lists tags, paged by marker; its sibling in v2 is [`Op::ListRepositoryTags`].
                ListRepositoryTag: GET "/v3/manage/namespaces/{namespace}/repos/{repository}/tags" on InRepository [lists]
                    => 200 image_tags::list_by_marker, Documented "published SDK 3.1.219 and API reference 2026-09; the default order is inferred";
                /// Lists repositories, paged by marker; its sibling in v2 is [`Op::ListReposDetails`].
                ListRepoDetails: GET "/v3/manage/repos" [lists]
                    => 200 repos::list_by_marker, Documented "published SDK 3.1.219; nextMarker left out at the end: terraform";
                /// Lists shared repositories, paged by marker; its sibling in v2 is [`Op::ListSharedReposDetails`].
                ListSharedRepoDetails: GET "/v3/manage/shared-repositories" [lists]
                    => 200 sharing::list_by_marker, Documented "published SDK 3.1.219; nextMarker left out at the end: terraform";
                /// Shows one version of the API.
                ShowApiVersion: GET "/{api_version}"
                    => 200 versions::show, Documented "API reference, swr_02 pages; an unknown version is inferred";
            }

            Enterprise {
                ListInstanceTags: GET "/v2/instances/{instance_id}/namespaces/{namespace_name}/repositories/{repository_name}/tags" on InRepository [lists];
                DeleteInstanceTag: DELETE "/v2/instances/{instance_id}/namespaces/{namespace_name}/repositories/{repository_name}/tags/{tag_name}" on InRepository;
                ListGlobalFeatureGates: GET "/v2/{project_id}/feature-gates" [lists];
                ListInstance: GET "/v2/{project_id}/instances" [lists];
                CreateInstance: POST "/v2/{project_id}/instances";
                ListInstanceProjectTags: GET "/v2/{project_id}/instances/tags" [lists];
                ShowInstance: GET "/v2/{project_id}/instances/{instance_id}";
                DeleteInstance: DELETE "/v2/{project_id}/instances/{instance_id}";
                ListInstanceAllArtifacts: GET "/v2/{project_id}/instances/{instance_id}/artifacts" [lists];
                ListAuditLogs: GET "/v2/{project_id}/instances/{instance_id}/audit-logs" [lists];
                ShowInstanceConfiguration: GET "/v2/{project_id}/instances/{instance_id}/configurations";
                UpdateInstanceConfiguration: PUT "/v2/{project_id}/instances/{instance_id}/configurations";
                ListDomainNames: GET "/v2/{project_id}/instances/{instance_id}/domainname" [lists];
                AddDomainName: POST "/v2/{project_id}/instances/{instance_id}/domainname";
                UpdateDomainName: PUT "/v2/{project_id}/instances/{instance_id}/domainname/{domainname_id}";
                DeleteDomainName: DELETE "/v2/{project_id}/instances/{instance_id}/domainname/{domainname_id}";
                ShowInstanceEndpointPolicy: GET "/v2/{project_id}/instances/{instance_id}/endpoint-policy";
                CreateInstanceEndpointPolicy: POST "/v2/{project_id}/instances/{instance_id}/endpoint-policy";
                UpdateInstanceEndpointPolicy: PUT "/v2/{project_id}/instances/{instance_id}/endpoint-policy";
                ListFeatureGates: GET "/v2/{project_id}/instances/{instance_id}/feature-gates" [lists];
                ListImmutableRules: GET "/v2/{project_id}/instances/{instance_id}/immutabletagrules" [lists];
                ListInternalEndpointConnections: GET "/v2/{project_id}/instances/{instance_id}/internal-endpoint/connections" [lists];
                UpdateInternalEndpointConnections: POST "/v2/{project_id}/instances/{instance_id}/internal-endpoint/connections/action";
                ListInternalEndpointPermissions: GET "/v2/{project_id}/instances/{instance_id}/internal-endpoint/permissions" [lists];
                UpdateInternalEndpointPermissions: POST "/v2/{project_id}/instances/{instance_id}/internal-endpoint/permissions/action";
                ListInstanceInternalEndpoints: GET "/v2/{project_id}/instances/{instance_id}/internal-endpoints" [lists];
                CreateInstanceInternalEndpoint: POST "/v2/{project_id}/instances/{instance_id}/internal-endpoints";
                ShowInstanceInternalEndpoint: GET "/v2/{project_id}/instances/{instance_id}/internal-endpoints/{internal_endpoints_id}";
                DeleteInstanceInternalEndpoint: DELETE "/v2/{project_id}/instances/{instance_id}/internal-endpoints/{internal_endpoints_id}";
                CreateInstanceLtCredential: POST "/v2/{project_id}/instances/{instance_id}/long-term-credential";
                ListInstanceLtCredentials: GET "/v2/{project_id}/instances/{instance_id}/long-term-credentials" [lists];
                UpdateInstanceLtCredential: PUT "/v2/{project_id}/instances/{instance_id}/long-term-credentials/{credential_id}";
                DeleteInstanceLtCredential: DELETE "/v2/{project_id}/instances/{instance_id}/long-term-credentials/{credential_id}";
                ListInstanceNamespaces: GET "/v2/{project_id}/instances/{instance_id}/namespaces" on Namespace [lists];
                CreateInstanceNamespace: POST "/v2/{project_id}/instances/{instance_id}/namespaces" on Namespace;
                ListNamespaceTags: GET "/v2/{project_id}/instances/{instance_id}/namespaces-tags" [lists];
                ShowInstanceNamespace: GET "/v2/{project_id}/instances/{instance_id}/namespaces/{namespace_name}" on Namespace;
                UpdateInstanceNamespace: PUT "/v2/{project_id}/instances/{instance_id}/namespaces/{namespace_name}" on Namespace;
                DeleteInstanceNamespace: DELETE "/v2/{project_id}/instances/{instance_id}/namespaces/{namespace_name}" on Namespace;
                CreateImmutableRule: POST "/v2/{project_id}/instances/{instance_id}/namespaces/{namespace_name}/immutabletagrules" on Namespace;
                UpdateImmutableRule: PUT "/v2/{project_id}/instances/{instance_id}/namespaces/{namespace_name}/immutabletagrules/{immutable_rule_id}" on Namespace;
                DeleteImmutableRule: DELETE "/v2/{project_id}/instances/{instance_id}/namespaces/{namespace_name}/immutabletagrules/{immutable_rule_id}" on Namespace;
                ListNamespaceRepositories: GET "/v2/{project_id}/instances/{instance_id}/namespaces/{namespace_name}/repositories" on Namespace [lists];
                ShowInstanceRepository: GET "/v2/{project_id}/instances/{instance_id}/namespaces/{namespace_name}/repositories/{repository_name}" on Repository;
                UpdateInstanceRepository: PUT "/v2/{project_id}/instances/{instance_id}/namespaces/{namespace_name}/repositories/{repository_name}" on Repository;
                DeleteInstanceRepository: DELETE "/v2/{project_id}/instances/{instance_id}/namespaces/{namespace_name}/repositories/{repository_name}" on Repository;
                ListInstanceArtifacts: GET "/v2/{project_id}/instances/{instance_id}/namespaces/{namespace_name}/repositories/{repository_name}/artifacts" on InRepository [lists];
                ShowInstanceArtifact: GET "/v2/{project_id}/instances/{instance_id}/namespaces/{namespace_name}/repositories/{repository_name}/artifacts/{reference}" on InRepository;
                DeleteInstanceArtifact: DELETE "/v2/{project_id}/instances/{instance_id}/namespaces/{namespace_name}/repositories/{repository_name}/artifacts/{reference}" on InRepository;
                ListInstanceAccessories: GET "/v2/{project_id}/instances/{instance_id}/namespaces/{namespace_name}/repositories/{repository_name}/artifacts/{reference}/accessories" on InRepository [lists];
                ShowInstanceArtifactAddition: GET "/v2/{project_id}/instances/{instance_id}/namespaces/{namespace_name}/repositories/{repository_name}/artifacts/{reference}/additions/{addition}" on InRepository;
                StartManualScanning: POST "/v2/{project_id}/instances/{instance_id}/namespaces/{namespace_name}/repositories/{repository_name}/artifacts/{reference}/scan" on InRepository;
                ListInstanceArtifactVulnerabilities: GET "/v2/{project_id}/instances/{instance_id}/namespaces/{namespace_name}/repositories/{repository_name}/artifacts/{reference}/vulnerabilities" on InRepository [lists];
                CreateInstanceRetentionPolicy: POST "/v2/{project_id}/instances/{instance_id}/namespaces/{namespace_name}/retention/policies" on Namespace;
                ShowInstanceRetentionPolicy: GET "/v2/{project_id}/instances/{instance_id}/namespaces/{namespace_name}/retention/policies/{policy_id}" on Namespace;
                UpdateInstanceRetentionPolicy: PUT "/v2/{project_id}/instances/{instance_id}/namespaces/{namespace_name}/retention/policies/{policy_id}" on Namespace;
                DeleteInstanceRetentionPolicy: DELETE "/v2/{project_id}/instances/{instance_id}/namespaces/{namespace_name}/retention/policies/{policy_id}" on Namespace;
                ListInstanceRetentionPolicyExecutions: GET "/v2/{project_id}/instances/{instance_id}/namespaces/{namespace_name}/retention/policies/{policy_id}/executions" on Namespace [lists];
                ExecuteInstanceRetentionPolicy: POST "/v2/{project_id}/instances/{instance_id}/namespaces/{namespace_name}/retention/policies/{policy_id}/executions" on Namespace;
                ListInstanceRetentionPolicyExecTasks: GET "/v2/{project_id}/instances/{instance_id}/namespaces/{namespace_name}/retention/policies/{policy_id}/executions/{execution_id}/tasks" on Namespace [lists];
                ListInstanceRetentionPolicyExecSubTasks: GET "/v2/{project_id}/instances/{instance_id}/namespaces/{namespace_name}/retention/policies/{policy_id}/executions/{execution_id}/tasks/{task_id}/subtasks" on Namespace [lists];
                CreateInstanceSignPolicy: POST "/v2/{project_id}/instances/{instance_id}/namespaces/{namespace_name}/signature/policies" on Namespace;
                ShowInstanceSignPolicy: GET "/v2/{project_id}/instances/{instance_id}/namespaces/{namespace_name}/signature/policies/{policy_id}" on Namespace;
                UpdateInstanceSignPolicy: PUT "/v2/{project_id}/instances/{instance_id}/namespaces/{namespace_name}/signature/policies/{policy_id}" on Namespace;
                DeleteInstanceSignPolicy: DELETE "/v2/{project_id}/instances/{instance_id}/namespaces/{namespace_name}/signature/policies/{policy_id}" on Namespace;
                ListInstanceSignPolicyExecutions: GET "/v2/{project_id}/instances/{instance_id}/namespaces/{namespace_name}/signature/policies/{policy_id}/executions" on Namespace [lists];
                ExecuteInstanceSignPolicy: POST "/v2/{project_id}/instances/{instance_id}/namespaces/{namespace_name}/signature/policies/{policy_id}/executions" on Namespace;
                ListInstanceSignPolicyExecTasks: GET "/v2/{project_id}/instances/{instance_id}/namespaces/{namespace_name}/signature/policies/{policy_id}/executions/{execution_id}/tasks" on Namespace [lists];
                ListInstanceSignatureExecutionSubtasks: GET "/v2/{project_id}/instances/{instance_id}/namespaces/{namespace_name}/signature/policies/{policy_id}/executions/{execution_id}/tasks/{task_id}/subtasks" on Namespace [lists];
                CreateInstanceWebhook: POST "/v2/{project_id}/instances/{instance_id}/namespaces/{namespace_name}/webhook/policies" on Namespace;
                ShowInstanceWebhook: GET "/v2/{project_id}/instances/{instance_id}/namespaces/{namespace_name}/webhook/policies/{policy_id}" on Namespace;
                UpdateInstanceWebhook: PUT "/v2/{project_id}/instances/{instance_id}/namespaces/{namespace_name}/webhook/policies/{policy_id}" on Namespace;
                DeleteInstanceWebhook: DELETE "/v2/{project_id}/instances/{instance_id}/namespaces/{namespace_name}/webhook/policies/{policy_id}" on Namespace;
                ListInstanceWebhookJobs: GET "/v2/{project_id}/instances/{instance_id}/namespaces/{namespace_name}/webhook/policies/{policy_id}/jobs" on Namespace [lists];
                ListInstanceRegistries: GET "/v2/{project_id}/instances/{instance_id}/registries" [lists];
                CreateInstanceRegistry: POST "/v2/{project_id}/instances/{instance_id}/registries";
                ShowInstanceRegistry: GET "/v2/{project_id}/instances/{instance_id}/registries/{registry_id}";
                UpdateInstanceRegistry: PUT "/v2/{project_id}/instances/{instance_id}/registries/{registry_id}";
                DeleteInstanceRegistry: DELETE "/v2/{project_id}/instances/{instance_id}/registries/{registry_id}";
                ListInstanceReplicationPolicyExecutions: GET "/v2/{project_id}/instances/{instance_id}/replication/executions" [lists];
                ExecuteInstanceReplicationPolicy: POST "/v2/{project_id}/instances/{instance_id}/replication/executions";
                StopInstanceReplicationPolicyExecution: PUT "/v2/{project_id}/instances/{instance_id}/replication/executions/{execution_id}";
                ListInstanceReplicationPolicyExecTasks: GET "/v2/{project_id}/instances/{instance_id}/replication/executions/{execution_id}/tasks" [lists];
                ListInstanceReplicationPolicyExecSubTasks: GET "/v2/{project_id}/instances/{instance_id}/replication/executions/{execution_id}/tasks/{task_id}/subtasks" [lists];
                ListInstanceReplicationPolicies: GET "/v2/{project_id}/instances/{instance_id}/replication/policies" [lists];
                CreateInstanceReplicationPolicy: POST "/v2/{project_id}/instances/{instance_id}/replication/policies";
                ShowInstanceReplicationPolicy: GET "/v2/{project_id}/instances/{instance_id}/replication/policies/{policy_id}";
                UpdateInstanceReplicationPolicy: PUT "/v2/{project_id}/instances/{instance_id}/replication/policies/{policy_id}";
                DeleteInstanceReplicationPolicy: DELETE "/v2/{project_id}/instances/{instance_id}/replication/policies/{policy_id}";
                ListInstanceRepositories: GET "/v2/{project_id}/instances/{instance_id}/repositories" [lists];
                ListInstanceRetentionPolicies: GET "/v2/{project_id}/instances/{instance_id}/retention/policies" [lists];
                ListInstanceSignPolicies: GET "/v2/{project_id}/instances/{instance_id}/signature/policies" [lists];
                ListInstanceStatistics: GET "/v2/{project_id}/instances/{instance_id}/statistics" [lists];
                ListGcTasks: GET "/v2/{project_id}/instances/{instance_id}/system/gc" [lists];
                ShowGcSchedule: GET "/v2/{project_id}/instances/{instance_id}/system/gc/schedule";
                ExecuteGcSchedule: POST "/v2/{project_id}/instances/{instance_id}/system/gc/schedule";
                UpdateGcSchedule: PUT "/v2/{project_id}/instances/{instance_id}/system/gc/schedule";
                ShowGcTask: GET "/v2/{project_id}/instances/{instance_id}/system/gc/{gc_id}";
                StopGcTask: PUT "/v2/{project_id}/instances/{instance_id}/system/gc/{gc_id}";
                CreateInstanceTempCredential: POST "/v2/{project_id}/instances/{instance_id}/temp-credential";
                ListInstanceWebhooks: GET "/v2/{project_id}/instances/{instance_id}/webhook/policies" [lists];
                ListInstanceJobs: GET "/v2/{project_id}/jobs" [lists];
                ShowInstanceJob: GET "/v2/{project_id}/jobs/{job_id}";
                DeleteInstanceJob: DELETE "/v2/{project_id}/jobs/{job_id}";
                ListAllInstanceRepositories: GET "/v2/{project_id}/repositories" [lists];
                ShowInstanceResourceInstancesCount: POST "/v2/{project_id}/{resource_type}/resource-instances/count" [reads];
                ListInstanceResourceInstances: POST "/v2/{project_id}/{resource_type}/resource-instances/filter" [reads];
                ListInstanceResourceTags: GET "/v2/{project_id}/{resource_type}/{resource_id}/tags" [lists];
                CreateInstanceResourceTags: POST "/v2/{project_id}/{resource_type}/{resource_id}/tags/create";
                DeleteInstanceResourceTags: DELETE "/v2/{project_id}/{resource_type}/{resource_id}/tags/delete";
                ShowSubResourceInstancesCount: POST "/v2/{project_id}/{resource_type}/{resource_id}/{sub_resource_type}/resource-instances/count" [reads];
                ListSubResourceInstances: POST "/v2/{project_id}/{resource_type}/{resource_id}/{sub_resource_type}/resource-instances/filter" [reads];
                ListSubResourceTags: GET "/v2/{project_id}/{resource_type}/{resource_id}/{sub_resource_type}/{sub_resource_id}/tags" [lists];
                CreateSubResourceTags: POST "/v2/{project_id}/{resource_type}/{resource_id}/{sub_resource_type}/{sub_resource_id}/tags/create";
                DeleteSubResourceTags: DELETE "/v2/{project_id}/{resource_type}/{resource_id}/{sub_resource_type}/{sub_resource_id}/tags/delete";
            }

            Registry {
                /// Says whether the registry speaks v2 and whether the caller may.
                Ping: GET "/v2/" also "/v2"
                    => 200 ping::show, Seen "written measurements 2026: the challenge of an unauthenticated ping; its body as recorded at a HEAD of a manifest";
                /// Asks the same without a body.
                HeadPing: HEAD "/v2/" also "/v2"
                    => 200 ping::show, Documented "HTTP: a HEAD is answered as a GET, without its body";
            }

            Token {
                /// Exchanges a login for a token.
                GetRegistryToken: GET "/swr/auth/v2/registry/auth/" also "/swr/auth/v2/registry/auth" [open]
                    => 200 token::issue, Recorded "401 of a wrong login (harbor issue 9763), which an expired one is inferred to get; the rest written measurements 2026; that a login must name a project of the region is inferred";
                /// Is refused, so that clients fall back to GET.
                PostRegistryToken: POST "/swr/auth/v2/registry/auth/" also "/swr/auth/v2/registry/auth" [open]
                    => 404 unsupported, Seen "written measurements 2026: POST at the token endpoint is 404";
            }

            Registry {
                /// The first version's ping, which is gone.
                PingV1: GET "/v1/_ping" [open]
                    => 404 unsupported, Inferred "no registry of today has it";
            }

            Dockyard {
                /// Lists organizations, for Harbor.
                ListDockyardNamespaces: GET "/dockyard/v2/visible/namespaces" also "/dockyard/v2/namespaces" on Namespace [lists]
                    => 200 dockyard::list_namespaces, Seen "Harbor's adapter (c50c7dd); the challenge is inferred";
                /// Shows an organization, for Harbor.
                ShowDockyardNamespace: GET "/dockyard/v2/namespaces/{namespace}" on Namespace
                    => 200 dockyard::show_namespace, Seen "Harbor's adapter (c50c7dd)";
                /// Creates an organization, for Harbor.
                CreateDockyardNamespace: POST "/dockyard/v2/namespaces" on Namespace
                    => 201 dockyard::create_namespace, Seen "Harbor's adapter and image-migrator, which takes 201 alone";
                /// Lists repositories, for Harbor.
                ListDockyardRepos: GET "/dockyard/v2/repositories" [lists]
                    => 200 repos::list_by_offset, Seen "Harbor's adapter (c50c7dd), filter=center::self";
            }

            Registry {
                /// Lists all repositories, in profile `Oci`.
                ListCatalog: GET "/v2/_catalog" [lists]
                    => 200 tags::catalog, Seen "written measurements 2026: 404 at SWR; distribution API otherwise";
                /// Begins an upload, takes a whole blob (`?digest=`), or mounts one (`?mount=&from=`).
                StartUpload: POST "/v2/{name}/blobs/uploads/" also "/v2/{name}/blobs/uploads" on InRepository needs Push brings Blob
                    => 202 uploads::start, Documented "OCI distribution specification 1.1; the challenge of a push: written measurements 2026";
                /// Says how far an upload is.
                ShowUpload: GET "/v2/{name}/blobs/uploads/{upload}" on InRepository needs Push
                    => 204 uploads::show, Documented "OCI distribution specification 1.1";
                /// Adds a chunk to an upload.
                UploadChunk: PATCH "/v2/{name}/blobs/uploads/{upload}" on InRepository needs Push brings Blob
                    => 202 uploads::append, Documented "OCI distribution specification 1.1";
                /// Closes an upload under a digest.
                FinishUpload: PUT "/v2/{name}/blobs/uploads/{upload}" on InRepository needs Push brings Blob
                    => 201 uploads::finish, Documented "OCI distribution specification 1.1";
                /// Gives an upload up.
                CancelUpload: DELETE "/v2/{name}/blobs/uploads/{upload}" on InRepository needs Push
                    => 204 uploads::cancel, Documented "OCI distribution specification 1.1";
                /// Fetches a blob, or a range of it.
                GetBlob: GET "/v2/{name}/blobs/{digest}" on InRepository needs Pull
                    => 200 blobs::get, Documented "OCI distribution specification 1.1; ETag and 304 as distribution does";
                /// Asks for a blob.
                HeadBlob: HEAD "/v2/{name}/blobs/{digest}" on InRepository needs Pull
                    => 200 blobs::get, Documented "OCI distribution specification 1.1";
                /// Takes a blob from a repository.
                DeleteBlob: DELETE "/v2/{name}/blobs/{digest}" on InRepository needs Delete
                    => 202 blobs::delete, Documented "OCI distribution specification 1.1";
                /// Fetches a manifest by tag or digest: a pull.
                GetManifest: GET "/v2/{name}/manifests/{reference}" on InRepository needs Pull
                    => 200 manifests::get, Documented "OCI distribution specification 1.1; what counts as a pull is inferred";
                /// Asks for a manifest.
                HeadManifest: HEAD "/v2/{name}/manifests/{reference}" on InRepository needs Pull
                    => 200 manifests::get, Recorded "401 of 2024-11 with its challenge (k3s issue 11191); that a login shown in place of a token gets the same, and what a bad token gets, is inferred; the rest OCI distribution specification 1.1";
                /// Stores a manifest under a tag or its digest: what a push ends with.
                PutManifest: PUT "/v2/{name}/manifests/{reference}" on InRepository needs Push brings Manifest
                    => 201 manifests::put, Seen "OCI indexes are refused: live reports of 2026-07 and 2026-09";
                /// Deletes a tag, or a manifest with its tags.
                DeleteManifest: DELETE "/v2/{name}/manifests/{reference}" on InRepository needs Delete
                    => 202 manifests::delete, Seen "Harbor's adapter deletes so; the scope of the challenge is inferred";
                /// Lists the tags of a repository.
                ListTags: GET "/v2/{name}/tags/list" on InRepository needs Pull [lists]
                    => 200 tags::list, Seen "written measurements 2026: null for a repository that is not there";
                /// Lists what refers to a manifest, in profile `Oci`.
                ListReferrers: GET "/v2/{name}/referrers/{digest}" on InRepository needs Pull [lists]
                    => 200 referrers::list, Documented "OCI distribution specification 1.1; 404 at SWR is inferred";
            }

            Storage {
                /// Downloads a blob from object storage, by the link of a redirected `GetBlob`: see
                /// [`Builder::blob_redirects`](crate::Builder::blob_redirects).
                GetObject: GET "/op-svc-swr/{namespace}/{repository}/{digest}" on InRepository [open]
                    => 200 storage::get, Documented "OBS API reference: parameters of a signed link, codes of errors; that SWR redirects there: error texts of clients; the path, the lifetime of a link and the messages are inferred";
            }
        }
    };
}

pub(crate) use operations;
