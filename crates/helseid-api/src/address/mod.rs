//! The address under which a caller knows the resource: what `htu` must be (RFC 9449 section 4.3 (9)).
//!
//! A proof holds for one address. An API that believed any `Host` would take proofs that were made for others, so the
//! address is told, or a proxy that was told of says it, of hosts that were told.

mod forwarded;
mod proxies;

use axum::extract::OriginalUri;
use helseid_protocol::dpop::{InvalidTarget, Target};
use helseid_protocol::id::is_loopback;
use helseid_protocol::rule::{Facts, Fault, Rule};
use http::header::HOST;
use http::request::Parts;
use url::Url;

pub use forwarded::ForwardedHeader;
pub use proxies::{InvalidProxies, TrustedProxies};

/// What the API was told of its own address.
#[derive(Debug, Default)]
pub(crate) struct Address {
    /// The public addresses; the first is the API's own name.
    pub(crate) told: Vec<Target>,
    pub(crate) proxies: Option<TrustedProxies>,
}

impl Address {
    /// What `htu` may be for this request.
    pub(crate) fn targets(&self, parts: &Parts) -> Result<Vec<Target>, Fault> {
        // A router inside another cuts the path that it is nested under.
        let original = parts.extensions.get::<OriginalUri>();
        let path = original.map_or(parts.uri.path(), |OriginalUri(uri)| uri.path());
        if let Some(base) = self.proxies.as_ref().map(|proxies| proxies.address(parts)).transpose()?.flatten()
        {
            return Ok(vec![below(&base, path)?]);
        }
        match (self.told.is_empty(), &self.proxies) {
            (false, _) => {}
            (true, None) => return Ok(vec![below(&by_host(parts)?, path)?]),
            (true, Some(_)) => {
                let facts = Facts::new("the word of a trusted proxy on the address", "a request without it");
                return Err(Fault::new(Rule::DpopHtu, facts));
            }
        }
        self.told.iter().map(|base| below(base, path)).collect()
    }
}

/// The most bytes of a `Host` that are looked at: a name of 253 bytes (RFC 1035), and a port.
const MAX_HOST_BYTES: usize = 260;

fn below(base: &Target, path: &str) -> Result<Target, Fault> {
    Target::below(base, path).map_err(|why| unfit(&why))
}

fn unfit(why: &InvalidTarget) -> Fault {
    let got = format!("an invalid one: {why}");
    Fault::new(Rule::DpopHtu, Facts::new("a request to an address that htu can name", got))
}

/// For a service that is called by loopback names alone, where nobody else's proofs come from.
fn by_host(parts: &Parts) -> Result<Target, Fault> {
    let host = parts.headers.get(HOST).and_then(|value| value.to_str().ok());
    let host = parts.uri.authority().map(|authority| authority.as_str()).or(host);
    let host = host.filter(|host| host.len() <= MAX_HOST_BYTES);
    // What nearly every Host here is like need not be parsed as a URL.
    if let Some(target) = host.and_then(Target::on_loopback) {
        return Ok(target);
    }
    let url = host.and_then(|host| Url::parse(&format!("http://{host}")).ok()).filter(is_loopback);
    url.and_then(|url| Target::of_url(&url).ok()).ok_or_else(|| {
        let expected = "a Host on loopback, since this API was told no public address";
        Fault::new(Rule::DpopHtu, Facts::new(expected, host.unwrap_or("none")))
    })
}
