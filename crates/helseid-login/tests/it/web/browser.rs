//! A browser whose cookies are kept by hand.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use helseid_http::Outbound;
use http::{HeaderMap, Method, Request, Response, StatusCode, header};
use serde_json::Value;
use tower::ServiceExt as _;
use url::Url;

use super::world::SITE;

/// A browser: what it remembers of the app and of the authority.
#[derive(Clone)]
pub(crate) struct Browser {
    app: Router,
    out: Arc<Outbound>,
    pub(crate) cookies: BTreeMap<String, String>,
    authority: BTreeMap<String, String>,
    pub(crate) language: &'static str,
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Browser {
    pub(crate) fn of(app: Router) -> Self {
        Self {
            app,
            out: Arc::new(Outbound::builder().build().unwrap()),
            cookies: BTreeMap::new(),
            authority: BTreeMap::new(),
            language: "en",
        }
    }

    /// A page of the app's own links to this one.
    pub(crate) async fn open(&mut self, path: &str) -> Answer {
        self.send(Method::GET, path, &[("sec-fetch-site", "same-origin"), ("sec-fetch-mode", "navigate")], "")
            .await
    }

    /// A page of another site links to this one, or redirects to it.
    pub(crate) async fn come_from_elsewhere(&mut self, path: &str) -> Answer {
        self.send(Method::GET, path, &[("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate")], "")
            .await
    }

    /// A script of the app's own page calls.
    pub(crate) async fn call(&mut self, path: &str) -> Answer {
        self.send(Method::GET, path, &[("sec-fetch-site", "same-origin"), ("sec-fetch-mode", "cors")], "")
            .await
    }

    /// A form of the app's own page is sent.
    pub(crate) async fn post(&mut self, path: &str, body: &str) -> Answer {
        let headers = [
            ("sec-fetch-site", "same-origin"),
            ("sec-fetch-mode", "navigate"),
            ("content-type", "application/x-www-form-urlencoded"),
        ];
        self.send(Method::POST, path, &headers, body).await
    }

    pub(crate) async fn send(
        &mut self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path).header("host", "app.example");
        request = request.header("accept-language", self.language).header("cookie", joined(&self.cookies));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = self.app.clone().oneshot(request.body(Body::from(body.to_owned())).unwrap()).await;
        let (parts, body) = response.unwrap().into_parts();
        remember(&mut self.cookies, &parts.headers);
        let body = to_bytes(body, 1 << 20).await.unwrap();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: String::from_utf8(body.to_vec()).unwrap(),
        }
    }

    /// Begins a login that leads to `path`: the authority's address.
    pub(crate) async fn begin(&mut self, path: &str) -> String {
        let answer = self.open(&format!("/login?return={path}")).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
        answer.location().to_owned()
    }

    /// The person is at the authority, and comes back: the app's path with the answer.
    pub(crate) async fn at_the_authority(&mut self, address: &str, person: &str) -> String {
        let page = self.fetch(Method::GET, address, &[]).await;
        if page.status().is_redirection() {
            return to_the_app(&page);
        }
        let html = String::from_utf8(page.into_body()).unwrap();
        let mut form: Vec<_> =
            ["visit", "csrf", "state"].map(|name| (name, field(&html, name))).into_iter().collect();
        let action = if person == "cancel" { ("action", "cancel") } else { ("pid", person) };
        form.push((action.0, action.1.to_owned()));
        let url = Url::parse(address).unwrap().join("/login").unwrap();
        to_the_app(&self.fetch(Method::POST, url.as_str(), &form).await)
    }

    /// A whole login, up to the answer of the callback.
    pub(crate) async fn log_in(&mut self, person: &str, path: &str) -> Answer {
        let address = self.begin(path).await;
        let back = self.at_the_authority(&address, person).await;
        self.come_from_elsewhere(&back).await
    }

    /// The form of the page that leads to a logout at the authority is sent, and followed: the app's path at its end.
    pub(crate) async fn log_out_at_the_authority(&mut self, page: &Answer) -> String {
        let fields = ["id_token_hint", "client_id", "post_logout_redirect_uri"];
        let form: Vec<_> = fields.map(|name| (name, field(&page.body, name))).into_iter().collect();
        let (_, action) = page.body.split_once("action=\"").unwrap();
        let action = action.split('"').next().unwrap().to_owned();
        let mut answer = self.fetch(Method::POST, &action, &form).await;
        for _ in 0..4 {
            let to = answer.headers().get(header::LOCATION).map(|to| to.to_str().unwrap().to_owned());
            match to {
                Some(to) if to.starts_with(SITE) => return to_the_app(&answer),
                Some(to) => answer = self.fetch(Method::GET, &to, &[]).await,
                None => break,
            }
        }
        panic!("a page of the authority: {}", String::from_utf8_lossy(answer.body()))
    }

    async fn fetch(&mut self, method: Method, url: &str, form: &[(&str, String)]) -> Response<Vec<u8>> {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let request = Request::builder()
            .method(method)
            .uri(url)
            .header("cookie", joined(&self.authority))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body.into_bytes())
            .unwrap();
        let answer = self.out.send(request, 1 << 20).await.unwrap();
        remember(&mut self.authority, answer.headers());
        answer
    }

    /// The name of the session's cookie, if the browser has one.
    pub(crate) fn session(&self) -> Option<&str> {
        let mut cookies = self.cookies.iter();
        cookies.find(|(name, _)| name.contains("_session_")).map(|(_, value)| &**value)
    }

    pub(crate) fn pending(&self) -> impl Iterator<Item = (&String, &String)> {
        self.cookies.iter().filter(|(name, _)| name.contains("_login_"))
    }
}

impl Answer {
    pub(crate) fn location(&self) -> &str {
        self.headers.get(header::LOCATION).map_or("", |to| to.to_str().unwrap())
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|why| panic!("{why}: {}", self.body))
    }
}

fn to_the_app(answer: &Response<Vec<u8>>) -> String {
    let to = answer.headers()[header::LOCATION].to_str().unwrap();
    to.strip_prefix(SITE).unwrap_or_else(|| panic!("not to the app: {to}")).to_owned()
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

fn field(html: &str, name: &str) -> String {
    let (_, rest) =
        html.split_once(&format!("name=\"{name}\" value=\"")).unwrap_or_else(|| panic!("{name}: {html}"));
    rest.split('"').next().unwrap().replace("&#x2B;", "+").to_owned()
}
