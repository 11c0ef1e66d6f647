//! Another program, under a name beside the authority's or on another port of its host: it sets cookies, and has a form that it posts
//! to the authority.

use axum::Router;
use axum::http::HeaderMap;
use axum::http::header::SET_COOKIE;
use axum::response::Html;

use super::sites::Site;

pub(super) struct Neighbour {
    origin: String,
}

impl Neighbour {
    /// Starts one at this host. Its page sets these cookies, and has a button that posts `fields` to `action`.
    pub(super) async fn start(host: &str, cookies: &[String], action: &str, fields: &[(&str, &str)]) -> Self {
        let site = Site::new(host).await;
        let origin = site.origin();
        let cookies: HeaderMap = cookies.iter().map(|cookie| (SET_COOKIE, cookie.parse().unwrap())).collect();
        let fields =
            fields.iter().map(|(name, value)| format!("<input type=hidden name={name} value='{value}'>"));
        let page = format!(
            "<!doctype html><title>A neighbour</title><link rel=icon href='data:,'>\
             <form method=post action='{action}'>{}<button data-testid=go>Go</button></form>",
            fields.collect::<String>()
        );
        site.serve(Router::new().fallback(async move || (cookies.clone(), Html(page.clone()))));
        Self { origin }
    }

    /// The address of its page.
    pub(super) fn page(&self) -> &str {
        &self.origin
    }
}
