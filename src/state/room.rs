//! How much a server holds, and how much is on its way to it.

use std::sync::Arc;

use parking_lot::Mutex;

use super::{NamespaceState, RepoState, State, UserState};
use crate::base::advice::Advice;
use crate::base::refusal::{Denied, Refusal};

/// What an organization, a repository, a tag, a manifest, a blob of a repository, a user and an upload count for, besides
/// their texts: about what they take.
pub(super) const OBJECT: u64 = 1024;
/// What a permission, a layer and an annotation count for.
const PART: u64 = 128;
/// What a share counts for, its description included.
const SHARE: u64 = 5 * OBJECT;

/// The bytes of images that one server holds, and those that are coming in, of all requests together. It outlives every
/// world that is put back.
#[derive(Debug, Default)]
pub(crate) struct Room(Mutex<TakenRoom>);

#[derive(Debug, Default)]
struct TakenRoom {
    held: u64,
    coming: u64,
}

/// What one request is bringing. It counts until it has arrived, or the request is gone.
#[derive(Debug, Default)]
pub(crate) struct Coming {
    /// None, where nothing comes.
    room: Option<Arc<Room>>,
    limit: u64,
    bytes: u64,
    is_over: bool,
}

impl Coming {
    /// Whether there is room for so much more; if not, there is none for what comes later either.
    pub(crate) fn take(&mut self, bytes: u64) -> bool {
        let Some(room) = &self.room else { return false };
        let mut taken = room.0.lock();
        let all = taken.held.saturating_add(taken.coming);
        self.is_over |= all.saturating_add(bytes) > self.limit;
        if !self.is_over {
            taken.coming += bytes;
            self.bytes += bytes;
        }
        !self.is_over
    }
}

impl Drop for Coming {
    fn drop(&mut self) {
        if let Some(room) = &self.room {
            room.0.lock().coming -= self.bytes;
        }
    }
}

impl State {
    /// For a request that is to bring content.
    pub(crate) fn coming(&self) -> Coming {
        Coming {
            room: Some(Arc::clone(&self.room)),
            limit: self.settings.content_limit,
            ..Coming::default()
        }
    }

    /// Has the room know what is held now.
    pub(super) fn note_content(&self) {
        self.room.0.lock().held = self.content_bytes();
    }

    /// What a request brought is held from now on.
    pub(super) fn note_arrival(&self, mut coming: Coming) {
        let mut taken = self.room.0.lock();
        taken.held = self.content_bytes();
        if coming
            .room
            .as_ref()
            .is_some_and(|room| Arc::ptr_eq(&self.room, room))
        {
            taken.coming -= std::mem::take(&mut coming.bytes);
        }
    }

    /// Bytes of blobs, manifests and unfinished uploads together.
    pub(crate) fn content_bytes(&self) -> u64 {
        let registries = self.registries();
        let uploading: u64 = registries.map(|registry| registry.uploads.bytes()).sum();
        self.store.bytes() + uploading
    }

    /// Refuses so much content beyond what is held and coming in.
    pub(super) fn check_content(&self, more: u64) -> Result<(), Denied> {
        let all = self.room.0.lock().coming.saturating_add(more);
        if all.saturating_add(self.content_bytes()) <= self.settings.content_limit {
            return Ok(());
        }
        Err(self.no_room())
    }

    pub(crate) fn no_room(&self) -> Denied {
        Denied::from(Refusal::ContentLimit).hint(format!(
            "this server stores at most {} bytes of images; {}",
            self.settings.content_limit,
            self.advise(Advice::RaiseContentLimit)
        ))
    }

    /// Refuses to make anything more for a client, where all that there is takes too much: a list in a body may still
    /// go beyond the limit, once.
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

    /// What something counted for before and counts for now.
    pub(super) fn reweigh(&mut self, before: u64, after: u64) {
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

    use super::*;
    use crate::base::blob::Blob;
    use crate::base::digest::{Algorithm, Digest};
    use crate::base::registry::RegistryId;
    use crate::state::{
        ADMIN, Caller, Deadline, GrantTarget, NamespaceName, Permission, Profile, Received,
        RepoChange, RepoName, RepoPath, Settings, TagName, Terms, Wanted,
    };

    const HOME: RegistryId = RegistryId::HOME;

    fn web() -> RepoPath<'static> {
        RepoPath::split(HOME, "group/web").unwrap()
    }

    /// A state with a repository, and its administrator.
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
        let wanted = Wanted {
            id: format!("id of {name}"),
            name: name.to_owned(),
            level: Permission::Read,
        };
        let granting = state.authorize_granting(admin, GrantTarget::Namespace(HOME, "group"))?;
        state.create_grants(granting, &[wanted])
    }

    type Make = fn(&mut State, &Caller, u32) -> Result<(), Denied>;

    /// All that clients can make.
    const MADE: &[Make] = &[
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
                coming: state.coming(),
                named: Some(digest.to_string()),
                real: Some(digest),
                ..Received::default()
            };
            state.finish_upload(admin, &web(), None, whole).map(drop)
        },
    ];

    #[test]
    fn whatever_clients_make_is_refused_beyond_a_limit() {
        for (number, make) in MADE.iter().enumerate() {
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
    fn what_is_taken_away_counts_no_more() {
        let (mut state, admin) = state();
        let empty = state.weight;
        let bytes = state.content_bytes();
        for (number, make) in MADE.iter().enumerate() {
            // Users stay, and so do shares of accounts that count for nothing.
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
        assert_eq!(state.room.0.lock().held, 0);
    }

    #[test]
    fn what_is_coming_takes_room_until_it_has_arrived_or_is_gone() {
        let (mut state, _) = state();
        state.settings.content_limit = 10;
        let (mut first, mut second) = (state.coming(), state.coming());
        assert!(first.take(6));
        assert!(
            !second.take(6) && !second.take(1),
            "one that is refused stays so"
        );
        let mut third = state.coming();
        assert!(third.take(4));
        drop(third);

        let (number, _) = state.start_upload(&web(), Received::default()).unwrap();
        let chunk = Received {
            blob: Blob::whole(Bytes::from_static(b"123456")),
            coming: first,
            ..Received::default()
        };
        state.append(&web(), number, chunk).unwrap();
        assert_eq!(state.content_bytes(), 6);
        assert!(!state.coming().take(5) && state.coming().take(4));
        state.cancel_upload(&web(), number).unwrap();
        assert!(state.coming().take(10));
    }
    #[test]
    fn an_upload_whose_first_chunk_is_refused_is_not_started() {
        let (mut state, _) = state();
        state.settings.content_limit = 10;
        let mut coming = state.coming();
        assert!(coming.take(6));
        let seeded = Bytes::from_static(b"seeded");
        let digest = Digest::of(Algorithm::Sha256, std::slice::from_ref(&seeded));
        state.put_blob(&web(), &digest, Blob::whole(seeded));

        let chunk = Received {
            blob: Blob::whole(Bytes::from_static(b"123456")),
            coming,
            ..Received::default()
        };
        let denied = state.start_upload(&web(), chunk).unwrap_err();

        assert_eq!(denied.refusal, Refusal::ContentLimit);
        assert_eq!(state.uploads_to(&web()).count(), 0);
    }
}
