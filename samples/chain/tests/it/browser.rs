//! A browser without a screen: it keeps cookies of the app and of HelseID, and fills in the page of persons.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use helseid_http::Outbound;
use tower::ServiceExt as _;
use url::Url;

use crate::world::SITE;

#[derive(Clone)]
pub(crate) struct Browser {
    app: Router,
    out: Arc<Outbound>,
    cookies: BTreeMap<String, String>,
    at_helseid: BTreeMap<String, String>,
}

/// What the app answered.
pub(crate) struct Page {
    pub(crate) status: StatusCode,
    pub(crate) location: String,
    pub(crate) html: String,
}

impl Page {
    /// The text of the element with this `data-testid`.
    pub(crate) fn text(&self, id: &str) -> &str {
        let mark = format!("data-testid=\"{id}\">");
        let rest = self.html.split_once(&mark).map(|(_, rest)| rest);
        rest.and_then(|rest| rest.split('<').next())
            .unwrap_or_else(|| panic!("{id} is not in {} {}", self.status, self.html))
    }
}

impl Browser {
    pub(crate) fn of(app: Router) -> Self {
        let out = Arc::new(Outbound::builder().build().unwrap());
        Self { app, out, cookies: BTreeMap::new(), at_helseid: BTreeMap::new() }
    }

    /// Opens a page of the app.
    pub(crate) async fn open(&mut self, path: &str) -> Page {
        self.send(Method::GET, path, "same-origin").await
    }

    /// Presses the button of a form of the app's.
    pub(crate) async fn post(&mut self, path: &str) -> Page {
        self.send(Method::POST, path, "same-origin").await
    }

    /// Opens the app's page, is sent to HelseID, logs in there, and comes back.
    pub(crate) async fn log_in(&mut self, person: &str) {
        let sent = self.open("/").await;
        let sent = if sent.location.starts_with("http") { sent } else { self.open(&sent.location).await };
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.html);
        let back = self.at_helseid(&sent.location, person).await;
        let come = self.send(Method::GET, &back, "cross-site").await;
        assert_eq!((come.status, &*come.location), (StatusCode::SEE_OTHER, "/"), "{}", come.html);
    }

    async fn send(&mut self, method: Method, path: &str, from: &str) -> Page {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "app.example")
            .header("cookie", joined(&self.cookies))
            .header("sec-fetch-site", from)
            .header("sec-fetch-mode", "navigate")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::empty())
            .unwrap();
        let (parts, body) = self.app.clone().oneshot(request).await.unwrap().into_parts();
        remember(&mut self.cookies, &parts.headers);
        let html = to_bytes(body, 1 << 20).await.unwrap();
        Page {
            status: parts.status,
            location: location(&parts.headers),
            html: String::from_utf8(html.to_vec()).unwrap(),
        }
    }

    /// The person is chosen on the page that HelseID shows: the app's path to come back to.
    async fn at_helseid(&mut self, address: &str, person: &str) -> String {
        let (_, html) = self.fetch(Method::GET, address, String::new()).await;
        let hidden = ["visit", "csrf", "state"].map(|name| (name, hidden_field(&html, name)));
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        let form = form.extend_pairs(hidden).append_pair("pid", person).finish();
        let page = Url::parse(address).unwrap().join("/login").unwrap();
        let (headers, html) = self.fetch(Method::POST, page.as_str(), form).await;
        let to = location(&headers);
        to.strip_prefix(SITE).unwrap_or_else(|| panic!("not to the app: {to} {html}")).to_owned()
    }

    async fn fetch(&mut self, method: Method, url: &str, form: String) -> (HeaderMap, String) {
        let request = Request::builder()
            .method(method)
            .uri(url)
            .header("cookie", joined(&self.at_helseid))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form.into_bytes())
            .unwrap();
        let (parts, body) = self.out.send(request, 1 << 20).await.unwrap().into_parts();
        remember(&mut self.at_helseid, &parts.headers);
        (parts.headers, String::from_utf8(body).unwrap())
    }
}

fn location(headers: &HeaderMap) -> String {
    headers.get(header::LOCATION).map_or("", |to| to.to_str().unwrap()).to_owned()
}

fn joined(cookies: &BTreeMap<String, String>) -> String {
    cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
}

fn remember(cookies: &mut BTreeMap<String, String>, headers: &HeaderMap) {
    for cookie in headers.get_all(header::SET_COOKIE) {
        let cookie = cookie.to_str().unwrap();
        let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
        match cookie.contains("Max-Age=0") {
            true => drop(cookies.remove(name)),
            false => drop(cookies.insert(name.to_owned(), value.to_owned())),
        }
    }
}

fn hidden_field(html: &str, name: &str) -> String {
    let (_, rest) =
        html.split_once(&format!("name=\"{name}\" value=\"")).unwrap_or_else(|| panic!("{name}: {html}"));
    rest.split('"').next().unwrap().replace("&#x2B;", "+")
}
