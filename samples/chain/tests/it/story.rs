use axum::http::StatusCode;
use chain::setup::{API_ONE, WEB_APP};

use crate::world::World;

#[tokio::test]
async fn a_person_sees_what_both_apis_know_and_api_two_knows_who_asks() {
    let world = World::new().await;
    let mut browser = world.logged_in("doctor").await;
    let page = browser.open("/").await;
    assert_eq!((page.status, page.text("name")), (StatusCode::OK, "Kvart Grevling"));
    assert_eq!(page.text("of"), "Kvart Grevling");
    assert_eq!((page.text("asked-by"), page.text("first-asked-by")), (API_ONE, WEB_APP));
    assert!(page.html.contains("09:00 Johannes") && page.html.contains("Paracet 500 mg"), "{}", page.html);
}

#[tokio::test]
async fn whoever_has_logged_out_is_sent_to_log_in_again() {
    let world = World::new().await;
    let mut browser = world.logged_in("doctor").await;
    assert_eq!(browser.open("/").await.status, StatusCode::OK);
    browser.post("/logout").await;
    let page = browser.open("/").await;
    assert!(page.status.is_redirection() && !page.html.contains("Paracet"), "{} {}", page.status, page.html);
}
