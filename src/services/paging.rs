//! Paging of lists. A list declares a [`Paging`], reads a [`Page`] with it, and writes the headers or markers of its
//! style.
//!
//! The lists of the enterprise edition will need only more styles: offsets that must be multiples of the limit, and
//! markers in Base64 or as numbers. These differ only in how the start is read. `total` and `total_count` are keys of
//! views.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header::{CONTENT_RANGE, LINK};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::base::refusal::{Denied, Refusal};
use crate::base::reply::{Outcome, text_header};
use crate::base::request::{hex_number, number};
use crate::services::input::{Fields, one_of};
use crate::state::{Direction, Page};

/// The paging of one list. `S` is the start of a page: the number of rows to skip, or a marker. Its default is the
/// first page.
pub(crate) struct Paging<S: 'static> {
    pub(crate) style: Style<S>,
    /// The limit if the client sends none.
    pub(crate) default: usize,
    /// The highest limit that a client can request.
    pub(crate) max: usize,
}

/// The paging parameters that several lists share.
pub(crate) struct Style<S: 'static> {
    start: &'static str,
    limit: &'static str,
    /// The lowest limit that a client can request.
    min: usize,
    unpaired: Unpaired,
    /// Parses the start of a page. The limit is given, because page numbers, and offsets that must be multiples of the
    /// limit, depend on it.
    read_start: fn(&str, usize) -> Result<S, Denied>,
    /// The refusal for an invalid limit, given the highest one.
    refuse_limit: fn(&str, usize) -> Denied,
}

/// Whether the start or the limit can be used without the other one.
enum Unpaired {
    Used,
    Ignored,
}

impl<S: Default> Paging<S> {
    /// Reads the requested page.
    pub(crate) fn read(&self, fields: &Fields<'_>) -> Result<Page<S>, Denied> {
        let style = &self.style;
        let sent = (fields.text(style.start)?, fields.text(style.limit)?);
        let (start, limit) = match (&style.unpaired, sent) {
            (Unpaired::Ignored, (Some(_), None) | (None, Some(_))) => (None, None),
            (Unpaired::Ignored | Unpaired::Used, sent) => sent,
        };
        let limit = limit.map_or(Ok(self.default), |text| {
            let number = number(&text).filter(|limit| (style.min..=self.max).contains(limit));
            number.ok_or_else(|| (style.refuse_limit)(&text, self.max))
        });
        let known_limit = *limit.as_ref().unwrap_or(&self.default);
        let start = start.map_or_else(
            || Ok(S::default()),
            |text| (style.read_start)(&text, known_limit),
        );
        // If both are invalid, pairs refuse the start, and other styles refuse the limit.
        let (start, limit) = match style.unpaired {
            Unpaired::Ignored => (start?, limit?),
            Unpaired::Used => {
                let limit = limit?;
                (start?, limit)
            }
        };
        Ok(Page { start, limit })
    }
}

/// `offset` and `limit`, each usable alone.
pub(crate) const OFFSET: Style<usize> = Style {
    start: "offset",
    limit: "limit",
    min: 1,
    unpaired: Unpaired::Used,
    read_start: |text, _| {
        number(text).ok_or_else(|| bad_page(text, "offset must be a number from 0"))
    },
    refuse_limit: bad_limit,
};

/// `offset` and `limit` as a pair: one without the other is ignored (seen live).
pub(crate) const OFFSET_PAIR: Style<usize> = Style {
    unpaired: Unpaired::Ignored,
    ..OFFSET
};

/// `marker` and `limit`. The marker is the id of the row before the page; 0 means the first page.
pub(crate) const ID_MARKER: Style<u64> = marker(|text, _| {
    number(text).ok_or_else(|| bad_marker(format!("marker must be a number, not `{text}`")))
});

/// Like [`ID_MARKER`], with the id in hexadecimal. An empty marker means the first page.
pub(crate) const HEX_MARKER: Style<Option<u64>> = marker(|text, _| match text {
    "" => Ok(None),
    text => hex_number(text)
        .map(Some)
        .ok_or_else(|| unknown_marker(text)),
});

/// The marker of [`HEX_MARKER`] for the page after the row with this id.
pub(crate) fn hex_marker(id: u64) -> String {
    format!("{id:x}")
}

/// `marker` and `limit`. The marker is the Base64 of `id:n`, as in the documentation's example: the repository's id,
/// and the number of rows before the page.
pub(crate) const ROW_MARKER: Style<usize> = marker(|text, _| {
    let bytes = STANDARD.decode(text).ok();
    let decoded = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    let row = decoded.and_then(|decoded| {
        let (repo, row) = decoded.split_once(':')?;
        number::<u64>(repo).and(number(row))
    });
    row.ok_or_else(|| unknown_marker(text))
});

/// The marker of [`ROW_MARKER`] for the page after this number of rows.
pub(crate) fn row_marker(repo: u64, rows: usize) -> String {
    STANDARD.encode(format!("{repo}:{rows}"))
}

const fn marker<S>(read_start: fn(&str, usize) -> Result<S, Denied>) -> Style<S> {
    Style {
        start: "marker",
        limit: "limit",
        min: 1,
        unpaired: Unpaired::Used,
        read_start,
        refuse_limit: bad_limit,
    }
}

/// `last` and `n` of the OCI specification: a page starts after the name in `last`.
pub(crate) const LAST: Style<String> = Style {
    start: "last",
    limit: "n",
    min: 0,
    unpaired: Unpaired::Used,
    read_start: |text, _| Ok(text.to_owned()),
    refuse_limit: |sent, _| Denied::from(Refusal::PageSize).detail(sent),
};

/// `page` and `per_page` of IAM as a pair: one without the other is ignored.
pub(crate) const PAGE_NUMBER: Style<usize> = Style {
    start: "page",
    limit: "per_page",
    min: 1,
    unpaired: Unpaired::Ignored,
    read_start: |text, limit| {
        let before = number::<usize>(text).and_then(|page| page.checked_sub(1));
        let before = before.ok_or_else(bad_page_number)?;
        Ok(before.saturating_mul(limit))
    },
    refuse_limit: |_, _| bad_page_number(),
};

/// The highest limit of [`PAGE_NUMBER`].
pub(crate) const MAX_PER_PAGE: usize = 5000;

// Inferred: no documentation describes the response to a limit of 0.
fn bad_limit(sent: &str, max: usize) -> Denied {
    bad_page(sent, &format!("limit must be 1 to {max}"))
}

fn bad_page(sent: &str, rule: &str) -> Denied {
    Denied::from(Refusal::PageSize).explained(format!("{rule}, not `{sent}`"))
}

fn bad_page_number() -> Denied {
    Denied::from(Refusal::ParameterValue).explained(format!(
        "page must be at least 1 and per_page 1 to {MAX_PER_PAGE}"
    ))
}

fn unknown_marker(sent: &str) -> Denied {
    bad_marker(format!("`{sent}` is not a marker of this list"))
}

fn bad_marker(detail: String) -> Denied {
    Denied::from(Refusal::ParameterValue).explained(detail)
}

/// Adds `Content-Range: {offset}-{count}/{total}`. The second number is the count of rows, not the index of the last
/// row.
pub(crate) fn with_content_range(
    outcome: Outcome,
    page: Page<usize>,
    count: usize,
    total: usize,
) -> Outcome {
    let range = format!("{}-{count}/{total}", page.start);
    outcome.header(CONTENT_RANGE, text_header(&range))
}

/// Adds a `Link` to the next page, which starts after the name `last`. Without `last`, there is no next page.
pub(crate) fn with_link(
    outcome: Outcome,
    path: &str,
    page: &Page<String>,
    last: Option<&str>,
) -> Outcome {
    let Some(last) = last else { return outcome };
    let last = utf8_percent_encode(last, NON_ALPHANUMERIC);
    let link = format!("<{path}?last={last}&n={}>; rel=\"next\"", page.limit);
    outcome.header(LINK, text_header(&link))
}

/// Reads `order_column` and `order_type`. One without the other is ignored.
pub(crate) fn read_order<T: Copy>(
    fields: &Fields<'_>,
    columns: &[(&str, T)],
) -> Result<Option<(T, Direction)>, Denied> {
    let (Some(name), Some(direction)) = (fields.text("order_column")?, fields.text("order_type")?)
    else {
        return Ok(None);
    };
    let column = one_of("order_column", &name, columns).map_err(|denied| Denied {
        refusal: Refusal::OrderColumn,
        ..denied
    })?;
    let directions = [
        ("asc", Direction::Ascending),
        ("desc", Direction::Descending),
    ];
    let direction = one_of("order_type", &direction, &directions)?;
    Ok(Some((column, direction)))
}

#[cfg(test)]
mod tests {
    use std::fmt::Debug;

    use super::*;

    /// Reads a page from a query. Returns its start and limit, or the refusal and its detail.
    fn read<S: Default + Debug + Copy>(
        style: Style<S>,
        query: &str,
    ) -> Result<(S, usize), (Refusal, String)> {
        let fields = Fields::Text(crate::base::request::pairs(query).collect());
        let paging = Paging {
            style,
            default: 10,
            max: 100,
        };
        let page = paging.read(&fields);
        page.map(|page| (page.start, page.limit))
            .map_err(|denied| (denied.refusal, denied.detail))
    }

    fn refused<S>(refusal: Refusal, detail: &str) -> Result<S, (Refusal, String)> {
        Err((refusal, detail.to_owned()))
    }

    #[test]
    fn offset_and_limit_can_be_used_alone() {
        for (query, expected) in [
            ("", (0, 10)),
            ("offset=3", (3, 10)),
            ("limit=100", (0, 100)),
            ("offset=0&limit=1", (0, 1)),
        ] {
            assert_eq!(read(OFFSET, query), Ok(expected), "{query}");
        }
        for limit in ["0", "101", "x", "+1", ""] {
            let detail = format!("limit must be 1 to 100, not `{limit}`");
            let query = format!("limit={}", limit.replace('+', "%2B"));
            assert_eq!(read(OFFSET, &query), refused(Refusal::PageSize, &detail));
        }
        assert_eq!(
            read(OFFSET, "offset=-1"),
            refused(
                Refusal::PageSize,
                "offset must be a number from 0, not `-1`"
            )
        );
    }

    #[test]
    fn one_parameter_of_a_pair_is_ignored() {
        for query in ["", "offset=3", "limit=5", "offset=x", "limit=0"] {
            assert_eq!(read(OFFSET_PAIR, query), Ok((0, 10)), "{query}");
        }
        assert_eq!(read(OFFSET_PAIR, "limit=5&offset=3"), Ok((3, 5)));
        assert_eq!(
            read(OFFSET_PAIR, "limit=5&offset=x"),
            refused(Refusal::PageSize, "offset must be a number from 0, not `x`")
        );
    }

    #[test]
    fn a_written_marker_parses_to_the_same_start() {
        assert_eq!(read(ID_MARKER, "marker=255"), Ok((255, 10)));
        let written = format!("marker={}&limit=5", hex_marker(255));
        assert_eq!(read(HEX_MARKER, &written), Ok((Some(255), 5)));
        assert_eq!(read(HEX_MARKER, "marker="), Ok((None, 10)));
        let written = format!("marker={}", row_marker(7, 10).replace('=', "%3D"));
        assert_eq!(read(ROW_MARKER, &written), Ok((10, 10)));
    }

    #[test]
    fn an_invalid_marker_is_refused() {
        let unknown_marker = |sent: &str| format!("`{sent}` is not a marker of this list");
        let detail = "marker must be a number, not `ff`";
        assert_eq!(
            read(ID_MARKER, "marker=ff"),
            refused(Refusal::ParameterValue, detail)
        );
        assert_eq!(
            read(HEX_MARKER, "marker=FF"),
            refused(Refusal::ParameterValue, &unknown_marker("FF"))
        );
        assert_eq!(
            read(ID_MARKER, "marker=ff&limit=0"),
            refused(Refusal::PageSize, "limit must be 1 to 100, not `0`")
        );
        for bad in ["", "10", "Nzox!", "OjEw"] {
            assert_eq!(
                read(ROW_MARKER, &format!("marker={bad}")),
                refused(Refusal::ParameterValue, &unknown_marker(bad))
            );
        }
    }

    #[test]
    fn page_numbers_start_at_1_and_need_a_limit() {
        for (query, expected) in [
            ("", (0, 10)),
            ("page=2", (0, 10)),
            ("per_page=2", (0, 10)),
            ("page=1&per_page=2", (0, 2)),
            ("page=3&per_page=2", (4, 2)),
            ("page=18446744073709551615&per_page=2", (usize::MAX, 2)),
        ] {
            assert_eq!(read(PAGE_NUMBER, query), Ok(expected), "{query}");
        }
        for query in [
            "page=0&per_page=2",
            "page=1&per_page=0",
            "page=x&per_page=101",
        ] {
            let detail = "page must be at least 1 and per_page 1 to 5000";
            assert_eq!(
                read(PAGE_NUMBER, query),
                refused(Refusal::ParameterValue, detail),
                "{query}"
            );
        }
    }
}
