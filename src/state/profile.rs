//! Profiles of registries.

use super::NamespaceName;
use crate::base::refusal::Refusal;

/// The rules of a registry: those of the real service, or those of the OCI specification.
///
/// ```
/// use mock_swr::{MockSwr, Profile};
///
/// let swr = MockSwr::builder().profile(Profile::Oci).start();
/// swr.seed_repo("2026/web").image("v1");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Profile {
    /// The rules of the real service. It refuses pushes to an unknown organization, OCI image indexes, artifacts, and
    /// manifests with missing blobs. It has no catalog and no list of referrers. It accepts cosign signatures, under
    /// tags such as `sha256-<hex>.sig`.
    #[default]
    Swr,
    /// The rules that the OCI conformance suite expects. The first push creates its organization, and a repository name
    /// without a slash belongs to `library`. All kinds of manifests are accepted, including manifests with missing
    /// blobs.
    Oci,
    /// For instances of the enterprise edition: like `Oci`, but a push to an unknown organization is refused.
    #[doc(hidden)]
    Harbor,
}

impl Profile {
    /// Whether this is the registry of the basic edition, with its limits.
    pub(crate) fn is_basic(self) -> bool {
        match self {
            Profile::Swr => true,
            Profile::Oci | Profile::Harbor => false,
        }
    }

    /// Whether the first push creates its organization.
    pub(super) fn creates_namespaces(self) -> bool {
        match self {
            Profile::Oci => true,
            Profile::Swr | Profile::Harbor => false,
        }
    }

    /// Parses the name of an organization by the rules of the profile.
    pub(crate) fn parse_namespace(self, text: &str) -> Result<NamespaceName, Refusal> {
        if self.is_basic() {
            NamespaceName::parse(text)
        } else {
            NamespaceName::parse_oci(text)
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::base::digest::{Algorithm, Digest};
    use crate::base::manifest::read::read_manifest;
    use crate::base::registry::RegistryId;
    use crate::state::{ADMIN, HOME, RepoPath, Settings, State, TagName};

    /// Pushes an empty OCI image index.
    fn push(state: &mut State, name: &str) -> Result<(), Refusal> {
        let bytes = Bytes::from_static(
            br#"{"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": []}"#,
        );
        let digest = Digest::of(Algorithm::Sha256, std::slice::from_ref(&bytes));
        let manifest = read_manifest(bytes, None).unwrap();
        let path = RepoPath::split(RegistryId::HOME, name).unwrap();
        let tags = vec![TagName::parse("v1").unwrap()];
        let pushed = state.put_manifest(&state.caller(ADMIN), &path, digest, tags, manifest);
        pushed.map(drop).map_err(|denied| denied.refusal)
    }

    #[test]
    fn each_profile_decides_on_new_organizations_and_on_oci_indexes() {
        for (profile, into_new, into_known) in [
            (
                Profile::Swr,
                Err(Refusal::ImageRefused),
                Err(Refusal::ImageRefused),
            ),
            (Profile::Oci, Ok(()), Ok(())),
            (Profile::Harbor, Err(Refusal::NamespaceNotFound), Ok(())),
        ] {
            let mut state = State::of_acme();
            let settings = Settings {
                profile,
                ..Settings::default()
            };
            state.apply(settings).unwrap();
            let known = NamespaceName::parse("known").unwrap();
            state.put_namespace(RegistryId::HOME, known, (HOME, ADMIN));
            assert_eq!(push(&mut state, "known/web"), into_known, "{profile:?}");
            assert_eq!(push(&mut state, "new/web"), into_new, "{profile:?}");
        }
    }

    #[test]
    fn registries_of_one_state_may_have_different_profiles() {
        let mut state = State::of_acme();
        let east = state.add_region("east");
        state.registry_mut(east).profile = Profile::Oci;
        assert!(state.path(RegistryId::HOME, "web").is_err());
        assert_eq!(state.path(east, "web").unwrap().full(), "library/web");
    }
}
