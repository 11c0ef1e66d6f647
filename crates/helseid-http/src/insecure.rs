//! Hosts that http may go to though others could listen in.

use helseid_protocol::id::is_secure;
use url::{Host, Url};

use crate::error::{HttpError, HttpErrorKind};

/// Hosts that may be reached by http besides loopback, each named by whoever runs the program: `NAME` with any port, or
/// `NAME:PORT`. There are no patterns: each entry is one host.
///
/// ```
/// use helseid_http::InsecureHosts;
/// use url::Url;
///
/// let hosts = InsecureHosts::parse(["helseid:8480"])?;
/// assert!(hosts.may_send_to(&Url::parse("http://helseid:8480/connect/token")?));
/// // Each entry is one host, and one port if it names one.
/// assert!(!hosts.may_send_to(&Url::parse("http://helseid:8481/connect/token")?));
/// assert!(InsecureHosts::parse(["*.example"]).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct InsecureHosts(Vec<(String, Option<u16>)>);

impl InsecureHosts {
    /// Takes `NAME` and `NAME:PORT`; anything else is an error.
    pub fn parse<T: AsRef<str>>(hosts: impl IntoIterator<Item = T>) -> Result<Self, HttpError> {
        let wrong = |text: &str| {
            let why = format!("expected NAME or NAME:PORT, such as helseid:8480, got {text:?}");
            HttpError::new(HttpErrorKind::InsecureHost, "insecure_http", why)
        };
        let entry = |text: T| entry(text.as_ref().trim()).ok_or_else(|| wrong(text.as_ref()));
        hosts.into_iter().map(entry).collect::<Result<_, _>>().map(Self)
    }

    /// Whether `url` is https, or http to loopback or to one of these hosts.
    #[must_use]
    pub fn may_send_to(&self, url: &Url) -> bool {
        let named = |(host, port): &(String, Option<u16>)| {
            url.host_str().is_some_and(|name| name.trim_end_matches('.') == host)
                && port.is_none_or(|port| url.port_or_known_default() == Some(port))
        };
        is_secure(url) || (url.scheme() == "http" && self.0.iter().any(named))
    }

    /// The entry that would let http go to `url`, for people.
    #[must_use]
    pub fn entry_for(url: &Url) -> String {
        let host = url.host_str().unwrap_or_default();
        url.port_or_known_default().map_or(host.to_owned(), |port| format!("{host}:{port}"))
    }
}

fn entry(text: &str) -> Option<(String, Option<u16>)> {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => (host, Some(port.parse().ok()?)),
        // An address of IPv6 without brackets.
        Some(_) if !text.starts_with('[') => {
            return Some((format!("[{}]", text.parse::<std::net::Ipv6Addr>().ok()?), None));
        }
        _ => (text, None),
    };
    // A pattern would name more than one host.
    if host.contains('*') {
        return None;
    }
    let host = Host::parse(host.trim_end_matches('.')).ok()?;
    Some((host.to_string(), port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_names_one_host_with_one_port_or_any() {
        for (entry, named, other) in [
            ("helseid", "http://helseid:8480/", "http://helseid.example/"),
            ("helseid:8480", "http://HELSEID:8480/", "http://helseid:8481/"),
            ("helseid:80", "http://helseid/", "http://helseid:8480/"),
            ("Helseid.", "http://helseid./", "http://ahelseid/"),
            ("blåbær.example", "http://xn--blbr-roah.example/", "http://blabaer.example/"),
            ("10.0.0.1:80", "http://10.0.0.1/", "http://10.0.0.1:8080/"),
            ("[2001:db8::1]:80", "http://[2001:db8::1]/", "http://[2001:db8::1]:81/"),
            ("2001:DB8::1", "http://[2001:db8::1]:81/", "http://[2001:db8::2]/"),
        ] {
            let hosts = InsecureHosts::parse([entry]).unwrap();
            assert!(hosts.may_send_to(&named.parse().unwrap()), "{entry}: {named}");
            assert!(!hosts.may_send_to(&other.parse().unwrap()), "{entry}: {other}");
            assert!(!hosts.may_send_to(&named.replace("http", "ftp").parse().unwrap()));
        }
    }

    #[test]
    fn what_names_no_host_is_refused() {
        for entry in
            ["", "*", "*.example", "http://helseid:8480", "helseid:", "a:b", "a/b", "10.0.0.0/8", "a b"]
        {
            let why = InsecureHosts::parse([entry]).expect_err(entry).to_string();
            assert!(why.starts_with("insecure_http cannot be read: expected NAME or NAME:PORT"), "{why}");
        }
    }
}
