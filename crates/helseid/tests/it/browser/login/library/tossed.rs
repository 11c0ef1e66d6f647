//! Login CSRF: a sibling of the app's host puts a login of its own into somebody's browser, by a cookie for them all.

use std::time::Duration;

use axum::Router;
use axum::http::header::SET_COOKIE;
use axum::response::AppendHeaders;
use axum::routing::get;
use serde_json::{Value, json};

use super::super::sites::Site;
use super::place::Place;

/// A sibling of the app's host.
const SIBLING: &str = "evil.clinic.localhost";

pub(super) async fn a_login_that_a_sibling_put_into_the_browser_is_not_gone_on_with(place: &Place) {
    // The attacker's own login, up to the callback.
    place.stranger().await;
    place.open("/dashboard").await;
    let own = pending(place).await;
    let (name, value) = (own["name"].as_str().unwrap(), own["value"].as_str().unwrap());
    assert!(name.starts_with("__Host-"), "{name}");
    let kept = place.app.keep_the_next_callback();
    place.click("person-nurse").await;
    // The click is answered before the browser has followed where it leads.
    let query = tokio::time::timeout(Duration::from_secs(30), kept).await.expect("the callback").unwrap();
    let callback = place.at(&format!("/callback?{query}"));

    // Somebody else comes by the sibling, which sets it for all of them, with and without the prefix of the name.
    place.stranger().await;
    let plain = name.trim_start_matches("__Host-");
    let tossed = [name, plain].map(|name| format!("{name}={value}; Domain=clinic.localhost; Path=/; Secure"));
    place.browser.open(&sibling(tossed).await).await;
    let kept = cookies(place).await;
    let kept: Vec<_> = kept.iter().filter(|cookie| cookie["value"] == value).collect();
    assert_eq!(kept.len(), 1, "the browser keeps the one whose name promises nothing: {kept:?}");
    assert_eq!(kept[0]["name"], plain);
    place.browser.open(&callback).await;
    assert_eq!(place.text("title").await, "This login can no longer be completed");
    place.open("/").await;
    place.text("nobody").await;

    // It would have been a login.
    let cookie = json!({ "url": place.at("/"), "name": name, "value": value, "path": "/", "secure": true });
    place.browser.devtools("Network.setCookie", &cookie).await;
    place.browser.open(&callback).await;
    assert_eq!(place.text("who").await, "Livstrett Bever");
}

/// The cookie of the login that the browser has begun.
async fn pending(place: &Place) -> Value {
    let cookies = cookies(place).await;
    let mut pending = cookies.iter().filter(|cookie| cookie["name"].as_str().unwrap().contains("_login_"));
    pending.next().unwrap_or_else(|| panic!("{cookies:?}")).clone()
}

async fn cookies(place: &Place) -> Vec<Value> {
    let all = place.browser.devtools("Network.getAllCookies", &json!({})).await;
    all["cookies"].as_array().unwrap().clone()
}

/// A page of the sibling that sets these cookies.
async fn sibling(tossed: [String; 2]) -> String {
    let site = Site::new(SIBLING).await;
    let address = format!("{}/", site.origin());
    let page = get(async move || (AppendHeaders(tossed.map(|cookie| (SET_COOKIE, cookie))), "a page"));
    site.serve(Router::new().route("/", page));
    address
}
