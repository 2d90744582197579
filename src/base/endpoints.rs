//! Where a server can be reached, and which addresses its responses hand out.

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, OnceLock};

use super::registry::RegistryId;
use super::request::{Head, number};

/// Which kind of listener a request arrived on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Door {
    /// Management and IAM.
    Api,
    /// The image registry.
    Registry,
    /// Object storage, where the registry redirects downloads of blobs.
    Storage,
}

impl Door {
    pub(crate) const ALL: [Door; 3] = [Door::Api, Door::Registry, Door::Storage];
}

/// The listener that a request arrived on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Origin {
    pub(crate) door: Door,
    pub(crate) registry: RegistryId,
}

/// The addresses of one region's listeners.
#[derive(Debug)]
pub(crate) struct Endpoints {
    pub(crate) registry: RegistryId,
    /// `cn-north-4`
    pub(crate) region: Arc<str>,
    /// What the process that started the server uses.
    bound: Addresses,
    /// What every response hands out, if the test set it.
    fixed: Option<Addresses>,
}

impl Endpoints {
    /// Those of the server's own region.
    pub(crate) fn new(region: &Arc<str>, bound: Bound, advertise: Option<&Advertise>) -> Endpoints {
        let fixed = advertise.map(|to| Addresses::of(&to.host, to.ports(bound.ports)));
        Endpoints {
            registry: RegistryId::HOME,
            region: Arc::clone(region),
            bound: Addresses::bound(bound),
            fixed,
        }
    }

    /// Those of another region of the same server. No mapped ports are known for it.
    pub(crate) fn of_region(
        &self,
        registry: RegistryId,
        region: Arc<str>,
        bound: Bound,
    ) -> Endpoints {
        let fixed = self.fixed.as_ref();
        Endpoints {
            registry,
            region,
            bound: Addresses::bound(bound),
            fixed: fixed.map(|fixed| Addresses::of(fixed.api.host(), bound.ports)),
        }
    }

    /// Where this process reaches the API: `http://127.0.0.1:41001`.
    pub(crate) fn endpoint(&self) -> &str {
        &self.bound.api.url
    }

    /// Where this process reaches the registry: `127.0.0.1:41002`.
    pub(crate) fn registry(&self) -> &str {
        self.bound.registry.authority()
    }
}

/// The listeners of a region that are open.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bound {
    ip: IpAddr,
    ports: Ports,
}

/// The port of each listener of a region.
#[derive(Debug, Clone, Copy)]
struct Ports {
    api: u16,
    registry: u16,
    /// `None` if the registry serves blobs itself.
    storage: Option<u16>,
}

impl Bound {
    /// Opens the listeners of a region; that of object storage only if blobs are redirected there.
    pub(crate) fn open<E>(
        blob_redirects: bool,
        open: impl Fn(Door) -> Result<SocketAddr, E>,
    ) -> Result<Bound, E> {
        let api = open(Door::Api)?;
        let registry = open(Door::Registry)?.port();
        let storage = blob_redirects.then(|| open(Door::Storage)).transpose()?;
        Ok(Bound {
            ip: api.ip(),
            ports: Ports {
                api: api.port(),
                registry,
                storage: storage.map(|address| address.port()),
            },
        })
    }
}

/// The addresses that the response to one request hands out.
///
/// They are those that the test set, or else follow the request's `Host`: the client gets the name by which it reaches
/// the server. Without a usable `Host` they are the bound ones.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Advertised<'a> {
    table: &'a EndpointTable,
    /// The listener that the request arrived on.
    origin: Origin,
    arrived_at: &'a Endpoints,
    /// The endpoints that are handed out.
    endpoints: &'a Endpoints,
    head: &'a Head,
}

impl<'a> Advertised<'a> {
    /// The addresses of another registry; `None` if it has no listeners yet.
    pub(crate) fn of(self, registry: RegistryId) -> Option<Advertised<'a>> {
        let endpoints = self.table.find(registry)?;
        Some(Advertised { endpoints, ..self })
    }

    /// The URL of a listener: `http://127.0.0.1:41001`.
    pub(crate) fn url(self, door: Door) -> Cow<'a, str> {
        let address = self.address(door);
        match self.host() {
            None => Cow::Borrowed(&address.url),
            Some(host) => format!("{}://{}", address.scheme, self.named_by(host, door)).into(),
        }
    }

    /// Host and port of a listener: `127.0.0.1:41002`.
    pub(crate) fn authority(self, door: Door) -> Cow<'a, str> {
        match self.host() {
            None => Cow::Borrowed(self.address(door).authority()),
            Some(host) => self.named_by(host, door),
        }
    }

    /// Where this process reaches object storage: `127.0.0.1:41003`; `None` if the registry serves blobs itself.
    pub(crate) fn bound_storage(self) -> Option<&'a str> {
        let storage = self.endpoints.bound.storage.as_ref();
        storage.map(Address::authority)
    }

    /// A listener, by the client's name of the server. The port that the client wrote is one of the listener that it
    /// called, and may be a mapped one. The port of the other listener is the bound one.
    fn named_by(self, host: Host<'a>, door: Door) -> Cow<'a, str> {
        let registry = self.endpoints.registry;
        if self.origin == (Origin { door, registry }) {
            Cow::Borrowed(host.text)
        } else {
            format!("{}:{}", host.name, self.address(door).port).into()
        }
    }

    /// The address of a listener, where no client names it.
    fn address(self, door: Door) -> &'a Address {
        let endpoints = self.endpoints;
        endpoints
            .fixed
            .as_ref()
            .unwrap_or(&endpoints.bound)
            .at(door)
    }

    /// The request's `Host`, if it decides. In the usual case it is the bound address, which is ready for use.
    fn host(self) -> Option<Host<'a>> {
        if self.arrived_at.fixed.is_some() {
            return None;
        }
        let text = self.head.single_header("host")?;
        let is_bound = text == self.arrived_at.bound.at(self.origin.door).authority();
        (!is_bound).then(|| Host::parse(text)).flatten()
    }
}

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

    /// The addresses of the region that a request arrived in; those of the server's own, if there is no such region.
    pub(crate) fn get(&self, origin: Origin) -> &Endpoints {
        self.find(origin.registry).unwrap_or(&self.endpoints)
    }

    /// The addresses that the response to a request hands out.
    pub(crate) fn advertised<'a>(&'a self, origin: Origin, head: &'a Head) -> Advertised<'a> {
        let arrived_at = self.get(origin);
        Advertised {
            table: self,
            origin,
            arrived_at,
            endpoints: arrived_at,
            head,
        }
    }

    /// The addresses of a registry; `None` if it has no listeners yet.
    pub(crate) fn find(&self, registry: RegistryId) -> Option<&Endpoints> {
        let mut all = self.iter();
        all.find(|endpoints| endpoints.registry == registry)
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

    fn iter(&self) -> impl Iterator<Item = &Endpoints> {
        fn next<'a>(table: &&'a EndpointTable) -> Option<&'a EndpointTable> {
            table.next.get().map(|next| &**next)
        }
        std::iter::successors(Some(self), next).map(|table| &table.endpoints)
    }
}

/// What responses hand out, whatever the request's `Host`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Advertise {
    host: String,
    /// Those of API and registry, if they are not the ports of the listeners.
    ports: Option<(u16, u16)>,
}

impl Advertise {
    /// Reads `HOST`, or `HOST:API_PORT,REGISTRY_PORT`; `None` if the text has another form.
    pub(crate) fn parse(text: &str) -> Option<Advertise> {
        let (host, ports) = split_host(text)?;
        let ports = match ports {
            None => None,
            Some(ports) => {
                let (api, registry) = ports.split_once(',')?;
                Some((parse_port(api)?, parse_port(registry)?))
            }
        };
        Some(Advertise {
            host: host.to_owned(),
            ports,
        })
    }

    /// The ports that are handed out; that of object storage is always its own.
    fn ports(&self, bound: Ports) -> Ports {
        match self.ports {
            None => bound,
            Some((api, registry)) => Ports {
                api,
                registry,
                ..bound
            },
        }
    }
}

/// The address of each listener of a region.
#[derive(Debug)]
struct Addresses {
    api: Address,
    registry: Address,
    storage: Option<Address>,
}

impl Addresses {
    fn of(host: &str, ports: Ports) -> Addresses {
        let address = |port| Address::new(SCHEME, host, port);
        Addresses {
            api: address(ports.api),
            registry: address(ports.registry),
            storage: ports.storage.map(address),
        }
    }

    /// Nothing can be sent to the unspecified address, so loopback stands for it.
    fn bound(bound: Bound) -> Addresses {
        let host = match bound.ip.to_canonical() {
            IpAddr::V4(Ipv4Addr::UNSPECIFIED) => Ipv4Addr::LOCALHOST.to_string(),
            IpAddr::V6(Ipv6Addr::UNSPECIFIED) => format!("[{}]", Ipv6Addr::LOCALHOST),
            IpAddr::V4(ip) => ip.to_string(),
            IpAddr::V6(ip) => format!("[{ip}]"),
        };
        Addresses::of(&host, bound.ports)
    }

    fn at(&self, door: Door) -> &Address {
        match door {
            Door::Api => &self.api,
            Door::Registry => &self.registry,
            // Where blobs are served.
            Door::Storage => self.storage.as_ref().unwrap_or(&self.registry),
        }
    }
}

const SCHEME: &str = "http";

/// The address of a listener.
#[derive(Debug)]
struct Address {
    scheme: &'static str,
    port: u16,
    /// `http://127.0.0.1:41001`
    url: String,
}

impl Address {
    fn new(scheme: &'static str, host: &str, port: u16) -> Address {
        Address {
            scheme,
            port,
            url: format!("{scheme}://{host}:{port}"),
        }
    }

    /// `127.0.0.1:41001`
    fn authority(&self) -> &str {
        &self.url[self.scheme.len() + "://".len()..]
    }

    /// `127.0.0.1`, or `[::1]`
    fn host(&self) -> &str {
        let authority = self.authority();
        authority
            .rsplit_once(':')
            .map_or(authority, |(host, _)| host)
    }
}

/// The value of a `Host` header. It is put into JSON, headers and commands, so it has nothing that needs quotes there.
#[derive(Debug, Clone, Copy)]
struct Host<'a> {
    /// `swr.test:8080`, or `swr.test`
    text: &'a str,
    /// `swr.test`, or `[::1]`
    name: &'a str,
}

impl<'a> Host<'a> {
    fn parse(text: &'a str) -> Option<Host<'a>> {
        let (name, port) = split_host(text)?;
        if let Some(port) = port {
            parse_port(port)?;
        }
        Some(Host { text, name })
    }
}

/// The valid host that a text begins with, and what follows its colon.
fn split_host(text: &str) -> Option<(&str, Option<&str>)> {
    let end = match text.strip_prefix('[') {
        Some(rest) => {
            let (ip, _) = rest.split_once(']')?;
            ip.parse::<Ipv6Addr>().ok()?;
            ip.len() + "[]".len()
        }
        None => {
            let end = text.find(':').unwrap_or(text.len());
            is_name(&text[..end]).then_some(end)?
        }
    };
    let (host, rest) = text.split_at(end);
    if rest.is_empty() {
        return Some((host, None));
    }
    Some((host, Some(rest.strip_prefix(':')?)))
}

/// Whether a text is a name of DNS, or an IPv4 address. Underscores occur in the names of containers.
fn is_name(text: &str) -> bool {
    let is_label = |label: &str| {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        (1..=63).contains(&label.len())
            && label.bytes().all(is_plain)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let name = text.strip_suffix('.').unwrap_or(text);
    name.len() <= 253 && name.split('.').all(is_label)
}

/// A port without leading zeros.
fn parse_port(text: &str) -> Option<u16> {
    number(text).filter(|_| !text.starts_with('0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_address_is_one_that_can_be_called() {
        for (bound, called) in [
            ("127.0.0.1:80", "127.0.0.1:80"),
            ("0.0.0.0:80", "127.0.0.1:80"),
            ("192.0.2.1:80", "192.0.2.1:80"),
            ("[::]:80", "[::1]:80"),
            ("[fd00::5]:80", "[fd00::5]:80"),
            ("[::ffff:0.0.0.0]:80", "127.0.0.1:80"),
        ] {
            let address: SocketAddr = bound.parse().unwrap();
            let bound = Bound::open(false, |_| Ok::<_, ()>(address)).unwrap();
            let endpoints = Endpoints::new(&"cn-north-4".into(), bound, None);
            assert_eq!(endpoints.endpoint(), format!("http://{called}"));
            assert_eq!(endpoints.registry(), called);
        }
    }
}
