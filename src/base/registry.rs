//! The number of a registry.

/// The number of a registry of a server. Each region has one registry. A number is never reused, so a pending request
/// never refers to another registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct RegistryId(usize);

impl RegistryId {
    /// The registry of the server's own region.
    pub(crate) const HOME: RegistryId = RegistryId(0);

    /// The registry at this index of the state's list.
    pub(crate) fn at(index: usize) -> RegistryId {
        RegistryId(index)
    }

    pub(crate) fn index(self) -> usize {
        self.0
    }
}
