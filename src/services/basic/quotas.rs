//! Quotas.

use serde::Serialize;

use crate::base::refusal::Denied;
use crate::base::reply::Outcome;
use crate::services::input::Input;
use crate::state::State;

#[derive(Serialize)]
struct QuotaList {
    quotas: Vec<QuotaView>,
}

#[derive(Serialize)]
struct QuotaView {
    quota_key: &'static str,
    quota_limit: usize,
    used: usize,
    unit: &'static str,
}

/// Lists the quotas of the caller's account. The project in the path has no effect, but the project of another account
/// is refused.
pub(crate) fn list(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let (registry, account) = (input.registry(), input.caller()?.account);
    let quota = state.account(account).quota;
    let namespaces = QuotaView {
        quota_key: "namespace",
        quota_limit: quota.namespaces,
        used: state.namespaces_of(registry, account).count(),
        unit: "",
    };
    // Without a limit, which is the default, the quota is not listed.
    let repos = quota.repos.map(|limit| QuotaView {
        quota_key: "repository",
        quota_limit: limit,
        used: state.repo_count(registry, account),
        unit: "",
    });
    Ok(Outcome::json(&QuotaList {
        quotas: std::iter::once(namespaces).chain(repos).collect(),
    }))
}
