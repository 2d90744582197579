//! What shows who a caller is at the API host: access keys, temporary ones among them, and tokens.

use std::sync::Arc;
use std::time::Duration;

use super::tickets::{is_forgotten, keep};
use super::{State, User, UserNo};
use crate::clock::{Time, id_of};

/// A token of IAM.
#[derive(Debug, Clone)]
pub(crate) struct Token {
    pub(crate) user: UserNo,
    pub(crate) scope: Scope,
    /// How its owner showed who it is: `password`, `token` or `assume_role`.
    pub(crate) method: &'static str,
    pub(crate) issued: Time,
    pub(crate) expires: Time,
}

/// What a token is good for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Scope {
    /// The account's project in this region.
    Project(Arc<str>),
    /// The account itself, which opens IAM alone.
    Domain,
}

/// How long a token lives.
const TOKEN_LIFETIME: Duration = Duration::from_secs(24 * 3600);

/// An access key that lives for a while, and goes with a security token.
#[derive(Debug, Clone)]
pub(crate) struct TemporaryKey {
    pub(crate) user: UserNo,
    pub(crate) access_key: Arc<str>,
    pub(crate) secret_key: Arc<str>,
    pub(crate) security_token: Arc<str>,
    pub(crate) expires: Time,
}

/// An access key of a user.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Key<'a> {
    pub(crate) user: UserNo,
    pub(crate) secret_key: &'a str,
    pub(crate) temporary: Option<&'a TemporaryKey>,
}

/// So many wrong signatures in a row lock an access key,
const MAX_WRONG: u32 = 5;
/// for so long.
const LOCKED: Duration = Duration::from_secs(300);

impl State {
    /// Whose access key it is, temporary ones that are over included.
    pub(crate) fn key(&self, access_key: &str) -> Option<Key<'_>> {
        if let Some(&user) = self.keys.get(access_key) {
            let secret_key = &self.user(user).secret_key;
            return Some(Key {
                user,
                secret_key,
                temporary: None,
            });
        }
        let temporary = self.passes.temporary.get(access_key)?;
        Some(Key {
            user: temporary.user,
            secret_key: &temporary.secret_key,
            temporary: Some(temporary),
        })
    }

    pub(crate) fn add_temporary_key(&mut self, user: UserNo, lifetime: Duration) -> TemporaryKey {
        let seed = self.new_seed("temporary key", user);
        let now = self.clock.now();
        let key = TemporaryKey {
            user,
            access_key: format!("HST3{}", seed[..16].to_ascii_uppercase()).into(),
            secret_key: format!("{}{}", id_of(&format!("its secret {seed}")), &seed[..8]).into(),
            security_token: format!("gQtj{}", id_of(&format!("its token {seed}"))).into(),
            expires: now.after(lifetime),
        };
        let keys = &mut Arc::make_mut(&mut self.passes).temporary;
        keep(keys, Arc::clone(&key.access_key), key.clone(), |key| {
            is_forgotten(key.expires, now)
        });
        key
    }

    pub(crate) fn token(&self, token: &str) -> Option<&Token> {
        self.passes.tokens.get(token)
    }

    /// The token, unless it is over.
    pub(crate) fn good_token(&self, token: &str) -> Option<&Token> {
        let now = self.clock.now();
        self.token(token).filter(|token| token.expires > now)
    }

    /// Keeps a token under a text of its own.
    pub(crate) fn add_token(&mut self, token: Token) -> Arc<str> {
        let text: Arc<str> = format!("MIIT{}", self.new_seed("token", token.user)).into();
        self.put_token(Arc::clone(&text), token);
        text
    }

    fn put_token(&mut self, text: Arc<str>, token: Token) {
        let now = self.clock.now();
        let tokens = &mut Arc::make_mut(&mut self.passes).tokens;
        keep(tokens, text, token, |token| {
            is_forgotten(token.expires, now)
        });
    }

    /// A user's token for the account's project in the region: the one given out before, as long as it is good.
    pub(crate) fn token_of(&mut self, user: UserNo) -> Arc<str> {
        if let Some(known) = self.user(user).tokens.get(&self.region) {
            if self.good_token(known).is_some() {
                return Arc::clone(known);
            }
            self.alter_user(user, |user| user.renewals += 1);
        }
        self.give_token(user, &Arc::clone(&self.region))
    }

    /// Gives a user the token that follows from who it is and how often it got another: clients keep theirs over a
    /// world that is put back or read from a file.
    pub(super) fn give_token(&mut self, user: UserNo, region: &Arc<str>) -> Arc<str> {
        let renewals = self.user(user).renewals;
        let seed = format!("token {} {region} {renewals}", self.full_name(user));
        let text: Arc<str> = format!("MIIT{}", id_of(&seed)).into();
        let token = self.new_token(user, Scope::Project(Arc::clone(region)), "password");
        self.put_token(Arc::clone(&text), token);
        self.alter_user(user, |user| {
            drop(user.tokens.insert(Arc::clone(region), Arc::clone(&text)))
        });
        text
    }

    /// How often a user's token was replaced, or is to be, since it is over.
    pub(crate) fn renewals(&self, user: UserNo) -> u32 {
        let User {
            tokens, renewals, ..
        } = self.user(user);
        let is_over = |token: &Arc<str>| self.good_token(token).is_none();
        renewals + u32::from(tokens.get(self.home_region()).is_some_and(is_over))
    }

    /// Gives a user of a world file the token that it had there.
    pub(crate) fn set_renewals(&mut self, user: UserNo, renewals: u32) {
        let tokens = &mut Arc::make_mut(&mut self.passes).tokens;
        for known in self.users[user].tokens.values() {
            tokens.remove(known);
        }
        self.alter_user(user, |user| user.renewals = renewals);
        self.give_token(user, &Arc::clone(self.home_region()));
    }

    pub(crate) fn new_token(&self, user: UserNo, scope: Scope, method: &'static str) -> Token {
        let issued = self.clock.now();
        Token {
            user,
            scope,
            method,
            issued,
            expires: issued.after(TOKEN_LIFETIME),
        }
    }

    /// Ends all that was given to a user for a while: tokens, temporary keys, logins, tokens of the registry.
    pub(crate) fn expire(&mut self, user: UserNo) {
        let now = self.clock.now();
        let end = |expires: &mut Time| *expires = (*expires).min(now);
        let passes = Arc::make_mut(&mut self.passes);
        let tokens = passes.tokens.values_mut();
        tokens
            .filter(|token| token.user == user)
            .for_each(|token| end(&mut token.expires));
        let keys = passes.temporary.values_mut();
        keys.filter(|key| key.user == user)
            .for_each(|key| end(&mut key.expires));
        let logins = passes.logins.values_mut();
        logins
            .filter(|login| login.user == user)
            .for_each(|login| end(&mut login.expires));
        let tickets = passes.tickets.values_mut();
        tickets
            .filter(|ticket| ticket.user == Some(user))
            .for_each(|ticket| end(&mut Arc::make_mut(ticket).expires));
    }

    /// Whether wrong signatures have locked an access key.
    pub(crate) fn is_locked(&self, access_key: &str) -> bool {
        let wrong = self.passes.wrong.get(access_key);
        let since = wrong.and_then(|(_, since)| *since);
        since.is_some_and(|since| self.clock.now() < since.after(LOCKED))
    }

    /// Notes whether a signature with this key was good.
    pub(crate) fn note_signature(&mut self, access_key: &str, is_good: bool) {
        let known = self.passes.wrong.get(access_key).copied();
        if is_good && known.is_none() {
            return;
        }
        let now = self.clock.now();
        let wrong = &mut Arc::make_mut(&mut self.passes).wrong;
        if is_good {
            wrong.remove(access_key);
            return;
        }
        // A lock that is over begins the count anew.
        let before = known
            .filter(|(_, since)| since.is_none())
            .map_or(0, |(count, _)| count);
        let count = before + 1;
        wrong.insert(
            access_key.to_owned(),
            (count, (count >= MAX_WRONG).then_some(now)),
        );
    }
}
