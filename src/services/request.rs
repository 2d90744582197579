//! The request as handlers may see it: its head, what the path matched, and where it arrived.

use crate::base::endpoints::Origin;
use crate::base::request::Head;
use crate::operations::op::Row;
use crate::operations::route::{Found, param_value};

/// The head of a request, and the operation that it belongs to.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) origin: Origin,
    pub(crate) head: Head,
    pub(crate) found: Option<Found>,
}

impl Request {
    /// The operation; `None` if the path belongs to none.
    pub(crate) fn row(&self) -> Option<&'static Row> {
        self.found.map(|found| found.route.row)
    }

    /// A parameter of the path, decoded.
    pub(crate) fn param(&self, name: &str) -> Option<String> {
        let (_, span) = self
            .found
            .as_ref()?
            .params()
            .find(|(known, _)| *known == name)?;
        Some(param_value(name, self.head.part(span)))
    }

    /// The repository in a registry's path.
    pub(crate) fn registry_name(&self) -> Option<String> {
        self.param("name")
    }
}
