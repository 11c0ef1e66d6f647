//! The one host to which browsers and logouts may be sent by http.

use std::fmt;
use std::str::FromStr;

use url::{Host, Url};

/// A host that clients' addresses may name with http though it is not on loopback, as between containers: `web` with any port, or
/// `web:3000`. Anyone on the network there can read and change what is sent.
///
/// ```
/// use helseid_authority::InsecureHost;
///
/// let with_any_port: InsecureHost = "web".parse()?;
/// let with_one: InsecureHost = "web:8080".parse()?;
/// assert_eq!(with_one.to_string(), "web:8080");
/// # drop(with_any_port); Ok::<(), helseid_authority::InvalidInsecureHost>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InsecureHost {
    host: String,
    port: Option<u16>,
}

/// The text is not one host.
///
/// ```
/// use helseid_authority::{InsecureHost, InvalidInsecureHost};
///
/// let url: Result<InsecureHost, InvalidInsecureHost> = "http://web/".parse();
/// assert!(url.is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected one host, NAME or NAME:PORT, such as web:3000")]
pub struct InvalidInsecureHost;

impl InsecureHost {
    /// Whether `url` leads there by http.
    pub(crate) fn covers(&self, url: &Url) -> bool {
        url.scheme() == "http"
            && url.host_str() == Some(&self.host)
            && self.port.is_none_or(|port| url.port_or_known_default() == Some(port))
    }
}

impl FromStr for InsecureHost {
    type Err = InvalidInsecureHost;

    fn from_str(text: &str) -> Result<Self, InvalidInsecureHost> {
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => {
                (host, Some(port.parse().map_err(|_| InvalidInsecureHost)?))
            }
            _ => (text, None),
        };
        let is_pattern = host.contains(['*', ',']);
        match Host::parse(host) {
            Ok(host) if !is_pattern => Ok(Self { host: host.to_string(), port }),
            _ => Err(InvalidInsecureHost),
        }
    }
}

impl fmt::Display for InsecureHost {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.port {
            Some(port) => write!(out, "{}:{port}", self.host),
            None => out.write_str(&self.host),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_host_is_covered_with_its_port_or_any_and_by_http_alone() {
        for (entry, covered, other) in [
            ("web:3000", "http://web:3000/callback", "http://web:3001/callback"),
            ("web", "http://WEB:1/", "http://web.example/"),
            ("web:80", "http://web/", "http://web:8080/"),
            ("10.0.0.1", "http://10.0.0.1:3000/", "http://10.0.0.2/"),
            ("[2001:db8::1]:3000", "http://[2001:db8::1]:3000/", "http://[2001:db8::1]/"),
            ("[2001:db8::1]", "http://[2001:db8::1]/", "https://[2001:db8::1]/"),
        ] {
            let host: InsecureHost = entry.parse().unwrap();
            assert_eq!(host.to_string(), entry);
            assert!(host.covers(&covered.parse().unwrap()), "{entry}: {covered}");
            assert!(!host.covers(&other.parse().unwrap()), "{entry}: {other}");
            assert!(!host.covers(&covered.replace("http:", "https:").parse().unwrap()), "{entry}");
        }
        for wrong in ["", "a b", "*.example", "http://web", "web:", "web:x", "web:99999", "a,b", "web/x"] {
            assert_eq!(wrong.parse::<InsecureHost>(), Err(InvalidInsecureHost), "{wrong}");
        }
    }
}
