//! Cookies: how one is set. How those of a request are read is the [protocol's](helseid_protocol::cookie).

mod pending;
mod sealed;

use std::time::Duration;

use axum::http::HeaderValue;

use super::site::Site;

pub(crate) use helseid_protocol::cookie::{only_value, pairs};
pub(crate) use pending::{Kept, PendingCookie, PendingCookies};
pub(crate) use sealed::{Happened, Restart, SealedCookies};

/// The header that sets a cookie: for scripts out of reach, for this host alone, and from other sites only with a link.
pub(crate) fn set(site: &Site, name: &str, value: &str, lifetime: Duration) -> Option<HeaderValue> {
    let (seconds, secure) = (lifetime.as_secs(), if site.is_https() { "; Secure" } else { "" });
    let cookie = format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly{secure}; SameSite=Lax");
    HeaderValue::from_str(&cookie).ok()
}

/// The header that sets a cookie for as long as the browser runs.
pub(crate) fn set_until_closed(site: &Site, name: &str, value: &str) -> Option<HeaderValue> {
    let secure = if site.is_https() { "; Secure" } else { "" };
    HeaderValue::from_str(&format!("{name}={value}; Path=/; HttpOnly{secure}; SameSite=Lax")).ok()
}

/// The header that makes a browser forget a cookie.
pub(crate) fn remove(site: &Site, name: &str) -> Option<HeaderValue> {
    set(site, name, "", Duration::ZERO)
}

#[cfg(test)]
mod tests {
    use super::super::site::tests::site;
    use super::*;

    #[test]
    fn a_cookie_is_for_this_host_and_out_of_the_reach_of_scripts() {
        let (https, http) = (site("https://a.example").unwrap(), site("http://localhost:3000").unwrap());
        let hour = Duration::from_secs(3600);
        assert_eq!(
            set(&https, "n", "v", hour).unwrap(),
            "n=v; Path=/; Max-Age=3600; HttpOnly; Secure; SameSite=Lax"
        );
        assert_eq!(set(&http, "n", "v", hour).unwrap(), "n=v; Path=/; Max-Age=3600; HttpOnly; SameSite=Lax");
        assert_eq!(
            set_until_closed(&https, "n", "v").unwrap(),
            "n=v; Path=/; HttpOnly; Secure; SameSite=Lax"
        );
        assert!(remove(&https, "n").unwrap().to_str().unwrap().starts_with("n=; Path=/; Max-Age=0;"));
        assert_eq!(set(&https, "n", "v\r\nset-cookie: a=b", hour), None);
    }
}
