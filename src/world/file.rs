//! The form of a world file.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::Home;
use super::error::{Within, WorldFault};
use super::ordered::Ordered;
use super::repo::{BytesByDigest, RepoFile, parse_digest};
use super::tenants::{AccountFile, DownflowFile, GrantsFile, UserFile, other_account, user_of};
use crate::clock::{Clock, Time};
use crate::state::{
    AccountName, Digest, HOME, Label, Namespace, NamespaceName, Place, RepoChange, RepoName, Spot,
    State, UserNo,
};

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(
    deny_unknown_fields,
    default,
    expecting = "a world, which is an object"
)]
pub(super) struct WorldFile {
    /// For whoever reads the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    about: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<String>,
    /// The account's administrator.
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<String>,
    /// The account's project in the region.
    #[serde(skip_serializing_if = "Option::is_none")]
    project_id: Option<String>,
    /// The clock stands at this instant.
    #[serde(skip_serializing_if = "Option::is_none")]
    frozen_at: Option<String>,
    /// The clock is so much ahead of the wall clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    ahead_seconds: Option<f64>,
    /// The highest id given so far.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_id: Option<u64>,
    /// The other regions of the cloud.
    #[serde(skip_serializing_if = "Ordered::is_empty")]
    regions: Ordered<RegionFile>,
    #[serde(skip_serializing_if = "Ordered::is_empty")]
    accounts: Ordered<AccountFile>,
    #[serde(skip_serializing_if = "Ordered::is_empty")]
    users: Ordered<UserFile>,
    namespaces: Ordered<NamespaceFile>,
    /// What was pulled, by account.
    #[serde(skip_serializing_if = "Ordered::is_empty")]
    downflow: Ordered<DownflowFile>,
    /// Pushed bytes as base64, by digest.
    #[serde(skip_serializing_if = "Ordered::is_empty")]
    blobs: Ordered<String>,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(
    deny_unknown_fields,
    default,
    expecting = "a region, as {\"namespaces\": {..}}"
)]
struct RegionFile {
    #[serde(skip_serializing_if = "Ordered::is_empty")]
    namespaces: Ordered<NamespaceFile>,
    #[serde(skip_serializing_if = "Ordered::is_empty")]
    downflow: Ordered<DownflowFile>,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(
    deny_unknown_fields,
    default,
    expecting = "an organization, as {\"repos\": {\"web\": {}}}"
)]
struct NamespaceFile {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<u64>,
    /// The account it belongs to, if not the server's.
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    creator: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    created: Option<String>,
    #[serde(skip_serializing_if = "Ordered::is_empty")]
    permissions: GrantsFile,
    #[serde(skip_serializing_if = "Ordered::is_empty")]
    repos: Ordered<RepoFile>,
}

impl WorldFile {
    fn bytes(&self) -> Result<BytesByDigest, WorldFault> {
        let decode = |name: &str, text: &str| {
            let digest = parse_digest(name).map_err(WorldFault::of_name)?;
            let bytes = STANDARD.decode(text).map_err(|error| error.to_string())?;
            let bytes = Bytes::from(bytes);
            let real = Digest::of(digest.algorithm(), std::slice::from_ref(&bytes));
            if real == digest {
                Ok((digest, bytes))
            } else {
                Err(WorldFault::from(format!(
                    "the digest of the bytes is {real}"
                )))
            }
        };
        let blobs = self.blobs.0.iter();
        blobs
            .map(|(name, text)| decode(name, text).within(name).within("blobs"))
            .collect()
    }
}

impl WorldFile {
    pub(super) fn state(&self, home: &Home) -> Result<State, WorldFault> {
        let choose = |own: &Option<String>, asked: &Option<String>, default: &str| {
            own.as_ref()
                .or(asked.as_ref())
                .map_or(default.to_owned(), String::clone)
        };
        let frozen_at = self.frozen_at.as_deref().map(Time::parse).transpose();
        let frozen_at = frozen_at.within("frozen_at")?;
        let mut clock = home
            .frozen_at
            .or(frozen_at)
            .map_or_else(Clock::wall, Clock::frozen_at);
        let region = choose(&self.region, &home.region, "cn-north-4");
        let account = choose(&self.account, &home.account, "acme");
        let admin = choose(&self.user, &home.user, "admin");
        // More than a duration holds is as much as the clock goes.
        let ahead = self.ahead_seconds.unwrap_or(0.0).min(1e15);
        let ahead = Duration::try_from_secs_f64(ahead);
        let ahead = ahead.map_err(|error| error.to_string());
        clock.advance(ahead.within("ahead_seconds")?);
        let account = AccountName::parse(&account).within("account")?;
        let admin = Label::parse(&admin).within("user")?;
        if admin.account.is_some_and(|of| !of.is(account.as_str())) {
            let reason = format!("`{}` is to be administrator of another account", admin.name);
            return Err(reason).within("user");
        }
        let mut state = State::new(clock, &region, account, admin);
        for (region, _) in &self.regions.0 {
            state.add_region(region);
        }
        if let Some(id) = &self.project_id {
            state.set_project_id(id);
        }
        let bytes = self.bytes()?;
        for (name, account) in &self.accounts.0 {
            account
                .add(&mut state, name)
                .within(name)
                .within("accounts")?;
        }
        for (label, user) in &self.users.0 {
            user.add(&mut state, label).within(label).within("users")?;
        }
        // Those that the file does not give come after those that it gives.
        let regions = self.regions.0.iter().map(|(_, file)| &file.namespaces);
        let namespaces = regions.chain([&self.namespaces]).flat_map(|all| &all.0);
        let given = namespaces.filter_map(|(_, namespace)| namespace.highest_id());
        state.ids.skip_to(given.max().unwrap_or(0));
        add_contents(&mut state, &self.namespaces, &self.downflow, &bytes)?;
        for (region, file) in &self.regions.0 {
            if region == state.home_region().as_ref() {
                let reason = "what lies in the server's own region stands at the top of the file";
                return Err(WorldFault::of_name(reason))
                    .within(region)
                    .within("regions");
            }
            state.enter(&region.as_str().into());
            add_contents(&mut state, &file.namespaces, &file.downflow, &bytes)
                .within(region)
                .within("regions")?;
        }
        state.enter(&region.as_str().into());
        if let Some(last_id) = self.last_id {
            state.ids.set_last(last_id.max(state.highest_id()));
        }
        Ok(state)
    }

    /// How many organizations, repositories and users it names, in all regions.
    pub(super) fn counts(&self) -> (usize, usize, usize) {
        let regions = self.regions.0.iter().map(|(_, file)| &file.namespaces);
        let namespaces = || {
            regions
                .clone()
                .chain([&self.namespaces])
                .flat_map(|all| &all.0)
        };
        let repos = namespaces().map(|(_, namespace)| namespace.repos.0.len());
        (namespaces().count(), repos.sum(), self.users.0.len())
    }

    /// The same of a state.
    pub(super) fn counts_of(state: &State) -> (usize, usize, usize) {
        let (mut namespaces, mut repos) = (0, 0);
        let mut there = state.clone();
        for region in state.regions.iter() {
            there.enter(region);
            namespaces += there.namespaces().count();
            let all = there.namespaces();
            repos += all
                .map(|namespace| there.repos_of(namespace.name.as_str()).len())
                .sum::<usize>();
        }
        (namespaces, repos, state.users().len())
    }

    pub(super) fn of(state: &State) -> WorldFile {
        let home = Home::of(state);
        WorldFile {
            about: None,
            region: home.region,
            account: home.account,
            user: home.user,
            project_id: state.fixed_project_id().map(str::to_owned),
            frozen_at: state.clock.frozen().map(|time| time.to_string()),
            ahead_seconds: Some(state.clock.ahead().as_secs_f64()).filter(|ahead| *ahead > 0.0),
            last_id: Some(state.ids.last()),
            regions: state
                .regions
                .iter()
                .filter(|region| *region != state.home_region())
                .map(|region| (region.to_string(), RegionFile::of(state, region)))
                .collect(),
            accounts: state
                .accounts()
                .iter()
                .map(|account| (account.name.to_string(), AccountFile::of(account)))
                .collect(),
            users: state
                .users()
                .iter()
                .enumerate()
                .map(|(number, user)| (user.label.to_string(), UserFile::of(state, number)))
                .collect(),
            namespaces: NamespaceFile::all(state),
            downflow: all_downflow(state),
            blobs: state
                .all_content()
                .into_iter()
                .map(|(digest, bytes)| (digest.to_string(), STANDARD.encode(bytes)))
                .collect(),
        }
    }
}

impl RegionFile {
    fn of(state: &State, region: &Arc<str>) -> RegionFile {
        let mut there = state.clone();
        there.enter(region);
        RegionFile {
            namespaces: NamespaceFile::all(&there),
            downflow: all_downflow(&there),
        }
    }
}

/// What lies in the region that the state looks at.
fn add_contents(
    state: &mut State,
    namespaces: &Ordered<NamespaceFile>,
    downflow: &Ordered<DownflowFile>,
    bytes: &BytesByDigest,
) -> Result<(), WorldFault> {
    for (name, namespace) in &namespaces.0 {
        namespace
            .add(state, name, bytes)
            .within(name)
            .within("namespaces")?;
    }
    for (account, days) in &downflow.0 {
        days.add(state, account)
            .within(account)
            .within("downflow")?;
    }
    Ok(())
}

fn all_downflow(state: &State) -> Ordered<DownflowFile> {
    let accounts = state.downflow().iter();
    accounts
        .map(|(account, days)| {
            let name = state.account(*account).name.to_string();
            (name, DownflowFile::of(days))
        })
        .collect()
}

impl NamespaceFile {
    /// Those of the region that the state looks at.
    fn all(state: &State) -> Ordered<NamespaceFile> {
        let namespaces = state.namespaces();
        namespaces
            .map(|namespace| {
                let name = namespace.name.to_string();
                (name, NamespaceFile::of(state, namespace))
            })
            .collect()
    }

    fn highest_id(&self) -> Option<u64> {
        let repos = self.repos.0.iter();
        repos
            .filter_map(|(_, repo)| repo.highest_id())
            .chain(self.id)
            .max()
    }

    fn add(&self, state: &mut State, name: &str, bytes: &BytesByDigest) -> Result<(), WorldFault> {
        // The profile that lets a digit begin is the server's business, not the world's.
        let parsed = NamespaceName::parse_oci(name)
            .map_err(|_| WorldFault::of_name("the name breaks the naming rule of organizations"))?;
        let owner = self.owner.as_deref().map(AccountName::parse).transpose();
        let account = match owner.within("owner")? {
            Some(owner) => state.account_named(owner),
            None => HOME,
        };
        let creator = match &self.creator {
            Some(label) => user_of(state, label, account).within("creator")?,
            None => state.root_of(account),
        };
        state.put_namespace(parsed, account, creator);
        self.permissions
            .give(state, Spot::parse(name))
            .within("permissions")?;
        let created = self.created.as_deref().map(Time::parse).transpose();
        let created = created.within("created")?;
        state.alter_namespace(name, |namespace| {
            namespace.created = created.unwrap_or(namespace.created);
        });
        if let Some(id) = self.id {
            let set = state.set_namespace_id(name, id);
            set.ok_or_else(|| format!("{id} is another organization's"))
                .within("id")?;
            state.ids.skip_to(id);
        }
        for (repo, file) in &self.repos.0 {
            Self::add_repo(state, (name, repo), creator, (file, bytes))
                .within(repo)
                .within("repos")?;
        }
        Ok(())
    }

    fn add_repo(
        state: &mut State,
        (namespace, repo): (&str, &str),
        creator: UserNo,
        (file, bytes): (&RepoFile, &BytesByDigest),
    ) -> Result<(), WorldFault> {
        let parsed = RepoName::parse(repo)
            .map_err(|_| WorldFault::of_name("the name breaks the naming rule of repositories"))?;
        state.put_repo(namespace, parsed, creator, RepoChange::default());
        let place = Place {
            namespace: namespace.to_owned(),
            repo: repo.to_owned(),
        };
        file.apply(state, &place, bytes)
    }

    fn of(state: &State, namespace: &Namespace) -> NamespaceFile {
        let label = |user: UserNo| state.user(user).label.to_string();
        let owner = other_account(state, namespace.account);
        let name = namespace.name.as_str();
        let repos = state.repos_of(name).into_iter().filter_map(|repo| {
            Some((
                repo.to_string(),
                RepoFile::of(state, state.repo(name, repo.as_str())?),
            ))
        });
        NamespaceFile {
            id: Some(namespace.id),
            owner,
            creator: Some(label(namespace.creator)),
            created: Some(namespace.created.to_string()),
            permissions: GrantsFile::of(state, &namespace.grants, Some(namespace.creator)),
            repos: repos.collect(),
        }
    }
}
