//! IAM, as far as clients of SWR call it by themselves: on the API host, over the same accounts and users.
//!
//! - [`tokens`]: getting a token, and examining one
//! - [`keys`]: temporary access keys, and who one is
//! - [`lists`]: projects, accounts, regions, users
//! - [`error`]: how IAM says no

pub(crate) mod error;
pub(crate) mod keys;
pub(crate) mod lists;
pub(crate) mod tokens;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::http::Denied;
use crate::input::Input;
use crate::state::{Named, Refusal};

/// What a client writes to name something: `{"id": ..}` or `{"name": ..}`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct NamedBody {
    id: Option<String>,
    name: Option<String>,
}

impl NamedBody {
    /// Refuses one that names nothing.
    fn named(self, what: &str) -> Result<Named, Denied> {
        named(self.id, self.name, what)
    }
}

fn named(id: Option<String>, name: Option<String>, what: &str) -> Result<Named, Denied> {
    if id.is_none() && name.is_none() {
        return Err(malformed(&format!("{what} has neither id nor name")));
    }
    Ok(Named { id, name })
}

/// What a body says under `auth`: how its sender shows who it is.
fn read<T: DeserializeOwned>(input: &Input<'_>) -> Result<T, Denied> {
    #[derive(Deserialize)]
    struct Request<T> {
        auth: T,
    }
    let request = serde_json::from_slice::<Request<T>>(input.body);
    let request = request.map_err(|error| malformed(&error.to_string()))?;
    Ok(request.auth)
}

fn malformed(reason: &str) -> Denied {
    Denied::from(Refusal::BodyMalformed)
        .detail(reason)
        .hint(format!("IAM cannot read the body: {reason}"))
}
