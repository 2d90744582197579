//! Expected numbers of calls.

use std::fmt;
use std::ops::{Range, RangeFrom, RangeInclusive, RangeTo, RangeToInclusive};
use std::time::Duration;

use super::request::number;

/// An expected number of calls: an exact number or a range.
///
/// ```
/// use mock_swr::Times;
///
/// assert_eq!(Times::from(2).to_string(), "2 times");
/// assert_eq!(Times::from(2..).to_string(), "at least 2 times");
/// assert_eq!(Times::from(..3).to_string(), "at most 2 times");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Times {
    pub(crate) at_least: usize,
    at_most: usize,
}

impl Times {
    /// Parses a range as Rust writes it: `2..`, `..=3`, `2..=3`, `2..4`.
    pub(crate) fn parse(text: &str) -> Result<Times, String> {
        let invalid = || format!("`{text}` is not a range: expected `2..`, `..=3` or `2..=3`");
        let (from, to) = text.split_once("..").ok_or_else(invalid)?;
        let number = |text: &str| number::<usize>(text).ok_or_else(invalid);
        let at_least = match from {
            "" => 0,
            from => number(from)?,
        };
        let at_most = match (to, to.strip_prefix('=')) {
            ("", _) => usize::MAX,
            (_, Some(last)) => number(last)?,
            (end, None) => number(end)?.checked_sub(1).ok_or_else(invalid)?,
        };
        if at_least > at_most {
            return Err(format!(
                "the range `{text}` is empty: it allows no number of calls"
            ));
        }
        Ok(Times { at_least, at_most })
    }

    /// Whether every number is allowed.
    pub(crate) fn is_anything(self) -> bool {
        self.at_least == 0 && self.at_most == usize::MAX
    }

    pub(crate) fn contains(self, count: usize) -> bool {
        (self.at_least..=self.at_most).contains(&count)
    }
}

impl From<usize> for Times {
    fn from(count: usize) -> Times {
        Times {
            at_least: count,
            at_most: count,
        }
    }
}

impl From<RangeFrom<usize>> for Times {
    fn from(range: RangeFrom<usize>) -> Times {
        Times {
            at_least: range.start,
            at_most: usize::MAX,
        }
    }
}

impl From<RangeToInclusive<usize>> for Times {
    fn from(range: RangeToInclusive<usize>) -> Times {
        Times {
            at_least: 0,
            at_most: range.end,
        }
    }
}

impl From<RangeTo<usize>> for Times {
    /// # Panics
    ///
    /// If the range is `..0`, which is empty.
    #[track_caller]
    fn from(range: RangeTo<usize>) -> Times {
        Times::from(0..range.end)
    }
}

impl From<RangeInclusive<usize>> for Times {
    /// # Panics
    ///
    /// If the range is empty.
    #[track_caller]
    fn from(range: RangeInclusive<usize>) -> Times {
        assert!(
            !range.is_empty(),
            "the range {range:?} is empty: it allows no number of calls"
        );
        Times {
            at_least: *range.start(),
            at_most: *range.end(),
        }
    }
}

impl From<Range<usize>> for Times {
    /// # Panics
    ///
    /// If the range is empty.
    #[track_caller]
    fn from(range: Range<usize>) -> Times {
        assert!(
            !range.is_empty(),
            "the range {range:?} is empty: it allows no number of calls"
        );
        Times {
            at_least: range.start,
            at_most: range.end - 1,
        }
    }
}

impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.at_least, self.at_most) {
            (least, most) if least == most => f.write_str(&times(least)),
            (least, usize::MAX) => write!(f, "at least {least} times"),
            (0, most) => write!(f, "at most {most} times"),
            (least, most) => write!(f, "{least} to {most} times"),
        }
    }
}

/// `never`, `once`, `2 times`.
pub(crate) fn times(count: usize) -> String {
    match count {
        0 => "never".to_owned(),
        1 => "once".to_owned(),
        count => format!("{count} times"),
    }
}

/// `1 request`, `2 requests`.
pub(crate) fn counted(count: usize, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}

/// A duration as [`parse_duration`] reads it, in the largest unit without a fraction. A part of a millisecond counts as
/// one.
pub(crate) fn duration_text(duration: Duration) -> String {
    let millis = duration.as_nanos().div_ceil(1_000_000);
    let millis = u64::try_from(millis).unwrap_or(u64::MAX);
    let units = [
        ("d", 86_400 * 1000),
        ("h", 3600 * 1000),
        ("m", 60 * 1000),
        ("s", 1000),
    ];
    let whole = units
        .into_iter()
        .find(|(_, unit)| millis > 0 && millis % unit == 0);
    let (unit, size) = whole.unwrap_or(("ms", 1));
    format!("{}{unit}", millis / size)
}

/// Parses a duration with a unit: `100ms`, `30s`, `5m`, `2h`, `31d`.
pub(crate) fn parse_duration(text: &str) -> Result<Duration, String> {
    let invalid = || {
        format!("`{text}` is not a duration: expected a number and ms, s, m, h or d, as in `30s`")
    };
    let unit = text.find(|symbol: char| !symbol.is_ascii_digit());
    let (count, unit) = text.split_at(unit.ok_or_else(invalid)?);
    let count: u64 = number(count).ok_or_else(invalid)?;
    let millis = match unit {
        "ms" => 1,
        "s" => 1000,
        "m" => 60 * 1000,
        "h" => 3600 * 1000,
        "d" => 86_400 * 1000,
        _ => return Err(invalid()),
    };
    Ok(Duration::from_millis(count.saturating_mul(millis)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_duration_is_written_in_its_largest_whole_unit() {
        for (duration, text) in [
            (Duration::ZERO, "0ms"),
            (Duration::from_nanos(1), "1ms"),
            (Duration::from_millis(1500), "1500ms"),
            (Duration::from_secs(90), "90s"),
            (Duration::from_secs(120), "2m"),
            (Duration::from_secs(2 * 86_400), "2d"),
        ] {
            assert_eq!(duration_text(duration), text);
        }
    }

    proptest! {
        #[test]
        fn a_written_duration_is_read_back(millis in any::<u64>()) {
            let duration = Duration::from_millis(millis);
            prop_assert_eq!(parse_duration(&duration_text(duration)), Ok(duration));
        }
    }
}
