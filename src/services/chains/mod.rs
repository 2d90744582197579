//! The chain of dialects of each API.

use crate::base::endpoints::Door;
use crate::base::refusal::Refusal;
use crate::operations::op::{Api, Row};
use crate::services::basic::dialect::{self as basic, BASIC};
use crate::services::dialect::Chain;
use crate::services::enterprise::ENTERPRISE;
use crate::services::gateway::{self, GATEWAY};
use crate::services::iam::dialect::{self as iam, IAM, KEYSTONE};
use crate::services::registry::dialect::{self as registry, ANONYMOUS, LOGIN, OCI, TOKEN};
use crate::services::request::Request;
use crate::services::storage::dialect::{self as storage, STORAGE};
use crate::state::Profile;

static AT_KEYSTONE: Chain = Chain {
    front: &[],
    last: &KEYSTONE,
    by_class: iam::by_class,
    of_status: gateway::of_status,
};

static AT_IAM: Chain = Chain {
    front: &[],
    last: &IAM,
    by_class: iam::by_class,
    of_status: gateway::of_status,
};

/// Also used for paths without an operation, because any refusal can be planned for them.
static AT_BASIC: Chain = Chain {
    front: &[&GATEWAY],
    last: &BASIC,
    by_class: basic::by_class,
    of_status: gateway::of_status,
};

static AT_ENTERPRISE: Chain = Chain {
    front: &[&GATEWAY],
    last: &ENTERPRISE,
    by_class: basic::by_class,
    of_status: gateway::of_status,
};

static AT_SWR_REGISTRY: Chain = Chain {
    front: &[&ANONYMOUS, &LOGIN],
    last: &OCI,
    by_class: registry::by_class,
    of_status: registry::of_status,
};

static AT_OCI_REGISTRY: Chain = Chain {
    front: &[&LOGIN],
    last: &OCI,
    by_class: registry::by_class,
    of_status: registry::of_status,
};

static AT_TOKEN_ENDPOINT: Chain = Chain {
    front: &[&ANONYMOUS, &LOGIN, &TOKEN],
    last: &OCI,
    by_class: registry::by_class,
    of_status: registry::of_status,
};

static AT_STORAGE: Chain = Chain {
    front: &[],
    last: &STORAGE,
    by_class: storage::by_class,
    of_status: storage::of_status,
};

/// The chain for errors of a request.
pub(crate) fn chain_of(request: &Request, profile: Profile) -> &'static Chain {
    let api = request.row().map(|row| row.api);
    find(request.origin.door, api, profile)
}

/// The status of a refusal by an operation, in profile `Swr`.
pub(crate) fn status_of(refusal: Refusal, row: &Row) -> u16 {
    let chain = find(row.door(), Some(row.api), Profile::Swr);
    chain.text(refusal, Some(row)).1.status
}

/// Finds a chain. `api` is `None` if no operation matches the path.
fn find(door: Door, api: Option<Api>, profile: Profile) -> &'static Chain {
    match (api, door) {
        (Some(Api::Keystone), _) => &AT_KEYSTONE,
        (Some(Api::Iam), _) => &AT_IAM,
        (Some(Api::Basic), _) | (None, Door::Api) => &AT_BASIC,
        (Some(Api::Enterprise), _) => &AT_ENTERPRISE,
        (Some(Api::Token), _) => &AT_TOKEN_ENDPOINT,
        (Some(Api::Registry | Api::Dockyard), _) | (None, Door::Registry) => {
            if profile.is_basic() {
                &AT_SWR_REGISTRY
            } else {
                &AT_OCI_REGISTRY
            }
        }
        (Some(Api::Storage), _) | (None, Door::Storage) => &AT_STORAGE,
    }
}

#[cfg(test)]
mod tests;
