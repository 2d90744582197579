//! Authorization of registry clients, by their token and by the permissions of their user.

use std::borrow::Cow;

use super::{Caller, Permission, RegistryToken, RepoPath, RepoScope, RepoState, State};
use crate::base::access::Access;
use crate::base::refusal::{Denied, Refusal};
use crate::base::registry::RegistryId;

impl State {
    /// The repository with this name, if a registry client can access it. Both the scopes of the token and the
    /// permissions of the caller are checked.
    pub(crate) fn authorize_registry<'a>(
        &self,
        caller: Option<&Caller>,
        token: Option<&RegistryToken>,
        (registry, name): (RegistryId, Cow<'a, str>),
        access: Access,
    ) -> Result<RepoPath<'a>, Denied> {
        let path = self.path(registry, name.clone())?;
        if let Some(token) = token
            && !token.allows(&name, access)
        {
            return Err(self.outside_scope(token, (registry, &name), access));
        }
        self.authorize_access(caller, &path, access)?;
        Ok(path)
    }

    /// The refusal for a registry token without the scope that is needed.
    fn outside_scope(
        &self,
        token: &RegistryToken,
        (registry, name): (RegistryId, &str),
        access: Access,
    ) -> Denied {
        let held = |grant: &RepoScope| match grant.actions.join(",") {
            actions if actions.is_empty() => format!("nothing on `{}`", grant.name),
            actions => format!("`{actions}` on `{}`", grant.name),
        };
        let held: Vec<String> = token.access.iter().map(held).collect();
        let held = if held.is_empty() {
            "`/v2/`".to_owned()
        } else {
            held.join(", ")
        };
        let is_basic = self.registry(registry).profile.is_basic();
        let note = if is_basic && access == Access::Push {
            " (like the real service, the mock names no action in the challenge of a push)"
        } else {
            ""
        };
        Denied::from(Refusal::ScopeInsufficient).hint(format!(
            "the token does not allow `{}` on `{name}`, only {held}: request the scope `{}`{note}",
            format!("{access:?}").to_lowercase(),
            RepoScope::needed(name, access)
        ))
    }

    /// Refuses a caller, or an anonymous client, without this access to a repository.
    pub(super) fn authorize_access(
        &self,
        caller: Option<&Caller>,
        path: &RepoPath<'_>,
        access: Access,
    ) -> Result<(), Denied> {
        let Some(namespace) = self.namespace(path.registry, &path.namespace) else {
            let profile = self.registry(path.registry).profile;
            let creates = profile.creates_namespaces() && access != Access::Delete;
            return match caller {
                Some(_) if creates => Ok(()),
                _ => Err(self
                    .no_such_namespace(path.registry, &path.namespace)
                    .detail(format!("Failed to find namespace in {}", path.full()))),
            };
        };
        let repo = self.repo(path);
        if access == Access::Pull && repo.is_some_and(|repo| repo.is_public) {
            return Ok(());
        }
        let Some(caller) = caller else {
            return Err(Denied::from(Refusal::LoginMissing).explained("there is no X-Auth-Token"));
        };
        let needed = match access {
            Access::Pull => Permission::Read,
            Access::Push => Permission::Write,
            Access::Delete => Permission::Manage,
        };
        self.authorize(caller, namespace, repo, needed)
    }

    /// The scopes that a token is issued for. The real service refuses a client without permission for all requested
    /// scopes. Other registries leave out the actions that the client has no permission for.
    pub(crate) fn authorize_scopes(
        &self,
        caller: Option<&Caller>,
        registry: RegistryId,
        scopes: Vec<RepoScope>,
    ) -> Result<Vec<RepoScope>, Denied> {
        let authorize = |name: &str, access| {
            self.path(registry, name)
                .and_then(|path| self.authorize_access(caller, &path, access))
        };
        if !self.registry(registry).profile.is_basic() {
            let is_allowed = |name: &str, access| authorize(name, access).is_ok();
            let allowed = scopes.into_iter().map(|scope| scope.keep(is_allowed));
            return Ok(allowed.collect());
        }
        for scope in &scopes {
            self.path(registry, &*scope.name)?;
            for access in scope.required() {
                authorize(&scope.name, access)?;
            }
        }
        Ok(scopes)
    }

    /// The source of a mount, if the caller can pull from it with this token. In profile `Oci`, a token without the
    /// scope gets a challenge, as in distribution. Returns `None` if another token would not help: the client then
    /// uploads the blob.
    pub(super) fn mount_source<'a>(
        &self,
        caller: &Caller,
        token: Option<&RegistryToken>,
        registry: RegistryId,
        name: &'a str,
    ) -> Result<Option<RepoPath<'a>>, Denied> {
        let can_pull = |path: &RepoPath<'_>| {
            let authorized = self.authorize_access(Some(caller), path, Access::Pull);
            authorized.is_ok()
        };
        let Some(source) = self.path(registry, name).ok().filter(can_pull) else {
            return Ok(None);
        };
        let too_narrow = token.filter(|token| !token.allows(name, Access::Pull));
        match too_narrow {
            None => Ok(Some(source)),
            Some(_) if self.registry(registry).profile.is_basic() => Ok(None),
            Some(token) => Err(self.outside_scope(token, (registry, name), Access::Pull)),
        }
    }

    /// The repositories of the registry that the caller can pull from.
    pub(super) fn readable_repos<'a>(
        &'a self,
        caller: &'a Caller,
        registry: RegistryId,
    ) -> impl Iterator<Item = &'a RepoState> {
        self.registry(registry).repos().filter(move |repo| {
            let namespace = self.namespace(registry, repo.namespace.as_str());
            let held = namespace.and_then(|namespace| self.held(caller, namespace, Some(repo)));
            repo.is_public || held.is_some()
        })
    }

    /// Refuses an OCI operation that the real service does not offer.
    pub(crate) fn check_offered(&self, registry: RegistryId) -> Result<(), Denied> {
        if self.registry(registry).profile.is_basic() {
            return Err(Refusal::Unsupported.into());
        }
        Ok(())
    }

    /// The names of all repositories that a client can pull from, sorted.
    pub(crate) fn catalog(
        &self,
        caller: Option<&Caller>,
        registry: RegistryId,
    ) -> Result<Vec<String>, Denied> {
        self.check_offered(registry)?;
        let can_pull = |path: &RepoPath<'_>| {
            let authorized = self.authorize_access(caller, path, Access::Pull);
            authorized.is_ok()
        };
        let repos = self.registry(registry).repos();
        let paths = repos.map(|repo| repo.path(registry)).filter(can_pull);
        let mut names: Vec<String> = paths.map(|path| path.full()).collect();
        names.sort();
        Ok(names)
    }
}
