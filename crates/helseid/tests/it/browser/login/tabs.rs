//! Tabs, the back button, pages that were left open, and browsers that keep nothing.

use std::time::Duration;

use super::house::{House, Plan};
use crate::browser::driver::Setup;
use crate::browser::traffic::Sent;

impl House {
    /// How many answers the browser sends where a person is clicked on twice.
    async fn answers_of_a_double_click(&self) -> usize {
        self.browser.sent().await;
        self.browser.double_click("[data-testid=person-doctor]").await;
        let is_answer = |sent: &Sent| sent.method == "POST" && sent.url == self.at("/login");
        self.browser.sent().await.iter().filter(|sent| is_answer(sent)).count()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn logins_in_two_tabs_do_not_disturb_each_other() {
    let house = House::new().await;
    house.begin(&house.app, "").await;
    let (first, second) = house.browser.new_tab().await;
    house.begin(&house.other, "").await;
    house.browser.to_tab(&first).await;
    assert_eq!(house.pick("doctor").await, "Kvart Grevling");
    house.browser.to_tab(&second).await;
    // The page was there before the session, and is answered for itself.
    assert_eq!(house.pick("nurse").await, "Livstrett Bever");
    house.browser.to_tab(&first).await;
    house.browser.open(&house.app.at("/")).await;
    assert_eq!(house.who().await, "Kvart Grevling");
    house.ends_well().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_back_button_shows_no_page_of_a_login_that_is_over_and_says_what_to_do() {
    let house = House::new().await;
    house.browser.open(&house.app.at("/")).await;
    house.browser.click("[data-testid=login]").await;
    house.pick("doctor").await;
    house.browser.back().await;
    // The page was not kept: its address has been used.
    assert!(!house.has("picker").await);
    assert!(!house.browser.text("[data-testid=error-fix]").await.is_empty());
    house.browser.back().await;
    assert_eq!(house.browser.address().await, house.app.at("/"));
    assert_eq!(house.who().await, "Kvart Grevling");
    house.ends_well().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_that_was_left_open_for_too_long_says_so_and_logs_nobody_in() {
    let house = House::new().await;
    house.begin(&house.app, "").await;
    house.authority.clock().forward(Duration::from_secs(3700));
    house.browser.click("[data-testid=person-doctor]").await;
    let why = house.browser.text("[data-testid=error-why]").await;
    assert!(why.contains("more than an hour"), "{why}");
    house.begin(&house.app, "?prompt=none").await;
    assert_eq!(house.failed().await, "login_required");
    house.ends_well().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_double_click_on_a_person_sends_one_answer_and_logs_that_person_in() {
    let house = House::new().await;
    house.begin(&house.app, "").await;
    assert_eq!(house.answers_of_a_double_click().await, 1);
    assert_eq!(house.who().await, "Kvart Grevling");

    // Where no script keeps the second one back, the authority does, and says what to do.
    house.browser.block("*/once.js").await;
    house.begin(&house.other, "?prompt=login").await;
    house.browser.latency(500).await;
    assert_eq!(house.answers_of_a_double_click().await, 2);
    house.browser.latency(0).await;
    house.browser.open(&house.other.at("/")).await;
    house.ends_well().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_browser_that_keeps_no_cookies_is_told_that_it_must() {
    let house = House::of(Plan { browser: Setup::WithoutCookies, ..Plan::default() }).await;
    house.begin(&house.app, "").await;
    house.browser.click("[data-testid=person-doctor]").await;
    let why = house.browser.text("[data-testid=error-why]").await;
    assert!(why.contains("cookie"), "{why}");
    assert!(!house.browser.text("[data-testid=error-fix]").await.is_empty());
    house.ends_well().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_form_that_another_browser_was_shown_is_refused() {
    let house = House::new().await;
    house.begin(&house.app, "").await;
    house.browser.forget_cookies().await;
    house.browser.click("[data-testid=person-doctor]").await;
    assert_eq!(house.browser.text("[data-testid=error-rule]").await, "interaction.browser");
    house.ends_well().await;
}
