//! How sessions end, and what they outlive.

use super::place::Place;

pub(super) async fn a_logout_here_ends_the_login_at_the_authority_too(place: &Place) {
    place.logged_in("doctor").await;
    place.click("log-out").await;
    assert_eq!(place.text("title").await, "You are logged out");
    assert!(place.is_at("/logged-out").await, "{}", place.browser.address().await);
    place.open("/").await;
    place.text("nobody").await;
    place.open("/dashboard").await;
    assert_eq!(place.pick("nurse").await, "Livstrett Bever", "it asks who it is");
}

pub(super) async fn a_logout_at_the_authority_ends_the_session_here(place: &Place) {
    place.logged_in("doctor").await;
    let told = place.app.told();
    let (first, _) = place.browser.new_tab().await;
    place.browser.open(&format!("{}/connect/endsession", place.authority.issuer())).await;
    place.click("logout-yes").await;
    place.text("logged-out").await;
    place.browser.frames_until(|| place.app.told() > told).await;
    place.browser.close_tab(&first).await;
    // The page is still there, and what it sends is nobody's.
    place.click("read").await;
    assert!(place.is_at_the_authority().await);
    place.open("/").await;
    place.text("nobody").await;
}

pub(super) async fn a_form_is_half_filled_in_when_the_session_ends(place: &Place) {
    place.logged_in("doctor").await;
    let session = |method: &str| {
        let address = place.at("/session");
        format!("return (await (await fetch('{address}', {{ method: '{method}' }})).json()).idle_ends_in;")
    };
    // A script of the page sees it coming, and keeps the session while somebody types.
    place.browser.enter("[data-testid=note]", "half a ").await;
    place.forward(3000);
    assert_eq!(place.browser.run(&session("GET")).await, 600);
    assert_eq!(place.browser.run(&session("POST")).await, 3600);
    place.forward(3000);
    place.browser.enter("[data-testid=note]", "note").await;
    place.click("save").await;
    place.text("saved").await;
    assert_eq!(place.app.saved().last().unwrap(), "half a note");

    // Without one, nothing is saved for nobody, and the person comes back to the form.
    place.open("/dashboard").await;
    place.browser.enter("[data-testid=note]", "too late").await;
    place.forward(3700);
    place.click("save").await;
    place.pick("doctor").await;
    assert!(place.is_at("/dashboard").await, "{}", place.browser.address().await);
    assert_eq!(place.app.saved().last().unwrap(), "half a note");
}

pub(super) async fn a_session_outlives_the_process(place: &Place) {
    place.logged_in("doctor").await;
    place.app.restart().await;
    // The page of before, its form and its button.
    place.browser.enter("[data-testid=note]", "before and after").await;
    place.click("save").await;
    place.text("saved").await;
    assert_eq!(place.app.saved().last().unwrap(), "before and after");
    place.open("/dashboard").await;
    place.click("read").await;
    assert_eq!(place.text("patients").await, "200");
}
