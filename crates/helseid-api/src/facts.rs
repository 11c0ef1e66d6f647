//! The facts of a request by which its caller is verified.

use std::fmt;
use std::net::IpAddr;

use axum::extract::OriginalUri;
use http::request::Parts;
use http::{HeaderMap, Method};

/// The facts of a request by which its caller is verified: method, address, headers and peer. Of the headers, `Authorization`
/// and `DPoP` are read; those of proxies if [`TrustedProxies`](crate::TrustedProxies) were named; and `Host` by an API that was told
/// no public address.
///
/// ```
/// # use helseid_api::RequestFacts; use http::{HeaderMap, Method};
/// # let headers = HeaderMap::new();
/// // As a server sees it, below the public address of the API:
/// let facts = RequestFacts::new(&Method::GET, "/patients", &headers);
/// // As its caller sees it:
/// let facts = RequestFacts::at_url(&Method::GET, "https://api.example/patients", &headers);
/// ```
#[derive(Clone, Copy)]
pub struct RequestFacts<'a> {
    pub(crate) method: &'a Method,
    pub(crate) sent_to: SentTo<'a>,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) peer: Option<IpAddr>,
}

/// Where a request was sent to.
#[derive(Clone, Copy)]
pub(crate) enum SentTo<'a> {
    /// To this path, as the server sees it, and to this host if the request line names one.
    Path { path: &'a str, authority: Option<&'a str> },
    /// To this URL, as the caller sees it.
    Url(&'a str),
}

/// Shows neither headers, which hold the token and its proof, nor the address, whose query may name a person.
impl fmt::Debug for RequestFacts<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = out.debug_struct("RequestFacts");
        shown.field("method", self.method).field("peer", &self.peer).finish_non_exhaustive()
    }
}

impl<'a> RequestFacts<'a> {
    /// A request to `path`, as the server sees it: below the public address, or the one that a trusted proxy names. A query is
    /// not looked at.
    #[must_use]
    pub fn new(method: &'a Method, path: &'a str, headers: &'a HeaderMap) -> Self {
        let path = path.split(['?', '#']).next().unwrap_or_default();
        Self { method, sent_to: SentTo::Path { path, authority: None }, headers, peer: None }
    }

    /// A request to `url`, as its caller sees it, query or not: for gateways that know it. The request is refused (rule
    /// `dpop.htu`) unless the URL is below a public address of the API, or at a host of its trusted proxies; headers of proxies
    /// are not looked at.
    #[must_use]
    pub const fn at_url(method: &'a Method, url: &'a str, headers: &'a HeaderMap) -> Self {
        Self { method, sent_to: SentTo::Url(url), headers, peer: None }
    }

    /// The address of the peer that sent the request to the server: what a proxy says is believed from a trusted peer alone.
    #[must_use]
    pub const fn peer(mut self, peer: IpAddr) -> Self {
        self.peer = Some(peer);
        self
    }
}

/// The facts as the layer takes them. The peer is not among them.
impl<'a> From<&'a Parts> for RequestFacts<'a> {
    fn from(parts: &'a Parts) -> Self {
        // A router that is nested in another removes the prefix of the path.
        let original = parts.extensions.get::<OriginalUri>();
        let path = original.map_or(parts.uri.path(), |OriginalUri(uri)| uri.path());
        let authority = parts.uri.authority().map(|authority| authority.as_str());
        let sent_to = SentTo::Path { path, authority };
        Self { method: &parts.method, sent_to, headers: &parts.headers, peer: None }
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn facts_do_not_print_tokens_proofs_and_queries() {
        let mut headers = HeaderMap::new();
        headers.insert("authorization", HeaderValue::from_static("DPoP secret-token"));
        headers.insert("dpop", HeaderValue::from_static("secret-proof"));
        let shown =
            format!("{:?}", RequestFacts::at_url(&Method::GET, "https://api.example/?pid=secret", &headers));
        assert!(shown.contains("GET") && !shown.contains("secret"), "{shown}");
    }
}
