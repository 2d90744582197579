//! Where a server can be reached: a pair of listeners for each of its regions.

use std::sync::{Arc, OnceLock};

/// Where a region can be reached: what answers must name.
#[derive(Debug)]
pub(crate) struct Endpoints {
    /// `cn-north-4`
    pub(crate) region: Arc<str>,
    /// `http://127.0.0.1:41001`
    pub(crate) endpoint: String,
    /// `127.0.0.1:41002`
    pub(crate) registry: String,
}

/// A region's place among those that have listeners; the server's own is 0.
pub(crate) type EndpointsNo = u16;

/// What a request came in by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) door: Door,
    pub(crate) site: EndpointsNo,
}

/// The regions that have listeners. It only grows, so that who looks at one may keep looking.
#[derive(Debug)]
pub(crate) struct EndpointTable {
    site: Endpoints,
    next: OnceLock<Box<EndpointTable>>,
}

impl EndpointTable {
    pub(crate) fn new(site: Endpoints) -> EndpointTable {
        EndpointTable {
            site,
            next: OnceLock::new(),
        }
    }

    pub(crate) fn home(&self) -> &Endpoints {
        &self.site
    }

    /// The one at a place; the server's own, if there is none.
    pub(crate) fn get(&self, number: EndpointsNo) -> &Endpoints {
        let found = self.iter().nth(usize::from(number));
        found.unwrap_or(&self.site)
    }

    pub(crate) fn find(&self, region: &str) -> Option<&Endpoints> {
        self.iter().find(|site| *site.region == *region)
    }

    /// The place that the next one will have.
    pub(crate) fn count(&self) -> EndpointsNo {
        u16::try_from(self.iter().count()).unwrap_or(u16::MAX)
    }

    /// One at a time: who calls it keeps others from doing so.
    pub(crate) fn add(&self, site: Endpoints) -> &Endpoints {
        let mut last = self;
        while let Some(next) = last.next.get() {
            last = next;
        }
        &last
            .next
            .get_or_init(|| Box::new(EndpointTable::new(site)))
            .site
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Endpoints> {
        fn next<'a>(sites: &&'a EndpointTable) -> Option<&'a EndpointTable> {
            sites.next.get().map(|next| &**next)
        }
        std::iter::successors(Some(self), next).map(|sites| &sites.site)
    }
}

/// Which of the two listeners a request came in by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Door {
    /// Management and IAM.
    Api,
    /// The image registry.
    Registry,
}
