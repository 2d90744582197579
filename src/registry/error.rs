//! How the registry host says no: the bodies of the OCI distribution specification.

use bytes::Bytes;
use http::HeaderValue;
use http::header::WWW_AUTHENTICATE;
use serde::Serialize;

use crate::basic::error::phrase;
use crate::http::{Denied, Reply, reply};
use crate::ops::Row;
use crate::state::Refusal;

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
pub(crate) fn refuse(denied: &Denied, row: Option<&Row>, host: &str) -> Reply {
    let (code, message) = code(denied.refusal);
    error(
        phrase(denied.refusal, row).status,
        code,
        message,
        &denied.detail,
        host,
    )
}

/// An error of any status and code.
pub(crate) fn error(status: u16, code: &str, message: &str, detail: &str, host: &str) -> Reply {
    let detail = (!detail.is_empty()).then_some(detail);
    let body = Errors {
        errors: [Error {
            code,
            message,
            detail,
        }],
    };
    let mut reply = reply(
        status,
        Bytes::from(serde_json::to_vec(&body).unwrap_or_default()),
    );
    if status == 401 {
        // The slash at the end of the realm is the service's own (written measurements).
        let challenge = format!(
            "Bearer realm=\"http://{host}/swr/auth/v2/registry/auth/\",service=\"dockyard\""
        );
        if let Ok(challenge) = HeaderValue::try_from(challenge) {
            reply.headers_mut().insert(WWW_AUTHENTICATE, challenge);
        }
    }
    reply
}

/// The code a bare status has at a registry.
pub(crate) fn of_status(status: u16) -> (&'static str, &'static str) {
    match status {
        401 => code(Refusal::CredentialsMissing),
        403 => code(Refusal::PermissionDenied),
        404 => code(Refusal::RepoNotFound),
        429 => code(Refusal::Throttled),
        _ => ("UNKNOWN", "unknown error"),
    }
}

fn code(refusal: Refusal) -> (&'static str, &'static str) {
    match refusal {
        Refusal::CredentialsMissing
        | Refusal::AccessKeyUnknown
        | Refusal::TokenInvalid
        | Refusal::TokenExpired => ("UNAUTHORIZED", "authentication required"),
        Refusal::PermissionDenied | Refusal::CrossAccount => {
            ("DENIED", "you do not have the permission")
        }
        Refusal::NamespaceNotFound | Refusal::RepoNotFound => {
            ("NAME_UNKNOWN", "repository name not known to registry")
        }
        Refusal::NamespaceName | Refusal::RepoName => ("NAME_INVALID", "invalid repository name"),
        Refusal::Throttled => ("TOOMANYREQUESTS", "too many requests"),
        Refusal::NotSimulated => ("UNSUPPORTED", "mock-swr does not simulate this"),
        Refusal::NamespaceQuota
        | Refusal::RepoQuota
        | Refusal::NamespaceExists
        | Refusal::RepoExists
        | Refusal::NamespaceNotEmpty => ("DENIED", "requested access to the resource is denied"),
        Refusal::RouteNotFound | Refusal::VersionNotFound => ("UNKNOWN", "404 page not found"),
        Refusal::BodyMalformed
        | Refusal::ParameterMissing
        | Refusal::ParameterType
        | Refusal::ParameterValue
        | Refusal::VisibilityInvalid
        | Refusal::FilterInvalid
        | Refusal::OrderColumn
        | Refusal::PageSize
        | Refusal::DescriptionTooLong
        | Refusal::BodyTooLarge
        | Refusal::UriTooLong
        | Refusal::HeadersTooLarge
        | Refusal::GatewayFailed
        | Refusal::BackendDown
        | Refusal::BackendTimeout
        | Refusal::Panicked => ("UNKNOWN", "unknown error"),
    }
}
