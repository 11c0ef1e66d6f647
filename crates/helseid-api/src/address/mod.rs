//! The address under which a caller knows the resource: what `htu` must be (RFC 9449 section 4.3 (9)).
//!
//! A proof holds for one address. An API that believed any `Host` would take proofs that were made for others, so the
//! public address is configured, or named by a trusted proxy, for hosts that are configured.

mod forwarded;
mod proxies;
#[cfg(test)]
mod tests;

use helseid_protocol::dpop::{InvalidTarget, Target};
use helseid_protocol::id::is_loopback;
use helseid_protocol::rule::{Facts, Fault, Rule};
use http::HeaderMap;
use http::header::HOST;
use url::Url;

pub use forwarded::ForwardedHeader;
pub use proxies::{InvalidProxies, TrustedProxies};

use crate::facts::{RequestFacts, SentTo};

/// What is configured of the API's own address.
#[derive(Debug, Default)]
pub(crate) struct Address {
    /// The public addresses; the first is the API's own name.
    pub(crate) told: Vec<Target>,
    pub(crate) proxies: Option<TrustedProxies>,
}

impl Address {
    /// What `htu` may be for this request.
    pub(crate) fn targets(&self, facts: &RequestFacts<'_>) -> Result<Vec<Target>, Fault> {
        let (path, authority) = match facts.sent_to {
            SentTo::Path { path, authority } => (path, authority),
            SentTo::Url(url) => return Ok(vec![self.own(url)?]),
        };
        let proxies = self.proxies.as_ref();
        let named = proxies.map(|proxies| proxies.address_for(facts.peer, facts.headers)).transpose()?;
        if let Some(base) = named.flatten() {
            return Ok(vec![below(&base, path)?]);
        }
        match (self.told.is_empty(), proxies) {
            (false, _) => {}
            (true, None) => return Ok(vec![below(&by_host(authority, facts.headers)?, path)?]),
            (true, Some(_)) => {
                let facts = Facts::new("an address named by a trusted proxy", "a request without one");
                return Err(Fault::new(Rule::DpopHtu, facts));
            }
        }
        self.told.iter().map(|base| below(base, path)).collect()
    }

    /// The address of this URL, if it is one of ours.
    fn own(&self, url: &str) -> Result<Target, Fault> {
        let target = Target::of_request(url).map_err(|why| unfit(&why))?;
        let is_below = |base: &Target| {
            let base = base.as_str().trim_end_matches('/');
            target.as_str().strip_prefix(base).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let is_own = match &self.proxies {
            Some(proxies) => proxies.knows(&target),
            None => self.told.is_empty() && Url::parse(target.as_str()).is_ok_and(|url| is_loopback(&url)),
        };
        if is_own || self.told.iter().any(is_below) {
            return Ok(target);
        }
        let expected = match self.told.first() {
            Some(own) => format!("an address below {own}"),
            None => "an address of this API".to_owned(),
        };
        // Its path may have a person's number in it.
        Err(Fault::new(Rule::DpopHtu, Facts::value(expected, format_args!("{}/…", target.origin()))))
    }
}

/// The most bytes of a `Host` that are looked at: a name of 253 bytes (RFC 1035), and a port.
const MAX_HOST_BYTES: usize = 260;

fn below(base: &Target, path: &str) -> Result<Target, Fault> {
    Target::below(base, path).map_err(|why| unfit(&why))
}

fn unfit(why: &InvalidTarget) -> Fault {
    let got = format!("an invalid one: {why}");
    Fault::new(Rule::DpopHtu, Facts::new("an address that htu can name", got))
}

/// For a service that is called by loopback names alone, to which nobody else's proofs come.
fn by_host(authority: Option<&str>, headers: &HeaderMap) -> Result<Target, Fault> {
    let host = headers.get(HOST).and_then(|value| value.to_str().ok());
    let host = authority.or(host);
    let host = host.filter(|host| host.len() <= MAX_HOST_BYTES);
    // What nearly every Host here is like need not be parsed as a URL.
    if let Some(target) = host.and_then(Target::on_loopback) {
        return Ok(target);
    }
    let url = host.and_then(|host| Url::parse(&format!("http://{host}")).ok()).filter(is_loopback);
    url.and_then(|url| Target::of_url(&url).ok()).ok_or_else(|| {
        let expected = "a Host on loopback, since this API has no public address";
        Fault::new(Rule::DpopHtu, Facts::new(expected, host.unwrap_or("none")))
    })
}
