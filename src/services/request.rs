//! The request for handlers: its head, its operation, and the listener that received it.

use std::borrow::Cow;

use crate::base::endpoints::Origin;
use crate::base::request::{Head, pairs, value_in};
use crate::operations::op::Row;
use crate::operations::route::{Found, param_value};

/// The head of a request and its operation.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) origin: Origin,
    pub(crate) head: Head,
    pub(crate) found: Option<Found>,
}

impl Request {
    /// The operation; `None` if no operation matches the path.
    pub(crate) fn row(&self) -> Option<&'static Row> {
        self.found.map(|found| found.route.row)
    }

    /// A path parameter, decoded.
    pub(crate) fn param(&self, name: &str) -> Option<Cow<'_, str>> {
        let (_, span) = self
            .found
            .as_ref()?
            .params()
            .find(|(known, _)| *known == name)?;
        Some(param_value(name, self.head.part(span)))
    }

    /// The query parameters, decoded, in the order in which they were sent.
    pub(crate) fn query_pairs(&self) -> impl Iterator<Item = (String, String)> {
        pairs(self.head.raw_query())
    }

    /// The first value of a query parameter.
    pub(crate) fn query_value(&self, name: &str) -> Option<String> {
        value_in(self.head.raw_query(), name)
    }

    /// The name of the repository in the path of a registry operation.
    pub(crate) fn registry_name(&self) -> Option<Cow<'_, str>> {
        self.param("name")
    }
}
