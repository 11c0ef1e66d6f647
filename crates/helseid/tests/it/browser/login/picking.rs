//! A person is picked: with the mouse, with the keyboard alone, without scripts, in both languages; or nobody is.

use super::house::House;
use crate::browser::hands::{ENTER, TAB};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_is_picked_with_the_mouse_and_nobody_is_asked_again_at_the_next_application() {
    let house = House::new().await;
    house.begin(&house.app, "").await;
    assert!(house.is_at_the_authority().await);
    assert_eq!(house.browser.text("[data-testid=client]").await, "Blåbær legekontor");
    assert_eq!(house.pick("doctor").await, "Kvart Grevling");
    assert_eq!(house.browser.text("[data-testid=level]").await, "4");
    assert_eq!(house.browser.address().await, house.app.at("/"));

    house.begin(&house.other, "").await;
    assert_eq!(house.who().await, "Kvart Grevling");
    assert_eq!(house.browser.address().await, house.other.at("/"));
    house.ends_well().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_is_picked_with_the_keyboard_alone_from_the_list_and_by_number() {
    let house = House::new().await;
    house.begin(&house.app, "").await;
    house.browser.tab_to("person-doctor").await;
    house.browser.press(&[ENTER]).await;
    assert_eq!(house.who().await, "Kvart Grevling");

    // Enter in the field of the number takes the number, and not the first person of the list.
    house.begin(&house.other, "?prompt=login").await;
    house.browser.tab_to("number").await;
    let doctor = house.number_of("doctor");
    house.browser.press(&doctor.split("").filter(|digit| !digit.is_empty()).collect::<Vec<_>>()).await;
    house.browser.press(&[ENTER]).await;
    assert_eq!(house.who().await, "Kvart Grevling");

    // What is folded away is reached, too.
    house.begin(&house.app, "?prompt=login").await;
    let folded = "document.querySelector('[data-testid=faults] summary') === document.activeElement";
    while house.browser.run(&format!("return {folded};")).await == false {
        house.browser.press(&[TAB]).await;
    }
    house.browser.press(&[ENTER]).await;
    house.browser.tab_to("fault-temporarily-unavailable").await;
    house.browser.press(&[ENTER]).await;
    assert_eq!(house.failed().await, "temporarily_unavailable");
    house.ends_well().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_says_no_is_led_back_to_the_application_and_is_logged_in_nowhere() {
    let house = House::new().await;
    house.begin(&house.app, "").await;
    house.browser.click("[data-testid=cancel]").await;
    assert_eq!(house.failed().await, "access_denied");
    assert!(house.browser.address().await.starts_with(&house.app.at("/failed")));
    house.browser.open(&house.app.at("/")).await;
    house.browser.text("[data-testid=nobody]").await;
    house.begin(&house.other, "?prompt=none").await;
    assert_eq!(house.failed().await, "login_required");
    house.ends_well().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_page_of_a_login_or_a_logout_needs_a_script() {
    let house = House::new().await;
    house.browser.scripts(false).await;
    house.begin(&house.app, "").await;
    house.browser.enter("[data-testid=number]", "1").await;
    house.browser.click("[data-testid=number-submit]").await;
    assert!(!house.browser.text("[data-testid=refused]").await.is_empty());
    assert_eq!(house.pick("nurse").await, "Livstrett Bever");
    // The answer comes as a form, which a person sends on.
    house.begin(&house.other, "?response_mode=form_post").await;
    house.browser.click("[data-testid=continue]").await;
    assert_eq!(house.who().await, "Livstrett Bever");
    house.browser.open(&house.at("/connect/endsession")).await;
    house.browser.click("[data-testid=logout-yes]").await;
    house.browser.text("[data-testid=logged-out]").await;
    house.ends_well().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_speaks_the_language_of_the_browser_or_of_the_request_or_that_of_its_button() {
    let house = House::new().await;
    for (accepted, query, title) in [
        ("nb", "", "Logg inn"),
        ("en", "", "Log in"),
        ("nb", "?ui_locales=en", "Log in"),
        ("en", "?ui_locales=nn+nb", "Logg inn"),
    ] {
        house.browser.language(accepted).await;
        house.begin(&house.app, query).await;
        assert_eq!(house.browser.text("h1").await, title, "{accepted} {query}");
    }
    // What was filled in stays.
    house.browser.enter("[data-testid=number]", "123").await;
    house.browser.click("[data-testid=language]").await;
    house.browser.until("document.documentElement.lang === 'en'").await;
    assert_eq!(house.browser.text("h1").await, "Log in");
    assert_eq!(house.browser.run("return document.querySelector('#number').value;").await, "123");
    house.browser.click("[data-testid=number-submit]").await;
    house.browser.until("!!document.querySelector('[data-testid=refused]')").await;
    assert_eq!(house.browser.run("return document.documentElement.lang;").await, "en");
    assert_eq!(house.pick("doctor").await, "Kvart Grevling");
    house.ends_well().await;
}
