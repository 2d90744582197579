//! Detects whether a proxy of the environment intercepts the requests of clients. Only reports use it.

use std::net::IpAddr;

use crate::base::endpoints::Scheme;

const PROXIES: [&str; 4] = ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];
const PROXIES_OF_TLS: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
const EXCEPTIONS: [&str; 2] = ["NO_PROXY", "no_proxy"];

/// The environment variable that makes HTTP clients send requests for the host to a proxy.
pub(crate) fn proxy_variable(
    scheme: Scheme,
    host: &str,
    variable: impl Fn(&str) -> Option<String>,
) -> Option<&'static str> {
    let is_excepted = EXCEPTIONS
        .into_iter()
        .filter_map(&variable)
        .any(|hosts| hosts.split([',', ' ']).any(|entry| covers(entry, host)));
    let is_set = |name: &&str| variable(name).is_some_and(|value| !value.trim().is_empty());
    let proxies = match scheme {
        Scheme::Http => PROXIES,
        Scheme::Https => PROXIES_OF_TLS,
    };
    proxies.into_iter().find(is_set).filter(|_| !is_excepted)
}

/// Whether an entry of `NO_PROXY` covers the host: `*`, the host with or without a port, or a network.
fn covers(entry: &str, host: &str) -> bool {
    let entry = entry.trim();
    let bare = |text: &str| {
        text.trim_start_matches('[')
            .trim_end_matches(']')
            .to_owned()
    };
    let without_port = match entry.rsplit_once(':') {
        Some((name, port)) if !name.contains(':') || name.ends_with(']') => {
            if port.parse::<u16>().is_ok() {
                name
            } else {
                entry
            }
        }
        _ => entry,
    };
    entry == "*"
        || bare(without_port).eq_ignore_ascii_case(&bare(host))
        || is_in_network(entry, &bare(host))
}

/// Whether the host is in a network such as `127.0.0.0/8`.
fn is_in_network(network: &str, host: &str) -> bool {
    let parsed = || {
        let (address, length) = network.split_once('/')?;
        let (network, host): (IpAddr, IpAddr) = (address.parse().ok()?, host.parse().ok()?);
        Some((network, host, length.parse::<u32>().ok()?))
    };
    let prefix =
        |bits: u128, width: u32, length: u32| bits.checked_shr(width - length).unwrap_or(0);
    match parsed() {
        Some((IpAddr::V4(network), IpAddr::V4(host), length @ 0..=32)) => {
            let of = |address: std::net::Ipv4Addr| prefix(address.to_bits().into(), 32, length);
            of(network) == of(host)
        }
        Some((IpAddr::V6(network), IpAddr::V6(host), length @ 0..=128)) => {
            let of = |address: std::net::Ipv6Addr| prefix(address.to_bits(), 128, length);
            of(network) == of(host)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_proxy(host: &str, variables: &[(&str, &str)], expected: Option<&str>) {
        let variable = |name: &str| {
            let mut found = variables.iter().filter(|(known, _)| *known == name);
            found.next().map(|(_, value)| (*value).to_owned())
        };
        let found = proxy_variable(Scheme::Http, host, variable);
        assert_eq!(found, expected, "{variables:?}");
    }

    #[test]
    fn requests_with_https_have_their_own_proxy() {
        for (set, expected) in [
            ("HTTP_PROXY", None),
            ("HTTPS_PROXY", Some("HTTPS_PROXY")),
            ("https_proxy", Some("https_proxy")),
            ("ALL_PROXY", Some("ALL_PROXY")),
        ] {
            let variable = |name: &str| (name == set).then(|| "http://proxy:3128".to_owned());
            let found = proxy_variable(Scheme::Https, "127.0.0.1", variable);
            assert_eq!(found, expected, "{set}");
        }
    }

    #[test]
    fn the_variable_of_a_proxy_is_returned() {
        let host = "127.0.0.1";
        assert_proxy(host, &[], None);
        assert_proxy(host, &[("HTTPS_PROXY", "http://proxy:3128")], None);
        for name in PROXIES {
            assert_proxy(host, &[(name, "http://proxy:3128")], Some(name));
            assert_proxy(host, &[(name, "")], None);
        }
    }

    #[test]
    fn a_host_in_no_proxy_is_not_proxied() {
        let proxy = ("HTTP_PROXY", "http://user:secret@proxy:3128");
        for (host, hosts, is_past) in [
            ("127.0.0.1", "*", true),
            ("127.0.0.1", "127.0.0.1", true),
            ("127.0.0.1", "example.org, 127.0.0.1:41001", true),
            ("127.0.0.1", "10.0.0.0/8 127.0.0.0/8", true),
            ("127.0.0.1", "0.0.0.0/0", true),
            ("127.0.0.1", "127.0.0.1/33", false),
            ("127.0.0.1", "127.0.1.0/24", false),
            ("127.0.0.1", "localhost", false),
            ("127.0.0.1", "127.0.0.12", false),
            ("127.0.0.1", "", false),
            ("[::1]", "::1", true),
            ("[::1]", "[::1]:80", true),
            ("[::1]", "::/0", true),
            ("[::1]", "127.0.0.0/8", false),
        ] {
            let expected = (!is_past).then_some("HTTP_PROXY");
            for name in EXCEPTIONS {
                assert_proxy(host, &[proxy, (name, hosts)], expected);
            }
        }
    }
}
