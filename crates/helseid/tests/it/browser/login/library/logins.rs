//! Logins, and what tabs, the back button and time do to them.

use std::collections::BTreeSet;
use std::time::Duration;

use super::app::REPLICAS;
use super::place::Place;

pub(super) async fn a_person_logs_in_and_calls_an_api_before_and_after_a_refresh(place: &Place) {
    place.stranger().await;
    place.open("/dashboard").await;
    assert_eq!(place.pick("doctor").await, "Kvart Grevling");
    assert!(place.is_at("/dashboard").await);
    assert_eq!(place.text("level").await, "4");
    place.click("read").await;
    assert_eq!(place.text("patients").await, "200");
    let before = place.api.tokens();
    // The token has ended, and the session goes on with another.
    place.forward(700);
    place.open("/dashboard").await;
    place.click("read").await;
    assert_eq!(place.text("patients").await, "200");
    assert_eq!(place.api.tokens(), before + 1);

    // Each replica knows the person.
    let mut seen = BTreeSet::new();
    for _ in 0..2 * REPLICAS {
        place.open("/").await;
        assert_eq!(place.text("who").await, "Kvart Grevling");
        seen.insert(place.text("replica").await);
    }
    assert_eq!(seen.len(), REPLICAS, "{seen:?}");
}

pub(super) async fn two_tabs_log_in_at_once(place: &Place) {
    place.stranger().await;
    place.open("/dashboard").await;
    let (first, second) = place.browser.new_tab().await;
    place.open("/strong").await;
    place.pick("doctor").await;
    assert!(place.is_at("/strong").await);
    place.browser.close_tab(&first).await;
    place.pick("doctor").await;
    assert!(place.is_at("/dashboard").await, "of {second}");
}

pub(super) async fn the_back_button_and_the_callback_once_more_lead_on(place: &Place) {
    place.stranger().await;
    place.click("dashboard").await;
    place.pick("doctor").await;
    let callback = place.last_sent("/callback?").await;
    place.browser.back().await;
    // The authority's page was used.
    assert!(!place.browser.text("[data-testid=error-fix]").await.is_empty());
    place.browser.back().await;
    assert!(place.is_at("/").await);
    assert_eq!(place.text("who").await, "Kvart Grevling");
    place.browser.open(&callback).await;
    assert!(place.is_at("/dashboard").await, "{}", place.browser.address().await);
    assert_eq!(place.text("who").await, "Kvart Grevling");
}

pub(super) async fn a_late_callback_begins_again_by_itself(place: &Place) {
    place.stranger().await;
    place.open("/dashboard").await;
    place.app.delay_the_next_callback(Duration::from_secs(3700));
    place.click("person-doctor").await;
    // The authority's own session is as old, and its page asks again.
    place.text("picker").await;
    assert_eq!(place.pick("doctor").await, "Kvart Grevling");
    assert!(place.is_at("/dashboard").await);
}
