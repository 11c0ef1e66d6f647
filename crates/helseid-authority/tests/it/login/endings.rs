//! A session ends by the hint that names it, whatever the browser still has, and by GET and POST alone.

use reqwest::{Method, StatusCode};
use serde_json::Value;
use url::Url;

use super::world::*;

/// Whether its refresh token, and its access token at userinfo, are good no more.
async fn has_ended(login: &Login, tokens: &Value) {
    let refresh = login.refresh(tokens["refresh_token"].as_str().unwrap()).await;
    login.breaks("refresh.revoked", "invalid_grant", &refresh).await;
    let access = tokens["access_token"].as_str().unwrap();
    let info = login.desk.call(Method::GET, "/connect/userinfo", access).send().await.unwrap();
    assert_eq!(info.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_hint_ends_its_session_also_where_no_cookie_leads_to_it_any_more() {
    let login = with_logout().await;
    let good = |tokens: &Value| tokens["id_token"].as_str().unwrap().to_owned();
    // Without a page there never was a cookie.
    let code = login.code().await;
    let apart = login.granted(&login.redemption(&code).await).await;
    let answer = login.end(&[("id_token_hint", &good(&apart))], "").await;
    assert_eq!(answer.status(), StatusCode::OK);
    has_ended(&login, &apart).await;
    // The cookie is lost.
    let (lost, _) = by_page(&login).await;
    login.end(&[("id_token_hint", &good(&lost))], "").await;
    has_ended(&login, &lost).await;
    // The session was not used for more than an hour, and its refresh token is good for longer.
    let (idle, cookie) = by_page(&login).await;
    login.desk.forward(3601);
    let sent = login.refresh(idle["refresh_token"].as_str().unwrap()).await;
    let idle = login.granted(&sent).await;
    login.end(&[("id_token_hint", &good(&idle))], &cookie).await;
    has_ended(&login, &idle).await;
}

#[tokio::test]
async fn an_answer_of_yes_ends_the_session_of_the_hint_with_the_browsers() {
    let login = with_logout().await;
    let (other, _) = by_page(&login).await;
    let (own, cookie) = by_page(&login).await;
    let hint = [("id_token_hint", other["id_token"].as_str().unwrap())];
    let html = login.end(&hint, &cookie).await.text().await.unwrap();
    assert_eq!(
        login.desk.answer(&login.refresh(other["refresh_token"].as_str().unwrap()).await).await.0,
        200
    );
    let form =
        [("csrf", field(&html, "csrf")), ("state", field(&html, "state")), ("logout", "yes".to_owned())];
    login.form("/connect/endsession", &form).header("cookie", &cookie).send().await.unwrap();
    has_ended(&login, &own).await;
    has_ended(&login, &other).await;
}

#[tokio::test]
async fn only_get_and_post_end_a_session_or_answer_a_request() {
    let login = with_logout().await;
    let (tokens, cookie) = by_page(&login).await;
    let hint = [("id_token_hint", tokens["id_token"].as_str().unwrap())];
    let url = Url::parse_with_params(&login.desk.url("/connect/endsession"), hint).unwrap();
    for method in [Method::HEAD, Method::PUT, Method::DELETE] {
        let asked = login.browser.request(method.clone(), url.clone()).header("host", login.host());
        let answer = asked.header("cookie", &cookie).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{method}");
        let refresh = login.refresh(tokens["refresh_token"].as_str().unwrap()).await;
        assert_eq!(login.desk.answer(&refresh).await.0, StatusCode::OK, "{method} ended it");
    }
    let name = login.pushed(login.parameters()).await;
    let query = [("client_id", "the-client"), ("request_uri", &*name)];
    let url = Url::parse_with_params(&login.desk.url("/connect/authorize"), query).unwrap();
    for method in [Method::HEAD, Method::PUT, Method::DELETE] {
        let asked = login.browser.request(method.clone(), url.clone()).header("host", login.host());
        let status = asked.send().await.unwrap().status();
        assert!(status.is_client_error(), "{method}: {status}");
    }
    sent_back(&login.visit_named(&name).await);
}
