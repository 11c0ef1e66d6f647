//! What only an authority that misbehaves shows, and what an app is built with.

use std::time::Duration;

use helseid_login::Login;
use helseid_login::demand::{hpr, level};
use helseid_login::flow::LoginRequest;
use helseid_login::session::OrganisationPolicy;
use helseid_login::test_util::{Broken, TestProvider};
use helseid_protocol::claims::SecurityLevel;
use helseid_protocol::details::{Organisation, OrganisationNumber};
use helseid_protocol::forge::TestClock;
use helseid_protocol::time::{Clock as _, Timestamp};
use http::{Method, StatusCode};
use url::Url;

use super::browser::Browser;
use super::double::{Double, demanding, doctor};
use super::world::SITE;

/// The page, but for what stands between the tags of its id.
fn without_the_id(page: &str) -> String {
    let Some((before, rest)) = page.split_once("data-testid=\"id\">") else { return page.to_owned() };
    let (_, after) = rest.split_once('<').expect("its end");
    format!("{before}{after}")
}

#[tokio::test]
async fn whatever_an_authority_breaks_nobody_is_logged_in_and_the_page_says_nothing_of_it() {
    for (broken, _) in Broken::ALL {
        let mut double = Double::with(|builder| builder.request(demanding()));
        double.authority.break_with(broken);
        let answer = double.log_in().await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{broken:?}");
        let began_again = answer.location().starts_with("/login?return=");
        assert!(
            answer.location().starts_with("/login/error/") || began_again,
            "{broken:?}: {}",
            answer.location()
        );
        assert_eq!(double.browser.session(), None, "{broken:?}");
        if broken.is_in_the_callback() {
            assert_eq!(double.authority.asked().codes, 0, "{broken:?}: no code is redeemed");
        }
        let page = double.browser.open(answer.location()).await;
        for detail in ["id_token", "login.", "nonce", "iss", "signature"] {
            // The id in the log is drawn at random, and may spell any of these.
            let html = without_the_id(&page.body).replace("/login.", "");
            assert!(!html.contains(detail), "{broken:?}: {detail} in {html}");
        }
    }
}

#[tokio::test]
async fn the_public_address_must_be_one_that_nobody_reads_on_the_way() {
    let clock = TestClock::at(Timestamp::from_seconds(1_790_000_000));
    let built = |callback: &str, public: &str| {
        let client = TestProvider::new(&clock).login(callback).unwrap();
        Login::with_client(client).public_url(public).build().map(drop).map_err(|error| error.to_string())
    };
    built("https://app.example/callback", "https://app.example").unwrap();
    built("http://localhost:3000/callback", "http://localhost:3000/").unwrap();
    built("https://app.example/base/callback", "https://app.example/base/").unwrap();
    for (callback, public, why) in [
        ("https://app.example/callback", "http://app.example", "plain http"),
        ("https://app.example/callback", "https://other.example", "redirect URI"),
        ("https://app.example/callback", "https://app.example/base", "redirect URI"),
        ("https://app.example/base/callback", "https://app.example/base?a", "more than scheme"),
        ("https://app.example/a;b/callback", "https://app.example/a;b", "other characters"),
        ("https://app.example/callback", "app.example", "not a URL"),
    ] {
        let error = built(callback, public).unwrap_err();
        assert!(error.contains(why), "{error}");
        assert_eq!(error.lines().count(), 3, "{error}");
    }
}

#[tokio::test]
async fn a_demand_that_means_nothing_is_refused_when_the_app_is_built() {
    let clock = TestClock::at(Timestamp::from_seconds(1_790_000_000));
    let client = TestProvider::new(&clock).login(&format!("{SITE}/callback")).unwrap();
    let login = Login::with_client(client).public_url(SITE).build().unwrap();
    for demand in [level(5), level(0), hpr(["le"]), hpr([]), hpr(["LE"]).and(hpr(["SP"]))] {
        assert!(login.require(demand).is_err());
    }
    assert!(login.require(level(4).and(hpr(["LE", "SP"]))).is_ok());
}

#[tokio::test]
async fn a_head_and_other_methods_of_the_callback_do_nothing() {
    let mut double = Double::new();
    let address = Url::parse(&double.browser.begin("/").await).unwrap();
    let back = format!("/callback?{}", double.authority.visit(&address));
    let own = [("sec-fetch-site", "same-origin")];
    let posted = double.browser.send(Method::POST, &back, &own, "").await;
    assert_eq!(posted.status, StatusCode::METHOD_NOT_ALLOWED);
    let headed = double.browser.send(Method::HEAD, &back, &own, "").await;
    assert_eq!(headed.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(double.authority.asked().codes, 0);
}

#[tokio::test]
async fn a_late_callback_of_a_lower_level_leaves_a_higher_session() {
    let mut double = Double::new();
    let late = Url::parse(&double.browser.begin("/").await).unwrap();
    double.log_in().await;
    let session = double.browser.session().unwrap().to_owned();
    double.authority.level(SecurityLevel::Substantial);
    let back = format!("/callback?{}", double.authority.visit(&late));
    assert_eq!(double.browser.come_from_elsewhere(&back).await.location(), "/");
    assert_eq!(double.browser.session(), Some(&*session));
    assert_eq!(double.browser.open("/level").await.body, "4");
}

#[tokio::test]
async fn an_approval_that_nobody_can_ask_for_again_does_not_count() {
    let mut double = Double::new();
    double.authority.person(doctor());
    double.log_in().await;
    assert_eq!(double.browser.open("/doctors").await.body, "doctors");
    for _ in 0..2 {
        double.clock.forward(Duration::from_secs(1790));
        double.browser.open("/").await;
    }
    double.clock.forward(Duration::from_secs(60));
    double.authority.break_with(Broken::UserInfoSubOther);
    assert_eq!(double.browser.open("/doctors").await.status, StatusCode::FORBIDDEN);
    assert_eq!(double.browser.open("/").await.body, "known", "logged in all the same");
}

#[tokio::test]
async fn who_acts_for_another_organisation_has_another_session_and_a_foreign_number_is_refused() {
    let [own, foreign] = ["994598759", "999977774"];
    let listed = Organisation::Child(OrganisationNumber::parse(own).unwrap());
    let mut double = Double::with(|builder| builder.organisations(OrganisationPolicy::listed([listed])));
    double.log_in().await;
    assert_eq!(double.browser.open("/acting").await.status, StatusCode::FORBIDDEN);
    let (before, epoch) = (double.browser.clone(), double.browser.open("/epoch").await.body);
    let asked = double.authority.asked();
    assert_ne!(double.browser.post("/act", foreign).await.body, "acts");
    assert_eq!(double.authority.asked(), asked, "nothing is asked for");
    assert_eq!(double.browser.post("/act", own).await.body, "acts");
    assert_ne!(double.browser.session(), before.session());
    assert_eq!(double.browser.open("/acting").await.body, "acting");
    assert_ne!(double.browser.open("/epoch").await.body, epoch);
    assert_eq!(double.browser.call("/session").await.json()["organisation"]["child"], own);
    assert_eq!(before.clone().open("/").await.body, "stranger", "the session before has ended");
}

#[tokio::test]
async fn a_session_of_which_nobody_says_when_its_person_authenticated_is_not_recent() {
    let mut double = Double::new();
    double.authority.change_id_tokens(|jwt| jwt.without_claim("auth_time"));
    double.log_in().await;
    let sent = double.browser.open("/recent").await;
    assert_eq!(sent.location(), "/login?return=%2Frecent&max_age=300");
    assert_eq!(double.browser.call("/session").await.json()["authenticated_at"], serde_json::Value::Null);
    double.authority.answer_rightly();
    let address = Url::parse(double.browser.open(sent.location()).await.location()).unwrap();
    let back = format!("/callback?{}", double.authority.visit(&address));
    assert_eq!(double.browser.come_from_elsewhere(&back).await.location(), "/recent");
    assert_eq!(double.browser.open("/recent").await.body, "recent");
}

#[tokio::test]
async fn who_stays_on_a_page_of_the_authority_after_a_new_login_is_let_in() {
    let mut double = Double::new();
    let address = Url::parse(double.browser.open("/login?return=/&max_age=0").await.location()).unwrap();
    double.clock.forward(Duration::from_secs(60));
    let back = format!("/callback?{}", double.authority.visit(&address));
    double.clock.forward(Duration::from_secs(60));
    assert_eq!(double.browser.come_from_elsewhere(&back).await.location(), "/");
    // Who authenticated before it, and too long ago, is not.
    let before = double.clock.now().seconds() - 400;
    double.authority.change_id_tokens(move |jwt| jwt.claim("auth_time", before));
    let address = Url::parse(double.browser.open("/login?return=/&max_age=300").await.location()).unwrap();
    let back = format!("/callback?{}", double.authority.visit(&address));
    let refused = double.browser.come_from_elsewhere(&back).await;
    assert!(refused.location().starts_with("/login/error/"), "{}", refused.location());
}

#[tokio::test]
async fn a_login_that_is_too_old_before_its_callback_is_answered_logs_nobody_in() {
    let mut double = Double::new();
    let address = Url::parse(&double.browser.begin("/").await).unwrap();
    let back = format!("/callback?{}", double.authority.visit(&address));
    double.authority.slow(true);
    let mut browser = double.browser.clone();
    let coming = tokio::spawn(async move { (browser.come_from_elsewhere(&back).await, browser) });
    while double.authority.asked().codes == 0 {
        tokio::task::yield_now().await;
    }
    double.clock.forward(Duration::from_secs(3700));
    double.authority.slow(false);
    let (answer, browser) = coming.await.unwrap();
    assert!(answer.location().starts_with("/login/error/"), "{}", answer.location());
    assert_eq!(browser.session(), None);
}

#[tokio::test]
async fn a_login_that_fits_into_no_cookie_says_so_and_sends_nobody_away() {
    let long =
        LoginRequest::default().acr((0..200).map(|number| format!("urn:example:a-long-value:{number}")));
    let mut double = Double::with(|builder| builder.request(long));
    let answer = double.browser.open("/login?return=/").await;
    assert!(answer.location().starts_with("/login/error/"), "{}", answer.location());
    assert_eq!((double.authority.asked().pushed, double.browser.pending().count()), (0, 0));
}

/// Two of them would have the same addresses, and which of two issuers an answer is from would be for the order of routes to say.
#[tokio::test]
#[should_panic(expected = "Overlapping method route")]
async fn an_app_with_two_logins_is_not_built() {
    let double = Double::new();
    let client = TestProvider::new(&double.clock).login(&format!("{SITE}/callback")).unwrap();
    let second = Login::with_client(client).public_url(SITE).build().unwrap();
    drop(second.around(double.app));
}

#[tokio::test]
async fn a_crowd_is_told_to_try_again_and_pushes_no_more_requests() {
    let double = Double::new();
    let mut busy = 0;
    for _ in 0..210 {
        let answer = Browser::of(double.app.clone()).open("/login?return=/").await;
        if answer.status == StatusCode::SERVICE_UNAVAILABLE {
            busy += 1;
            assert!(answer.body.contains("Too many people are logging in"), "{}", answer.body);
        }
    }
    assert_eq!((busy, double.authority.asked().pushed), (10, 200));
    double.clock.forward(Duration::from_secs(1));
    let answer = Browser::of(double.app.clone()).open("/login?return=/").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
}
