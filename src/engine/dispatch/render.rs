//! How an answer is put into words: that of a plan, a refusal in the dialect of its door, the usual headers.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, DATE, HeaderName, HeaderValue};
use http::{HeaderMap, StatusCode};
use once_cell::sync::Lazy;

use super::exchange::{Body, Cut, Decided, Exchange, Outgoing, Sent};
use super::service::{act, panic_text, panicked};
use crate::base::endpoints::Door;
use crate::base::refusal::Denied;
use crate::base::refusal::Refusal;
use crate::base::reply::{Reply, reply};
use crate::engine::answer::{Answer, Change, Delivery, End, Hold, What};
use crate::engine::core::Core;
use crate::engine::journal::Record;
use crate::engine::plans::Taken;
use crate::operations::op::{Api, Row};
use crate::services::basic::error as basic;
use crate::services::basic::error::Voice;
use crate::services::iam::error as iam;
use crate::services::registry::error as registry;

/// The answer of a plan.
pub(super) fn planned(
    core: &Core,
    exchange: &Exchange,
    answer: &Answer,
    body: Body,
) -> Result<Decided, Denied> {
    let reply = match &answer.what {
        What::Real | What::With(_) => return act(core, exchange, body),
        What::Refusal(refusal) => return Err((*refusal).into()),
        What::Json(status, body) => reply(*status, Bytes::from(body.to_string())),
        What::Http(reply) => reply.clone().map(Into::into),
        What::Raw(bytes) => return Ok(Outgoing::Raw(bytes.clone()).into()),
        What::Close => return Ok(Outgoing::Cut(Cut::Close).into()),
        What::Reset | What::ResetAfterReading(_) => return Ok(Outgoing::Cut(Cut::Reset).into()),
        What::Code(code) => Dialect::of(&exchange.record).error(
            code.status,
            &code.code,
            &code.message,
            exchange.request_id(),
        ),
        What::Status(status @ 200..=399) => {
            let has_body = !matches!(status, 204 | 205 | 304);
            let body: &[u8] = if has_body { b"{}" } else { b"" };
            reply(*status, Bytes::from_static(body))
        }
        What::Status(status) => {
            let dialect = Dialect::of(&exchange.record);
            if let Some(refusal) = dialect.of_status(*status) {
                return Err(refusal.into());
            }
            let reason = StatusCode::from_u16(*status)
                .ok()
                .and_then(|status| status.canonical_reason());
            let reason = reason.unwrap_or("Error");
            dialect.error(*status, "APIGW.0201", reason, exchange.request_id())
        }
    };
    Ok(Outgoing::Reply(reply).into())
}

/// In whose words a request is refused.
enum Dialect<'a> {
    /// The service's, with its gateway in front; a path that belongs to no operation is the gateway's.
    Swr(Option<&'a Row>),
    Iam(&'a Row),
    Registry,
}

impl Dialect<'_> {
    fn of(record: &Record) -> Dialect<'static> {
        match (record.request.origin.door, record.request.row()) {
            (Door::Registry, _) => Dialect::Registry,
            (Door::Api, Some(row)) if matches!(row.api, Api::Keystone | Api::Iam) => {
                Dialect::Iam(row)
            }
            (Door::Api, row) => Dialect::Swr(row),
        }
    }

    /// An error of any status and code.
    fn error(&self, status: u16, code: &str, message: &str, request_id: &str) -> Reply {
        match self {
            Dialect::Swr(_) => {
                let error = basic::Error {
                    voice: if code.starts_with("APIGW.") {
                        Voice::Gateway
                    } else {
                        Voice::Service
                    },
                    status,
                    code,
                    message,
                    detail: "",
                    encoded_authorization_message: "",
                };
                error.reply(request_id)
            }
            Dialect::Iam(row) => iam::error(status, code, message, row),
            Dialect::Registry => {
                let documented = Some(code).filter(|code| !code.starts_with("APIGW."));
                registry::error(status, "UNSUPPORTED", message, documented)
            }
        }
    }

    /// What a bare status stands for.
    fn of_status(&self, status: u16) -> Option<Refusal> {
        match self {
            Dialect::Swr(row) => basic::of_status(status, *row),
            Dialect::Iam(_) => iam::of_status(status),
            Dialect::Registry => registry::of_status(status),
        }
    }
}

/// What a plan changes of an answer, whoever gave it.
pub(super) fn apply(core: &Core, record: &Record, sent: &mut Sent, taken: Taken) {
    let Taken { answer, plan } = taken;
    if let Outgoing::Reply(reply) = &mut sent.what {
        for change in &answer.changes {
            match change {
                Change::Header(name, value) => {
                    reply.headers_mut().insert(name, value.clone());
                }
                Change::Map(change) => *reply = mapped(core, record, reply, &**change),
            }
        }
    }
    if answer.delivery.end == End::Lost {
        sent.what = Outgoing::Cut(Cut::Reset);
    }
    sent.delay = answer.delay;
    if answer.delivery != Delivery::default() {
        sent.fault = Some(Box::new((answer.delivery, Arc::clone(&plan))));
    }
    if answer.hold == Hold::Answer {
        sent.held_by = Some(plan);
    }
}

/// What a function of the test's author makes of an answer.
fn mapped(
    core: &Core,
    record: &Record,
    given: &mut Reply,
    change: &dyn Fn(&mut http::Response<Bytes>),
) -> Reply {
    let (parts, body) = std::mem::replace(given, reply(500, Bytes::new())).into_parts();
    let mut whole = http::Response::from_parts(parts, body.into_bytes());
    match catch_unwind(AssertUnwindSafe(|| change(&mut whole))) {
        Ok(()) => whole.map(Into::into),
        Err(panic) => {
            let denied = panicked(core, record, &panic_text(&*panic));
            reply(
                500,
                Bytes::from(format!("a panic in `map`: {}", denied.detail)),
            )
        }
    }
}

/// A refusal in the words of the door.
pub(super) fn phrase(core: &Core, exchange: &Exchange, denied: &Denied) -> Reply {
    match Dialect::of(&exchange.record) {
        Dialect::Swr(row) => basic::refuse(denied, row, exchange.request_id()),
        Dialect::Iam(row) => iam::refuse(denied, row),
        Dialect::Registry => {
            let record = &exchange.record;
            let host = record
                .request
                .head
                .header("host")
                .unwrap_or(&core.endpoints.get(record.request.origin.endpoints).registry);
            let challenge = registry::Challenge {
                host,
                profile: core.identity.settings.profile,
            };
            registry::refuse(denied, &record.request, challenge)
        }
    }
}

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

const X_MOCK_HINT: HeaderName = HeaderName::from_static("x-mock-hint");

/// What the gateway puts on every answer. It is copied as a whole, with room for what each answer adds.
static GATEWAY: Lazy<HeaderMap> = Lazy::new(|| {
    usual(&[
        ("server", "api-gateway"),
        (
            "strict-transport-security",
            "max-age=31536000; includeSubdomains;",
        ),
        ("x-frame-options", "SAMEORIGIN"),
        ("x-content-type-options", "nosniff"),
        ("x-download-options", "noopen"),
        ("x-xss-protection", "1; mode=block;"),
        ("content-type", ""),
        ("x-request-id", ""),
    ])
});

/// And what the registry does.
static REGISTRY: Lazy<HeaderMap> = Lazy::new(|| {
    usual(&[
        ("docker-distribution-api-version", "registry/2.0"),
        ("x-request-id", ""),
    ])
});

fn usual(headers: &[(&'static str, &'static str)]) -> HeaderMap {
    let pair = |(name, value): &(&'static str, &'static str)| {
        (
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        )
    };
    headers.iter().map(pair).collect()
}

pub(super) fn dress(reply: &mut Reply, exchange: &Exchange, hint: Option<&str>) {
    let usual = match exchange.record.request.origin.door {
        Door::Api => &GATEWAY,
        Door::Registry => &REGISTRY,
    };
    let own = std::mem::replace(reply.headers_mut(), (**usual).clone());
    let headers = reply.headers_mut();
    let has_type = own.contains_key(CONTENT_TYPE);
    headers.extend(own);
    if !has_type {
        headers.remove(CONTENT_TYPE);
    }
    if let Ok(id) = HeaderValue::from_bytes(&exchange.request_id) {
        headers.insert(X_REQUEST_ID, id);
    }
    if let Some(date) = exchange
        .date
        .as_deref()
        .and_then(|date| HeaderValue::from_str(date).ok())
    {
        headers.insert(DATE, date);
    }
    if let Some(hint) = hint {
        let line: String = hint
            .chars()
            .take(500)
            .map(|c| if matches!(c, ' '..='~') { c } else { '?' })
            .collect();
        if let Ok(value) = HeaderValue::from_str(&line) {
            headers.insert(X_MOCK_HINT, value);
        }
    }
}
