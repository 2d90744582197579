//! A request whose head was received: its operation and its caller.

use std::sync::Arc;

use http::request::Parts;

use super::service::{BoundOperation, is_verified};
use crate::base::clock::Time;
use crate::base::endpoints::Origin;
use crate::base::refusal::{Denied, Refusal};
use crate::base::registry::RegistryId;
use crate::base::request::Head;
use crate::engine::core::Core;
use crate::engine::journal::Record;
use crate::operations::op::{ContentKind, Mark, Op, Row};
use crate::operations::route;
use crate::services::auth::{Identity, identify};
use crate::services::registry::uploads::{Receiving, receive};
use crate::services::request::Request;
use crate::state::{Profile, State};

const MAX_URI: usize = 32 * 1024;
const MAX_HEADER: usize = 32 * 1024;
const MAX_HEADERS: usize = 128 * 1024;

/// A request whose head was received.
pub(crate) struct Arrived<'a> {
    parts: &'a Parts,
    pub(super) request: Request,
    has_body: bool,
    /// The refusal of a request that is too large. The gateway sends it before everything else.
    pub(super) early_refusal: Option<Refusal>,
}

/// The caller of a request, and the parts of the state that were read when its head was received.
pub(super) struct Identified {
    pub(super) identity: Result<Identity, Denied>,
    /// The receiver of an upload's content; `None` if a plan could hold the request before its body is read.
    pub(super) receiving: Option<Box<Receiving>>,
    now: Time,
    pub(super) date: Option<String>,
    pub(super) request_id: [u8; 32],
    /// The profile of the registry that received the request.
    pub(super) profile: Profile,
}

impl Arrived<'_> {
    pub(crate) fn new(origin: Origin, parts: &Parts, has_body: bool) -> Arrived<'_> {
        let head = Head::copy(parts);
        Arrived {
            parts,
            early_refusal: oversize(parts, head.size()),
            request: Request {
                origin,
                found: route::find(origin.door, &parts.method, head.path()),
                head,
            },
            has_body,
        }
    }

    fn op(&self) -> Option<Op> {
        self.request.row().map(|row| row.op)
    }

    /// Whether no plan can match the request.
    pub(super) fn is_unplanned(&self, core: &Core) -> bool {
        self.early_refusal.is_some() || core.plans.has_none_for(self.op())
    }

    /// Identifies the caller.
    pub(super) fn identify(&self, core: &Core, state: &mut State) -> Identified {
        let now = state.clock.now();
        let origin = self.request.origin;
        let identity = identify(core.auth, state, origin, self.request.row(), self.parts);
        let is_upload = self.request.row().is_some_and(is_upload);
        let receives = is_upload
            && identity.is_ok()
            && self.early_refusal.is_none()
            && self.is_unplanned(core);
        Identified {
            receiving: receives.then(|| Box::new(receive(state, &self.request))),
            identity,
            now,
            date: state.clock.is_moved().then(|| now.http_date()),
            request_id: state.ids.request(),
            profile: state.registry(origin.registry).profile,
        }
    }

    /// The operation, if it can run at once: there is no body to read, no signature to verify and no plan to match.
    pub(super) fn simple_operation(
        &self,
        core: &Core,
        identified: &Identified,
    ) -> Option<BoundOperation> {
        let operation = BoundOperation::of(self.request.row()?)?;
        let is_known = identified.identity.is_ok() || operation.row.mark == Mark::Open;
        let has_content = self.has_body || operation.row.brings.is_some();
        let is_simple = !has_content && self.early_refusal.is_none() && self.is_unplanned(core);
        let is_signed = is_verified(core, &self.request, &identified.identity);
        (is_known && is_simple && !is_signed).then_some(operation)
    }

    /// The journal entry of the request.
    pub(super) fn record(self, core: &Core, identified: &Identified) -> Record {
        let caller = match &identified.identity {
            Ok(identity) => identity.caller.as_ref().map(|caller| &caller.label),
            Err(denied) => denied.by.as_ref(),
        };
        let origin = self.request.origin;
        let is_other_region = origin.registry != RegistryId::HOME;
        let region = is_other_region.then(|| Arc::clone(&core.endpoints.get(origin).region));
        Record::new(self.request, caller.cloned(), region, identified.now)
    }
}

/// Whether the body of a request is a blob or a part of a blob.
pub(super) fn is_upload(row: &Row) -> bool {
    row.brings == Some(ContentKind::Blob)
}

/// The refusal of a head that is too large.
fn oversize(parts: &Parts, size: usize) -> Option<Refusal> {
    if size <= MAX_URI.min(MAX_HEADER) {
        return None;
    }
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
