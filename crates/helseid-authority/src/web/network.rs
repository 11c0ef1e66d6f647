//! Addresses: who is counted as one, and networks that are trusted.

use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

use ipnet::IpNet;

/// A network such as `10.0.0.0/8`, or one address.
///
/// ```
/// use helseid_authority::{Config, Network};
///
/// let proxies: Vec<Network> = vec!["10.0.0.0/8".parse()?, "::1".parse()?];
/// let config = Config::in_memory().trusted_proxies(proxies);
/// # drop(config); Ok::<(), helseid_authority::InvalidNetwork>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network(IpNet);

/// The text is no network.
///
/// ```
/// use helseid_authority::{InvalidNetwork, Network};
///
/// let slip: Result<Network, InvalidNetwork> = "10.0.0.0/33".parse();
/// assert!(slip.is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a network such as 10.0.0.0/8, or an address")]
pub struct InvalidNetwork;

impl Network {
    /// Whether the address is in it.
    pub(crate) fn has(&self, address: IpAddr) -> bool {
        self.0.contains(&address)
    }
}

impl FromStr for Network {
    type Err = InvalidNetwork;

    fn from_str(text: &str) -> Result<Self, InvalidNetwork> {
        let network = text.parse::<IpNet>().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
        network.map(Self).map_err(|_| InvalidNetwork)
    }
}

/// The address under which a peer is counted: of IPv6 its network of 64 bits, in which one machine has as many addresses as it
/// likes.
pub(crate) fn counted_as(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) if !address.is_loopback() => {
            Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)).into()
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_are_read() {
        let network: Network = "10.0.0.0/8".parse().unwrap();
        assert!(network.has(IpAddr::from([10, 1, 2, 3])) && !network.has(IpAddr::from([11, 1, 2, 3])));
        assert!("10.0.0.1".parse::<Network>().unwrap().has(IpAddr::from([10, 0, 0, 1])));
        assert!("fd00::/8".parse::<Network>().is_ok());
        for wrong in ["", "10.0.0.0/33", "proxy", "10.0.0.0/8,10.1.0.0/16"] {
            assert_eq!(wrong.parse::<Network>(), Err(InvalidNetwork), "{wrong}");
        }
    }
}
