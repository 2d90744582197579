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
    use std::collections::BTreeSet;

    use super::*;
    use crate::base::refusal::Refusal;
    use crate::operations::op::{Api, TABLE};
    use crate::services::basic::phrases::phrase;
    use crate::services::iam;

    /// A line of the file as the tests read it.
    #[derive(Deserialize)]
    struct Line {
        code: String,
        source: String,
        /// Why no operation of the mock answers with it.
        unanswered: Option<String>,
    }

    fn lines() -> Vec<Line> {
        serde_json::from_str(include_str!("../../fixtures/errors.json")).unwrap()
    }

    /// Code and status of all refusals, as the basic edition's operations that are simulated phrase them, and IAM's.
    fn answered() -> BTreeSet<(&'static str, u16)> {
        let mut answered = BTreeSet::new();
        for &refusal in Refusal::ALL {
            for row in TABLE.iter().filter(|row| row.simulated.is_some()) {
                match row.api {
                    Api::Basic => {
                        let phrase = phrase(refusal, Some(row));
                        answered.insert((phrase.code, phrase.status));
                    }
                    Api::Keystone | Api::Iam => {
                        let (status, code, _) = iam::error::phrase(refusal);
                        answered.insert((code, status));
                    }
                    Api::Enterprise | Api::Registry | Api::Token | Api::Dockyard => {}
                }
            }
        }
        // The mock's own.
        answered.retain(|(code, _)| !code.starts_with("MOCKSWR."));
        answered
    }

    #[test]
    fn every_documented_code_is_answered_by_a_refusal_or_says_why_not() {
        let answered = answered();
        for line in lines() {
            let has_refusal = answered.iter().any(|(code, _)| *code == line.code);
            match &line.unanswered {
                None => assert!(has_refusal, "{}: no refusal, and no reason", line.code),
                Some(reason) => {
                    assert!(!has_refusal, "{} has a refusal now: {reason}", line.code);
                    assert!(!reason.trim().is_empty(), "{}", line.code);
                }
            }
            assert!(!line.source.trim().is_empty(), "{}", line.code);
        }
    }

    #[test]
    fn every_refusal_has_a_documented_code_and_its_status() {
        for (code, status) in answered() {
            let known = find(code).unwrap_or_else(|| panic!("{code} is not in errors.json"));
            // These stand for all that is wrong with a request's size, or of a kind.
            if !matches!(code, "APIGW.0201" | "IAM.0006" | "IAM.0011") {
                assert_eq!(known.status, status, "{code}");
            }
        }
    }

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
