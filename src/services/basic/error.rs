//! How the API host says no: the gateway's body, and the service's.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::Serialize;

use super::phrases::phrase;
use crate::base::refusal::Denied;
use crate::base::refusal::Refusal;
use crate::base::reply::{Reply, reply};
use crate::operations::op::{Api, Row, Subject};

/// Who answers: the gateway in front, or the service itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Voice {
    Gateway,
    Service,
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

/// What a bare status stands for at this door, where the test names no refusal.
pub(crate) fn of_status(status: u16, row: Option<&Row>) -> Option<Refusal> {
    let about_repo =
        row.is_some_and(|row| matches!(row.subject, Subject::Repository | Subject::InRepository));
    let basic = row.is_none_or(|row| row.api == Api::Basic);
    Some(match status {
        400 if basic => Refusal::ParameterType,
        401 => Refusal::TokenInvalid,
        403 if basic => Refusal::PermissionDenied,
        404 if about_repo && basic => Refusal::RepoNotFound,
        404 if basic => Refusal::NamespaceNotFound,
        413 => Refusal::BodyTooLarge,
        414 => Refusal::UriTooLong,
        429 => Refusal::Throttled,
        500 if basic => Refusal::ServiceFailed,
        500 => Refusal::GatewayFailed,
        502 => Refusal::BackendDown,
        504 => Refusal::BackendTimeout,
        _ => return None,
    })
}
