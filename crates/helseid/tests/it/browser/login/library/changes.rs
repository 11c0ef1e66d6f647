//! What a logged-in person changes: the level, the organisation.

use super::app::CLINICS;
use super::place::Place;

pub(super) async fn a_step_up_that_is_broken_off_leaves_the_person_logged_in(place: &Place) {
    place.stranger().await;
    place.open("/dashboard").await;
    place.browser.click("#level option[value='3']").await;
    place.pick("doctor").await;
    assert_eq!(place.text("level").await, "3");

    place.open("/strong").await;
    assert!(place.text("least-level").await.ends_with('4'));
    place.click("cancel").await;
    assert_eq!(place.text("title").await, "You did not log in");
    let address = place.browser.address().await;
    assert!(address.starts_with(&place.at("/login/error/")) && !address.contains('?'), "{address}");
    place.click("home").await;
    assert!(place.is_at("/").await, "{}", place.browser.address().await);
    assert_eq!((place.text("who").await, place.text("level").await), ("Kvart Grevling".into(), "3".into()));

    place.open("/strong").await;
    place.pick("doctor").await;
    assert!(place.is_at("/strong").await);
    place.text("strong").await;
    assert_eq!(place.text("level").await, "4");
}

pub(super) async fn another_organisation_is_chosen_and_a_form_of_the_one_before_is_refused(place: &Place) {
    place.logged_in("doctor").await;
    let [north, south] = CLINICS;
    place.open("/ward").await;
    assert!(place.is_at("/choose").await, "whoever acts for nobody is led to choose");
    place.click(&format!("act-{north}")).await;
    assert_eq!(place.text("clinic").await, north);
    place.open("/dashboard").await;
    let (first, _) = place.browser.new_tab().await;
    place.open("/choose").await;
    place.click(&format!("act-{south}")).await;
    assert_eq!(place.text("clinic").await, south);
    place.browser.close_tab(&first).await;
    let saved = place.app.saved();
    place.browser.enter("[data-testid=note]", "of the north").await;
    place.click("save").await;
    place.text("refused").await;
    assert_eq!(place.app.saved(), saved);
    // With the new form it is.
    place.open("/dashboard").await;
    place.browser.enter("[data-testid=note]", "of the south").await;
    place.click("save").await;
    place.text("saved").await;
    assert_eq!(place.app.saved().last().unwrap(), "of the south");
}
