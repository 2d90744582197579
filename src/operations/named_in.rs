//! Where a request names its organization, its repository and its tag.

use crate::operations::op::{Op, Row};

/// What a request can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Resource {
    Namespace,
    Repo,
    Tag,
}

/// Where a request names it.
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

/// The parameters of paths that name a resource. At the registry, `{name}` names organization and repository.
const PATH_PARAMS: [(Resource, &[&str]); 3] = [
    (Namespace, &["namespace", "namespace_name", "name"]),
    (Repo, &["repository", "repository_name", "name"]),
    (Tag, &["tag", "tag_name", "reference"]),
];

/// The operations that name a resource outside of their path, as their handlers or the published SDK read it.
const ELSEWHERE: [(Op, Resource, NamedIn); 20] = [
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

/// Where a request that belongs to no operation may name a resource.
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

    /// Where a request of this operation names the resource: nowhere, in one place, or, if it belongs to no operation,
    /// in one of several.
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
        let elsewhere = ELSEWHERE
            .iter()
            .find(|(op, what, _)| *op == row.op && *what == self)
            .map(|(_, _, place)| *place);
        in_path.or(elsewhere).into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::op::TABLE;

    #[test]
    fn what_is_listed_as_named_elsewhere_is_not_named_in_the_path() {
        for (op, what, place) in ELSEWHERE {
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
