//! A request is pushed or brought, and answered once.

use helseid_authority::Config;
use helseid_protocol::rule::Profile;
use reqwest::StatusCode;
use url::Url;

use super::world::*;
use crate::json as read;

#[tokio::test]
async fn only_a_client_pushes() {
    let login = Login::new().await;
    let stray = login.form("/connect/par", &login.parameters()).send().await.unwrap();
    assert_eq!(stray.status(), StatusCode::BAD_REQUEST);
    assert_eq!(read(stray).await["error"], "invalid_client");
    let get = login.browser.get(login.desk.url("/connect/par")).send().await.unwrap();
    assert_eq!(get.status(), StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn without_a_test_person_the_page_asks_and_a_session_signs_in_afterwards() {
    let login = Login::new().await;
    let asking = with(login.parameters(), "test_pid", "");
    let name = login.pushed(asking.clone()).await;
    let page = login.visit_named(&name).await;
    assert_eq!(page.status(), StatusCode::OK);
    let cookies: Vec<_> = page
        .headers()
        .get_all("set-cookie")
        .iter()
        .map(|cookie| cookie.to_str().unwrap().to_owned())
        .collect();
    let html = page.text().await.unwrap();
    assert!(html.contains("person-doctor") && !html.contains("the state"), "{html}");
    let field = |name: &str| {
        let (_, rest) =
            html.split_once(&format!("name=\"{name}\" value=\"")).unwrap_or_else(|| panic!("{name}: {html}"));
        rest.split('"').next().unwrap().to_owned()
    };
    let form = [
        ("visit", field("visit")),
        ("csrf", field("csrf")),
        ("state", field("state")),
        ("pid", "nurse".to_owned()),
    ];
    let pairs: Vec<_> = cookies.iter().map(|cookie| cookie.split(';').next().unwrap()).collect();
    let answer = login.form("/login", &form).header("cookie", pairs.join("; ")).send().await.unwrap();
    let session: Vec<_> =
        answer.headers().get_all("set-cookie").iter().map(|c| c.to_str().unwrap()).collect();
    let session = session
        .iter()
        .find(|cookie| cookie.contains("session"))
        .unwrap()
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    let back = sent_back(&answer);
    let id = claims(&login.granted(&login.redemption(back.code()).await).await["id_token"]);
    assert_eq!(id["name"], "Livstrett Bever");

    // The next request is answered by the session, and one that asks for a new login is not.
    for (name, value, is_silent) in
        [("prompt", "none", true), ("prompt", "login", false), ("max_age", "0", false)]
    {
        let named = login.pushed(with(asking.clone(), name, value)).await;
        let query = [("client_id", "the-client"), ("request_uri", &*named)];
        let url = Url::parse_with_params(&login.desk.url("/connect/authorize"), query).unwrap();
        let visit = login.browser.get(url).header("host", login.host()).header("cookie", &session);
        let status = visit.send().await.unwrap().status();
        assert_eq!(status == StatusCode::SEE_OTHER, is_silent, "{name}={value}: {status}");
    }
    // Nobody is logged in here.
    let named = login.pushed(with(asking, "prompt", "none")).await;
    assert_eq!(sent_back(&login.visit_named(&named).await).get("error"), Some("login_required"));
}

#[tokio::test]
async fn a_client_without_par_brings_its_request_by_get_or_by_a_form() {
    let login = Login::with(Config::in_memory().profile(Profile::Legacy), |_| ()).await;
    let form = login.parameters();
    let query: Vec<_> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
    sent_back(&login.visit(&query).await);
    let posted = login.form("/connect/authorize", &form).send().await.unwrap();
    assert_eq!(posted.status(), StatusCode::SEE_OTHER);
    let location = posted.headers()["location"].to_str().unwrap().to_owned();
    assert!(
        location.contains("request_uri=") && !location.contains("state") && !location.contains(DOCTOR),
        "{location}"
    );
    let query = Url::parse(&location).unwrap().query().unwrap().to_owned();
    let url = format!("{}?{query}", login.desk.url("/connect/authorize"));
    let back = login.browser.get(url).header("host", login.host()).send().await.unwrap();
    assert_eq!(sent_back(&back).get("state"), Some("the state"));

    let login = Login::new().await;
    let query: Vec<_> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
    shows(login.visit(&query).await, "authorize.par").await;
}

#[tokio::test]
async fn an_answer_comes_by_a_form_where_the_client_asks_for_it() {
    let login = Login::new().await;
    let name = login.pushed(with(login.parameters(), "response_mode", "form_post")).await;
    let page = login.visit_named(&name).await;
    assert_eq!(page.status(), StatusCode::OK);
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.contains("form-action https://app.example"), "{policy}");
    let html = page.text().await.unwrap();
    for part in [
        &*format!("action=\"{CALLBACK}\""),
        "name=\"code\"",
        "name=\"state\" value=\"the state\"",
        "name=\"iss\"",
    ] {
        assert!(html.contains(part), "{part}: {html}");
    }
}

#[tokio::test]
async fn of_fifty_visits_with_one_request_uri_at_once_one_is_sent_back_with_a_code() {
    let login = std::sync::Arc::new(Login::new().await);
    let name = login.pushed(login.parameters()).await;
    let mut visits = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let (login, name) = (login.clone(), name.clone());
        visits.spawn(async move { login.visit_named(&name).await.status() });
    }
    let statuses = visits.join_all().await;
    assert_eq!(statuses.iter().filter(|status| **status == StatusCode::SEE_OTHER).count(), 1, "{statuses:?}");
}
