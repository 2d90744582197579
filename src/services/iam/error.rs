//! How IAM says no: one body up to v3, another one since v3.0.

use bytes::Bytes;
use http::StatusCode;
use serde::Serialize;

use crate::base::refusal::Denied;
use crate::base::refusal::Refusal;
use crate::base::reply::{Reply, reply};
use crate::operations::op::{Api, Row};

#[derive(Serialize)]
struct Older<'a> {
    error: OlderError<'a>,
}

#[derive(Serialize)]
struct OlderError<'a> {
    code: u16,
    message: &'a str,
    title: &'a str,
}

#[derive(Serialize)]
struct Newer<'a> {
    error_code: &'a str,
    error_msg: &'a str,
}

/// A refusal as the client gets it.
pub(crate) fn refuse(denied: &Denied, row: &Row) -> Reply {
    let (status, code, message) = phrase(denied.refusal);
    error(status, code, message, row)
}

/// An error of any status and code, in the form of the operation's version.
pub(crate) fn error(status: u16, code: &str, message: &str, row: &Row) -> Reply {
    let is_older = row.api == Api::Keystone;
    let body = if is_older {
        let status_code = StatusCode::from_u16(status).ok();
        serde_json::to_vec(&Older {
            error: OlderError {
                code: status,
                message,
                title: status_code
                    .and_then(|status| status.canonical_reason())
                    .unwrap_or("Error"),
            },
        })
    } else {
        serde_json::to_vec(&Newer {
            error_code: code,
            error_msg: message,
        })
    };
    reply(status, Bytes::from(body.unwrap_or_default()))
}

/// What a bare status stands for at IAM.
pub(crate) fn of_status(status: u16) -> Option<Refusal> {
    match status {
        400 => Some(Refusal::BodyMalformed),
        401 => Some(Refusal::TokenInvalid),
        403 => Some(Refusal::PermissionDenied),
        404 => Some(Refusal::UserUnknown),
        429 => Some(Refusal::Throttled),
        500 => Some(Refusal::GatewayFailed),
        _ => None,
    }
}

const REQUIRES_AUTHENTICATION: &str = "The request you have made requires authentication.";
const INVALID_BODY: &str = "The request body is invalid";
const NOT_FOUND: &str = "The requested resource could not be found.";
const CONFLICT: &str = "The resource exists already.";

/// Status, code and message. Documented are those of passwords, bodies, tokens to be examined, and all codes.
pub(crate) fn phrase(refusal: Refusal) -> (u16, &'static str, &'static str) {
    match refusal {
        Refusal::PasswordWrong | Refusal::LoginWrong | Refusal::LoginMissing => {
            (401, "IAM.0062", "The username or password is wrong.")
        }
        Refusal::CredentialsMissing
        | Refusal::AccessKeyUnknown
        | Refusal::SignatureWrong
        | Refusal::SignatureExpired
        | Refusal::SecurityTokenWrong
        | Refusal::CrossAccount => (401, "IAM.0001", REQUIRES_AUTHENTICATION),
        Refusal::TokenExpired | Refusal::LoginExpired => (401, "IAM.0066", REQUIRES_AUTHENTICATION),
        Refusal::TokenInvalid | Refusal::TokenScope => (401, "IAM.0067", REQUIRES_AUTHENTICATION),
        Refusal::AccessKeyLocked => (401, "IAM.0061", "The account is locked."),
        Refusal::AccessKeyInactive => (400, "IAM.1107", "The access key is inactive."),
        Refusal::TemporaryKeyExpired => (400, "IAM.1108", "The security token has expired."),
        Refusal::PermissionDenied
        | Refusal::PolicyDenied
        | Refusal::ProjectForeign
        | Refusal::AgencyUnknown
        | Refusal::LoginBarred
        | Refusal::UserNotAuthorized
        | Refusal::AccessDenied
        | Refusal::ProjectFrozen
        | Refusal::AddressUnknown
        | Refusal::AddressDenied
        | Refusal::RegionForbidden
        | Refusal::ScopeInsufficient => (
            403,
            "IAM.0002",
            "You are not authorized to perform the requested action.",
        ),
        Refusal::SubjectTokenUnknown => {
            (404, "IAM.0004", "X-Subject-Token is invalid in the request")
        }
        Refusal::DomainUnknown
        | Refusal::ProjectUnknown
        | Refusal::UserUnknown
        | Refusal::NamespaceNotFound
        | Refusal::RepoNotFound
        | Refusal::VersionNotFound
        | Refusal::TagNotFound
        | Refusal::GrantNotFound
        | Refusal::RouteNotFound
        | Refusal::BlobUnknown
        | Refusal::ManifestUnknown
        | Refusal::UploadUnknown
        | Refusal::Unsupported => (404, "IAM.0004", NOT_FOUND),
        Refusal::BodyMalformed
        | Refusal::ParameterMissing
        | Refusal::ParameterType
        | Refusal::ParameterValue
        | Refusal::VisibilityInvalid
        | Refusal::FilterInvalid
        | Refusal::OrderColumn
        | Refusal::PageSize
        | Refusal::NamespaceName
        | Refusal::NamespaceQuota
        | Refusal::RepoName
        | Refusal::RepoQuota
        | Refusal::TagName
        | Refusal::TagQuota
        | Refusal::GrantLevel
        | Refusal::UserInvalid
        | Refusal::ShareNotFound
        | Refusal::DomainInvalid
        | Refusal::DigestInvalid
        | Refusal::ManifestInvalid
        | Refusal::ManifestBlobUnknown
        | Refusal::ImageRefused
        | Refusal::UploadRange
        | Refusal::RequestMalformed
        | Refusal::RangeInvalid => (400, "IAM.0011", INVALID_BODY),
        Refusal::NamespaceExists
        | Refusal::RepoExists
        | Refusal::TagExists
        | Refusal::GrantExists
        | Refusal::ShareExists
        | Refusal::AgencyExists
        | Refusal::RepoNotEmpty
        | Refusal::ServiceBusy
        | Refusal::NamespaceNotEmpty => (409, "IAM.0005", CONFLICT),
        Refusal::DescriptionTooLong | Refusal::BodyTooLarge | Refusal::ManifestTooLarge => {
            (413, "IAM.0011", "The request body is too large.")
        }
        Refusal::UriTooLong => (414, "IAM.0011", "The address is too long."),
        Refusal::HeadersTooLarge => (494, "IAM.0011", "The headers are too large."),
        Refusal::Throttled | Refusal::ServiceThrottled => {
            (429, "IAM.0012", "The request is throttled.")
        }
        Refusal::GatewayFailed | Refusal::ServiceFailed => {
            (500, "IAM.0006", "An unexpected error occurred.")
        }
        Refusal::BackendDown | Refusal::BackendMissing => {
            (502, "IAM.0006", "An unexpected error occurred.")
        }
        Refusal::IamDown => (503, "IAM.0006", "An unexpected error occurred."),
        Refusal::StorageFailed => (507, "IAM.0006", "An unexpected error occurred."),
        Refusal::BackendTimeout => (504, "IAM.0006", "An unexpected error occurred."),
        Refusal::NotSimulated => (
            501,
            "MOCKSWR.NotSimulated",
            "mock-swr does not simulate this",
        ),
        Refusal::ContentLimit => (507, "MOCKSWR.ContentLimit", "mock-swr holds no more"),
        Refusal::Panicked => (
            500,
            "MOCKSWR.Panicked",
            "a panic while mock-swr worked on this request",
        ),
    }
}
