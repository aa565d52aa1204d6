//! Subnets for networks whose client chose none.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use domain::{Error, IpamPool, NetworkId, Result, Subnet};

/// dockerd's pools: where they begin, how long they and their subnets are (moby `ipamutils`). The last one is ours: networks cost
/// nothing here, so a shared server must not run out after the thirty that dockerd has room for.
const POOLS: [(Ipv4Addr, u8, u8); 3] =
    [(Ipv4Addr::new(172, 16, 0, 0), 12, 16), (Ipv4Addr::new(192, 168, 0, 0), 16, 20), (Ipv4Addr::new(10, 0, 0, 0), 8, 24)];

/// The first free subnet of IPv4, with its gateway.
pub(super) fn free_ipv4(taken: &[Subnet]) -> Result<IpamPool> {
    POOLS
        .iter()
        .flat_map(|&(start, pool, length)| {
            (0..1_u32 << (length - pool))
                .map(move |number| IpAddr::V4((start.to_bits() + (number << (32 - length))).into()))
                .filter_map(move |address| Subnet::new(address, length))
        })
        // 172.16.0.0/16 is not one of dockerd's.
        .filter(|subnet| subnet.address() != IpAddr::V4(Ipv4Addr::new(172, 16, 0, 0)))
        .find(|subnet| is_free(subnet, taken))
        .map(|subnet| pool(&subnet))
        .ok_or_else(|| exhausted("IPv4"))
}

/// A subnet of IPv6 with its gateway: a unique local one made from the network's id, as dockerd makes it from the host's (RFC 4193).
pub(super) fn free_ipv6(network: &NetworkId, taken: &[Subnet]) -> Result<IpamPool> {
    let digits = &network.as_str()[..14];
    let unique = u128::from_str_radix(digits, 16).expect("invariant: an id is hexadecimal");
    let address = Ipv6Addr::from_bits((0xfd_u128 << 120) | (unique << 64));
    let subnet = Subnet::new(IpAddr::V6(address), 64).filter(|subnet| is_free(subnet, taken));
    subnet.map(|subnet| pool(&subnet)).ok_or_else(|| exhausted("IPv6"))
}

fn is_free(subnet: &Subnet, taken: &[Subnet]) -> bool {
    !taken.iter().any(|other| subnet.overlaps(other))
}

fn pool(subnet: &Subnet) -> IpamPool {
    IpamPool { subnet: subnet.to_string(), gateway: subnet.gateway().to_string(), ..IpamPool::default() }
}

fn exhausted(family: &str) -> Error {
    Error::NotFound(format!(
        "could not find an available, non-overlapping {family} address pool among the defaults to assign to the network"
    ))
}

#[cfg(test)]
mod tests {
    use super::{NetworkId, Subnet, free_ipv4, free_ipv6};

    #[test]
    fn dockers_pools_come_in_dockers_order_and_never_overlap() {
        let mut taken: Vec<Subnet> = Vec::new();
        for _ in 0..40 {
            let pool = free_ipv4(&taken).unwrap();
            let subnet = Subnet::parse(&pool.subnet).unwrap();
            assert!(!taken.iter().any(|other| other.overlaps(&subnet)), "{subnet}");
            assert_eq!(pool.gateway, subnet.gateway().to_string());
            taken.push(subnet);
        }
        let text = |index: usize| taken[index].to_string();
        assert_eq!((text(0), text(1), text(14)), ("172.17.0.0/16".to_owned(), "172.18.0.0/16".to_owned(), "172.31.0.0/16".to_owned()));
        assert_eq!((text(15), text(30), text(31)), ("192.168.0.0/20".to_owned(), "192.168.240.0/20".to_owned(), "10.0.0.0/24".to_owned()));
    }

    #[test]
    fn what_a_client_took_is_left_out() {
        let taken = ["172.17.0.0/16", "172.18.3.0/24", "172.19.0.0/16"].map(|text| Subnet::parse(text).unwrap());
        assert_eq!(free_ipv4(&taken).unwrap().subnet, "172.20.0.0/16");
        let everything = ["0.0.0.0/0", "::/0"].map(|text| Subnet::parse(text).unwrap());
        assert!(free_ipv4(&everything).is_err());
        assert!(free_ipv6(&NetworkId::from_bytes([1; 32]), &everything).is_err());
    }

    #[test]
    fn ipv6_is_unique_and_local() {
        let pool = free_ipv6(&NetworkId::from_bytes([0xab; 32]), &[]).unwrap();
        assert_eq!((pool.subnet.as_str(), pool.gateway.as_str()), ("fdab:abab:abab:abab::/64", "fdab:abab:abab:abab::1"));
    }
}
