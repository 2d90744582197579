//! Where a server can be reached.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

/// Which kind of listener a request arrived on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Door {
    /// Management and IAM.
    Api,
    /// The image registry.
    Registry,
}

/// The listener that a request arrived on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Origin {
    pub(crate) door: Door,
    pub(crate) endpoints: EndpointsNo,
}

/// The addresses of one region. Responses and tests are given no others.
#[derive(Debug)]
pub(crate) struct Endpoints {
    /// `cn-north-4`
    pub(crate) region: Arc<str>,
    /// `http://127.0.0.1:41001`
    pub(crate) endpoint: String,
    /// `127.0.0.1:41002`
    pub(crate) registry: String,
}

impl Endpoints {
    pub(crate) fn new(region: &Arc<str>, api: SocketAddr, registry: SocketAddr) -> Endpoints {
        Endpoints {
            region: Arc::clone(region),
            endpoint: Endpoints::url(&api.to_string()),
            registry: registry.to_string(),
        }
    }

    /// The URL of a host of this server, by whichever name the client calls it.
    pub(crate) fn url(host: &str) -> String {
        format!("http://{host}")
    }
}

/// The number of a region in the table; 0 is the server's own.
pub(crate) type EndpointsNo = u16;

/// The regions that have listeners. Entries are only added, so a reference to one stays good.
#[derive(Debug)]
pub(crate) struct EndpointTable {
    endpoints: Endpoints,
    next: OnceLock<Box<EndpointTable>>,
}

impl EndpointTable {
    pub(crate) fn new(endpoints: Endpoints) -> EndpointTable {
        EndpointTable {
            endpoints,
            next: OnceLock::new(),
        }
    }

    /// Those of the server's own region.
    pub(crate) fn home(&self) -> &Endpoints {
        &self.endpoints
    }

    /// The entry with this number; that of the server's own region, if there is none.
    pub(crate) fn get(&self, number: EndpointsNo) -> &Endpoints {
        let found = self.iter().nth(usize::from(number));
        found.unwrap_or(&self.endpoints)
    }

    pub(crate) fn find(&self, region: &str) -> Option<&Endpoints> {
        self.iter().find(|endpoints| *endpoints.region == *region)
    }

    /// The number that the next entry gets.
    pub(crate) fn next_number(&self) -> EndpointsNo {
        u16::try_from(self.iter().count()).unwrap_or(u16::MAX)
    }

    /// Adds an entry. The caller makes sure that no two are added at a time.
    pub(crate) fn add(&self, endpoints: Endpoints) -> &Endpoints {
        let mut last = self;
        while let Some(next) = last.next.get() {
            last = next;
        }
        let added = || Box::new(EndpointTable::new(endpoints));
        &last.next.get_or_init(added).endpoints
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Endpoints> {
        fn next<'a>(table: &&'a EndpointTable) -> Option<&'a EndpointTable> {
            table.next.get().map(|next| &**next)
        }
        std::iter::successors(Some(self), next).map(|table| &table.endpoints)
    }
}
