//! Where a server can be reached: a pair of listeners for each of its regions.

use std::sync::{Arc, OnceLock};

/// Where a region can be reached: what answers must name.
#[derive(Debug)]
pub(crate) struct Site {
    /// `cn-north-4`
    pub(crate) region: Arc<str>,
    /// `http://127.0.0.1:41001`
    pub(crate) endpoint: String,
    /// `127.0.0.1:41002`
    pub(crate) registry: String,
}

/// A region's place among those that have listeners; the server's own is 0.
pub(crate) type SiteNo = u16;

/// What a request came in by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Gate {
    pub(crate) door: Door,
    pub(crate) site: SiteNo,
}

/// The regions that have listeners. It only grows, so that who looks at one may keep looking.
#[derive(Debug)]
pub(crate) struct Sites {
    site: Site,
    next: OnceLock<Box<Sites>>,
}

impl Sites {
    pub(crate) fn new(site: Site) -> Sites {
        Sites {
            site,
            next: OnceLock::new(),
        }
    }

    pub(crate) fn home(&self) -> &Site {
        &self.site
    }

    /// The one at a place; the server's own, if there is none.
    pub(crate) fn get(&self, number: SiteNo) -> &Site {
        let found = self.iter().nth(usize::from(number));
        found.unwrap_or(&self.site)
    }

    pub(crate) fn find(&self, region: &str) -> Option<&Site> {
        self.iter().find(|site| *site.region == *region)
    }

    /// The place that the next one will have.
    pub(crate) fn count(&self) -> SiteNo {
        u16::try_from(self.iter().count()).unwrap_or(u16::MAX)
    }

    /// One at a time: who calls it keeps others from doing so.
    pub(crate) fn add(&self, site: Site) -> &Site {
        let mut last = self;
        while let Some(next) = last.next.get() {
            last = next;
        }
        &last.next.get_or_init(|| Box::new(Sites::new(site))).site
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Site> {
        fn next<'a>(sites: &&'a Sites) -> Option<&'a Sites> {
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
