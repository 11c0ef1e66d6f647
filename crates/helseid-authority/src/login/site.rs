//! The issuer whose people log in, as its cookies, pages and secrets need it.

use helseid_protocol::id::Issuer;
use helseid_protocol::jose::crypto::MacKey;

use super::test_login::TestLogin;
use crate::issuer::ServedIssuer;
use crate::web::cookie::{CookiePolicy, SameSite, name_of_issuer};
use crate::web::origin::AllowedOrigins;

/// The issuer whose people log in.
#[derive(Debug)]
pub(crate) struct LoginSite {
    pub(crate) issuer: Issuer,
    /// The path of the issuer's name, without a slash at its end.
    pub(crate) path: String,
    /// Under which names its pages are served.
    pub(super) origins: AllowedOrigins,
    pub(super) test_login: TestLogin,
    /// What only the authority knows, and every replica of it.
    pub(super) key: MacKey,
    is_https: bool,
}

impl LoginSite {
    /// `secret` is what every replica knows; what is derived of it here is this issuer's alone.
    pub(crate) fn new(issuer: &ServedIssuer, secret: &MacKey, test_login: TestLogin) -> Self {
        let name = issuer.name.clone();
        Self {
            path: issuer.path(),
            origins: AllowedOrigins::of([&name]),
            test_login,
            key: MacKey::new(&secret.code(&[b"login", name.as_str().as_bytes()])),
            is_https: name.as_str().starts_with("https:"),
            issuer: name,
        }
    }

    /// The cookie of this name. Which name a browser is asked for follows from the issuer alone, never from a request: under
    /// https it begins with `__Host-`, which no other host and no page of plain http can set; on loopback browsers refuse that.
    pub(super) fn cookie(&self, kind: &str) -> CookiePolicy {
        let prefix = if self.is_https { "__Host-" } else { "" };
        CookiePolicy {
            name: name_of_issuer(&format!("{prefix}helseid_{kind}_"), &self.issuer),
            // All that `__Host-` allows; and the login begins and ends at other paths than it is answered at.
            path: "/".to_owned(),
            same_site: SameSite::Lax,
            secure: self.is_https,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    #[test]
    fn the_cookies_name_follows_from_the_issuer() {
        let header = |issuer: &str| {
            let site = crate::login::tests::site(issuer);
            site.cookie("session").set("v", Duration::from_secs(60)).unwrap().to_str().unwrap().to_owned()
        };
        let https = header("https://id.example/tenant");
        assert!(https.starts_with("__Host-helseid_session_"), "{https}");
        assert!(https.ends_with("=v; Path=/; Max-Age=60; SameSite=Lax; HttpOnly; Secure"), "{https}");
        let http = header("http://localhost:8480");
        assert!(http.starts_with("helseid_session_"), "{http}");
        assert!(http.ends_with("=v; Path=/; Max-Age=60; SameSite=Lax; HttpOnly"), "{http}");
    }
}
