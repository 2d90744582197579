//! The addresses of a server, and the addresses in its responses.

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, OnceLock};

use super::cloud::{CloudService, GLOBAL_IAM, is_cloud_host};
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

    /// The services of the cloud behind this kind of listener, the most important one first.
    fn services(self) -> &'static [CloudService] {
        match self {
            Door::Api => &[CloudService::Management, CloudService::Iam],
            Door::Registry => &[CloudService::Registry],
            Door::Storage => &[CloudService::Storage],
        }
    }
}

/// The listener that a request arrived on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Origin {
    pub(crate) door: Door,
    pub(crate) registry: RegistryId,
}

/// The scheme of all URLs of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scheme {
    Http,
    Https,
}

impl Scheme {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Scheme::Http => "http",
            Scheme::Https => "https",
        }
    }

    fn default_port(self) -> u16 {
        match self {
            Scheme::Http => 80,
            Scheme::Https => 443,
        }
    }
}

/// The addresses of one region's listeners.
#[derive(Debug)]
pub(crate) struct Endpoints {
    pub(crate) registry: RegistryId,
    /// `cn-north-4`
    pub(crate) region: Arc<str>,
    pub(crate) scheme: Scheme,
    /// The IP address for the process that started the server.
    ip: IpAddr,
    /// The addresses for the process that started the server.
    bound: Addresses,
    /// The addresses in every response, if the test set them.
    fixed: Option<Addresses>,
}

impl Endpoints {
    /// The addresses of the server's own region.
    pub(crate) fn new(region: &Arc<str>, bound: Bound, advertise: Option<&Advertise>) -> Endpoints {
        let fixed =
            advertise.map(|to| Addresses::of(bound.scheme, &to.host, to.ports(bound.ports)));
        Endpoints {
            registry: RegistryId::HOME,
            region: Arc::clone(region),
            scheme: bound.scheme,
            ip: bound.called_ip(),
            bound: Addresses::bound(bound),
            fixed,
        }
    }

    /// The addresses of another region of the same server. Its ports are not mapped.
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
            scheme: bound.scheme,
            ip: bound.called_ip(),
            bound: Addresses::bound(bound),
            fixed: fixed.map(|fixed| Addresses::of(bound.scheme, fixed.api.host(), bound.ports)),
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

    /// The names of the cloud's services in this region, each with the address of the listener that serves it.
    pub(crate) fn resolves(&self) -> Vec<(String, SocketAddr)> {
        let mut resolves = Vec::new();
        for door in Door::ALL {
            if door == Door::Storage && self.bound.storage.is_none() {
                continue;
            }
            let address = SocketAddr::new(self.ip, self.bound.at(door).port);
            for service in door.services() {
                resolves.push((service.host(&self.region), address));
            }
            if door == Door::Api && self.registry == RegistryId::HOME {
                resolves.push((GLOBAL_IAM.to_owned(), address));
            }
        }
        resolves.retain(|(name, _)| is_name(name));
        resolves
    }

    /// The hosts by which clients may call the listeners: names, and IP addresses without brackets.
    pub(crate) fn hosts(&self) -> Vec<String> {
        let loopback = [
            "localhost".to_owned(),
            Ipv4Addr::LOCALHOST.to_string(),
            Ipv6Addr::LOCALHOST.to_string(),
        ];
        let fixed = self.fixed.iter().map(|fixed| fixed.api.host());
        let fixed = fixed.map(|host| host.trim_matches(['[', ']', '.']).to_owned());
        let resolves = self.resolves().into_iter().map(|(name, _)| name);
        let all = loopback.into_iter().chain([self.ip.to_string()]);
        let mut hosts: Vec<String> = all.chain(fixed).chain(resolves).collect();
        hosts.sort();
        hosts.dedup();
        hosts
    }
}

/// The listeners of a region that are open.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bound {
    scheme: Scheme,
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
        scheme: Scheme,
        blob_redirects: bool,
        open: impl Fn(Door) -> Result<SocketAddr, E>,
    ) -> Result<Bound, E> {
        let api = open(Door::Api)?;
        let registry = open(Door::Registry)?.port();
        let storage = blob_redirects.then(|| open(Door::Storage)).transpose()?;
        Ok(Bound {
            scheme,
            ip: api.ip(),
            ports: Ports {
                api: api.port(),
                registry,
                storage: storage.map(|address| address.port()),
            },
        })
    }

    /// The IP address that clients call. They cannot connect to the unspecified address, so loopback replaces it.
    fn called_ip(self) -> IpAddr {
        match self.ip.to_canonical() {
            IpAddr::V4(Ipv4Addr::UNSPECIFIED) => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(Ipv6Addr::UNSPECIFIED) => Ipv6Addr::LOCALHOST.into(),
            ip => ip,
        }
    }
}

/// The addresses in the response to one request.
///
/// If the test set addresses, the response has these. Otherwise it has the host of the request's `Host` header, which
/// the client can reach. Without a valid `Host`, it has the bound addresses.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Advertised<'a> {
    table: &'a EndpointTable,
    /// The listener that the request arrived on.
    origin: Origin,
    arrived_at: &'a Endpoints,
    /// The endpoints whose addresses the response contains.
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
            Some(host) => {
                let authority = self.named_by(host, door);
                format!("{}://{authority}", address.scheme.name()).into()
            }
        }
    }

    /// The URL of a service. If the client called a name of the cloud, the URL has the name of the service.
    pub(crate) fn service_url(self, service: CloudService, door: Door) -> Cow<'a, str> {
        match self.host().filter(|host| self.is_of_cloud(*host)) {
            None => self.url(door),
            Some(host) => {
                let authority = self.named_by_cloud(host, service, door);
                format!("{}://{authority}", self.endpoints.scheme.name()).into()
            }
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

    /// Host and port of a listener, with the host that the client called. The port that the client called belongs to
    /// the called listener and may be mapped. Other listeners have their bound port.
    ///
    /// If the client called a name of the cloud, other listeners have the names that the cloud gives them.
    fn named_by(self, host: Host<'a>, door: Door) -> Cow<'a, str> {
        let registry = self.endpoints.registry;
        if self.origin == (Origin { door, registry }) {
            Cow::Borrowed(host.text)
        } else if self.is_of_cloud(host) {
            self.named_by_cloud(host, door.services()[0], door).into()
        } else {
            format!("{}:{}", host.name, self.address(door).port).into()
        }
    }

    /// The cloud's name of a service. It has a port only if the client called one: a client without a port connects
    /// to the listener by [`Endpoints::resolves`], or by a similar mapping.
    fn named_by_cloud(self, host: Host<'_>, service: CloudService, door: Door) -> String {
        let name = service.host(&self.endpoints.region);
        let default_port = self.endpoints.scheme.default_port();
        match host.port.filter(|port| *port != default_port) {
            None => name,
            Some(_) => format!("{name}:{}", self.address(door).port),
        }
    }

    fn is_of_cloud(self, host: Host<'_>) -> bool {
        is_cloud_host(host.name, &self.arrived_at.region)
    }

    /// The address of a listener, independent of the request.
    fn address(self, door: Door) -> &'a Address {
        let endpoints = self.endpoints;
        endpoints
            .fixed
            .as_ref()
            .unwrap_or(&endpoints.bound)
            .at(door)
    }

    /// The request's `Host`, if the addresses must be built from it. Usually it is the bound address, which needs no
    /// building.
    fn host(self) -> Option<Host<'a>> {
        if self.arrived_at.fixed.is_some() {
            return None;
        }
        let text = self.head.single_header("host")?;
        let is_bound = text == self.arrived_at.bound.at(self.origin.door).authority();
        (!is_bound).then(|| Host::parse(text)).flatten()
    }
}

/// The regions that have listeners. Entries are only added, so references to entries stay valid.
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

    /// The addresses of the server's own region.
    pub(crate) fn home(&self) -> &Endpoints {
        &self.endpoints
    }

    /// The addresses of the region that a request arrived in; those of the server's own region if it is unknown.
    pub(crate) fn get(&self, origin: Origin) -> &Endpoints {
        self.find(origin.registry).unwrap_or(&self.endpoints)
    }

    /// The addresses in the response to a request.
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

    /// Adds an entry. The caller must ensure that only one thread adds at a time.
    pub(crate) fn add(&self, endpoints: Endpoints) -> &Endpoints {
        let mut last = self;
        while let Some(next) = last.next.get() {
            last = next;
        }
        let added = || Box::new(EndpointTable::new(endpoints));
        &last.next.get_or_init(added).endpoints
    }

    /// The addresses of all regions that have listeners.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Endpoints> {
        fn next<'a>(table: &&'a EndpointTable) -> Option<&'a EndpointTable> {
            table.next.get().map(|next| &**next)
        }
        std::iter::successors(Some(self), next).map(|table| &table.endpoints)
    }
}

/// The host and ports in all responses, independent of the request's `Host`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Advertise {
    host: String,
    /// The ports of API and registry, if they differ from those of the listeners.
    ports: Option<(u16, u16)>,
}

impl Advertise {
    /// Parses `HOST` or `HOST:API_PORT,REGISTRY_PORT`; `None` if the text has another format.
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

    /// The ports in responses. The port of object storage is never mapped.
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
    fn of(scheme: Scheme, host: &str, ports: Ports) -> Addresses {
        let address = |port| Address::new(scheme, host, port);
        Addresses {
            api: address(ports.api),
            registry: address(ports.registry),
            storage: ports.storage.map(address),
        }
    }

    /// The addresses of the listeners.
    fn bound(bound: Bound) -> Addresses {
        let host = match bound.called_ip() {
            IpAddr::V4(ip) => ip.to_string(),
            IpAddr::V6(ip) => format!("[{ip}]"),
        };
        Addresses::of(bound.scheme, &host, bound.ports)
    }

    fn at(&self, door: Door) -> &Address {
        match door {
            Door::Api => &self.api,
            Door::Registry => &self.registry,
            // Without object storage, the registry serves blobs.
            Door::Storage => self.storage.as_ref().unwrap_or(&self.registry),
        }
    }
}

/// The address of a listener.
#[derive(Debug)]
struct Address {
    scheme: Scheme,
    port: u16,
    /// `http://127.0.0.1:41001`
    url: String,
}

impl Address {
    fn new(scheme: Scheme, host: &str, port: u16) -> Address {
        Address {
            scheme,
            port,
            url: format!("{}://{host}:{port}", scheme.name()),
        }
    }

    /// `127.0.0.1:41001`
    fn authority(&self) -> &str {
        &self.url[self.scheme.name().len() + "://".len()..]
    }

    /// `127.0.0.1`, or `[::1]`
    fn host(&self) -> &str {
        let authority = self.authority();
        authority
            .rsplit_once(':')
            .map_or(authority, |(host, _)| host)
    }
}

/// A valid `Host` header. It is used in JSON, headers and commands, so it contains no character that needs quotes.
#[derive(Debug, Clone, Copy)]
struct Host<'a> {
    /// `swr.test:8080`, or `swr.test`
    text: &'a str,
    /// `swr.test`, or `[::1]`
    name: &'a str,
    port: Option<u16>,
}

impl<'a> Host<'a> {
    fn parse(text: &'a str) -> Option<Host<'a>> {
        let (name, port) = split_host(text)?;
        let port = match port {
            None => None,
            Some(port) => Some(parse_port(port)?),
        };
        Some(Host { text, name, port })
    }
}

/// Splits a text into a valid host, and the part after the colon.
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

/// Whether a text is a DNS name or an IPv4 address. Underscores are allowed because container names have them.
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
    fn clients_can_connect_to_the_bound_address() {
        for (bound, called) in [
            ("127.0.0.1:80", "127.0.0.1:80"),
            ("0.0.0.0:80", "127.0.0.1:80"),
            ("192.0.2.1:80", "192.0.2.1:80"),
            ("[::]:80", "[::1]:80"),
            ("[fd00::5]:80", "[fd00::5]:80"),
            ("[::ffff:0.0.0.0]:80", "127.0.0.1:80"),
        ] {
            let address: SocketAddr = bound.parse().unwrap();
            let bound = Bound::open(Scheme::Http, false, |_| Ok::<_, ()>(address)).unwrap();
            let endpoints = Endpoints::new(&"cn-north-4".into(), bound, None);
            assert_eq!(endpoints.endpoint(), format!("http://{called}"));
            assert_eq!(endpoints.registry(), called);
        }
    }
}
