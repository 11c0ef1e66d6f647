//! Where the pages are: what is for everyone below `/admin`, all else below an address that is the session's own.
//!
//! Cookies know no port. A browser sends them to whatever answers on this host, on another port as well, where another
//! program or another user may listen; what bounds them is their path. So the path of a session's cookie has a part that
//! follows from the session's token: nobody can guess it, and no links but those of the session's own pages have it.

use ::http::Request;
use ::http::uri::{PathAndQuery, Uri};
use axum::body::Body;
use helseid_protocol::jose::{base64url, crypto};
use url::Url;

use super::super::service::hash;
use super::super::site::AdminSite;

/// What stands before the session's part.
pub(super) const SESSIONS: &str = "/s";

/// How many characters the session's part has: 132 bits.
const LENGTH: usize = 22;

/// The part of a request's address that is to be its session's, among its extensions.
#[derive(Debug, Clone)]
pub(super) struct SessionPart(String);

impl SessionPart {
    /// Whether it is the part of the session with this token.
    pub(super) fn is_of(&self, token: &str) -> bool {
        crypto::equal(self.0.as_bytes(), part(token).as_bytes())
    }
}

/// Where to sign in, and what pages look like: below the path of the issuer, unless the pages have an address of their own.
pub(super) fn root(site: &AdminSite) -> String {
    let path = Url::parse(site.address().as_str());
    let path = path.map_or(String::new(), |url| url.path().trim_end_matches('/').to_owned());
    format!("{path}/admin")
}

/// What the addresses of a session's pages begin with: the path of its cookie.
pub(super) fn of_session(site: &AdminSite, token: &str) -> String {
    format!("{}{SESSIONS}/{}", root(site), part(token))
}

fn part(token: &str) -> String {
    let mut part = base64url::encode(&hash(&format!("path {token}")));
    part.truncate(LENGTH);
    part
}

/// Takes the session's part off the front of a request's path.
pub(super) async fn enter(mut request: Request<Body>) -> Request<Body> {
    let path = request.uri().path().trim_start_matches('/');
    let (part, rest) = path.split_once('/').unwrap_or((path, ""));
    let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
    let (part, rest) = (SessionPart(part.to_owned()), PathAndQuery::try_from(format!("/{rest}{query}")));
    let mut parts = request.uri().clone().into_parts();
    parts.path_and_query = rest.ok();
    if let Ok(uri) = Uri::from_parts(parts) {
        *request.uri_mut() = uri;
        request.extensions_mut().insert(part);
    }
    request
}

/// The address if it is one of the pages that begin with `base`, as a browser reads it; nothing if it leads elsewhere.
pub(super) fn below(base: &str, address: &str) -> Option<String> {
    if address.contains(|character: char| character.is_control() || character == '\\') {
        return None;
    }
    let host = Url::parse("http://pages.invalid").ok()?;
    let url = host.join(address).ok()?;
    let rest = url.path().strip_prefix(base)?;
    let is_below = url.origin() == host.origin() && (rest.is_empty() || rest.starts_with('/'));
    is_below.then(|| url.query().map_or(url.path().to_owned(), |query| format!("{}?{query}", url.path())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_below_the_base_as_a_browser_reads_it_or_not_at_all() {
        let base = "/x/admin/s/part";
        let is = |address: &str| below(base, address);
        for same in ["", "/", "/clients", "/clients?search=a%20b&after=", "/clients/a%2Fb", "/clients/%2E.x"]
        {
            let address = format!("{base}{same}");
            assert_eq!(is(&address), Some(address));
        }
        assert_eq!(is("/x/admin/s/part/a/../b").as_deref(), Some("/x/admin/s/part/b"));
        for elsewhere in [
            "",
            "/",
            "/x/admin",
            "/x/admin/s/other/clients",
            "/x/admin/s/partial",
            "/x/admin/s/part/../../sign-in",
            "/x/admin/s/part/..",
            "/x/admin/s/part/%2e%2e/other",
            "/x/admin/s/part/.%2E/",
            "/x/admin/s/part/\\evil.example",
            "/x/admin/s/part\\..\\..",
            "/x/admin/s/part/\r\nset-cookie: a=b",
            "/x/admin/s/part/\t..",
            "//evil.example/x/admin/s/part/",
            "http://evil.example/x/admin/s/part/",
            "http:\\\\evil.example/x/admin/s/part",
            "https://pages.invalid/x/admin/s/part",
            "javascript:alert(1)//x/admin/s/part",
        ] {
            assert_eq!(is(elsewhere), None, "{elsewhere:?}");
        }
    }

    #[tokio::test]
    async fn the_sessions_part_is_taken_off_the_front_and_nothing_else() {
        for (sent, part, rest) in [
            ("/abc", "abc", "/"),
            ("/abc/", "abc", "/"),
            ("/abc/clients/a%2Fb?search=x%26y", "abc", "/clients/a%2Fb?search=x%26y"),
            ("/abc?done=added", "abc", "/?done=added"),
            ("/abc//clients", "abc", "//clients"),
            ("/", "", "/"),
        ] {
            let request = Request::builder().uri(sent).body(Body::empty()).unwrap();
            let entered = enter(request).await;
            assert_eq!(entered.uri().to_string(), rest, "{sent}");
            assert_eq!(entered.extensions().get::<SessionPart>().unwrap().0, part, "{sent}");
        }
    }

    #[test]
    fn a_part_is_of_one_token_and_tells_nothing_of_it() {
        let part = SessionPart(part("token"));
        assert!(part.is_of("token") && !part.is_of("another") && !part.is_of(""));
        assert_eq!(part.0.len(), LENGTH);
        assert!(!SessionPart(String::new()).is_of("token"));
    }
}
