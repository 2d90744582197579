//! Which status, code and message a refusal has at the API host.

use http::Method;

use super::error::Voice;
use crate::base::refusal::Refusal;
use crate::operations::op::{Op, Row, Subject};

/// A refusal in the words of the API host.
#[derive(Debug)]
pub(crate) struct Phrase {
    pub(crate) voice: Voice,
    pub(crate) status: u16,
    pub(crate) code: &'static str,
    pub(crate) message: &'static str,
}

/// Status, code and message of a refusal. Messages of the live service are marked; the others are ours.
pub(crate) fn phrase(refusal: Refusal, row: Option<&Row>) -> Phrase {
    use Voice::{Gateway, Service};
    let subject = row.map_or(Subject::Account, |row| row.subject);
    let about_repo = matches!(subject, Subject::Repository | Subject::InRepository);
    let in_repo = subject == Subject::InRepository;
    let is_account_wide = row.is_some() && subject == Subject::Account;
    let (voice, status, code, message) = match refusal {
        Refusal::BodyMalformed => (Service, 400, "SVCSTG.SWR.4001018", "Invalid request body"),
        Refusal::ParameterMissing => (
            Service,
            400,
            "SVCSTG.SWR.4001014",
            "Required parameter is missing",
        ),
        Refusal::ParameterType => (Service, 400, "SVCSTG.SWR.4000014", "Invalid param"), // live
        Refusal::ParameterValue => (
            Service,
            400,
            "SVCSTG.SWR.4001025",
            "Invalid parameter value",
        ),
        Refusal::VisibilityInvalid => (
            Service,
            400,
            "SVCSTG.SWR.4001009",
            "is_public must be true or false",
        ),
        Refusal::FilterInvalid => (Service, 400, "SVCSTG.SWR.4001035", "Invalid filter"),
        Refusal::OrderColumn => (
            Service,
            400,
            "SVCSTG.SWR.4001096",
            "param order column error",
        ), // live
        Refusal::PageSize => (Service, 400, "SVCSTG.SWR.4000056", "Invalid page size"),
        Refusal::NamespaceName => (Service, 400, "SVCSTG.SWR.4001028", "Invalid namespace name"),
        Refusal::RepoName => (
            Service,
            400,
            "SVCSTG.SWR.4001029",
            "Invalid repository name",
        ),
        Refusal::NamespaceQuota => (
            Service,
            400,
            "SVCSTG.SWR.4000097",
            "Namespace quota exceeded",
        ),
        Refusal::RepoQuota => (
            Service,
            400,
            "SVCSTG.SWR.4000098",
            "Repository quota exceeded",
        ),
        Refusal::DescriptionTooLong => (
            Service,
            413,
            "SVCSTG.SWR.4131012",
            "Description is too long",
        ),
        Refusal::CrossAccount => (
            Service,
            401,
            "SVCSTG.SWR.4011064",
            "Cross-account access is not allowed",
        ),
        Refusal::GrantExists if about_repo => (
            Service,
            409,
            "SVCSTG.SWR.4090089",
            "Permission already exists",
        ),
        Refusal::GrantExists => (
            Service,
            409,
            "SVCSTG.SWR.4090076",
            "Namespace permission already exists",
        ),
        Refusal::GrantNotFound if about_repo => (
            Service,
            404,
            "SVCSTG.SWR.4040091",
            "Permission does not exist",
        ),
        Refusal::GrantNotFound => (
            Service,
            404,
            "SVCSTG.SWR.4040078",
            "Namespace permission does not exist",
        ),
        Refusal::GrantLevel if about_repo => {
            (Service, 400, "SVCSTG.SWR.4001066", "Invalid permission")
        }
        Refusal::GrantLevel => (
            Service,
            400,
            "SVCSTG.SWR.4001065",
            "Invalid namespace permission",
        ),
        Refusal::UserInvalid => (Service, 400, "SVCSTG.SWR.4001067", "Invalid user name"),
        // Inferred: no code is documented for a second share, nor for a second agency.
        Refusal::ShareExists => (
            Service,
            409,
            "SVCSTG.SWR.4090089",
            "Access domain already exists",
        ),
        // Seen by terraform, which takes it for "gone".
        Refusal::ShareNotFound => (
            Service,
            400,
            "SVCSTG.SWR.4001090",
            "Access domain does not exist",
        ),
        Refusal::DomainInvalid => (Service, 400, "SVCSTG.SWR.4001041", "Invalid domain"),
        Refusal::AgencyExists => (Service, 409, "SVCSTG.SWR.4090089", "Agency already exists"),
        Refusal::PolicyDenied => (
            Service,
            403,
            "SVCSTG.SWR.4030170",
            "Insufficient permissions",
        ), // live
        Refusal::ProjectForeign => (
            Service,
            403,
            "SVCSTG.SWR.4039001",
            "Resource does not belong to you",
        ),
        Refusal::TokenScope => (Service, 401, "SVCSTG.SWR.4010000", "Authenticate Error"),
        Refusal::PermissionDenied if in_repo => (
            Service,
            403,
            "SVCSTG.SWR.4037020",
            "No permission to operate resources in the repository",
        ),
        Refusal::PermissionDenied if about_repo => (
            Service,
            403,
            "SVCSTG.SWR.4037018",
            "No permission to edit or manage the image",
        ),
        Refusal::PermissionDenied if is_account_wide => (
            Service,
            403,
            "SVCSTG.SWR.4039002",
            "Operation not permitted",
        ),
        Refusal::PermissionDenied => (
            Service,
            403,
            "SVCSTG.SWR.4037017",
            "No permission to edit or manage the namespace",
        ),
        Refusal::NamespaceNotFound => (
            Service,
            404,
            "SVCSTG.SWR.4040058",
            "Namespace does not exists",
        ), // recorded
        Refusal::RepoNotFound => (
            Service,
            404,
            "SVCSTG.SWR.4040113",
            "Repository does not exist",
        ),
        Refusal::VersionNotFound => (Service, 404, "SVCSTG.SWR.4040083", "URL not found"),
        Refusal::NamespaceNotEmpty => (
            Service,
            406,
            "SVCSTG.SWR.4060074",
            "Namespace still contains images",
        ),
        Refusal::RepoNotEmpty => (
            Service,
            406,
            "SVCSTG.SWR.4060012",
            "Repository still contains images",
        ),
        Refusal::ServiceBusy => (
            Service,
            409,
            "SVCSTG.SWR.4090023",
            "The system is busy. Please try again later",
        ),
        Refusal::ServiceThrottled => (
            Service,
            403,
            "SVCSTG.SWR.4031032",
            "The number of requests exceeds the maximum",
        ),
        Refusal::ServiceFailed => {
            let (code, message) = failure(row);
            (Service, 500, code, message)
        }
        Refusal::StorageFailed => (
            Service,
            507,
            "SVCSTG.SWR.5070070",
            "Object storage is disabled or failing",
        ),
        Refusal::TagName => (Service, 400, "SVCSTG.SWR.4009021", "Invalid tag name"),
        Refusal::TagQuota => (Service, 400, "SVCSTG.SWR.4000099", "Tag quota exceeded"),
        Refusal::TagNotFound => (Service, 404, "SVCSTG.SWR.4040115", "Tag does not exist"),
        Refusal::TagExists => (Service, 409, "SVCSTG.SWR.4090006", "Tag already exists"),
        // What only IAM and the registry say, in the words the service has for it.
        Refusal::PasswordWrong => (Service, 401, "SVCSTG.SWR.4010000", "Authenticate Error"),
        Refusal::SubjectTokenUnknown
        | Refusal::DomainUnknown
        | Refusal::ProjectUnknown
        | Refusal::UserUnknown => (Service, 404, "SVCSTG.SWR.4040083", "URL not found"),
        Refusal::AgencyUnknown => (
            Service,
            403,
            "SVCSTG.SWR.4039002",
            "Operation not permitted",
        ),
        Refusal::LoginWrong | Refusal::LoginExpired | Refusal::LoginMissing => {
            (Service, 401, "SVCSTG.SWR.4010000", "Authenticate Error")
        }
        Refusal::LoginBarred => (
            Service,
            403,
            "SVCSTG.SWR.4031042",
            "Not allow to login, upload or download image",
        ),
        Refusal::ScopeInsufficient => (
            Service,
            403,
            "SVCSTG.SWR.4039002",
            "Operation not permitted",
        ),
        Refusal::DigestInvalid => (Service, 400, "SVCSTG.SWR.4000013", "Invalid digest"),
        Refusal::BlobUnknown => (Service, 404, "SVCSTG.SWR.4041051", "Layer does not exist"),
        Refusal::ManifestUnknown => (
            Service,
            404,
            "SVCSTG.SWR.4041060",
            "Manifest does not exist",
        ),
        Refusal::ManifestInvalid => (Service, 400, "SVCSTG.SWR.4000068", "Invalid manifest"),
        Refusal::ManifestBlobUnknown => {
            (Service, 400, "SVCSTG.SWR.4000065", "Manifest lacks layers")
        }
        Refusal::ImageRefused => (
            Service,
            400,
            "SVCSTG.SWR.4000069",
            "Invalid image, fail to parse 'manifest.json'",
        ),
        Refusal::ManifestTooLarge => (Service, 413, "SVCSTG.SWR.4131001", "Request body too large"),
        Refusal::UploadUnknown => (Service, 404, "SVCSTG.SWR.4040043", "Session does not exist"),
        Refusal::UploadRange | Refusal::RangeInvalid => {
            (Service, 400, "SVCSTG.SWR.4001025", "Invalid range")
        }
        Refusal::ContentLimit => (
            Service,
            507,
            "MOCKSWR.ContentLimit",
            "mock-swr holds no more",
        ),
        Refusal::Unsupported => (Service, 404, "SVCSTG.SWR.4040083", "URL not found"),
        // The message a shipping client compares with.
        Refusal::NamespaceExists => (
            Service,
            409,
            "SVCSTG.SWR.4090060",
            "Namespace already exists",
        ),
        Refusal::RepoExists => (
            Service,
            409,
            "SVCSTG.SWR.4090006",
            "Repository already exists",
        ),
        Refusal::CredentialsMissing => (
            Gateway,
            401,
            "APIGW.0301",
            "Incorrect IAM authentication information: x-auth-token not found",
        ),
        // Recorded, of an access key that does not exist.
        Refusal::AccessKeyUnknown => (
            Gateway,
            401,
            "APIGW.0301",
            "Incorrect IAM authentication information: Unauthorized",
        ),
        Refusal::SignatureWrong => (
            Gateway,
            401,
            "APIGW.0301",
            "Incorrect IAM authentication information: verify aksk signature fail",
        ),
        Refusal::SignatureExpired => (
            Gateway,
            401,
            "APIGW.0301",
            "Incorrect IAM authentication information: signature expired",
        ),
        Refusal::AccessKeyLocked => (
            Gateway,
            401,
            "APIGW.0301",
            "Incorrect IAM authentication information: AK access failed to reach the limit,forbidden.",
        ),
        Refusal::TokenInvalid => (
            Gateway,
            401,
            "APIGW.0301",
            "Incorrect IAM authentication information: decrypt token fail",
        ),
        Refusal::TokenExpired => (Gateway, 401, "APIGW.0307", "The token must be updated"),
        // Inferred: the gateway decrypts a security token as it does any other.
        Refusal::SecurityTokenWrong => (
            Gateway,
            401,
            "APIGW.0301",
            "Incorrect IAM authentication information: decrypt token fail",
        ),
        // Inferred: a key that is over is one that does not exist.
        Refusal::TemporaryKeyExpired => (
            Gateway,
            401,
            "APIGW.0301",
            "Incorrect IAM authentication information: Unauthorized",
        ),
        Refusal::AccessKeyInactive => (
            Gateway,
            401,
            "APIGW.0301",
            "Incorrect IAM authentication information: Unauthorized",
        ),
        Refusal::UserNotAuthorized => (
            Gateway,
            403,
            "APIGW.0302",
            "The IAM user is not authorized to access the API",
        ),
        Refusal::AccessDenied => (Gateway, 403, "APIGW.0306", "API access denied"),
        Refusal::ProjectFrozen => (Gateway, 403, "APIGW.0310", "The project is unavailable"),
        Refusal::AddressUnknown => (Gateway, 403, "APIGW.0401", "Unknown client IP address"),
        Refusal::AddressDenied => (
            Gateway,
            403,
            "APIGW.0402",
            "The IP address is not authorized to access the API",
        ),
        Refusal::RegionForbidden => (
            Gateway,
            403,
            "APIGW.0802",
            "The IAM user is forbidden in the currently selected region",
        ),
        Refusal::RequestMalformed => (Gateway, 400, "APIGW.0602", "Bad request"),
        Refusal::BackendMissing => (Gateway, 502, "APIGW.0610", "No backend available"),
        Refusal::IamDown => (
            Gateway,
            503,
            "APIGW.0613",
            "The IAM service is currently unavailable",
        ),
        // Recorded.
        Refusal::RouteNotFound => (
            Gateway,
            404,
            "APIGW.0101",
            "The API does not exist or has not been published in the environment",
        ),
        Refusal::BodyTooLarge => (Gateway, 413, "APIGW.0201", "Request entity too large"),
        Refusal::UriTooLong => (Gateway, 414, "APIGW.0201", "Request URI too large"),
        Refusal::HeadersTooLarge => (Gateway, 494, "APIGW.0201", "Request headers too large"),
        Refusal::Throttled => (
            Gateway,
            429,
            "APIGW.0308",
            "The throttling threshold has been reached: policy user over ratelimit,limit:200,time:1 second",
        ),
        Refusal::GatewayFailed => (Gateway, 500, "APIGW.0601", "Internal server error"),
        Refusal::BackendDown => (Gateway, 502, "APIGW.0202", "Backend unavailable"),
        Refusal::BackendTimeout => (Gateway, 504, "APIGW.0203", "Backend timeout"),
        Refusal::NotSimulated => (
            Service,
            501,
            "MOCKSWR.NotSimulated",
            "mock-swr does not simulate ",
        ),
        Refusal::Panicked => (
            Service,
            500,
            "MOCKSWR.Panicked",
            "a panic while mock-swr worked on this request",
        ),
    };
    Phrase {
        voice,
        status,
        code,
        message,
    }
}

/// What an operation says when it fails by itself: the code for what it does or, where it has none of its own, for
/// what its method does.
fn failure(row: Option<&Row>) -> (&'static str, &'static str) {
    let Some(row) = row else {
        return ("SVCSTG.SWR.5000007", "Failed to get");
    };
    if let Some((_, code, message)) = FAILURES.iter().find(|(op, ..)| *op == row.op) {
        return (code, message);
    }
    let is_list = row.name.starts_with("List");
    match row.method {
        Method::POST => ("SVCSTG.SWR.5000046", "Failed to create"),
        Method::PATCH | Method::PUT => ("SVCSTG.SWR.5000011", "Failed to update"),
        Method::DELETE => ("SVCSTG.SWR.5000005", "Failed to delete"),
        _ if is_list => ("SVCSTG.SWR.5000008", "Failed to list"),
        _ => ("SVCSTG.SWR.5000007", "Failed to get"),
    }
}

/// Inferred: which code of the table is whose.
const FAILURES: &[(Op, &str, &str)] = &[
    (
        Op::CreateNamespace,
        "SVCSTG.SWR.5000059",
        "Failed to create the organization",
    ),
    (
        Op::ShowNamespace,
        "SVCSTG.SWR.5000057",
        "Failed to read the organization",
    ),
    (
        Op::DeleteNamespaces,
        "SVCSTG.SWR.5001049",
        "Failed to delete the organization",
    ),
    (
        Op::ShowNamespaceAuth,
        "SVCSTG.SWR.5000077",
        "Failed to read the organization permissions",
    ),
    (
        Op::CreateNamespaceAuth,
        "SVCSTG.SWR.5000080",
        "Failed to create the organization permissions",
    ),
    (
        Op::UpdateNamespaceAuth,
        "SVCSTG.SWR.5000079",
        "Failed to update the organization permissions",
    ),
    (
        Op::DeleteNamespaceAuth,
        "SVCSTG.SWR.5000081",
        "Failed to delete the organization permissions",
    ),
    (
        Op::CreateRepo,
        "SVCSTG.SWR.5001058",
        "Failed to save the image",
    ),
    (
        Op::ShowRepository,
        "SVCSTG.SWR.5000112",
        "Failed to read the image",
    ),
    (
        Op::DeleteRepo,
        "SVCSTG.SWR.5000049",
        "Failed to delete the image",
    ),
    (
        Op::ListReposDetails,
        "SVCSTG.SWR.5000003",
        "Failed to read the image list",
    ),
    (
        Op::ShowUserRepositoryAuth,
        "SVCSTG.SWR.5000090",
        "Failed to read the permissions",
    ),
    (
        Op::CreateUserRepositoryAuth,
        "SVCSTG.SWR.5000093",
        "Failed to create the permissions",
    ),
    (
        Op::UpdateUserRepositoryAuth,
        "SVCSTG.SWR.5000092",
        "Failed to update the permissions",
    ),
    (
        Op::CreateRepoTag,
        "SVCSTG.SWR.5000085",
        "Failed to create the tag",
    ),
    (
        Op::ShowRepoTag,
        "SVCSTG.SWR.5000114",
        "Failed to read the image tag",
    ),
    (
        Op::ListRepositoryTags,
        "SVCSTG.SWR.5000063",
        "Failed to obtain the tag list",
    ),
    (
        Op::ListRepositoryTag,
        "SVCSTG.SWR.5001056",
        "Failed to read the tag list",
    ),
];
