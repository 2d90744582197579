//! The reasons for which the service refuses a request.

use std::sync::Arc;

use super::registry::RegistryId;
use super::suggest::did_you_mean;

macro_rules! refusals {
    ($(#[$meta:meta])* pub enum Refusal { $($(#[$doc:meta])* $name:ident: $class:ident,)* }) => {
        $(#[$meta])*
        pub enum Refusal { $($(#[$doc])* $name,)* }

        impl Refusal {
            /// Every refusal.
            pub(crate) const ALL: &[Refusal] = &[$(Refusal::$name,)*];

            /// The class of the refusal. An API without its own text for the refusal responds with the text of its
            /// class.
            pub(crate) fn class(self) -> Class {
                match self {
                    $(Refusal::$name => Class::$class,)*
                }
            }
        }
    };
}

/// A kind of reason to refuse a request. Each API has a text for each class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Class {
    /// The request breaks a rule of the API.
    Invalid,
    /// The credentials are missing or not accepted.
    Unauthenticated,
    /// The caller is known but lacks the permission.
    Forbidden,
    /// The resource that the request names does not exist.
    NotFound,
    /// The request conflicts with an existing resource or with another request.
    Conflict,
    /// The request, or a part of it, is too large.
    TooLarge,
    /// Too many requests.
    Throttled,
    /// An internal error of the service.
    Failed,
    /// Something that the service depends on is down or out of space.
    Unavailable,
}

refusals! {
    /// A reason why the service refuses a request.
    ///
    /// The simulated service refuses requests with these reasons. [`MockSwr::on`](crate::MockSwr::on) plans them, and
    /// [`Verify::refused`](crate::Verify::refused) asserts them. Each API renders them in its own format, with the
    /// status and the code that it documents. An API without a matching error responds with the closest one.
    ///
    /// ```
    /// use mock_swr::{MockSwr, Op, Refusal};
    ///
    /// let swr = MockSwr::start();
    /// let plan = swr.on(Op::CreateRepo, Refusal::Throttled);
    /// # plan.remove();
    /// ```
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
    #[non_exhaustive]
    pub enum Refusal {
        /// The body is not JSON, or not an object: 400 SVCSTG.SWR.4001018.
        BodyMalformed: Invalid,
        /// A required field or parameter is absent: 400 SVCSTG.SWR.4001014.
        ParameterMissing: Invalid,
        /// A field has the wrong JSON type: 400 SVCSTG.SWR.4000014.
        ParameterType: Invalid,
        /// A value is not one of those allowed: 400 SVCSTG.SWR.4001025.
        ParameterValue: Invalid,
        /// `is_public` is absent or not a boolean: 400 SVCSTG.SWR.4001009.
        VisibilityInvalid: Invalid,
        /// The filter is not `key::value|key::value`: 400 SVCSTG.SWR.4001035.
        FilterInvalid: Invalid,
        /// The list cannot be sorted by this column: 400 SVCSTG.SWR.4001096.
        OrderColumn: Invalid,
        /// The limit is not a number, or is above the maximum: 400 SVCSTG.SWR.4000056.
        PageSize: Invalid,
        /// The organization's name breaks the naming rule: 400 SVCSTG.SWR.4001028.
        NamespaceName: Invalid,
        /// The repository's name breaks the naming rule: 400 SVCSTG.SWR.4001029.
        RepoName: Invalid,
        /// The account's quota of organizations is used up: 400 SVCSTG.SWR.4000097.
        NamespaceQuota: Forbidden,
        /// The account's quota of repositories is used up: 400 SVCSTG.SWR.4000098.
        RepoQuota: Forbidden,
        /// The description is longer than 30,000 characters: 413 SVCSTG.SWR.4131012.
        DescriptionTooLong: TooLarge,
        /// The organization belongs to another account: 401 SVCSTG.SWR.4011064.
        CrossAccount: Forbidden,
        /// The caller lacks the permission: 403 SVCSTG.SWR.4037017 on an organization, SVCSTG.SWR.4037018 on a
        /// repository, SVCSTG.SWR.4037020 on its contents, SVCSTG.SWR.4039002 otherwise.
        PermissionDenied: Forbidden,
        /// The organization does not exist: 404 SVCSTG.SWR.4040058.
        NamespaceNotFound: NotFound,
        /// The repository does not exist: 404 SVCSTG.SWR.4040113.
        RepoNotFound: NotFound,
        /// The version of the API does not exist: 404 SVCSTG.SWR.4040083.
        VersionNotFound: NotFound,
        /// The organization still holds repositories: 406 SVCSTG.SWR.4060074.
        NamespaceNotEmpty: Conflict,
        /// The repository still holds images: 406 SVCSTG.SWR.4060012 in older regions. The mock deletes
        /// the images.
        RepoNotEmpty: Conflict,
        /// The service is busy; the client should retry: 409 SVCSTG.SWR.4090023.
        ServiceBusy: Conflict,
        /// The service itself throttles, not its gateway: 403 SVCSTG.SWR.4031032.
        ServiceThrottled: Throttled,
        /// An internal error of the service: 500, with a code that depends on the operation.
        ServiceFailed: Failed,
        /// The object storage behind the service fails: 507 SVCSTG.SWR.5070070.
        StorageFailed: Unavailable,
        /// The tag's name breaks the naming rule: 400 SVCSTG.SWR.4009021.
        TagName: Invalid,
        /// The repository's quota of tags is used up: 400 SVCSTG.SWR.4000099.
        TagQuota: Forbidden,
        /// The tag does not exist: 404 SVCSTG.SWR.4040115.
        TagNotFound: NotFound,
        /// The tag already exists: 409 SVCSTG.SWR.4090006.
        TagExists: Conflict,
        /// The user already has a permission: 409 SVCSTG.SWR.4090076 on an organization, SVCSTG.SWR.4090089 on a
        /// repository.
        GrantExists: Conflict,
        /// The user has no permission to change or delete: 404 SVCSTG.SWR.4040078 on an organization,
        /// SVCSTG.SWR.4040091 on a repository.
        GrantNotFound: NotFound,
        /// A permission is not 1, 3 or 7, or that of a share is not `read`: 400 SVCSTG.SWR.4001065 on an organization,
        /// SVCSTG.SWR.4001066 on a repository.
        GrantLevel: Invalid,
        /// The id and the name of a user do not belong together: 400 SVCSTG.SWR.4001067.
        UserInvalid: Invalid,
        /// The repository is already shared with this account: 409 SVCSTG.SWR.4090089.
        ShareExists: Conflict,
        /// The repository is not shared with this account: 400 SVCSTG.SWR.4001090.
        ShareNotFound: NotFound,
        /// The account to share with does not exist: 400 SVCSTG.SWR.4001041.
        DomainInvalid: Invalid,
        /// The repository has a trigger of this name: 400 SVCSTG.SWR.4000014.
        TriggerExists: Conflict,
        /// The repository has no such trigger: 404 SVCSTG.SWR.4040126.
        TriggerNotFound: NotFound,
        /// The repository has a retention policy, and may have one only: 400 SVCSTG.SWR.4000014.
        RetentionExists: Conflict,
        /// The repository has no such retention policy: 400 SVCSTG.SWR.4000306.
        RetentionNotFound: NotFound,
        /// The repository has a synchronization rule for this target: 400 SVCSTG.SWR.4000014.
        SyncRuleExists: Conflict,
        /// The repository has no synchronization rule for this target: 400 SVCSTG.SWR.4001158.
        SyncRuleNotFound: NotFound,
        /// The region to copy images to does not exist: 500 SVCSTG.SWR.5001101.
        SyncRegionUnknown: Failed,
        /// The account already has an agency for SWR: 409 SVCSTG.SWR.4090089.
        AgencyExists: Conflict,
        /// A policy of IAM denies the action: 403 SVCSTG.SWR.4030170, with an `encoded_authorization_message`.
        PolicyDenied: Forbidden,
        /// The project or account in the request belongs to another account: 403 SVCSTG.SWR.4039001.
        ProjectForeign: Forbidden,
        /// The token is not for the account's project in this region: 401 SVCSTG.SWR.4010000.
        TokenScope: Unauthenticated,
        /// The organization's name is taken, by this or another account: 409 SVCSTG.SWR.4090060.
        NamespaceExists: Conflict,
        /// The repository already exists: 409 SVCSTG.SWR.4090006.
        RepoExists: Conflict,

        /// The gateway found no credentials: 401 APIGW.0301; at the registry 401 DENIED, "Authenticate Error".
        CredentialsMissing: Unauthenticated,
        /// The gateway does not know the access key: 401 APIGW.0301.
        AccessKeyUnknown: Unauthenticated,
        /// The signature does not match the request: 401 APIGW.0301.
        SignatureWrong: Unauthenticated,
        /// The date of the signature is more than 15 minutes away: 401 APIGW.0301.
        SignatureExpired: Unauthenticated,
        /// Five wrong signatures lock an access key for five minutes: 401 APIGW.0301.
        AccessKeyLocked: Unauthenticated,
        /// The gateway cannot read the token: 401 APIGW.0301.
        TokenInvalid: Unauthenticated,
        /// The token has expired: 401 APIGW.0307.
        TokenExpired: Unauthenticated,
        /// The security token of the temporary access key is missing or wrong: 401 APIGW.0301.
        SecurityTokenWrong: Unauthenticated,
        /// The temporary access key has expired: 401 APIGW.0301.
        TemporaryKeyExpired: Unauthenticated,
        /// The access key is inactive: 401 APIGW.0301; at IAM 400 IAM.1107.
        AccessKeyInactive: Unauthenticated,
        /// The gateway does not let this user call the API: 403 APIGW.0302.
        UserNotAuthorized: Forbidden,
        /// The gateway denies access: 403 APIGW.0306.
        AccessDenied: Forbidden,
        /// The account's project is frozen: 403 APIGW.0310.
        ProjectFrozen: Forbidden,
        /// The gateway does not know the client's address: 403 APIGW.0401.
        AddressUnknown: Forbidden,
        /// The gateway does not accept requests from the client's address: 403 APIGW.0402.
        AddressDenied: Forbidden,
        /// The user may not use this region: 403 APIGW.0802.
        RegionForbidden: Forbidden,
        /// The gateway cannot read the request: 400 APIGW.0602.
        RequestMalformed: Invalid,
        /// The gateway has no API with this path and method: 404 APIGW.0101.
        RouteNotFound: NotFound,
        /// The body is over 12 MB: 413 APIGW.0201.
        BodyTooLarge: TooLarge,
        /// The URL is over 32 KB, or a request to the registry names more than 50 tags: 414 APIGW.0201.
        UriTooLong: TooLarge,
        /// One header is over 32 KB or all together over 128 KB: 494 APIGW.0201.
        HeadersTooLarge: TooLarge,
        /// The gateway throttles: 429 APIGW.0308.
        Throttled: Throttled,
        /// An internal error of the gateway: 500 APIGW.0601.
        GatewayFailed: Failed,
        /// The service behind the gateway is down: 502 APIGW.0202.
        BackendDown: Unavailable,
        /// No instance of the service behind the gateway is healthy: 502 APIGW.0610.
        BackendMissing: Unavailable,
        /// The gateway cannot reach IAM: 503 APIGW.0613.
        IamDown: Unavailable,
        /// The service behind the gateway did not respond in time: 504 APIGW.0203.
        BackendTimeout: Unavailable,

        /// The login at the registry is unknown, or its key is wrong: 401 DENIED, "Authenticate Error".
        LoginWrong: Unauthenticated,
        /// The login at the registry has expired: 401 DENIED, "Authenticate Error".
        LoginExpired: Unauthenticated,
        /// The caller did not log in, and the repository is not public: 401 DENIED, "You may not login yet".
        LoginMissing: Unauthenticated,
        /// The caller failed to log in too often: 401 DENIED, "Not allow to login, upload or download image".
        LoginBarred: Forbidden,
        /// The registry's token does not allow the operation: 401 UNAUTHORIZED, with a challenge.
        ScopeInsufficient: Unauthenticated,
        /// The digest is malformed, or is not the digest of the content: 400 DIGEST_INVALID.
        DigestInvalid: Invalid,
        /// The blob does not exist in the registry: 404 BLOB_UNKNOWN.
        BlobUnknown: NotFound,
        /// The manifest does not exist in the registry: 404 MANIFEST_UNKNOWN.
        ManifestUnknown: NotFound,
        /// The manifest cannot be parsed: 400 MANIFEST_INVALID.
        ManifestInvalid: Invalid,
        /// The manifest refers to a blob or manifest that was not pushed: 400 MANIFEST_BLOB_UNKNOWN.
        ManifestBlobUnknown: Invalid,
        /// The service does not accept images of this format: 400 MANIFEST_INVALID, "Invalid image, fail to parse
        /// 'manifest.json'".
        ImageRefused: Invalid,
        /// The manifest is over 4 MiB: 413.
        ManifestTooLarge: TooLarge,
        /// The upload does not exist in the registry: 404 BLOB_UPLOAD_UNKNOWN.
        UploadUnknown: NotFound,
        /// The chunk does not start at the current end of the upload: 416 BLOB_UPLOAD_INVALID.
        UploadRange: Invalid,
        /// The range is outside of the blob: 416.
        RangeInvalid: Invalid,
        /// The `content_limit` of the builder is reached: 507 MOCKSWR.ContentLimit; at the registry DENIED.
        ContentLimit: Unavailable,
        /// A request to object storage has both an `Authorization` header and a signed URL: 400 InvalidArgument.
        CredentialsTwice: Invalid,
        /// The registry does not support the operation: 404 UNSUPPORTED.
        Unsupported: NotFound,

        /// The user does not exist at IAM, or the password is wrong: 401, "The username or password is wrong."
        PasswordWrong: Unauthenticated,
        /// IAM did not issue the token to be examined, or it has expired: 404.
        SubjectTokenUnknown: NotFound,
        /// The account does not exist at IAM: 404.
        DomainUnknown: NotFound,
        /// The project does not exist at IAM: 404.
        ProjectUnknown: NotFound,
        /// The user does not exist at IAM: 404 IAM.0004.
        UserUnknown: NotFound,
        /// The agency does not exist at IAM, or it does not trust the caller: 403.
        AgencyUnknown: Forbidden,

        /// The mock does not simulate this operation: 501 MOCKSWR.NotSimulated.
        NotSimulated: Failed,
        /// A closure of the test, or the mock itself, panicked: 500 MOCKSWR.Panicked.
        Panicked: Failed,
        /// The mock cannot open the listeners of the region whose address the response names: 500 MOCKSWR.ListenFailed.
        ListenFailed: Failed,
    }
}

/// A refusal, with the texts for its response and hint.
#[derive(Debug, Clone)]
pub(crate) struct Denied {
    pub(crate) refusal: Refusal,
    /// The `detail` of the response.
    pub(crate) detail: String,
    /// The hint in `x-mock-hint`, the journal and the report.
    pub(crate) hint: Option<String>,
    /// The owner of the credentials, if they were recognized but not accepted.
    pub(crate) by: Option<Arc<str>>,
    /// The registry that the response names and that has no listeners yet. The request is executed again when the
    /// listeners are open.
    pub(crate) unopened: Option<RegistryId>,
}

impl Denied {
    /// The response must name the address of a registry that has no listeners yet.
    pub(crate) fn unopened(registry: RegistryId) -> Denied {
        Denied {
            unopened: Some(registry),
            ..Denied::from(Refusal::ListenFailed)
        }
    }

    pub(crate) fn detail(mut self, detail: impl Into<String>) -> Denied {
        self.detail = detail.into();
        self
    }

    /// Sets the detail and the hint to the same text.
    pub(crate) fn explained(self, text: impl Into<String>) -> Denied {
        let text = text.into();
        self.hint(text.as_str()).detail(text)
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Denied {
        self.hint = Some(hint.into());
        self
    }

    pub(crate) fn by(mut self, label: &Arc<str>) -> Denied {
        self.by = Some(Arc::clone(label));
        self
    }
}

impl Refusal {
    /// The refusal of this name.
    pub(crate) fn parse(name: &str) -> Result<Refusal, String> {
        let named = || {
            Refusal::ALL
                .iter()
                .map(|refusal| (format!("{refusal:?}"), *refusal))
        };
        if let Some((_, refusal)) = named().find(|(known, _)| known == name) {
            return Ok(refusal);
        }
        let suggestion = did_you_mean(named().map(|(known, _)| known), name);
        Err(format!("`{name}` is not a refusal{suggestion}"))
    }
}

impl From<Refusal> for Denied {
    fn from(refusal: Refusal) -> Denied {
        Denied {
            refusal,
            detail: String::new(),
            hint: None,
            by: None,
            unopened: None,
        }
    }
}
