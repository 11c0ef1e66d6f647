//! How sessions end: here, at the authority, and by their time.

use std::time::Duration;

use axum::body::Body;
use futures_util::StreamExt as _;
use helseid_login::{Decision, LoginBuilder};
use http::{Request, StatusCode};
use tower::ServiceExt as _;
use url::Url;

use super::browser::Browser;
use super::double::{Double, doctor};

#[tokio::test]
async fn a_session_that_ends_at_the_authority_ends_here() {
    let mut double = Double::new();
    double.log_in().await;
    let sid = double.sid().await;
    let other = double.authority.logout_form("another-session", |jwt| jwt.without_claim("sub"));
    assert_eq!(double.back_channel(other).await, StatusCode::OK);
    assert_eq!(double.browser.open("/").await.body, "known");
    let form = double.authority.logout_form(&sid, |jwt| jwt);
    for _ in 0..2 {
        assert_eq!(double.back_channel(form.clone()).await, StatusCode::OK, "a second time as well");
        assert_eq!(double.browser.open("/").await.body, "stranger");
    }
}

#[tokio::test]
async fn a_logout_token_that_breaks_a_rule_ends_nothing() {
    let mut double = Double::new();
    double.log_in().await;
    let sid = double.sid().await;
    let now = 1_790_000_000_i64;
    for (what, form) in [
        ("no token", String::new()),
        ("typ", double.authority.logout_form(&sid, |jwt| jwt.header("typ", "JWT"))),
        ("alg", double.authority.logout_form(&sid, |jwt| jwt.header("alg", "none"))),
        ("iss", double.authority.logout_form(&sid, |jwt| jwt.claim("iss", "https://another.example"))),
        ("aud", double.authority.logout_form(&sid, |jwt| jwt.claim("aud", "another"))),
        ("nonce", double.authority.logout_form(&sid, |jwt| jwt.claim("nonce", "a"))),
        ("exp", double.authority.logout_form(&sid, |jwt| jwt.claim("exp", now - 60))),
    ] {
        assert_eq!(double.back_channel(form).await, StatusCode::BAD_REQUEST, "{what}");
        assert_eq!(double.browser.open("/").await.body, "known", "{what}");
    }
    let long = format!("logout_token={}", "a".repeat(40_000));
    assert_eq!(double.back_channel(long).await, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn a_logout_that_overtakes_a_login_wins() {
    let mut double = Double::new();
    double.log_in().await;
    let sid = double.sid().await;
    // Of the person, not of one session: whoever authenticated by then is out.
    let form = double.authority.logout_form(&sid, |jwt| jwt.without_claim("sid"));
    let address = Url::parse(&double.browser.begin("/").await).unwrap();
    let back = format!("/callback?{}", double.authority.visit(&address));
    assert_eq!(double.back_channel(form).await, StatusCode::OK);
    let answer = double.browser.come_from_elsewhere(&back).await;
    assert!(answer.location().starts_with("/login/error/"), "{}", answer.location());
    assert_eq!(double.browser.open("/").await.body, "stranger");
}

#[tokio::test]
async fn a_logout_overtakes_a_login_of_which_nobody_says_when_its_person_authenticated() {
    let mut double = Double::new();
    double.authority.change_id_tokens(|jwt| jwt.without_claim("auth_time"));
    let address = Url::parse(&double.browser.begin("/").await).unwrap();
    let back = format!("/callback?{}", double.authority.visit(&address));
    let form = double.authority.logout_form("any", |jwt| jwt.without_claim("sid"));
    assert_eq!(double.back_channel(form).await, StatusCode::OK);
    double.clock.forward(Duration::from_secs(5));
    let answer = double.browser.come_from_elsewhere(&back).await;
    assert!(answer.location().starts_with("/login/error/"), "{}", answer.location());
    double.log_in().await;
    assert_eq!(double.browser.open("/").await.body, "known", "a login that began after it");
}

#[tokio::test]
async fn front_channel_logout_is_off_unless_it_is_switched_on_and_tells_nobody_anything() {
    let mut off = Double::new();
    let query = |sid: &str| format!("/frontchannel-logout?iss=https://helseid.test.example&sid={sid}");
    assert_eq!(off.browser.come_from_elsewhere(&query("x")).await.status, StatusCode::NOT_FOUND);
    let mut on = Double::with(LoginBuilder::front_channel_logout);
    on.log_in().await;
    let sid = on.sid().await;
    let mut stranger = Browser::of(on.app.clone());
    let miss = stranger.come_from_elsewhere(&query("unknown")).await;
    let wrong =
        stranger.come_from_elsewhere(&format!("/frontchannel-logout?iss=https://e.example&sid={sid}")).await;
    assert_eq!(on.browser.open("/").await.body, "known");
    let hit = stranger.come_from_elsewhere(&query(&sid)).await;
    for answer in [&miss, &wrong, &hit] {
        assert_eq!((answer.status, &*answer.body), (StatusCode::OK, &*hit.body));
        assert_eq!(answer.headers.len(), hit.headers.len());
        let policy = answer.header("content-security-policy");
        assert!(policy.ends_with("frame-ancestors https://helseid.test.example"), "{policy}");
        assert_eq!(answer.header("x-frame-options"), "");
    }
    assert_eq!(on.browser.open("/").await.body, "stranger", "without its cookie");
}

#[tokio::test]
async fn an_event_stream_ends_with_its_session() {
    let mut double = Double::new();
    double.log_in().await;
    let sid = double.sid().await;
    let (name, value) = double.browser.cookies.iter().find(|(name, _)| name.contains("_session_")).unwrap();
    let request = Request::get("/events").header("cookie", format!("{name}={value}"));
    let answer = double.app.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(answer.headers()["cache-control"], "no-cache", "as the stream says itself");
    let mut stream = answer.into_body().into_data_stream();
    assert!(stream.next().await.unwrap().unwrap().starts_with(b"data: first"));
    assert_eq!(double.back_channel(double.authority.logout_form(&sid, |jwt| jwt)).await, StatusCode::OK);
    let ended = tokio::time::timeout(Duration::from_secs(20), stream.next()).await;
    assert!(ended.expect("it ends").is_none());
}

#[tokio::test]
async fn a_logout_revokes_the_refresh_token_and_needs_no_authority_to_end_the_session() {
    let mut double = Double::new();
    double.log_in().await;
    double.browser.post("/logout", "").await;
    assert_eq!(double.authority.asked().revoked, 1);
    assert_eq!(double.browser.open("/").await.body, "stranger");
    assert_eq!(double.browser.post("/logout", "").await.location(), "/logged-out", "nobody is logged in");
    // Nor does the session outlive the logout where the token cannot be revoked.
    double.log_in().await;
    assert_eq!(double.browser.open("/").await.body, "known");
    double.authority.revocation_away(true);
    double.browser.post("/logout", "").await;
    assert_eq!(double.authority.asked().revoked, 2);
    assert_eq!(double.browser.open("/").await.body, "stranger");
}

#[tokio::test]
async fn whoever_is_not_let_in_or_is_another_at_a_step_up_leaves_no_refresh_token() {
    let mut double = Double::with(|builder| {
        builder.on_login(async |arrival| match arrival.present() {
            None => Decision::allow(),
            Some(_) => Decision::deny("Log out first."),
        })
    });
    double.log_in().await;
    let session = double.browser.session().unwrap().to_owned();
    assert!(double.log_in().await.location().starts_with("/login/error/"));
    double.revoked(1).await;
    assert_eq!(double.browser.session(), Some(&*session));
    // Another person: the session ends, and what it had; the other's login has none.
    let address = Url::parse(double.browser.open("/login?return=/&max_age=0").await.location()).unwrap();
    double.authority.person(doctor());
    let back = format!("/callback?{}", double.authority.visit(&address));
    double.browser.come_from_elsewhere(&back).await;
    double.revoked(3).await;
    assert_eq!(double.browser.session(), None);
}

#[tokio::test]
async fn two_tabs_that_come_back_at_once_leave_one_session() {
    let mut double = Double::new();
    double.log_in().await;
    let before = double.browser.clone();
    let mut tabs = Vec::new();
    for _ in 0..2 {
        let address = Url::parse(&double.browser.begin("/").await).unwrap();
        let back = format!("/callback?{}", double.authority.visit(&address));
        tabs.push((double.browser.clone(), back));
    }
    // Each is sent with the cookies of before.
    double.authority.slow(true);
    let coming: Vec<_> = tabs
        .into_iter()
        .map(|(mut tab, back)| tokio::spawn(async move { (tab.come_from_elsewhere(&back).await, tab) }))
        .collect();
    while double.authority.asked().codes < 3 {
        tokio::task::yield_now().await;
    }
    double.authority.slow(false);
    let mut sessions = Vec::new();
    for tab in coming {
        let (answer, tab) = tab.await.unwrap();
        assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/"));
        sessions.extend(tab.session().filter(|own| Some(*own) != before.session()).map(str::to_owned));
    }
    assert_eq!(sessions.len(), 1, "one of them has a new session");
    // The other's refresh token, and that of the session before.
    double.revoked(2).await;
}

#[tokio::test]
async fn a_session_ends_by_its_lifetimes_and_use_keeps_it() {
    let mut double = Double::new();
    double.log_in().await;
    for _ in 0..8 {
        double.clock.forward(Duration::from_secs(3500));
        assert_eq!(double.browser.open("/").await.body, "known");
    }
    double.clock.forward(Duration::from_secs(3500));
    assert_eq!(double.browser.open("/").await.body, "stranger", "after eight hours, used or not");
    double.log_in().await;
    double.clock.forward(Duration::from_secs(3700));
    assert_eq!(double.browser.open("/").await.body, "stranger", "after one hour without use");
}
