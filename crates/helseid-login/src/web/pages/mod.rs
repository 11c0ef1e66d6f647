//! The pages for people, Norwegian and English, without scripts but one.

mod said;

use askama::Template;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use helseid_protocol::language::Language;

use super::language;

pub(crate) use said::{Notice, Said};

/// What all pages have around them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Frame<'a> {
    /// The path below which the app's routes are.
    pub(crate) base: &'a str,
    /// That of the front page.
    pub(crate) front: &'a str,
    /// The authority's origin.
    pub(crate) away: &'a str,
}

/// The page that asks whether to log in.
#[derive(Template)]
#[template(path = "start.html")]
struct StartPage<'a> {
    frame: Frame<'a>,
    language: Language,
    fields: &'a [(&'static str, String)],
}

/// The page that says what happened.
#[derive(Template)]
#[template(path = "notice.html")]
struct NoticePage<'a> {
    frame: Frame<'a>,
    language: Language,
    said: Said,
    reason: Option<&'a str>,
    return_to: Option<&'a str>,
    id: Option<&'a str>,
    /// Whether a button logs out.
    log_out: bool,
}

/// The page that sends the person on to HelseID to log out there.
#[derive(Template)]
#[template(path = "leaving.html")]
struct LeavingPage<'a> {
    frame: Frame<'a>,
    language: Language,
    action: &'a str,
    fields: &'a [(&'static str, &'a str)],
}

/// More about what happened.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Details<'a> {
    /// What the app says of it.
    pub(crate) reason: Option<&'a str>,
    /// Where another login leads.
    pub(crate) return_to: Option<&'a str>,
    /// Under which it is in the log.
    pub(crate) id: Option<&'a str>,
}

/// The page that asks whether to log in, since another site led here.
pub(crate) fn start(headers: &HeaderMap, fields: &[(&'static str, String)], frame: Frame<'_>) -> Response {
    let page = StartPage { frame, language: Language::accepted(headers), fields };
    answer(StatusCode::OK, &page, frame.away)
}

/// The page that says what happened.
pub(crate) fn notice(
    headers: &HeaderMap,
    notice: Notice,
    details: Details<'_>,
    frame: Frame<'_>,
) -> Response {
    let said = notice.said();
    let Details { reason, return_to, id } = details;
    let log_out = notice == Notice::LogoutFailed;
    let page =
        NoticePage { frame, language: Language::accepted(headers), said, reason, return_to, id, log_out };
    answer(said.status, &page, frame.away)
}

/// The page that sends `fields` to `action`, which is at the origin `frame.away`.
pub(crate) fn leaving(
    headers: &HeaderMap,
    action: &str,
    fields: &[(&'static str, &str)],
    frame: Frame<'_>,
) -> Response {
    let page = LeavingPage { frame, language: Language::accepted(headers), action, fields };
    answer(StatusCode::OK, &page, frame.away)
}

macro_rules! in_its_language {
    ($($page:ident)*) => { $(impl $page<'_> {
        fn t(&self, english: &'static str) -> &'static str {
            language::say(self.language, english)
        }
    })* };
}

in_its_language! { StartPage NoticePage LeavingPage }

/// A page as it goes out: never framed, kept nowhere, and with no sources but our own. `same-origin` and not `no-referrer`, with
/// which browsers send forms without an origin. A form leads here, or by redirects to HelseID and on to where people show who they
/// are: browsers hold these to the policy too, so it allows every https address, and `away`, HelseID's origin, where that is
/// plain http.
fn answer(status: StatusCode, page: &impl Template, away: &str) -> Response {
    let Ok(html) = page.render() else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; base-uri 'none'; \
         frame-ancestors 'none'; form-action 'self' https: {away}"
    );
    let policy =
        HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("default-src 'none'; sandbox"));
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
        (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
        (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
        (header::VARY, HeaderValue::from_static("accept-language")),
    ];
    (status, headers, html).into_response()
}

/// The files of the pages, which are the same for everyone.
pub(crate) fn asset(name: &str) -> Response {
    let (kind, content) = match name {
        "style.css" => ("text/css; charset=utf-8", include_str!("../../../assets/style.css")),
        "send.js" => ("text/javascript; charset=utf-8", include_str!("../../../assets/send.js")),
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "max-age=3600"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, content).into_response()
}
