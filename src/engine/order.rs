//! The expected order of calls.

use std::fmt;

use crate::engine::calls::Calls;
use crate::engine::lists::from_lists;

/// The expected order of calls, for [`MockSwr::verify_order`](crate::MockSwr::verify_order).
///
/// It is created from an array, a `Vec` or a slice of operations or [`Calls`], or from a tuple that mixes them. In a
/// tuple, an array of operations matches any one of them.
///
/// ```
/// use mock_swr::{Op, Order};
///
/// let order = Order::from((Op::CreateRepo.repo("group/web"), [Op::PutManifest, Op::FinishUpload]));
/// assert_eq!(order.to_string(), "CreateRepo of repo group/web, then FinishUpload or PutManifest");
/// ```
#[must_use = "an order asserts nothing until it is given to `verify_order`"]
#[derive(Clone)]
pub struct Order(pub(crate) Vec<Calls>);

impl Order {
    #[track_caller]
    fn of_list<C: Into<Calls>>(list: impl IntoIterator<Item = C>) -> Order {
        let mut steps = Vec::new();
        // In a closure of `map`, `#[track_caller]` would lose the line of the test.
        for calls in list {
            steps.push(calls.into());
        }
        Order(steps)
    }
}

from_lists!(Order, Calls);

/// The text for reports: `CreateRepo, then PutManifest`.
impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<String> = self.0.iter().map(Calls::to_string).collect();
        f.write_str(&names.join(", then "))
    }
}

impl fmt::Debug for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Order({self})")
    }
}
