//! Totals and reports of an account in a region.

use std::sync::Arc;

use super::{AccountNo, Downflow, Registry, RepoIndex, State};
use crate::base::clock::Time;
use crate::base::registry::RegistryId;

/// The content of an account, and the bytes that clients pulled from it.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Totals {
    pub(crate) images: usize,
    pub(crate) bytes: u64,
    pub(crate) downflow: u64,
}

/// The quantity that a report shows.
#[derive(Debug, Clone, Copy)]
pub(crate) enum ReportKind {
    Store,
    Downflow,
}

/// The length of the periods in a report.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Frequency {
    Daily,
    Monthly,
}

impl Frequency {
    /// The midnights at which the periods begin, up to now. Inferred: how far back a report goes.
    fn periods(self, now: Time) -> Vec<Time> {
        match self {
            Frequency::Daily => now.last_days(30),
            Frequency::Monthly => now.last_months(12),
        }
    }
}

impl State {
    pub(crate) fn totals(&self, registry: RegistryId, account: AccountNo) -> Totals {
        let registry = self.registry(registry);
        let repos = registry
            .repo_index(account)
            .into_iter()
            .flat_map(RepoIndex::repos);
        let pulled = registry.downflow.get(&account).into_iter().flatten();
        let none = Totals {
            downflow: pulled.fold(0, |sum, (_, bytes)| sum.saturating_add(*bytes)),
            ..Totals::default()
        };
        repos.fold(none, |totals, repo| Totals {
            images: totals.images + repo.num_images(),
            bytes: totals.bytes.saturating_add(repo.size()),
            ..totals
        })
    }

    /// The bytes of each period of a report, with the time at which the period begins.
    pub(crate) fn report(
        &self,
        registry: RegistryId,
        account: AccountNo,
        (kind, frequency): (ReportKind, Frequency),
    ) -> Vec<(Time, u64)> {
        let registry = self.registry(registry);
        let now = self.clock.now();
        let begins = frequency.periods(now);
        let ends = begins.iter().skip(1).copied();
        let ends = ends.chain([now.next_midnight()]);
        let periods = begins.iter().copied().zip(ends);
        periods
            .map(|(from, to)| (from, registry.bytes_of(account, kind, from, to)))
            .collect()
    }

    /// Counts bytes that a client pulled.
    pub(crate) fn count_downflow(&mut self, registry: RegistryId, namespace: &str, bytes: u64) {
        let Some(namespace) = self.namespace(registry, namespace) else {
            return;
        };
        let account = namespace.account;
        let day = self.clock.now().next_midnight();
        let downflow = Arc::make_mut(&mut self.registry_mut(registry).downflow);
        let pulled = downflow.entry(account).or_default().entry(day).or_default();
        *pulled = pulled.saturating_add(bytes);
    }

    pub(crate) fn set_downflow(
        &mut self,
        registry: RegistryId,
        account: AccountNo,
        downflow: Downflow,
    ) {
        let registry = self.registry_mut(registry);
        Arc::make_mut(&mut registry.downflow).insert(account, downflow);
    }
}

impl Registry {
    /// The bytes that were pulled between two midnights, or that were stored at the second one. Only tags that still
    /// exist count as stored.
    fn bytes_of(&self, account: AccountNo, kind: ReportKind, from: Time, to: Time) -> u64 {
        match kind {
            ReportKind::Downflow => {
                let days = self.downflow.get(&account).into_iter().flatten();
                days.filter(|(end, _)| **end > from && **end <= to)
                    .fold(0, |sum, (_, bytes)| sum.saturating_add(*bytes))
            }
            ReportKind::Store => {
                let repos = self
                    .repo_index(account)
                    .into_iter()
                    .flat_map(RepoIndex::repos);
                let tags = repos.flat_map(|repo| {
                    let tags = repo.images.tags();
                    tags.filter_map(|tag| repo.images.with_manifest(tag))
                });
                tags.filter(|tagged| tagged.tag.created < to)
                    .map(|tagged| tagged.manifest.size())
                    .fold(0, u64::saturating_add)
            }
        }
    }
}
