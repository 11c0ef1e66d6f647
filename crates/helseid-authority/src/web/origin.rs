//! The origins under which something is served, and requests that a page of another site made a browser send.

use ::http::{HeaderMap, StatusCode, header};
use helseid_protocol::id::{Issuer, LOOPBACK_HOSTS, is_loopback};
use helseid_protocol::secret::shown;
use url::Url;

use super::header::single;

/// The origins under which something is served.
#[derive(Debug, Clone)]
pub(crate) struct AllowedOrigins(Vec<String>);

/// Whether a request must say which page it comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OriginHeader {
    /// Programs send none, and browsers do: calls of an API.
    Optional,
    /// Only our own pages may send it: forms.
    Required,
}

/// Why a request is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum OriginError {
    /// It was sent to a host that is not one of ours.
    OtherHost {
        /// The hosts that are.
        allowed: Vec<String>,
        /// The `Host` of the request.
        host: String,
    },
    /// A page of another site made the browser send it.
    OtherSite {
        /// The origin that was expected.
        own: String,
    },
}

impl AllowedOrigins {
    /// The origins of these addresses; on loopback under its other names, too.
    pub(crate) fn of<'a>(addresses: impl IntoIterator<Item = &'a Issuer>) -> Self {
        let mut origins = Vec::new();
        for address in addresses {
            let Ok(mut url) = Url::parse(address.as_str()) else { continue };
            origins.push(url.origin().ascii_serialization());
            if !is_loopback(&url) {
                continue;
            }
            for name in LOOPBACK_HOSTS {
                if url.set_host(Some(name)).is_ok() {
                    origins.push(url.origin().ascii_serialization());
                }
            }
        }
        origins.dedup();
        Self(origins)
    }

    /// The origin that a request was sent to.
    ///
    /// DNS rebinding: a page whose host name leads to this machine sends its own name as `Host`.
    pub(crate) fn own(&self, headers: &HeaderMap) -> Result<&str, OriginError> {
        let host = single(headers, header::HOST).unwrap_or_default();
        let named = |origin: &&String| host_of(origin).eq_ignore_ascii_case(host);
        self.0.iter().find(named).map(String::as_str).ok_or_else(|| OriginError::OtherHost {
            allowed: self.0.iter().map(|origin| host_of(origin).to_owned()).collect(),
            host: shown(host).to_string(),
        })
    }

    /// Refuses a request that a page of another site made a browser send.
    pub(crate) fn check(&self, headers: &HeaderMap, required: OriginHeader) -> Result<(), OriginError> {
        let own = self.own(headers)?;
        if required == OriginHeader::Optional && !headers.contains_key(header::ORIGIN) {
            return Ok(());
        }
        match single(headers, header::ORIGIN) {
            Some(origin) if origin == own => Ok(()),
            _ => Err(OriginError::OtherSite { own: own.to_owned() }),
        }
    }
}

impl OriginError {
    pub(crate) const fn status(&self) -> StatusCode {
        match self {
            Self::OtherHost { .. } => StatusCode::MISDIRECTED_REQUEST,
            Self::OtherSite { .. } => StatusCode::FORBIDDEN,
        }
    }

    /// What failed.
    pub(crate) const fn title(&self) -> &'static str {
        match self {
            Self::OtherHost { .. } => "the request is for another host",
            Self::OtherSite { .. } => "the request comes from another site",
        }
    }

    /// Why.
    pub(crate) fn detail(&self) -> String {
        match self {
            Self::OtherHost { allowed, host } => {
                format!("expected the Host {}, got {host:?}", allowed.join(" or "))
            }
            Self::OtherSite { own } => format!("expected the Origin {own}"),
        }
    }
}

fn host_of(origin: &str) -> &str {
    origin.split_once("://").map_or(origin, |(_, host)| host)
}

#[cfg(test)]
mod tests {
    use OriginHeader::{Optional, Required};

    use super::*;

    fn allowed(addresses: &[&str]) -> AllowedOrigins {
        let issuers: Vec<_> = addresses.iter().map(|address| Issuer::parse(address).unwrap()).collect();
        AllowedOrigins::of(&issuers)
    }

    fn sent(host: &str, origins: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, host.parse().unwrap());
        for origin in origins {
            headers.append(header::ORIGIN, origin.parse().unwrap());
        }
        headers
    }

    #[test]
    fn the_host_must_be_one_of_ours() {
        let allowed = allowed(&["https://id.example/tenant", "http://localhost:8480"]);
        for host in ["id.example", "ID.example", "localhost:8480", "127.0.0.1:8480", "[::1]:8480"] {
            assert!(allowed.own(&sent(host, &[])).is_ok(), "{host}");
        }
        for host in ["rebound.example", "id.example:8480", "localhost", ""] {
            let refused = allowed.own(&sent(host, &[])).unwrap_err();
            assert_eq!(refused.status(), StatusCode::MISDIRECTED_REQUEST, "{host}");
        }
    }

    #[test]
    fn an_origin_is_that_of_the_host_or_it_is_refused() {
        let allowed = allowed(&["https://id.example", "http://localhost:8480"]);
        let own = "https://id.example";
        let other_site = Err(OriginError::OtherSite { own: own.to_owned() });
        for required in [Optional, Required] {
            assert_eq!(allowed.check(&sent("id.example", &[own]), required), Ok(()));
            for origins in
                [&["https://other.example"][..], &["null"], &["http://localhost:8480"], &[own, own]]
            {
                assert_eq!(allowed.check(&sent("id.example", origins), required), other_site, "{origins:?}");
            }
        }
        assert_eq!(allowed.check(&sent("id.example", &[]), Optional), Ok(()));
        assert_eq!(allowed.check(&sent("id.example", &[]), Required), other_site);
    }
}
