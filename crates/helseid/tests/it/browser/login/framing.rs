//! Pages of other sites: those that would frame a login, and those that post to it.

use super::house::{House, Plan};
use super::look;
use super::party::Registered;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_of_another_site_cannot_show_the_login_in_a_frame() {
    let house = House::new().await;
    house.browser.open(&house.app.at("/login-in-a-frame")).await;
    house.browser.switch_to_frame(true).await;
    assert!(!house.has("picker").await);
    house.browser.switch_to_frame(false).await;
    let complaints = look::complaints(&house.browser).await;
    assert!(complaints.iter().any(|text| text.contains("frame-ancestors 'none'")), "{complaints:?}");
    house.tells_nothing().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_is_posted_comes_to_the_application_with_nothing_in_its_address() {
    let house = House::new().await;
    house.begin(&house.app, "?response_mode=form_post").await;
    assert_eq!(house.pick("doctor").await, "Kvart Grevling");
    let callback: Vec<_> =
        house.app.came().into_iter().filter(|came| came.uri.starts_with("/callback")).collect();
    assert_eq!(callback.len(), 1, "{callback:?}");
    assert_eq!(callback[0].uri, "/callback");
    assert_eq!(callback[0].referrer, None);
    house.ends_well().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_is_posted_by_another_site_finds_the_session_and_stands_in_no_address() {
    let without_par = Registered { without_par: true, ..Registered::default() };
    let house = House::of(Plan { app: without_par, ..Plan::default() }).await;
    house.begin(&house.other, "").await;
    house.pick("doctor").await;
    house.browser.open(&house.app.at("/login-by-form?login_hint=somebody")).await;
    house.browser.click("[data-testid=go]").await;
    assert_eq!(house.who().await, "Kvart Grevling");
    assert_eq!(house.browser.address().await, house.app.at("/"));
    let sent = house.browser.sent().await;
    let to_authority = sent.iter().filter(|sent| sent.url.starts_with(&house.at("/connect/authorize")));
    let methods: Vec<_> = to_authority.clone().map(|sent| &*sent.method).collect();
    assert!(methods.windows(2).any(|pair| pair == ["POST", "GET"]), "{methods:?}");
    assert!(to_authority.clone().all(|sent| !sent.url.contains("somebody")), "{sent:?}");
    assert_eq!(look::complaints(&house.browser).await, Vec::<String>::new());
}
