//! Ranges of addresses.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::{Error, Ipam, IpamPool, Result};

/// An address and how many of its bits name the range, `172.17.0.0/16`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Subnet {
    address: IpAddr,
    length: u8,
}

impl Subnet {
    /// The range of `length` bits that begins at or around `address`; `None` if the address does not have so many bits.
    #[must_use]
    pub fn new(address: IpAddr, length: u8) -> Option<Self> {
        (length <= width(address)).then_some(Self { address, length })
    }

    /// Reads `172.17.0.0/16` or `fd00::/64` (Go `netip.ParsePrefix`).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (address, length) = text.split_once('/')?;
        let plain = length.bytes().all(|b| b.is_ascii_digit()) && (length == "0" || !length.starts_with('0'));
        Self::new(address.parse().ok()?, plain.then(|| length.parse().ok()).flatten()?)
    }

    /// The address as it was written.
    #[must_use]
    pub const fn address(&self) -> IpAddr {
        self.address
    }

    /// How many bits name the range.
    #[must_use]
    pub const fn length(&self) -> u8 {
        self.length
    }

    /// Whether it is a range of IPv6.
    #[must_use]
    pub const fn is_ipv6(&self) -> bool {
        self.address.is_ipv6()
    }

    /// The same range, written with its first address.
    #[must_use]
    pub fn masked(&self) -> Self {
        let host_bits = u32::from(width(self.address) - self.length);
        let bits = bits(self.address).checked_shr(host_bits).and_then(|bits| bits.checked_shl(host_bits)).unwrap_or(0);
        Self { address: with_bits(self.address, bits), length: self.length }
    }

    /// The first address after the one that names the range, which dockerd gives to the gateway.
    #[must_use]
    pub fn gateway(&self) -> IpAddr {
        let first = self.masked().address;
        with_bits(first, bits(first) | u128::from(self.length < width(first)))
    }

    /// Whether `address` belongs to it.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        Self::new(address, self.length).is_some_and(|other| other.is_ipv6() == self.is_ipv6() && other.masked() == self.masked())
    }

    /// Whether some address belongs to both.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        if self.length <= other.length { self.contains(other.address) } else { other.contains(self.address) }
    }
}

impl fmt::Display for Subnet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.length)
    }
}

const fn width(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(address.to_bits()),
        IpAddr::V6(address) => address.to_bits(),
    }
}

fn with_bits(like: IpAddr, bits: u128) -> IpAddr {
    match like {
        IpAddr::V4(_) => Ipv4Addr::from_bits(u32::try_from(bits).expect("invariant: 32 bits stay 32 bits")).into(),
        IpAddr::V6(_) => Ipv6Addr::from_bits(bits).into(),
    }
}

impl Ipam {
    /// Refuses pools that make no sense; those of IPv6 are looked at only if it is on (moby `api/types/network`, `ValidateIPAM`).
    ///
    /// # Errors
    /// [`Error::Invalid`] with dockerd's text, all problems at once.
    pub fn check(&self, ipv6: bool) -> Result<()> {
        let problems: Vec<String> = self.pools.iter().flat_map(|pool| pool.problems(ipv6)).collect();
        match &problems[..] {
            [] => Ok(()),
            [problem] => Err(Error::Invalid(format!("invalid network config:\n{problem}"))),
            several => Err(Error::Invalid(format!("invalid network config:\n* {}", several.join("\n* ")))),
        }
    }
}

impl IpamPool {
    fn problems(&self, ipv6: bool) -> Vec<String> {
        let Some(subnet) = Subnet::parse(&self.subnet) else {
            return vec![format!("invalid subnet {}: invalid CIDR block notation", self.subnet)];
        };
        if subnet.is_ipv6() && !ipv6 {
            return Vec::new();
        }
        let unmasked = (subnet != subnet.masked()).then(|| format!("invalid subnet {subnet}: it should be {}", subnet.masked()));
        let gateway = outside(&self.gateway, &subnet).map(|why| format!("invalid gateway {}: {why}", self.gateway));
        let auxiliary = self
            .auxiliary
            .iter()
            .filter_map(|(name, address)| outside(address, &subnet).map(|why| format!("invalid auxiliary address {name}: {why}")));
        unmasked.into_iter().chain(self.range_problems(&subnet)).chain(gateway).chain(auxiliary).collect()
    }

    fn range_problems(&self, subnet: &Subnet) -> Vec<String> {
        let text = &self.ip_range;
        if text.is_empty() {
            return Vec::new();
        }
        let Some(range) = Subnet::parse(text) else {
            return vec![format!("invalid ip-range {text}: invalid CIDR block notation")];
        };
        if range.is_ipv6() != subnet.is_ipv6() {
            return vec![format!("invalid ip-range {text}: parent subnet is an {} block", family(subnet))];
        }
        let bigger = range.length < subnet.length;
        let list = [
            bigger.then(|| format!("invalid ip-range {text}: CIDR block is bigger than its parent subnet {subnet}")),
            (range != range.masked()).then(|| format!("invalid ip-range {text}: it should be {}", range.masked())),
            (!subnet.overlaps(&range)).then(|| format!("invalid ip-range {text}: parent subnet {subnet} doesn't contain ip-range")),
        ];
        list.into_iter().flatten().collect()
    }
}

/// Why an address is not one of the subnet; an empty one is not looked at.
fn outside(address: &str, subnet: &Subnet) -> Option<String> {
    if address.is_empty() {
        return None;
    }
    match address.parse::<IpAddr>() {
        Err(_) => Some("invalid address".to_owned()),
        Ok(address) if address.is_ipv6() != subnet.is_ipv6() => Some(format!("parent subnet is an {} block", family(subnet))),
        Ok(address) if !subnet.contains(address) => Some(format!("parent subnet {subnet} doesn't contain this address")),
        Ok(_) => None,
    }
}

const fn family(subnet: &Subnet) -> &'static str {
    if subnet.is_ipv6() { "IPv6" } else { "IPv4" }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::net::IpAddr;

    use proptest::prelude::{any, prop_assert, prop_assert_eq, prop_assume, proptest};

    use super::{Ipam, IpamPool, Subnet};

    #[test]
    fn reads_what_go_reads() {
        for text in ["172.17.0.0/16", "10.0.0.1/0", "fd00:1::/64", "::/128"] {
            assert_eq!(Subnet::parse(text).map(|subnet| subnet.to_string()), Some(text.to_owned()));
        }
        for bad in ["", "bad", "10.0.0.0", "10.0.0.0/", "10.0.0.0/33", "10.0.0/8", "10.0.0.0/08", "10.0.0.0/+8", "::/129", "10.0.0.0/8/8"] {
            assert_eq!(Subnet::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn gateways_come_first() {
        for (text, gateway) in [("172.17.0.0/16", "172.17.0.1"), ("fd00:1::/64", "fd00:1::1"), ("10.0.0.4/32", "10.0.0.4")] {
            assert_eq!(Subnet::parse(text).map(|subnet| subnet.gateway()), gateway.parse().ok(), "{text}");
        }
    }

    #[test]
    fn explains_as_dockerd_does() {
        let pool = |subnet: &str, range: &str, gateway: &str, aux: &[(&str, &str)]| IpamPool {
            subnet: subnet.to_owned(),
            ip_range: range.to_owned(),
            gateway: gateway.to_owned(),
            auxiliary: aux.iter().map(|(name, address)| ((*name).to_owned(), (*address).to_owned())).collect::<BTreeMap<_, _>>(),
        };
        let text = |pools: Vec<IpamPool>| {
            let ipam = Ipam { driver: "default".to_owned(), options: None, pools };
            ipam.check(false).map_err(|error| error.to_string().replace("invalid network config:\n", ""))
        };
        let bad = |problem: &str| Err(problem.to_owned());
        let net = "10.99.0.0/24";
        for (pool, expected) in [
            (pool(net, "10.99.0.128/25", "10.99.0.1", &[("a", "10.99.0.2")]), Ok(())),
            (pool("fd00::1/64", "", "", &[]), Ok(())),
            (pool("bad", "", "x", &[]), bad("invalid subnet bad: invalid CIDR block notation")),
            (pool("10.99.0.5/24", "", "", &[]), bad("invalid subnet 10.99.0.5/24: it should be 10.99.0.0/24")),
            (pool(net, "", "bad", &[]), bad("invalid gateway bad: invalid address")),
            (pool(net, "", "10.98.0.1", &[]), bad("invalid gateway 10.98.0.1: parent subnet 10.99.0.0/24 doesn't contain this address")),
            (pool(net, "bad", "", &[]), bad("invalid ip-range bad: invalid CIDR block notation")),
            (pool(net, "10.98.0.0/25", "", &[]), bad("invalid ip-range 10.98.0.0/25: parent subnet 10.99.0.0/24 doesn't contain ip-range")),
            (pool(net, "10.99.0.3/25", "", &[]), bad("invalid ip-range 10.99.0.3/25: it should be 10.99.0.0/25")),
            (pool(net, "", "", &[("a", "bad")]), bad("invalid auxiliary address a: invalid address")),
        ] {
            assert_eq!(text(vec![pool.clone()]), expected, "{pool:?}");
        }
        let several = text(vec![pool("bad", "", "", &[]), pool("worse", "", "", &[])]);
        assert_eq!(several, bad("* invalid subnet bad: invalid CIDR block notation\n* invalid subnet worse: invalid CIDR block notation"));
    }

    proptest! {
        #[test]
        fn a_range_contains_its_addresses(address in any::<IpAddr>(), length in 0..=128_u8) {
            prop_assume!(length <= 32 || address.is_ipv6());
            let subnet = Subnet::new(address, length).unwrap();
            prop_assert!(subnet.contains(address) && subnet.contains(subnet.gateway()) && subnet.masked().contains(address));
            prop_assert_eq!(subnet.masked().masked(), subnet.masked());
            prop_assert!(subnet.overlaps(&subnet.masked()));
            prop_assert_eq!(Subnet::parse(&subnet.to_string()), Some(subnet));
        }

        #[test]
        fn overlapping_is_mutual(a in any::<u32>(), b in any::<u32>(), la in 0..=32_u8, lb in 0..=32_u8) {
            let a = Subnet::new(IpAddr::V4(a.into()), la).unwrap();
            let b = Subnet::new(IpAddr::V4(b.into()), lb).unwrap();
            prop_assert_eq!(a.overlaps(&b), b.overlaps(&a));
            prop_assert_eq!(a.overlaps(&b), a.contains(b.address()) || b.contains(a.address()) || a.contains(b.masked().address()) || b.contains(a.masked().address()));
        }

        #[test]
        fn no_text_makes_it_panic(text in any::<String>()) {
            let _ = Subnet::parse(&text);
        }
    }
}
