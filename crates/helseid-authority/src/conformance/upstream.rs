//! The API that a session stands in front of, as an administrator names it.

use std::sync::Arc;

use helseid_admin_api::{SessionApi, SessionDemands, ShownCredentials};
use helseid_http::Outbound;
use helseid_protocol::address::Base;
use helseid_protocol::id::{Audience, Issuer, is_loopback};
use url::Url;

/// The API of a session, checked.
pub(crate) struct CheckedApi {
    /// The registered API that it is; all of them if none.
    pub(crate) audience: Option<Audience>,
    pub(crate) demands: SessionDemands,
    pub(crate) upstream: Option<Upstream>,
}

/// An API that a session stands in front of.
pub(crate) struct Upstream {
    /// Below this address is all that is called.
    pub(crate) base: Base,
    pub(crate) credentials: ShownCredentials,
    pub(crate) way: Arc<Outbound>,
}

/// What is to be a session's API cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum UnusableApi {
    /// The address is none of an API.
    #[error("the address of the API cannot be used: {0}")]
    Address(String),
    /// By http, others could read the tokens of the calls.
    #[error("the address of the API cannot be used: it is http, and not on loopback")]
    Insecure,
    /// It would call itself.
    #[error("the address of the API cannot be used: it is the authority's own")]
    Itself,
    /// The age of an attestation is none.
    #[error("an attestation may be from 1 to {} minutes old", SessionDemands::MAX_ATTESTATION_MINUTES)]
    AttestationAge,
}

impl UnusableApi {
    /// What to do about it.
    pub(super) const fn next(&self) -> &'static str {
        match self {
            Self::AttestationAge => "correct the number of minutes",
            Self::Address(_) | Self::Insecure | Self::Itself => {
                "use https, or http on loopback, and the base address of another API"
            }
        }
    }
}

impl CheckedApi {
    /// Checks what an administrator asks for. Calls leave the machine on `way` alone, which says where it leads; nothing is called that is
    /// at the origin of `issuer`.
    pub(super) fn of(asked: &SessionApi, way: &Arc<Outbound>, issuer: &Issuer) -> Result<Self, UnusableApi> {
        let SessionApi { upstream, credentials, audience, requires } = asked;
        let longest = SessionDemands::MAX_ATTESTATION_MINUTES;
        if requires.attestation_minutes.is_some_and(|minutes| !(1..=longest).contains(&minutes)) {
            return Err(UnusableApi::AttestationAge);
        }
        let upstream = match upstream {
            Some(text) => {
                let (base, way) = (checked(text, way, issuer)?, way.clone());
                Some(Upstream { base, credentials: *credentials, way })
            }
            None => None,
        };
        Ok(Self { audience: audience.clone(), demands: *requires, upstream })
    }
}

fn checked(text: &str, way: &Outbound, issuer: &Issuer) -> Result<Base, UnusableApi> {
    let base = Base::parse(text).map_err(UnusableApi::Address)?;
    let url = Url::parse(&base.as_text()).map_err(|why| UnusableApi::Address(why.to_string()))?;
    if !way.may_send_to(&url) {
        return Err(UnusableApi::Insecure);
    }
    let own = Url::parse(issuer.as_str());
    if own.is_ok_and(|own| is_same_server(&own, &url)) { Err(UnusableApi::Itself) } else { Ok(base) }
}

/// Whether both lead to the same port of the same host, which has several names on loopback.
fn is_same_server(one: &Url, other: &Url) -> bool {
    // With the root's dot it is the same name.
    let host = |url: &Url| url.host_str().map(|host| host.trim_end_matches('.').to_owned());
    let is_same_host = host(one) == host(other) || (is_loopback(one) && is_loopback(other));
    is_same_host && one.port_or_known_default() == other.port_or_known_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(upstream: &str, insecure: &[&str]) -> Result<String, UnusableApi> {
        let hosts = insecure.iter().map(|host| (*host).to_owned());
        let way = Arc::new(Outbound::builder().insecure_http(hosts).build().unwrap());
        let issuer = Issuer::parse("http://localhost:8480").unwrap();
        let asked = SessionApi { upstream: Some(upstream.to_owned()), ..SessionApi::default() };
        let api = CheckedApi::of(&asked, &way, &issuer)?;
        Ok(api.upstream.unwrap().base.as_text())
    }

    #[test]
    fn an_api_is_reached_by_https_or_on_loopback_or_where_the_way_says_so() {
        for (upstream, base) in [
            ("http://127.0.0.1:5000", "http://127.0.0.1:5000"),
            ("http://localhost:5000/fhir/", "http://localhost:5000/fhir"),
            ("https://api.example/v1", "https://api.example/v1"),
        ] {
            assert_eq!(checked(upstream, &[]), Ok(base.to_owned()));
        }
        assert_eq!(checked("http://api:5000", &[]), Err(UnusableApi::Insecure));
        assert!(checked("http://api:5000", &["api:5000"]).is_ok());
        assert_eq!(checked("http://api:5001", &["api:5000"]), Err(UnusableApi::Insecure));
    }

    #[test]
    fn no_api_is_the_authority_itself_nor_an_address_that_could_be_read_in_two_ways() {
        for itself in ["http://localhost:8480/x", "http://127.0.0.1:8480", "http://[::1]:8480/admin"] {
            assert_eq!(checked(itself, &[]), Err(UnusableApi::Itself), "{itself}");
        }
        for wrong in [
            "",
            "/api",
            "file:///etc/passwd",
            "https://u:p@api.example",
            "https://api.example/a?b",
            "https://api.example/a%2fb",
        ] {
            assert!(matches!(checked(wrong, &[]), Err(UnusableApi::Address(_))), "{wrong}");
        }
    }

    #[test]
    fn the_root_s_dot_makes_no_other_server() {
        let way = Arc::new(Outbound::builder().build().unwrap());
        let issuer = Issuer::parse("https://helseid.test.example").unwrap();
        for (upstream, is_own) in
            [("https://helseid.test.example./x", true), ("https://api.test.example.", false)]
        {
            let asked = SessionApi { upstream: Some(upstream.to_owned()), ..SessionApi::default() };
            let refused = CheckedApi::of(&asked, &way, &issuer).err();
            assert_eq!(refused, is_own.then_some(UnusableApi::Itself), "{upstream}");
        }
    }

    #[test]
    fn an_attestation_may_be_a_minute_to_a_day_old() {
        let way = Arc::new(Outbound::builder().build().unwrap());
        let issuer = Issuer::parse("http://localhost:8480").unwrap();
        for (minutes, holds) in [(0, false), (1, true), (1440, true), (1441, false)] {
            let requires = SessionDemands { attestation_minutes: Some(minutes), ..SessionDemands::default() };
            let asked = SessionApi { requires, ..SessionApi::default() };
            assert_eq!(CheckedApi::of(&asked, &way, &issuer).is_ok(), holds, "{minutes}");
        }
    }
}
