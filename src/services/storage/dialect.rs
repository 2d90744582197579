//! Errors of object storage, in the XML of OBS and S3.

use http::HeaderValue;
use http::header::CONTENT_TYPE;

use crate::base::refusal::{Class, Refusal};
use crate::base::reply::{Reply, reply};
use crate::operations::op::Row;
use crate::services::dialect::{Dialect, ErrorText, FailedRequest, MOCK_TEXTS, OwnText, texts};

pub(crate) static STORAGE: Dialect = Dialect {
    texts: &[MOCK_TEXTS, TEXTS],
    owns_code,
    planned,
    render,
};

/// Codes and statuses are documented for OBS. The messages are those of S3, which OBS is compatible with. The message
/// of `CredentialsTwice` was recorded at S3 (renovate issue 3877).
const TEXTS: &[OwnText] = texts! {
    CredentialsTwice =>
        400 "InvalidArgument" "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified";
    SignatureExpired => 403 "AccessDenied" "Request has expired";
    SignatureWrong =>
        403 "SignatureDoesNotMatch" "The request signature we calculated does not match the signature you provided. Check your key and signing method.";
    RangeInvalid => 416 "InvalidRange" "The requested range is not satisfiable";
};

pub(crate) fn by_class(class: Class, _: Option<&Row>) -> ErrorText {
    let (status, code, message) = match class {
        Class::Invalid => (400, "InvalidRequest", "Invalid Request"),
        Class::Unauthenticated | Class::Forbidden => (403, "AccessDenied", "Access Denied"),
        Class::NotFound => (404, "NoSuchKey", "The specified key does not exist."),
        Class::Conflict => (
            409,
            "OperationAborted",
            "A conflicting conditional operation is currently in progress against this resource. Try again.",
        ),
        Class::TooLarge => (
            400,
            "EntityTooLarge",
            "Your proposed upload exceeds the maximum allowed size",
        ),
        Class::Throttled => (503, "SlowDown", "Please reduce your request rate."),
        Class::Failed => (
            500,
            "InternalError",
            "We encountered an internal error. Please try again.",
        ),
        Class::Unavailable => (
            503,
            "ServiceUnavailable",
            "Service is unable to handle request.",
        ),
    };
    ErrorText::new(status, code, message)
}

const CODES: [&str; 11] = [
    "AccessDenied",
    "EntityTooLarge",
    "InternalError",
    "InvalidArgument",
    "InvalidRange",
    "InvalidRequest",
    "NoSuchKey",
    "OperationAborted",
    "ServiceUnavailable",
    "SignatureDoesNotMatch",
    "SlowDown",
];

pub(crate) fn owns_code(code: &str) -> bool {
    CODES.contains(&code)
}

fn planned(status: u16, _: Option<&Row>) -> Option<Refusal> {
    match status {
        400 => Some(Refusal::RequestMalformed),
        403 => Some(Refusal::AccessDenied),
        404 => Some(Refusal::BlobUnknown),
        416 => Some(Refusal::RangeInvalid),
        500 => Some(Refusal::ServiceFailed),
        503 => Some(Refusal::StorageFailed),
        _ => None,
    }
}

pub(crate) fn of_status(status: u16) -> ErrorText {
    let code = match status {
        500.. => "InternalError",
        _ => "InvalidRequest",
    };
    ErrorText::of_status(status, code)
}

fn render(text: &ErrorText, failure: &FailedRequest<'_>) -> Reply {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<Error><Code>{}</Code><Message>{}</Message>\
         <RequestId>{}</RequestId></Error>",
        escaped(text.code),
        escaped(&text.message),
        failure.request_id
    );
    let mut reply = reply(text.status, body.into_bytes());
    let media_type = HeaderValue::from_static("application/xml");
    reply.headers_mut().insert(CONTENT_TYPE, media_type);
    reply
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
