//! How the API host says no: the gateway's body and the service's, and which status and code a refusal has.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::Serialize;

use crate::http::{Denied, Reply, reply};
use crate::ops::{Part, Row};
use crate::state::Refusal;

/// Who answers: the gateway in front, or the service itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Voice {
    Gateway,
    Service,
}

/// A refusal in the words of the API host.
#[derive(Debug)]
pub(crate) struct Phrase {
    pub(crate) voice: Voice,
    pub(crate) status: u16,
    pub(crate) code: &'static str,
    pub(crate) message: &'static str,
}

/// The gateway's body.
#[derive(Serialize)]
struct GatewayError<'a> {
    error_msg: &'a str,
    error_code: &'a str,
    request_id: &'a str,
}

/// The service's body: what both generations of clients read, the older in `errors`, the newer at the top.
#[derive(Serialize)]
struct ServiceError<'a> {
    errors: [OldStyle<'a>; 1],
    error_code: &'a str,
    error_msg: &'a str,
    details: [Detail<'a>; 1],
    encoded_authorization_message: &'a str,
}

#[derive(Serialize)]
struct OldStyle<'a> {
    #[serde(rename = "errorCode")]
    error_code: &'a str,
    #[serde(rename = "errorMessage")]
    error_message: &'a str,
    detail: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    encoded_authorization_message: &'a str,
}

/// Its message is empty in the documented answers.
#[derive(Serialize)]
struct Detail<'a> {
    error_code: &'a str,
    error_msg: &'a str,
}

/// A refusal as the client gets it.
pub(crate) fn refuse(denied: &Denied, row: Option<&Row>, request_id: &str) -> Reply {
    let phrase = phrase(denied.refusal, row);
    let message = match (denied.refusal, row) {
        (Refusal::NotSimulated, Some(row)) => {
            let Row {
                name,
                method,
                template,
                ..
            } = row;
            format!("{}{name} ({method} {template})", phrase.message)
        }
        _ => phrase.message.to_owned(),
    };
    // The account's administrator can have it decoded by the real service; here it says why.
    let encoded = match denied.refusal {
        Refusal::PolicyDenied => STANDARD.encode(&denied.detail),
        _ => String::new(),
    };
    let error = Error {
        voice: phrase.voice,
        status: phrase.status,
        code: phrase.code,
        message: &message,
        detail: &denied.detail,
        encoded_authorization_message: &encoded,
    };
    error.reply(request_id)
}

/// An error of any status and code.
#[derive(Debug)]
pub(crate) struct Error<'a> {
    pub(crate) voice: Voice,
    pub(crate) status: u16,
    pub(crate) code: &'a str,
    pub(crate) message: &'a str,
    pub(crate) detail: &'a str,
    pub(crate) encoded_authorization_message: &'a str,
}

impl Error<'_> {
    pub(crate) fn reply(&self, request_id: &str) -> Reply {
        let body = match self.voice {
            Voice::Gateway => {
                let body = GatewayError {
                    error_msg: self.message,
                    error_code: self.code,
                    request_id,
                };
                let mut body = serde_json::to_vec(&body).unwrap_or_default();
                // The recorded answers end with a line feed.
                body.push(b'\n');
                body
            }
            Voice::Service => serde_json::to_vec(&ServiceError {
                errors: [OldStyle {
                    error_code: self.code,
                    error_message: self.message,
                    detail: self.detail,
                    encoded_authorization_message: self.encoded_authorization_message,
                }],
                error_code: self.code,
                error_msg: self.message,
                details: [Detail {
                    error_code: self.code,
                    error_msg: "",
                }],
                encoded_authorization_message: self.encoded_authorization_message,
            })
            .unwrap_or_default(),
        };
        reply(self.status, Bytes::from(body))
    }
}

/// Status, code and message of a refusal. Messages of the live service are marked; the others are ours.
pub(crate) fn phrase(refusal: Refusal, row: Option<&Row>) -> Phrase {
    use Voice::{Gateway, Service};
    let about_repo = row.is_some_and(|row| row.template.contains("{repository"));
    let is_account_wide = row.is_some_and(|row| !row.template.contains("/namespaces"));
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

/// What a bare status stands for at this door, where the test names no refusal.
pub(crate) fn of_status(status: u16, row: Option<&Row>) -> Option<Refusal> {
    let about_repo = row.is_some_and(|row| row.template.contains("{repository"));
    let basic = row.is_none_or(|row| row.part == Part::Basic);
    Some(match status {
        400 if basic => Refusal::ParameterType,
        401 => Refusal::TokenInvalid,
        403 if basic => Refusal::PermissionDenied,
        404 if about_repo && basic => Refusal::RepoNotFound,
        404 if basic => Refusal::NamespaceNotFound,
        413 => Refusal::BodyTooLarge,
        414 => Refusal::UriTooLong,
        429 => Refusal::Throttled,
        500 => Refusal::GatewayFailed,
        502 => Refusal::BackendDown,
        504 => Refusal::BackendTimeout,
        _ => return None,
    })
}
