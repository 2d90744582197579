//! Suggestions for misspelt names.

/// Longer names are not compared.
const MAX_NAME: usize = 256;

/// The name that is most similar to `missed`, if its similarity is above `least`. Both are from 0 to 1.
pub(crate) fn most_similar<T: AsRef<str>>(
    names: impl Iterator<Item = T>,
    missed: &str,
    least: f32,
) -> Option<T> {
    let ratio = |name: &T| ratio(name.as_ref(), missed);
    // The cost of a comparison is quadratic in the length.
    let names = names.filter(|name| name.as_ref().len() <= MAX_NAME && missed.len() <= MAX_NAME);
    let near = names.filter(|name| may_be_similar(name.as_ref(), missed, least));
    let near = near.map(|name| (ratio(&name), name));
    let near = near.filter(|(ratio, _)| *ratio > least);
    let best = near.max_by(|(a, _), (b, _)| a.total_cmp(b));
    best.map(|(_, name)| name)
}

/// `; did you mean `x`?` with the most similar name; empty if none is similar.
pub(crate) fn did_you_mean<T: AsRef<str>>(names: impl Iterator<Item = T>, missed: &str) -> String {
    suggestion(most_similar_to_short(names, missed, 0.6))
}

/// `; did you mean `x`?`; empty without a name.
pub(crate) fn suggestion<T: AsRef<str>>(similar: Option<T>) -> String {
    similar.map_or(String::new(), |name| {
        format!("; did you mean `{}`?", name.as_ref())
    })
}

/// As [`most_similar`], for a name of less than 64 bytes: the cost of a comparison is quadratic in the length.
pub(crate) fn most_similar_to_short<T: AsRef<str>>(
    names: impl Iterator<Item = T>,
    missed: &str,
    least: f32,
) -> Option<T> {
    let short = Some(missed).filter(|missed| missed.len() < 64);
    short.and_then(|missed| most_similar(names, missed, least))
}

/// The message `must be asc or desc, not `x``, with a suggestion if one of the words is similar.
pub(crate) fn not_one_of(sent: &str, words: &[&str]) -> String {
    let listed = match words {
        [first @ .., last] if !first.is_empty() => format!("{} or {last}", first.join(", ")),
        words => words.concat(),
    };
    let suggestion = suggestion(most_similar_to_short(words.iter(), sent, 0.7));
    format!("must be {listed}, not `{sent}`{suggestion}")
}

/// Whether a name differs from another only in case, separators, or one or two letters.
pub(crate) fn is_misspelt(name: &str, meant: &str) -> bool {
    let letters = |text: &str| -> Vec<u8> {
        let bytes = text
            .bytes()
            .filter(|byte| !matches!(byte, b'_' | b'-' | b'.'));
        bytes.map(|byte| byte.to_ascii_lowercase()).collect()
    };
    let (name, meant) = (letters(name), letters(meant));
    // Two letters of a short name are another name.
    let allowed = (meant.len() / 3).min(2);
    name.len().abs_diff(meant.len()) <= allowed && edits(&name, &meant) <= allowed
}

/// The number of letters to insert, delete or replace.
fn edits(a: &[u8], b: &[u8]) -> usize {
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for (row, x) in a.iter().enumerate() {
        let mut left = row + 1;
        for (column, y) in b.iter().enumerate() {
            let replaced = above[column] + usize::from(x != y);
            let best = replaced.min(left + 1).min(above[column + 1] + 1);
            above[column] = left;
            left = best;
        }
        above[b.len()] = left;
    }
    above[b.len()]
}

pub(crate) fn is_similar(a: &str, b: &str, least: f32) -> bool {
    may_be_similar(a, b, least) && ratio(a, b) > least
}

fn ratio(a: &str, b: &str) -> f32 {
    similar::TextDiff::from_chars(a, b).ratio()
}

/// Whether the similarity of two texts may be above `least`. Counts the characters that occur in both, in any order,
/// which costs a hundredth of a full comparison.
fn may_be_similar(a: &str, b: &str, least: f32) -> bool {
    if !a.is_ascii() || !b.is_ascii() {
        return true;
    }
    let mut left = [0_u16; 128];
    for byte in a.bytes() {
        left[usize::from(byte)] += 1;
    }
    let mut common = 0;
    for byte in b.bytes() {
        let left = &mut left[usize::from(byte)];
        common += usize::from(*left > 0);
        *left = left.saturating_sub(1);
    }
    let all = a.len() + b.len();
    all == 0 || 2.0 * common as f32 / all as f32 > least
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_misspelt_name_differs_in_case_separators_or_two_letters() {
        for (name, meant) in [
            ("isPublic", "is_public"),
            ("namespaces", "namespace"),
            ("centre", "center"),
            ("tag-selectors", "tag_selectors"),
        ] {
            assert!(is_misspelt(name, meant), "{name} {meant}");
        }
        for (name, meant) in [
            ("order", "order_type"),
            ("namespace", "name"),
            ("status_text", "status"),
            ("page", "tag"),
            ("ip", "id"),
            ("", "id"),
        ] {
            assert!(!is_misspelt(name, meant), "{name} {meant}");
        }
        for (a, b, count) in [
            ("", "abc", 3),
            ("abc", "", 3),
            ("kitten", "sitting", 3),
            ("ab", "ba", 2),
        ] {
            assert_eq!(edits(a.as_bytes(), b.as_bytes()), count);
        }
    }

    proptest! {
        #[test]
        fn the_cheap_check_never_excludes_a_similar_text(
            a in "[a-e]{0,9}|.{0,6}", b in "[a-e]{0,9}|.{0,6}", least in 0.0..1.0_f32,
        ) {
            prop_assert!(ratio(&a, &b) <= least || may_be_similar(&a, &b, least));
        }
    }
}
