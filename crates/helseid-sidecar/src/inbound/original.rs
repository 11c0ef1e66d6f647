//! The request that a proxy asks about, by the headers of its kind alone: those of another kind are its caller's (threat B2).

use http::request::Parts;
use http::{HeaderMap, Method};

use crate::config::ProxyKind;

/// The method, and the path with its query, as the proxy was sent them.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Original {
    pub(super) method: Method,
    pub(super) target: String,
}

/// The proxy did not say what it should, or said it twice: its configuration is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected {0} once, from the proxy: see the guide, and the kind in proxy of the section")]
pub(super) struct Misconfigured(&'static str);

impl Original {
    /// Reads it; `rest` is what of the path follows the gate's name, as it was sent.
    pub(super) fn read(kind: ProxyKind, parts: &Parts, rest: &str) -> Result<Self, Misconfigured> {
        let (method, target) = match kind {
            ProxyKind::Nginx => ("x-original-method", "x-original-uri"),
            ProxyKind::Caddy | ProxyKind::Traefik => ("x-forwarded-method", "x-forwarded-uri"),
            ProxyKind::Envoy => return Self::of_envoy(parts, rest),
        };
        if !matches!(rest, "" | "/") {
            return Err(Misconfigured("the path /forward-auth/NAME and no more"));
        }
        let text = one(&parts.headers, method)?;
        let method = Method::from_bytes(text.as_bytes()).map_err(|_| Misconfigured(method))?;
        Ok(Self { method, target: one(&parts.headers, target)?.to_owned() })
    }

    /// Envoy asks with the method and the path of the request, behind a prefix.
    fn of_envoy(parts: &Parts, rest: &str) -> Result<Self, Misconfigured> {
        if !rest.starts_with('/') {
            return Err(Misconfigured("the path of the request behind path_prefix"));
        }
        let query = parts.uri.query().map(|query| format!("?{query}")).unwrap_or_default();
        Ok(Self { method: parts.method.clone(), target: format!("{rest}{query}") })
    }
}

/// The path that was asked for, where that alone matters: as the proxy was sent it, without its query.
pub(super) fn path_asked_for(kind: ProxyKind, parts: &Parts) -> Result<&str, Misconfigured> {
    let target = match kind {
        ProxyKind::Nginx => one(&parts.headers, "x-original-uri")?,
        ProxyKind::Caddy | ProxyKind::Traefik | ProxyKind::Envoy => one(&parts.headers, "x-forwarded-uri")?,
    };
    Ok(target.split('?').next().unwrap_or(target))
}

fn one<'a>(headers: &'a HeaderMap, name: &'static str) -> Result<&'a str, Misconfigured> {
    let mut values = headers.get_all(name).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return Err(Misconfigured(name)) };
    value.to_str().ok().filter(|text| !text.is_empty()).ok_or(Misconfigured(name))
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    const KINDS: [ProxyKind; 4] = [ProxyKind::Nginx, ProxyKind::Caddy, ProxyKind::Traefik, ProxyKind::Envoy];

    fn read(
        kind: ProxyKind,
        headers: &[(&str, &str)],
        rest: &str,
    ) -> Result<(String, String), Misconfigured> {
        let mut request = Request::post("/forward-auth/a?q=1");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (parts, ()) = request.body(()).unwrap().into_parts();
        Original::read(kind, &parts, rest).map(|read| (read.method.to_string(), read.target))
    }

    /// What a proxy of each kind sends, and what a caller sent under the names of the others.
    #[test]
    fn each_kind_is_believed_under_its_own_names_alone() {
        let nginx = [("x-original-method", "PUT"), ("x-original-uri", "/n?a=b")];
        let forwarded = [("x-forwarded-method", "DELETE"), ("x-forwarded-uri", "/f")];
        let both = [&nginx[..], &forwarded].concat();
        let is = |method: &str, target: &str| Ok((method.to_owned(), target.to_owned()));
        assert_eq!(read(ProxyKind::Nginx, &both, ""), is("PUT", "/n?a=b"));
        assert_eq!(read(ProxyKind::Caddy, &both, ""), is("DELETE", "/f"));
        assert_eq!(read(ProxyKind::Traefik, &both, "/"), is("DELETE", "/f"));
        assert_eq!(read(ProxyKind::Envoy, &both, "/e"), is("POST", "/e?q=1"));
        assert!(read(ProxyKind::Nginx, &forwarded, "").is_err());
        assert!(read(ProxyKind::Caddy, &nginx, "").is_err());
        assert!(read(ProxyKind::Envoy, &both, "").is_err());
        for kind in [ProxyKind::Nginx, ProxyKind::Caddy, ProxyKind::Traefik] {
            assert!(read(kind, &both, "/else").is_err(), "{kind:?}");
        }
    }

    #[test]
    fn a_header_that_is_missing_doubled_or_empty_is_a_wrong_configuration() {
        for kind in KINDS.into_iter().filter(|kind| *kind != ProxyKind::Envoy) {
            let (method, uri) = match kind {
                ProxyKind::Nginx => ("x-original-method", "x-original-uri"),
                _ => ("x-forwarded-method", "x-forwarded-uri"),
            };
            for headers in [
                &[][..],
                &[(method, "GET")],
                &[(uri, "/")],
                &[(method, "GET"), (uri, "/"), (uri, "/")],
                &[(method, "GET"), (method, "GET"), (uri, "/")],
                &[(method, ""), (uri, "/")],
                &[(method, "GET"), (uri, "")],
                &[(method, "G T"), (uri, "/")],
            ] {
                assert!(read(kind, headers, "").is_err(), "{kind:?} {headers:?}");
            }
        }
    }
}
