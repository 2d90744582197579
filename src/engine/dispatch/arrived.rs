//! A request whose head has arrived: what it is about and who sends it.

use std::sync::Arc;

use http::request::Parts;

use super::service::{Operation, is_verified};
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

/// A request whose head has arrived.
pub(crate) struct Arrived<'a> {
    parts: &'a Parts,
    pub(super) request: Request,
    has_body: bool,
    /// What the gateway refuses before anybody looks at the request.
    pub(super) refused_before: Option<Refusal>,
}

/// The caller of a request, and what else the state says at its arrival.
pub(super) struct Identified {
    pub(super) identity: Result<Identity, Denied>,
    /// Where the content of an upload goes, if no plan can hold the request meanwhile.
    pub(super) receiving: Option<Box<Receiving>>,
    now: Time,
    pub(super) date: Option<String>,
    pub(super) request_id: [u8; 32],
    /// The profile of the registry that it arrived at.
    pub(super) profile: Profile,
}

impl Arrived<'_> {
    pub(crate) fn new(origin: Origin, parts: &Parts, has_body: bool) -> Arrived<'_> {
        Arrived {
            parts,
            request: Request {
                origin,
                head: Head::copy(parts),
                found: route::find(origin.door, &parts.method, parts.uri.path()),
            },
            has_body,
            refused_before: oversize(parts),
        }
    }

    fn op(&self) -> Option<Op> {
        self.request.row().map(|row| row.op)
    }

    /// Whether no plan can answer it.
    pub(super) fn is_quiet(&self, core: &Core) -> bool {
        self.refused_before.is_some() || core.plans.has_none_for(self.op())
    }

    /// Identifies the caller.
    pub(super) fn identify(&self, core: &Core, state: &mut State) -> Identified {
        let now = state.clock.now();
        let origin = self.request.origin;
        let identity = identify(core.auth, state, origin, self.request.row(), self.parts);
        let is_upload = self.request.row().is_some_and(is_upload);
        let receives =
            is_upload && identity.is_ok() && self.refused_before.is_none() && self.is_quiet(core);
        Identified {
            receiving: receives.then(|| Box::new(receive(state, &self.request))),
            identity,
            now,
            date: state.clock.is_moved().then(|| now.http_date()),
            request_id: state.ids.request(),
            profile: state.registry(origin.registry).profile,
        }
    }

    /// The operation, if it can be executed right now: there is nothing to read, to hash, to match or to explain.
    pub(super) fn plain_operation(
        &self,
        core: &Core,
        identified: &Identified,
    ) -> Option<Operation> {
        let operation = Operation::of(self.request.row()?)?;
        let is_known = identified.identity.is_ok() || operation.row.mark == Mark::Open;
        let has_content = self.has_body || operation.row.brings.is_some();
        let is_plain = !has_content && self.refused_before.is_none() && self.is_quiet(core);
        let is_signed = is_verified(core, &self.request, &identified.identity);
        (is_known && is_plain && !is_signed).then_some(operation)
    }

    pub(super) fn record(self, core: &Core, identified: &Identified) -> Record {
        let caller = match &identified.identity {
            Ok(identity) => identity.caller.as_ref().map(|caller| &caller.label),
            Err(denied) => denied.by.as_ref(),
        };
        let origin = self.request.origin;
        let is_other = origin.registry != RegistryId::HOME;
        let region = is_other.then(|| Arc::clone(&core.endpoints.get(origin).region));
        Record::new(self.request, caller.cloned(), region, identified.now)
    }
}

/// Whether the body of a request is a blob, or a part of one.
pub(super) fn is_upload(row: &Row) -> bool {
    row.brings == Some(ContentKind::Blob)
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
