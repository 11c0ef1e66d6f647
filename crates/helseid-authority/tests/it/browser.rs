//! A browser without a script, for the pages of the admin.

use helseid_authority::Running;
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, Response, StatusCode};

/// A browser without a script: it keeps the one cookie and follows nothing.
#[derive(Clone)]
pub(crate) struct Browser {
    pub(crate) http: Client,
    pub(crate) origin: String,
    /// What stands in the place of `/admin` once it is signed in.
    pub(crate) base: String,
    pub(crate) cookie: Option<String>,
}

/// What is for everyone, at the same address in each session.
const OPEN: [&str; 2] = ["/admin/sign-in", "/admin/assets"];

impl Browser {
    pub(crate) fn new(running: &Running) -> Self {
        let http = Client::builder().no_proxy().redirect(Policy::none()).build().unwrap();
        Self { http, origin: running.issuer().to_string(), base: "/admin".to_owned(), cookie: None }
    }

    pub(crate) async fn signed_in(running: &Running) -> Self {
        let mut browser = Self::new(running);
        let answer = browser.exchange(&code(running).await).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        answer.headers()["location"].to_str().unwrap().clone_into(&mut browser.base);
        let path = format!("Path={};", browser.base);
        let cookie = answer.headers()["set-cookie"].to_str().unwrap();
        for wanted in ["helseid_admin_", "HttpOnly", "SameSite=Strict", &path, "Max-Age=28800"] {
            assert!(cookie.contains(wanted), "{cookie}");
        }
        browser.cookie = cookie.split(';').next().map(str::to_owned);
        browser
    }

    pub(crate) fn with_cookie(&self, request: RequestBuilder) -> RequestBuilder {
        match &self.cookie {
            Some(cookie) => request.header("cookie", cookie),
            None => request,
        }
    }

    /// The address of a page that is called `/admin/…` here.
    pub(crate) fn url(&self, path: &str) -> String {
        match path.strip_prefix("/admin") {
            Some(rest) if !OPEN.iter().any(|open| path.starts_with(open)) => {
                format!("{}{}{rest}", self.origin, self.base)
            }
            _ => format!("{}{path}", self.origin),
        }
    }

    /// Where an answer leads, by the same names.
    pub(crate) fn place(&self, answer: &Response) -> String {
        let place = answer.headers()["location"].to_str().unwrap();
        place.strip_prefix(&self.base).map_or(place.to_owned(), |rest| format!("/admin{rest}"))
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        self.with_cookie(self.http.get(self.url(path))).send().await.unwrap()
    }

    pub(crate) async fn text(&self, path: &str) -> String {
        let answer = self.get(path).await;
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        answer.text().await.unwrap()
    }

    /// A form, to be broken before it is sent.
    pub(crate) fn form(&self, path: &str, csrf: &str, fields: &[(&str, &str)]) -> RequestBuilder {
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        body.append_pair("csrf", csrf).extend_pairs(fields);
        let request = self.http.post(self.url(path)).body(body.finish());
        self.with_cookie(request.header("content-type", "application/x-www-form-urlencoded"))
    }

    pub(crate) async fn csrf(&self) -> String {
        let page = self.text("/admin").await;
        let (_, rest) = page.split_once("name=\"csrf\" value=\"").unwrap();
        rest.split('"').next().unwrap().to_owned()
    }

    pub(crate) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        let csrf = self.csrf().await;
        self.form(path, &csrf, fields).header("origin", &self.origin).send().await.unwrap()
    }

    /// Chooses Norwegian.
    pub(crate) async fn in_norwegian(mut self) -> Self {
        let chosen = self.post("/admin/language", &[("language", "nb")]).await;
        let cookie = chosen.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
        self.cookie = self.cookie.map(|session| format!("{session}; {cookie}"));
        self
    }

    pub(crate) async fn exchange(&self, code: &str) -> Response {
        let form = self.form("/admin/sign-in", "", &[("code", code)]);
        form.header("origin", &self.origin).send().await.unwrap()
    }
}

pub(crate) async fn code(running: &Running) -> String {
    let link = running.sign_in_link().await.unwrap();
    let (page, code) = link.split_once('#').unwrap();
    assert_eq!(page, running.issuer().at("/admin/sign-in"));
    code.to_owned()
}
