//! Errors of the basic edition's management API.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use super::failures::failure_of;
use crate::base::refusal::{Class, Refusal};
use crate::base::reply::{Reply, reply};
use crate::operations::op::{Row, Subject};
use crate::services::dialect::{Dialect, ErrorText, FailedRequest, MOCK_TEXTS, OwnText, texts};

pub(crate) static BASIC: Dialect = Dialect {
    texts: &[MOCK_TEXTS, TEXTS],
    owns_code: |code| code.starts_with("SVCSTG."),
    planned,
    render,
};

/// Codes and statuses are documented. Messages of the live service are marked; the others are the mock's own.
const TEXTS: &[OwnText] = texts! {
    BodyMalformed => 400 "SVCSTG.SWR.4001018" "Invalid request body";
    ParameterMissing => 400 "SVCSTG.SWR.4001014" "Required parameter is missing";
    ParameterValue => 400 "SVCSTG.SWR.4001025" "Invalid parameter value";
    VisibilityInvalid => 400 "SVCSTG.SWR.4001009" "is_public must be true or false";
    FilterInvalid => 400 "SVCSTG.SWR.4001035" "Invalid filter";
    OrderColumn => 400 "SVCSTG.SWR.4001096" "param order column error"; // live
    PageSize => 400 "SVCSTG.SWR.4000056" "Invalid page size";
    NamespaceName => 400 "SVCSTG.SWR.4001028" "Invalid namespace name";
    RepoName => 400 "SVCSTG.SWR.4001029" "Invalid repository name";
    TagName => 400 "SVCSTG.SWR.4009021" "Invalid tag name";
    NamespaceQuota => 400 "SVCSTG.SWR.4000097" "Namespace quota exceeded";
    RepoQuota => 400 "SVCSTG.SWR.4000098" "Repository quota exceeded";
    TagQuota => 400 "SVCSTG.SWR.4000099" "Tag quota exceeded";
    DescriptionTooLong => 413 "SVCSTG.SWR.4131012" "Description is too long";
    CrossAccount => 401 "SVCSTG.SWR.4011064" "Cross-account access is not allowed";
    PolicyDenied => 403 "SVCSTG.SWR.4030170" "Insufficient permissions"; // live
    ProjectForeign => 403 "SVCSTG.SWR.4039001" "Resource does not belong to you";
    PermissionDenied on InRepository =>
        403 "SVCSTG.SWR.4037020" "No permission to operate resources in the repository";
    PermissionDenied on Repository => 403 "SVCSTG.SWR.4037018" "No permission to edit or manage the image";
    PermissionDenied on Account => 403 "SVCSTG.SWR.4039002" "Operation not permitted";
    PermissionDenied => 403 "SVCSTG.SWR.4037017" "No permission to edit or manage the namespace";
    NamespaceNotFound => 404 "SVCSTG.SWR.4040058" "Namespace does not exists"; // recorded
    RepoNotFound => 404 "SVCSTG.SWR.4040113" "Repository does not exist";
    TagNotFound => 404 "SVCSTG.SWR.4040115" "Tag does not exist";
    NamespaceNotEmpty => 406 "SVCSTG.SWR.4060074" "Namespace still contains images";
    RepoNotEmpty => 406 "SVCSTG.SWR.4060012" "Repository still contains images";
    // A released client compares the message with this text.
    NamespaceExists => 409 "SVCSTG.SWR.4090060" "Namespace already exists";
    RepoExists => 409 "SVCSTG.SWR.4090006" "Repository already exists";
    TagExists => 409 "SVCSTG.SWR.4090006" "Tag already exists";
    ServiceBusy => 409 "SVCSTG.SWR.4090023" "The system is busy. Please try again later";
    GrantExists on Repository InRepository => 409 "SVCSTG.SWR.4090089" "Permission already exists";
    GrantExists => 409 "SVCSTG.SWR.4090076" "Namespace permission already exists";
    GrantNotFound on Repository InRepository => 404 "SVCSTG.SWR.4040091" "Permission does not exist";
    GrantNotFound => 404 "SVCSTG.SWR.4040078" "Namespace permission does not exist";
    GrantLevel on Repository InRepository => 400 "SVCSTG.SWR.4001066" "Invalid permission";
    GrantLevel => 400 "SVCSTG.SWR.4001065" "Invalid namespace permission";
    UserInvalid => 400 "SVCSTG.SWR.4001067" "Invalid user name";
    // Inferred: no code is documented for a second share, nor for a second agency.
    ShareExists => 409 "SVCSTG.SWR.4090089" "Access domain already exists";
    AgencyExists => 409 "SVCSTG.SWR.4090089" "Agency already exists";
    // Seen by terraform, which treats it as deleted.
    ShareNotFound => 400 "SVCSTG.SWR.4001090" "Access domain does not exist";
    // Live for a trigger; inferred for a policy and a rule.
    TriggerExists | RetentionExists | SyncRuleExists => 400 "SVCSTG.SWR.4000014" "Invalid param";
    TriggerNotFound => 404 "SVCSTG.SWR.4040126" "Not found trigger"; // live
    // Seen by terraform, which reads it as "gone".
    RetentionNotFound => 400 "SVCSTG.SWR.4000306" "Retention policy not found";
    // Seen by terraform, which reads it as "gone".
    SyncRuleNotFound => 400 "SVCSTG.SWR.4001158" "Sync rule not found";
    SyncRegionUnknown => 500 "SVCSTG.SWR.5001101" "Internal error"; // live
    DomainInvalid => 400 "SVCSTG.SWR.4001041" "Invalid domain";
};

/// The most similar documented error for a class. Some refusals of the API have no text of their own.
pub(crate) fn by_class(class: Class, row: Option<&Row>) -> ErrorText {
    let (status, code, message) = match class {
        Class::Invalid => (400, "SVCSTG.SWR.4000014", "Invalid param"), // live
        Class::Unauthenticated => (401, "SVCSTG.SWR.4010000", "Authenticate Error"),
        Class::Forbidden => (403, "SVCSTG.SWR.4039002", "Operation not permitted"),
        Class::NotFound => (404, "SVCSTG.SWR.4040083", "URL not found"),
        Class::Conflict => (409, "SVCSTG.SWR.4090006", "Resource already exists"),
        Class::TooLarge => (413, "SVCSTG.SWR.4131001", "Request body too large"),
        Class::Throttled => (
            403,
            "SVCSTG.SWR.4031032",
            "The number of requests exceeds the maximum",
        ),
        Class::Failed => {
            let (code, message) = failure_of(row);
            (500, code, message)
        }
        Class::Unavailable => (
            507,
            "SVCSTG.SWR.5070070",
            "Object storage is disabled or failing",
        ),
    };
    ErrorText::new(status, code, message)
}

fn planned(status: u16, row: Option<&Row>) -> Option<Refusal> {
    let about_repo =
        row.is_some_and(|row| matches!(row.subject, Subject::Repository | Subject::InRepository));
    match status {
        400 => Some(Refusal::ParameterType),
        403 => Some(Refusal::PermissionDenied),
        404 if about_repo => Some(Refusal::RepoNotFound),
        404 => Some(Refusal::NamespaceNotFound),
        500 => Some(Refusal::ServiceFailed),
        _ => None,
    }
}

/// The body of an error. Older clients read it in `errors`, newer clients at the top level.
#[derive(Serialize)]
struct ServiceError<'a> {
    errors: [OldStyle<'a>; 1],
    error_code: &'a str,
    error_msg: &'a str,
    details: [ErrorDetail<'a>; 1],
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

/// A detail of an error. Its message is empty in the documented responses.
#[derive(Serialize)]
struct ErrorDetail<'a> {
    error_code: &'a str,
    error_msg: &'a str,
}

fn render(text: &ErrorText, failure: &FailedRequest<'_>) -> Reply {
    // At the real service, only the account's administrator can decode it. Here, it contains the detail.
    let encoded = match failure.refusal == Some(Refusal::PolicyDenied) {
        true => STANDARD.encode(failure.detail),
        false => String::new(),
    };
    let body = ServiceError {
        errors: [OldStyle {
            error_code: text.code,
            error_message: &text.message,
            detail: failure.detail,
            encoded_authorization_message: &encoded,
        }],
        error_code: text.code,
        error_msg: &text.message,
        details: [ErrorDetail {
            error_code: text.code,
            error_msg: "",
        }],
        encoded_authorization_message: &encoded,
    };
    reply(text.status, serde_json::to_vec(&body).unwrap_or_default())
}
