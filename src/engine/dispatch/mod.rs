//! The path of one request through the server.
//!
//! [`begin`] handles the head ([`arrived`]): it identifies the caller, opens an entry in the journal and matches the
//! plans. [`match_body`] matches the plans that need the body. After one of the two, the call is matched.
//! [`finish`] runs the [`service`] or applies the plan ([`planned`]), renders refusals ([`render`]), and completes the
//! entry. Between these steps, the server reads the body and waits for holds.
//!
//! A simple request has no body, no signature to verify, and no plan that can match it. [`begin`] executes it under one
//! lock of the state. Other requests lock the state twice. Verified signatures, and uploads that a plan can hold, need
//! one more lock.

mod arrived;
mod exchange;
mod plain;
mod planned;
mod render;
mod service;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

pub(crate) use arrived::Arrived;
use arrived::{Identified, is_upload};
pub(crate) use exchange::{Body, Cut, Exchange, Outgoing, Sent};
use exchange::{Decided, OpenEntry};
pub(crate) use plain::refuse_plain;
use planned::{apply, planned};
use render::{accept, add_common_headers, render};
use service::{BoundOperation, act, execute, panic_text, panicked, respond};

use crate::base::refusal::Denied;
use crate::base::reply::Outcome;
use crate::engine::answer::{Answer, AnswerKind, Hold, Server};
use crate::engine::core::Core;
use crate::engine::coverage::{Met, Part};
use crate::engine::journal::{Call, Done, End};
use crate::engine::plans::{Match, PlannedAnswer};
use crate::services::input::Content;
use crate::services::registry::uploads::{Receiving, receive};
use crate::state::Received;

/// A request whose head was handled.
pub(crate) enum Begun {
    /// The response is ready to be sent.
    Done(Sent),
    /// The body has to be read.
    Open(Exchange),
}

/// What [`begin`] did under the lock of the state.
enum HeadOutcome<'a> {
    /// It executed a simple request.
    Executed(Exchange, BoundOperation, Result<Outcome, Denied>),
    Identified(Arrived<'a>, Identified),
}

/// Opens the journal entry of a request and matches its head with the plans. A simple request is executed under the
/// same lock of the state.
pub(crate) fn begin(core: &Arc<Core>, arrived: Arrived<'_>) -> Begun {
    let outcome = core.transact(|state| {
        core.history
            .note_request(state, || core.records.last_number());
        let identified = arrived.identify(core, state);
        let Some(operation) = arrived.simple_operation(core, &identified) else {
            return HeadOutcome::Identified(arrived, identified);
        };
        let record = arrived.record(core, &identified);
        let record = OpenEntry::new(core, core.records.open_unplanned(record));
        let exchange = Exchange::new(record, identified, None);
        let content = (&Content::default(), Received::default());
        let outcome = execute(state, core, &exchange, &operation, content);
        HeadOutcome::Executed(exchange, operation, outcome)
    });
    match outcome {
        HeadOutcome::Executed(exchange, operation, outcome) => {
            let content = Content::default();
            let decided = respond(core, &exchange, &operation, (&content, outcome));
            check_contract(core, &exchange, &content);
            Begun::Done(conclude(core, &exchange, None, decided))
        }
        HeadOutcome::Identified(arrived, identified) => {
            Begun::Open(open(core, arrived, identified))
        }
    }
}

/// Opens the journal entry of a request that is not simple.
fn open(core: &Arc<Core>, arrived: Arrived<'_>, identified: Identified) -> Exchange {
    let early_refusal = arrived.early_refusal;
    let is_unplanned = arrived.is_unplanned(core);
    let record = arrived.record(core, &identified);
    if is_unplanned {
        let record = core.records.open_unplanned(record);
        core.records.notify.notify();
        return Exchange::new(OpenEntry::new(core, record), identified, early_refusal);
    }
    let record = OpenEntry::new(core, core.records.open(record));
    let matched = core.plans.match_head(&record.call());
    if !matches!(matched, Match::NeedsBody) {
        core.records.set_plan(&record, matched.plan());
    }
    Exchange {
        matched,
        // The upload can change while a plan holds the request, so it is looked up later.
        receiving: None,
        ..Exchange::new(record, identified, early_refusal)
    }
}

/// The receiver of an upload's content; `None` if the request is not an upload, or will be refused anyway.
pub(crate) fn receiving(core: &Core, exchange: &mut Exchange) -> Option<Receiving> {
    if let Some(receiving) = exchange.receiving.take() {
        return Some(*receiving);
    }
    let request = &exchange.record.request;
    let is_upload = request.row().is_some_and(is_upload);
    if !is_upload || exchange.is_decided() || exchange.identity.is_err() {
        return None;
    }
    Some(core.transact(|state| receive(state, request)))
}

/// Matches the plans that need the body, after it was received or left unread.
pub(crate) fn match_body(core: &Arc<Core>, exchange: &mut Exchange, body: &Body) {
    core.records
        .note_body(&exchange.record, &body.whole, body.unread);
    // If a plan needed the body, the head would have matched `NeedsBody`.
    if matches!(exchange.matched, Match::Nothing) {
        return;
    }
    let call = exchange.record.call();
    let mut panic = None;
    if exchange.framing_error.is_some() && matches!(exchange.matched, Match::NeedsBody) {
        exchange.matched = Match::Nothing;
        core.records.set_plan(&exchange.record, None);
    }
    if matches!(exchange.matched, Match::NeedsBody) {
        let matched = catch_unwind(AssertUnwindSafe(|| core.plans.match_all(&call)));
        exchange.matched = matched.unwrap_or_else(|caught| {
            panic = Some(panic_text(&*caught));
            Match::Nothing
        });
        core.records
            .set_plan(&exchange.record, exchange.matched.plan());
    }
    if let Match::Planned(matched) = &mut exchange.matched {
        let resolved = catch_unwind(AssertUnwindSafe(|| resolve(core, matched, &call)));
        panic = resolved.err().map(|caught| panic_text(&*caught));
    }
    exchange.panic = panic;
}

/// Replaces an answer that is a closure with the answer that the closure returns.
fn resolve(core: &Arc<Core>, matched: &mut PlannedAnswer, call: &Call) {
    let server: Server = Arc::clone(core) as Server;
    while let AnswerKind::With(answer) = &matched.answer.kind {
        let Answer {
            kind,
            mut changes,
            delay,
            hold,
            delivery,
        } = answer(&server, call);
        let outer = &mut matched.answer;
        outer.kind = kind;
        changes.append(&mut outer.changes);
        outer.changes = changes;
        outer.delay += delay;
        outer.delivery = outer.delivery.or(delivery);
        if outer.hold == Hold::No {
            outer.hold = hold;
        }
    }
}

/// Runs the service or applies the plan, and completes the journal entry.
pub(crate) fn finish(core: &Arc<Core>, mut exchange: Exchange, body: Body) -> Sent {
    let matched = std::mem::replace(&mut exchange.matched, Match::Nothing);
    let matched = match matched {
        Match::Planned(matched) => Some(*matched),
        Match::Nothing | Match::NeedsBody => None,
    };
    let content = Content::of(body.whole);
    let received = (&content, body.received);
    let decided = match (&exchange.panic, &matched) {
        (Some(panic), _) => Err(panicked(core, &exchange.record, panic)),
        (None, Some(matched)) => planned(core, &exchange, &matched.answer, received),
        (None, None) => act(core, &exchange, received),
    };
    let is_broken = exchange.early_refusal.is_some() || exchange.framing_error.is_some();
    if !is_broken && !body.is_partial {
        check_contract(core, &exchange, &content);
    }
    conclude(core, &exchange, matched, decided)
}

/// Records how a request differs from the published operation. The client has no response yet, so a test that has the
/// response sees the problems.
fn check_contract(core: &Core, exchange: &Exchange, content: &Content) {
    for (kind, text) in core.contract.check(&exchange.record, content) {
        core.note(kind, text);
    }
}

/// Renders the result and completes the journal entry.
fn conclude(
    core: &Core,
    exchange: &Exchange,
    matched: Option<PlannedAnswer>,
    decided: Result<Decided, Denied>,
) -> Sent {
    let redacted = |hint: Option<String>| hint.map(|hint| exchange.record.redacted(&hint));
    let (outgoing, refusal, hint) = match decided {
        Ok(Decided::Accepted(mut outcome, status)) => {
            let hint = outcome.hint.take();
            let reply = accept(exchange, outcome, status);
            (Outgoing::Reply(reply), None, redacted(hint))
        }
        Ok(Decided::Planned(mut outgoing)) => {
            // A complete response from the test's author is sent unchanged.
            let is_complete = matches!(&matched, Some(matched) if matches!(matched.answer.kind, AnswerKind::Http(_)));
            if let Outgoing::Reply(reply) = &mut outgoing
                && !is_complete
            {
                add_common_headers(reply, exchange, None);
            }
            (outgoing, None, None)
        }
        Err(denied) => {
            if let Some(label) = &denied.by {
                exchange.record.signed_in(label);
            }
            let mut reply = render(core, exchange, &denied);
            let hint = redacted(denied.hint);
            // Only refusals show their hint, so that a success looks like that of the real service.
            add_common_headers(&mut reply, exchange, hint.as_deref());
            (Outgoing::Reply(reply), Some(denied.refusal), hint)
        }
    };
    let mut sent = Sent {
        number: exchange.record.number,
        outgoing,
        delay: Duration::ZERO,
        held_by: None,
        is_planned: matched.is_some(),
        fault: None,
    };
    let part = matched
        .as_ref()
        .map_or(Part::Service, |matched| Part::of(&matched.answer));
    if let Some(matched) = matched {
        apply(core, &exchange.record, &mut sent, matched);
    }
    let status = sent.status();
    if let Some(recorder) = &core.coverage {
        recorder.count(Met {
            op: exchange.record.request.row().map(|row| row.op),
            status,
            refusal,
            part,
        });
    }
    let done = Done {
        end: status.map_or(End::Cut, End::Status),
        refusal,
        took: exchange.record.since.elapsed(),
        hint: hint.map(String::into_boxed_str),
    };
    core.records.complete(&exchange.record.record, done);
    sent
}

#[cfg(test)]
mod tests;
