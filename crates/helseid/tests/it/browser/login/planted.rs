//! Each look at a page, an address and the log finds what was put there to be found.

use super::house::House;
use super::party::PLANTED;
use super::{look, watch};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wrong_with_a_page_is_found() {
    let house = House::new().await;
    for (planted, kind) in [
        ("policy", "Content Security Policy"),
        ("script", "script: "),
        ("handler", "script: button onclick"),
        ("contrast", "image-alt"),
        ("wide", "narrow: "),
    ] {
        house.browser.open(&house.app.at(&format!("/planted/{planted}"))).await;
        let faults = look::faults(&house.browser).await;
        assert!(faults.iter().any(|fault| fault.contains(kind)), "{planted}: {faults:?}");
    }
    // And nothing where nothing is.
    house.browser.open(&house.app.at("/planted/nothing")).await;
    assert_eq!(look::faults(&house.browser).await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_number_is_found_in_an_address_in_a_referrer_and_in_the_log() {
    let house = House::new().await;
    let forbidden = [PLANTED.to_owned()];
    let parties = [&house.app, &house.other];
    house.browser.open(&house.app.at("/planted/address")).await;
    assert_eq!(watch::in_addresses(&house.browser, &parties, &forbidden).await, Vec::<String>::new());
    house.browser.click("[data-testid=go]").await;
    house.browser.text("[data-testid=failed]").await;
    let address = house.app.at(&format!("/failed?pid={PLANTED}"));
    let found = watch::in_addresses(&house.browser, &parties, &forbidden).await;
    assert!(found.contains(&address) && found.contains(&format!("/failed?pid={PLANTED}")), "{found:?}");
    // The next page is told where the browser came from.
    house.browser.run("location.href = '/'; return 1;").await;
    house.browser.text("[data-testid=nobody]").await;
    let parties: [&super::party::Party; 0] = [];
    let found = watch::in_addresses(&house.browser, &parties, &forbidden).await;
    assert_eq!(found, [address]);

    assert_eq!(watch::logged(PLANTED), Vec::<String>::new());
    tracing::info!("a line with {PLANTED}");
    assert_eq!(watch::logged(PLANTED).len(), 1);
}
