//! What every page has around it, and how pages go out.

use ::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use askama::Template;
use axum::response::{IntoResponse as _, Response};
use helseid_protocol::visible::visible_lines;

use crate::login::site::LoginSite;
use crate::login::words::Words;
use crate::web::csp::{PagePolicy, hardened};
use crate::web::language::Language;

/// What a page has around it.
#[derive(Debug)]
pub(crate) struct Frame {
    /// The path of the issuer, which every address of a page begins with.
    pub(crate) path: String,
    pub(crate) issuer: String,
    pub(crate) language: Language,
}

impl Frame {
    pub(crate) fn new(site: &LoginSite, language: Language) -> Self {
        Self { path: site.path.clone(), issuer: site.issuer.to_string(), language }
    }

    /// A sentence in the page's language.
    pub(crate) fn t(&self, english: &'static str) -> &'static str {
        Words(english).say(self.language)
    }

    pub(crate) fn say(&self, words: &Words) -> &'static str {
        words.say(self.language)
    }

    pub(crate) fn is_norwegian(&self) -> bool {
        self.language == Language::Norwegian
    }
}

/// What a page tells others of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Referrer {
    /// Nothing.
    Never,
    /// Nothing, but to our own pages: a browser sends the form of a page that tells nobody without its origin.
    OwnForms,
}

/// A page as an answer, which nobody keeps and nobody frames.
pub(crate) fn answer(
    page: &impl Template,
    status: StatusCode,
    policy: PagePolicy,
    referrer: Referrer,
) -> Response {
    let html = match page.render() {
        // Names may have come before they were looked at.
        Ok(html) => visible_lines(&html).into_owned(),
        Err(why) => {
            tracing::error!(%why, "a page cannot be written");
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        }
    };
    let referrer = match referrer {
        Referrer::Never => "no-referrer",
        Referrer::OwnForms => "same-origin",
    };
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::REFERRER_POLICY, referrer),
        // An application may open the login in a window of its own, and hear from it when it is back at the application.
        (HeaderName::from_static("cross-origin-opener-policy"), "unsafe-none"),
    ];
    let headers = headers.map(|(name, value)| (name, HeaderValue::from_static(value)));
    hardened((status, headers, html).into_response(), policy)
}

/// Whether a program asks, which reads JSON, and not a browser.
pub(crate) fn wants_json(headers: &HeaderMap) -> bool {
    let accepts = |kind: &str| {
        let mut values = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
        values.any(|value| value.contains(kind))
    };
    accepts("application/json") && !accepts("text/html")
}
