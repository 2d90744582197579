//! The documented error codes, `fixtures/errors.json`: what [`Answer::code`](crate::Answer::code) looks up.

use once_cell::sync::Lazy;
use serde::Deserialize;

/// A documented error.
#[derive(Debug, Deserialize)]
pub(crate) struct Code {
    pub(crate) code: String,
    pub(crate) status: u16,
    pub(crate) message: String,
}

// Read when a test first names a code, so that no request pays for it.
static CODES: Lazy<Vec<Code>> = Lazy::new(|| {
    let text = include_str!("../../fixtures/errors.json");
    serde_json::from_str(text).unwrap_or_default()
});

pub(crate) fn find(code: &str) -> Option<&'static Code> {
    CODES.iter().find(|known| known.code == code)
}

/// Advice for a code that is not documented.
pub(crate) fn nearest(code: &str) -> String {
    let ratio = |known: &Code| similar::TextDiff::from_chars(known.code.as_str(), code).ratio();
    // The digits of a code go from the general to the particular.
    let beginning = |known: &Code| {
        let both = known.code.bytes().zip(code.bytes());
        both.take_while(|(a, b)| a == b).count()
    };
    let by_beginning = |a: &&Code, b: &&Code| beginning(b).cmp(&beginning(a));
    match CODES
        .iter()
        .min_by(|a, b| by_beginning(a, b).then_with(|| ratio(b).total_cmp(&ratio(a))))
    {
        Some(known) => format!("nearest is `{}`: {}", known.code, known.message),
        None => "none is known".to_owned(),
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
