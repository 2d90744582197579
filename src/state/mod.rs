//! The simulated service: no HTTP, no JSON, no async.
//!
//! [`State`] keeps everything behind `Arc`s that are copied on the first write. A [`World`](crate::World) is a clone of
//! the state, so taking it is cheap. The methods contain the rules: they check names, permissions, quotas and
//! duplicates, then apply the change. Requests of clients always pass these checks. The methods without a caller bypass
//! permissions and quotas: tests use them to seed and change the state.
//!
//! - [`names`]: validated names, and categories
//! - [`accounts`]: tenants, users, callers; [`directory`]: their indexes; [`keys`]: access keys and IAM tokens
//! - [`registries`]: the registry of each region; [`profile`]: what a registry accepts
//! - [`namespaces`]: organizations; [`permissions`]: grants and their checks; [`sharing`]: shares with other accounts
//! - [`repos`]: repositories; [`repo_index`]: their orders; [`listing`]: lists of them
//! - [`automation`]: what the service does with a repository by itself; [`triggers`], [`retention`], [`pattern`],
//!   [`sync`], [`copy`]: its parts
//! - [`due`]: scheduled work; [`jobs`]: jobs under way, and their courses
//! - [`outbox`]: events that changes produce
//! - [`page`]: pages of lists
//! - [`limits`]: limits on stored content and objects
//! - [`reports`]: totals and reports of an account
//! - [`images`]: the content of a repository; [`store`]: blobs
//! - [`access`]: authorization of registry clients; [`pushes`]: their operations; [`uploads`]: unfinished uploads
//! - [`sign_in`]: authentication at IAM; [`issued`]: registry logins and tokens; [`expiring`]: maps of credentials that
//!   expire
//! - [`not_found`]: hints for lookups that find nothing
//! - [`index`]: a map that is cheap to clone
//! - [`tags`]: tags in the management API

mod access;
mod accounts;
mod automation;
mod copy;
mod directory;
mod due;
mod expiring;
mod images;
mod index;
mod issued;
mod jobs;
mod keys;
mod limits;
mod listing;
mod names;
mod namespaces;
mod not_found;
mod outbox;
mod page;
mod pattern;
mod permissions;
mod profile;
mod pushes;
mod registries;
mod repo_index;
mod reports;
mod repos;
mod retention;
mod sharing;
mod sign_in;
mod store;
mod sync;
mod tags;
mod triggers;
mod uploads;

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;

pub(crate) use accounts::{ADMIN, Account, AccountNo, Caller, HOME, Quota, UserNo, UserState};
pub(crate) use automation::Automation;
pub(crate) use images::*;
pub(crate) use issued::{RegistryToken, RepoScope, TemporaryLogin};
pub(crate) use jobs::{PlannedCourse, RunningJob};
pub(crate) use keys::{MAX_SECRETS_COMPARED, Scope, TemporaryKey, Token, is_safe_to_show};
pub(crate) use limits::Reservation;
pub(crate) use listing::{Direction, RepoFilter, RepoOrder};
pub(crate) use names::{
    AccountName, Category, Label, NamespaceName, RepoName, TagName, check_plain,
};
pub(crate) use namespaces::{NamespaceState, VisibleBy};
pub(crate) use outbox::Cause;
use outbox::Outbox;
pub(crate) use page::{Page, Rows};
pub(crate) use pattern::Pattern;
pub use permissions::Permission;
pub(crate) use permissions::{GrantRequest, GrantTarget, Grants};
pub use profile::Profile;
pub(crate) use pushes::RepoPath;
pub(crate) use registries::{Downflow, Registry};
pub(crate) use repo_index::RepoIndex;
pub(crate) use reports::{Frequency, ReportKind};
pub(crate) use repos::{RepoChange, RepoState};
pub(crate) use retention::{Retention, RetentionEntry, RetentionRule, Selector, Template};
pub(crate) use sharing::{Deadline, Share, SharedBy, SharedFilter, SharedOrder, Shares, Terms};
pub(crate) use sign_in::{IdOrName, RequestedScope};
pub(crate) use store::Store;
pub(crate) use sync::{SyncJob, SyncRule, SyncTarget};
pub(crate) use tags::{TagKind, TagOrder, Tagged};
pub(crate) use triggers::{
    Deployment, RunOutcome, TRIGGER_NAME_RULE, Trigger, TriggerCondition, TriggerRun,
    is_trigger_name,
};
pub(crate) use uploads::{ChunkRange, Received};

use crate::base::advice::{Advice, Audience};
use crate::base::clock::{Clock, Ids};
use crate::base::digest::Digest;

/// The settings of a server. They are not part of a world.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Settings {
    /// The profile of every region's registry.
    pub(crate) profile: Profile,
    /// Whether the registry redirects downloads of blobs to object storage.
    pub(crate) blob_redirects: bool,
    /// The most bytes of images that the server stores and receives.
    pub(crate) content_limit: u64,
    /// The most bytes of everything else, approximately. Clients cannot create objects beyond it.
    pub(crate) weight_limit: u64,
    /// The reader that hints are written for.
    pub(crate) audience: Audience,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            profile: Profile::Swr,
            blob_redirects: false,
            content_limit: 4 << 30,
            weight_limit: 1 << 30,
            audience: Audience::default(),
        }
    }
}

/// The state of the service, with all accounts and regions.
#[derive(Debug, Clone)]
pub(crate) struct State {
    pub(crate) clock: Clock,
    pub(crate) ids: Ids,
    accounts: Arc<Vec<Arc<Account>>>,
    users: Arc<Vec<Arc<UserState>>>,
    directory: Arc<directory::Directory>,
    /// By registry id.
    registries: Arc<Vec<Registry>>,
    pub(crate) settings: Settings,
    store: Arc<Store>,
    issued: Arc<issued::IssuedCredentials>,
    /// The content usage of the server. A world keeps the reference, so that a server recognizes its own worlds.
    content_usage: Arc<limits::ContentUsage>,
    /// The approximate bytes of everything except images.
    weight: u64,
    outbox: Outbox,
    schedule: due::Schedule,
    jobs: Arc<jobs::Jobs>,
}

impl State {
    /// The text of an advice, for the audience of this server.
    pub(crate) fn advise(&self, advice: Advice<'_>) -> String {
        advice.text_for(self.settings.audience)
    }

    /// An empty service with one account and its administrator.
    pub(crate) fn new(
        clock: Clock,
        region: &str,
        account: AccountName<'_>,
        admin: Label<'_>,
        settings: Settings,
    ) -> State {
        let mut state = State {
            clock,
            ids: Ids::new(),
            accounts: Arc::default(),
            users: Arc::default(),
            directory: Arc::default(),
            registries: Arc::new(vec![Registry::new(region.into(), settings.profile)]),
            settings,
            store: Arc::default(),
            issued: Arc::default(),
            content_usage: Arc::default(),
            weight: 0,
            outbox: Outbox::default(),
            schedule: due::Schedule::default(),
            jobs: Arc::default(),
        };
        state.account_named(account);
        let admin = state.user_labelled(admin);
        state.grant_on_account(admin, Some(Permission::Manage));
        state
    }

    /// Starts a new server from this state, which may be a world.
    pub(crate) fn begin_server(&mut self) {
        self.content_usage = Arc::default();
        self.update_content_usage();
        let jobs = Arc::make_mut(&mut self.jobs);
        jobs.take_courses(&jobs::Jobs::default());
        jobs.forget_server();
    }

    /// Applies the settings of the server that uses this state from now on.
    ///
    /// # Errors
    ///
    /// If the name of an organization is not valid in the profile.
    pub(crate) fn apply(&mut self, settings: Settings) -> Result<(), String> {
        let before = std::mem::replace(&mut self.settings, settings);
        if before.profile == settings.profile {
            return Ok(());
        }
        for registry in Arc::make_mut(&mut self.registries) {
            registry.profile = settings.profile;
        }
        self.check_names()
    }

    /// Prepares this state to replace another state of the server. References that pending requests and clients have to
    /// the other state stay valid. Registries keep their numbers, and new ids are higher than all earlier ids. Uploads
    /// of another server are dropped, because this server may use the same numbers.
    pub(crate) fn follow(&mut self, before: &State) {
        self.renumber_registries(before);
        self.ids.keep_above(&before.ids);
        Arc::make_mut(&mut self.jobs).take_courses(&before.jobs);
        if !Arc::ptr_eq(&self.content_usage, &before.content_usage) {
            self.drop_uploads();
            self.content_usage = Arc::clone(&before.content_usage);
            Arc::make_mut(&mut self.jobs).forget_server();
        }
        self.update_content_usage();
    }

    #[cfg(test)]
    pub(crate) fn of_acme() -> State {
        let account = AccountName::parse("acme").unwrap();
        let admin = Label::parse("admin").unwrap();
        State::new(
            Clock::wall(),
            "cn-north-4",
            account,
            admin,
            Settings::default(),
        )
    }

    pub(crate) fn accounts(&self) -> &[Arc<Account>] {
        &self.accounts
    }

    /// The blobs and manifests of all repositories, by digest.
    pub(crate) fn all_content(&self) -> BTreeMap<Digest, Bytes> {
        let repos = self.registries().flat_map(Registry::repos);
        let mut all = BTreeMap::new();
        for repo in repos {
            for digest in repo.images.blobs() {
                let blob = self.store.get(digest.as_str());
                all.extend(blob.map(|blob| (digest.clone(), blob.to_bytes())));
            }
            all.extend(
                repo.images
                    .manifests()
                    .map(|(digest, manifest)| (digest.clone(), manifest.bytes.clone())),
            );
        }
        all
    }

    /// The highest id in use.
    pub(crate) fn highest_id(&self) -> u64 {
        let namespaces = self.registries().flat_map(Registry::namespaces);
        let namespaces = namespaces.map(|namespace| namespace.id);
        let all_repos = || self.registries().flat_map(Registry::repos);
        let tags = all_repos().flat_map(|repo| repo.images.tags().map(|tag| tag.id));
        let repos = all_repos().map(|repo| repo.id);
        let automation = all_repos().filter_map(|repo| repo.automation.highest_id());
        let ids = namespaces.chain(repos).chain(tags).chain(automation);
        ids.max().unwrap_or(0)
    }

    pub(crate) fn users(&self) -> &[Arc<UserState>] {
        &self.users
    }

    /// A snapshot of the users, which stays valid after the state is unlocked.
    pub(crate) fn all_users(&self) -> Arc<Vec<Arc<UserState>>> {
        Arc::clone(&self.users)
    }
}
