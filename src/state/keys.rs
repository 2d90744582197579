//! What shows who a caller is at the API host: access keys, temporary ones among them, and tokens.

use std::sync::Arc;
use std::time::Duration;

use super::accounts::GivenToken;
use super::lent::Passing;
use super::{State, UserNo};
use crate::base::advice::Advice;
use crate::base::clock::{Time, id_of};
use crate::base::refusal::{Denied, Refusal};

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

impl TemporaryKey {
    /// How long a key lives that a client asks for: so many seconds, or as many as IAM gives by itself.
    pub(crate) fn lifetime(seconds: Option<u64>) -> Result<Duration, Denied> {
        let seconds = seconds.unwrap_or(900);
        if !(900..=86_400).contains(&seconds) {
            let why = format!("duration_seconds must be 900 to 86400, not {seconds}");
            return Err(Denied::from(Refusal::BodyMalformed).explained(why));
        }
        Ok(Duration::from_secs(seconds))
    }
}

impl Passing for Token {
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

impl Passing for TemporaryKey {
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

/// Of so many users a hint knows the secrets: it is looked for among them one by one.
pub(crate) const LOOKED_AT: usize = 1000;

/// Whether a text may be repeated: it looks like a name or an access key, and is too short for any secret.
pub(crate) fn is_plain(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
    (1..=24).contains(&text.len()) && text.bytes().all(is_plain)
}

impl State {
    /// Whose access key it is, temporary ones that are over included.
    pub(crate) fn key(&self, access_key: &str) -> Option<Key<'_>> {
        if let Some(user) = self.directory.holder(access_key) {
            let secret_key = &self.user(user).secret_key;
            return Some(Key {
                user,
                secret_key,
                temporary: None,
            });
        }
        let temporary = self.issued.temporary.get(access_key)?;
        Some(Key {
            user: temporary.user,
            secret_key: &temporary.secret_key,
            temporary: Some(temporary),
        })
    }

    /// Another user who has this access key.
    pub(crate) fn other_holder(&self, access_key: &str, user: UserNo) -> Option<&str> {
        let holder = self.key(access_key)?.user;
        (holder != user).then(|| &*self.user(holder).label)
    }

    /// Whose access key it is, unless it is over.
    pub(crate) fn check_key(&self, access_key: &str) -> Result<Key<'_>, Denied> {
        let key = self.key(access_key).ok_or_else(|| {
            Denied::from(Refusal::AccessKeyUnknown).hint(self.no_access_key(access_key))
        })?;
        match key.temporary {
            Some(temporary) if temporary.expires <= self.clock.now() => {
                let label = &self.user(key.user).label;
                let why = self.why_over("temporary access key", label, temporary.expires);
                Err(Denied::from(Refusal::TemporaryKeyExpired)
                    .hint(why)
                    .by(label))
            }
            _ => Ok(key),
        }
    }

    /// What was sent in place of an access key is told only where it is no secret.
    fn no_access_key(&self, sent: &str) -> String {
        for user in self.users().iter().take(LOOKED_AT) {
            let what = match sent {
                sent if sent == &*user.secret_key => "secret key",
                sent if sent == &*user.password => "password",
                _ => continue,
            };
            return format!(
                "the {what} of `{}` was sent in place of its access key",
                user.label
            );
        }
        let which = if is_plain(sent) {
            format!("access key {sent}")
        } else {
            "the access key that was sent".to_owned()
        };
        let advice = self.advise(Advice::TakeAccessKey);
        format!("no user of this server has {which}; {advice}")
    }

    /// Why something that a user was given is good no more.
    pub(crate) fn why_over(&self, what: &str, label: &str, expires: Time) -> String {
        format!(
            "the {what} of `{label}` expired at {expires} ({}), and it is now {}",
            self.advise(Advice::EndedBy),
            self.clock.now()
        )
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
        let issued = Arc::make_mut(&mut self.issued);
        let keys = &mut issued.temporary;
        for forgotten in keys.insert(Arc::clone(&key.access_key), key.clone(), now) {
            issued.wrong.remove(&*forgotten);
        }
        key
    }

    /// The token, or why it is none.
    pub(crate) fn check_token(&self, text: &str) -> Result<&Token, Denied> {
        let given = self.issued.given.get(text);
        let token = given.or_else(|| self.issued.tokens.get(text));
        let token = token.ok_or_else(|| {
            let advice = self.advise(Advice::TakeToken);
            Denied::from(Refusal::TokenInvalid).hint(format!(
                "this server did not issue the token that was sent; {advice}"
            ))
        })?;
        if token.expires > self.clock.now() {
            return Ok(token);
        }
        let label = &self.user(token.user).label;
        let why = self.why_over("token", label, token.expires);
        Err(Denied::from(Refusal::TokenExpired).hint(why).by(label))
    }

    /// Keeps a token under a text of its own.
    pub(crate) fn add_token(&mut self, token: Token) -> Arc<str> {
        let what = match &token.scope {
            Scope::Project(region) => format!("token {region}"),
            Scope::Domain => "token of the account".to_owned(),
        };
        let text: Arc<str> = format!("MIIT{}", self.new_seed(&what, token.user)).into();
        let now = self.clock.now();
        let tokens = &mut Arc::make_mut(&mut self.issued).tokens;
        tokens.insert(Arc::clone(&text), token, now);
        text
    }

    /// A user's token for the account's project in the region: the one given out before, as long as it is good.
    pub(crate) fn token_of(&mut self, user: UserNo, region: &Arc<str>) -> Arc<str> {
        let renewals = match self.user(user).tokens.get(region) {
            Some(known) if self.check_token(&known.text).is_ok() => return Arc::clone(&known.text),
            Some(known) => known.renewals.saturating_add(1),
            None => 0,
        };
        self.give_token(user, region, renewals)
    }

    /// Gives a user the token that follows from who it is and how often it got another, in place of the one before:
    /// clients keep theirs over a world that is put back or read from a file.
    pub(crate) fn give_token(
        &mut self,
        user: UserNo,
        region: &Arc<str>,
        renewals: u32,
    ) -> Arc<str> {
        let seed = format!("token {} {region} {renewals}", self.full_name(user));
        let text: Arc<str> = format!("MIIT{}", id_of(&seed)).into();
        let token = self.new_token(user, Scope::Project(Arc::clone(region)), "password");
        let known = self.user(user).tokens.get(region).cloned();
        let tokens = &mut Arc::make_mut(&mut self.issued).given;
        if let Some(before) = known.as_ref().and_then(|known| known.before.as_ref()) {
            tokens.remove(&**before);
        }
        tokens.insert(Arc::clone(&text), token);
        let given = GivenToken {
            text: Arc::clone(&text),
            renewals,
            before: known
                .map(|known| known.text)
                .filter(|before| *before != text),
        };
        self.alter_user(user, |user| {
            user.tokens.insert(Arc::clone(region), given);
        });
        text
    }

    /// Gives a user of a world file the token that it had there.
    pub(crate) fn replace_token(&mut self, user: UserNo, region: &Arc<str>, renewals: u32) {
        if let Some(known) = self.users[user].tokens.get(region) {
            Arc::make_mut(&mut self.issued).given.remove(&*known.text);
        }
        self.give_token(user, region, renewals);
    }

    /// How often a user's token of each region was replaced, or is to be, since it is over.
    pub(crate) fn renewals(&self, user: UserNo) -> impl Iterator<Item = (&Arc<str>, u32)> {
        let given = self.user(user).tokens.iter();
        given.map(|(region, given)| {
            let is_over = self.check_token(&given.text).is_err();
            (region, given.renewals.saturating_add(u32::from(is_over)))
        })
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
        let given = Arc::clone(&self.users[user]);
        let issued = Arc::make_mut(&mut self.issued);
        for GivenToken { text, .. } in given.tokens.values() {
            if let Some(token) = issued.given.get(&**text) {
                let mut token = token.clone();
                token.expire(now);
                issued.given.insert(Arc::clone(text), token);
            }
        }
        issued.tokens.expire(user, now);
        issued.temporary.expire(user, now);
        issued.logins.expire(user, now);
        issued.registry_tokens.expire(user, now);
    }

    /// Refuses an access key that wrong signatures have locked.
    pub(crate) fn check_lock(&self, access_key: &str) -> Result<(), Denied> {
        let wrong = self.issued.wrong.get(access_key);
        let since = wrong.and_then(|(_, since)| *since);
        match since.map(|since| since.after(LOCKED)) {
            Some(until) if self.clock.now() < until => Err(Denied::from(Refusal::AccessKeyLocked).hint(format!(
                "access key {access_key} is locked after {MAX_WRONG} wrong signatures in a row, until {until} on the \
                 service's clock, {}",
                self.advise(Advice::MoveClock)
            ))),
            _ => Ok(()),
        }
    }

    /// Counts a wrong signature with this key, or forgets those before a good one. One that took long, while others
    /// locked the key, is refused for that, and changes nothing about it.
    pub(crate) fn note_signature(
        &mut self,
        access_key: &str,
        judged: Result<(), Denied>,
    ) -> Result<(), Denied> {
        self.check_lock(access_key)?;
        let known = self.issued.wrong.get(access_key).copied();
        match &judged {
            Ok(()) if known.is_some() => {
                Arc::make_mut(&mut self.issued).wrong.remove(access_key);
            }
            Err(denied) if denied.refusal == Refusal::SignatureWrong => {
                // A lock that is over begins the count anew.
                let before = known.filter(|(_, since)| since.is_none());
                let count = before.map_or(0, |(count, _)| count) + 1;
                let since = (count >= MAX_WRONG).then_some(self.clock.now());
                let wrong = &mut Arc::make_mut(&mut self.issued).wrong;
                wrong.insert(access_key.into(), (count, since));
            }
            Ok(()) | Err(_) => {}
        }
        judged
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::ADMIN;

    #[test]
    fn a_lock_holds_whatever_comes_to_an_end_meanwhile() {
        let mut state = State::of_acme();
        let access_key = Arc::clone(&state.user(ADMIN).access_key);
        let note = |state: &mut State, is_good: bool| {
            let wrong = || Denied::from(Refusal::SignatureWrong);
            let judged = is_good.then_some(()).ok_or_else(wrong);
            drop(state.note_signature(&access_key, judged));
        };
        for _ in 0..MAX_WRONG {
            note(&mut state, false);
        }
        for is_good in [false, true, false] {
            note(&mut state, is_good);
            assert!(state.check_lock(&access_key).is_err());
        }
        state.clock.advance(LOCKED);
        assert!(state.check_lock(&access_key).is_ok());
        note(&mut state, false);
        assert!(
            state.check_lock(&access_key).is_ok(),
            "the count begins anew"
        );
    }
}
