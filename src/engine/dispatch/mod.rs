//! The path of one request, top to bottom.
//!
//! [`begin`] sees the head ([`arrived`]): it identifies the caller, opens an entry in the journal and matches the
//! plans. [`match_body`] matches those that need the body. After one of the two the call has met its plan. [`finish`]
//! has the [`service`] act, or decides as the plan says ([`planned`]), has refusals rendered ([`render`]), and
//! completes the entry. In between, the server reads the body and waits for what is held.
//!
//! A request without a body and without a signature to verify, that no plan can answer, is executed by [`begin`] under
//! one lock of the state. Others take two; signatures that are verified, and uploads that a plan may hold, one more.

mod arrived;
mod exchange;
mod planned;
mod render;
mod service;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

pub(crate) use arrived::Arrived;
use arrived::{Identified, is_upload};
pub(crate) use exchange::{Body, Cut, Exchange, Outgoing, Sent};
use exchange::{Decided, Opened};
use planned::{apply, planned};
use render::{add_common_headers, render};
use service::{Operation, act, execute, panic_text, panicked, respond};

use crate::base::refusal::Denied;
use crate::base::reply::Outcome;
use crate::engine::answer::{Answer, Hold, Server, What};
use crate::engine::core::Core;
use crate::engine::journal::{Call, Done, End};
use crate::engine::plans::{Match, Taken};
use crate::services::input::Content;
use crate::services::registry::uploads::{Receiving, receive};
use crate::state::Received;

/// A request after its head.
pub(crate) enum Begun {
    /// Nothing is left but to send the response.
    Done(Sent),
    /// The body is to be read.
    Open(Exchange),
}

/// What the state was asked for when the head arrived.
enum Seen<'a> {
    /// A plain request has been executed.
    Executed(Exchange, Operation, Result<Outcome, Denied>),
    Identified(Arrived<'a>, Identified),
}

/// Opens the entry of a request and matches its head with the plans. A plain request is executed under the same lock of
/// the state.
pub(crate) fn begin(core: &Arc<Core>, arrived: Arrived<'_>) -> Begun {
    let seen = core.transact(|state| {
        let identified = arrived.identify(core, state);
        let Some(operation) = arrived.plain_operation(core, &identified) else {
            return Seen::Identified(arrived, identified);
        };
        let record = arrived.record(core, &identified);
        let record = Opened::new(core, core.records.open_unplanned(record));
        let exchange = Exchange::new(record, identified, None);
        let content = (&Content::default(), Received::default());
        let outcome = execute(state, core, &exchange, &operation, content);
        Seen::Executed(exchange, operation, outcome)
    });
    match seen {
        Seen::Executed(exchange, operation, outcome) => {
            let content = Content::default();
            let decided = respond(core, &exchange, &operation, (&content, outcome));
            Begun::Done(conclude(core, &exchange, None, decided))
        }
        Seen::Identified(arrived, identified) => Begun::Open(open(core, arrived, identified)),
    }
}

/// Opens the entry of a request that is not plain.
fn open(core: &Arc<Core>, arrived: Arrived<'_>, identified: Identified) -> Exchange {
    let refused_before = arrived.refused_before;
    let is_quiet = arrived.is_quiet(core);
    let record = arrived.record(core, &identified);
    if is_quiet {
        let record = core.records.open_unplanned(record);
        core.records.notify.notify();
        return Exchange::new(Opened::new(core, record), identified, refused_before);
    }
    let record = Opened::new(core, core.records.open(record));
    let matched = core.plans.match_head(&record.call());
    if !matches!(matched, Match::NeedsBody) {
        core.records.meet(&record, matched.plan());
    }
    Exchange {
        matched,
        // A plan may hold the request while its upload changes.
        receiving: None,
        ..Exchange::new(record, identified, refused_before)
    }
}

/// Where the content of an upload goes; nowhere, if the request is no upload or is refused anyway.
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

/// The body has come in, or was left unread.
pub(crate) fn match_body(core: &Arc<Core>, exchange: &mut Exchange, body: &Body) {
    core.records
        .note_body(&exchange.record, &body.whole, body.unread);
    // Nothing at the head is nothing at all: a plan that waits for the body would have said so.
    if matches!(exchange.matched, Match::Nothing) {
        return;
    }
    let call = exchange.record.call();
    let mut panic = None;
    if exchange.broken.is_some() && matches!(exchange.matched, Match::NeedsBody) {
        exchange.matched = Match::Nothing;
        core.records.meet(&exchange.record, None);
    }
    if matches!(exchange.matched, Match::NeedsBody) {
        let matched = catch_unwind(AssertUnwindSafe(|| core.plans.match_all(&call)));
        exchange.matched = matched.unwrap_or_else(|caught| {
            panic = Some(panic_text(&*caught));
            Match::Nothing
        });
        core.records.meet(&exchange.record, exchange.matched.plan());
    }
    if let Match::Taken(taken) = &mut exchange.matched {
        let resolved = catch_unwind(AssertUnwindSafe(|| resolve(core, taken, &call)));
        panic = resolved.err().map(|caught| panic_text(&*caught));
    }
    exchange.panic = panic;
}

/// Asks functions for the answers they stand for.
fn resolve(core: &Arc<Core>, taken: &mut Taken, call: &Call) {
    let server: Server = Arc::clone(core) as Server;
    while let What::With(answer) = &taken.answer.what {
        let Answer {
            what,
            mut changes,
            delay,
            hold,
            delivery,
        } = answer(&server, call);
        let outer = &mut taken.answer;
        outer.what = what;
        changes.append(&mut outer.changes);
        outer.changes = changes;
        outer.delay += delay;
        outer.delivery = outer.delivery.or(delivery);
        if outer.hold == Hold::No {
            outer.hold = hold;
        }
    }
}

/// The service acts, or the plan answers for it.
pub(crate) fn finish(core: &Arc<Core>, mut exchange: Exchange, body: Body) -> Sent {
    let matched = std::mem::replace(&mut exchange.matched, Match::Nothing);
    let taken = match matched {
        Match::Taken(taken) => Some(*taken),
        Match::Nothing | Match::NeedsBody => None,
    };
    let decided = match (&exchange.panic, &taken) {
        (Some(panic), _) => Err(panicked(core, &exchange.record, panic)),
        (None, Some(taken)) => planned(core, &exchange, &taken.answer, body),
        (None, None) => act(core, &exchange, body),
    };
    conclude(core, &exchange, taken, decided)
}

/// Renders what was decided, and completes the entry.
fn conclude(
    core: &Core,
    exchange: &Exchange,
    taken: Option<Taken>,
    decided: Result<Decided, Denied>,
) -> Sent {
    let (mut what, refusal, hint) = match decided {
        Ok(Decided { what, hint }) => (what, None, hint),
        Err(denied) => {
            if let Some(label) = &denied.by {
                exchange.record.signed_in(label);
            }
            let reply = render(core, exchange, &denied);
            (Outgoing::Reply(reply), Some(denied.refusal), denied.hint)
        }
    };
    let hint = hint.map(|hint| exchange.record.redacted(&hint));
    // A response that the test's author wrote out is sent as it is.
    if let Outgoing::Reply(reply) = &mut what
        && !matches!(&taken, Some(taken) if matches!(taken.answer.what, What::Http(_)))
    {
        // A success looks as the service's own.
        let shown = hint.as_deref().filter(|_| refusal.is_some());
        add_common_headers(reply, exchange, shown);
    }
    let mut sent = Sent {
        what,
        delay: Duration::ZERO,
        held_by: None,
        is_planned: taken.is_some(),
        fault: None,
    };
    if let Some(taken) = taken {
        apply(core, &exchange.record, &mut sent, taken);
    }
    let done = Done {
        end: sent.status().map_or(End::Cut, End::Status),
        refusal,
        took: exchange.record.since.elapsed(),
        hint: hint.map(String::into_boxed_str),
    };
    core.records.complete(&exchange.record.record, done);
    sent
}

#[cfg(test)]
mod tests;
