//! The simulated service: no HTTP, no JSON, no async.
//!
//! [`State`] holds everything behind an `Arc` each, copied on first write, so that cloning it, which is how a
//! [`World`](crate::World) is taken, costs nothing. Methods of the state hold the rules: names, permissions,
//! quotas, duplicates, then the change. Everything a client asks for goes through a rule; what a test seeds or
//! does behind a client's back goes past the permissions and quotas, by the methods that take no caller.
//!
//! - [`names`]: names and categories, parsed at the border
//! - [`accounts`]: tenants, users, callers; [`directory`]: how they are found; [`keys`]: what shows who a caller is
//! - [`registries`]: the registry of each region; [`profile`]: what a registry accepts
//! - [`namespaces`]: organizations; [`permissions`]: who may do what; [`sharing`]: with other accounts
//! - [`repos`]: repositories; [`repo_index`]: their orders; [`listing`]: looking through them
//! - [`due`]: work that the service does by itself
//! - [`outbox`]: the events that changes leave behind
//! - [`page`]: pages of lists
//! - [`room`]: how much there may be
//! - [`reports`]: the numbers of an account
//! - [`images`]: what a repository holds; [`store`]: blobs
//! - [`access`]: what a registry's client may do; [`pushes`]: what it does; [`uploads`]: what is under way
//! - [`sign_in`]: who gets an identity from IAM; [`issued`]: logins and tokens of the registry;
//!   [`lent`]: how much of that is kept
//! - [`index`]: a map that is cheap to copy
//! - [`tags`]: tags as the management API sees them

mod absences;
mod access;
mod accounts;
mod directory;
mod due;
mod images;
mod index;
mod issued;
mod keys;
mod lent;
mod listing;
mod missing;
mod names;
mod namespaces;
mod outbox;
mod page;
mod permissions;
mod profile;
mod pushes;
mod registries;
mod repo_index;
mod reports;
mod repos;
mod room;
mod sharing;
mod sign_in;
mod store;
mod tags;
mod uploads;

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;

pub(crate) use accounts::{ADMIN, Account, AccountNo, Caller, HOME, Quota, UserNo, UserState};
pub(crate) use images::*;
pub(crate) use issued::{RegistryToken, RepoScope, TemporaryLogin};
pub(crate) use keys::{LOOKED_AT, Scope, TemporaryKey, Token, is_plain};
pub(crate) use listing::{Direction, RepoFilter, RepoOrder};
pub(crate) use names::{AccountName, Category, Label, NamespaceName, RepoName, TagName};
pub(crate) use namespaces::{NamespaceState, SeenBy};
pub(crate) use outbox::Cause;
use outbox::Outbox;
pub(crate) use page::{Page, Rows};
pub use permissions::Permission;
pub(crate) use permissions::{GrantTarget, Grants, Wanted};
pub use profile::Profile;
pub(crate) use pushes::RepoPath;
pub(crate) use registries::{Downflow, Registry};
pub(crate) use repo_index::RepoIndex;
pub(crate) use reports::{Frequency, ReportKind};
pub(crate) use repos::{RepoChange, RepoState};
pub(crate) use room::Coming;
pub(crate) use sharing::{Deadline, Share, SharedBy, SharedFilter, SharedOrder, Shares, Terms};
pub(crate) use sign_in::{AskedScope, IdOrName};
pub(crate) use store::Store;
pub(crate) use tags::{TagKind, TagOrder, Tagged};
pub(crate) use uploads::{ChunkRange, Received};

use crate::base::advice::{Advice, Audience};
use crate::base::clock::{Clock, Ids};
use crate::base::digest::Digest;

/// How the server was told to be; it is not part of a world.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Settings {
    /// The profile of every region's registry.
    pub(crate) profile: Profile,
    /// Whether the registry redirects downloads of blobs to object storage.
    pub(crate) blob_redirects: bool,
    /// The most bytes of images that it holds and receives.
    pub(crate) content_limit: u64,
    /// The most that all else may take, roughly, before clients make no more of it.
    pub(crate) weight_limit: u64,
    /// In whose words it advises.
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

/// The state of the service, all accounts and regions of it.
#[derive(Debug, Clone)]
pub(crate) struct State {
    pub(crate) clock: Clock,
    pub(crate) ids: Ids,
    accounts: Arc<Vec<Arc<Account>>>,
    users: Arc<Vec<Arc<UserState>>>,
    directory: Arc<directory::Directory>,
    /// By number.
    registries: Arc<Vec<Registry>>,
    pub(crate) settings: Settings,
    store: Arc<Store>,
    issued: Arc<issued::IssuedCredentials>,
    /// Of the server that gives out the numbers of uploads; a world keeps it, so that a server knows its own.
    room: Arc<room::Room>,
    /// What all but images takes, roughly.
    weight: u64,
    outbox: Outbox,
    schedule: due::Schedule,
}

impl State {
    /// What to do, in the words of whoever started the server.
    pub(crate) fn advise(&self, advice: Advice<'_>) -> String {
        advice.told_to(self.settings.audience)
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
            room: Arc::default(),
            weight: 0,
            outbox: Outbox::default(),
            schedule: due::Schedule::default(),
        };
        state.account_named(account);
        let admin = state.user_labelled(admin);
        state.grant_everywhere(admin, Some(Permission::Manage));
        state
    }

    /// Makes it the state of a new server, which goes on with all that a world holds.
    pub(crate) fn begin_server(&mut self) {
        self.room = Arc::default();
        self.note_content();
    }

    /// Applies the settings of the server that the state belongs to from now on.
    ///
    /// # Errors
    ///
    /// If a name breaks the rule of the profile.
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

    /// Makes it the state that replaces another one of the server. Everything that pending requests and clients got from
    /// the other state keeps its meaning: registries keep their numbers, and new ids are higher than all ids before.
    /// Uploads of another server are dropped, because their numbers may be in use here.
    pub(crate) fn follow(&mut self, before: &State) {
        self.renumber_registries(before);
        self.ids.keep_above(&before.ids);
        if !Arc::ptr_eq(&self.room, &before.room) {
            self.drop_uploads();
            self.room = Arc::clone(&before.room);
        }
        self.note_content();
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

    /// All bytes that repositories hold, manifests included, by digest.
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
        let repos = || self.registries().flat_map(Registry::repos);
        let tags = repos().flat_map(|repo| repo.images.tags().map(|tag| tag.id));
        let repos = repos().map(|repo| repo.id);
        namespaces.chain(repos).chain(tags).max().unwrap_or(0)
    }

    pub(crate) fn users(&self) -> &[Arc<UserState>] {
        &self.users
    }

    /// Users as they are now, to be kept.
    pub(crate) fn all_users(&self) -> Arc<Vec<Arc<UserState>>> {
        Arc::clone(&self.users)
    }
}
