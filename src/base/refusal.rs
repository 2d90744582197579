//! Every reason the service says no.

use std::sync::Arc;

macro_rules! refusals {
    ($(#[$meta:meta])* pub enum Refusal { $($(#[$doc:meta])* $name:ident,)* }) => {
        $(#[$meta])*
        pub enum Refusal { $($(#[$doc])* $name,)* }

        impl Refusal {
            /// Every refusal.
            #[cfg(test)]
            pub(crate) const ALL: &[Refusal] = &[$(Refusal::$name,)*];
        }
    };
}

refusals! {
    /// A reason for which the service refuses, by name.
    ///
    /// The simulated service itself refuses with these; [`MockSwr::on`](crate::MockSwr::on) answers with them, and
    /// [`Verify::refused`](crate::Verify::refused) asserts them. Each door phrases them in its own dialect, with the
    /// status and the code that the service documents.
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
        BodyMalformed,
        /// A required field or parameter is absent: 400 SVCSTG.SWR.4001014.
        ParameterMissing,
        /// A field has the wrong JSON type: 400 SVCSTG.SWR.4000014.
        ParameterType,
        /// A value is not one of those allowed: 400 SVCSTG.SWR.4001025.
        ParameterValue,
        /// `is_public` is absent or not a boolean: 400 SVCSTG.SWR.4001009.
        VisibilityInvalid,
        /// The filter is not `key::value|key::value`: 400 SVCSTG.SWR.4001035.
        FilterInvalid,
        /// The list cannot be sorted by this column: 400 SVCSTG.SWR.4001096.
        OrderColumn,
        /// The limit is no number or above the maximum: 400 SVCSTG.SWR.4000056.
        PageSize,
        /// The organization's name breaks the naming rule: 400 SVCSTG.SWR.4001028.
        NamespaceName,
        /// The repository's name breaks the naming rule: 400 SVCSTG.SWR.4001029.
        RepoName,
        /// The account has as many organizations as it may: 400 SVCSTG.SWR.4000097.
        NamespaceQuota,
        /// The account has as many repositories as it may: 400 SVCSTG.SWR.4000098.
        RepoQuota,
        /// The description is longer than 30,000 characters: 413 SVCSTG.SWR.4131012.
        DescriptionTooLong,
        /// The organization belongs to another account: 401 SVCSTG.SWR.4011064.
        CrossAccount,
        /// The caller's permission does not reach: 403 SVCSTG.SWR.4037017 on an organization, SVCSTG.SWR.4037018 on a
        /// repository, SVCSTG.SWR.4037020 on what it holds, SVCSTG.SWR.4039002 elsewhere.
        PermissionDenied,
        /// There is no such organization: 404 SVCSTG.SWR.4040058.
        NamespaceNotFound,
        /// There is no such repository: 404 SVCSTG.SWR.4040113.
        RepoNotFound,
        /// There is no such version of the API: 404 SVCSTG.SWR.4040083.
        VersionNotFound,
        /// The organization still holds repositories: 406 SVCSTG.SWR.4060074.
        NamespaceNotEmpty,
        /// The repository still holds images, which older regions mind: 406 SVCSTG.SWR.4060012. The mock deletes them with
        /// it.
        RepoNotEmpty,
        /// The service is busy, and should be asked again: 409 SVCSTG.SWR.4090023.
        ServiceBusy,
        /// The service itself throttles, not its gateway: 403 SVCSTG.SWR.4031032.
        ServiceThrottled,
        /// The service failed by itself: 500, with the code of what the operation does.
        ServiceFailed,
        /// The object storage behind the service fails: 507 SVCSTG.SWR.5070070.
        StorageFailed,
        /// The tag's name breaks the naming rule: 400 SVCSTG.SWR.4009021.
        TagName,
        /// The repository has as many tags as it may: 400 SVCSTG.SWR.4000099.
        TagQuota,
        /// There is no such tag: 404 SVCSTG.SWR.4040115.
        TagNotFound,
        /// The tag exists: 409 SVCSTG.SWR.4090006.
        TagExists,
        /// The user has a permission here: 409 SVCSTG.SWR.4090076, or SVCSTG.SWR.4090089 on a repository.
        GrantExists,
        /// The user has no permission here: 404 SVCSTG.SWR.4040078, or SVCSTG.SWR.4040091 on a repository.
        GrantNotFound,
        /// A permission is none of 1, 3 and 7, or of a share `read`: 400 SVCSTG.SWR.4001065, or SVCSTG.SWR.4001066 on
        /// a repository.
        GrantLevel,
        /// The id and the name of a user do not fit: 400 SVCSTG.SWR.4001067.
        UserInvalid,
        /// The repository is shared with this account: 409 SVCSTG.SWR.4090089.
        ShareExists,
        /// The repository is not shared with this account: 400 SVCSTG.SWR.4001090.
        ShareNotFound,
        /// There is no such account to share with: 400 SVCSTG.SWR.4001041.
        DomainInvalid,
        /// The account has an agency for SWR: 409 SVCSTG.SWR.4090089.
        AgencyExists,
        /// A policy of IAM denies the action: 403 SVCSTG.SWR.4030170, with an `encoded_authorization_message`.
        PolicyDenied,
        /// The project, or the account, that the request names is another account's: 403 SVCSTG.SWR.4039001.
        ProjectForeign,
        /// The token is not of the account's project in this region: 401 SVCSTG.SWR.4010000.
        TokenScope,
        /// The organization's name is taken, by whichever account: 409 SVCSTG.SWR.4090060.
        NamespaceExists,
        /// The repository exists: 409 SVCSTG.SWR.4090006.
        RepoExists,

        /// The gateway found no credentials: 401 APIGW.0301; at the registry 401 DENIED, "Authenticate Error".
        CredentialsMissing,
        /// The gateway does not know the access key: 401 APIGW.0301.
        AccessKeyUnknown,
        /// The signature is not that of the request: 401 APIGW.0301.
        SignatureWrong,
        /// The date of the signature is more than 15 minutes away: 401 APIGW.0301.
        SignatureExpired,
        /// Five wrong signatures lock an access key for five minutes: 401 APIGW.0301.
        AccessKeyLocked,
        /// The gateway cannot read the token: 401 APIGW.0301.
        TokenInvalid,
        /// The token's time is over: 401 APIGW.0307.
        TokenExpired,
        /// The temporary access key came without its security token, or with another: 401 APIGW.0301.
        SecurityTokenWrong,
        /// The temporary access key's time is over: 401 APIGW.0301.
        TemporaryKeyExpired,
        /// The access key was switched off: 401 APIGW.0301; at IAM 400 IAM.1107.
        AccessKeyInactive,
        /// The gateway does not let this user call the API: 403 APIGW.0302.
        UserNotAuthorized,
        /// The gateway denies access: 403 APIGW.0306.
        AccessDenied,
        /// The account's project is frozen: 403 APIGW.0310.
        ProjectFrozen,
        /// The gateway does not know the client's address: 403 APIGW.0401.
        AddressUnknown,
        /// The gateway does not let the client's address in: 403 APIGW.0402.
        AddressDenied,
        /// The user may not enter this region: 403 APIGW.0802.
        RegionForbidden,
        /// The gateway cannot make sense of the request: 400 APIGW.0602.
        RequestMalformed,
        /// The gateway has no such path, or not with this method: 404 APIGW.0101.
        RouteNotFound,
        /// The body is over 12 MB: 413 APIGW.0201.
        BodyTooLarge,
        /// The address is over 32 KB, or at the registry names more than 50 tags: 414 APIGW.0201.
        UriTooLong,
        /// One header is over 32 KB or all together over 128 KB: 494 APIGW.0201.
        HeadersTooLarge,
        /// The gateway throttles: 429 APIGW.0308.
        Throttled,
        /// The gateway failed by itself: 500 APIGW.0601.
        GatewayFailed,
        /// The service behind the gateway is down: 502 APIGW.0202.
        BackendDown,
        /// No instance of the service behind the gateway is well: 502 APIGW.0610.
        BackendMissing,
        /// The gateway cannot reach IAM: 503 APIGW.0613.
        IamDown,
        /// The service behind the gateway did not answer in time: 504 APIGW.0203.
        BackendTimeout,

        /// The login at the registry is unknown or its key wrong: 401 DENIED, "Authenticate Error".
        LoginWrong,
        /// The login at the registry is over: 401 DENIED, "Authenticate Error".
        LoginExpired,
        /// Nobody logged in, and the repository is not public: 401 DENIED, "You may not login yet".
        LoginMissing,
        /// Too many failures: 401 DENIED, "Not allow to login, upload or download image".
        LoginBarred,
        /// The registry's token does not reach so far: 401 UNAUTHORIZED, with a challenge.
        ScopeInsufficient,
        /// The digest is malformed, or not that of the content: 400 DIGEST_INVALID.
        DigestInvalid,
        /// The registry has no such blob: 404 BLOB_UNKNOWN.
        BlobUnknown,
        /// The registry has no such manifest: 404 MANIFEST_UNKNOWN.
        ManifestUnknown,
        /// The manifest is none: 400 MANIFEST_INVALID.
        ManifestInvalid,
        /// The manifest refers to a blob or manifest that was not pushed: 400 MANIFEST_BLOB_UNKNOWN.
        ManifestBlobUnknown,
        /// The service does not take images of this form: 400 MANIFEST_INVALID, "Invalid image, fail to parse
        /// 'manifest.json'".
        ImageRefused,
        /// The manifest is over 4 MiB: 413.
        ManifestTooLarge,
        /// The registry has no such upload: 404 BLOB_UPLOAD_UNKNOWN.
        UploadUnknown,
        /// The chunk does not begin where the upload ends: 416 BLOB_UPLOAD_INVALID.
        UploadRange,
        /// The range lies outside of the blob: 416.
        RangeInvalid,
        /// The mock holds as many bytes as it may: 507 DENIED, the mock's own.
        ContentLimit,
        /// The registry does not offer this: 404 or 405 UNSUPPORTED.
        Unsupported,

        /// IAM knows no such user, or the password is another: 401, "The username or password is wrong."
        PasswordWrong,
        /// IAM did not issue the token that is to be examined, or its time is over: 404.
        SubjectTokenUnknown,
        /// IAM has no such account: 404.
        DomainUnknown,
        /// IAM has no such project: 404.
        ProjectUnknown,
        /// IAM has no such user: 404 IAM.0004.
        UserUnknown,
        /// IAM has no such agency, or it does not trust the caller: 403.
        AgencyUnknown,

        /// The mock does not simulate this operation: 501, the mock's own.
        NotSimulated,
        /// Code of the test's author, or the mock's own, panicked: 500, the mock's own.
        Panicked,
    }
}

/// A refusal on its way to the client: what the answer must name, and what the test's author should know.
#[derive(Debug, Clone)]
pub(crate) struct Denied {
    pub(crate) refusal: Refusal,
    /// Goes into the answer's `detail`.
    pub(crate) detail: String,
    /// Goes into `x-mock-hint`, the journal and the report.
    pub(crate) hint: Option<String>,
    /// Whose credentials they were, where that is known although they are not good.
    pub(crate) by: Option<Arc<str>>,
}

impl Denied {
    pub(crate) fn detail(mut self, detail: impl Into<String>) -> Denied {
        self.detail = detail.into();
        self
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

impl From<Refusal> for Denied {
    fn from(refusal: Refusal) -> Denied {
        Denied {
            refusal,
            detail: String::new(),
            hint: None,
            by: None,
        }
    }
}
