//! From names to addresses. Names of the loopback lead there and nowhere else, whatever a resolver would say; all others are
//! asked of the system.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use helseid_protocol::id::is_loopback_name;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// Where a loopback name leads.
const LOOPBACK: [IpAddr; 2] = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];

/// The addresses of `host`, a name or an address.
pub(crate) async fn look_up(host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
    let ask = async || tokio::net::lookup_host((host, port)).await.map(Iterator::collect);
    known_or(host, port, ask).await
}

/// The addresses of a loopback name, else those that `ask` finds.
async fn known_or(
    host: &str,
    port: u16,
    ask: impl AsyncFnOnce() -> io::Result<Vec<SocketAddr>>,
) -> io::Result<Vec<SocketAddr>> {
    match is_loopback_name(host) {
        true => Ok(LOOPBACK.map(|address| SocketAddr::new(address, port)).into()),
        false => ask().await,
    }
}

/// The same for the HTTP client, which puts the port in its place.
pub(crate) struct Names;

impl Resolve for Names {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = look_up(name.as_str(), 0).await?;
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A resolver that leads every name to a stranger.
    async fn found(host: &str) -> Vec<String> {
        let elsewhere = SocketAddr::from(([203, 0, 113, 9], 80));
        let found = known_or(host, 80, async || Ok(vec![elsewhere])).await.unwrap();
        found.iter().map(ToString::to_string).collect()
    }

    #[tokio::test]
    async fn a_loopback_name_leads_to_loopback_whatever_the_resolver_says() {
        for host in ["localhost", "LOCALHOST", "api.localhost", "a.b.localhost."] {
            assert_eq!(found(host).await, ["127.0.0.1:80", "[::1]:80"], "{host}");
        }
        for host in ["localhost.example", "notlocalhost", "api.example"] {
            assert_eq!(found(host).await, ["203.0.113.9:80"], "{host}");
        }
    }
}
