//! What strangers say, and what is out of order, weakens no login and no logout.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use helseid_login::SealingKeys;
use helseid_login::flow::LoginRequest;
use helseid_login::store::{
    Applied, Ending, Epoch, FirstUse, Found, Inserted, Leased, Logout, MemoryStore, Names, NewRow, Replaces,
    RowId, Sealed, SessionStore, StoreError, Stored, Version,
};
use helseid_protocol::claims::SecurityLevel;
use helseid_protocol::random::SystemRandom;
use helseid_protocol::time::{Clock as _, Timestamp};
use http::StatusCode;
use url::Url;

use super::browser::Browser;
use super::double::Double;
use super::log::Log;

#[tokio::test]
async fn an_address_asks_for_more_than_every_login_and_never_for_less() {
    let request = LoginRequest::default().level(SecurityLevel::High).max_age(Duration::from_secs(300));
    let mut double = Double::with(|builder| builder.request(request));
    for (query, level, age) in [
        ("", "Level4", "300"),
        ("&level=3", "Level4", "300"),
        ("&max_age=999999", "Level4", "300"),
        ("&max_age=20", "Level4", "20"),
    ] {
        let answer = double.browser.open(&format!("/login?return=/{query}")).await;
        let address = Url::parse(answer.location()).unwrap();
        assert_eq!(double.authority.pushed(&address, "acr_values").as_deref(), Some(level), "{query}");
        assert_eq!(double.authority.pushed(&address, "max_age").as_deref(), Some(age), "{query}");
    }
}

#[tokio::test]
async fn the_log_has_known_codes_of_a_callback_and_no_word_of_a_strangers() {
    for (from, to, logged) in [
        ("error=access_denied", "error=access_denied", "access_denied"),
        ("error=access_denied", "error=invalid_scope", "invalid_scope"),
        ("error=access_denied", "error=15849197352", "an unknown error code"),
        ("helseid.test.example", "15849197352.example", "login.iss"),
    ] {
        let mut double = Double::new();
        let address = Url::parse(&double.browser.begin("/").await).unwrap();
        let back = double.authority.cancel(&address, "access_denied").replace(from, to);
        let back = format!("/callback?{back}&error_description=15849197352+was+here");
        let (log, guard) = Log::begun();
        double.browser.come_from_elsewhere(&back).await;
        drop(guard);
        let written = log.written();
        assert!(written.contains(logged), "{logged}: {written}");
        assert!(!written.contains("15849197352") && !written.contains("was here"), "{written}");
    }
}

#[tokio::test]
async fn a_logout_while_the_store_is_away_says_so_and_can_be_tried_again() {
    let (mut double, away) = with_a_store();
    double.log_in().await;
    let session = double.browser.session().unwrap().to_owned();
    away.reads.store(true, Ordering::Relaxed);
    for page in [double.browser.post("/logout", "").await, double.browser.open("/logged-out").await] {
        assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(page.body.contains(r#"action="/logout""#), "{}", page.body);
        assert_eq!(double.browser.session(), Some(&*session), "the cookie stays");
    }
    away.reads.store(false, Ordering::Relaxed);
    double.browser.post("/logout", "").await;
    assert_eq!(double.browser.open("/").await.body, "stranger");
}

/// Who is logged in is not known then, and whoever has a login at the authority would attest in their place.
#[tokio::test]
async fn nobody_attests_with_a_login_while_the_store_is_away() {
    let (mut double, away) = with_a_store();
    double.log_in().await;
    away.reads.store(true, Ordering::Relaxed);
    let refused = double.browser.post("/record", "LE").await;
    assert!(refused.location().starts_with("/login/error/"), "{}", refused.location());
    let page = double.browser.open(refused.location()).await;
    assert!(page.body.contains("HelseID is not responding"), "{}", page.body);
    away.reads.store(false, Ordering::Relaxed);
    assert!(!double.browser.post("/record", "LE").await.location().starts_with("/login/error/"));
}

#[tokio::test]
async fn a_logout_that_the_store_does_not_take_is_told_to_the_authority() {
    let (mut double, away) = with_a_store();
    double.log_in().await;
    away.ends.store(true, Ordering::Relaxed);
    let page = double.browser.post("/logout", "").await;
    assert!(page.body.contains("/connect/endsession"), "{}", page.body);
    assert_eq!(double.authority.asked().revoked, 1);
    assert_eq!(double.browser.session(), None);
}

#[tokio::test]
async fn who_is_logged_in_is_not_told_to_be_logged_out() {
    let mut double = Double::new();
    double.log_in().await;
    assert_eq!(double.browser.come_from_elsewhere("/logged-out").await.location(), "/");
}

#[tokio::test]
async fn a_recent_login_is_asked_for_at_the_level_of_the_session() {
    let mut double = Double::new();
    double.log_in().await;
    let answer = double.browser.open("/login?return=/&max_age=300").await;
    let address = Url::parse(answer.location()).unwrap();
    assert_eq!(double.authority.pushed(&address, "acr_values").as_deref(), Some("Level4"));
    double.authority.level(SecurityLevel::Substantial);
    let back = format!("/callback?{}", double.authority.visit(&address));
    let lower = double.browser.come_from_elsewhere(&back).await;
    let page = double.browser.open(lower.location()).await;
    assert!(page.body.contains("A stronger login is needed"), "{}", page.body);
}

#[tokio::test]
async fn a_crowd_is_led_where_it_was_going_once_it_has_waited() {
    let double = Double::new();
    for _ in 0..200 {
        Browser::of(double.app.clone()).open("/login?return=/").await;
    }
    let page = Browser::of(double.app.clone()).open("/login?return=/level").await;
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(page.body.contains(r#"name="return" value="/level""#), "{}", page.body);
}

#[tokio::test]
async fn a_state_is_remembered_until_its_login_ends_and_no_longer() {
    let (mut double, calls) = with_a_store();
    let began = double.clock.now();
    let late = Url::parse(&double.browser.begin("/").await).unwrap();
    let back = format!("/callback?{}", double.authority.visit(&late));
    double.clock.forward(Duration::from_secs(1800));
    double.browser.come_from_elsewhere(&back).await;
    assert_eq!(*calls.claimed.lock().unwrap(), [began.plus(Duration::from_secs(3610))]);
}

#[tokio::test]
async fn the_cookie_of_a_login_outlives_it_by_an_hour() {
    let mut double = Double::new();
    let answer = double.browser.open("/login?return=/").await;
    let cookies: Vec<_> =
        answer.headers.get_all("set-cookie").iter().map(|set| set.to_str().unwrap()).collect();
    assert!(cookies.iter().any(|set| set.contains("_login_") && set.contains("Max-Age=7200")), "{cookies:?}");
}

fn with_a_store() -> (Double, Arc<Away>) {
    let away = Arc::new(Away::default());
    let store = Faulty(MemoryStore::default(), away.clone());
    let keys = SealingKeys::parse(&SealingKeys::generate("test", &SystemRandom)).unwrap();
    (Double::with(|builder| builder.store(store).keys(keys)), away)
}

/// Which calls of a store get no answer.
#[derive(Default)]
struct Away {
    reads: AtomicBool,
    ends: AtomicBool,
    /// Until when each use was recorded.
    claimed: Mutex<Vec<Timestamp>>,
}

struct Faulty(MemoryStore, Arc<Away>);

fn answer<'a, T: Send + 'a>(is_away: &AtomicBool, answer: Stored<'a, T>) -> Stored<'a, T> {
    match is_away.load(Ordering::Relaxed) {
        true => Box::pin(async { Err(StoreError::Away("a test".to_owned())) }),
        false => answer,
    }
}

impl SessionStore for Faulty {
    fn epoch(&self) -> Stored<'_, Epoch> {
        self.0.epoch()
    }
    fn raise_epoch(&self) -> Stored<'_, ()> {
        self.0.raise_epoch()
    }
    fn insert<'a>(&'a self, new: &'a NewRow, replaces: Replaces<'a>, now: Timestamp) -> Stored<'a, Inserted> {
        self.0.insert(new, replaces, now)
    }
    fn find<'a>(&'a self, id: &'a RowId) -> Stored<'a, Option<Found>> {
        answer(&self.1.reads, self.0.find(id))
    }
    fn update<'a>(&'a self, id: &'a RowId, version: Version, sealed: &'a Sealed) -> Stored<'a, Applied> {
        self.0.update(id, version, sealed)
    }
    fn touch<'a>(&'a self, id: &'a RowId, used: Timestamp) -> Stored<'a, Applied> {
        self.0.touch(id, used)
    }
    fn lease<'a>(&'a self, id: &'a RowId, until: Timestamp, now: Timestamp) -> Stored<'a, Leased> {
        self.0.lease(id, until, now)
    }
    fn release<'a>(&'a self, id: &'a RowId, until: Timestamp) -> Stored<'a, ()> {
        self.0.release(id, until)
    }
    fn end<'a>(&'a self, what: Ending<'a>) -> Stored<'a, ()> {
        answer(&self.1.ends, self.0.end(what))
    }
    fn log_out<'a>(&'a self, logout: &'a Logout, now: Timestamp) -> Stored<'a, FirstUse> {
        self.0.log_out(logout, now)
    }
    fn claim<'a>(&'a self, id: &'a Names, ends: Timestamp, now: Timestamp) -> Stored<'a, FirstUse> {
        self.1.claimed.lock().unwrap().push(ends);
        self.0.claim(id, ends, now)
    }
    fn sweep(&self, idle_since: Timestamp, now: Timestamp) -> Stored<'_, bool> {
        self.0.sweep(idle_since, now)
    }
}
