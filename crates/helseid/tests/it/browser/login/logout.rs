//! A session ends, and every application of it is told.

use serde_json::json;

use super::house::{House, Plan};
use super::party::Registered;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_logout_at_one_application_is_told_to_one_on_another_site_and_leads_back() {
    let house = House::new().await;
    house.begin(&house.app, "").await;
    house.pick("doctor").await;
    house.begin(&house.other, "").await;
    house.who().await;

    // The form that the application posts to the authority comes without a cookie of it; the way on by GET has it.
    house.browser.open(&house.app.at("/")).await;
    house.browser.click("[data-testid=logout]").await;
    house.browser.click("[data-testid=logout-everywhere]").await;
    house.browser.text("[data-testid=logged-out]").await;
    house.browser.frames_until(|| !house.other.told().is_empty() && !house.app.told().is_empty()).await;
    assert_eq!(house.other.told(), [("front", true)]);
    assert_eq!(house.app.told(), [("front", false)], "it has ended its own before");
    let framed = house.other.came().into_iter().find(|came| came.uri.starts_with("/frontchannel-logout"));
    let framed = framed.unwrap();
    assert!(!framed.has_cookie && framed.referrer.is_none(), "{framed:?}");

    house.browser.click("[data-testid=back]").await;
    assert_eq!(house.browser.text("[data-testid=way-out]").await, "the-way-out");
    house.browser.open(&house.other.at("/")).await;
    house.browser.text("[data-testid=nobody]").await;
    house.begin(&house.other, "?prompt=none").await;
    assert_eq!(house.failed().await, "login_required");
    house.ends_well().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_application_on_another_site_is_told_by_the_authority_itself_and_its_session_ends() {
    let by_the_authority = Registered { back_channel: true, ..Registered::default() };
    let house = House::of(Plan { other: by_the_authority, ..Plan::default() }).await;
    house.begin(&house.app, "").await;
    house.pick("doctor").await;
    house.begin(&house.other, "").await;
    house.who().await;

    house.browser.open(&house.app.at("/")).await;
    house.browser.click("[data-testid=logout]").await;
    house.browser.click("[data-testid=logout-everywhere]").await;
    house.browser.text("[data-testid=logged-out]").await;
    house.browser.frames_until(|| !house.other.told().is_empty() && !house.app.told().is_empty()).await;
    assert_eq!((house.other.told(), house.app.told()), (vec![("back", true)], vec![("front", false)]));
    let told = house.other.came().into_iter().find(|came| came.uri == "/backchannel-logout").unwrap();
    assert!(!told.has_cookie && told.referrer.is_none(), "{told:?}");
    // The browser has had no part in it: its session there is over all the same.
    let frames = "return [...document.querySelectorAll('iframe')].map((frame) => new URL(frame.src).origin);";
    assert_eq!(house.browser.run(frames).await, json!([house.app.at("")]));
    house.browser.open(&house.other.at("/")).await;
    house.browser.text("[data-testid=nobody]").await;
    house.begin(&house.other, "?prompt=none").await;
    assert_eq!(house.failed().await, "login_required");
    house.ends_well().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_did_not_ask_to_be_logged_out_is_asked_and_may_stay() {
    let house = House::new().await;
    house.begin(&house.app, "").await;
    house.pick("doctor").await;
    for (answer, said) in [("logout-no", "still-logged-in"), ("logout-yes", "logged-out")] {
        house.browser.open(&house.at("/connect/endsession")).await;
        house.browser.text("[data-testid=confirm-logout]").await;
        house.browser.click(&format!("[data-testid={answer}]")).await;
        house.browser.text(&format!("[data-testid={said}]")).await;
        let told = house.app.told();
        assert!(told.is_empty() || answer == "logout-yes", "{told:?}");
    }
    house.browser.frames_until(|| !house.app.told().is_empty()).await;
    assert_eq!(house.app.told(), [("front", true)]);
    // Nobody is left to be asked.
    house.browser.open(&house.at("/connect/endsession")).await;
    house.browser.text("[data-testid=logged-out]").await;
    house.ends_well().await;
}
