//! The panics of handles whose organization or repository does not exist.

use super::Region;
use crate::base::suggest::most_similar;
use crate::state::RepoPath;

/// Panics because the organization does not exist.
#[track_caller]
pub(super) fn no_namespace(region: Region<'_>, name: &str) -> ! {
    let nearest = region.found_in_other_region(name).unwrap_or_else(|| {
        region.read(|state| {
            let namespaces = state.registry(region.registry_id()).namespaces();
            let names = namespaces.map(|namespace| namespace.name.to_string());
            nearest_name(names, name)
        })
    });
    let region = region.expression();
    panic!(
        "there is no organization `{name}`{nearest}; `{region}.seed_namespace(\"{name}\")` creates one"
    )
}

/// Panics because the repository does not exist.
#[track_caller]
pub(super) fn no_repo(region: Region<'_>, name: &str) -> ! {
    let nearest = nearest_repo(region, name);
    let region = region.expression();
    panic!("there is no repository `{name}`{nearest}; `{region}.seed_repo(\"{name}\")` creates one")
}

/// Names a repository with a similar name in the region, or the other region that has the organization.
fn nearest_repo(region: Region<'_>, name: &str) -> String {
    let RepoPath {
        registry,
        namespace,
        ..
    } = region.path(name);
    let is_known = region.read(|state| state.namespace(registry, &namespace).is_some());
    if !is_known && let Some(found) = region.found_in_other_region(&namespace) {
        return found;
    }
    region.read(|state| {
        let namespaces = state.registry(registry).namespaces();
        let names = namespaces.flat_map(|namespace| {
            let repos = state.repos_of(registry, namespace.name.as_str());
            let repos = repos.into_iter();
            repos.map(|repo| format!("{}/{repo}", namespace.name))
        });
        nearest_name(names, name)
    })
}

/// Writes `; the nearest is ..`, or nothing if no name is similar to the missing one.
fn nearest_name(names: impl Iterator<Item = String>, missing: &str) -> String {
    // Comparing names is slow, so only the first 1000 are compared.
    let nearest = most_similar(names.take(1000), missing, 0.6);
    nearest.map_or(String::new(), |name| format!("; the nearest is `{name}`"))
}
