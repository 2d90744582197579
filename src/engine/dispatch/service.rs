//! Running the simulated service for a request.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::exchange::{Decided, Exchange};
use crate::base::advice::Advice;
use crate::base::endpoints::Door;
use crate::base::problem::ProblemKind;
use crate::base::redact::Redacted;
use crate::base::refusal::{Denied, Refusal};
use crate::base::registry::RegistryId;
use crate::base::reply::Outcome;
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

/// A simulated operation with its handler.
pub(super) struct BoundOperation {
    pub(super) row: &'static Row,
    handler: Handler,
    simulated: &'static Simulated,
}

impl BoundOperation {
    pub(super) fn of(row: &'static Row) -> Option<BoundOperation> {
        Some(BoundOperation {
            row,
            handler: handler(row.op)?,
            simulated: row.simulated.as_ref()?,
        })
    }
}

/// Whether the service verifies the signature of a request. Requests with a token are not signed.
pub(super) fn is_verified(
    core: &Core,
    request: &Request,
    identity: &Result<Identity, Denied>,
) -> bool {
    let is_signed = identity.as_ref().is_ok_and(Identity::is_signed);
    is_signed && core.auth == Auth::Verified && request.origin.door == Door::Api
}

/// Runs the service for a request after its body was read.
pub(super) fn act(
    core: &Core,
    exchange: &Exchange,
    (content, mut received): (&Content, Received),
) -> Result<Decided, Denied> {
    let record = &*exchange.record;
    let request = &record.request;
    check_body(core, exchange)?;
    let row = request.row().ok_or_else(|| unmatched(core, record))?;
    if let Err(denied) = &exchange.identity
        && row.mark != Mark::Open
    {
        return Err(denied.clone());
    }
    let operation = BoundOperation::of(row).ok_or_else(|| not_simulated(core, row))?;
    let signer = if is_verified(core, request, &exchange.identity) {
        core.read(|state| Signer::of(state, request))?
    } else {
        None
    };
    // The state is not locked here, because hashing a long body and explaining a wrong signature take time.
    let verified = signer.map(|signer| (signer.verify(request, &content.bytes), signer));
    received.real = received.real.or_else(|| digest_of(request, &content.bytes));
    // Parses a long body before the state is locked.
    let _ = content.json();
    let outcome = core.transact(|state| {
        if let Some((verified, signer)) = verified {
            state.note_signature(signer.access_key(), verified)?;
        }
        execute(state, core, exchange, &operation, (content, received))
    });
    respond(core, exchange, &operation, (content, outcome))
}

/// Refuses a body that the gateway does not accept.
fn check_body(core: &Core, exchange: &Exchange) -> Result<(), Denied> {
    match exchange.early_refusal {
        Some(Refusal::ContentLimit) => return Err(core.read(State::content_limit_reached)),
        Some(Refusal::BodyTooLarge) => {
            return Err(Denied::from(Refusal::BodyTooLarge).hint(
                "a body can have at most 12 MB, and the bodies that a server receives at the same time 256 MiB in all",
            ));
        }
        Some(refusal) => return Err(refusal.into()),
        None => {}
    }
    if let Some(error) = &exchange.framing_error {
        // Inferred: no response of the service is recorded.
        let hint = format!("the framing of the body is broken: {error}");
        return Err(Denied::from(Refusal::BodyMalformed)
            .detail(error)
            .hint(hint));
    }
    Ok(())
}

/// Authorizes the caller and runs the handler. A panic of the handler is a bug in the mock.
pub(super) fn execute(
    state: &mut State,
    core: &Core,
    exchange: &Exchange,
    operation: &BoundOperation,
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
    operation: &BoundOperation,
    (content, received): (&Content, Received),
) -> Result<Outcome, Denied> {
    let request = &exchange.record.request;
    let identity = exchange.identity.as_ref().ok();
    let caller = match identity.and_then(|identity| identity.caller.as_ref()) {
        // While the request was held, the test may have restored a world without this user.
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

/// Turns the result of a handler into a response. If the handler needs the address of a registry without listeners,
/// this opens them without locking the state, and runs the handler again.
pub(super) fn respond(
    core: &Core,
    exchange: &Exchange,
    operation: &BoundOperation,
    (content, outcome): (&Content, Result<Outcome, Denied>),
) -> Result<Decided, Denied> {
    let unopened = outcome.as_ref().err().and_then(|denied| denied.unopened);
    let outcome = match unopened {
        None => outcome?,
        Some(registry) => {
            listen(core, registry)?;
            // This second run has only `content`. Only uploads have more, and they never name another registry.
            let content = (content, Received::default());
            core.transact(|state| execute(state, core, exchange, operation, content))?
        }
    };
    if let Some(label) = &outcome.signed_in {
        exchange.record.signed_in(label);
    }
    Ok(Decided::Accepted(outcome, operation.simulated.status))
}

/// Opens the listeners of a registry. If that fails, the next request tries again.
fn listen(core: &Core, registry: RegistryId) -> Result<(), Denied> {
    let Err(error) = core.listen(registry) else {
        return Ok(());
    };
    let region = core.read(|state| Arc::clone(state.region(registry)));
    let text = format!("cannot open the listeners of region {region}: {error}");
    core.note(ProblemKind::ListenFailed, text.clone());
    Err(Denied::from(Refusal::ListenFailed).explained(text))
}

/// The refusal and the problem for a path without an operation.
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

/// The refusal and the problem for an operation that is not simulated.
fn not_simulated(core: &Core, row: &Row) -> Denied {
    let hint = Advice::PlanAnswer(row.name).text_for(core.identity.settings.audience);
    core.note(
        ProblemKind::NotSimulated,
        format!("{} ({} {}): {hint}", row.name, row.method, row.template),
    );
    Denied::from(Refusal::NotSimulated).hint(hint)
}

/// The refusal and the problem for a panic.
pub(super) fn panicked(core: &Core, record: &Record, text: &str) -> Denied {
    // The message of a panicked assertion can contain any part of the request.
    let text = record.redacted(text);
    core.note(ProblemKind::Panicked, text.clone());
    Denied::from(Refusal::Panicked).explained(text)
}

/// The message of a panic.
pub(super) fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic".to_owned())
}
