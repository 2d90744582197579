//! The handler of each operation.

use crate::base::refusal::Denied;
use crate::base::reply::Outcome;
use crate::operations::op::Op;
use crate::operations::op::table::operations;
use crate::services::basic::tags as image_tags;
use crate::services::basic::{
    account, logins, namespaces, permissions, quotas, repos, retention, sharing, sync, triggers,
    versions,
};
use crate::services::iam::{keys as iam_keys, lists as iam, tokens as iam_tokens};
use crate::services::input::Input;
use crate::services::registry::{
    blobs, dockyard, manifests, ping, referrers, tags, token, unsupported, uploads,
};
use crate::services::storage;
use crate::state::State;

/// The handler of an operation: reads the input, calls the state, and returns the outcome.
pub(crate) type Handler = fn(&mut State, &Input<'_>) -> Result<Outcome, Denied>;

macro_rules! bind {
    ($($api:ident {
        $(
            $(#[$doc:meta])*
            $op:ident: $method:ident $template:literal $(also $also:literal)? $(on $subject:ident)?
                $(needs $needs:ident)?
                $(brings $content:ident)? $([$mark:ident])?
                $(=> $status:literal $handler:path, $evidence:ident $source:literal)?;
        )*
    })*) => {
        /// The handlers in the order of the operations table.
        static HANDLERS: &[Option<Handler>] = &[$($(bind!(@handler $($handler)?),)*)*];
    };
    (@handler) => { None };
    (@handler $handler:path) => { Some($handler) };
}

operations!(bind);

/// The handler of an operation; `None` if the operation is not simulated.
pub(crate) fn handler(op: Op) -> Option<Handler> {
    HANDLERS[op as usize]
}
