//! Explains wrong signatures: guesses the text that the client signed for each line, and tests the guesses.

mod lines;

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use self::lines::{
    Guess, LineGuesses, MAX_WEIGHT, hash_line, header_part, method_line, path_line, query_line,
};
use super::Signer;
use super::signature::{Authorization, SignedParts, hex, sign_hash, verify_body};
use crate::base::redact::Redacted;
use crate::state::{MAX_SECRETS_COMPARED, UserState};

/// The hint for a wrong signature. If a guess reproduces the signature, the hint says how the signed request differs.
/// Otherwise it names an obvious mistake, or shows the whole canonical request.
pub(super) fn explain(signer: &Signer, request: &SignedParts<'_>, canonical: &str) -> String {
    let authorization = &signer.authorization;
    let listed = &authorization.signed_headers;
    if let Some(absent) = listed.iter().find(|name| request.header(name).is_none()) {
        return format!("SignedHeaders lists `{absent}`, but that header was not sent");
    }
    let Some((signature, spelling)) = read_signature(&authorization.signature) else {
        return "Authorization contains no Signature of 64 hex digits".to_owned();
    };
    let signed = WrongSignature {
        request,
        authorization,
        signature: &signature,
    };
    let faults = if canonical.len() > MAX_CANONICAL {
        None
    } else {
        signed.guess(signer)
    };
    let faults = faults.unwrap_or_else(|| vec![unguessed(request, authorization, canonical)]);
    let faults: Vec<String> = spelling
        .map(str::to_owned)
        .into_iter()
        .chain(faults)
        .collect();
    faults.join("; and ")
}

/// The longest canonical request for which guesses are tested. Each guess hashes the whole request.
const MAX_CANONICAL: usize = 8 << 10;

/// The signature in lower-case hex, and what is wrong with its encoding.
fn read_signature(text: &str) -> Option<(String, Option<&'static str>)> {
    let lower = text.to_ascii_lowercase();
    if lower.len() == 64 && lower.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        let spelling = "the signature is in upper-case hex, but the service expects lower-case hex";
        let is_wrong = lower != text;
        return Some((lower, is_wrong.then_some(spelling)));
    }
    let bytes = STANDARD.decode(text).ok()?;
    let spelling = "the signature is in base64, but the service expects lower-case hex";
    (bytes.len() == 32).then(|| (hex(&bytes), Some(spelling)))
}

/// An obvious mistake, or the whole canonical request for comparison.
fn unguessed(request: &SignedParts<'_>, authorization: &Authorization, canonical: &str) -> String {
    if let Err(why) = verify_body(request) {
        return why;
    }
    let mut listed = authorization.signed_headers.iter();
    if !listed.any(|name| name == "x-sdk-date") {
        return "SignedHeaders does not list x-sdk-date".to_owned();
    }
    let lines = canonical.lines().map(|line| match line.split_once(':') {
        Some((name, value)) => format!("{name}:{}", Redacted::header(name, value)),
        None => Redacted::text(line).to_string(),
    });
    let lines: Vec<String> = lines.collect();
    format!(
        "the secret key is wrong, or the client did not sign this canonical request: {}; its SHA-256 is {}",
        lines.join("\\n"),
        hex(&Sha256::digest(canonical))
    )
}

/// A signature that does not match the canonical request.
struct WrongSignature<'a> {
    request: &'a SignedParts<'a>,
    authorization: &'a Authorization,
    /// The signature in lower-case hex.
    signature: &'a str,
}

impl WrongSignature<'_> {
    /// The differences between what the client signed and what the service expects, if a combination of guesses
    /// matches.
    fn guess(&self, signer: &Signer) -> Option<Vec<String>> {
        let lines = [
            method_line(self.request.method),
            path_line(self.request.path),
            query_line(self.request.query),
            header_part(self.request, self.authorization),
            hash_line(self.request),
        ];
        let choice = choose(&lines, MAX_WEIGHT, |hash| {
            self.is_signed(hash, &signer.secret_key)
        });
        if let Some(choice) = choice {
            let faults = choice.iter().filter_map(|guess| guess.fault.clone());
            return Some(faults.collect());
        }
        let other = self.other_signer(&lines, &signer.users)?;
        let key = if signer.is_temporary {
            "temporary access key"
        } else {
            "access key"
        };
        Some(vec![format!(
            "the client signed with the secret key of user `{}`, but the {key} belongs to `{}`",
            other.label, signer.users[signer.user].label
        )])
    }

    /// The user with the secret key that signed the canonical request. Only the first users are tried.
    fn other_signer<'a>(
        &self,
        lines: &[LineGuesses],
        users: &'a [Arc<UserState>],
    ) -> Option<&'a Arc<UserState>> {
        let mut hashes = Vec::new();
        choose(lines, 0, |hash| {
            hashes.push(hash.to_owned());
            false
        });
        users.iter().take(MAX_SECRETS_COMPARED).find(|user| {
            hashes
                .iter()
                .any(|hash| self.is_signed(hash, &user.secret_key))
        })
    }

    fn is_signed(&self, hash: &str, key: &str) -> bool {
        sign_hash(hash, self.request, self.authorization, key) == self.signature
    }
}

/// Chooses one guess for each line, so that the hash of all lines passes.
fn choose(
    lines: &[LineGuesses],
    weight: usize,
    mut passes: impl FnMut(&str) -> bool,
) -> Option<Vec<&Guess>> {
    let mut chosen = Vec::new();
    let is_found = choose_on(lines, weight, &Sha256::new(), &mut chosen, &mut passes);
    is_found.then_some(chosen)
}

/// Chooses guesses for the remaining lines. `before` is the hash of the chosen lines, so common beginnings are hashed
/// once.
fn choose_on<'a>(
    lines: &'a [LineGuesses],
    weight: usize,
    before: &Sha256,
    chosen: &mut Vec<&'a Guess>,
    passes: &mut impl FnMut(&str) -> bool,
) -> bool {
    let Some((line, rest)) = lines.split_first() else {
        return passes(&hex(&before.clone().finalize()));
    };
    let end = if rest.is_empty() { "" } else { "\n" };
    line.0.iter().any(|guess| {
        let Some(weight) = weight.checked_sub(guess.weight) else {
            return false;
        };
        let hashed = before.clone().chain_update(&guess.text).chain_update(end);
        chosen.push(guess);
        let is_found = choose_on(rest, weight, &hashed, chosen, passes);
        if !is_found {
            chosen.pop();
        }
        is_found
    })
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::state::{ADMIN, Label, State};

    #[test]
    fn a_form_encoded_query_is_among_the_guesses() {
        let line = query_line("a=1&filter=x%20y");
        let guess = line.0.iter().find(|guess| guess.text == "a=1&filter=x+y");
        let fault = guess.unwrap().fault.as_deref().unwrap();
        assert!(fault.ends_with(": a space is written %20"), "{fault}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn any_signature_is_explained_without_secrets(
            method in "\\PC{0,8}",
            path in any::<String>(),
            query in any::<String>(),
            names in vec("[A-Za-zß-]{0,8}|[Hh]ost", 0..4),
            value in "[\\PC:\n]{0,20}",
            body in vec(prop_oneof![any::<u8>(), Just(b'\n')], 0..10),
            signature in "[0-9a-fA-F]{64}|[a-zA-Z0-9+/]{43}=|[\\PC&&[^,]]{0,9}",
        ) {
            let mut state = State::of_acme();
            state.user_labelled(Label::parse("dev").unwrap());
            let text = format!(
                "SDK-HMAC-SHA256 Access=AK, SignedHeaders={};x-security-token, Signature={signature}",
                names.join(";")
            );
            let mut headers: Vec<(String, String)> = names
                .iter()
                .map(|name| (name.to_ascii_lowercase(), value.clone()))
                .collect();
            headers.push(("authorization".to_owned(), text.clone()));
            headers.push(("x-security-token".to_owned(), "(a token)".to_owned()));
            let request = SignedParts {
                method: &method,
                path: &path,
                query: &query,
                headers: &headers,
                body: &body,
            };
            let authorization = Authorization::parse(&text).unwrap();
            let secret_key = &state.user(ADMIN).secret_key;
            let canonical = super::super::signature::verify(&request, &authorization, secret_key).unwrap_err();
            let signer = Signer {
                secret_key: Arc::clone(secret_key),
                is_temporary: false,
                user: ADMIN,
                users: state.all_users(),
                authorization,
            };
            let hint = explain(&signer, &request, &canonical);
            prop_assert!(!hint.is_empty());
            prop_assert!(!hint.contains("(a token)"), "{hint}");
            prop_assert!(state.users().iter().all(|user| !hint.contains(&*user.secret_key)), "{hint}");
        }
    }
}
