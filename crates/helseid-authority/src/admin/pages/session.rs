//! The session of a request to a page.

use std::time::Duration;

use ::http::Method;
use ::http::request::Parts;

use super::super::service::{ServiceError, TokenHash, hash};
use super::super::site::AdminSite;
use super::super::state::AdminState;
use super::paths::{self, SessionPart};
use super::translations;
use crate::web::cookie::{CookiePolicy, SameSite, name_of_issuer};
use crate::web::csrf::CsrfToken;
use crate::web::language::{self, Language};

/// The session of whoever sees a page.
#[derive(Debug, Clone)]
pub(super) struct AdminSession {
    pub(super) language: Language,
    /// What the addresses of the session's pages begin with.
    pub(super) base: String,
    /// The address of the page that is asked for; the first page's where something is changed.
    pub(super) here: String,
    /// The token of the session's forms.
    pub(super) csrf: CsrfToken,
    /// Under which the session is stored.
    pub(super) hash: TokenHash,
}

impl AdminSession {
    /// The session of a request's cookie; of a replica, with what the others had answered before.
    pub(super) async fn of(state: &AdminState, parts: &Parts) -> Result<Option<Self>, ServiceError> {
        let Some(part) = parts.extensions.get::<SessionPart>() else { return Ok(None) };
        let cookie = cookie(&state.site, String::new());
        // Of several cookies of this name, as other paths or versions have left them, the one of this address.
        let Some(token) = cookie.values(&parts.headers).find(|token| part.is_of(token)) else {
            return Ok(None);
        };
        if !state.sign_in.is_open(hash(token)).await? {
            return Ok(None);
        }
        state.registry.refresh_replica().await;
        let base = paths::of_session(&state.site, token);
        let here = match (&parts.method, parts.uri.path_and_query()) {
            (&Method::GET, Some(here)) => format!("{base}{here}"),
            _ => base.clone(),
        };
        let language = language::chosen(&parts.headers, translations::COOKIE);
        Ok(Some(Self { language, base, here, csrf: CsrfToken::new("form", token), hash: hash(token) }))
    }
}

/// The cookie with a session's token, for the pages below this path.
pub(super) fn cookie(site: &AdminSite, path: String) -> CookiePolicy {
    CookiePolicy {
        name: name_of_issuer("helseid_admin_", &site.issuer),
        path,
        same_site: SameSite::Strict,
        secure: is_https(site),
    }
}

/// The cookie with the chosen language. No secret, and sent where one signs in, too: its path is not the session's.
pub(super) fn language_cookie(site: &AdminSite) -> CookiePolicy {
    CookiePolicy {
        name: translations::COOKIE.to_owned(),
        path: paths::root(site),
        same_site: SameSite::Strict,
        secure: is_https(site),
    }
}

/// How long a browser keeps the chosen language: a year.
pub(super) const LANGUAGE_LIFETIME: Duration = Duration::from_secs(365 * 86_400);

fn is_https(site: &AdminSite) -> bool {
    site.address().as_str().starts_with("https:")
}
