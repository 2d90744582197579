//! The pagination dialects of the basic edition.

use http::header::{CONTENT_RANGE, HeaderName, HeaderValue};

use crate::base::refusal::Denied;
use crate::base::refusal::Refusal;
use crate::base::request::number;
use crate::services::input::{Fields, one_of};
use crate::state::Direction;

const DEFAULT_LIMIT: usize = 100;
const MAX_LIMIT: usize = 1000;

/// `limit` and `offset`. They come as a pair: a lone one is ignored (seen live).
#[derive(Debug, Clone, Copy)]
pub(crate) struct OffsetPage {
    pub(crate) offset: usize,
    pub(crate) limit: usize,
}

impl OffsetPage {
    pub(crate) fn read(fields: &Fields<'_>) -> Result<OffsetPage, Denied> {
        let (Some(limit), Some(offset)) = (fields.text("limit")?, fields.text("offset")?) else {
            return Ok(OffsetPage {
                offset: 0,
                limit: DEFAULT_LIMIT,
            });
        };
        let offset =
            number(&offset).ok_or_else(|| bad_page(&offset, "offset must be a number from 0"))?;
        Ok(OffsetPage {
            offset,
            limit: parse_limit(&limit, MAX_LIMIT)?,
        })
    }

    /// `Content-Range: {offset}-{count}/{total}`: a count of rows, not the place of the last.
    pub(crate) fn content_range(&self, count: usize, total: usize) -> (HeaderName, HeaderValue) {
        let text = format!("{}-{count}/{total}", self.offset);
        (
            CONTENT_RANGE,
            HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static("")),
        )
    }
}

/// `limit` and `marker`: the marker is what the page before gave as the next one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MarkerPage {
    /// 0 is the start.
    pub(crate) marker: u64,
    pub(crate) limit: usize,
}

impl MarkerPage {
    pub(crate) fn read(fields: &Fields<'_>) -> Result<MarkerPage, Denied> {
        let limit = fields
            .text("limit")?
            .map_or(Ok(DEFAULT_LIMIT), |limit| parse_limit(&limit, MAX_LIMIT))?;
        let marker = match fields.text("marker")? {
            None => 0,
            Some(marker) => number(&marker).ok_or_else(|| {
                Denied::from(Refusal::ParameterValue)
                    .explained(format!("marker must be a number, not `{marker}`"))
            })?,
        };
        Ok(MarkerPage { marker, limit })
    }
}

// Inferred: no page says what a limit of 0 gets.
pub(crate) fn parse_limit(text: &str, most: usize) -> Result<usize, Denied> {
    match number(text) {
        Some(limit) if (1..=most).contains(&limit) => Ok(limit),
        _ => Err(bad_page(text, &format!("limit must be 1 to {most}"))),
    }
}

fn bad_page(sent: &str, rule: &str) -> Denied {
    Denied::from(Refusal::PageSize).explained(format!("{rule}, not `{sent}`"))
}

/// `order_column` and `order_type`: a pair as well, each alone is ignored.
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
