//! The path of one request, top to bottom.
//!
//! [`begin`] sees the head: operation, caller, an entry in the journal, the first look at the plans.
//! [`look_again`] sees the body: the second look. After one of the two the call has met its plan. [`finish`] has the service act, or the plan answer for it, and
//! completes the entry. In between, the server reads the body and keeps back what is held. [`render`] puts into words
//! what is answered.

mod exchange;
mod render;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use http::header::CONTENT_TYPE;
use http::request::Parts;

pub(crate) use exchange::{Body, Cut, Exchange, Outgoing, Sent};
use exchange::{Decided, Opened};
use render::{apply, dress, phrase, planned};

use crate::base::advice::Advice;
use crate::base::endpoints::Door;
use crate::base::endpoints::Origin;
use crate::base::problem::ProblemKind;
use crate::base::redact::Redacted;
use crate::base::refusal::Denied;
use crate::base::refusal::Refusal;
use crate::base::reply::{Outcome, reply};
use crate::base::request::Head;
use crate::engine::answer::{Answer, Hold, Server, What};
use crate::engine::core::Core;
use crate::engine::hint;
use crate::engine::journal::{Call, Done, End, Record};
use crate::engine::plans::{Look, Taken};
use crate::operations::op::{ContentKind, Mark, Row};
use crate::operations::route;
use crate::services::auth::{Auth, Identity, Signer, identify, judge_reach};
use crate::services::bindings::handler;
use crate::services::input::{Content, Input};
use crate::services::registry::manifests::digest_of;
use crate::services::registry::uploads::{Receiving, receive};
use crate::services::request::Request;

const MAX_URI: usize = 32 * 1024;
const MAX_HEADER: usize = 32 * 1024;
const MAX_HEADERS: usize = 128 * 1024;

/// The head of a request has come in.
pub(crate) fn begin(core: &Arc<Core>, origin: Origin, parts: &Parts) -> Exchange {
    let found = route::find(origin.door, &parts.method, parts.uri.path());
    let site = core.endpoints.get(origin.endpoints);
    let (identity, now, date, request_id) = {
        let mut state = core.state(site);
        let now = state.clock.now();
        let date = state.clock.is_moved().then(|| now.http_date());
        (
            identify(core.auth, &state, origin.door, parts),
            now,
            date,
            state.ids.request(),
        )
    };
    let caller = match &identity {
        Ok(identity) => identity.caller.as_ref().map(|caller| &caller.label),
        Err(denied) => denied.by.as_ref(),
    };
    let caller = caller.cloned();
    let region = (origin.endpoints > 0).then(|| Arc::clone(&site.region));
    let request = Request {
        origin,
        head: Head::copy(parts),
        found,
    };
    let record = Record::new(request, caller, region, now);
    let oversize = oversize(parts);
    let (record, look) = open(core, record, oversize.is_some());
    Exchange {
        record,
        identity,
        request_id,
        date,
        oversize,
        broken: None,
        look,
        panic: None,
    }
}

/// Opens the entry, and looks at the plans unless the gateway refuses the request before.
fn open(core: &Arc<Core>, record: Record, is_refused: bool) -> (Opened, Look) {
    let is_quiet = core.plans.is_quiet(record.request.row().map(|row| row.op));
    let opened = |record| Opened {
        core: Arc::clone(core),
        record,
    };
    if is_quiet || is_refused {
        let record = core.records.open_unplanned(record);
        return (opened(record), Look::Nothing);
    }
    let record = opened(core.records.open(record));
    let look = core.plans.look_at_head(&record.call());
    if !matches!(look, Look::NeedsBody) {
        core.records.meet(&record, look.plan());
    }
    (record, look)
}

fn oversize(parts: &Parts) -> Option<Refusal> {
    let target = parts
        .uri
        .path_and_query()
        .map_or(0, |target| target.as_str().len());
    if target > MAX_URI {
        return Some(Refusal::UriTooLong);
    }
    let sizes = || {
        parts
            .headers
            .iter()
            .map(|(name, value)| name.as_str().len() + value.len())
    };
    let too_large = sizes().any(|size| size > MAX_HEADER) || sizes().sum::<usize>() > MAX_HEADERS;
    too_large.then_some(Refusal::HeadersTooLarge)
}

/// Where the content of an upload goes; nowhere, if the request is no upload or is refused anyway.
pub(crate) fn receiving(core: &Core, exchange: &Exchange) -> Option<Receiving> {
    if exchange.is_refused() || exchange.identity.is_err() {
        return None;
    }
    let row = exchange.record.request.row()?;
    if row.brings != Some(ContentKind::Blob) {
        return None;
    }
    let request = &exchange.record.request;
    let state = core.state(core.endpoints.get(request.origin.endpoints));
    Some(receive(&state, request))
}

/// The body has come in, or was left unread.
pub(crate) fn look_again(core: &Arc<Core>, exchange: &mut Exchange, body: &Body) {
    core.records
        .note_body(&exchange.record, &body.whole, body.unread);
    // Nothing at the head is nothing at all: a plan that waits for the body would have said so.
    if matches!(exchange.look, Look::Nothing) {
        return;
    }
    let call = exchange.record.call();
    let mut panic = None;
    if exchange.broken.is_some() && matches!(exchange.look, Look::NeedsBody) {
        exchange.look = Look::Nothing;
        core.records.meet(&exchange.record, None);
    }
    if matches!(exchange.look, Look::NeedsBody) {
        let look = catch_unwind(AssertUnwindSafe(|| core.plans.look_at_all(&call)));
        exchange.look = look.unwrap_or_else(|caught| {
            panic = Some(panic_text(&*caught));
            Look::Nothing
        });
        core.records.meet(&exchange.record, exchange.look.plan());
    }
    if let Look::Taken(taken) = &mut exchange.look {
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
    let look = std::mem::replace(&mut exchange.look, Look::Nothing);
    let taken = match look {
        Look::Taken(taken) => Some(*taken),
        Look::Nothing | Look::NeedsBody => None,
    };
    let decided = match (&exchange.panic, &taken) {
        (Some(panic), _) => Err(panicked(core, &exchange.record, panic)),
        (None, Some(taken)) => planned(core, &exchange, &taken.answer, body),
        (None, None) => act(core, &exchange, body),
    };
    let (mut what, refusal, hint) = match decided {
        Ok(Decided { what, hint }) => (what, None, hint),
        Err(denied) => {
            if let Some(label) = &denied.by {
                exchange.record.signed_in(label);
            }
            let reply = phrase(core, &exchange, &denied);
            // Where nobody wrote a hint, a detail that is more than a name is one.
            let detail = Some(denied.detail).filter(|detail| detail.contains(' '));
            let hint = denied.hint.or(detail);
            (Outgoing::Reply(reply), Some(denied.refusal), hint)
        }
    };
    let hint = hint.map(|hint| exchange.record.redacted(&hint));
    // A response that the test's author wrote out is sent as it is.
    if let Outgoing::Reply(reply) = &mut what
        && !matches!(&taken, Some(taken) if matches!(taken.answer.what, What::Http(_)))
    {
        // A success looks as the service's own.
        let shown = hint.as_deref().filter(|_| refusal.is_some());
        dress(reply, &exchange, shown);
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

/// The service itself.
fn act(core: &Core, exchange: &Exchange, body: Body) -> Result<Decided, Denied> {
    let site = core.endpoints.get(exchange.record.request.origin.endpoints);
    match exchange.oversize {
        Some(Refusal::ContentLimit) => return Err(core.state(site).no_room()),
        Some(Refusal::BodyTooLarge) => {
            return Err(Denied::from(Refusal::BodyTooLarge).hint(
                "a body may have 12 MB, and those that one server receives at a time 256 MiB in all",
            ));
        }
        Some(refusal) => return Err(refusal.into()),
        None => {}
    }
    if let Some(what) = &exchange.broken {
        // Inferred: nobody has recorded what the service says to it.
        let hint = format!("the framing of the body is broken: {what}");
        return Err(Denied::from(Refusal::BodyMalformed).detail(what).hint(hint));
    }
    let record = &*exchange.record;
    let row = record
        .request
        .row()
        .ok_or_else(|| unmatched(core, record))?;
    let identity = match (&exchange.identity, row.mark) {
        (Ok(identity), _) => Some(identity),
        (Err(_), Mark::Open) => None,
        (Err(denied), Mark::None | Mark::Reads) => return Err(denied.clone()),
    };
    let (Some(handler), Some(simulated)) = (handler(row.op), &row.simulated) else {
        return Err(not_simulated(core, row));
    };
    if core.auth == Auth::Verified
        && record.request.origin.door == Door::Api
        && let Some(identity) = identity
    {
        check_signature(core, record, identity, &body.whole)?;
    }
    let mut received = body.received;
    received.real = received
        .real
        .or_else(|| digest_of(&record.request, &body.whole));
    let content = Content::of(body.whole);
    let mut state = core.state(site);
    let caller = match identity.and_then(|identity| identity.caller.as_ref()) {
        // While the request was held the test may have gone back to a world without this user.
        Some(caller) => Some(state.renew(caller).ok_or(Refusal::TokenInvalid)?),
        None => None,
    };
    if let (Some(identity), Some(caller)) = (identity, &caller) {
        if core.auth != Auth::Off {
            judge_reach(&state, &record.request, row, identity, caller)?;
        }
        state.judge_policy(caller.user, row.op)?;
    }
    let input = Input {
        request: &record.request,
        content: &content,
        caller,
        ticket: identity.and_then(|identity| identity.ticket.as_deref()),
        received: received.into(),
        site,
    };
    let outcome = catch_unwind(AssertUnwindSafe(|| handler(&mut state, &input)));
    drop(state);
    match outcome {
        Ok(outcome) => outcome.map(|outcome| {
            if let Some(label) = &outcome.signed_in {
                record.signed_in(label);
            }
            show(outcome, simulated.status)
        }),
        Err(panic) => Err(panicked(
            core,
            record,
            &format!("a bug in mock-swr: {}", panic_text(&*panic)),
        )),
    }
}

/// Hashes, and explains what is wrong, while others use the state.
fn check_signature(
    core: &Core,
    record: &Record,
    identity: &Identity,
    body: &[u8],
) -> Result<(), Denied> {
    let site = core.endpoints.get(record.request.origin.endpoints);
    let signer = Signer::of(&core.state(site), &record.request, identity)?;
    let Some(signer) = signer else {
        return Ok(());
    };
    let judged = signer.judge(&record.request, body);
    core.state(site).note_signature(signer.access_key(), judged)
}

fn unmatched(core: &Core, record: &Record) -> Denied {
    let (method, path) = (record.request.head.method(), record.request.head.path());
    let hint = hint::nearest(
        record.request.origin.door,
        method,
        path,
        core.identity.settings.audience,
    );
    let problem = format!("{method} {}: {hint}", Redacted::target(path));
    core.note(ProblemKind::Unmatched, record.redacted(&problem));
    Denied::from(Refusal::RouteNotFound).hint(hint)
}

fn not_simulated(core: &Core, row: &Row) -> Denied {
    let hint = Advice::PlanAnswer(row.name).told_to(core.identity.settings.audience);
    core.note(
        ProblemKind::NotSimulated,
        format!("{} ({} {}): {hint}", row.name, row.method, row.template),
    );
    Denied::from(Refusal::NotSimulated).hint(hint)
}

fn show(outcome: Outcome, status: u16) -> Decided {
    let hint = outcome.hint;
    let mut reply = reply(outcome.status.unwrap_or(status), outcome.body);
    for (name, value) in outcome.headers {
        if name == CONTENT_TYPE {
            reply.headers_mut().insert(name, value);
        } else {
            reply.headers_mut().append(name, value);
        }
    }
    Decided {
        what: Outgoing::Reply(reply),
        hint,
    }
}

fn panicked(core: &Core, record: &Record, text: &str) -> Denied {
    // An author who unwraps or compares may print any part of the request.
    let text = record.redacted(text);
    core.note(ProblemKind::Panicked, text.clone());
    Denied::from(Refusal::Panicked)
        .detail(text.as_str())
        .hint(text)
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic".to_owned())
}
