//! Quotas.

use serde::Serialize;

use crate::http::{Denied, Outcome};
use crate::input::Input;
use crate::state::State;

#[derive(Serialize)]
struct Quotas {
    quotas: Vec<Quota>,
}

#[derive(Serialize)]
struct Quota {
    quota_key: &'static str,
    quota_limit: usize,
    used: usize,
    unit: &'static str,
}

/// The project's id in the path is not looked at: nobody documents that it is, and the Python SDK without a
/// project sends the literal `{project_id}`.
pub(crate) fn list(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let account = input.caller()?.account;
    let quota = state.account(account).quota;
    let namespaces = Quota {
        quota_key: "namespace",
        quota_limit: quota.namespaces,
        used: state.namespaces_of(account).count(),
        unit: "",
    };
    // Listed only where there is a limit: the service has none by default.
    let repos = quota.repos.map(|limit| Quota {
        quota_key: "repository",
        quota_limit: limit,
        used: state.repo_count(account),
        unit: "",
    });
    Ok(Outcome::json(&Quotas {
        quotas: std::iter::once(namespaces).chain(repos).collect(),
    }))
}
