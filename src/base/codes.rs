//! The documented error codes of `fixtures/errors.json`, for [`Answer::code`](crate::Answer::code).

use once_cell::sync::Lazy;
use serde::Deserialize;

/// A documented error.
#[derive(Debug, Deserialize)]
pub(crate) struct Code {
    pub(crate) code: String,
    pub(crate) status: u16,
    pub(crate) message: String,
}

// Parsed when a test first names a code, so tests without one do not pay for it.
static CODES: Lazy<Vec<Code>> = Lazy::new(|| {
    let text = include_str!("../../fixtures/errors.json");
    serde_json::from_str(text).unwrap_or_default()
});

pub(crate) fn find(code: &str) -> Option<&'static Code> {
    CODES.iter().find(|known| known.code == code)
}

/// The documented code that is most similar to an unknown one, as advice.
pub(crate) fn nearest(code: &str) -> String {
    let ratio = |known: &Code| similar::TextDiff::from_chars(known.code.as_str(), code).ratio();
    // The digits of a code go from general to specific, so a common prefix means a similar error.
    let common_prefix = |known: &Code| {
        let both = known.code.bytes().zip(code.bytes());
        both.take_while(|(a, b)| a == b).count()
    };
    let by_prefix = |a: &&Code, b: &&Code| common_prefix(b).cmp(&common_prefix(a));
    match CODES
        .iter()
        .min_by(|a, b| by_prefix(a, b).then_with(|| ratio(b).total_cmp(&ratio(a))))
    {
        Some(known) => format!("the most similar is `{}`: {}", known.code, known.message),
        None => "no code is documented".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_listed_once_and_begins_with_its_status() {
        for (place, code) in CODES.iter().enumerate() {
            assert!(
                CODES[..place]
                    .iter()
                    .all(|earlier| earlier.code != code.code),
                "{} twice",
                code.code
            );
            if let Some(number) = code.code.strip_prefix("SVCSTG.SWR.") {
                assert!(
                    number.starts_with(&code.status.to_string()),
                    "{}",
                    code.code
                );
            }
        }
        assert!(CODES.len() > 200);
    }
}
