//! For which hosts requests are taken over TCP. A web page whose name leads to this machine (DNS rebinding) is of another.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::header::HOST;
use http::request::Parts;
use http::{HeaderMap, StatusCode, Uri};

use super::peer::Peer;
use crate::refusal::Refusal;

/// The hosts that requests may be for, each as `HOST:PORT`.
#[derive(Debug, Clone, Default)]
pub(crate) struct Hosts(Vec<String>);

impl Hosts {
    /// The loopback names with the port of `address`, and those that are configured.
    pub(crate) fn of(address: SocketAddr, configured: &[String]) -> Self {
        let port = address.port();
        let loopback = ["localhost", "127.0.0.1", "[::1]"].map(|name| format!("{name}:{port}"));
        let configured = configured.iter().map(|host| host.to_ascii_lowercase());
        Self(loopback.into_iter().chain(configured).chain([address.to_string()]).collect())
    }

    /// Whether `Host`, which must be there once, and an absolute request target are both of the list.
    fn fit(&self, uri: &Uri, headers: &HeaderMap) -> bool {
        let mut hosts = headers.get_all(HOST).iter();
        let (Some(host), None) = (hosts.next(), hosts.next()) else { return false };
        let is_own = |text: &str| self.0.iter().any(|own| own.eq_ignore_ascii_case(text));
        let host = host.to_str().is_ok_and(is_own);
        host && uri.authority().is_none_or(|authority| is_own(authority.as_str()))
    }
}

/// Answers 421 to requests for another host. Over the Unix socket, which no browser reaches, any host is taken.
pub(crate) async fn require_own_host(
    State(hosts): State<Arc<Hosts>>,
    request: Request,
    next: Next,
) -> Response {
    let (parts, body) = request.into_parts();
    if is_for_us(&hosts, &parts) {
        return next.run(Request::from_parts(parts, body)).await;
    }
    let description = "the Host is not one of the sidecar's: name it in hosts of [sidecar], with its port";
    Refusal::new(StatusCode::MISDIRECTED_REQUEST, "misdirected_request", description).into_response()
}

fn is_for_us(hosts: &Hosts, parts: &Parts) -> bool {
    matches!(parts.extensions.get(), Some(Peer::Socket { .. })) || hosts.fit(&parts.uri, &parts.headers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(target: &str, hosts: &[&str]) -> bool {
        let own = Hosts::of(([127, 0, 0, 1], 8481).into(), &["sidecar.test:80".to_owned()]);
        let headers = hosts.iter().map(|host| (HOST, host.parse().unwrap())).collect();
        own.fit(&target.parse().unwrap(), &headers)
    }

    #[test]
    fn loopback_names_with_the_port_and_configured_hosts_fit() {
        for host in ["localhost:8481", "127.0.0.1:8481", "[::1]:8481", "LOCALHOST:8481", "sidecar.test:80"] {
            assert!(fits("/health", &[host]), "{host}");
        }
        assert!(fits("http://localhost:8481/health", &["localhost:8481"]));
    }

    #[test]
    fn over_a_socket_any_host_fits_and_over_tcp_a_known_one() {
        let hosts = Hosts::of(([127, 0, 0, 1], 8481).into(), &[]);
        let tcp = Peer::Tcp { address: std::net::Ipv4Addr::LOCALHOST.into() };
        for (peer, host, expected) in [
            (tcp, "localhost:8481", true),
            (tcp, "evil.example:8481", false),
            (Peer::Socket { uid: 7 }, "evil.example:8481", true),
        ] {
            let request = http::Request::builder().header(HOST, host).extension(peer).body(()).unwrap();
            assert_eq!(is_for_us(&hosts, &request.into_parts().0), expected, "{peer:?} {host}");
        }
        let unknown = http::Request::builder().header(HOST, "evil.example:8481").body(()).unwrap();
        assert!(!is_for_us(&hosts, &unknown.into_parts().0));
    }

    #[test]
    fn other_hosts_and_doubled_ones_do_not() {
        for hosts in [
            &[][..],
            &["evil.example:8481"],
            &["localhost"],
            &["localhost:80"],
            &["localhost:8481.evil.example"],
            &["localhost:8481", "localhost:8481"],
        ] {
            assert!(!fits("/health", hosts), "{hosts:?}");
        }
        assert!(!fits("http://evil.example/health", &["localhost:8481"]));
    }
}
