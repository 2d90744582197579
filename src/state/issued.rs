//! What opens the registry: logins, and the tokens that they are exchanged for.

use std::sync::Arc;
use std::time::Duration;

use super::index::Index;
use super::lent::{Lent, Passing};
use super::{State, TemporaryKey, Token, UserNo};
use crate::base::access::Access;
use crate::base::clock::{Time, id_of};

/// What a registry's token is good for.
#[derive(Debug, Clone)]
pub(crate) struct RegistryToken {
    /// Whose it is; without one, anybody's.
    pub(crate) user: Option<UserNo>,
    /// The one whose registry it opens.
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

/// A scope: `repository:group/web:pull,push`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RepoScope {
    pub(crate) name: String,
    pub(crate) actions: Vec<String>,
}

impl RepoScope {
    /// A scope on a repository; there are no others.
    pub(crate) fn parse(scope: &str) -> Option<RepoScope> {
        let (name, actions) = scope.strip_prefix("repository:")?.rsplit_once(':')?;
        let actions = actions.split(',').filter(|action| !action.is_empty());
        Some(RepoScope {
            name: name.to_owned(),
            actions: actions.map(str::to_owned).collect(),
        })
    }

    /// The scope that a client asks for to get an access: `repository:group/web:pull,push`.
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

    /// What it takes for its actions.
    pub(super) fn wanted(&self) -> Vec<Access> {
        self.actions
            .iter()
            .flat_map(|action| wanted(action))
            .copied()
            .collect()
    }

    /// Only the actions that may be.
    pub(super) fn keep(mut self, may: impl Fn(&str, Access) -> bool) -> RepoScope {
        let name = &self.name;
        self.actions
            .retain(|action| wanted(action).iter().all(|access| may(name, *access)));
        self
    }

    /// A token to push opens deletes as well: Harbor deletes with one.
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

fn wanted(action: &str) -> &'static [Access] {
    match action {
        "pull" => &[Access::Pull],
        "push" => &[Access::Push],
        "delete" => &[Access::Delete],
        "*" => &[Access::Pull, Access::Push, Access::Delete],
        _ => &[],
    }
}

/// A login that lives for a while.
#[derive(Debug, Clone)]
pub(crate) struct TemporaryLogin {
    pub(crate) password: String,
    pub(crate) user: UserNo,
    /// It opens the registry of this project's region.
    pub(crate) project: Arc<str>,
    pub(crate) expires: Time,
}

impl Passing for TemporaryLogin {
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

impl Passing for Arc<RegistryToken> {
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

/// What was given out for a while.
#[derive(Debug, Clone, Default)]
pub(super) struct IssuedCredentials {
    /// The tokens that tests get: one for each user and region, and the one before.
    pub(super) given: Index<Arc<str>, Token>,
    pub(super) tokens: Lent<Token>,
    pub(super) temporary: Lent<TemporaryKey>,
    pub(super) logins: Lent<TemporaryLogin>,
    pub(super) registry_tokens: Lent<Arc<RegistryToken>>,
    /// Access keys with wrong signatures: how many in a row, and since when they are locked. None is here that is not
    /// known.
    pub(super) wrong: Index<Arc<str>, (u32, Option<Time>)>,
}

impl State {
    pub(crate) fn login(&self, user: &str) -> Option<&TemporaryLogin> {
        self.issued.logins.get(user)
    }

    /// An access key and a secret for a new login.
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

    /// What a new text that a user is given follows from. It names the user, so that a world that is put back, or a
    /// server that starts from it, gives no text that was another user's.
    pub(super) fn new_seed(&mut self, what: &str, user: UserNo) -> String {
        let number = self.ids.pass();
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
        fn any_scope_is_read(scope in prop_oneof![any::<String>(), "(repository:)?[a-z:,*/]{0,20}"]) {
            if let Some(grant) = RepoScope::parse(&scope) {
                let wanted = grant.wanted();
                let reaches = |access: &Access| grant.allows(*access);
                prop_assert!(wanted.iter().all(reaches), "{scope}");
            }
        }

        #[test]
        fn a_scope_reads_as_it_was_written(name in any::<String>(), actions in vec("[^:,]{1,8}", 0..4)) {
            let scope = format!("repository:{name}:{}", actions.join(","));
            prop_assert_eq!(RepoScope::parse(&scope), Some(RepoScope { name, actions }));
        }
    }
}
