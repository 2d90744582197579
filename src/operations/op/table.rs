//! The table of operations as a macro, which is expanded twice.
//!
//! The parent module expands it to [`Op`](super::Op) and the rows. `services::bindings` expands it to the handlers.
//!
//! The doc comment of a row says what the operation does, and for which client to plan a failure. It begins with "Not
//! simulated:" if the mock does not simulate the operation.
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
                /// Signs in to IAM: by password, by a token, or as an agency. IAM publishes it under four names, such
                /// as KeystoneCreateUserTokenByPassword. Plan a failure for a client that cannot sign in.
                CreateToken: POST "/v3/auth/tokens" [open]
                    => 201 iam_tokens::create, Documented "IAM API reference; traffic of terraform 2026-08; 404 for an unknown project or account is inferred";
                /// Checks a token of IAM and returns what it contains. Published as KeystoneValidateToken. Plan a
                /// failure for a client that checks tokens before it uses them.
                ValidateToken: GET "/v3/auth/tokens"
                    => 200 iam_tokens::validate, Documented "IAM API reference";
                /// Lists the caller's projects, one for each region. Published as KeystoneListProjects. SDKs call it to
                /// find the project of a region. Plan a failure, or an empty list, for an SDK that cannot find it.
                ListProjects: GET "/v3/projects" [lists]
                    => 200 iam::projects, Seen "traffic of the Python and Node SDKs and of terraform: one project with the region's name";
                /// Lists the projects that the caller may use. Published as KeystoneListAuthProjects. Plan a failure
                /// for a client that cannot find its project.
                ListAuthProjects: GET "/v3/auth/projects" [lists]
                    => 200 iam::auth_projects, Documented "IAM API reference";
                /// Lists the caller's account. Published as KeystoneListAuthDomains. SDKs call it to find the account's
                /// id. Plan a failure for an SDK that cannot find it.
                ListAuthDomains: GET "/v3/auth/domains" [lists]
                    => 200 iam::auth_domains, Seen "traffic of the Python SDK and of terraform";
                /// Lists the regions of the cloud. Published as KeystoneListRegions. Plan a failure for a client that
                /// chooses a region by itself.
                ListRegions: GET "/v3/regions" [lists]
                    => 200 iam::regions, Seen "the Node SDK, when it does not find its project";
                /// Lists users by name. Published as KeystoneListUsers. Clients that grant permissions look up ids
                /// here: plan a failure for an unknown user.
                ListUsers: GET "/v3/users" [lists]
                    => 200 iam::users, Seen "traffic of terraform with a password; it is inferred that a user who is not an administrator sees only itself";
                /// Shows a user. The same in v3.0 is [`Op::ShowUser`]. Plan a failure for a client that reads the name
                /// of a user.
                KeystoneShowUser: GET "/v3/users/{user_id}"
                    => 200 iam::user, Documented "IAM API reference";
            }

            Iam {
                /// Shows a user. The same in v3 is [`Op::KeystoneShowUser`]. Plan a failure for a client that reads the
                /// name of a user.
                ShowUser: GET "/v3.0/OS-USER/users/{user_id}"
                    => 200 iam::user_details, Documented "IAM API reference 2025-12; terraform looks up names there when it updates permissions; times are null, because the mock keeps none";
                /// Creates a temporary access key. Published as CreateTemporaryAccessKeyByToken and
                /// CreateTemporaryAccessKeyByAgency. Plan a failure for a client that renews temporary keys.
                CreateTemporaryAccessKey: POST "/v3.0/OS-CREDENTIAL/securitytokens" [reads]
                    => 201 iam_keys::create_temporary, Documented "IAM API reference";
                /// Shows who the caller is. Part of STS. Plan a failure for a client that finds its account from its
                /// access key.
                GetCallerIdentity: GET "/v5/caller-identity"
                    => 200 iam_keys::show_caller, Seen "the Python SDK reads account_id; the other keys are inferred";
            }

            Basic {
                /// Lists the versions of the management API. Plan a failure for a client that checks whether the
                /// service is up.
                ListApiVersions: GET "/" [open]
                    => 200 versions::list, Documented "API reference, swr_02 pages; published SDK 3.1.219";
                /// Shows whether SWR may call other services for the account. Plan a response for a client that sets up
                /// an account.
                CheckAgency: GET "/v2/manage/agency"
                    => 200 account::agency, Seen "live calls 2026-04/05: domain_id and is_agency";
                /// Allows SWR to call other services for the account. Plan a failure for a client that sets up an
                /// account.
                CreateAgency: POST "/v2/manage/agency"
                    => 204 account::create_agency, Seen "204: terraform, live (documents say 200); the code for a second agency is inferred";
                /// Lists the organizations that the caller may see. Plan a failure for a client that lists or searches
                /// organizations.
                ListNamespaces: GET "/v2/manage/namespaces" on Namespace [lists]
                    => 200 namespaces::list, Seen "live calls 2026-04/05: access_user_count and repo_count, which no page documents; an empty list for no match: terraform";
                /// Creates an organization. Plan a failure for a quota that is used up, a name that is taken, or a lost
                /// response.
                CreateNamespace: POST "/v2/manage/namespaces" on Namespace
                    => 201 namespaces::create, Documented "API reference 2026-09; 201 required by terraform-provider-huaweicloud 2026-08";
                /// Shows an organization. Plan a failure for a client that checks whether an organization exists.
                ShowNamespace: GET "/v2/manage/namespaces/{namespace}" on Namespace
                    => 200 namespaces::show, Recorded "404 of 2026-09 (opentelekomcloud provider issue 3551); body documented";
                /// Deletes an empty organization. Plan a failure for a client that cleans up organizations.
                DeleteNamespaces: DELETE "/v2/manage/namespaces/{namespace}" on Namespace
                    => 204 namespaces::delete, Documented "API reference 2026-09: 406 while repositories are left";
                /// Shows the permissions of users on an organization. Plan a failure for a client that reads
                /// permissions before it changes them.
                ShowNamespaceAuth: GET "/v2/manage/namespaces/{namespace}/access" on Namespace
                    => 200 permissions::show_of_namespace, Seen "live calls 2026-04/05: others_auths includes the caller";
                /// Grants users permissions on an organization. Plan a failure for a client that grants access.
                CreateNamespaceAuth: POST "/v2/manage/namespaces/{namespace}/access" on Namespace
                    => 201 permissions::create, Seen "201: gophertelekomcloud (documents say 200); order kept: terraform";
                /// Changes users' permissions on an organization. Plan a failure for a client that changes access.
                UpdateNamespaceAuth: PATCH "/v2/manage/namespaces/{namespace}/access" on Namespace
                    => 201 permissions::update, Documented "API reference; the code for a user without a permission is inferred";
                /// Revokes users' permissions on an organization. Plan a failure for a client that revokes access.
                DeleteNamespaceAuth: DELETE "/v2/manage/namespaces/{namespace}/access" on Namespace
                    => 204 permissions::delete, Documented "API reference; the code for a user without a permission is inferred";
                /// Creates a repository. Plan a failure for a quota that is used up, a conflict, or a lost response.
                CreateRepo: POST "/v2/manage/namespaces/{namespace}/repos" on Namespace
                    => 201 repos::create, Seen "201 is what gophertelekomcloud accepts (documents say 200); fields in the query: seed page";
                /// Shows a repository. Plan a failure for a client that checks whether a repository exists.
                ShowRepository: GET "/v2/manage/namespaces/{namespace}/repos/{repository}" on Repository
                    => 200 repos::show, Seen "live calls 2026-04/05: 18 keys, internal_path equal to path";
                /// Changes the category, description or visibility of a repository. Plan a failure for a client that
                /// publishes or describes repositories.
                UpdateRepo: PATCH "/v2/manage/namespaces/{namespace}/repos/{repository}" on Repository
                    => 201 repos::update, Documented "swr_02_0045: PATCH returns 201; terraform requires it; python-otcextensions and ansible leave out is_public";
                /// Deletes a repository with its images. Plan a failure for a client that cleans up repositories.
                DeleteRepo: DELETE "/v2/manage/namespaces/{namespace}/repos/{repository}" on Repository
                    => 204 repos::delete, Documented "API reference 2026-09: also deletes its tags";
                /// Shows the permissions of users on a repository. Plan a failure for a client that reads permissions
                /// before it changes them.
                ShowUserRepositoryAuth: GET "/v2/manage/namespaces/{namespace}/repos/{repository}/access" on InRepository
                    => 200 permissions::show_of_repo, Seen "live calls 2026-04/05: id and name of the repository; the others do not include the caller";
                /// Grants users permissions on a repository. Plan a failure for a client that grants access to one
                /// repository.
                CreateUserRepositoryAuth: POST "/v2/manage/namespaces/{namespace}/repos/{repository}/access" on InRepository
                    => 201 permissions::create, Documented "API reference; 201: terraform; codes of a second grant and of a grant to oneself are inferred";
                /// Changes users' permissions on a repository. Plan a failure for a client that changes access to one
                /// repository.
                UpdateUserRepositoryAuth: PATCH "/v2/manage/namespaces/{namespace}/repos/{repository}/access" on InRepository
                    => 201 permissions::update, Documented "API reference; the code for a user without a permission is inferred";
                /// Revokes users' permissions on a repository. Plan a failure for a client that revokes access to one
                /// repository.
                DeleteUserRepositoryAuth: DELETE "/v2/manage/namespaces/{namespace}/repos/{repository}/access" on InRepository
                    => 204 permissions::delete, Documented "API reference; 204: terraform";
                /// Lists the retention policy of a repository, if it has one. Plan a failure for a client that manages
                /// retention.
                ListRetentions: GET "/v2/manage/namespaces/{namespace}/repos/{repository}/retentions" on InRepository [lists]
                    => 200 retention::list, Seen "live calls 2026-04/05: an empty array without a policy; terraform breaks on null";
                /// Creates a retention policy, which deletes old tags by itself. Plan a failure for a client that
                /// manages retention.
                CreateRetention: POST "/v2/manage/namespaces/{namespace}/repos/{repository}/retentions" on InRepository
                    => 201 retention::create, Seen "traffic of terraform 2026-08 and OTC 2026: the id is a number; when a policy is evaluated, and most codes of refusals, are inferred";
                /// Lists the tags that retention deleted. Plan a failure for a client that audits retention.
                ListRetentionHistories: GET "/v2/manage/namespaces/{namespace}/repos/{repository}/retentions/histories" on InRepository [lists]
                    => 200 retention::histories, Seen "traffic of terraform 2026-08: pages until an empty one; the order is inferred";
                /// Shows a retention policy. Plan a failure for a client that reads the policy before it changes it.
                ShowRetention: GET "/v2/manage/namespaces/{namespace}/repos/{repository}/retentions/{retention_id}" on InRepository
                    => 200 retention::show, Seen "traffic of terraform 2026-08; 400 for an unknown id is inferred from the deletion";
                /// Replaces the rule of a retention policy; its template stays. Plan a failure for a client that changes
                /// retention.
                UpdateRetention: PATCH "/v2/manage/namespaces/{namespace}/repos/{repository}/retentions/{retention_id}" on InRepository
                    => 201 retention::update, Seen "traffic of terraform 2026-08; the refusal of another template is inferred";
                /// Deletes a retention policy. Plan a failure for a client that manages retention.
                DeleteRetention: DELETE "/v2/manage/namespaces/{namespace}/repos/{repository}/retentions/{retention_id}" on InRepository
                    => 200 retention::delete, Seen "traffic of terraform 2026-08: 200, and 400 for an unknown id";
                /// Copies tags to another region, once. Plan a failure for a client that copies images between regions;
                /// [`MockSwr::next_job`](crate::MockSwr::next_job) plans how the copy ends.
                CreateManualImageSyncRepo: POST "/v2/manage/namespaces/{namespace}/repos/{repository}/sync_images" on InRepository
                    => 200 sync::start, Seen "live calls 2026-04/05: unknown tags are accepted; inferred are the refusals of an empty list and of an invalid name, that the user needs no permission at the target, that a copy is a push there and no pull here, and where chains of rules end";
                /// Lists the synchronization jobs of a repository. Plan a failure for a client that waits for a copy.
                ShowSyncJob: GET "/v2/manage/namespaces/{namespace}/repos/{repository}/sync_job" on InRepository
                    => 200 sync::list_jobs, Seen "live calls 2026-04/05: the filter, and [] for none; the default order, the maximal limit and the user of an automatic job are inferred";
                /// Lists the automatic synchronization rules of a repository. Plan a failure for a client that manages
                /// synchronization.
                ListImageAutoSyncReposDetails: GET "/v2/manage/namespaces/{namespace}/repos/{repository}/sync_repo" on InRepository [lists]
                    => 200 sync::list, Seen "live calls 2026-04/05: [] for none, and a rule with syncAuto false is not listed; the order is inferred";
                /// Creates a synchronization rule, which copies pushed tags to another region. Plan a failure for a
                /// client that manages synchronization.
                CreateImageSyncRepo: POST "/v2/manage/namespaces/{namespace}/repos/{repository}/sync_repo" on InRepository
                    => 200 sync::create, Seen "live calls 2026-04/05: any organization, 500 for an unknown region; the code of a duplicate and the refusal of the own repository are inferred";
                /// Deletes a synchronization rule. Plan a failure for a client that manages synchronization.
                DeleteImageSyncRepo: DELETE "/v2/manage/namespaces/{namespace}/repos/{repository}/sync_repo" on InRepository
                    => 200 sync::delete, Seen "traffic of terraform 2026-08: 200, and 400 for an unknown rule; the empty object is inferred";
                /// Lists the tags of a repository, paged by offset. The same in v3 is [`Op::ListRepositoryTag`]. Plan a
                /// failure for a client that lists images, such as the second page of a cleaner.
                ListRepositoryTags: GET "/v2/manage/namespaces/{namespace}/repos/{repository}/tags" on InRepository [lists]
                    => 200 image_tags::list_by_offset, Seen "live calls 2026-04/05: Tag, deleted null, order by updated_at; end of paging: terraform, Cloud Custodian";
                /// Creates a tag for an image that has another tag. Plan a failure for a client that promotes images by
                /// tags.
                CreateRepoTag: POST "/v2/manage/namespaces/{namespace}/repos/{repository}/tags" on InRepository
                    => 201 image_tags::create, Documented "API reference 2026-09; the code of a taken tag is inferred";
                /// Shows the configuration of a tag's image. Plan a failure for a client that inspects images without a
                /// pull.
                ShowRepoTagConfig: GET "/v2/manage/namespaces/{namespace}/repos/{repository}/tags/{tag}/config" on InRepository
                    => 200 image_tags::show_config, Documented "only the API reference 2026; the form of the response is inferred";
                /// Shows a tag. Plan a failure for a client that checks whether an image exists.
                ShowRepoTag: GET "/v2/manage/namespaces/{namespace}/repos/{repository}/tags/{tag}" on InRepository
                    => 200 image_tags::show, Documented "API reference; keys as live calls 2026-04/05";
                /// Deletes a tag. Plan a failure for a client that cleans up images.
                DeleteRepoTag: DELETE "/v2/manage/namespaces/{namespace}/repos/{repository}/tags/{tag}" on InRepository
                    => 204 image_tags::delete, Documented "API reference 2026-09";
                /// Lists the triggers of a repository, without their runs. Plan a failure for a client that manages
                /// triggers.
                ListTriggersDetails: GET "/v2/manage/namespaces/{namespace}/repos/{repository}/triggers" on InRepository [lists]
                    => 200 triggers::list, Seen "live calls 2026-04/05: trigger_history is null; the order is inferred";
                /// Creates a trigger, which deploys pushed tags. Plan a failure for a cluster that is unknown.
                CreateTrigger: POST "/v2/manage/namespaces/{namespace}/repos/{repository}/triggers" on InRepository
                    => 201 triggers::create, Seen "live calls 2026-04/05: 400 for a duplicate; any cluster and workload exists; other refusals are inferred";
                /// Shows a trigger and its runs. Plan a failure for a client that waits for a deployment.
                ShowTrigger: GET "/v2/manage/namespaces/{namespace}/repos/{repository}/triggers/{trigger}" on InRepository
                    => 200 triggers::show, Seen "live calls 2026-04/05: 404, from which terraform concludes that it was deleted; the order of runs is inferred";
                /// Switches a trigger on or off. Plan a failure for a client that pauses deployments.
                UpdateTrigger: PATCH "/v2/manage/namespaces/{namespace}/repos/{repository}/triggers/{trigger}" on InRepository
                    => 201 triggers::update, Seen "traffic of terraform 2026-08: enable is a string; that other keys are ignored is inferred";
                /// Deletes a trigger with its history. Plan a failure for a client that manages triggers.
                DeleteTrigger: DELETE "/v2/manage/namespaces/{namespace}/repos/{repository}/triggers/{trigger}" on InRepository
                    => 204 triggers::delete, Seen "traffic of terraform 2026-08";
                /// Lists the accessories of a tag's image, such as signatures. Plan a response for a client that looks
                /// for signatures.
                ListRepoAccessories: GET "/v2/manage/namespaces/{namespace}/repos/{repository}/{tag}/accessories" on InRepository [lists]
                    => 200 image_tags::accessories, Seen "live calls 2026-04/05: null without accessories; the type is inferred";
                /// Lists the images that a signature's tag refers to. Plan a response for a client that follows
                /// signatures to images.
                ListReferences: GET "/v2/manage/namespaces/{namespace}/repos/{repository}/{tag}/references" on InRepository [lists]
                    => 200 image_tags::references, Documented "API reference 2026-09; an empty list for a tag that is not a signature is inferred";
                /// Lists the accounts that a repository is shared with. Plan a failure for a client that reads shares.
                ListRepoDomains: GET "/v2/manage/namespaces/{namespace}/repositories/{repository}/access-domains"
                    also "/v2/manage/namespaces/{namespace}/repos/{repository}/access-domains" on InRepository [lists]
                    => 200 sharing::list, Seen "live calls 2026-04/05: a flat array; both spellings of the path: gophertelekomcloud";
                #[doc(alias = "share")]
                /// Shares a repository with another account. Plan a failure for a client that shares images between
                /// accounts.
                CreateRepoDomains: POST "/v2/manage/namespaces/{namespace}/repositories/{repository}/access-domains"
                    also "/v2/manage/namespaces/{namespace}/repos/{repository}/access-domains" on InRepository
                    => 201 sharing::create, Documented "API reference; refusals for an unknown account, the own account and a public repository are inferred; a deadline in the past is accepted and shows status false, as documented, although tests of an OTC provider expect true";
                /// Shows the share of a repository with an account. Plan a failure for a client that checks whether a
                /// share exists.
                ShowAccessDomain: GET "/v2/manage/namespaces/{namespace}/repositories/{repository}/access-domains/{access_domain}"
                    also "/v2/manage/namespaces/{namespace}/repos/{repository}/access-domains/{access_domain}" on InRepository
                    => 200 sharing::show, Seen "exist false with 200: python-otcextensions";
                /// Changes the deadline or description of a share. Plan a failure for a client that extends shares.
                UpdateRepoDomains: PATCH "/v2/manage/namespaces/{namespace}/repositories/{repository}/access-domains/{access_domain}"
                    also "/v2/manage/namespaces/{namespace}/repos/{repository}/access-domains/{access_domain}" on InRepository
                    => 201 sharing::update, Documented "API reference; 201: terraform; 400 for an absent share as terraform reads it";
                /// Ends the share of a repository with an account. Plan a failure for a client that ends shares.
                DeleteRepoDomains: DELETE "/v2/manage/namespaces/{namespace}/repositories/{repository}/access-domains/{access_domain}"
                    also "/v2/manage/namespaces/{namespace}/repos/{repository}/access-domains/{access_domain}" on InRepository
                    => 204 sharing::delete, Documented "API reference; 400 for an absent share as terraform reads it";
                /// Shows the numbers of an account: organizations, repositories, images, bytes. Plan a response for a
                /// client that shows or limits usage.
                ShowDomainOverview: GET "/v2/manage/overview"
                    => 200 account::overview, Seen "terraform reads namspace_num, misspelt; MiB as the unit of sizes is inferred";
                /// Shows which features are switched on. Plan a response for a client that depends on a feature.
                ShowShareFeatureGates: GET "/v2/manage/projects/{project_id}/feature-gates"
                    => 200 account::gates, Seen "live calls 2026-04/05: 16 gates and their values";
                /// Lists the quotas and how much of each is used. Plan a response for a client that checks a quota
                /// before it creates something.
                ListQuotas: GET "/v2/manage/projects/{project_id}/quotas" [lists]
                    => 200 quotas::list, Seen "live calls 2026-04/05: the key namespace with the limit 5";
                /// Lists the regions of the cloud. Plan a response for a client that chooses a region.
                ListSyncRegions: GET "/v2/manage/regions" [lists]
                    => 200 account::regions, Seen "live calls 2026-04/05: the list contains the region itself";
                /// Reports for each day how much an account stores, or how much was pulled. Plan a response for a
                /// client that shows usage.
                ShowDomainResourceReports: GET "/v2/manage/reports/{resource_type}/{frequency}"
                    => 200 account::report, Documented "API reference 2026-09; the length of a report, the unit and the days of a month are inferred; deleted images no longer count";
                /// Lists repositories, paged by offset. The same in v3 is [`Op::ListRepoDetails`]. Plan a failure for a
                /// client that lists or searches repositories.
                ListReposDetails: GET "/v2/manage/repos" [lists]
                    => 200 repos::list_by_offset, Seen "live calls 2026-04/05: sort keys, lone limit or offset ignored; total_range on each row: terraform";
                /// Lists shared repositories, paged by offset. The same in v3 is [`Op::ListSharedRepoDetails`]. Plan a
                /// failure for a client that finds images of other accounts.
                ListSharedReposDetails: GET "/v2/manage/shared-repositories" [lists]
                    => 200 sharing::list_by_offset, Documented "API reference 2026-09, whose sort keys differ from the SDK's: both are accepted; true means that the share is active";
                /// Issues a login for the registry, valid for 24 hours. Plan a failure for a client that logs in to the
                /// registry.
                CreateAuthorizationToken: POST "/v2/manage/utils/authorizationtoken" [reads]
                    => 200 logins::create_authorization_token, Documented "API reference 2026-09";
                /// Issues a login for `docker login`, valid for 6 hours unless the request sets another time. Plan a
                /// failure for a client that logs in to the registry.
                CreateSecret: POST "/v2/manage/utils/secret" [reads]
                    => 200 logins::create_secret, Seen "kestra and swr-login read header and body; lifetime from the newest API reference; 400 for an unknown projectname is inferred";
                /// Lists the tags of a repository, paged by marker. The same in v2 is [`Op::ListRepositoryTags`]. Plan
                /// a failure for a client that lists images, such as the second page of a cleaner.
                ListRepositoryTag: GET "/v3/manage/namespaces/{namespace}/repos/{repository}/tags" on InRepository [lists]
                    => 200 image_tags::list_by_marker, Documented "published SDK 3.1.219 and API reference 2026-09; the default order is inferred";
                /// Lists repositories, paged by marker. The same in v2 is [`Op::ListReposDetails`]. Plan a failure for
                /// a client that lists or searches repositories.
                ListRepoDetails: GET "/v3/manage/repos" [lists]
                    => 200 repos::list_by_marker, Documented "published SDK 3.1.219; the last page omits nextMarker: terraform";
                /// Lists shared repositories, paged by marker. The same in v2 is [`Op::ListSharedReposDetails`]. Plan a
                /// failure for a client that finds images of other accounts.
                ListSharedRepoDetails: GET "/v3/manage/shared-repositories" [lists]
                    => 200 sharing::list_by_marker, Documented "published SDK 3.1.219; the last page omits nextMarker: terraform";
                /// Shows one version of the management API. Plan a response for a client that checks the version.
                ShowApiVersion: GET "/{api_version}"
                    => 200 versions::show, Documented "API reference, swr_02 pages; an unknown version is inferred";
            }

            Enterprise {
                /// Not simulated: lists the tags of a repository of an instance. Plan its response for a client that
                /// lists images.
                ListInstanceTags: GET "/v2/instances/{instance_id}/namespaces/{namespace_name}/repositories/{repository_name}/tags" on InRepository [lists];
                /// Not simulated: deletes a tag of an instance. Plan its response for a client that cleans up images.
                DeleteInstanceTag: DELETE "/v2/instances/{instance_id}/namespaces/{namespace_name}/repositories/{repository_name}/tags/{tag_name}" on InRepository;
                /// Not simulated: lists which features are switched on. Plan its response for a client that depends on
                /// a feature.
                ListGlobalFeatureGates: GET "/v2/{project_id}/feature-gates" [lists];
                /// Not simulated: lists the instances of a project. Plan its response for a client that finds its
                /// instance.
                ListInstance: GET "/v2/{project_id}/instances" [lists];
                /// Not simulated: creates an instance. Plan its response for a client that manages instances.
                CreateInstance: POST "/v2/{project_id}/instances";
                /// Not simulated: lists the resource tags of a project's instances. Plan its response for a client that
                /// groups instances by tags.
                ListInstanceProjectTags: GET "/v2/{project_id}/instances/tags" [lists];
                /// Not simulated: shows an instance. Plan its response for a client that waits for an instance.
                ShowInstance: GET "/v2/{project_id}/instances/{instance_id}";
                /// Not simulated: deletes an instance. Plan its response for a client that manages instances.
                DeleteInstance: DELETE "/v2/{project_id}/instances/{instance_id}";
                /// Not simulated: lists the artifacts of an instance. Plan its response for a client that lists images.
                ListInstanceAllArtifacts: GET "/v2/{project_id}/instances/{instance_id}/artifacts" [lists];
                /// Not simulated: lists the audit logs of an instance. Plan its response for a client that exports
                /// audit logs.
                ListAuditLogs: GET "/v2/{project_id}/instances/{instance_id}/audit-logs" [lists];
                /// Not simulated: shows the configuration of an instance. Plan its response for a client that manages
                /// instances.
                ShowInstanceConfiguration: GET "/v2/{project_id}/instances/{instance_id}/configurations";
                /// Not simulated: changes the configuration of an instance. Plan its response for a client that manages
                /// instances.
                UpdateInstanceConfiguration: PUT "/v2/{project_id}/instances/{instance_id}/configurations";
                /// Not simulated: lists the domain names of an instance. Plan its response for a client that manages
                /// domain names.
                ListDomainNames: GET "/v2/{project_id}/instances/{instance_id}/domainname" [lists];
                /// Not simulated: adds a domain name to an instance. Plan its response for a client that manages domain
                /// names.
                AddDomainName: POST "/v2/{project_id}/instances/{instance_id}/domainname";
                /// Not simulated: changes a domain name of an instance. Plan its response for a client that manages
                /// domain names.
                UpdateDomainName: PUT "/v2/{project_id}/instances/{instance_id}/domainname/{domainname_id}";
                /// Not simulated: deletes a domain name of an instance. Plan its response for a client that manages
                /// domain names.
                DeleteDomainName: DELETE "/v2/{project_id}/instances/{instance_id}/domainname/{domainname_id}";
                /// Not simulated: shows the policy for the public endpoint of an instance. Plan its response for a
                /// client that manages access by network.
                ShowInstanceEndpointPolicy: GET "/v2/{project_id}/instances/{instance_id}/endpoint-policy";
                /// Not simulated: creates the policy for the public endpoint of an instance. Plan its response for a
                /// client that manages access by network.
                CreateInstanceEndpointPolicy: POST "/v2/{project_id}/instances/{instance_id}/endpoint-policy";
                /// Not simulated: changes the policy for the public endpoint of an instance. Plan its response for a
                /// client that manages access by network.
                UpdateInstanceEndpointPolicy: PUT "/v2/{project_id}/instances/{instance_id}/endpoint-policy";
                /// Not simulated: lists which features of an instance are switched on. Plan its response for a client
                /// that depends on a feature.
                ListFeatureGates: GET "/v2/{project_id}/instances/{instance_id}/feature-gates" [lists];
                /// Not simulated: lists the rules of an instance for immutable tags. Plan its response for a client
                /// that manages immutable tags.
                ListImmutableRules: GET "/v2/{project_id}/instances/{instance_id}/immutabletagrules" [lists];
                /// Not simulated: lists the connections to the internal endpoint of an instance. Plan its response for
                /// a client that manages internal endpoints.
                ListInternalEndpointConnections: GET "/v2/{project_id}/instances/{instance_id}/internal-endpoint/connections" [lists];
                /// Not simulated: accepts or rejects connections to the internal endpoint of an instance. Plan its
                /// response for a client that manages internal endpoints.
                UpdateInternalEndpointConnections: POST "/v2/{project_id}/instances/{instance_id}/internal-endpoint/connections/action";
                /// Not simulated: lists who may connect to the internal endpoint of an instance. Plan its response for
                /// a client that manages internal endpoints.
                ListInternalEndpointPermissions: GET "/v2/{project_id}/instances/{instance_id}/internal-endpoint/permissions" [lists];
                /// Not simulated: changes who may connect to the internal endpoint of an instance. Plan its response
                /// for a client that manages internal endpoints.
                UpdateInternalEndpointPermissions: POST "/v2/{project_id}/instances/{instance_id}/internal-endpoint/permissions/action";
                /// Not simulated: lists the internal endpoints of an instance. Plan its response for a client that
                /// manages internal endpoints.
                ListInstanceInternalEndpoints: GET "/v2/{project_id}/instances/{instance_id}/internal-endpoints" [lists];
                /// Not simulated: creates an internal endpoint of an instance. Plan its response for a client that
                /// manages internal endpoints.
                CreateInstanceInternalEndpoint: POST "/v2/{project_id}/instances/{instance_id}/internal-endpoints";
                /// Not simulated: shows an internal endpoint of an instance. Plan its response for a client that
                /// manages internal endpoints.
                ShowInstanceInternalEndpoint: GET "/v2/{project_id}/instances/{instance_id}/internal-endpoints/{internal_endpoints_id}";
                /// Not simulated: deletes an internal endpoint of an instance. Plan its response for a client that
                /// manages internal endpoints.
                DeleteInstanceInternalEndpoint: DELETE "/v2/{project_id}/instances/{instance_id}/internal-endpoints/{internal_endpoints_id}";
                /// Not simulated: creates a long-term credential for an instance. Plan its response for a client that
                /// logs in to an instance.
                CreateInstanceLtCredential: POST "/v2/{project_id}/instances/{instance_id}/long-term-credential";
                /// Not simulated: lists the long-term credentials of an instance. Plan its response for a client that
                /// rotates credentials.
                ListInstanceLtCredentials: GET "/v2/{project_id}/instances/{instance_id}/long-term-credentials" [lists];
                /// Not simulated: changes a long-term credential of an instance. Plan its response for a client that
                /// rotates credentials.
                UpdateInstanceLtCredential: PUT "/v2/{project_id}/instances/{instance_id}/long-term-credentials/{credential_id}";
                /// Not simulated: deletes a long-term credential of an instance. Plan its response for a client that
                /// rotates credentials.
                DeleteInstanceLtCredential: DELETE "/v2/{project_id}/instances/{instance_id}/long-term-credentials/{credential_id}";
                /// Not simulated: lists the organizations of an instance. Plan its response for a client that lists
                /// organizations.
                ListInstanceNamespaces: GET "/v2/{project_id}/instances/{instance_id}/namespaces" on Namespace [lists];
                /// Not simulated: creates an organization of an instance. Plan its response for a client that sets up
                /// organizations.
                CreateInstanceNamespace: POST "/v2/{project_id}/instances/{instance_id}/namespaces" on Namespace;
                /// Not simulated: lists the resource tags of an instance's organizations. Plan its response for a
                /// client that groups organizations by tags.
                ListNamespaceTags: GET "/v2/{project_id}/instances/{instance_id}/namespaces-tags" [lists];
                /// Not simulated: shows an organization of an instance. Plan its response for a client that checks
                /// whether an organization exists.
                ShowInstanceNamespace: GET "/v2/{project_id}/instances/{instance_id}/namespaces/{namespace_name}" on Namespace;
                /// Not simulated: changes an organization of an instance. Plan its response for a client that sets up
                /// organizations.
                UpdateInstanceNamespace: PUT "/v2/{project_id}/instances/{instance_id}/namespaces/{namespace_name}" on Namespace;
                /// Not simulated: deletes an organization of an instance. Plan its response for a client that cleans up
                /// organizations.
                DeleteInstanceNamespace: DELETE "/v2/{project_id}/instances/{instance_id}/namespaces/{namespace_name}" on Namespace;
                /// Not simulated: creates a rule for immutable tags. Plan its response for a client that manages
                /// immutable tags.
                CreateImmutableRule: POST "/v2/{project_id}/instances/{instance_id}/namespaces/{namespace_name}/immutabletagrules" on Namespace;
                /// Not simulated: changes a rule for immutable tags. Plan its response for a client that manages
                /// immutable tags.
                UpdateImmutableRule: PUT "/v2/{project_id}/instances/{instance_id}/namespaces/{namespace_name}/immutabletagrules/{immutable_rule_id}" on Namespace;
                /// Not simulated: deletes a rule for immutable tags. Plan its response for a client that manages
                /// immutable tags.
                DeleteImmutableRule: DELETE "/v2/{project_id}/instances/{instance_id}/namespaces/{namespace_name}/immutabletagrules/{immutable_rule_id}" on Namespace;
                /// Not simulated: lists the repositories of an organization of an instance. Plan its response for a
                /// client that lists repositories.
                ListNamespaceRepositories: GET "/v2/{project_id}/instances/{instance_id}/namespaces/{namespace_name}/repositories" on Namespace [lists];
                /// Not simulated: shows a repository of an instance. Plan its response for a client that checks whether
                /// a repository exists.
                ShowInstanceRepository: GET "/v2/{project_id}/instances/{instance_id}/namespaces/{namespace_name}/repositories/{repository_name}" on Repository;
                /// Not simulated: changes a repository of an instance. Plan its response for a client that describes
                /// repositories.
                UpdateInstanceRepository: PUT "/v2/{project_id}/instances/{instance_id}/namespaces/{namespace_name}/repositories/{repository_name}" on Repository;
                /// Not simulated: deletes a repository of an instance. Plan its response for a client that cleans up
                /// repositories.
                DeleteInstanceRepository: DELETE "/v2/{project_id}/instances/{instance_id}/namespaces/{namespace_name}/repositories/{repository_name}" on Repository;
                /// Not simulated: lists the artifacts of a repository of an instance. Plan its response for a client
                /// that lists images.
                ListInstanceArtifacts: GET "/v2/{project_id}/instances/{instance_id}/namespaces/{namespace_name}/repositories/{repository_name}/artifacts" on InRepository [lists];
                /// Not simulated: shows an artifact of an instance. Plan its response for a client that inspects
                /// images.
                ShowInstanceArtifact: GET "/v2/{project_id}/instances/{instance_id}/namespaces/{namespace_name}/repositories/{repository_name}/artifacts/{reference}" on InRepository;
                /// Not simulated: deletes an artifact of an instance. Plan its response for a client that cleans up
                /// images.
                DeleteInstanceArtifact: DELETE "/v2/{project_id}/instances/{instance_id}/namespaces/{namespace_name}/repositories/{repository_name}/artifacts/{reference}" on InRepository;
                /// Not simulated: lists the accessories of an artifact, such as signatures. Plan its response for a
                /// client that looks for signatures.
                ListInstanceAccessories: GET "/v2/{project_id}/instances/{instance_id}/namespaces/{namespace_name}/repositories/{repository_name}/artifacts/{reference}/accessories" on InRepository [lists];
                /// Not simulated: shows additional content of an artifact. Plan its response for a client that inspects
                /// images.
                ShowInstanceArtifactAddition: GET "/v2/{project_id}/instances/{instance_id}/namespaces/{namespace_name}/repositories/{repository_name}/artifacts/{reference}/additions/{addition}" on InRepository;
                /// Not simulated: starts a vulnerability scan of an artifact. Plan its response for a client that scans
                /// images.
                StartManualScanning: POST "/v2/{project_id}/instances/{instance_id}/namespaces/{namespace_name}/repositories/{repository_name}/artifacts/{reference}/scan" on InRepository;
                /// Not simulated: lists the vulnerabilities of an artifact. Plan its response for a client that reports
                /// vulnerabilities.
                ListInstanceArtifactVulnerabilities: GET "/v2/{project_id}/instances/{instance_id}/namespaces/{namespace_name}/repositories/{repository_name}/artifacts/{reference}/vulnerabilities" on InRepository [lists];
                /// Not simulated: creates a retention policy. Plan its response for a client that manages retention.
                CreateInstanceRetentionPolicy: POST "/v2/{project_id}/instances/{instance_id}/namespaces/{namespace_name}/retention/policies" on Namespace;
                /// Not simulated: shows a retention policy. Plan its response for a client that manages retention.
                ShowInstanceRetentionPolicy: GET "/v2/{project_id}/instances/{instance_id}/namespaces/{namespace_name}/retention/policies/{policy_id}" on Namespace;
                /// Not simulated: changes a retention policy. Plan its response for a client that manages retention.
                UpdateInstanceRetentionPolicy: PUT "/v2/{project_id}/instances/{instance_id}/namespaces/{namespace_name}/retention/policies/{policy_id}" on Namespace;
                /// Not simulated: deletes a retention policy. Plan its response for a client that manages retention.
                DeleteInstanceRetentionPolicy: DELETE "/v2/{project_id}/instances/{instance_id}/namespaces/{namespace_name}/retention/policies/{policy_id}" on Namespace;
                /// Not simulated: lists the executions of a retention policy. Plan its response for a client that waits
                /// for a retention run.
                ListInstanceRetentionPolicyExecutions: GET "/v2/{project_id}/instances/{instance_id}/namespaces/{namespace_name}/retention/policies/{policy_id}/executions" on Namespace [lists];
                /// Not simulated: starts an execution of a retention policy. Plan its response for a client that runs
                /// retention by itself.
                ExecuteInstanceRetentionPolicy: POST "/v2/{project_id}/instances/{instance_id}/namespaces/{namespace_name}/retention/policies/{policy_id}/executions" on Namespace;
                /// Not simulated: lists the tasks of an execution of a retention policy. Plan its response for a client
                /// that waits for a retention run.
                ListInstanceRetentionPolicyExecTasks: GET "/v2/{project_id}/instances/{instance_id}/namespaces/{namespace_name}/retention/policies/{policy_id}/executions/{execution_id}/tasks" on Namespace [lists];
                /// Not simulated: lists the subtasks of a task of a retention policy. Plan its response for a client
                /// that audits a retention run.
                ListInstanceRetentionPolicyExecSubTasks: GET "/v2/{project_id}/instances/{instance_id}/namespaces/{namespace_name}/retention/policies/{policy_id}/executions/{execution_id}/tasks/{task_id}/subtasks" on Namespace [lists];
                /// Not simulated: creates a policy for signing images. Plan its response for a client that manages
                /// signatures.
                CreateInstanceSignPolicy: POST "/v2/{project_id}/instances/{instance_id}/namespaces/{namespace_name}/signature/policies" on Namespace;
                /// Not simulated: shows a policy for signing images. Plan its response for a client that manages
                /// signatures.
                ShowInstanceSignPolicy: GET "/v2/{project_id}/instances/{instance_id}/namespaces/{namespace_name}/signature/policies/{policy_id}" on Namespace;
                /// Not simulated: changes a policy for signing images. Plan its response for a client that manages
                /// signatures.
                UpdateInstanceSignPolicy: PUT "/v2/{project_id}/instances/{instance_id}/namespaces/{namespace_name}/signature/policies/{policy_id}" on Namespace;
                /// Not simulated: deletes a policy for signing images. Plan its response for a client that manages
                /// signatures.
                DeleteInstanceSignPolicy: DELETE "/v2/{project_id}/instances/{instance_id}/namespaces/{namespace_name}/signature/policies/{policy_id}" on Namespace;
                /// Not simulated: lists the executions of a policy for signing images. Plan its response for a client
                /// that waits for signatures.
                ListInstanceSignPolicyExecutions: GET "/v2/{project_id}/instances/{instance_id}/namespaces/{namespace_name}/signature/policies/{policy_id}/executions" on Namespace [lists];
                /// Not simulated: starts an execution of a policy for signing images. Plan its response for a client
                /// that signs images.
                ExecuteInstanceSignPolicy: POST "/v2/{project_id}/instances/{instance_id}/namespaces/{namespace_name}/signature/policies/{policy_id}/executions" on Namespace;
                /// Not simulated: lists the tasks of an execution of a policy for signing images. Plan its response for
                /// a client that waits for signatures.
                ListInstanceSignPolicyExecTasks: GET "/v2/{project_id}/instances/{instance_id}/namespaces/{namespace_name}/signature/policies/{policy_id}/executions/{execution_id}/tasks" on Namespace [lists];
                /// Not simulated: lists the subtasks of a task of a policy for signing images. Plan its response for a
                /// client that waits for signatures.
                ListInstanceSignatureExecutionSubtasks: GET "/v2/{project_id}/instances/{instance_id}/namespaces/{namespace_name}/signature/policies/{policy_id}/executions/{execution_id}/tasks/{task_id}/subtasks" on Namespace [lists];
                /// Not simulated: creates a webhook. Plan its response for a client that manages webhooks.
                CreateInstanceWebhook: POST "/v2/{project_id}/instances/{instance_id}/namespaces/{namespace_name}/webhook/policies" on Namespace;
                /// Not simulated: shows a webhook. Plan its response for a client that manages webhooks.
                ShowInstanceWebhook: GET "/v2/{project_id}/instances/{instance_id}/namespaces/{namespace_name}/webhook/policies/{policy_id}" on Namespace;
                /// Not simulated: changes a webhook. Plan its response for a client that manages webhooks.
                UpdateInstanceWebhook: PUT "/v2/{project_id}/instances/{instance_id}/namespaces/{namespace_name}/webhook/policies/{policy_id}" on Namespace;
                /// Not simulated: deletes a webhook. Plan its response for a client that manages webhooks.
                DeleteInstanceWebhook: DELETE "/v2/{project_id}/instances/{instance_id}/namespaces/{namespace_name}/webhook/policies/{policy_id}" on Namespace;
                /// Not simulated: lists the jobs of a webhook. Plan its response for a client that checks deliveries.
                ListInstanceWebhookJobs: GET "/v2/{project_id}/instances/{instance_id}/namespaces/{namespace_name}/webhook/policies/{policy_id}/jobs" on Namespace [lists];
                /// Not simulated: lists the target registries of an instance. Plan its response for a client that
                /// manages replication.
                ListInstanceRegistries: GET "/v2/{project_id}/instances/{instance_id}/registries" [lists];
                /// Not simulated: creates a target registry for replication. Plan its response for a client that
                /// manages replication.
                CreateInstanceRegistry: POST "/v2/{project_id}/instances/{instance_id}/registries";
                /// Not simulated: shows a target registry for replication. Plan its response for a client that manages
                /// replication.
                ShowInstanceRegistry: GET "/v2/{project_id}/instances/{instance_id}/registries/{registry_id}";
                /// Not simulated: changes a target registry for replication. Plan its response for a client that
                /// manages replication.
                UpdateInstanceRegistry: PUT "/v2/{project_id}/instances/{instance_id}/registries/{registry_id}";
                /// Not simulated: deletes a target registry for replication. Plan its response for a client that
                /// manages replication.
                DeleteInstanceRegistry: DELETE "/v2/{project_id}/instances/{instance_id}/registries/{registry_id}";
                /// Not simulated: lists the executions of replication policies. Plan its response for a client that
                /// waits for a replication.
                ListInstanceReplicationPolicyExecutions: GET "/v2/{project_id}/instances/{instance_id}/replication/executions" [lists];
                /// Not simulated: starts an execution of a replication policy. Plan its response for a client that
                /// replicates images.
                ExecuteInstanceReplicationPolicy: POST "/v2/{project_id}/instances/{instance_id}/replication/executions";
                /// Not simulated: stops an execution of a replication policy. Plan its response for a client that
                /// cancels a replication.
                StopInstanceReplicationPolicyExecution: PUT "/v2/{project_id}/instances/{instance_id}/replication/executions/{execution_id}";
                /// Not simulated: lists the tasks of an execution of a replication policy. Plan its response for a
                /// client that waits for a replication.
                ListInstanceReplicationPolicyExecTasks: GET "/v2/{project_id}/instances/{instance_id}/replication/executions/{execution_id}/tasks" [lists];
                /// Not simulated: lists the subtasks of a task of a replication policy. Plan its response for a client
                /// that waits for a replication.
                ListInstanceReplicationPolicyExecSubTasks: GET "/v2/{project_id}/instances/{instance_id}/replication/executions/{execution_id}/tasks/{task_id}/subtasks" [lists];
                /// Not simulated: lists the replication policies of an instance. Plan its response for a client that
                /// manages replication.
                ListInstanceReplicationPolicies: GET "/v2/{project_id}/instances/{instance_id}/replication/policies" [lists];
                /// Not simulated: creates a replication policy. Plan its response for a client that manages
                /// replication.
                CreateInstanceReplicationPolicy: POST "/v2/{project_id}/instances/{instance_id}/replication/policies";
                /// Not simulated: shows a replication policy. Plan its response for a client that manages replication.
                ShowInstanceReplicationPolicy: GET "/v2/{project_id}/instances/{instance_id}/replication/policies/{policy_id}";
                /// Not simulated: changes a replication policy. Plan its response for a client that manages
                /// replication.
                UpdateInstanceReplicationPolicy: PUT "/v2/{project_id}/instances/{instance_id}/replication/policies/{policy_id}";
                /// Not simulated: deletes a replication policy. Plan its response for a client that manages
                /// replication.
                DeleteInstanceReplicationPolicy: DELETE "/v2/{project_id}/instances/{instance_id}/replication/policies/{policy_id}";
                /// Not simulated: lists the repositories of an instance. Plan its response for a client that lists
                /// repositories.
                ListInstanceRepositories: GET "/v2/{project_id}/instances/{instance_id}/repositories" [lists];
                /// Not simulated: lists the retention policies of an instance. Plan its response for a client that
                /// manages retention.
                ListInstanceRetentionPolicies: GET "/v2/{project_id}/instances/{instance_id}/retention/policies" [lists];
                /// Not simulated: lists the policies of an instance for signing images. Plan its response for a client
                /// that manages signatures.
                ListInstanceSignPolicies: GET "/v2/{project_id}/instances/{instance_id}/signature/policies" [lists];
                /// Not simulated: lists the statistics of an instance. Plan its response for a client that shows usage.
                ListInstanceStatistics: GET "/v2/{project_id}/instances/{instance_id}/statistics" [lists];
                /// Not simulated: lists the garbage collections of an instance. Plan its response for a client that
                /// runs garbage collection.
                ListGcTasks: GET "/v2/{project_id}/instances/{instance_id}/system/gc" [lists];
                /// Not simulated: shows the schedule of garbage collection. Plan its response for a client that
                /// schedules garbage collection.
                ShowGcSchedule: GET "/v2/{project_id}/instances/{instance_id}/system/gc/schedule";
                /// Not simulated: starts a garbage collection. Plan its response for a client that runs garbage
                /// collection.
                ExecuteGcSchedule: POST "/v2/{project_id}/instances/{instance_id}/system/gc/schedule";
                /// Not simulated: changes the schedule of garbage collection. Plan its response for a client that
                /// schedules garbage collection.
                UpdateGcSchedule: PUT "/v2/{project_id}/instances/{instance_id}/system/gc/schedule";
                /// Not simulated: shows a garbage collection. Plan its response for a client that waits for garbage
                /// collection.
                ShowGcTask: GET "/v2/{project_id}/instances/{instance_id}/system/gc/{gc_id}";
                /// Not simulated: stops a garbage collection. Plan its response for a client that cancels garbage
                /// collection.
                StopGcTask: PUT "/v2/{project_id}/instances/{instance_id}/system/gc/{gc_id}";
                /// Not simulated: creates a temporary credential for an instance. Plan its response for a client that
                /// logs in to an instance.
                CreateInstanceTempCredential: POST "/v2/{project_id}/instances/{instance_id}/temp-credential";
                /// Not simulated: lists the webhooks of an instance. Plan its response for a client that manages
                /// webhooks.
                ListInstanceWebhooks: GET "/v2/{project_id}/instances/{instance_id}/webhook/policies" [lists];
                /// Not simulated: lists the jobs of a project. Plan its response for a client that waits for an
                /// instance.
                ListInstanceJobs: GET "/v2/{project_id}/jobs" [lists];
                /// Not simulated: shows a job. Plan its response for a client that waits for an instance.
                ShowInstanceJob: GET "/v2/{project_id}/jobs/{job_id}";
                /// Not simulated: deletes a job. Plan its response for a client that cleans up jobs.
                DeleteInstanceJob: DELETE "/v2/{project_id}/jobs/{job_id}";
                /// Not simulated: lists the repositories of all instances. Plan its response for a client that lists
                /// repositories.
                ListAllInstanceRepositories: GET "/v2/{project_id}/repositories" [lists];
                /// Not simulated: counts the resources with certain resource tags. Plan its response for a client that
                /// groups resources by tags.
                ShowInstanceResourceInstancesCount: POST "/v2/{project_id}/{resource_type}/resource-instances/count" [reads];
                /// Not simulated: lists the resources with certain resource tags. Plan its response for a client that
                /// groups resources by tags.
                ListInstanceResourceInstances: POST "/v2/{project_id}/{resource_type}/resource-instances/filter" [reads];
                /// Not simulated: lists the resource tags of a resource. Plan its response for a client that groups
                /// resources by tags.
                ListInstanceResourceTags: GET "/v2/{project_id}/{resource_type}/{resource_id}/tags" [lists];
                /// Not simulated: adds resource tags to a resource. Plan its response for a client that groups
                /// resources by tags.
                CreateInstanceResourceTags: POST "/v2/{project_id}/{resource_type}/{resource_id}/tags/create";
                /// Not simulated: removes resource tags from a resource. Plan its response for a client that groups
                /// resources by tags.
                DeleteInstanceResourceTags: DELETE "/v2/{project_id}/{resource_type}/{resource_id}/tags/delete";
                /// Not simulated: counts the subresources with certain resource tags. Plan its response for a client
                /// that groups resources by tags.
                ShowSubResourceInstancesCount: POST "/v2/{project_id}/{resource_type}/{resource_id}/{sub_resource_type}/resource-instances/count" [reads];
                /// Not simulated: lists the subresources with certain resource tags. Plan its response for a client
                /// that groups resources by tags.
                ListSubResourceInstances: POST "/v2/{project_id}/{resource_type}/{resource_id}/{sub_resource_type}/resource-instances/filter" [reads];
                /// Not simulated: lists the resource tags of a subresource. Plan its response for a client that groups
                /// resources by tags.
                ListSubResourceTags: GET "/v2/{project_id}/{resource_type}/{resource_id}/{sub_resource_type}/{sub_resource_id}/tags" [lists];
                /// Not simulated: adds resource tags to a subresource. Plan its response for a client that groups
                /// resources by tags.
                CreateSubResourceTags: POST "/v2/{project_id}/{resource_type}/{resource_id}/{sub_resource_type}/{sub_resource_id}/tags/create";
                /// Not simulated: removes resource tags from a subresource. Plan its response for a client that groups
                /// resources by tags.
                DeleteSubResourceTags: DELETE "/v2/{project_id}/{resource_type}/{resource_id}/{sub_resource_type}/{sub_resource_id}/tags/delete";
            }

            Registry {
                /// Checks that the registry is up and that the caller may use it. Registry clients send it first: plan
                /// a failure for a registry that is down.
                Ping: GET "/v2/" also "/v2"
                    => 200 ping::show, Seen "written measurements 2026: the challenge of an unauthenticated ping; the body as recorded for a HEAD of a manifest";
                /// Checks the same as [`Op::Ping`], without a body. Plan a failure for a client that sends HEAD first.
                HeadPing: HEAD "/v2/" also "/v2"
                    => 200 ping::show, Documented "HTTP: a HEAD gets the response of a GET without its body";
            }

            Token {
                /// Exchanges a login for a registry token. Plan a failure for a `docker login`, push or pull that is
                /// not authorized.
                GetRegistryToken: GET "/swr/auth/v2/registry/auth/" also "/swr/auth/v2/registry/auth" [open]
                    => 200 token::issue, Recorded "401 of a wrong login (harbor issue 9763); the rest: written measurements 2026; it is inferred that an expired login gets the same, and that a login must name a project of the region";
                /// Responds with 404, so that clients use [`Op::GetRegistryToken`]. Plan a response for a client that
                /// tries POST first.
                PostRegistryToken: POST "/swr/auth/v2/registry/auth/" also "/swr/auth/v2/registry/auth" [open]
                    => 404 unsupported, Seen "written measurements 2026: POST at the token endpoint is 404";
            }

            Registry {
                /// Responds with 404, because the registry has no API v1. Plan a response for an old client that tries
                /// v1.
                PingV1: GET "/v1/_ping" [open]
                    => 404 unsupported, Inferred "no current registry has it";
            }

            Dockyard {
                /// Lists organizations, for Harbor. Plan a failure for a replication by Harbor.
                ListDockyardNamespaces: GET "/dockyard/v2/visible/namespaces" also "/dockyard/v2/namespaces" on Namespace [lists]
                    => 200 dockyard::list_namespaces, Seen "Harbor's adapter (c50c7dd); the challenge is inferred";
                /// Shows an organization, for Harbor. Plan a failure for a replication by Harbor.
                ShowDockyardNamespace: GET "/dockyard/v2/namespaces/{namespace}" on Namespace
                    => 200 dockyard::show_namespace, Seen "Harbor's adapter (c50c7dd)";
                /// Creates an organization, for Harbor. Plan a failure for a replication by Harbor.
                CreateDockyardNamespace: POST "/dockyard/v2/namespaces" on Namespace
                    => 201 dockyard::create_namespace, Seen "Harbor's adapter and image-migrator, which accepts only 201";
                /// Lists repositories, for Harbor. Plan a failure for a replication by Harbor.
                ListDockyardRepos: GET "/dockyard/v2/repositories" [lists]
                    => 200 repos::list_by_offset, Seen "Harbor's adapter (c50c7dd), filter=center::self";
            }

            Registry {
                /// Lists all repositories of the registry, in profile `Oci`. In profile `Swr` it responds with 404.
                /// Plan a response for a client that lists a registry.
                ListCatalog: GET "/v2/_catalog" [lists]
                    => 200 tags::catalog, Seen "written measurements 2026: 404 at SWR; distribution API otherwise";
                /// Starts an upload. With `?digest=` it uploads a whole blob, and with `?mount=&from=` it mounts one.
                /// Plan a failure for a push that fails at its first layer.
                StartUpload: POST "/v2/{name}/blobs/uploads/" also "/v2/{name}/blobs/uploads" on InRepository needs Push brings Blob
                    => 202 uploads::start, Documented "OCI distribution specification 1.1; the challenge of a push: written measurements 2026";
                /// Shows how many bytes of an upload were received. Plan a failure for a client that resumes uploads.
                ShowUpload: GET "/v2/{name}/blobs/uploads/{upload}" on InRepository needs Push
                    => 204 uploads::show, Documented "OCI distribution specification 1.1";
                /// Adds a chunk to an upload. Plan a failure for a push that breaks off within a layer.
                UploadChunk: PATCH "/v2/{name}/blobs/uploads/{upload}" on InRepository needs Push brings Blob
                    => 202 uploads::append, Documented "OCI distribution specification 1.1";
                /// Finishes an upload under its digest. Plan a failure for a layer that is uploaded but not accepted.
                FinishUpload: PUT "/v2/{name}/blobs/uploads/{upload}" on InRepository needs Push brings Blob
                    => 201 uploads::finish, Documented "OCI distribution specification 1.1";
                /// Cancels an upload. Plan a failure for a client that cleans up after a failed push.
                CancelUpload: DELETE "/v2/{name}/blobs/uploads/{upload}" on InRepository needs Push
                    => 204 uploads::cancel, Documented "OCI distribution specification 1.1";
                /// Downloads a blob, or a range of it. Plan a failure, or corrupt content, for a pull that fails at a
                /// layer.
                GetBlob: GET "/v2/{name}/blobs/{digest}" on InRepository needs Pull
                    => 200 blobs::get, Documented "OCI distribution specification 1.1; ETag and 304 as distribution does";
                /// Checks whether a blob exists. Plan a failure for a push that checks which layers exist.
                HeadBlob: HEAD "/v2/{name}/blobs/{digest}" on InRepository needs Pull
                    => 200 blobs::get, Documented "OCI distribution specification 1.1";
                /// Deletes a blob from a repository. Plan a failure for a client that cleans up blobs.
                DeleteBlob: DELETE "/v2/{name}/blobs/{digest}" on InRepository needs Delete
                    => 202 blobs::delete, Documented "OCI distribution specification 1.1";
                /// Downloads a manifest by tag or digest. This counts as a pull. Plan a failure for a pull that fails
                /// at its start.
                GetManifest: GET "/v2/{name}/manifests/{reference}" on InRepository needs Pull
                    => 200 manifests::get, Documented "OCI distribution specification 1.1; what counts as a pull is inferred";
                /// Checks whether a manifest exists. Plan a failure for a client that resolves a tag to a digest.
                HeadManifest: HEAD "/v2/{name}/manifests/{reference}" on InRepository needs Pull
                    => 200 manifests::get, Recorded "401 of 2024-11 with its challenge (k3s issue 11191); the responses to a login in place of a token and to an invalid token are inferred; the rest: OCI distribution specification 1.1";
                /// Stores a manifest under a tag or its digest. A push ends with it. Plan a failure for a push that
                /// fails at its end.
                PutManifest: PUT "/v2/{name}/manifests/{reference}" on InRepository needs Push brings Manifest
                    => 201 manifests::put, Seen "OCI indexes are refused: live reports of 2026-07 and 2026-09";
                /// Deletes a tag, or a manifest with its tags. Plan a failure for a client that cleans up images in the
                /// registry.
                DeleteManifest: DELETE "/v2/{name}/manifests/{reference}" on InRepository needs Delete
                    => 202 manifests::delete, Seen "Harbor's adapter deletes in this way; the scope of the challenge is inferred";
                /// Lists the tags of a repository. Plan a failure for a client that lists images in the registry.
                ListTags: GET "/v2/{name}/tags/list" on InRepository needs Pull [lists]
                    => 200 tags::list, Seen "written measurements 2026: null for a repository that does not exist";
                /// Lists the manifests that refer to a manifest, in profile `Oci`. In profile `Swr` it responds with
                /// 404. Plan a response for a client that looks for signatures.
                ListReferrers: GET "/v2/{name}/referrers/{digest}" on InRepository needs Pull [lists]
                    => 200 referrers::list, Documented "OCI distribution specification 1.1; 404 at SWR is inferred";
            }

            Storage {
                /// Downloads a blob from object storage, by the link of a redirected [`Op::GetBlob`]. See
                /// [`Builder::blob_redirects`](crate::Builder::blob_redirects). Plan a failure for a pull that fails
                /// after the redirect.
                GetObject: GET "/op-svc-swr/{namespace}/{repository}/{digest}" on InRepository [open]
                    => 200 storage::get, Documented "OBS API reference: parameters of a signed link, codes of errors; error texts of clients show that SWR redirects there; the path, the lifetime of a link and the messages are inferred";
            }
        }
    };
}

pub(crate) use operations;
