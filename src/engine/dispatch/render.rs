//! Rendering of refusals, and the common headers of all responses.

use http::HeaderMap;
use http::header::{CONTENT_TYPE, DATE, HeaderName, HeaderValue};
use once_cell::sync::Lazy;

use super::Exchange;
use crate::base::endpoints::Door;
use crate::base::refusal::{Denied, Refusal};
use crate::base::reply::{JSON, Outcome, Reply, has_json, status_code};
use crate::engine::core::Core;
use crate::services::chains::chain_of;
use crate::services::dialect::{ErrorText, FailedRequest};

/// The response to a refused request.
pub(super) fn render(core: &Core, exchange: &Exchange, denied: &Denied) -> Reply {
    let failure = failure(core, exchange, Some(denied.refusal), &denied.detail);
    chain_of(failure.request, failure.profile).refuse(denied.refusal, &failure)
}

/// The response to a request with a planned error.
pub(super) fn render_error(core: &Core, exchange: &Exchange, text: &ErrorText) -> Reply {
    let failure = failure(core, exchange, None, "");
    chain_of(failure.request, failure.profile).error(text, &failure)
}

fn failure<'a>(
    core: &'a Core,
    exchange: &'a Exchange,
    refusal: Option<Refusal>,
    detail: &'a str,
) -> FailedRequest<'a> {
    let request = &exchange.record.request;
    FailedRequest {
        refusal,
        detail,
        request,
        request_id: exchange.request_id(),
        advertised: core.endpoints.advertised(request.origin, &request.head),
        profile: exchange.profile,
    }
}

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

const X_OBS_REQUEST_ID: HeaderName = HeaderName::from_static("x-obs-request-id");

pub(super) const X_MOCK_HINT: HeaderName = HeaderName::from_static("x-mock-hint");

/// The headers that the gateway adds to every response. The type is that of most bodies, and is replaced or removed for
/// others.
static GATEWAY: Lazy<HeaderMap> = Lazy::new(|| {
    common(&[
        ("server", "api-gateway"),
        (
            "strict-transport-security",
            "max-age=31536000; includeSubdomains;",
        ),
        ("x-frame-options", "SAMEORIGIN"),
        ("x-content-type-options", "nosniff"),
        ("x-download-options", "noopen"),
        ("x-xss-protection", "1; mode=block;"),
        ("content-type", "application/json"),
        ("x-request-id", ""),
    ])
});

/// The headers that the registry adds to every response.
static REGISTRY: Lazy<HeaderMap> = Lazy::new(|| {
    common(&[
        ("docker-distribution-api-version", "registry/2.0"),
        ("x-request-id", ""),
    ])
});

/// The headers that object storage adds to every response.
static STORAGE: Lazy<HeaderMap> =
    Lazy::new(|| common(&[("server", "OBS"), ("x-obs-request-id", "")]));

fn common(headers: &[(&'static str, &'static str)]) -> HeaderMap {
    let pair = |(name, value): &(&'static str, &'static str)| {
        (
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        )
    };
    headers.iter().map(pair).collect()
}

/// The common headers of the listener that received the request.
fn common_headers(exchange: &Exchange) -> HeaderMap {
    let (common, request_id) = match exchange.record.request.origin.door {
        Door::Api => (&GATEWAY, X_REQUEST_ID),
        Door::Registry => (&REGISTRY, X_REQUEST_ID),
        Door::Storage => (&STORAGE, X_OBS_REQUEST_ID),
    };
    let mut headers = (**common).clone();
    if let Ok(id) = HeaderValue::from_bytes(&exchange.request_id) {
        headers.insert(request_id, id);
    }
    headers
}

/// The response to a request that the service accepted, with the common headers.
pub(super) fn accept(exchange: &Exchange, outcome: Outcome, status: u16) -> Reply {
    let mut headers = common_headers(exchange);
    headers.reserve(outcome.headers.len() + 1);
    let mut has_type = has_json(&outcome.body);
    if has_type && !headers.contains_key(CONTENT_TYPE) {
        headers.insert(CONTENT_TYPE, JSON);
    }
    for (name, value) in outcome.headers {
        if name == CONTENT_TYPE {
            has_type = true;
            headers.insert(name, value);
        } else {
            headers.append(name, value);
        }
    }
    if !has_type {
        headers.remove(CONTENT_TYPE);
    }
    add_date(&mut headers, exchange);
    let mut reply = Reply::new(outcome.body);
    *reply.status_mut() = status_code(outcome.status.unwrap_or(status));
    *reply.headers_mut() = headers;
    reply
}

/// Adds the common headers of the listener and the hint to a response.
pub(super) fn add_common_headers(reply: &mut Reply, exchange: &Exchange, hint: Option<&str>) {
    let response_headers = std::mem::replace(reply.headers_mut(), common_headers(exchange));
    let headers = reply.headers_mut();
    let has_type = response_headers.contains_key(CONTENT_TYPE);
    headers.extend(response_headers);
    if !has_type {
        headers.remove(CONTENT_TYPE);
    }
    add_date(headers, exchange);
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

/// Adds the date of a clock that the test moved.
fn add_date(headers: &mut HeaderMap, exchange: &Exchange) {
    let date = exchange.date.as_deref();
    if let Some(date) = date.and_then(|date| HeaderValue::from_str(date).ok()) {
        headers.insert(DATE, date);
    }
}
