//! Errors of the gateway in front of the management APIs.

use serde::Serialize;

use crate::base::refusal::Refusal;
use crate::base::reply::{Reply, reply};
use crate::operations::op::Row;
use crate::services::dialect::{Dialect, ErrorText, FailedRequest, OwnText, texts};

pub(crate) static GATEWAY: Dialect = Dialect {
    texts: &[TEXTS],
    owns_code,
    planned,
    render,
};

/// Codes and statuses are documented. Recorded messages are marked.
const TEXTS: &[OwnText] = texts! {
    CredentialsMissing => 401 "APIGW.0301" "Incorrect IAM authentication information: x-auth-token not found";
    // Recorded for an access key that does not exist. Inferred for expired and inactive keys.
    AccessKeyUnknown | TemporaryKeyExpired | AccessKeyInactive =>
        401 "APIGW.0301" "Incorrect IAM authentication information: Unauthorized";
    SignatureWrong => 401 "APIGW.0301" "Incorrect IAM authentication information: verify aksk signature fail";
    SignatureExpired => 401 "APIGW.0301" "Incorrect IAM authentication information: signature expired";
    AccessKeyLocked =>
        401 "APIGW.0301" "Incorrect IAM authentication information: AK access failed to reach the limit,forbidden.";
    // Inferred: the gateway decrypts a security token like any other token.
    TokenInvalid | SecurityTokenWrong =>
        401 "APIGW.0301" "Incorrect IAM authentication information: decrypt token fail";
    TokenExpired => 401 "APIGW.0307" "The token must be updated";
    UserNotAuthorized => 403 "APIGW.0302" "The IAM user is not authorized to access the API";
    AccessDenied => 403 "APIGW.0306" "API access denied";
    ProjectFrozen => 403 "APIGW.0310" "The project is unavailable";
    AddressUnknown => 403 "APIGW.0401" "Unknown client IP address";
    AddressDenied => 403 "APIGW.0402" "The IP address is not authorized to access the API";
    RegionForbidden => 403 "APIGW.0802" "The IAM user is forbidden in the currently selected region";
    RequestMalformed => 400 "APIGW.0602" "Bad request";
    // Recorded.
    RouteNotFound => 404 "APIGW.0101" "The API does not exist or has not been published in the environment";
    BodyTooLarge => 413 "APIGW.0201" "Request entity too large";
    UriTooLong => 414 "APIGW.0201" "Request URI too large";
    HeadersTooLarge => 494 "APIGW.0201" "Request headers too large";
    Throttled =>
        429 "APIGW.0308" "The throttling threshold has been reached: policy user over ratelimit,limit:200,time:1 second";
    GatewayFailed => 500 "APIGW.0601" "Internal server error";
    BackendDown => 502 "APIGW.0202" "Backend unavailable";
    BackendMissing => 502 "APIGW.0610" "No backend available";
    IamDown => 503 "APIGW.0613" "The IAM service is currently unavailable";
    BackendTimeout => 504 "APIGW.0203" "Backend timeout";
};

/// The text of an error with only a status. The gateway has one code for all errors without a code of their own.
pub(crate) fn of_status(status: u16) -> ErrorText {
    ErrorText::of_status(status, "APIGW.0201")
}

pub(crate) fn owns_code(code: &str) -> bool {
    code.starts_with("APIGW.")
}

fn planned(status: u16, _: Option<&Row>) -> Option<Refusal> {
    match status {
        401 => Some(Refusal::TokenInvalid),
        413 => Some(Refusal::BodyTooLarge),
        414 => Some(Refusal::UriTooLong),
        429 => Some(Refusal::Throttled),
        502 => Some(Refusal::BackendDown),
        504 => Some(Refusal::BackendTimeout),
        _ => None,
    }
}

#[derive(Serialize)]
struct GatewayError<'a> {
    error_msg: &'a str,
    error_code: &'a str,
    request_id: &'a str,
}

fn render(text: &ErrorText, failure: &FailedRequest<'_>) -> Reply {
    let body = GatewayError {
        error_msg: &text.message,
        error_code: text.code,
        request_id: failure.request_id,
    };
    let mut body = serde_json::to_vec(&body).unwrap_or_default();
    // The recorded bodies end with a line feed.
    body.push(b'\n');
    reply(text.status, body)
}
