//! Limits on what a server stores, and on what it is receiving.

use std::sync::Arc;

use parking_lot::Mutex;

use super::{NamespaceState, RepoState, State, UserState};
use crate::base::advice::Advice;
use crate::base::refusal::{Denied, Refusal};

/// The weight of an organization, a repository, a tag, a manifest, a blob of a repository, a user or an upload. It is
/// roughly the bytes in memory, without texts.
pub(super) const OBJECT: u64 = 1024;
/// The weight of a permission, a layer or an annotation.
pub(super) const PART: u64 = 128;
/// The weight of a share, including its description.
const SHARE: u64 = 5 * OBJECT;

/// The bytes of images that one server stores and is receiving. All requests share it, and `restore` keeps it.
#[derive(Debug, Default)]
pub(crate) struct ContentUsage(Mutex<UsageCounts>);

#[derive(Debug, Default)]
struct UsageCounts {
    stored: u64,
    reserved: u64,
}

/// The bytes that one request has reserved. They count until the content is stored, or the request ends.
#[derive(Debug, Default)]
pub(crate) struct Reservation {
    /// `None` for a request without content.
    usage: Option<Arc<ContentUsage>>,
    limit: u64,
    bytes: u64,
    is_exceeded: bool,
}

impl Reservation {
    /// Reserves more bytes; returns `false` if they exceed the limit. After one failure, all later calls fail.
    pub(crate) fn try_reserve(&mut self, bytes: u64) -> bool {
        let Some(usage) = &self.usage else {
            return false;
        };
        let mut counts = usage.0.lock();
        let all = counts.stored.saturating_add(counts.reserved);
        self.is_exceeded |= all.saturating_add(bytes) > self.limit;
        if !self.is_exceeded {
            counts.reserved += bytes;
            self.bytes += bytes;
        }
        !self.is_exceeded
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        if let Some(usage) = &self.usage {
            usage.0.lock().reserved -= self.bytes;
        }
    }
}

impl State {
    /// Starts a reservation for a request that brings content.
    pub(crate) fn reserve_content(&self) -> Reservation {
        Reservation {
            usage: Some(Arc::clone(&self.content_usage)),
            limit: self.settings.content_limit,
            ..Reservation::default()
        }
    }

    /// Updates the number of stored bytes.
    pub(super) fn update_content_usage(&self) {
        self.content_usage.0.lock().stored = self.content_bytes();
    }

    /// Turns the reserved bytes of a request into stored bytes.
    pub(super) fn commit_reservation(&self, mut reservation: Reservation) {
        let mut counts = self.content_usage.0.lock();
        counts.stored = self.content_bytes();
        if reservation
            .usage
            .as_ref()
            .is_some_and(|usage| Arc::ptr_eq(&self.content_usage, usage))
        {
            counts.reserved -= std::mem::take(&mut reservation.bytes);
        }
    }

    /// The bytes of all blobs, manifests and unfinished uploads.
    pub(crate) fn content_bytes(&self) -> u64 {
        let registries = self.registries();
        let uploading: u64 = registries.map(|registry| registry.uploads.bytes()).sum();
        self.store.bytes() + uploading
    }

    /// Refuses content that exceeds the limit, given what is stored and reserved.
    pub(super) fn check_content(&self, more: u64) -> Result<(), Denied> {
        let all = self.content_usage.0.lock().reserved.saturating_add(more);
        if all.saturating_add(self.content_bytes()) <= self.settings.content_limit {
            return Ok(());
        }
        Err(self.content_limit_reached())
    }

    pub(crate) fn content_limit_reached(&self) -> Denied {
        Denied::from(Refusal::ContentLimit).hint(format!(
            "this server stores at most {} bytes of images; {}",
            self.settings.content_limit,
            self.advise(Advice::RaiseContentLimit)
        ))
    }

    /// Refuses to create objects for a client once their weight reaches the limit. It is checked once per request, so a
    /// request that creates several objects can exceed it.
    pub(super) fn check_weight(&self) -> Result<(), Denied> {
        let registries = self.registries();
        let uploads: usize = registries.map(|registry| registry.uploads.len()).sum();
        let limit = self.settings.weight_limit;
        if self.weight.saturating_add(OBJECT * uploads as u64) < limit {
            return Ok(());
        }
        Err(Denied::from(Refusal::ContentLimit).hint(format!(
            "this server stores at most {limit} bytes besides images, and that limit is reached: organizations, \
             repositories, descriptions, tags, permissions, users and unfinished uploads count towards it"
        )))
    }

    /// Replaces the weight of a changed object in the total.
    pub(super) fn update_weight(&mut self, before: u64, after: u64) {
        self.weight = self.weight.saturating_sub(before).saturating_add(after);
    }
}

impl NamespaceState {
    pub(super) fn weight(&self) -> u64 {
        OBJECT + PART * self.grants.len() as u64
    }
}

impl RepoState {
    pub(super) fn weight(&self) -> u64 {
        let parts = self.grants.len() + self.images.part_count();
        OBJECT * (1 + self.images.object_count() as u64)
            + PART * parts as u64
            + SHARE * self.shares.len() as u64
            + self.description.len() as u64
            + self.automation.weight()
    }
}

impl UserState {
    pub(super) fn weight(&self) -> u64 {
        OBJECT + (self.id.len() + self.name.len() + self.label.len()) as u64
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::base::blob::Blob;
    use crate::base::clock::days;
    use crate::base::digest::{Algorithm, Digest};
    use crate::base::registry::RegistryId;
    use crate::state::{
        ADMIN, Caller, Deadline, Deployment, GrantRequest, GrantTarget, NamespaceName, Permission,
        Profile, Received, RepoChange, RepoName, RepoPath, RetentionRule, Selector, Settings,
        SyncTarget, TagName, Template, Terms, TriggerCondition,
    };

    const HOME: RegistryId = RegistryId::HOME;

    fn web() -> RepoPath<'static> {
        RepoPath::split(HOME, "group/web").unwrap()
    }

    /// A state with the repository `group/web`, and its administrator.
    fn state() -> (State, Caller) {
        let mut state = State::of_acme();
        let settings = Settings {
            profile: Profile::Oci,
            ..Settings::default()
        };
        state.apply(settings).unwrap();
        let name = NamespaceName::parse("group").unwrap();
        state.put_namespace(HOME, name, (0, ADMIN));
        let name = RepoName::parse("web").unwrap();
        state.put_repo(HOME, "group", name, (ADMIN, RepoChange::default()));
        let admin = state.caller(ADMIN);
        (state, admin)
    }

    fn push(
        state: &mut State,
        admin: &Caller,
        path: &RepoPath<'_>,
        tag: &str,
    ) -> Result<(), Denied> {
        let bytes = Bytes::from_static(br#"{"schemaVersion": 2, "manifests": []}"#);
        let digest = Digest::of(Algorithm::Sha256, std::slice::from_ref(&bytes));
        let manifest = crate::base::manifest::read::read_manifest(bytes, None).unwrap();
        let tags = vec![TagName::parse(tag).unwrap()];
        state
            .put_manifest(admin, path, digest, tags, manifest)
            .map(drop)
    }

    fn grant(state: &mut State, admin: &Caller, name: &str) -> Result<(), Denied> {
        let wanted = GrantRequest {
            id: format!("id of {name}"),
            name: name.to_owned(),
            level: Permission::Read,
        };
        let granting = state.authorize_granting(admin, GrantTarget::Namespace(HOME, "group"))?;
        state.create_grants(granting, &[wanted])
    }

    type Create = fn(&mut State, &Caller, u32) -> Result<(), Denied>;

    /// One function for each way in which a client can create objects.
    const CREATORS: &[Create] = &[
        |state, admin, n| {
            state.alter_account(0, |account| account.quota.namespaces = usize::MAX);
            state.create_namespace(admin, HOME, NamespaceName::parse(&format!("n{n}")).unwrap())
        },
        |state, admin, n| {
            let name = RepoName::parse(&format!("r{n}")).unwrap();
            state.create_repo(admin, HOME, "group", (name, RepoChange::default()))
        },
        |state, admin, n| {
            let change = RepoChange {
                description: Some("𝄞".repeat(1000 * n as usize)),
                ..RepoChange::default()
            };
            state.update_repo(admin, &web(), change)
        },
        |state, admin, n| grant(state, admin, &format!("u{n}")),
        |state, admin, n| push(state, admin, &web(), &format!("t{n}")),
        |state, admin, n| {
            let path = RepoPath::split(HOME, format!("pushed{n}/web")).unwrap();
            push(state, admin, &path, "v1")
        },
        |state, admin, n| {
            if n == 0 {
                push(state, admin, &web(), "v1")?;
            }
            let to = TagName::parse(&format!("c{n}")).unwrap();
            state.copy_tag(admin, &web(), "v1", to, false)
        },
        |state, admin, n| {
            let account = format!("account{n}");
            state.account_named(super::super::AccountName::parse(&account).unwrap());
            let terms = Terms {
                deadline: Deadline::Forever,
                description: "".into(),
            };
            state.create_share(admin, &web(), &account, terms)
        },
        |state, _, _| state.start_upload(&web(), Received::default()).map(drop),
        |state, admin, n| {
            let bytes = Bytes::from(n.to_string());
            let digest = Digest::of(Algorithm::Sha256, std::slice::from_ref(&bytes));
            let whole = Received {
                blob: Blob::whole(bytes),
                reservation: state.reserve_content(),
                named: Some(digest.to_string()),
                real: Some(digest),
                ..Received::default()
            };
            state.finish_upload(admin, &web(), None, whole).map(drop)
        },
        |state, admin, n| {
            let condition = TriggerCondition::parse("all", "").unwrap();
            let deployment = Deployment::default();
            let name = format!("trigger{n}");
            state.create_trigger(admin, &web(), (&name, condition), (deployment, true))
        },
        |state, admin, n| {
            let rule = RetentionRule {
                template: Template::Num(1),
                selectors: vec![Selector::Label("x".repeat(4000 * n as usize))],
            };
            let repo = state.repo(&web());
            let known = repo.and_then(|repo| Some(repo.automation.retention.as_ref()?.id));
            match known {
                None => state.create_retention(admin, &web(), rule).map(drop),
                Some(id) => state.update_retention(admin, &web(), id, rule),
            }
        },
        |state, admin, n| {
            let target = target(&format!("n{n}"));
            state.create_sync_rule(admin, &web(), target, (true, true))
        },
        |state, admin, n| {
            let tags = vec![TagName::parse(&format!("t{n}")).unwrap()];
            state.sync_tags(admin, &web(), target("n0"), (tags, true))
        },
    ];

    fn target(namespace: &str) -> SyncTarget {
        SyncTarget {
            region: "cn-north-4".into(),
            namespace: namespace.into(),
        }
    }

    #[test]
    fn clients_cannot_create_objects_beyond_the_limit() {
        for (number, make) in CREATORS.iter().enumerate() {
            let (mut state, admin) = state();
            state.settings.weight_limit = 100 * OBJECT;
            let mut made = 0;
            let denied = loop {
                match make(&mut state, &admin, made) {
                    Ok(()) => made += 1,
                    Err(denied) => break denied,
                }
                assert!(made <= 200, "{number} is not bounded");
            };
            assert_eq!(
                denied.refusal,
                Refusal::ContentLimit,
                "{number}: {denied:?}"
            );
            assert!(made > 10, "{number}: {made}");
        }
    }

    #[test]
    fn removed_objects_no_longer_count() {
        let (mut state, admin) = state();
        let empty = state.weight;
        let bytes = state.content_bytes();
        for (number, make) in CREATORS.iter().enumerate() {
            // The users of grants are never removed.
            if number == 3 {
                continue;
            }
            make(&mut state, &admin, 0).unwrap();
        }
        assert!(state.weight > empty && state.content_bytes() > bytes);
        for name in ["n0", "pushed0", "group"] {
            state.remove_namespace(HOME, name).unwrap();
        }
        assert_eq!(state.weight, UserState::weight(state.user(ADMIN)));
        assert_eq!(state.content_bytes(), 0);
        assert_eq!(state.content_usage.0.lock().stored, 0);
    }

    proptest! {
        #[test]
        fn nothing_counts_after_everything_is_removed(steps in vec((0..CREATORS.len() + 2, 0..3u32), 1..60)) {
            let (mut state, admin) = state();
            for (number, n) in steps {
                match CREATORS.get(number) {
                    Some(create) => _ = create(&mut state, &admin, n),
                    None if number == CREATORS.len() => state.clock.advance(days(1)),
                    None => _ = state.remove_repo(&web()),
                }
                state.run_due();
            }
            let names = state.registry(HOME).namespaces().map(|namespace| namespace.name.to_string());
            for name in names.collect::<Vec<_>>() {
                state.remove_namespace(HOME, &name).unwrap();
            }
            let users = state.users().iter();
            let users: u64 = users.map(|user| UserState::weight(user)).sum();
            prop_assert_eq!(state.weight, users);
            prop_assert_eq!(state.content_bytes(), 0);
            prop_assert_eq!(state.content_usage.0.lock().stored, 0);
            let mut jobs = (0..=state.ids.last()).filter_map(|id| state.running_job(id));
            prop_assert!(jobs.next().is_none(), "a job outlives its repository");
        }
    }

    #[test]
    fn content_is_reserved_until_it_is_stored_or_its_request_ends() {
        let (mut state, _) = state();
        state.settings.content_limit = 10;
        let (mut first, mut second) = (state.reserve_content(), state.reserve_content());
        assert!(first.try_reserve(6));
        assert!(
            !second.try_reserve(6) && !second.try_reserve(1),
            "a reservation that was refused stays refused"
        );
        let mut third = state.reserve_content();
        assert!(third.try_reserve(4));
        drop(third);

        let (number, _) = state.start_upload(&web(), Received::default()).unwrap();
        let chunk = Received {
            blob: Blob::whole(Bytes::from_static(b"123456")),
            reservation: first,
            ..Received::default()
        };
        state.append(&web(), number, chunk).unwrap();
        assert_eq!(state.content_bytes(), 6);
        assert!(!state.reserve_content().try_reserve(5) && state.reserve_content().try_reserve(4));
        state.cancel_upload(&web(), number).unwrap();
        assert!(state.reserve_content().try_reserve(10));
    }

    #[test]
    fn an_upload_whose_first_chunk_is_refused_is_not_started() {
        let (mut state, _) = state();
        state.settings.content_limit = 10;
        let mut reservation = state.reserve_content();
        assert!(reservation.try_reserve(6));
        let seeded = Bytes::from_static(b"seeded");
        let digest = Digest::of(Algorithm::Sha256, std::slice::from_ref(&seeded));
        state.put_blob(&web(), &digest, Blob::whole(seeded));

        let chunk = Received {
            blob: Blob::whole(Bytes::from_static(b"123456")),
            reservation,
            ..Received::default()
        };
        let denied = state.start_upload(&web(), chunk).unwrap_err();

        assert_eq!(denied.refusal, Refusal::ContentLimit);
        assert_eq!(state.uploads_to(&web()).count(), 0);
    }
}
