//! Trusted proxies, which tell the address that a request was sent to.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use helseid_protocol::dpop::Target;
use helseid_protocol::rule::{Facts, Fault, Rule};
use http::request::Parts;
use http::{Extensions, HeaderMap};
use ipnet::IpNet;

use super::forwarded::{self, ForwardedAddress, ForwardedHeader};

/// Proxies whose forwarding headers are believed, for the hosts that are named here. From other peers these headers are ignored.
///
/// ```
/// # use std::net::SocketAddr; use axum::extract::ConnectInfo;
/// use helseid_api::TrustedProxies;
///
/// let proxies = TrustedProxies::new(["10.0.0.0/8", "::1"], ["api.example", "*.clinics.example"], |extensions| {
///     extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip())
/// })?;
/// # Ok::<(), helseid_api::InvalidProxies>(())
/// ```
#[derive(Clone)]
pub struct TrustedProxies {
    networks: Vec<IpNet>,
    hosts: Vec<String>,
    peer: Arc<Peer>,
    header: ForwardedHeader,
    prefix: String,
}

type Peer = dyn Fn(&Extensions) -> Option<IpAddr> + Send + Sync;

/// Why trusted proxies cannot be configured.
///
/// ```
/// use helseid_api::{InvalidProxies, TrustedProxies};
///
/// let slip = TrustedProxies::new(["10.0.0.0/33"], ["api.example"], |_| None);
/// assert!(matches!(slip, Err(InvalidProxies::Network(text)) if text == "10.0.0.0/33"));
/// ```
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidProxies {
    /// Not an address or network.
    #[error("expected an address or a network such as 10.0.0.0/8, got {0:?}")]
    Network(String),
    /// Not the name of a host.
    #[error("expected a host such as api.example, or *.clinics.example, got {0:?}")]
    Host(String),
    /// No proxy, or no host.
    #[error("expected at least one network and one host")]
    Empty,
    /// Not a path.
    #[error("expected a path such as /v1, got {0:?}")]
    Prefix(String),
}

impl TrustedProxies {
    /// Believes requests whose peer is in `networks`, for `hosts` without a port, or with `*.` for every name below.
    /// `peer` tells who sent a request, by an extension that the server adds to it.
    pub fn new<'a>(
        networks: impl IntoIterator<Item = &'a str>,
        hosts: impl IntoIterator<Item = &'a str>,
        peer: impl Fn(&Extensions) -> Option<IpAddr> + Send + Sync + 'static,
    ) -> Result<Self, InvalidProxies> {
        let networks: Vec<_> = networks.into_iter().map(network).collect::<Result<_, _>>()?;
        let hosts: Vec<_> = hosts.into_iter().map(host).collect::<Result<_, _>>()?;
        if networks.is_empty() || hosts.is_empty() {
            return Err(InvalidProxies::Empty);
        }
        let header = ForwardedHeader::Forwarded;
        Ok(Self { networks, hosts, peer: Arc::new(peer), header, prefix: String::new() })
    }

    /// The header that the proxies set; `Forwarded` by default. The other is never read.
    #[must_use]
    pub const fn header(mut self, header: ForwardedHeader) -> Self {
        self.header = header;
        self
    }

    /// A path that the proxies remove, such as `/v1`.
    pub fn prefix(mut self, prefix: &str) -> Result<Self, InvalidProxies> {
        if !prefix.starts_with('/') || prefix.contains(['?', '#']) {
            return Err(InvalidProxies::Prefix(prefix.to_owned()));
        }
        self.prefix = prefix.trim_end_matches('/').to_owned();
        Ok(self)
    }

    /// The address that a trusted proxy says the request was sent to, without the request's own path. Nothing for a
    /// request of another sender, or without the header.
    pub fn address(&self, parts: &Parts) -> Result<Option<Target>, Fault> {
        self.address_for(self.peer(&parts.extensions), &parts.headers)
    }

    /// Who sent a request, by the server's extension.
    pub(crate) fn peer(&self, extensions: &Extensions) -> Option<IpAddr> {
        (self.peer)(extensions)
    }

    /// Whether the address is at one of the hosts.
    pub(super) fn knows(&self, address: &Target) -> bool {
        let name = name_of(address.as_str());
        self.hosts.iter().any(|own| host_fits(own, name))
    }

    pub(super) fn address_for(
        &self,
        peer: Option<IpAddr>,
        headers: &HeaderMap,
    ) -> Result<Option<Target>, Fault> {
        if !peer.is_some_and(|peer| self.trusts(peer)) {
            return Ok(None);
        }
        let asked = match self.header {
            ForwardedHeader::Forwarded => forwarded::standard(headers, |by| self.trusts(by)),
            ForwardedHeader::XForwarded => forwarded::x_forwarded(headers),
        };
        match asked.map_err(|facts| Fault::new(Rule::DpopHtu, facts))? {
            None => Ok(None),
            Some(asked) => self.target(&asked).map(Some).map_err(|facts| Fault::new(Rule::DpopHtu, facts)),
        }
    }

    fn target(&self, asked: &ForwardedAddress) -> Result<Target, Facts> {
        let (proto, host) = (asked.proto.to_ascii_lowercase(), &asked.host);
        if !matches!(proto.as_str(), "http" | "https") || host.contains(['/', '@', '?', '#', '\\']) {
            return Err(Facts::new("http or https and a host from the proxy", "something else"));
        }
        let prefix = asked.prefix.as_deref().unwrap_or(&self.prefix).trim_end_matches('/');
        let base = Target::parse(&format!("{proto}://{host}{prefix}"))
            .map_err(|why| Facts::new("an address from the proxy", why))?;
        if self.knows(&base) {
            Ok(base)
        } else {
            Err(Facts::new("a host of this API", name_of(base.as_str())))
        }
    }

    fn trusts(&self, peer: IpAddr) -> bool {
        // A peer over IPv4 on a socket of both kinds.
        let peer = peer.to_canonical();
        self.networks.iter().any(|network| network.contains(&peer))
    }
}

/// The host without its port, as it stands in a normal address.
fn name_of(base: &str) -> &str {
    let host = base.split_once("://").map_or(base, |(_, rest)| rest);
    let host = host.split('/').next().unwrap_or_default();
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

fn host_fits(own: &str, name: &str) -> bool {
    match own.strip_prefix('*') {
        // The dot stays: only names below match.
        Some(below) => name.len() > below.len() && name.ends_with(below),
        None => own == name,
    }
}

fn network(text: &str) -> Result<IpNet, InvalidProxies> {
    let address = || text.parse::<IpAddr>().map(IpNet::from);
    text.parse().or_else(|_| address()).map_err(|_| InvalidProxies::Network(text.to_owned()))
}

fn host(text: &str) -> Result<String, InvalidProxies> {
    let wrong = || InvalidProxies::Host(text.to_owned());
    let (star, name) = match text.strip_prefix("*.") {
        Some(name) => ("*.", name),
        None => ("", text),
    };
    let target = Target::parse(&format!("https://{name}/")).map_err(|_| wrong())?;
    let normal = name_of(target.as_str());
    // A port or a path would have no effect.
    let is_name =
        target.as_str() == format!("https://{normal}/") && !name.contains('/') && name_of(name) == name;
    if is_name && !normal.contains('*') { Ok(format!("{star}{normal}")) } else { Err(wrong()) }
}

impl fmt::Debug for TrustedProxies {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = out.debug_struct("TrustedProxies");
        shown.field("networks", &self.networks).field("hosts", &self.hosts).field("header", &self.header);
        shown.field("prefix", &self.prefix).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use http::Request;
    use proptest::prelude::*;

    use super::*;

    const OUTSIDE: [u8; 4] = [203, 0, 113, 9];

    /// Values that look like the real thing, with hosts that are told and hosts that are not.
    fn value() -> impl Strategy<Value = String> {
        let word = prop_oneof![
            Just("for=10.0.0.1;"),
            Just("for=203.0.113.9;"),
            Just("proto=https;"),
            Just("proto=http;"),
            Just("host=api.example"),
            Just("host=evil.example"),
            Just("host=\"a.clinics.example:8443\""),
            Just("host=\"api.example.evil.example\""),
            Just("host=\"evil.example\\\\@api.example\""),
            Just(", "),
            Just(";"),
            Just("https"),
            Just("api.example"),
            Just("evil.example:443"),
            Just("/v1/../.."),
            Just("/"),
            Just("443"),
        ];
        prop_oneof![proptest::collection::vec(word, 0..8).prop_map(|words| words.concat()), "[ -~]{0,40}"]
    }

    proptest! {
        #[test]
        fn an_address_is_of_a_trusted_sender_and_of_a_host_that_was_told(
            values in proptest::collection::vec((0..5_usize, value()), 0..6),
            standard in any::<bool>(),
            inside in any::<bool>(),
        ) {
            const NAMES: [&str; 5] =
                ["forwarded", "x-forwarded-proto", "x-forwarded-host", "x-forwarded-port", "x-forwarded-prefix"];
            let peer = move |_: &Extensions| Some(if inside { [10, 0, 0, 1].into() } else { OUTSIDE.into() });
            let proxies = TrustedProxies::new(["10.0.0.0/8"], ["api.example", "*.clinics.example"], peer).unwrap();
            let header = if standard { ForwardedHeader::Forwarded } else { ForwardedHeader::XForwarded };
            let mut request = Request::builder();
            for (name, value) in &values {
                request = request.header(NAMES[*name], value.trim());
            }
            let (parts, ()) = request.body(()).unwrap().into_parts();
            match proxies.header(header).address(&parts) {
                Ok(Some(address)) => {
                    prop_assert!(inside);
                    let name = name_of(address.as_str());
                    prop_assert!(name == "api.example" || name.ends_with(".clinics.example"), "{address}");
                    prop_assert!(address.as_str().starts_with("http"));
                }
                Ok(None) => {}
                Err(fault) => prop_assert!(inside, "{fault}"),
            }
        }
    }
}
