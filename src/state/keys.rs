//! Credentials of the management API: access keys, temporary access keys and tokens.

use std::sync::Arc;
use std::time::Duration;

use super::accounts::TestToken;
use super::expiring::Expiring;
use super::{State, UserNo};
use crate::base::advice::Advice;
use crate::base::clock::{Time, id_of};
use crate::base::refusal::{Denied, Refusal};

/// An IAM token.
#[derive(Debug, Clone)]
pub(crate) struct Token {
    pub(crate) user: UserNo,
    pub(crate) scope: Scope,
    /// How its owner authenticated: `password`, `token` or `assume_role`.
    pub(crate) method: &'static str,
    pub(crate) issued: Time,
    pub(crate) expires: Time,
}

/// The scope of an IAM token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Scope {
    /// The account's project in this region.
    Project(Arc<str>),
    /// The account itself. Only IAM accepts a token with this scope.
    Domain,
}

/// How long a token is valid.
const TOKEN_LIFETIME: Duration = Duration::from_secs(24 * 3600);

/// An access key that expires, with its security token.
#[derive(Debug, Clone)]
pub(crate) struct TemporaryKey {
    pub(crate) user: UserNo,
    pub(crate) access_key: Arc<str>,
    pub(crate) secret_key: Arc<str>,
    pub(crate) security_token: Arc<str>,
    pub(crate) expires: Time,
}

impl TemporaryKey {
    /// The lifetime that a client requests in seconds, or IAM's default of 15 minutes.
    pub(crate) fn lifetime(seconds: Option<u64>) -> Result<Duration, Denied> {
        let seconds = seconds.unwrap_or(900);
        if !(900..=86_400).contains(&seconds) {
            let why = format!("duration_seconds must be 900 to 86400, not {seconds}");
            return Err(Denied::from(Refusal::BodyMalformed).explained(why));
        }
        Ok(Duration::from_secs(seconds))
    }
}

impl Expiring for Token {
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

impl Expiring for TemporaryKey {
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

/// The number of consecutive wrong signatures that lock an access key.
const MAX_FAILURES: u32 = 5;
/// How long a locked access key stays locked.
const LOCK_TIME: Duration = Duration::from_secs(300);

/// The maximum number of users whose secrets a hint compares, because it compares them one by one.
pub(crate) const MAX_SECRETS_COMPARED: usize = 1000;

/// Whether a hint can repeat a text: it looks like a name or an access key, and is too short for a secret.
pub(crate) fn is_safe_to_show(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
    (1..=24).contains(&text.len()) && text.bytes().all(is_plain)
}

impl State {
    /// The owner and the secret of an access key, including expired temporary keys.
    pub(crate) fn key(&self, access_key: &str) -> Option<Key<'_>> {
        if let Some(user) = self.directory.key_owner(access_key) {
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

    /// The label of another user with this access key.
    pub(crate) fn other_key_owner(&self, access_key: &str, user: UserNo) -> Option<&str> {
        let key_owner = self.key(access_key)?.user;
        (key_owner != user).then(|| &*self.user(key_owner).label)
    }

    /// The owner and the secret of an access key that has not expired.
    pub(crate) fn check_key(&self, access_key: &str) -> Result<Key<'_>, Denied> {
        let key = self.key(access_key).ok_or_else(|| {
            Denied::from(Refusal::AccessKeyUnknown).hint(self.no_access_key(access_key))
        })?;
        match key.temporary {
            Some(temporary) if temporary.expires <= self.clock.now() => {
                let label = &self.user(key.user).label;
                let why = self.why_expired(
                    &format!("temporary access key of `{label}`"),
                    temporary.expires,
                );
                Err(Denied::from(Refusal::TemporaryKeyExpired)
                    .hint(why)
                    .by(label))
            }
            _ => Ok(key),
        }
    }

    /// The hint for an unknown access key. It repeats what was sent only if that cannot be a secret.
    fn no_access_key(&self, sent: &str) -> String {
        for user in self.users().iter().take(MAX_SECRETS_COMPARED) {
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
        let which = if is_safe_to_show(sent) {
            format!("access key {sent}")
        } else {
            "the access key that was sent".to_owned()
        };
        let advice = self.advise(Advice::GetAccessKey);
        format!("no user of this server has {which}; {advice}")
    }

    /// The hint for expired credentials, such as "token of `dev`".
    pub(crate) fn why_expired(&self, what: &str, expires: Time) -> String {
        format!(
            "the {what} expired at {expires} ({}), and it is now {}",
            self.advise(Advice::ExpiryCause),
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
        for dropped in keys.insert(Arc::clone(&key.access_key), key.clone(), now) {
            issued.wrong.remove(&*dropped);
        }
        key
    }

    /// The valid token with this text.
    pub(crate) fn check_token(&self, text: &str) -> Result<&Token, Denied> {
        let given = self.issued.test_tokens.get(text);
        let token = given.or_else(|| self.issued.tokens.get(text));
        let token = token.ok_or_else(|| {
            let advice = self.advise(Advice::GetToken);
            Denied::from(Refusal::TokenInvalid).hint(format!(
                "this server did not issue the token that was sent; {advice}"
            ))
        })?;
        if token.expires > self.clock.now() {
            return Ok(token);
        }
        let label = &self.user(token.user).label;
        let why = self.why_expired(&format!("token of `{label}`"), token.expires);
        Err(Denied::from(Refusal::TokenExpired).hint(why).by(label))
    }

    /// Adds a token and returns its new text.
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

    /// A user's token for the account's project in the region. A token that was issued before is reused while it is
    /// valid.
    pub(crate) fn token_of(&mut self, user: UserNo, region: &Arc<str>) -> Arc<str> {
        let renewals = match self.user(user).tokens.get(region) {
            Some(known) if self.check_token(&known.text).is_ok() => return Arc::clone(&known.text),
            Some(known) => known.renewals.saturating_add(1),
            None => 0,
        };
        self.set_token(user, region, renewals)
    }

    /// Replaces a user's token. Its text follows from the user, the region and the number of renewals. Clients can
    /// therefore keep using it after a world was restored or read from a file.
    pub(crate) fn set_token(&mut self, user: UserNo, region: &Arc<str>, renewals: u32) -> Arc<str> {
        let seed = format!("token {} {region} {renewals}", self.full_name(user));
        let text: Arc<str> = format!("MIIT{}", id_of(&seed)).into();
        let token = self.new_token(user, Scope::Project(Arc::clone(region)), "password");
        let known = self.user(user).tokens.get(region).cloned();
        let tokens = &mut Arc::make_mut(&mut self.issued).test_tokens;
        if let Some(before) = known.as_ref().and_then(|known| known.previous.as_ref()) {
            tokens.remove(&**before);
        }
        tokens.insert(Arc::clone(&text), token);
        let given = TestToken {
            text: Arc::clone(&text),
            renewals,
            previous: known
                .map(|known| known.text)
                .filter(|before| *before != text),
        };
        self.alter_user(user, |user| {
            user.tokens.insert(Arc::clone(region), given);
        });
        text
    }

    /// Replaces a user's token with the token of a world file.
    pub(crate) fn replace_token(&mut self, user: UserNo, region: &Arc<str>, renewals: u32) {
        if let Some(known) = self.users[user].tokens.get(region) {
            Arc::make_mut(&mut self.issued)
                .test_tokens
                .remove(&*known.text);
        }
        self.set_token(user, region, renewals);
    }

    /// The number of renewals of a user's token in each region. An expired token counts as renewed.
    pub(crate) fn renewals(&self, user: UserNo) -> impl Iterator<Item = (&Arc<str>, u32)> {
        let given = self.user(user).tokens.iter();
        given.map(|(region, given)| {
            let is_expired = self.check_token(&given.text).is_err();
            (region, given.renewals.saturating_add(u32::from(is_expired)))
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

    /// Makes all credentials of a user expire: tokens, temporary keys, logins and registry tokens.
    pub(crate) fn expire(&mut self, user: UserNo) {
        let now = self.clock.now();
        let given = Arc::clone(&self.users[user]);
        let issued = Arc::make_mut(&mut self.issued);
        for TestToken { text, .. } in given.tokens.values() {
            if let Some(token) = issued.test_tokens.get(&**text) {
                let mut token = token.clone();
                token.expire(now);
                issued.test_tokens.insert(Arc::clone(text), token);
            }
        }
        issued.tokens.expire(user, now);
        issued.temporary.expire(user, now);
        issued.logins.expire(user, now);
        issued.registry_tokens.expire(user, now);
    }

    /// Refuses a locked access key.
    pub(crate) fn check_lock(&self, access_key: &str) -> Result<(), Denied> {
        let wrong = self.issued.wrong.get(access_key);
        let since = wrong.and_then(|(_, since)| *since);
        match since.map(|since| since.after(LOCK_TIME)) {
            Some(until) if self.clock.now() < until => Err(Denied::from(Refusal::AccessKeyLocked).hint(format!(
                "access key {access_key} is locked after {MAX_FAILURES} wrong signatures in a row, until {until} on \
                 the service's clock, {}",
                self.advise(Advice::MoveClock)
            ))),
            _ => Ok(()),
        }
    }

    /// Counts a wrong signature with this key, or resets the count after a correct one. If the key was locked while the
    /// signature was verified, the request is refused and the count stays.
    pub(crate) fn note_signature(
        &mut self,
        access_key: &str,
        verified: Result<(), Denied>,
    ) -> Result<(), Denied> {
        self.check_lock(access_key)?;
        let known = self.issued.wrong.get(access_key).copied();
        match &verified {
            Ok(()) if known.is_some() => {
                Arc::make_mut(&mut self.issued).wrong.remove(access_key);
            }
            Err(denied) if denied.refusal == Refusal::SignatureWrong => {
                // The count restarts after a lock has expired.
                let before = known.filter(|(_, since)| since.is_none());
                let count = before.map_or(0, |(count, _)| count) + 1;
                let since = (count >= MAX_FAILURES).then_some(self.clock.now());
                let wrong = &mut Arc::make_mut(&mut self.issued).wrong;
                wrong.insert(access_key.into(), (count, since));
            }
            Ok(()) | Err(_) => {}
        }
        verified
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::ADMIN;

    #[test]
    fn a_lock_stays_whatever_signatures_arrive_meanwhile() {
        let mut state = State::of_acme();
        let access_key = Arc::clone(&state.user(ADMIN).access_key);
        let note = |state: &mut State, is_good: bool| {
            let wrong = || Denied::from(Refusal::SignatureWrong);
            let verified = is_good.then_some(()).ok_or_else(wrong);
            drop(state.note_signature(&access_key, verified));
        };
        for _ in 0..MAX_FAILURES {
            note(&mut state, false);
        }
        for is_good in [false, true, false] {
            note(&mut state, is_good);
            assert!(state.check_lock(&access_key).is_err());
        }
        state.clock.advance(LOCK_TIME);
        assert!(state.check_lock(&access_key).is_ok());
        note(&mut state, false);
        assert!(state.check_lock(&access_key).is_ok(), "the count restarts");
    }
}
