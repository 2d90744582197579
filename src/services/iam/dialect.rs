//! Errors of IAM, which have one format up to v3 and another one since v3.0.

use http::StatusCode;
use serde::Serialize;

use crate::base::refusal::{Class, Refusal};
use crate::base::reply::{Reply, reply};
use crate::operations::op::Row;
use crate::services::dialect::{Dialect, ErrorText, FailedRequest, MOCK_TEXTS, OwnText, texts};

/// The dialect up to v3, in the format of OpenStack.
pub(crate) static KEYSTONE: Dialect = Dialect {
    texts: &[MOCK_TEXTS, TEXTS],
    owns_code,
    planned,
    render: render_as_openstack,
};

/// The dialect since v3.0.
pub(crate) static IAM: Dialect = Dialect {
    texts: &[MOCK_TEXTS, TEXTS],
    owns_code,
    planned,
    render,
};

/// All codes are documented, and so are the messages for passwords, request bodies and `X-Subject-Token`.
const TEXTS: &[OwnText] = texts! {
    PasswordWrong => 401 "IAM.0062" "The username or password is wrong.";
    TokenExpired => 401 "IAM.0066" "The request you have made requires authentication.";
    TokenInvalid => 401 "IAM.0067" "The request you have made requires authentication.";
    AccessKeyLocked => 401 "IAM.0061" "The account is locked.";
    AccessKeyInactive => 400 "IAM.1107" "The access key is inactive.";
    TemporaryKeyExpired => 400 "IAM.1108" "The security token has expired.";
    SubjectTokenUnknown => 404 "IAM.0004" "X-Subject-Token is invalid in the request";
    UriTooLong => 414 "IAM.0011" "The address is too long.";
    HeadersTooLarge => 494 "IAM.0011" "The headers are too large.";
    // Inferred: proxies in front of any service respond with these statuses.
    BackendDown | BackendMissing => 502 "IAM.0006" "An unexpected error occurred.";
    BackendTimeout => 504 "IAM.0006" "An unexpected error occurred.";
};

/// The most similar documented error for a class. Many refusals of IAM have no text of their own.
pub(crate) fn by_class(class: Class, _: Option<&Row>) -> ErrorText {
    let (status, code, message) = match class {
        Class::Invalid => (400, "IAM.0011", "The request body is invalid"),
        Class::Unauthenticated => (
            401,
            "IAM.0001",
            "The request you have made requires authentication.",
        ),
        Class::Forbidden => (
            403,
            "IAM.0002",
            "You are not authorized to perform the requested action.",
        ),
        Class::NotFound => (
            404,
            "IAM.0004",
            "The requested resource could not be found.",
        ),
        Class::Conflict => (409, "IAM.0005", "The resource exists already."),
        Class::TooLarge => (413, "IAM.0011", "The request body is too large."),
        Class::Throttled => (429, "IAM.0012", "The request is throttled."),
        Class::Failed => (500, "IAM.0006", "An unexpected error occurred."),
        Class::Unavailable => (503, "IAM.0006", "An unexpected error occurred."),
    };
    ErrorText::new(status, code, message)
}

fn owns_code(code: &str) -> bool {
    code.starts_with("IAM.")
}

fn planned(status: u16, _: Option<&Row>) -> Option<Refusal> {
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

#[derive(Serialize)]
struct OpenstackBody<'a> {
    error: OpenstackError<'a>,
}

#[derive(Serialize)]
struct OpenstackError<'a> {
    code: u16,
    message: &'a str,
    title: &'a str,
}

fn render_as_openstack(text: &ErrorText, _: &FailedRequest<'_>) -> Reply {
    let status = StatusCode::from_u16(text.status).ok();
    let title = status.and_then(|status| status.canonical_reason());
    let body = OpenstackBody {
        error: OpenstackError {
            code: text.status,
            message: &text.message,
            title: title.unwrap_or("Error"),
        },
    };
    reply(text.status, serde_json::to_vec(&body).unwrap_or_default())
}

#[derive(Serialize)]
struct IamError<'a> {
    error_code: &'a str,
    error_msg: &'a str,
}

fn render(text: &ErrorText, _: &FailedRequest<'_>) -> Reply {
    let body = IamError {
        error_code: text.code,
        error_msg: &text.message,
    };
    reply(text.status, serde_json::to_vec(&body).unwrap_or_default())
}
