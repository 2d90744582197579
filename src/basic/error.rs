//! How the API host says no: the gateway's body and the service's, and which status and code a refusal has.

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
#[serde(rename_all = "camelCase")]
struct OldStyle<'a> {
    error_code: &'a str,
    error_message: &'a str,
    detail: &'a str,
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
            format!(
                "{}{} ({} {})",
                phrase.message, row.name, row.method, row.template
            )
        }
        _ => phrase.message.to_owned(),
    };
    error(
        phrase.voice,
        phrase.status,
        phrase.code,
        &message,
        &denied.detail,
        request_id,
    )
}

/// An error of any status and code.
pub(crate) fn error(
    voice: Voice,
    status: u16,
    code: &str,
    message: &str,
    detail: &str,
    request_id: &str,
) -> Reply {
    let body = match voice {
        Voice::Gateway => {
            let body = GatewayError {
                error_msg: message,
                error_code: code,
                request_id,
            };
            let mut body = serde_json::to_vec(&body).unwrap_or_default();
            // The recorded answers end with a line feed.
            body.push(b'\n');
            body
        }
        Voice::Service => serde_json::to_vec(&ServiceError {
            errors: [OldStyle {
                error_code: code,
                error_message: message,
                detail,
            }],
            error_code: code,
            error_msg: message,
            details: [Detail {
                error_code: code,
                error_msg: "",
            }],
            encoded_authorization_message: "",
        })
        .unwrap_or_default(),
    };
    reply(status, Bytes::from(body))
}

/// Status, code and message of a refusal. Messages of the live service are marked; the others are ours.
pub(crate) fn phrase(refusal: Refusal, row: Option<&Row>) -> Phrase {
    use Voice::{Gateway, Service};
    let about_repo = row.is_some_and(|row| row.template.contains("{repository"));
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
        Refusal::PermissionDenied if about_repo => (
            Service,
            403,
            "SVCSTG.SWR.4037018",
            "No permission to edit or manage the image",
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
        // What only the registry says, in the words the API host has for it.
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
