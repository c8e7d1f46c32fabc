//! Which addresses may be called: the guard against links that point inside the operator's own network.
//!
//! The check is made where a name becomes addresses, so that a name that answers differently the second time (DNS
//! rebinding) gains nothing, and for literal addresses before the call.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// Nets that are not the public internet (IANA special-purpose registries for IPv4 and IPv6, read 2026-11).
const PRIVATE_V4: &[(Ipv4Addr, u8)] = &[
    (Ipv4Addr::new(0, 0, 0, 0), 8),       // this network
    (Ipv4Addr::new(10, 0, 0, 0), 8),      // private use
    (Ipv4Addr::new(100, 64, 0, 0), 10),   // carrier-grade NAT
    (Ipv4Addr::new(127, 0, 0, 0), 8),     // loopback
    (Ipv4Addr::new(169, 254, 0, 0), 16),  // link local; cloud metadata at .169.254
    (Ipv4Addr::new(172, 16, 0, 0), 12),   // private use
    (Ipv4Addr::new(192, 0, 0, 0), 24),    // protocol assignments
    (Ipv4Addr::new(192, 0, 2, 0), 24),    // documentation
    (Ipv4Addr::new(192, 31, 196, 0), 24), // AS112
    (Ipv4Addr::new(192, 52, 193, 0), 24), // AMT
    (Ipv4Addr::new(192, 88, 99, 0), 24),  // 6to4 relay, deprecated
    (Ipv4Addr::new(192, 168, 0, 0), 16),  // private use
    (Ipv4Addr::new(192, 175, 48, 0), 24), // AS112
    (Ipv4Addr::new(198, 18, 0, 0), 15),   // benchmarking
    (Ipv4Addr::new(198, 51, 100, 0), 24), // documentation
    (Ipv4Addr::new(203, 0, 113, 0), 24),  // documentation
    (Ipv4Addr::new(224, 0, 0, 0), 4),     // multicast
    (Ipv4Addr::new(240, 0, 0, 0), 4),     // reserved, broadcast
];

/// Public IPv6 is 2000::/3; these nets within it are not.
const PRIVATE_V6: &[(Ipv6Addr, u8)] = &[
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23), // protocol assignments, Teredo among them
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32), // documentation
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16), // 6to4: carries any IPv4 address
    (Ipv6Addr::new(0x2620, 0x4f, 0x8000, 0, 0, 0, 0, 0), 48), // AS112
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20), // documentation
];

/// Whether an address is on the public internet.
pub fn public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => !PRIVATE_V4.iter().any(|(net, bits)| within_v4(address, *net, *bits)),
        // Addresses that carry an IPv4 address (mapped, compatible, NAT64) lie outside 2000::/3 and are refused with the rest.
        IpAddr::V6(address) => {
            within_v6(address, Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3)
                && !PRIVATE_V6.iter().any(|(net, bits)| within_v6(address, *net, *bits))
        }
    }
}

fn within_v4(address: Ipv4Addr, net: Ipv4Addr, bits: u8) -> bool {
    let mask = u32::MAX.checked_shl(32 - u32::from(bits)).unwrap_or(0);
    (u32::from(address) ^ u32::from(net)) & mask == 0
}

fn within_v6(address: Ipv6Addr, net: Ipv6Addr, bits: u8) -> bool {
    let mask = u128::MAX.checked_shl(128 - u32::from(bits)).unwrap_or(0);
    (u128::from(address) ^ u128::from(net)) & mask == 0
}

/// An entry of a list of allowed addresses that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is neither a host name nor a net such as 10.0.0.0/8")]
pub struct BadAllow(pub String);

/// Private addresses that may be called all the same.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Allow {
    all: bool,
    hosts: BTreeSet<String>,
    nets: Vec<(IpAddr, u8)>,
}

impl Allow {
    /// Reads host names, addresses, nets (`10.0.0.0/8`), or `*` for all.
    ///
    /// # Errors
    /// If an entry is none of these.
    pub fn parse<S: AsRef<str>>(entries: &[S]) -> Result<Self, BadAllow> {
        let mut allow = Allow::default();
        for entry in entries {
            let entry = entry.as_ref().trim();
            let bad = || BadAllow(entry.to_owned());
            if entry == "*" {
                allow.all = true;
            } else if let Some((net, bits)) = entry.split_once('/') {
                let net: IpAddr = net.parse().map_err(|_| bad())?;
                let bits: u8 = bits.parse().map_err(|_| bad())?;
                if bits > if net.is_ipv4() { 32 } else { 128 } {
                    return Err(bad());
                }
                allow.nets.push((net, bits));
            } else if let Ok(address) = entry.parse::<IpAddr>() {
                allow.nets.push((address, if address.is_ipv4() { 32 } else { 128 }));
            } else if entry.is_empty()
                || !entry
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'))
            {
                return Err(bad());
            } else {
                allow.add_host(entry);
            }
        }
        Ok(allow)
    }

    /// Adds a host name.
    pub fn add_host(&mut self, host: &str) {
        self.hosts.insert(host.trim_end_matches('.').to_ascii_lowercase());
    }

    /// Whether a name may resolve to any address.
    pub fn host(&self, host: &str) -> bool {
        self.all || self.hosts.contains(&host.trim_end_matches('.').to_ascii_lowercase())
    }

    /// Whether an address may be called: a public one, or one that is allowed.
    pub fn address(&self, address: IpAddr) -> bool {
        self.all
            || public(address)
            || self.nets.iter().any(|(net, bits)| match (address, net) {
                (IpAddr::V4(address), IpAddr::V4(net)) => within_v4(address, *net, *bits),
                (IpAddr::V6(address), IpAddr::V6(net)) => within_v6(address, *net, *bits),
                _ => false,
            })
    }

    /// Whether a host of a URL may be asked for at all. Names pass: they are checked when they become addresses.
    pub fn literal(&self, host: &url::Host<&str>) -> bool {
        match host {
            url::Host::Domain(_) => true,
            url::Host::Ipv4(address) => self.host(&address.to_string()) || self.address(IpAddr::V4(*address)),
            url::Host::Ipv6(address) => self.host(&address.to_string()) || self.address(IpAddr::V6(*address)),
        }
    }
}

/// Why a name was not called.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` leads to a private address")]
pub struct PrivateAddress(pub String);

/// Turns names into addresses by the system's resolver and leaves out those that may not be called.
#[derive(Debug, Clone)]
pub struct Guarded(pub Arc<Allow>);

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let allow = Arc::clone(&self.0);
        Box::pin(async move {
            let name = name.as_str().to_owned();
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let allowed: Vec<SocketAddr> = if allow.host(&name) {
                found
            } else {
                found.into_iter().filter(|address| allow.address(address.ip())).collect()
            };
            if allowed.is_empty() {
                return Err(PrivateAddress(name).into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_the_public_internet_are_public() {
        let table = [
            ("8.8.8.8", true),
            ("1.1.1.1", true),
            ("172.15.255.255", true),
            ("172.32.0.0", true),
            ("100.63.255.255", true),
            ("2606:4700:4700::1111", true),
            ("2a00:1450:4001:800::200e", true),
            ("0.0.0.0", false),
            ("10.1.2.3", false),
            ("100.64.0.1", false),
            ("100.127.255.255", false),
            ("127.0.0.1", false),
            ("127.255.255.254", false),
            ("169.254.169.254", false),
            ("172.16.0.1", false),
            ("172.31.255.255", false),
            ("192.0.0.8", false),
            ("192.0.2.1", false),
            ("192.168.1.1", false),
            ("198.18.0.1", false),
            ("198.19.255.255", false),
            ("203.0.113.9", false),
            ("224.0.0.1", false),
            ("239.255.255.250", false),
            ("255.255.255.255", false),
            ("::", false),
            ("::1", false),
            ("::ffff:127.0.0.1", false),
            ("::ffff:8.8.8.8", false),
            ("::7f00:1", false),
            ("64:ff9b::7f00:1", false),
            ("64:ff9b:1::a00:1", false),
            ("100::1", false),
            ("2001::1", false),
            ("2001:db8::1", false),
            ("2002:7f00:1::", false),
            ("3fff::1", false),
            ("fc00::1", false),
            ("fd12:3456::1", false),
            ("fe80::1", false),
            ("ff02::1", false),
        ];
        for (text, expected) in table {
            assert_eq!(public(text.parse().expect("an address")), expected, "{text}");
        }
    }

    #[test]
    fn what_is_allowed_by_host_net_or_star_passes_and_nothing_else() {
        let allow = Allow::parse(&["pds.local", "10.0.0.0/8", "fd00::/8", "192.168.1.7"]).expect("readable");
        assert!(allow.host("PDS.local.") && !allow.host("other.local"));
        for (text, expected) in [
            ("10.9.9.9", true),
            ("fd00::5", true),
            ("192.168.1.7", true),
            ("192.168.1.8", false),
            ("127.0.0.1", false),
        ] {
            assert_eq!(allow.address(text.parse().expect("an address")), expected, "{text}");
        }
        assert!(Allow::parse(&["*"]).expect("readable").address(IpAddr::V4(Ipv4Addr::LOCALHOST)));
        for bad in ["10.0.0.0/33", "a/8", "", "http://x"] {
            assert!(Allow::parse(&[bad]).is_err(), "{bad}");
        }
    }

    #[tokio::test]
    async fn a_name_that_leads_to_a_private_address_is_refused_unless_it_is_allowed() {
        let strict = Guarded(Arc::new(Allow::default()));
        let refused = strict
            .resolve("localhost".parse().expect("a name"))
            .await
            .err()
            .map(|error| error.to_string());
        assert_eq!(refused.as_deref(), Some("`localhost` leads to a private address"));
        let open = Guarded(Arc::new(Allow::parse(&["localhost"]).expect("readable")));
        assert!(open.resolve("localhost".parse().expect("a name")).await.is_ok());
    }
}
