//! Expected numbers of calls.

use std::fmt;
use std::ops::{Range, RangeFrom, RangeInclusive, RangeToInclusive};

/// An expected number of calls: an exact number or a range.
///
/// ```
/// use mock_swr::Times;
///
/// assert_eq!(Times::from(2).to_string(), "2 times");
/// assert_eq!(Times::from(2..).to_string(), "at least 2 times");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Times {
    pub(crate) at_least: usize,
    at_most: usize,
}

impl Times {
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
