//! Where people may log in: whoever picks a person is that person, so that nobody does by mistake where others rely on it.

use helseid_protocol::id::{Issuer, is_loopback};
use url::{Host, Url};

/// The domain of the real HelseID. Nothing of it lets people be anyone.
const REAL: &str = "nhn.no";

/// Whether people may log in at an issuer, by the page or without one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TestLogin {
    /// They may.
    On,
    /// They may not, until it is allowed for the issuer's host by name.
    Off,
}

/// Why login cannot be allowed for a host.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum InvalidTestLogin {
    /// It is no host.
    #[error("test login is allowed for a host name or an address, without scheme, port and path")]
    NotHost,
    /// It is not the issuer's.
    #[error("test login is allowed for the issuer's own host, which is {issuer}, not {given}")]
    OtherHost {
        /// The issuer's.
        issuer: String,
        /// The one that was given.
        given: String,
    },
    /// It is HelseID's own.
    #[error("test login is never allowed below {REAL}, the domain of the real HelseID")]
    Real,
}

impl TestLogin {
    /// Whether people may log in at this issuer, where `allowed_at` is the host that the settings name.
    ///
    /// On loopback they always may. Elsewhere the host must be the issuer's own, of any letter case and with or without the dot
    /// at its end, and not below `nhn.no`.
    pub(crate) fn of(issuer: &Issuer, allowed_at: Option<&str>) -> Result<Self, InvalidTestLogin> {
        let url = Url::parse(issuer.as_str()).ok();
        let own = url.as_ref().and_then(Url::host).map(|host| plain(&host)).unwrap_or_default();
        if let Some(given) = allowed_at {
            let given = plain(&Host::parse(given).map_err(|_| InvalidTestLogin::NotHost)?);
            if given == REAL || given.ends_with(&format!(".{REAL}")) {
                return Err(InvalidTestLogin::Real);
            }
            if given != own {
                return Err(InvalidTestLogin::OtherHost { issuer: own, given });
            }
            return Ok(Self::On);
        }
        Ok(if url.as_ref().is_some_and(is_loopback) { Self::On } else { Self::Off })
    }

    /// Whether they may.
    pub(crate) fn is_on(self) -> bool {
        self == Self::On
    }
}

/// The host as it is compared: small letters, ASCII, no dot at its end.
fn plain<S: AsRef<str>>(host: &Host<S>) -> String {
    match host {
        Host::Domain(name) => name.as_ref().trim_end_matches('.').to_ascii_lowercase(),
        Host::Ipv4(address) => address.to_string(),
        Host::Ipv6(address) => format!("[{address}]"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(issuer: &str, allowed_at: Option<&str>) -> Result<TestLogin, InvalidTestLogin> {
        TestLogin::of(&Issuer::parse(issuer).unwrap(), allowed_at)
    }

    #[test]
    fn people_log_in_on_loopback_and_at_the_host_that_is_named_and_nowhere_else() {
        for issuer in ["http://localhost:8480", "https://127.0.0.1", "http://[::1]:8480/tenant"] {
            assert_eq!(of(issuer, None), Ok(TestLogin::On), "{issuer}");
        }
        for issuer in [
            "https://id.example",
            "http://localhost.example:8480",
            "http://10.0.0.1",
            "https://helseid-sts.nhn.no",
        ] {
            assert_eq!(of(issuer, None), Ok(TestLogin::Off), "{issuer}");
        }
        for (issuer, host) in [
            ("https://id.example:444/tenant", "id.example"),
            ("https://ID.example.", "id.EXAMPLE"),
            ("http://web:8480", "web"),
            ("http://[fd00::1]", "[fd00:0::1]"),
            ("https://10.0.0.1", "10.0.0.1"),
            ("http://localhost:8480", "localhost"),
        ] {
            assert_eq!(of(issuer, Some(host)), Ok(TestLogin::On), "{issuer} {host}");
        }
    }

    #[test]
    fn a_host_that_is_not_exactly_the_issuers_is_refused() {
        let other = |result| matches!(result, Err(InvalidTestLogin::OtherHost { .. }));
        for host in ["example", "a.id.example", "id.example.org", "xid.example", "localhost"] {
            assert!(other(of("https://id.example", Some(host))), "{host}");
        }
        assert!(other(of("http://localhost:8480", Some("id.example"))));
        for host in ["", "https://id.example", "id.example:443", "id.example/", "*", "*.example", "a b"] {
            let refused = of("https://id.example", Some(host));
            assert!(refused.is_err(), "{host:?}: {refused:?}");
        }
    }

    #[test]
    fn nothing_below_the_real_domain_is_ever_allowed() {
        for host in ["nhn.no", "helseid-sts.nhn.no", "HELSEID-STS.NHN.NO", "local.nhn.no.", "a.b.nhn.no"] {
            let issuer = format!("https://{host}");
            assert_eq!(of(&issuer, Some(host)), Err(InvalidTestLogin::Real), "{host}");
        }
        assert_eq!(of("https://my-nhn.no", Some("my-nhn.no")), Ok(TestLogin::On));
    }
}
