//! Regular expressions that clients write.

use regex_lite::{Regex, RegexBuilder};

/// The longest expression, in bytes.
const MAX_LENGTH: usize = 512;

/// The largest compiled expression, in bytes. It bounds how long matching a tag takes.
const MAX_SIZE: usize = 16 << 10;

/// A regular expression. It matches if any part of a text does, as RE2 searches.
///
/// Inferred: the service documents neither the dialect nor whether the whole text must match. All documented examples
/// begin with `^`.
#[derive(Debug, Clone)]
pub(crate) struct Pattern(Regex);

impl Pattern {
    /// # Errors
    ///
    /// If the text is not a regular expression, or is too large. The error says why.
    pub(crate) fn parse(text: &str) -> Result<Pattern, String> {
        if text.len() > MAX_LENGTH {
            return Err(format!("the expression is longer than {MAX_LENGTH} bytes"));
        }
        let regex = RegexBuilder::new(text).size_limit(MAX_SIZE).build();
        regex.map(Pattern).map_err(|error| error.to_string())
    }

    pub(crate) fn as_str(&self) -> &str {
        self.0.as_str()
    }

    pub(super) fn matches(&self, text: &str) -> bool {
        self.0.is_match(text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_part_of_the_text_is_enough() {
        let pattern = Pattern::parse("^v2.*").unwrap();
        assert!(pattern.matches("v2.0.0") && !pattern.matches("v1-v2"));
        assert!(Pattern::parse("beta").unwrap().matches("v1-beta-3"));
    }

    #[test]
    fn an_expression_is_bounded() {
        assert!(Pattern::parse(&"a".repeat(513)).is_err());
        assert!(Pattern::parse("(a{100}){100}").is_err());
        assert!(Pattern::parse("(").is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn any_text_is_an_expression_or_an_error(text in any::<String>(), tag in "[a-zA-Z0-9._-]{1,128}") {
            if let Ok(pattern) = Pattern::parse(&text) {
                pattern.matches(&tag);
                prop_assert_eq!(pattern.as_str(), text);
            }
        }
    }
}
