//! What routes demand, and what somebody does who does not meet it.

use http::StatusCode;
use serde_json::json;

use super::world::*;

#[tokio::test]
async fn a_page_sends_a_person_of_too_low_a_level_to_log_in_again_and_a_call_is_told() {
    let world = World::new().await;
    let mut browser = world.logged_in("level-3").await;
    let page = browser.open("/strong?a=b").await;
    assert_eq!(
        (page.status, page.location()),
        (StatusCode::SEE_OTHER, "/login?return=%2Fstrong%3Fa%3Db&level=4")
    );
    let call = browser.call("/strong").await;
    assert_eq!(call.status, StatusCode::UNAUTHORIZED);
    assert_eq!(call.header("content-type"), "application/problem+json");
    assert_eq!(call.json()["missing"], json!({ "level": "4" }));
    assert_eq!(call.json()["error"], "step_up_required");
    let mut stranger = world.browser();
    assert_eq!(stranger.open("/strong").await.location(), "/login?return=%2Fstrong&level=4");
    assert_eq!(stranger.call("/strong").await.json()["error"], "login_required");
    let mut doctor = world.logged_in("doctor").await;
    assert_eq!(doctor.open("/strong").await.body, "strong");
}

#[tokio::test]
async fn a_step_up_that_does_not_reach_its_level_leaves_the_person_logged_in() {
    let world = World::new().await;
    let mut browser = world.logged_in("level-3").await;
    let session = browser.session().unwrap().to_owned();
    let again = browser.open("/login?return=%2Fstrong&level=4").await;
    let back = browser.at_the_authority(again.location(), "level-3").await;
    let answer = browser.come_from_elsewhere(&back).await;
    let page = browser.open(answer.location()).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    assert!(page.body.contains("A stronger login is needed"), "{}", page.body);
    assert_eq!(browser.session(), Some(&*session));
    assert_eq!(browser.open("/me").await.status, StatusCode::OK);
}

#[tokio::test]
async fn another_person_at_a_step_up_ends_the_session() {
    let world = World::new().await;
    let mut browser = world.logged_in("level-3").await;
    let before = browser.clone();
    let again = browser.open("/login?return=%2Fstrong&level=4").await;
    let back = browser.at_the_authority(again.location(), "doctor").await;
    let answer = browser.come_from_elsewhere(&back).await;
    let page = browser.open(answer.location()).await;
    assert!(page.body.contains("Another person logged in"), "{}", page.body);
    assert_eq!(browser.session(), None);
    assert_eq!(before.clone().open("/").await.body, "stranger", "its cookie opens nothing any more");
}

#[tokio::test]
async fn doctors_alone_get_in_where_an_approval_is_demanded() {
    let world = World::new().await;
    assert_eq!(world.logged_in("doctor").await.open("/doctors").await.body, "doctors");
    for person in ["nurse", "no-hpr"] {
        let mut browser = world.logged_in(person).await;
        let page = browser.open("/doctors").await;
        assert_eq!(page.status, StatusCode::FORBIDDEN, "{person}");
        assert!(page.body.contains("other health personnel"), "{}", page.body);
        let call = browser.call("/doctors").await;
        assert_eq!(
            (call.status, &call.json()["missing"]),
            (StatusCode::FORBIDDEN, &json!({ "hpr": ["LE"] }))
        );
    }
}

#[tokio::test]
async fn what_the_register_said_counts_for_an_hour() {
    let world = World::new().await;
    let mut browser = world.logged_in("doctor").await;
    for _ in 0..3 {
        world.forward(1190);
        browser.open("/me").await;
    }
    assert_eq!(browser.open("/doctors").await.body, "doctors");
    world.forward(60);
    assert_eq!(browser.open("/doctors").await.body, "doctors", "it is asked for again");
}

#[tokio::test]
async fn who_logged_in_too_long_ago_does_it_again() {
    let world = World::new().await;
    let mut browser = world.logged_in("doctor").await;
    assert_eq!(browser.open("/recent").await.body, "recent");
    assert_eq!(
        world.browser().open("/recent").await.location(),
        "/login?return=%2Frecent&max_age=300",
        "at the first login too"
    );
    world.forward(311);
    let sent = browser.open("/recent").await;
    assert_eq!(sent.location(), "/login?return=%2Frecent&max_age=300");
    assert_eq!(browser.call("/recent").await.json()["missing"], json!({ "max_age": 300 }));
    let before = browser.session().unwrap().to_owned();
    let address = browser.open(sent.location()).await;
    let back = browser.at_the_authority(address.location(), "doctor").await;
    assert_eq!(browser.come_from_elsewhere(&back).await.location(), "/recent");
    assert_eq!(browser.open("/recent").await.body, "recent");
    assert_ne!(browser.session(), Some(&*before), "a login has a new id");
}

#[tokio::test]
async fn a_login_that_must_be_new_sends_nobody_round_in_a_circle() {
    let world = World::new().await;
    let mut browser = world.logged_in("doctor").await;
    assert_eq!(browser.open("/new").await.body, "new");
    world.forward(11);
    let sent = browser.open("/new").await;
    assert_eq!(sent.location(), "/login?return=%2Fnew&max_age=0");
    let address = browser.open(sent.location()).await;
    let back = browser.at_the_authority(address.location(), "doctor").await;
    world.forward(2);
    assert_eq!(browser.come_from_elsewhere(&back).await.location(), "/new");
    world.forward(2);
    assert_eq!(browser.open("/new").await.body, "new");
}

#[tokio::test]
async fn who_acts_for_no_organisation_is_told_or_led_to_choose() {
    let world = World::new().await;
    let mut browser = world.logged_in("doctor").await;
    assert_eq!(browser.call("/acting").await.json()["missing"], json!({ "organisation": true }));
    assert!(browser.open("/acting").await.body.contains("No organisation has been chosen"));
    let world = World::with(|builder| builder.organisation_page("/choose")).await;
    let mut browser = world.logged_in("doctor").await;
    assert_eq!(browser.open("/acting").await.location(), "/choose");
}

#[tokio::test]
async fn a_form_of_an_older_session_is_refused() {
    let world = World::new().await;
    let mut browser = world.logged_in("doctor").await;
    let epoch = browser.open("/epoch").await.body;
    assert_eq!(browser.post("/save", &epoch).await.body, "saved");
    let mut other_tab = browser.clone();
    let address = other_tab.open("/login?return=%2Fme&max_age=0").await;
    let back = other_tab.at_the_authority(address.location(), "doctor").await;
    other_tab.come_from_elsewhere(&back).await;
    let stale = other_tab.post("/save", &epoch).await;
    assert_eq!((stale.status, &stale.json()["error"]), (StatusCode::CONFLICT, &json!("session_changed")));
    let headers = [("sec-fetch-site", "same-origin"), ("x-session-epoch", &*epoch)];
    let stale = other_tab.send(http::Method::GET, "/me", &headers, "").await;
    assert_eq!(stale.status, StatusCode::CONFLICT, "by the header of a script");
}

#[tokio::test]
async fn the_app_decides_who_gets_in_and_its_reason_is_shown_as_text() {
    use helseid_login::Decision;
    let world = World::with(|builder| {
        builder.on_login(async |arrival| match arrival.health_personnel() {
            Some(_) => Decision::allow(),
            None => Decision::deny("Ask <b>the ward</b> for access."),
        })
    })
    .await;
    world.logged_in("nurse").await;
    let mut browser = world.browser();
    let answer = browser.log_in("no-hpr", "/me").await;
    let page = browser.open(answer.location()).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    assert!(page.body.contains("the ward") && !page.body.contains("<b>"), "{}", page.body);
    assert_eq!(browser.session(), None);
}
