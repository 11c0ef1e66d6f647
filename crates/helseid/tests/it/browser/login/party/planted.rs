//! Pages with one thing wrong each: what looks at the authority's pages must find it here.

use axum::extract::Path;
use axum::http::header::{CONTENT_SECURITY_POLICY, REFERRER_POLICY};
use axum::response::{IntoResponse as _, Response};

use super::routes;

/// A number that no person of the authority has, and that is looked for as theirs are.
pub(in super::super) const PLANTED: &str = "13878199817";

pub(super) async fn page(Path(fault): Path<String>) -> Response {
    let policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; base-uri 'none'";
    let content = match &*fault {
        "policy" => "<p style='color: red'>A style of its own.</p>".to_owned(),
        "script" => "<script src=/planted/nothing.js></script>".to_owned(),
        "handler" => "<button onclick='go()'>Go</button>".to_owned(),
        "address" => format!("<a href='/failed?pid={PLANTED}' data-testid=go>Go</a>"),
        "contrast" => "<img src='data:,' width=9 height=9>".to_owned(),
        "wide" => "<table><tr><td><input size=300></table>".to_owned(),
        _ => String::new(),
    };
    let headers = [(CONTENT_SECURITY_POLICY, policy), (REFERRER_POLICY, "unsafe-url")];
    (headers, routes::page("Planted", &content)).into_response()
}
