//! How the registry host says no: the bodies of the OCI distribution specification.

use bytes::Bytes;
use http::HeaderValue;
use http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use serde::Serialize;

pub(crate) use super::challenge::Challenge;
use crate::base::refusal::Denied;
use crate::base::refusal::Refusal;
use crate::base::reply::{Reply, reply};
use crate::operations::op::Op;
use crate::services::request::Request;
use crate::state::Profile;

#[derive(Serialize)]
struct Errors<'a> {
    errors: [Error<'a>; 1],
}

#[derive(Serialize)]
struct Error<'a> {
    code: &'a str,
    message: &'a str,
    detail: Option<&'a str>,
}

/// A refusal as the client of a registry gets it; a 401 challenges.
pub(crate) fn refuse(denied: &Denied, request: &Request, challenge: Challenge<'_>) -> Reply {
    let at_token = request
        .row()
        .is_some_and(|row| row.op == Op::GetRegistryToken);
    let (status, code, message) = match (denied.refusal, challenge.profile) {
        // Recorded at a request without credentials (k3s issue 11191). Inferred: a login in place of a token counts as
        // none. Of a token that is bad only what distribution says is known.
        (Refusal::CredentialsMissing, Profile::Swr) => UNAUTHENTICATED,
        (refusal, _) if at_token => token_phrase(refusal),
        (refusal, _) => phrase(refusal),
    };
    let mut reply = if (status, code, message) == UNAUTHENTICATED {
        unauthenticated()
    } else {
        // The token endpoint was seen to write an empty detail.
        let detail = (at_token || !denied.detail.is_empty()).then_some(&*denied.detail);
        error(status, code, message, detail)
    };
    if status == 401 && !at_token {
        let challenge = challenge.write(request, denied.refusal);
        if let Ok(challenge) = HeaderValue::try_from(challenge) {
            reply.headers_mut().insert(WWW_AUTHENTICATE, challenge);
        }
    }
    if status == 429 {
        // Clients that find it wait that long; without it some give up.
        reply
            .headers_mut()
            .insert(RETRY_AFTER, HeaderValue::from_static("1"));
    }
    reply
}

const UNAUTHENTICATED: (u16, &str, &str) = (401, "DENIED", "Authenticate Error");

/// Exactly as recorded, at a request without credentials (k3s issue 11191) and, for its body, at the token endpoint
/// (harbor issue 9763): 61 bytes, without a detail, and with a charset.
fn unauthenticated() -> Reply {
    let body = br#"{"errors":[{"code":"DENIED","message":"Authenticate Error"}]}"#;
    let mut reply = reply(401, Bytes::from_static(body));
    let media_type = HeaderValue::from_static("application/json;charset=UTF-8");
    reply.headers_mut().insert(CONTENT_TYPE, media_type);
    reply
}

/// An error of any status and code.
pub(crate) fn error(status: u16, code: &str, message: &str, detail: Option<&str>) -> Reply {
    let body = Errors {
        errors: [Error {
            code,
            message,
            detail,
        }],
    };
    reply(
        status,
        Bytes::from(serde_json::to_vec(&body).unwrap_or_default()),
    )
}

/// The status and code a bare status has at a registry.
pub(crate) fn of_status(status: u16) -> Option<Refusal> {
    match status {
        401 => Some(Refusal::CredentialsMissing),
        403 => Some(Refusal::PermissionDenied),
        404 => Some(Refusal::ManifestUnknown),
        416 => Some(Refusal::RangeInvalid),
        429 => Some(Refusal::Throttled),
        _ => None,
    }
}

/// At the token endpoint all refusals are `DENIED`, with 401.
fn token_phrase(refusal: Refusal) -> (u16, &'static str, &'static str) {
    let message = match refusal {
        Refusal::NamespaceNotFound => "Image organization does not exist",
        Refusal::PermissionDenied | Refusal::CrossAccount | Refusal::PolicyDenied => {
            "you do not have the permission"
        }
        other => match phrase(other) {
            (401, _, message) => message,
            phrase => return phrase,
        },
    };
    (401, "DENIED", message)
}

/// Status, code and message. Only codes of the specification: clients take no others.
fn phrase(refusal: Refusal) -> (u16, &'static str, &'static str) {
    match refusal {
        Refusal::CredentialsMissing
        | Refusal::AccessKeyUnknown
        | Refusal::SignatureWrong
        | Refusal::SignatureExpired
        | Refusal::AccessKeyLocked
        | Refusal::TokenInvalid
        | Refusal::TokenExpired
        | Refusal::SecurityTokenWrong
        | Refusal::TemporaryKeyExpired
        | Refusal::AccessKeyInactive
        | Refusal::TokenScope
        | Refusal::PasswordWrong
        | Refusal::ScopeInsufficient => (401, "UNAUTHORIZED", "authentication required"),
        Refusal::LoginWrong | Refusal::LoginExpired => UNAUTHENTICATED,
        Refusal::LoginMissing => (401, "DENIED", "You may not login yet"),
        Refusal::LoginBarred => (
            401,
            "DENIED",
            "Not allow to login, upload or download image",
        ),
        Refusal::PermissionDenied
        | Refusal::CrossAccount
        | Refusal::PolicyDenied
        | Refusal::ProjectForeign
        | Refusal::AgencyUnknown
        | Refusal::UserNotAuthorized
        | Refusal::AccessDenied
        | Refusal::ProjectFrozen
        | Refusal::AddressUnknown
        | Refusal::AddressDenied
        | Refusal::RegionForbidden => (403, "DENIED", "you do not have the permission"),
        Refusal::NamespaceNotFound | Refusal::RepoNotFound => {
            (404, "NAME_UNKNOWN", "repository name not known to registry")
        }
        Refusal::NamespaceName | Refusal::RepoName => {
            (400, "NAME_INVALID", "invalid repository name")
        }
        Refusal::TagName => (400, "MANIFEST_INVALID", "invalid tag"),
        Refusal::TagNotFound | Refusal::ManifestUnknown => {
            (404, "MANIFEST_UNKNOWN", "manifest unknown")
        }
        Refusal::ManifestInvalid => (400, "MANIFEST_INVALID", "manifest invalid"),
        Refusal::ImageRefused => (
            400,
            "MANIFEST_INVALID",
            "Invalid image, fail to parse 'manifest.json'",
        ),
        Refusal::ManifestTooLarge => (413, "SIZE_INVALID", "manifest is too large"),
        Refusal::ManifestBlobUnknown => (
            400,
            "MANIFEST_BLOB_UNKNOWN",
            "manifest references a blob unknown to the registry",
        ),
        Refusal::DigestInvalid => (
            400,
            "DIGEST_INVALID",
            "provided digest did not match uploaded content",
        ),
        Refusal::BlobUnknown => (404, "BLOB_UNKNOWN", "blob unknown to registry"),
        Refusal::UploadUnknown => (
            404,
            "BLOB_UPLOAD_UNKNOWN",
            "blob upload unknown to registry",
        ),
        Refusal::UploadRange => (416, "BLOB_UPLOAD_INVALID", "the chunk is out of order"),
        Refusal::RangeInvalid => (416, "SIZE_INVALID", "the range is not satisfiable"),
        Refusal::Throttled | Refusal::ServiceThrottled => {
            (429, "TOOMANYREQUESTS", "too many requests")
        }
        Refusal::NotSimulated => (501, "UNSUPPORTED", "mock-swr does not simulate this"),
        Refusal::Unsupported
        | Refusal::RouteNotFound
        | Refusal::VersionNotFound
        | Refusal::GrantNotFound
        | Refusal::SubjectTokenUnknown
        | Refusal::DomainUnknown
        | Refusal::ProjectUnknown
        | Refusal::UserUnknown => (404, "UNSUPPORTED", "404 page not found"),
        Refusal::NamespaceQuota | Refusal::RepoQuota | Refusal::TagQuota => {
            (403, "DENIED", "the quota is used up")
        }
        Refusal::NamespaceExists
        | Refusal::RepoExists
        | Refusal::TagExists
        | Refusal::GrantExists
        | Refusal::ShareExists
        | Refusal::AgencyExists
        | Refusal::RepoNotEmpty
        | Refusal::ServiceBusy
        | Refusal::NamespaceNotEmpty => {
            (409, "DENIED", "requested access to the resource is denied")
        }
        Refusal::ContentLimit => (507, "DENIED", "mock-swr holds no more"),
        Refusal::PageSize => (400, "UNSUPPORTED", "invalid number of results requested"),
        Refusal::BodyMalformed
        | Refusal::ParameterMissing
        | Refusal::ParameterType
        | Refusal::ParameterValue
        | Refusal::VisibilityInvalid
        | Refusal::FilterInvalid
        | Refusal::GrantLevel
        | Refusal::UserInvalid
        | Refusal::ShareNotFound
        | Refusal::DomainInvalid
        | Refusal::RequestMalformed
        | Refusal::OrderColumn => (400, "UNSUPPORTED", "bad request"),
        Refusal::DescriptionTooLong | Refusal::BodyTooLarge => (413, "SIZE_INVALID", "too large"),
        Refusal::UriTooLong => (414, "UNSUPPORTED", "the address is too long"),
        Refusal::HeadersTooLarge => (431, "UNSUPPORTED", "the headers are too large"),
        Refusal::GatewayFailed | Refusal::ServiceFailed | Refusal::Panicked => {
            (500, "UNSUPPORTED", "internal error")
        }
        Refusal::BackendDown | Refusal::BackendMissing => (502, "UNSUPPORTED", "bad gateway"),
        Refusal::IamDown => (503, "UNSUPPORTED", "service unavailable"),
        Refusal::StorageFailed => (507, "UNSUPPORTED", "insufficient storage"),
        Refusal::BackendTimeout => (504, "UNSUPPORTED", "gateway timeout"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Those of the distribution specification: some clients read no others.
    const CODES: [&str; 14] = [
        "BLOB_UNKNOWN",
        "BLOB_UPLOAD_INVALID",
        "BLOB_UPLOAD_UNKNOWN",
        "DIGEST_INVALID",
        "MANIFEST_BLOB_UNKNOWN",
        "MANIFEST_INVALID",
        "MANIFEST_UNKNOWN",
        "NAME_INVALID",
        "NAME_UNKNOWN",
        "SIZE_INVALID",
        "UNAUTHORIZED",
        "DENIED",
        "UNSUPPORTED",
        "TOOMANYREQUESTS",
    ];

    #[test]
    fn every_refusal_has_a_code_of_the_specification() {
        for refusal in Refusal::ALL {
            for (status, code, _) in [phrase(*refusal), token_phrase(*refusal)] {
                assert!(CODES.contains(&code), "{refusal:?}: {code}");
                assert!((400..600).contains(&status), "{refusal:?}: {status}");
            }
        }
    }
}
