//! The app's own site: the address that people open it by, from which the names of its cookies follow.

use std::fmt;

use helseid_http::InsecureHosts;
use helseid_protocol::id::{ClientId, Issuer, is_loopback};
use helseid_protocol::jose::{base64url, crypto};
use helseid_protocol::login::{LocalPath, Site as LocalSite};
use helseid_protocol::rule::{Facts, Fault, Rule, Trail};
use url::Url;

/// The routes of the login itself, to which nobody is led after one.
const OWN_ROUTES: &[&str] = &[
    "/login",
    "/callback",
    "/logout",
    "/logged-out",
    "/session",
    "/backchannel-logout",
    "/frontchannel-logout",
];

/// The app's own site.
#[derive(Clone)]
pub(crate) struct Site {
    address: Url,
    origin: String,
    /// The path of the address, without a slash at its end: nothing for an app that has its host to itself.
    base: String,
    own_routes: Vec<String>,
    /// What the names of its cookies have in common, and no other app's on this host have.
    mark: String,
    is_https: bool,
}

/// Why an address is not one that people can be logged in at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum InvalidSite {
    /// No address.
    #[error("the public address is not a URL")]
    NotAnAddress,
    /// It has more than an origin and a path.
    #[error("the public address has more than scheme, host, port and path")]
    MoreThanAPath,
    /// Its path can be read in more than one way.
    #[error(
        "the path of the public address has other characters than letters, digits and -._~, or an empty part"
    )]
    OddPath,
    /// Anyone on the way could read the session.
    #[error("the public address is plain http on another host than this machine")]
    NotSecure,
}

impl Site {
    /// Takes the address that people open the app by: https, or http on loopback or on a host of `insecure`; with a path where a
    /// proxy serves the app under one.
    pub(crate) fn new(
        address: &str,
        insecure: &InsecureHosts,
        issuer: &Issuer,
        client: &ClientId,
    ) -> Result<Self, InvalidSite> {
        let url = Url::parse(address).map_err(|_| InvalidSite::NotAnAddress)?;
        let is_https = url.scheme() == "https";
        if !is_https && url.scheme() != "http" {
            return Err(InvalidSite::NotAnAddress);
        }
        let origin = url.origin().ascii_serialization();
        let only_path = url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none();
        if !only_path {
            return Err(InvalidSite::MoreThanAPath);
        }
        let base = url.path().strip_suffix('/').unwrap_or(url.path()).to_owned();
        if base.split('/').skip(1).any(|part| part.is_empty() || !part.bytes().all(is_plain)) {
            return Err(InvalidSite::OddPath);
        }
        if !is_https && !is_loopback(&url) && !insecure.may_send_to(&url) {
            return Err(InvalidSite::NotSecure);
        }
        let own =
            if base.is_empty() { format!("{issuer} {client}") } else { format!("{issuer} {client} {base}") };
        let mark = base64url::encode(crypto::sha256(own.as_bytes()).get(..6).unwrap_or_default());
        let own_routes = OWN_ROUTES.iter().map(|route| format!("{base}{route}")).collect();
        Ok(Self { address: url, origin, base, own_routes, mark, is_https })
    }

    /// As browsers send it in `Origin`.
    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }

    /// The path of its address, without a slash at its end.
    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    /// The path of the front page: that of the address, as it was given.
    pub(crate) fn front(&self) -> &str {
        self.address.path()
    }

    /// The path by which browsers open one of the app's routes.
    pub(crate) fn path(&self, route: &str) -> String {
        if route == "/" { self.front().to_owned() } else { format!("{}{route}", self.base) }
    }

    /// The address of one of the app's routes.
    pub(crate) fn at(&self, route: &str) -> String {
        format!("{}{}", self.origin, self.path(route))
    }

    /// Whether cookies are sent over https alone.
    pub(crate) const fn is_https(&self) -> bool {
        self.is_https
    }

    /// The name of a cookie. Under https it begins with `__Host-`, which no other host and no page of plain http can set; browsers
    /// refuse that on loopback. It follows from what the app was built with, never from a request.
    pub(crate) fn cookie_name(&self, kind: &str) -> String {
        let prefix = if self.is_https { "__Host-" } else { "" };
        format!("{prefix}helseid_{kind}_{}", self.mark)
    }

    /// Where a person may be led after a login (rule `login.return_to`): to a path below that of the address, as browsers have it.
    pub(crate) fn local_path(&self, text: &str, trail: &mut Trail) -> Result<LocalPath, Fault> {
        let own_routes: Vec<_> = self.own_routes.iter().map(String::as_str).collect();
        let path =
            LocalPath::parse(text, &LocalSite { address: &self.address, own_routes: &own_routes }, trail)?;
        let below = path.as_str().strip_prefix(&self.base);
        let is_below = below.is_some_and(|below| below.is_empty() || below.starts_with(['/', '?']));
        let found = || Facts::new("a path of this app", "a path of another app of this host");
        trail.require(Rule::LoginReturnTo, if is_below { Ok(path) } else { Err(found()) })
    }
}

/// What stands in a path as itself, however it is read.
const fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

impl fmt::Debug for Site {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_tuple("Site").field(&self.at("")).finish()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn site(address: &str) -> Result<Site, InvalidSite> {
        let issuer = Issuer::parse("https://sts.example").unwrap();
        let hosts = InsecureHosts::parse(&["web:3000".to_owned()]).unwrap();
        Site::new(address, &hosts, &issuer, &ClientId::parse("the-client").unwrap())
    }

    #[test]
    fn an_address_is_an_origin_that_nobody_else_reads_on_the_way() {
        for address in [
            "https://app.example",
            "https://app.example:8443/",
            "http://localhost:3000",
            "https://app.example/portal",
            "https://app.example/health/portal-2/",
        ] {
            assert!(site(address).is_ok(), "{address}");
        }
        assert!(site("http://web:3000").is_ok(), "a host that is named");
        for (address, why) in [
            ("app.example", InvalidSite::NotAnAddress),
            ("ftp://app.example", InvalidSite::NotAnAddress),
            ("http://app.example", InvalidSite::NotSecure),
            ("http://web:3001", InvalidSite::NotSecure),
            ("https://app.example/?a", InvalidSite::MoreThanAPath),
            ("https://app.example/portal?a", InvalidSite::MoreThanAPath),
            ("https://a@app.example", InvalidSite::MoreThanAPath),
            ("https://app.example//", InvalidSite::OddPath),
            ("https://app.example/a//b", InvalidSite::OddPath),
            ("https://app.example/%61", InvalidSite::OddPath),
            ("https://app.example/a;b", InvalidSite::OddPath),
        ] {
            assert_eq!(site(address).unwrap_err(), why, "{address}");
        }
    }

    #[test]
    fn a_cookies_name_follows_from_the_address_the_issuer_and_the_client() {
        let https = site("https://app.example").unwrap().cookie_name("session");
        let http = site("http://localhost:3000").unwrap().cookie_name("session");
        assert!(https.starts_with("__Host-helseid_session_"), "{https}");
        assert_eq!(https.strip_prefix("__Host-"), Some(&*http));
        let other = ClientId::parse("another-client").unwrap();
        let issuer = Issuer::parse("https://sts.example").unwrap();
        let none = InsecureHosts::default();
        let other = Site::new("http://localhost:3000", &none, &issuer, &other).unwrap();
        assert_ne!(other.cookie_name("session"), http, "two apps on one machine");
    }

    #[test]
    fn an_app_under_a_path_has_its_own_cookies_front_page_and_return_addresses() {
        for (address, front) in
            [("https://app.example/portal", "/portal"), ("https://app.example/portal/", "/portal/")]
        {
            let site = site(address).unwrap();
            assert_eq!((site.base(), site.front(), site.origin()), ("/portal", front, "https://app.example"));
            assert_eq!((site.path("/"), site.path("/me")), (front.to_owned(), "/portal/me".to_owned()));
            assert_eq!(site.at("/callback"), "https://app.example/portal/callback");
            for own in ["/portal", "/portal/", "/portal/me?a=b", "/portal?a", "/portal/x/../me"] {
                assert!(site.local_path(own, &mut Trail::new()).is_ok(), "{own}");
            }
            for other in
                ["/", "/me", "/portals", "/portal/../me", "/PORTAL/me", "/portal/logout", "/portal/login/x"]
            {
                let refused = site.local_path(other, &mut Trail::new()).unwrap_err();
                assert_eq!(refused.rule(), Rule::LoginReturnTo, "{other}");
            }
        }
        let alone = site("https://app.example").unwrap();
        assert_eq!((alone.base(), alone.front(), alone.path("/me")), ("", "/", "/me".to_owned()));
        assert_ne!(
            site("https://app.example/portal").unwrap().cookie_name("session"),
            alone.cookie_name("session")
        );
    }

    #[test]
    fn nobody_is_led_to_a_route_of_the_login() {
        let site = site("https://app.example").unwrap();
        for route in OWN_ROUTES {
            assert!(site.local_path(route, &mut Trail::new()).is_err(), "{route}");
        }
        assert!(site.local_path("/patients?of=me", &mut Trail::new()).is_ok());
    }
}
