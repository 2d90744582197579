//! Serves one request. The engine decides the response; this module reads, waits and writes.

use std::sync::Arc;

use http::Method;
use hyper::body::{Body as _, Incoming};

use super::faults::Fault;
use super::hold::hold;
use super::read::read;
use super::runtime::{on_blocking_thread, on_own_thread};
use super::sending::Sending;
use super::verbatim::{is_left_to_hyper, write_raw, write_unchanged};
use super::wire::Wire;
use crate::base::endpoints::Origin;
use crate::base::reply::Payload;
use crate::engine::core::Core;
use crate::engine::dispatch::{self, Arrived, Begun, Cut, Outgoing, Sent};

/// Serves one request of a connection.
pub(super) async fn serve(
    core: &Arc<Core>,
    origin: Origin,
    wire: &Arc<Wire>,
    request: hyper::Request<Incoming>,
) -> Result<hyper::Response<Sending>, Cut> {
    let (parts, incoming) = request.into_parts();
    let expects_continue = parts.headers.contains_key(http::header::EXPECT);
    let arrived = Arrived::new(origin, &parts, !incoming.is_end_stream());
    let mut exchange = match dispatch::begin(core, arrived) {
        Begun::Done(sent) => return write(core, wire, sent, &parts.method).await,
        Begun::Open(exchange) => exchange,
    };
    let op = exchange.record.request.row().map(|row| row.op);
    let number = exchange.record.number;
    if let Some(plan) = exchange.held_by() {
        hold(core, &plan, number).await;
    }
    let held_at_head = exchange.held_by().is_some();

    let body = read(core, incoming, &mut exchange, expects_continue).await?;
    let body = if core.plans.runs_closures(op) {
        let core = Arc::clone(core);
        let matched = on_own_thread(Arc::clone(&core), move || {
            dispatch::match_body(&core, &mut exchange, &body);
            (exchange, body)
        });
        let body;
        (exchange, body) = matched.await?;
        body
    } else {
        dispatch::match_body(core, &mut exchange, &body);
        body
    };
    if let Some(plan) = exchange.held_by().filter(|_| !held_at_head) {
        hold(core, &plan, number).await;
    }

    let sent = if exchange.runs_closure() {
        let (server, core) = (Arc::clone(core), Arc::clone(core));
        on_own_thread(server, move || dispatch::finish(&core, exchange, body)).await?
    } else if body.whole.len() > FINISH_INLINE {
        let core = Arc::clone(core);
        let finished = on_blocking_thread(move || dispatch::finish(&core, exchange, body));
        finished.await.map_err(|_| Cut::Close)?
    } else {
        dispatch::finish(core, exchange, body)
    };
    write(core, wire, sent, &parts.method).await
}

/// Refuses a request that was sent without TLS to a server with TLS.
pub(super) async fn refuse_plain(
    core: &Arc<Core>,
    request: hyper::Request<Incoming>,
) -> Result<hyper::Response<Sending>, Cut> {
    let reply = dispatch::refuse_plain(core, request.method(), request.uri());
    Ok(reply.map(|body| Sending::of(body, None)))
}

/// The worker processes bodies up to this size itself, because moving them to another thread would cost more.
const FINISH_INLINE: usize = 64 * 1024;

async fn write(
    core: &Arc<Core>,
    wire: &Arc<Wire>,
    sent: Sent,
    method: &Method,
) -> Result<hyper::Response<Sending>, Cut> {
    if !sent.delay.is_zero() {
        tokio::time::sleep(sent.delay).await;
    }
    if let Some(plan) = &sent.held_by {
        hold(core, plan, sent.number).await;
    }
    let fault = |fault: Box<_>, size| Fault::new(core, wire, *fault, size);
    match sent.outgoing {
        Outgoing::Reply(reply) => {
            let is_plain = !sent.is_planned || is_left_to_hyper(&reply, method);
            let sending = |body: Payload| {
                let size = body.len();
                Sending::of(body, sent.fault.map(|planned| fault(planned, size)))
            };
            if is_plain {
                return Ok(reply.map(sending));
            }
            write_unchanged(wire, reply, method, sending).await;
            Err(Cut::Close)
        }
        Outgoing::Raw(bytes) => {
            let size = bytes.len() as u64;
            let fault = sent.fault.map(|planned| fault(planned, size));
            write_raw(wire, Sending::of(bytes.into(), fault)).await;
            Err(Cut::Close)
        }
        Outgoing::Cut(cut) => {
            match cut {
                Cut::Close => wire.finish().await,
                Cut::Reset => wire.end(cut),
            }
            Err(cut)
        }
    }
}
