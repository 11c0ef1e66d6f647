//! Which API may be sent broken requests: one of this machine, or one whose host was named for it.

use helseid_client::Environment;
use helseid_protocol::id::{Issuer, is_loopback};
use url::Url;

use crate::failure::Failure;

/// Refuses an address elsewhere whose host `at` does not name, and any address with tokens of HelseID's production: a fault that
/// is let in there is a call that was carried out, with the data of real people.
pub(super) fn may_be_asked(url: &Url, at: Option<&str>, issuer: &Issuer) -> Result<(), Failure> {
    if issuer.as_str().trim_end_matches('/') == Environment::Production.issuer() {
        return Err(Failure::usage(
            "an API in production is not sent broken requests",
            format_args!("the issuer is {issuer}, HelseID itself, and a fault that is let in is carried out"),
            "check the same API in a test environment: --environment test, or local",
        ));
    }
    let host = url.host_str().unwrap_or_default();
    let with_port = format!("{host}:{}", url.port_or_known_default().unwrap_or_default());
    match at {
        Some(at) if at.eq_ignore_ascii_case(host) || at.eq_ignore_ascii_case(&with_port) => Ok(()),
        Some(at) => Err(Failure::usage(
            format_args!("{host} is not sent broken requests"),
            format_args!("--at names {at}, which is another host"),
            format_args!("name the host of the URL if the API is yours: --at {host}"),
        )),
        None if is_loopback(url) => Ok(()),
        None => Err(Failure::usage(
            format_args!("{host} is not sent broken requests"),
            "it is not this machine, and may be somebody else's",
            format_args!("if the API is yours, or its owner agrees: --at {host}"),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(url: &str, at: Option<&str>, issuer: &str) -> Result<(), String> {
        let (url, issuer) = (Url::parse(url).unwrap(), Issuer::parse(issuer).unwrap());
        may_be_asked(&url, at, &issuer).map_err(|why| why.to_string())
    }

    const TEST: &str = "https://helseid-sts.test.nhn.no";

    #[test]
    fn an_address_elsewhere_is_asked_only_by_its_very_name() {
        for here in ["http://localhost:5000/a", "http://127.0.0.1/a", "https://[::1]:8443/a"] {
            asked(here, None, TEST).unwrap();
        }
        let url = "https://api.example/a";
        assert!(asked(url, None, TEST).unwrap_err().contains("--at api.example"));
        asked(url, Some("API.example"), TEST).unwrap();
        asked(url, Some("api.example:443"), TEST).unwrap();
        for other in ["example", "api.example:8443", "api.example.evil", "", "localhost"] {
            assert!(asked(url, Some(other), TEST).unwrap_err().contains("another host"), "{other}");
        }
        // A host that is named counts also where none need be.
        assert!(asked("http://localhost:5000/a", Some("api.example"), TEST).is_err());
    }

    #[test]
    fn nobody_is_asked_with_tokens_of_production() {
        let production = Environment::Production.issuer();
        for issuer in [production.to_owned(), format!("{production}/")] {
            let said = asked("http://localhost:5000/a", Some("localhost"), &issuer).unwrap_err();
            assert!(said.contains("production"), "{said}");
        }
    }
}
