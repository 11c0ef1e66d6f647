//! How often, how long and by whom a `request_uri` is used.

use reqwest::{Method, StatusCode};

use super::world::*;
use crate::login::world::*;

#[tokio::test]
async fn a_request_uri_may_be_visited_again_until_the_login_is_over() {
    let suite = Suite::new().await;
    let name = suite.login.pushed(with(suite.login.parameters(), "test_pid", "")).await;
    assert_eq!(suite.login.visit_named(&name).await.status(), StatusCode::OK);
    let page = suite.login.visit_named(&name).await;
    let cookies: Vec<_> = cookies(&page).iter().map(|cookie| first(cookie)).collect();
    let html = page.text().await.unwrap();
    let hidden = ["visit", "csrf", "state"].map(|name| (name, field(&html, name)));
    let form = [&hidden[..], &[("pid", "doctor".to_owned())]].concat();
    let answer = suite.login.form("/login", &form).header("cookie", cookies.join("; ")).send().await.unwrap();
    suite.login.granted(&suite.login.redemption(sent_back(&answer).code()).await).await;

    shows(suite.login.visit_named(&name).await, "authorize.request_uri_once").await;
}

#[tokio::test]
async fn a_request_uri_ends_with_the_time_that_it_was_given() {
    let suite = Suite::new().await;
    let (_, pushed) = suite.pushes(&suite.login.signed(suite.login.parameters())).await;
    assert_eq!(pushed["expires_in"], 300);
    suite.login.desk.forward(300);
    let name = pushed["request_uri"].as_str().unwrap();
    shows(suite.login.visit_named(name).await, "authorize.request_uri_expiry").await;
}

#[tokio::test]
async fn a_request_uri_is_of_the_client_that_pushed_it() {
    let suite = Suite::new().await;
    let name = suite.login.pushed(suite.login.parameters()).await;
    let query = [("client_id", SECOND), ("request_uri", &*name)];
    shows(suite.login.visit(&query).await, "authorize.request_uri_client").await;
}

#[tokio::test]
async fn a_request_is_pushed_by_post_alone() {
    let suite = Suite::new().await;
    for method in [Method::GET, Method::PUT] {
        let request = suite.login.browser.request(method.clone(), suite.login.desk.url("/connect/par"));
        assert_eq!(request.send().await.unwrap().status(), StatusCode::METHOD_NOT_ALLOWED, "{method}");
    }
}
