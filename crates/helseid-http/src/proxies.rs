//! Which proxy a request goes through: the one reading of the environment, for requests and for whoever explains them.

use std::fmt;
use std::net::IpAddr;

use helseid_protocol::id::is_loopback;
use hyper_util::client::proxy::matcher::Matcher;
use url::{Host, Url};

use crate::error::{HttpError, HttpErrorKind};

/// The proxies that `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` name, in capitals or small letters; on macOS and
/// Windows the system's, where none of these names one.
pub(crate) struct Proxies {
    https: Option<Named>,
    http: Option<Named>,
    direct: Vec<Direct>,
    system: Option<Matcher>,
}

/// What one variable says.
struct Named {
    variable: &'static str,
    /// The proxy with what opens it, or what is wrong.
    proxy: Result<Url, String>,
}

impl Proxies {
    /// `variable` looks one up; an empty one counts as unset.
    pub(crate) fn read(variable: impl Fn(&str) -> Option<String>) -> Self {
        let said = |name: &&'static str| {
            let text = variable(name)?.trim().to_owned();
            (!text.is_empty()).then_some((*name, text))
        };
        let first = |names: &[&'static str]| {
            let (variable, text) = names.iter().find_map(said)?;
            Some(Named { variable, proxy: proxy(&text) })
        };
        // A CGI program has the header Proxy of a stranger's request in HTTP_PROXY.
        let is_cgi = variable("REQUEST_METHOD").is_some();
        let http: &[_] = match is_cgi {
            true => &["http_proxy", "ALL_PROXY", "all_proxy"],
            false => &["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"],
        };
        let (https, http) = (first(&["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]), first(http));
        let direct = ["NO_PROXY", "no_proxy"].iter().find_map(said).map(|(_, text)| text).unwrap_or_default();
        let entries = direct.split(|c: char| c == ',' || c.is_whitespace()).filter(|entry| !entry.is_empty());
        let system = (https.is_none() && http.is_none() && !is_cgi).then(Matcher::from_system);
        Self { https, http, direct: entries.filter_map(Direct::parse).collect(), system }
    }

    /// The proxy for `url`, with what opens it. Loopback is always reached directly.
    pub(crate) fn before(&self, url: &Url) -> Result<Option<Url>, HttpError> {
        if is_loopback(url) || self.direct.iter().any(|entry| entry.covers(url)) {
            return Ok(None);
        }
        if let Some(system) = &self.system {
            let uri: Option<http::Uri> = url.as_str().parse().ok();
            let found = uri.and_then(|uri| system.intercept(&uri));
            return Ok(found.and_then(|found| Url::parse(&found.uri().to_string()).ok()));
        }
        let named = if url.scheme() == "https" { &self.https } else { &self.http };
        let Some(Named { variable, proxy }) = named else { return Ok(None) };
        let failed = |why: &String| HttpError::new(HttpErrorKind::Proxy, *variable, why);
        proxy.as_ref().map(|proxy| Some(proxy.clone())).map_err(failed)
    }
}

impl fmt::Debug for Proxies {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Proxies").finish_non_exhaustive()
    }
}

/// Reads `[http[s]://][USER:PASSWORD@]HOST[:PORT]`; the user may be `DOMAIN\NAME`. What is wrong is told without the value,
/// which may hold a password.
fn proxy(text: &str) -> Result<Url, String> {
    let form = "expected HOST:PORT or http://HOST:PORT";
    let (scheme, rest) = text.split_once("://").unwrap_or(("http", text));
    let scheme = scheme.to_ascii_lowercase();
    if !matches!(scheme.as_str(), "http" | "https") {
        return Err(format!("{form}; a proxy of another kind, such as SOCKS, is not supported"));
    }
    let (credentials, rest) = rest.rsplit_once('@').map_or((None, rest), |(own, rest)| (Some(own), rest));
    let host = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    let mut url = Url::parse(&format!("{scheme}://{host}")).map_err(|why| format!("{form}: {why}"))?;
    if let Some(credentials) = credentials {
        let (user, password) = credentials
            .split_once(':')
            .map_or((credentials, None), |(user, password)| (user, Some(password)));
        let set = url.set_username(user).and_then(|()| url.set_password(password));
        set.map_err(|()| format!("{form}; it has a user and no host"))?;
    }
    Ok(url)
}

/// An entry of `NO_PROXY`: what is reached directly.
#[derive(Debug, PartialEq, Eq)]
enum Direct {
    All,
    /// A name and all below it.
    Domain(String, Option<u16>),
    /// An address, or a network of so many leading bits.
    Network(IpAddr, u8, Option<u16>),
}

impl Direct {
    /// `*`, `NAME`, `.NAME`, `*.NAME`, an address or a network, each but the first with `:PORT` if wanted. What is none of
    /// these covers nothing.
    fn parse(entry: &str) -> Option<Self> {
        if entry == "*" {
            return Some(Self::All);
        }
        let (host, port) = match entry.rsplit_once(':') {
            // More than one colon is an address of IPv6.
            Some((host, port)) if !host.contains(':') || host.ends_with(']') => {
                (host, Some(port.parse().ok()?))
            }
            _ => (entry, None),
        };
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        if let Ok(address) = host.parse::<IpAddr>() {
            return Some(Self::Network(address, bits(address), port));
        }
        if let Some((network, length)) = host.split_once('/') {
            let (network, length) = (network.parse::<IpAddr>().ok()?, length.parse().ok()?);
            return (length <= bits(network)).then_some(Self::Network(network, length, port));
        }
        let name = host.strip_prefix('*').unwrap_or(host);
        let name = name.strip_prefix('.').unwrap_or(name).trim_end_matches('.');
        match Host::parse(name).ok()? {
            Host::Domain(name) => Some(Self::Domain(name, port)),
            _ => None,
        }
    }

    fn covers(&self, url: &Url) -> bool {
        let fits = |port: &Option<u16>| port.is_none_or(|port| url.port_or_known_default() == Some(port));
        match (self, url.host()) {
            (Self::All, _) => true,
            (Self::Domain(own, port), Some(Host::Domain(name))) => {
                let rest = name.trim_end_matches('.').strip_suffix(own.as_str());
                rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.')) && fits(port)
            }
            (Self::Network(own, length, port), Some(Host::Ipv4(address))) => {
                is_within(address.into(), *own, *length) && fits(port)
            }
            (Self::Network(own, length, port), Some(Host::Ipv6(address))) => {
                is_within(address.into(), *own, *length) && fits(port)
            }
            _ => false,
        }
    }
}

const fn bits(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

fn is_within(address: IpAddr, network: IpAddr, length: u8) -> bool {
    let number = |address: IpAddr| match address {
        IpAddr::V4(address) => u128::from(u32::from(address)),
        IpAddr::V6(address) => u128::from(address),
    };
    let rest = u32::from(bits(network).saturating_sub(length));
    let leading = |address| number(address).checked_shr(rest).unwrap_or(0);
    address.is_ipv4() == network.is_ipv4() && leading(address) == leading(network)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn before(variables: &[(&str, &str)], url: &str) -> Result<Option<String>, String> {
        let find = |name: &str| variables.iter().find(|(own, _)| *own == name).map(|(_, v)| (*v).to_owned());
        let found = Proxies::read(find).before(&url.parse().unwrap());
        found.map(|proxy| proxy.map(String::from)).map_err(|why| why.to_string())
    }

    #[test]
    fn a_proxy_is_read_with_and_without_scheme_and_with_what_opens_it() {
        for (value, read) in [
            ("proxy:3128", "http://proxy:3128/"),
            ("http://proxy:3128/", "http://proxy:3128/"),
            (" HTTPS://Proxy ", "https://proxy/"),
            ("127.0.0.1:3128", "http://127.0.0.1:3128/"),
            ("http://[::1]:3128", "http://[::1]:3128/"),
            ("http://user:p%40w@proxy:1", "http://user:p%40w@proxy:1/"),
            ("user:p@w/#@proxy:1", "http://user:p%40w%2F%23@proxy:1/"),
            (r"http://DOM\user:pw@proxy:1", "http://DOM%5Cuser:pw@proxy:1/"),
        ] {
            let found = before(&[("HTTPS_PROXY", value)], "https://sts.example/");
            assert_eq!(found, Ok(Some(read.to_owned())), "{value}");
        }
    }

    #[test]
    fn a_proxy_that_cannot_be_used_is_an_error_and_never_no_proxy_and_is_not_shown() {
        for value in ["socks5://user:secret@proxy:1", "http://user:secret@", "user:secret@proxy:none", "://"]
        {
            let why = before(&[("HTTPS_PROXY", value)], "https://sts.example/").expect_err(value);
            assert!(why.starts_with("HTTPS_PROXY cannot be read: expected HOST:PORT"), "{why}");
            assert!(!why.contains("secret"), "{why}");
            assert_eq!(before(&[("HTTPS_PROXY", value)], "http://api.example/"), Ok(None));
        }
    }

    #[test]
    fn each_scheme_has_its_variable_and_an_empty_one_is_unset() {
        let one = |variables: &[(&str, &str)], url: &str| before(variables, url).unwrap().is_some();
        let (plain, tls) = ("http://api.example/", "https://api.example/");
        assert!(one(&[("HTTP_PROXY", "p")], plain) && !one(&[("HTTP_PROXY", "p")], tls));
        assert!(one(&[("https_proxy", "p")], tls) && !one(&[("https_proxy", "p")], plain));
        assert!(one(&[("ALL_PROXY", "p")], plain) && one(&[("all_proxy", "p")], tls));
        assert!(one(&[("HTTPS_PROXY", ""), ("https_proxy", "p")], tls));
        let both = [("HTTPS_PROXY", "upper"), ("https_proxy", "lower"), ("ALL_PROXY", "all")];
        assert_eq!(before(&both, tls), Ok(Some("http://upper/".to_owned())));
        assert!(!one(&[("HTTP_PROXY", "p"), ("REQUEST_METHOD", "GET")], plain));
        for url in ["http://localhost:1/", "https://127.0.0.2/", "http://[::1]/", "http://a.localhost/"] {
            assert!(!one(&[("ALL_PROXY", "p")], url), "{url}");
        }
    }

    #[test]
    fn no_proxy_means_names_and_all_below_them_addresses_networks_and_ports() {
        for (entry, spared, other) in [
            ("knows.test", "knows.test", "only-the-proxy-knows.test"),
            (".knows.test", "a.knows.test", "aknows.test"),
            ("*.knows.test", "a.knows.test", "aknows.test"),
            ("a, KNOWS.test ,b", "knows.test.", "knows.test.example"),
            ("a knows.test", "knows.test:8443", "knows"),
            ("knows.test:8443", "a.knows.test:8443", "knows.test"),
            ("knows.test:443", "knows.test", "knows.test:8443"),
            ("blåbær.example", "xn--blbr-roah.example", "blabaer.example"),
            ("10.1.2.3", "10.1.2.3", "10.1.2.30"),
            ("10.0.0.0/8", "10.200.0.1", "11.0.0.1"),
            ("0.0.0.0/0", "192.0.2.1", "[2001:db8::1]"),
            ("2001:db8::/32", "[2001:db8::1]", "[2001:db9::1]"),
            ("[2001:db8::1]:8443", "[2001:db8::1]:8443", "[2001:db8::1]"),
            ("10.0.0.1:8443", "10.0.0.1:8443", "10.0.0.1"),
        ] {
            let is_proxied = |host: &str| {
                let variables = [("HTTPS_PROXY", "proxy"), ("NO_PROXY", entry)];
                before(&variables, &format!("https://{host}/")).unwrap().is_some()
            };
            assert!(!is_proxied(spared), "{entry} spares {spared}");
            assert!(is_proxied(other), "{entry} does not spare {other}");
        }
        let all = [("HTTPS_PROXY", "proxy"), ("NO_PROXY", "a, *")];
        assert_eq!(before(&all, "https://sts.example/"), Ok(None));
        for entry in ["10.0.0.0/33", "a:b", "", ":", "."] {
            assert!(
                !Direct::parse(entry).is_some_and(|own| own.covers(&"https://b.example/".parse().unwrap()))
            );
        }
    }
}
