//! A session is ended, with all that follows from it.

use reqwest::StatusCode;
use url::Url;

use super::world::*;

#[tokio::test]
async fn a_hint_of_the_session_ends_it_with_all_that_follows_from_it() {
    let login = with_logout().await;
    let (tokens, cookie) = by_page(&login).await;
    let hint = tokens["id_token"].as_str().unwrap();
    login.desk.forward(3000);
    let query = [("id_token_hint", hint), ("post_logout_redirect_uri", SIGNED_OUT), ("state", "s &")];
    let answer = login.end(&query, &cookie).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    assert_eq!(answer.headers()["location"], format!("{SIGNED_OUT}?state=s+%26"));
    assert!(cookies(&answer).iter().any(|cookie| cookie.contains("Max-Age=0")));
    let refresh = login.refresh(tokens["refresh_token"].as_str().unwrap()).await;
    login.breaks("refresh.revoked", "invalid_grant", &refresh).await;
    let silent = login.pushed(with(with(login.parameters(), "test_pid", ""), "prompt", "none")).await;
    let url = Url::parse_with_params(
        &login.desk.url("/connect/authorize"),
        [("client_id", "the-client"), ("request_uri", &*silent)],
    )
    .unwrap();
    let visit =
        login.browser.get(url).header("host", login.host()).header("cookie", &cookie).send().await.unwrap();
    assert_eq!(sent_back(&visit).get("error"), Some("login_required"));
}

#[tokio::test]
async fn without_the_sessions_hint_a_page_asks_and_only_its_own_yes_ends_the_session() {
    let login = with_logout().await;
    let (tokens, cookie) = by_page(&login).await;
    let (others, _) = by_page(&login).await;
    let hint = others["id_token"].as_str().unwrap();
    let good = [("id_token_hint", hint), ("post_logout_redirect_uri", SIGNED_OUT)];
    for query in [
        &good[..],
        &[("post_logout_redirect_uri", SIGNED_OUT)],
        &[("id_token_hint", "nonsense"), ("post_logout_redirect_uri", SIGNED_OUT)],
        &[("id_token_hint", hint), ("post_logout_redirect_uri", "https://evil.example/")],
    ] {
        let page = login.end(query, &cookie).await;
        assert_eq!(page.status(), StatusCode::OK);
        let html = page.text().await.unwrap();
        assert!(
            html.contains("confirm-logout") && !html.contains(".eyJ") && !html.contains("evil"),
            "{html}"
        );
        let answer = async |csrf: &str, logout: &str| {
            let form =
                [("csrf", csrf.to_owned()), ("state", field(&html, "state")), ("logout", logout.to_owned())];
            login.form("/connect/endsession", &form).header("cookie", &cookie).send().await.unwrap()
        };
        shows(answer("forged", "yes").await, "end_session.confirm").await;
        let csrf = field(&html, "csrf");
        assert!(answer(&csrf, "no").await.text().await.unwrap().contains("still-logged-in"));
        let refresh = login.refresh(tokens["refresh_token"].as_str().unwrap()).await;
        assert_eq!(login.desk.answer(&refresh).await.0, StatusCode::OK, "nothing was ended");
    }
    // A form of another site comes without the cookie, and its browser comes back with it.
    let cross = login.form("/connect/endsession", &good.map(|(name, value)| (name, value.to_owned())));
    let cross = cross.send().await.unwrap();
    let location = cross.headers()["location"].to_str().unwrap();
    assert!(location.contains("?logout_request=") && !location.contains(".eyJ"), "{location}");
    let query = Url::parse(location).unwrap().query().unwrap().to_owned();
    let url = format!("{}?{query}", login.desk.url("/connect/endsession"));
    let page =
        login.browser.get(url).header("host", login.host()).header("cookie", &cookie).send().await.unwrap();
    assert!(page.text().await.unwrap().contains("confirm-logout"));

    let html = login.end(&good, &cookie).await.text().await.unwrap();
    let form =
        [("csrf", field(&html, "csrf")), ("state", field(&html, "state")), ("logout", "yes".to_owned())];
    let ended = login.form("/connect/endsession", &form).header("cookie", &cookie).send().await.unwrap();
    assert_eq!(ended.headers()["location"], SIGNED_OUT);
    let refresh = login.refresh(tokens["refresh_token"].as_str().unwrap()).await;
    assert_eq!(login.desk.answer(&refresh).await.1["error"], "invalid_grant");
    // Nobody is logged in any more, and the hint still leads back.
    assert_eq!(login.end(&good, &cookie).await.headers()["location"], SIGNED_OUT);
}
