//! Errors of the registry's APIs, in the format of the OCI distribution specification.

use http::HeaderValue;
use http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use serde::Serialize;

use super::challenge::challenge;
use crate::base::refusal::{Class, Refusal};
use crate::base::reply::{Reply, reply};
use crate::operations::op::Row;
use crate::services::dialect::{Dialect, ErrorText, FailedRequest, OwnText, texts};
use crate::services::gateway;

/// The dialect of all registries.
pub(crate) static OCI: Dialect = Dialect {
    texts: &[OCI_TEXTS],
    owns_code,
    planned,
    render,
};

/// The dialect for wrong logins, at all registries.
pub(crate) static LOGIN: Dialect = Dialect {
    texts: &[LOGIN_TEXTS],
    owns_code: |_| false,
    planned: |_, _| None,
    render: render_as_recorded,
};

/// The dialect for requests without credentials, at SWR's registry and at all token endpoints.
pub(crate) static ANONYMOUS: Dialect = Dialect {
    texts: &[ANONYMOUS_TEXTS],
    owns_code: |_| false,
    planned: |_, _| None,
    render: render_as_recorded,
};

/// The dialect of the token endpoint.
pub(crate) static TOKEN: Dialect = Dialect {
    texts: &[TOKEN_TEXTS],
    owns_code: |_| false,
    planned: |_, _| None,
    render: render_at_token_endpoint,
};

/// Inferred, except the messages for logins and for refused images, which clients report, and the marked one.
const OCI_TEXTS: &[OwnText] = texts! {
    LoginMissing => 401 "DENIED" "You may not login yet";
    LoginBarred => 401 "DENIED" "Not allow to login, upload or download image";
    NamespaceQuota | RepoQuota | TagQuota => 403 "DENIED" "the quota is used up";
    NamespaceNotFound | RepoNotFound => 404 "NAME_UNKNOWN" "repository name not known to registry";
    NamespaceName | RepoName => 400 "NAME_INVALID" "'repository' is invalid"; // documented
    TagName => 400 "MANIFEST_INVALID" "invalid tag";
    TagNotFound | ManifestUnknown => 404 "MANIFEST_UNKNOWN" "manifest unknown";
    ManifestInvalid => 400 "MANIFEST_INVALID" "manifest invalid";
    ImageRefused => 400 "MANIFEST_INVALID" "Invalid image, fail to parse 'manifest.json'";
    ManifestTooLarge => 413 "SIZE_INVALID" "manifest is too large";
    ManifestBlobUnknown => 400 "MANIFEST_BLOB_UNKNOWN" "manifest references a blob unknown to the registry";
    DigestInvalid => 400 "DIGEST_INVALID" "provided digest did not match uploaded content";
    BlobUnknown => 404 "BLOB_UNKNOWN" "blob unknown to registry";
    UploadUnknown => 404 "BLOB_UPLOAD_UNKNOWN" "blob upload unknown to registry";
    UploadRange => 416 "BLOB_UPLOAD_INVALID" "the chunk is out of order";
    RangeInvalid => 416 "SIZE_INVALID" "the range is not satisfiable";
    PageSize => 400 "UNSUPPORTED" "invalid number of results requested";
    UriTooLong => 414 "UNSUPPORTED" "the address is too long";
    HeadersTooLarge => 431 "UNSUPPORTED" "the headers are too large";
    NotSimulated => 501 "UNSUPPORTED" "mock-swr does not simulate" + operation;
    ContentLimit => 507 "DENIED" "mock-swr has reached its content limit";
    StorageFailed => 507 "UNSUPPORTED" "insufficient storage";
    BackendDown | BackendMissing => 502 "UNSUPPORTED" "bad gateway";
    BackendTimeout => 504 "UNSUPPORTED" "gateway timeout";
};

/// Recorded at the token endpoint (harbor issue 9763).
const LOGIN_TEXTS: &[OwnText] = texts! {
    LoginWrong | LoginExpired => 401 "DENIED" "Authenticate Error";
};

/// Recorded (k3s issue 11191). Inferred: a login in place of a token counts as no credentials. For an invalid token,
/// only the response of distribution is known.
const ANONYMOUS_TEXTS: &[OwnText] = texts! {
    CredentialsMissing => 401 "DENIED" "Authenticate Error";
};

/// Recorded (harbor issue 9763) and seen: the endpoint refuses with 401 and `DENIED`.
const TOKEN_TEXTS: &[OwnText] = texts! {
    LoginMissing => 401 "DENIED" "You may not login yet";
    LoginBarred => 401 "DENIED" "Not allow to login, upload or download image";
    TokenInvalid => 401 "DENIED" "authentication required";
    PermissionDenied | CrossAccount | PolicyDenied => 401 "DENIED" "you do not have the permission";
    NamespaceNotFound => 401 "DENIED" "Image organization does not exist";
};

/// The error text for a class. It has the message of distribution, if there is one.
pub(crate) fn by_class(class: Class, _: Option<&Row>) -> ErrorText {
    let (status, code, message) = match class {
        Class::Invalid => (400, "UNSUPPORTED", "bad request"),
        Class::Unauthenticated => (401, "UNAUTHORIZED", "authentication required"),
        Class::Forbidden => (403, "DENIED", "you do not have the permission"),
        Class::NotFound => (404, "UNSUPPORTED", "404 page not found"),
        Class::Conflict => (409, "DENIED", "requested access to the resource is denied"),
        Class::TooLarge => (413, "SIZE_INVALID", "too large"),
        Class::Throttled => (429, "TOOMANYREQUESTS", "too many requests"),
        Class::Failed => (500, "UNSUPPORTED", "internal error"),
        Class::Unavailable => (503, "UNSUPPORTED", "service unavailable"),
    };
    ErrorText::new(status, code, message)
}

/// The text of an error with only a status. The specification has a code only for 403.
pub(crate) fn of_status(status: u16) -> ErrorText {
    match status {
        403 => by_class(Class::Forbidden, None),
        _ => ErrorText::of_status(status, "UNSUPPORTED"),
    }
}

/// The codes of the specification. Some clients accept no others.
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

pub(crate) fn owns_code(code: &str) -> bool {
    CODES.contains(&code)
}

fn planned(status: u16, _: Option<&Row>) -> Option<Refusal> {
    match status {
        401 => Some(Refusal::CredentialsMissing),
        403 => Some(Refusal::PermissionDenied),
        404 => Some(Refusal::ManifestUnknown),
        416 => Some(Refusal::RangeInvalid),
        429 => Some(Refusal::Throttled),
        _ => None,
    }
}

fn render(text: &ErrorText, failure: &FailedRequest<'_>) -> Reply {
    let detail = Some(failure.detail).filter(|detail| !detail.is_empty());
    let mut reply = if owns_code(text.code) {
        body(text, text.code, OciDetail::Given(detail))
    } else {
        // The code of another API becomes the detail. The gateway's codes add nothing to status and message.
        let foreign = Some(text.code).filter(|code| !gateway::owns_code(code));
        body(text, "UNSUPPORTED", OciDetail::Given(foreign))
    };
    add_refusal_headers(&mut reply, text, failure);
    reply
}

/// Renders a body without a detail, and a media type with a charset (recorded).
fn render_as_recorded(text: &ErrorText, failure: &FailedRequest<'_>) -> Reply {
    let mut reply = body(text, text.code, OciDetail::Absent);
    let media_type = HeaderValue::from_static("application/json;charset=UTF-8");
    reply.headers_mut().insert(CONTENT_TYPE, media_type);
    add_refusal_headers(&mut reply, text, failure);
    reply
}

/// Adds a challenge to a refusal with 401, and `Retry-After` to a refusal with 429.
fn add_refusal_headers(reply: &mut Reply, text: &ErrorText, failure: &FailedRequest<'_>) {
    let Some(refusal) = failure.refusal else {
        return;
    };
    let headers = reply.headers_mut();
    if let Some(challenge) = challenge(failure, refusal).filter(|_| text.status == 401) {
        headers.insert(WWW_AUTHENTICATE, challenge);
    }
    if text.status == 429 {
        // Some clients do not retry without this header.
        headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
    }
}

/// Renders a body with a detail, even an empty one, and no challenge (seen live).
fn render_at_token_endpoint(text: &ErrorText, failure: &FailedRequest<'_>) -> Reply {
    body(text, text.code, OciDetail::Given(Some(failure.detail)))
}

#[derive(Serialize)]
struct Errors<'a> {
    errors: [OciError<'a>; 1],
}

#[derive(Serialize)]
struct OciError<'a> {
    code: &'a str,
    message: &'a str,
    #[serde(skip_serializing_if = "OciDetail::is_absent")]
    detail: OciDetail<'a>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum OciDetail<'a> {
    Absent,
    /// `null` without a text.
    Given(Option<&'a str>),
}

impl OciDetail<'_> {
    fn is_absent(&self) -> bool {
        matches!(self, OciDetail::Absent)
    }
}

fn body(text: &ErrorText, code: &str, detail: OciDetail<'_>) -> Reply {
    let body = Errors {
        errors: [OciError {
            code,
            message: &text.message,
            detail,
        }],
    };
    reply(text.status, serde_json::to_vec(&body).unwrap_or_default())
}
