//! The parts of a request that name its organization, repository and tag.

use crate::operations::op::{Op, Row};

/// A resource that a request can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Resource {
    Namespace,
    Repo,
    Tag,
}

/// The part of a request that names a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NamedIn {
    /// A parameter of the path.
    Path(&'static str),
    /// A parameter of the query, or a key of its `filter`.
    Query(&'static str),
    /// A field of the JSON body, or of the query if there is no body.
    Body(&'static str),
}

use NamedIn::{Body, Path, Query};
use Resource::{Namespace, Repo, Tag};

/// The path parameters that name a resource. At the registry, `{name}` names both organization and repository.
const PATH_PARAMS: [(Resource, &[&str]); 3] = [
    (Namespace, &["namespace", "namespace_name", "name"]),
    (Repo, &["repository", "repository_name", "name"]),
    (Tag, &["tag", "tag_name", "reference"]),
];

/// The operations that name a resource in the query or body. Their handlers or the published SDK define where.
const OUTSIDE_PATH: [(Op, Resource, NamedIn); 20] = [
    (Op::ListNamespaces, Namespace, Query("namespace")),
    (Op::CreateNamespace, Namespace, Body("namespace")),
    (Op::CreateDockyardNamespace, Namespace, Body("namespace")),
    (Op::CreateRepo, Repo, Body("repository")),
    (Op::CreateRepoTag, Tag, Body("destination_tag")),
    (Op::ListReposDetails, Namespace, Query("namespace")),
    (Op::ListReposDetails, Repo, Query("name")),
    (Op::ListRepoDetails, Namespace, Query("namespace")),
    (Op::ListRepoDetails, Repo, Query("name")),
    (Op::ListSharedReposDetails, Namespace, Query("namespace")),
    (Op::ListSharedReposDetails, Repo, Query("name")),
    (Op::ListSharedRepoDetails, Namespace, Query("namespace")),
    (Op::ListSharedRepoDetails, Repo, Query("name")),
    (Op::ListDockyardRepos, Namespace, Query("namespace")),
    (Op::ListDockyardRepos, Repo, Query("name")),
    (Op::ListRepositoryTags, Tag, Query("tag")),
    (Op::ListRepositoryTag, Tag, Query("tag")),
    (
        Op::CreateInstanceNamespace,
        Namespace,
        Body("namespace_name"),
    ),
    (Op::ListInstanceNamespaces, Namespace, Query("name")),
    (Op::ListInstanceArtifacts, Tag, Query("tags")),
];

/// The parts of an unmatched request that may name a resource.
const UNMATCHED: [(Resource, NamedIn); 6] = [
    (Namespace, Query("namespace")),
    (Namespace, Body("namespace")),
    (Repo, Query("repository")),
    (Repo, Body("repository")),
    (Tag, Query("tag")),
    (Tag, Body("destination_tag")),
];

impl Resource {
    pub(crate) const ALL: [Resource; 3] = [Namespace, Repo, Tag];

    /// The parts of a request that may name the resource: at most one for an operation, several for an unmatched
    /// request.
    pub(crate) fn named_in(self, row: Option<&Row>) -> Vec<NamedIn> {
        let Some(row) = row else {
            let places = UNMATCHED.iter().filter(|(what, _)| *what == self);
            return places.map(|(_, place)| *place).collect();
        };
        let known = PATH_PARAMS.iter().filter(|(what, _)| *what == self);
        let in_path = known
            .flat_map(|(_, names)| names.iter().copied())
            .find(|name| row.has_param(name))
            .map(Path);
        let outside_path = OUTSIDE_PATH
            .iter()
            .find(|(op, what, _)| *op == row.op && *what == self)
            .map(|(_, _, place)| *place);
        in_path.or(outside_path).into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::op::TABLE;

    #[test]
    fn a_resource_listed_as_outside_the_path_is_not_named_in_the_path() {
        for (op, what, place) in OUTSIDE_PATH {
            assert_eq!(what.named_in(Some(op.row())), [place], "{op}");
        }
    }

    #[test]
    fn a_repository_is_named_together_with_its_organization() {
        for row in TABLE {
            if !Repo.named_in(Some(row)).is_empty() {
                assert!(!Namespace.named_in(Some(row)).is_empty(), "{}", row.name);
            }
        }
    }
}
