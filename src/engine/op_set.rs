//! Sets of operations.

use crate::operations::op::Op;

/// A set of operations, which may also contain unmatched requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OpSet {
    bits: [u64; 4],
}

/// The index of unmatched requests.
pub(crate) const UNMATCHED: usize = 255;
const _: () = assert!(Op::ALL.len() < UNMATCHED);

/// The index of an operation in sets and tables; `None` is an unmatched request.
pub(crate) fn index_of(op: Option<Op>) -> usize {
    op.map_or(UNMATCHED, |op| op as usize)
}

impl OpSet {
    pub(crate) const NONE: OpSet = OpSet { bits: [0; 4] };

    pub(crate) fn of(ops: impl IntoIterator<Item = Op>) -> OpSet {
        ops.into_iter()
            .fold(OpSet::NONE, |set, op| set.with(op as usize))
    }

    pub(crate) fn with(mut self, place: usize) -> OpSet {
        self.bits[place / 64] |= 1 << (place % 64);
        self
    }

    pub(crate) fn without(mut self, place: usize) -> OpSet {
        self.bits[place / 64] &= !(1 << (place % 64));
        self
    }

    pub(crate) fn contains(self, place: usize) -> bool {
        self.bits[place / 64] & (1 << (place % 64)) != 0
    }

    /// The indexes in the set.
    pub(crate) fn indexes(self) -> impl Iterator<Item = usize> {
        (0..256).filter(move |&place| self.contains(place))
    }
}
