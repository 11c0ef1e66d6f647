//! Cookies: how one is set. How those of a request are read is the [protocol's](helseid_protocol::cookie).

use std::time::Duration;

use ::http::{HeaderMap, HeaderValue};
use helseid_protocol::cookie;
use helseid_protocol::id::Issuer;
use helseid_protocol::jose::{base64url, crypto};

/// From which pages a browser sends a cookie (RFC 6265bis section 5.4.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SameSite {
    /// From our own alone.
    Strict,
    /// Also when a link or a redirect of another site leads here: where a login begins at another site.
    Lax,
}

/// How a cookie is set. Scripts never read one of ours.
#[derive(Debug, Clone)]
pub(crate) struct CookiePolicy {
    pub(crate) name: String,
    /// Below which path a browser sends it: cookies know no port, so that this is all that bounds them on one host.
    pub(crate) path: String,
    pub(crate) same_site: SameSite,
    /// Whether a browser sends it over https alone.
    pub(crate) secure: bool,
}

impl CookiePolicy {
    /// The header that sets the cookie. Nothing if a value cannot stand in a header.
    pub(crate) fn set(&self, value: &str, lifetime: Duration) -> Option<HeaderValue> {
        let Self { name, path, same_site, secure } = self;
        let (seconds, secure) = (lifetime.as_secs(), if *secure { "; Secure" } else { "" });
        let cookie = format!(
            "{name}={value}; Path={path}; Max-Age={seconds}; SameSite={same_site:?}; HttpOnly{secure}"
        );
        HeaderValue::from_str(&cookie).ok()
    }

    /// The header that makes a browser forget the cookie.
    pub(crate) fn remove(&self) -> Option<HeaderValue> {
        self.set("", Duration::ZERO)
    }

    /// The values of this cookie in a request; there may be several, of other paths.
    pub(crate) fn values<'a>(&'a self, headers: &'a HeaderMap) -> impl Iterator<Item = &'a str> {
        cookie::values(headers, &self.name)
    }

    /// The value of this cookie, where a request has exactly one: of two, nobody knows which is ours.
    pub(crate) fn only_value<'a>(&'a self, headers: &'a HeaderMap) -> Option<&'a str> {
        cookie::only_value(headers, &self.name)
    }
}

/// A name that begins with `prefix` and is that of one issuer: cookies know no port, and several authorities may run on one
/// machine.
pub(crate) fn name_of_issuer(prefix: &str, issuer: &Issuer) -> String {
    let hash = crypto::sha256(issuer.as_str().as_bytes());
    format!("{prefix}{}", base64url::encode(&hash).get(..8).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(same_site: SameSite, secure: bool) -> CookiePolicy {
        CookiePolicy { name: "session".to_owned(), path: "/login".to_owned(), same_site, secure }
    }

    #[test]
    fn each_parameter_is_in_the_header() {
        let hour = Duration::from_secs(3600);
        assert_eq!(
            policy(SameSite::Strict, false).set("a", hour).unwrap(),
            "session=a; Path=/login; Max-Age=3600; SameSite=Strict; HttpOnly"
        );
        assert_eq!(
            policy(SameSite::Lax, true).set("a", hour).unwrap(),
            "session=a; Path=/login; Max-Age=3600; SameSite=Lax; HttpOnly; Secure"
        );
        let removed = policy(SameSite::Strict, false).remove().unwrap();
        assert!(removed.to_str().unwrap().starts_with("session=; Path=/login; Max-Age=0;"));
        assert_eq!(policy(SameSite::Strict, false).set("a\r\nset-cookie: b", hour), None);
    }

    #[test]
    fn two_issuers_have_two_names_with_one_prefix() {
        let name = |issuer| name_of_issuer("helseid_", &Issuer::parse(issuer).unwrap());
        assert_ne!(name("http://localhost:8480"), name("http://localhost:8481"));
        assert!(name("http://localhost:8480").starts_with("helseid_"));
        assert_eq!(name("http://localhost:8480").len(), "helseid_".len() + 8);
    }
}
