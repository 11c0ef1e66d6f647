//! What an application may ask of a login, and what its person sees of that.

use std::time::Duration;

use super::house::House;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_login_that_must_be_new_asks_and_one_that_must_be_silent_does_not() {
    let house = House::new().await;
    house.begin(&house.app, "?prompt=none").await;
    assert_eq!(house.failed().await, "login_required");
    house.begin(&house.app, "").await;
    house.pick("doctor").await;
    let first: i64 = house.browser.text("[data-testid=at]").await.parse().unwrap();
    house.begin(&house.other, "?prompt=none").await;
    assert_eq!(house.who().await, "Kvart Grevling");

    house.authority.clock().forward(Duration::from_secs(100));
    house.begin(&house.other, "?prompt=login").await;
    assert!(house.is_at_the_authority().await);
    assert_eq!(house.pick("nurse").await, "Livstrett Bever");
    let second: i64 = house.browser.text("[data-testid=at]").await.parse().unwrap();
    assert_eq!(second, first + 100);
    // From then on it is hers.
    house.begin(&house.app, "").await;
    assert_eq!(house.who().await, "Livstrett Bever");
    house.ends_well().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_login_may_not_be_older_than_the_application_wants() {
    let house = House::new().await;
    house.begin(&house.app, "").await;
    house.pick("doctor").await;
    let first: i64 = house.browser.text("[data-testid=at]").await.parse().unwrap();
    house.authority.clock().forward(Duration::from_secs(600));
    house.begin(&house.app, "?max_age=1000").await;
    assert_eq!(house.who().await, "Kvart Grevling");
    assert_eq!(house.browser.text("[data-testid=at]").await, first.to_string());
    house.begin(&house.app, "?max_age=60&prompt=none").await;
    assert_eq!(house.failed().await, "login_required");
    house.begin(&house.app, "?max_age=60").await;
    assert!(house.is_at_the_authority().await);
    house.pick("doctor").await;
    assert_eq!(house.browser.text("[data-testid=at]").await, (first + 600).to_string());
    house.ends_well().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_steps_up_to_level_4_and_one_who_cannot_is_led_back_with_the_reason() {
    let house = House::new().await;
    house.begin(&house.app, "").await;
    house.browser.click("#level option[value='3']").await;
    house.pick("doctor").await;
    assert_eq!(house.browser.text("[data-testid=level]").await, "3");

    house.begin(&house.app, "?acr_values=Level4").await;
    assert!(house.browser.text("[data-testid=least-level]").await.ends_with('4'));
    house.browser.click("[data-testid=person-level-3]").await;
    assert_eq!(house.failed().await, "unmet_authentication_requirements");
    // The attempt has ended nothing.
    house.browser.open(&house.app.at("/")).await;
    assert_eq!(house.who().await, "Kvart Grevling");
    house.begin(&house.app, "?acr_values=Level4").await;
    house.pick("doctor").await;
    assert_eq!(house.browser.text("[data-testid=level]").await, "4");
    // It holds for the next application.
    house.begin(&house.other, "?acr_values=Level4").await;
    assert_eq!(house.who().await, "Kvart Grevling");
    house.ends_well().await;
}
