//! What people read.

use helseid_authority::TestAuthority;
use helseid_testkit::{Proxy, Weather};
use http::StatusCode;

use super::attest::api;
use super::world::*;

#[tokio::test]
async fn a_page_is_never_framed_and_loads_nothing_from_elsewhere() {
    let world = World::new().await;
    let mut browser = world.browser();
    let start = browser.come_from_elsewhere("/login?return=/me").await;
    let unknown = browser.come_from_elsewhere("/callback?state=x&code=y&iss=z").await;
    let error = browser.open(unknown.location()).await;
    let out = browser.open("/logged-out").await;
    for page in [start, error, out] {
        let policy = page.header("content-security-policy");
        for part in ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "script-src 'self'"] {
            assert!(policy.contains(part), "{part}: {policy}");
        }
        assert_eq!(page.header("cache-control"), "no-store");
        assert_eq!(page.header("referrer-policy"), "same-origin", "forms need an origin");
        assert_eq!(page.header("x-frame-options"), "DENY");
        assert!(!page.body.contains("<script") && !page.body.contains("style="), "{}", page.body);
    }
    for asset in ["style.css", "send.js"] {
        assert_eq!(browser.open(&format!("/login/assets/{asset}")).await.status, StatusCode::OK);
    }
    assert_eq!(browser.open("/login/assets/x").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_page_of_an_error_is_there_in_its_browser_for_ten_minutes() {
    let world = World::new().await;
    let mut browser = world.browser();
    let answer = browser.come_from_elsewhere("/callback?state=x&code=secret-code&iss=z").await;
    let path = answer.location().to_owned();
    assert!(!path.contains("secret-code") && path.starts_with("/login/error/"));
    let page = browser.open(&path).await;
    let id = path.rsplit('/').next().unwrap();
    assert!(page.body.contains(id), "the id is on the page");
    assert_eq!(world.browser().open(&path).await.status, StatusCode::NOT_FOUND, "another browser");
    assert_eq!(browser.open("/login/error/another").await.status, StatusCode::NOT_FOUND);
    world.forward(601);
    assert_eq!(browser.open(&path).await.status, StatusCode::NOT_FOUND, "later");
}

#[tokio::test]
async fn a_norwegian_browser_reads_norwegian() {
    let world = World::new().await;
    let mut browser = world.browser();
    browser.language = "nb-NO,nb;q=0.9,en;q=0.5";
    let page = browser.come_from_elsewhere("/login?return=/me").await;
    assert!(
        page.body.contains(r#"<html lang="nb">"#) && page.body.contains("Logg inn med HelseID"),
        "{}",
        page.body
    );
    let out = browser.open("/logged-out").await;
    assert!(out.body.contains("Du er logget ut"), "{}", out.body);
}

#[tokio::test]
async fn an_authority_that_is_away_is_said_to_be() {
    let world = World::new().await;
    let mut browser = world.browser();
    let World { authority, .. } = world;
    drop(authority);
    let answer = browser.open("/login?return=/me").await;
    let page = browser.open(answer.location()).await;
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(page.body.contains("HelseID is not responding"), "{}", page.body);
}

#[tokio::test]
async fn who_is_logged_in_stays_so_while_the_authority_is_away() {
    let proxy = Proxy::new().unwrap();
    let authority = TestAuthority::start_behind(proxy.name().unwrap().parse().unwrap()).await.unwrap();
    proxy.forward_to(authority.addresses()[0]).unwrap();
    let (world, url) = (World::at(authority, |builder| builder).await, api().await);
    let mut browser = world.logged_in("doctor").await;
    assert_eq!(browser.post("/called", &url).await.status, StatusCode::OK);
    // Its access token has ended.
    world.forward(601);
    proxy.all(Weather::Dropped);
    assert_eq!(browser.post("/called", &url).await.status, StatusCode::BAD_GATEWAY);
    assert!(proxy.requests() > 0, "it was asked");
    assert_eq!(browser.open("/me").await.status, StatusCode::OK);
    proxy.all(Weather::Fair);
    world.forward(60);
    let called = browser.post("/called", &url).await;
    assert_eq!(called.status, StatusCode::OK, "{}", called.body);
}
