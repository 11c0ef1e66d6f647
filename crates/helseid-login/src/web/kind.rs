//! Whether a request wants a page or data, and how each is told what is missing.

use std::fmt::Write as _;

use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Map, Value, json};
use url::Url;

use super::demand::Missing;
use super::pages::{self, Details, Notice};
use super::site::Site;
use super::state::Shared;
use super::visit::Visit;

/// What a request wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Wants {
    /// A page, and where a login leads back to.
    Page(String),
    /// Data, for a script or another program.
    Data,
}

impl Wants {
    /// By what the browser says itself (`Sec-Fetch-Mode`); where it says nothing, by `Accept`.
    fn of(parts: &Parts, shared: &Shared) -> Self {
        let mode = text(&parts.headers, "sec-fetch-mode");
        let accepts = || text(&parts.headers, "accept").is_some_and(|accept| accept.contains("text/html"));
        if !mode.map_or_else(accepts, |mode| mode == "navigate") {
            return Self::Data;
        }
        match parts.method {
            Method::GET | Method::HEAD => {
                // Whatever of it was taken off on the way to the app's routes, the layer around them has seen it.
                let own = parts.extensions.get::<Visit>().map_or("/", Visit::path);
                Self::Page(shared.site.path(own))
            }
            // Nobody can be led back to a form that was sent; the page that it was on is next best.
            _ => {
                let page = text(&parts.headers, "referer").and_then(|page| Url::parse(page).ok());
                let page = page.map(|page| match page.query() {
                    Some(query) => format!("{}?{query}", page.path()),
                    None => page.path().to_owned(),
                });
                Self::Page(page.unwrap_or_else(|| shared.site.front().to_owned()))
            }
        }
    }
}

/// Sends someone who is not logged in to do so, with what is asked of the login: a page by a redirect, a call by 401.
pub(crate) fn log_in(parts: &Parts, asked: &[(&str, String)], shared: &Shared) -> Response {
    match Wants::of(parts, shared) {
        Wants::Page(path) => redirect(&login_address(&shared.site, &path, asked)),
        Wants::Data => login_required(shared),
    }
}

/// Tells a call that nobody is logged in.
pub(crate) fn login_required(shared: &Shared) -> Response {
    let fix = format!("Log in at {}.", shared.site.path("/login"));
    problem(StatusCode::UNAUTHORIZED, "login_required", "Nobody is logged in", &fix, None)
}

/// Tells what is missing: a page is sent to log in again where that helps, a call is told.
pub(crate) fn missing(parts: &Parts, what: &Missing, shared: &Shared) -> Response {
    let (asked, name, value) = match what {
        Missing::Level(level) => (Some(("level", level.name().to_owned())), "level", json!(level.name())),
        Missing::Recent(age) => {
            (Some(("max_age", age.as_secs().to_string())), "max_age", json!(age.as_secs()))
        }
        Missing::Approval(codes) => {
            (None, "hpr", codes.iter().map(|code| Value::from(code.as_str())).collect())
        }
        Missing::Organisation => (None, "organisation", json!(true)),
    };
    match (Wants::of(parts, shared), asked) {
        (Wants::Page(path), Some(asked)) => redirect(&login_address(&shared.site, &path, &[asked])),
        (Wants::Page(path), None) => match (what, &shared.organisation_page) {
            (Missing::Organisation, Some(page)) => redirect(page),
            (Missing::Organisation, None) => page(parts, Notice::NoOrganisation, &path, shared),
            _ => page(parts, Notice::NoApproval, &path, shared),
        },
        (Wants::Data, Some((asked, value_text))) => {
            let fix = format!("Log in again at {}?{asked}={value_text}.", shared.site.path("/login"));
            let missing = Map::from_iter([(name.to_owned(), value)]);
            problem(
                StatusCode::UNAUTHORIZED,
                "step_up_required",
                "Another login is needed",
                &fix,
                Some(missing),
            )
        }
        (Wants::Data, None) => {
            let said = if name == "hpr" { Notice::NoApproval } else { Notice::NoOrganisation }.said();
            let missing = Map::from_iter([(name.to_owned(), value)]);
            problem(said.status, "forbidden", said.title, said.next, Some(missing))
        }
    }
}

/// Tells what happened: by a page, or by a problem document.
pub(crate) fn tell(parts: &Parts, notice: Notice, shared: &Shared) -> Response {
    match Wants::of(parts, shared) {
        Wants::Page(path) => page(parts, notice, &path, shared),
        Wants::Data => {
            let said = notice.said();
            let kind = match notice {
                Notice::OtherSite => "other_site",
                Notice::Changed => "session_changed",
                Notice::Unavailable => "unavailable",
                _ => "refused",
            };
            problem(said.status, kind, said.title, said.next, None)
        }
    }
}

fn page(parts: &Parts, notice: Notice, path: &str, shared: &Shared) -> Response {
    let details = Details { return_to: Some(path), ..Details::default() };
    pages::notice(&parts.headers, notice, details, shared.frame())
}

/// A redirect that is followed by GET, and kept nowhere.
pub(crate) fn redirect(to: &str) -> Response {
    let headers = [
        (header::LOCATION, to),
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    (StatusCode::SEE_OTHER, headers).into_response()
}

/// The address at which a login begins that leads back to `path`.
pub(crate) fn login_address(site: &Site, path: &str, asked: &[(&str, String)]) -> String {
    let mut address = site.path("/login?return=");
    address.extend(url::form_urlencoded::byte_serialize(path.as_bytes()));
    for (name, value) in asked {
        let _ = write!(address, "&{name}={value}");
    }
    address
}

/// A problem document (RFC 9457): `kind` for programs, the rest for people.
pub(crate) fn problem(
    status: StatusCode,
    kind: &str,
    title: &str,
    fix: &str,
    missing: Option<Map<String, Value>>,
) -> Response {
    let mut document = json!({ "title": title, "status": status.as_u16(), "error": kind, "fix": fix });
    if let (Some(missing), Some(document)) = (missing, document.as_object_mut()) {
        document.insert("missing".to_owned(), Value::Object(missing));
    }
    let headers = [(header::CONTENT_TYPE, "application/problem+json"), (header::CACHE_CONTROL, "no-store")];
    (status, headers, document.to_string()).into_response()
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}
