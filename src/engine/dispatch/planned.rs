//! Planned responses, and planned changes to responses.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use bytes::Bytes;

use super::exchange::{Cut, Decided, Exchange, Outgoing, Sent};
use super::render::render_error;
use super::service::{act, panic_text, panicked};
use crate::base::refusal::Denied;
use crate::base::reply::{Reply, reply};
use crate::engine::answer::{Answer, AnswerKind, Change, Delivery, Extent, Hold};
use crate::engine::core::Core;
use crate::engine::journal::Record;
use crate::engine::plans::PlannedAnswer;
use crate::services::chains::chain_of;
use crate::services::dialect::ErrorText;
use crate::services::input::Content;
use crate::state::Received;

/// The response to a planned call.
pub(super) fn planned(
    core: &Core,
    exchange: &Exchange,
    answer: &Answer,
    body: (&Content, Received),
) -> Result<Decided, Denied> {
    let reply = match &answer.kind {
        AnswerKind::Real | AnswerKind::With(_) => return act(core, exchange, body),
        AnswerKind::Refusal(refusal) => return Err((*refusal).into()),
        AnswerKind::Json(status, body) => reply(*status, Bytes::from(body.to_string())),
        AnswerKind::Http(reply) => reply.clone().map(Into::into),
        AnswerKind::Raw(bytes) => return Ok(Decided::Planned(Outgoing::Raw(bytes.clone()))),
        AnswerKind::Close => return Ok(Decided::Planned(Outgoing::Cut(Cut::Close))),
        AnswerKind::Reset | AnswerKind::ResetAfterReading(_) => {
            return Ok(Decided::Planned(Outgoing::Cut(Cut::Reset)));
        }
        AnswerKind::Code(code) => {
            let text = ErrorText::new(code.status, &code.code, &code.message);
            render_error(core, exchange, &text)
        }
        AnswerKind::Status(status @ 200..=399) => {
            let has_body = !matches!(status, 204 | 205 | 304);
            let body: &[u8] = if has_body { b"{}" } else { b"" };
            reply(*status, Bytes::from_static(body))
        }
        AnswerKind::Status(status) => failed(core, exchange, *status)?,
    };
    Ok(Decided::Planned(Outgoing::Reply(reply)))
}

/// The response with a planned error status. It is a refusal if the API has one with this status.
fn failed(core: &Core, exchange: &Exchange, status: u16) -> Result<Reply, Denied> {
    let request = &exchange.record.request;
    let chain = chain_of(request, exchange.profile);
    match chain.planned(status, request.row()) {
        Some(refusal) => Err(refusal.into()),
        None => Ok(render_error(core, exchange, &(chain.of_status)(status))),
    }
}

/// Applies the changes of a plan to a response.
pub(super) fn apply(core: &Core, record: &Record, sent: &mut Sent, matched: PlannedAnswer) {
    let PlannedAnswer { answer, plan } = matched;
    if let Outgoing::Reply(reply) = &mut sent.outgoing {
        for change in &answer.changes {
            match change {
                Change::Header(name, value) => {
                    reply.headers_mut().insert(name, value.clone());
                }
                Change::Map(change) => *reply = mapped(core, record, reply, &**change),
            }
        }
    }
    if answer.delivery.end == Extent::Lost {
        sent.outgoing = Outgoing::Cut(Cut::Reset);
    }
    sent.delay = answer.delay;
    if answer.delivery != Delivery::default() {
        sent.fault = Some(Box::new((answer.delivery, Arc::clone(&plan))));
    }
    if answer.hold == Hold::Answer {
        sent.held_by = Some(plan);
    }
}

/// Passes the response to the closure of `map`, and returns the changed response.
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
