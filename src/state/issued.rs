//! Registry credentials: temporary logins and tokens.

use std::sync::Arc;
use std::time::Duration;

use super::expiring::{Expiring, ExpiringMap};
use super::index::Index;
use super::{State, TemporaryKey, Token, UserNo};
use crate::base::access::Access;
use crate::base::clock::{Time, id_of};

/// A token of the registry, with its scopes.
#[derive(Debug, Clone)]
pub(crate) struct RegistryToken {
    /// The owner; `None` for anonymous clients.
    pub(crate) user: Option<UserNo>,
    /// The region of the registry that accepts it.
    pub(crate) region: Arc<str>,
    pub(crate) expires: Time,
    pub(crate) access: Vec<RepoScope>,
}

impl RegistryToken {
    pub(super) fn allows(&self, name: &str, access: Access) -> bool {
        self.access
            .iter()
            .any(|grant| grant.name == name && grant.allows(access))
    }
}

/// A scope of a token: `repository:group/web:pull,push`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RepoScope {
    pub(crate) name: String,
    pub(crate) actions: Vec<String>,
}

impl RepoScope {
    /// Parses a scope on a repository, the only kind of scope.
    pub(crate) fn parse(scope: &str) -> Option<RepoScope> {
        let (name, actions) = scope.strip_prefix("repository:")?.rsplit_once(':')?;
        let actions = actions.split(',').filter(|action| !action.is_empty());
        Some(RepoScope {
            name: name.to_owned(),
            actions: actions.map(str::to_owned).collect(),
        })
    }

    /// The scope that a client requests for an access: `repository:group/web:pull,push`.
    pub(crate) fn needed(name: &str, access: Access) -> String {
        let actions = match access {
            Access::Pull => "pull",
            Access::Push => "pull,push",
            Access::Delete => "delete",
        };
        format!("repository:{name}:{actions}")
    }

    fn bytes(&self) -> usize {
        let actions = self.actions.iter();
        let actions: usize = actions
            .map(|action| size_of::<String>() + action.len())
            .sum();
        size_of::<RepoScope>() + self.name.len() + actions
    }

    /// The accesses that its actions require.
    pub(super) fn required(&self) -> Vec<Access> {
        self.actions
            .iter()
            .flat_map(|action| required(action))
            .copied()
            .collect()
    }

    /// Keeps only the actions that are allowed.
    pub(super) fn keep(mut self, is_allowed: impl Fn(&str, Access) -> bool) -> RepoScope {
        let name = &self.name;
        self.actions.retain(|action| {
            required(action)
                .iter()
                .all(|access| is_allowed(name, *access))
        });
        self
    }

    /// Whether it allows an access. `push` includes deletions, because Harbor deletes with a push token.
    fn allows(&self, access: Access) -> bool {
        let has = |action: &str| {
            self.actions
                .iter()
                .any(|held| held == action || held == "*")
        };
        match access {
            Access::Pull => has("pull"),
            Access::Push => has("push"),
            Access::Delete => has("delete") || has("push"),
        }
    }
}

/// The accesses that an action requires.
fn required(action: &str) -> &'static [Access] {
    match action {
        "pull" => &[Access::Pull],
        "push" => &[Access::Push],
        "delete" => &[Access::Delete],
        "*" => &[Access::Pull, Access::Push, Access::Delete],
        _ => &[],
    }
}

/// A registry login that expires.
#[derive(Debug, Clone)]
pub(crate) struct TemporaryLogin {
    pub(crate) password: String,
    pub(crate) user: UserNo,
    /// The project that it is for. Only the registry of the project's region accepts it.
    pub(crate) project: Arc<str>,
    pub(crate) expires: Time,
}

impl Expiring for TemporaryLogin {
    fn user(&self) -> Option<UserNo> {
        Some(self.user)
    }

    fn expires(&self) -> Time {
        self.expires
    }

    fn expire(&mut self, now: Time) {
        self.expires = self.expires.min(now);
    }
}

impl Expiring for Arc<RegistryToken> {
    fn user(&self) -> Option<UserNo> {
        self.user
    }

    fn expires(&self) -> Time {
        self.expires
    }

    fn expire(&mut self, now: Time) {
        let registry_token = Arc::make_mut(self);
        registry_token.expires = registry_token.expires.min(now);
    }

    fn bytes(&self) -> usize {
        let scopes = self.access.iter();
        scopes.map(RepoScope::bytes).sum()
    }
}

/// All issued credentials.
#[derive(Debug, Clone, Default)]
pub(super) struct IssuedCredentials {
    /// The tokens that tests read: for each user and region, the current token and the previous one.
    pub(super) test_tokens: Index<Arc<str>, Token>,
    pub(super) tokens: ExpiringMap<Token>,
    pub(super) temporary: ExpiringMap<TemporaryKey>,
    pub(super) logins: ExpiringMap<TemporaryLogin>,
    pub(super) registry_tokens: ExpiringMap<Arc<RegistryToken>>,
    /// The number of consecutive wrong signatures of an access key, and the time at which they locked it. It has no
    /// entries for unknown keys.
    pub(super) wrong: Index<Arc<str>, (u32, Option<Time>)>,
}

impl State {
    pub(crate) fn login(&self, user: &str) -> Option<&TemporaryLogin> {
        self.issued.logins.get(user)
    }

    /// Generates an access key and a secret for a new login.
    pub(crate) fn login_key_pair(&mut self, user: UserNo) -> (String, String) {
        let seed = self.new_seed("login", user);
        let access_key = format!("TEMP{}", seed[..16].to_ascii_uppercase());
        (access_key, id_of(&format!("secret of login {seed}")))
    }

    pub(crate) fn add_login(
        &mut self,
        name: &str,
        password: String,
        user: UserNo,
        project: &str,
        lifetime: Duration,
    ) -> Time {
        let now = self.clock.now();
        let expires = now.after(lifetime);
        let login = TemporaryLogin {
            password,
            user,
            project: project.into(),
            expires,
        };
        let logins = &mut Arc::make_mut(&mut self.issued).logins;
        logins.insert(name.into(), login, now);
        expires
    }

    pub(crate) fn registry_token(&self, token: &str) -> Option<&Arc<RegistryToken>> {
        self.issued.registry_tokens.get(token)
    }

    pub(crate) fn add_registry_token(&mut self, token: &str, registry_token: RegistryToken) {
        let now = self.clock.now();
        let registry_tokens = &mut Arc::make_mut(&mut self.issued).registry_tokens;
        registry_tokens.insert(token.into(), Arc::new(registry_token), now);
    }

    /// A seed for a new credential. It contains the name of the user, so that a server does not issue one user's
    /// credential to another one after a world was restored.
    pub(super) fn new_seed(&mut self, what: &str, user: UserNo) -> String {
        let number = self.ids.serial();
        id_of(&format!("{what} {} {number}", self.full_name(user)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn any_scope_is_parsed_or_rejected(scope in prop_oneof![any::<String>(), "(repository:)?[a-z:,*/]{0,20}"]) {
            if let Some(grant) = RepoScope::parse(&scope) {
                let required = grant.required();
                let is_allowed = |access: &Access| grant.allows(*access);
                prop_assert!(required.iter().all(is_allowed), "{scope}");
            }
        }

        #[test]
        fn a_written_scope_parses_to_the_same_scope(name in any::<String>(), actions in vec("[^:,]{1,8}", 0..4)) {
            let scope = format!("repository:{name}:{}", actions.join(","));
            prop_assert_eq!(RepoScope::parse(&scope), Some(RepoScope { name, actions }));
        }
    }
}
