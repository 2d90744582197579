//! The simulated service: what it does for a request that no plan answers.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use http::header::CONTENT_TYPE;

use super::exchange::{Body, Decided, Exchange, Outgoing};
use crate::base::advice::Advice;
use crate::base::endpoints::Door;
use crate::base::problem::ProblemKind;
use crate::base::redact::Redacted;
use crate::base::refusal::{Denied, Refusal};
use crate::base::registry::RegistryId;
use crate::base::reply::{Outcome, reply};
use crate::engine::core::Core;
use crate::engine::hint;
use crate::engine::journal::Record;
use crate::operations::op::{Mark, Row, Simulated};
use crate::services::auth::{Auth, Identity, Signer, authorize_request};
use crate::services::bindings::{Handler, handler};
use crate::services::input::{Content, Input};
use crate::services::registry::manifests::digest_of;
use crate::services::request::Request;
use crate::state::{Cause, Received, State};

/// An operation that is simulated.
pub(super) struct Operation {
    pub(super) row: &'static Row,
    handler: Handler,
    simulated: &'static Simulated,
}

impl Operation {
    pub(super) fn of(row: &'static Row) -> Option<Operation> {
        Some(Operation {
            row,
            handler: handler(row.op)?,
            simulated: row.simulated.as_ref()?,
        })
    }
}

/// Whether the service verifies the signature of a request: one that shows a token is not signed.
pub(super) fn is_verified(
    core: &Core,
    request: &Request,
    identity: &Result<Identity, Denied>,
) -> bool {
    let is_signed = identity.as_ref().is_ok_and(Identity::is_signed);
    is_signed && core.auth == Auth::Verified && request.origin.door == Door::Api
}

/// Has the service act on a request whose body has been read.
pub(super) fn act(core: &Core, exchange: &Exchange, body: Body) -> Result<Decided, Denied> {
    let record = &*exchange.record;
    let request = &record.request;
    check_body(core, exchange)?;
    let row = request.row().ok_or_else(|| unmatched(core, record))?;
    if let Err(denied) = &exchange.identity
        && row.mark != Mark::Open
    {
        return Err(denied.clone());
    }
    let operation = Operation::of(row).ok_or_else(|| not_simulated(core, row))?;
    let signer = if is_verified(core, request, &exchange.identity) {
        core.look(|state| Signer::of(state, request))?
    } else {
        None
    };
    // Hashing, and explaining what is wrong, takes as long as the body is: others use the state meanwhile.
    let verified = signer.map(|signer| (signer.verify(request, &body.whole), signer));
    let mut received = body.received;
    received.real = received.real.or_else(|| digest_of(request, &body.whole));
    let content = Content::of(body.whole);
    let outcome = core.transact(|state| {
        if let Some((verified, signer)) = verified {
            state.note_signature(signer.access_key(), verified)?;
        }
        execute(state, core, exchange, &operation, (&content, received))
    });
    respond(core, exchange, &operation, (&content, outcome))
}

/// Refuses a body that the gateway does not let through.
fn check_body(core: &Core, exchange: &Exchange) -> Result<(), Denied> {
    match exchange.refused_before {
        Some(Refusal::ContentLimit) => return Err(core.look(State::content_limit_reached)),
        Some(Refusal::BodyTooLarge) => {
            return Err(Denied::from(Refusal::BodyTooLarge).hint(
                "a body can have at most 12 MB, and the bodies that a server receives at one time at most 256 MiB \
                 in all",
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
    Ok(())
}

/// Authorizes the caller, and runs the handler. A panic is a bug of the mock.
pub(super) fn execute(
    state: &mut State,
    core: &Core,
    exchange: &Exchange,
    operation: &Operation,
    content: (&Content, Received),
) -> Result<Outcome, Denied> {
    state.begin(Cause::Request(exchange.record.number));
    let handle = || handle(state, core, exchange, operation, content);
    catch_unwind(AssertUnwindSafe(handle)).unwrap_or_else(|panic| {
        let text = format!("a bug in mock-swr: {}", panic_text(&*panic));
        Err(panicked(core, &exchange.record, &text))
    })
}

fn handle(
    state: &mut State,
    core: &Core,
    exchange: &Exchange,
    operation: &Operation,
    (content, received): (&Content, Received),
) -> Result<Outcome, Denied> {
    let request = &exchange.record.request;
    let identity = exchange.identity.as_ref().ok();
    let caller = match identity.and_then(|identity| identity.caller.as_ref()) {
        // While the request was held the test may have gone back to a world without this user.
        Some(caller) => Some(state.renew(caller).ok_or(Refusal::TokenInvalid)?),
        None => None,
    };
    if let (Some(identity), Some(caller)) = (identity, &caller) {
        if core.auth != Auth::Off {
            authorize_request(state, request, operation.row, identity, caller)?;
        }
        state.authorize_policy(caller.user, operation.row.op)?;
    }
    let input = Input {
        request,
        content,
        caller,
        registry_token: identity.and_then(|identity| identity.registry_token.as_deref()),
        received: received.into(),
        advertised: core.endpoints.advertised(request.origin, &request.head),
    };
    (operation.handler)(state, &input)
}

/// The response to what a handler did. If the handler needs the address of a registry that has no listeners yet, they
/// are opened while the state is not locked, and the handler runs again.
pub(super) fn respond(
    core: &Core,
    exchange: &Exchange,
    operation: &Operation,
    (content, outcome): (&Content, Result<Outcome, Denied>),
) -> Result<Decided, Denied> {
    let unopened = outcome.as_ref().err().and_then(|denied| denied.unopened);
    let outcome = match unopened {
        None => outcome?,
        Some(registry) => {
            listen(core, registry)?;
            // An upload, the only request that brings more than `content`, names no other registry.
            let content = (content, Received::default());
            core.transact(|state| execute(state, core, exchange, operation, content))?
        }
    };
    if let Some(label) = &outcome.signed_in {
        exchange.record.signed_in(label);
    }
    Ok(show(outcome, operation.simulated.status))
}

/// Opens the listeners of a registry that a client has named. If that fails, the next request tries again.
fn listen(core: &Core, registry: RegistryId) -> Result<(), Denied> {
    let Err(error) = core.listen(registry) else {
        return Ok(());
    };
    let region = core.look(|state| Arc::clone(state.region(registry)));
    let text = format!("cannot open the listeners of region {region}: {error}");
    core.note(ProblemKind::ListenFailed, text.clone());
    Err(Denied::from(Refusal::ListenFailed).explained(text))
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

pub(super) fn panicked(core: &Core, record: &Record, text: &str) -> Denied {
    // An author who unwraps or compares may print any part of the request.
    let text = record.redacted(text);
    core.note(ProblemKind::Panicked, text.clone());
    Denied::from(Refusal::Panicked).explained(text)
}

pub(super) fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic".to_owned())
}
