//! Pages of lists.

/// The page of a list that a client requests: at most `limit` rows, beginning at `start`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Page<S> {
    /// The number of rows before the page, or the marker of the row before it.
    pub(crate) start: S,
    pub(crate) limit: usize,
}

/// The rows of one page.
#[derive(Debug)]
pub(crate) struct Rows<T> {
    pub(crate) rows: Vec<T>,
    /// Whether the list continues after this page.
    pub(crate) has_more: bool,
}

impl<S> Page<S> {
    /// Takes the page from the start of `rows`.
    pub(crate) fn take<T>(&self, mut rows: impl Iterator<Item = T>) -> Rows<T> {
        let page = rows.by_ref().take(self.limit).collect();
        Rows {
            rows: page,
            has_more: rows.next().is_some(),
        }
    }
}

impl Page<usize> {
    /// Takes the page from the whole list.
    pub(crate) fn cut<T>(&self, list: impl Iterator<Item = T>) -> Rows<T> {
        self.take(list.skip(self.start))
    }
}

impl<T> Rows<T> {
    /// The last row, if the list continues after it.
    pub(crate) fn last(&self) -> Option<&T> {
        self.rows.last().filter(|_| self.has_more)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_cut_out_of_a_list() {
        for (start, limit, rows, has_more) in [
            (0, 2, &[0, 1][..], true),
            (1, 2, &[1, 2], false),
            (2, 2, &[2], false),
            (3, 2, &[], false),
            (usize::MAX, usize::MAX, &[], false),
            (0, usize::MAX, &[0, 1, 2], false),
            (0, 0, &[], true),
        ] {
            let page = Page { start, limit }.cut(0..3);
            assert_eq!(
                (&*page.rows, page.has_more),
                (rows, has_more),
                "{start} {limit}"
            );
        }
    }

    #[test]
    fn the_last_row_is_returned_only_if_more_rows_follow() {
        let last = |limit| Page { start: 0, limit }.cut(0..3).last().copied();
        assert_eq!((last(2), last(3), last(0)), (Some(1), None, None));
    }
}
