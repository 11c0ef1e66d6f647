//! What pages of other sites, other browsers and other hands can do: nothing.

use http::{Method, StatusCode};

use super::world::*;

const OWN: (&str, &str) = ("origin", SITE);

#[tokio::test]
async fn nothing_is_changed_by_a_page_of_another_site() {
    let world = World::new().await;
    let mut browser = world.logged_in("doctor").await;
    for path in ["/change", "/logout", "/login", "/session", "/save"] {
        for headers in [
            &[][..],
            &[("sec-fetch-site", "cross-site"), OWN],
            &[("sec-fetch-site", "same-site")],
            &[("origin", "null")],
            &[("origin", "https://evil.example")],
        ] {
            let answer = browser.send(Method::POST, path, headers, "").await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path} {headers:?}");
        }
    }
    assert_eq!(browser.open("/").await.body, "known");
    assert_eq!(browser.send(Method::POST, "/change", &[OWN], "").await.body, "changed", "an older browser");
    for method in [Method::PUT, Method::DELETE, Method::PATCH] {
        assert_eq!(browser.send(method, "/change", &[], "").await.status, StatusCode::FORBIDDEN);
    }
}

#[tokio::test]
async fn a_web_socket_of_another_site_sees_nobody() {
    let world = World::new().await;
    let mut browser = world.logged_in("doctor").await;
    let upgrade = [("upgrade", "websocket"), ("connection", "upgrade")];
    for origin in ["https://evil.example", "null"] {
        let headers = [upgrade[0], upgrade[1], ("origin", origin)];
        assert_eq!(browser.send(Method::GET, "/me", &headers, "").await.status, StatusCode::FORBIDDEN);
    }
    let headers = [upgrade[0], upgrade[1], OWN];
    assert_eq!(browser.send(Method::GET, "/me", &headers, "").await.status, StatusCode::OK);
}

#[tokio::test]
async fn another_site_begins_no_login_but_gets_a_page_with_a_button() {
    let world = World::new().await;
    let mut browser = world.browser();
    for _ in 0..8 {
        let page = browser.come_from_elsewhere("/login?return=/me").await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.body.contains(r#"name="return" value="/me""#), "{}", page.body);
    }
    assert_eq!(browser.pending().count(), 0);
    assert_eq!(browser.post("/login", "return=/me").await.status, StatusCode::SEE_OTHER, "the button");
    assert_eq!(browser.pending().count(), 1);
}

#[tokio::test]
async fn a_browser_keeps_few_logins_and_small_ones() {
    let world = World::new().await;
    let mut browser = world.browser();
    let mut first = String::new();
    for number in 0..12 {
        let address = browser.begin(&format!("/me?n={number}")).await;
        if number == 0 {
            first = address;
        }
        world.forward(1);
        let bytes: usize = browser.pending().map(|(name, value)| name.len() + 1 + value.len()).sum();
        assert!(bytes <= 4096, "{bytes} bytes after {number}");
        assert!(browser.pending().count() <= 8);
        assert!(browser.pending().all(|(_, value)| value.len() <= 1200));
    }
    assert!(browser.pending().count() >= 4);
    // The oldest is forgotten.
    let back = browser.at_the_authority(&first, "doctor").await;
    assert!(browser.come_from_elsewhere(&back).await.location().starts_with("/login/error/"));
    let long = format!("/me?{}", "x".repeat(500));
    let mut browser = world.browser();
    for _ in 0..6 {
        browser.begin(&long).await;
        world.forward(1);
        let bytes: usize = browser.pending().map(|(name, value)| name.len() + 1 + value.len()).sum();
        assert!(bytes <= 4096, "{bytes} bytes with long paths");
    }
}

#[tokio::test]
async fn a_login_goes_on_in_the_browser_that_began_it_alone() {
    let world = World::new().await;
    let (mut one, mut other) = (world.browser(), world.browser());
    let address = one.begin("/me").await;
    let back = one.at_the_authority(&address, "doctor").await;
    other.begin("/me").await;
    let answer = other.come_from_elsewhere(&back).await;
    assert!(answer.location().starts_with("/login/error/"), "login CSRF: {}", answer.location());
    assert_eq!(other.session(), None);
}

#[tokio::test]
async fn a_cookie_that_was_tossed_or_changed_is_none() {
    let world = World::new().await;
    let mut browser = world.browser();
    let address = browser.begin("/me").await;
    let back = browser.at_the_authority(&address, "doctor").await;
    let (name, value) = browser.pending().next().map(|(name, value)| (name.clone(), value.clone())).unwrap();
    let mut without_prefix = browser.clone();
    without_prefix.cookies.clear();
    without_prefix.cookies.insert(name.trim_start_matches("__Host-").to_owned(), value.clone());
    let mut moved = browser.clone();
    moved.cookies.clear();
    moved.cookies.insert(name.replace("_login_", "_session_"), value.clone());
    let mut changed = browser.clone();
    let flipped = if value.ends_with('A') { "E" } else { "A" };
    changed.cookies.insert(name.clone(), format!("{}{flipped}", &value[..value.len() - 1]));
    for mut bad in [without_prefix, moved, changed] {
        let answer = bad.come_from_elsewhere(&back).await;
        assert!(answer.location().starts_with("/login/error/"), "{}", answer.location());
        assert_eq!(bad.open("/").await.body, "stranger");
    }
    assert_eq!(browser.come_from_elsewhere(&back).await.location(), "/me");
}

#[tokio::test]
async fn what_a_proxy_says_changes_no_cookie_and_no_address() {
    let world = World::new().await;
    let mut browser = world.browser();
    let forwarded = [
        ("sec-fetch-site", "same-origin"),
        ("x-forwarded-proto", "http"),
        ("x-forwarded-host", "evil.example"),
        ("forwarded", "proto=http;host=evil.example"),
    ];
    let answer = browser.send(Method::GET, "/login?return=/me", &forwarded, "").await;
    assert!(browser.pending().all(|(name, _)| name.starts_with("__Host-")));
    let back = browser.at_the_authority(answer.location(), "doctor").await;
    assert_eq!(browser.come_from_elsewhere(&back).await.location(), "/me");
}

#[tokio::test]
async fn nobody_is_led_off_the_site() {
    let world = World::new().await;
    for path in
        ["//e.example", "/%5ce", "https://e.example", "/%252f%252fe", "/logout", "/login/x", "%2F%09%2Fe"]
    {
        let mut browser = world.browser();
        let answer = browser.log_in("doctor", path).await;
        assert_eq!(answer.location(), "/", "{path}");
    }
}

#[tokio::test]
async fn a_double_click_redeems_a_code_once() {
    let world = World::new().await;
    let mut browser = world.browser();
    let address = browser.begin("/me").await;
    let back = browser.at_the_authority(&address, "doctor").await;
    let mut copies: Vec<_> = (0..8).map(|_| browser.clone()).collect();
    let answers =
        futures_util::future::join_all(copies.iter_mut().map(|copy| copy.come_from_elsewhere(&back)));
    let logged_in = answers.await.iter().filter(|answer| answer.location() == "/me").count();
    assert_eq!(logged_in, 1);
    let mut winner = copies.into_iter().find(|copy| copy.session().is_some()).unwrap();
    assert_eq!(winner.open("/me").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_session_cookie_of_another_kind_opens_nothing_and_harms_nothing() {
    let world = World::new().await;
    let browser = world.logged_in("doctor").await;
    let name = browser.cookies.keys().find(|name| name.contains("_session_")).unwrap().clone();
    let cookie = browser.session().unwrap().to_owned();
    for bad in ["", "x", &cookie[1..], &format!("{cookie}A"), &"A".repeat(cookie.len()), &"A".repeat(5000)] {
        let mut bad_browser = world.browser();
        bad_browser.cookies.insert(name.clone(), bad.to_owned());
        assert_eq!(bad_browser.open("/").await.body, "stranger", "{bad}");
    }
}

#[tokio::test]
async fn without_the_login_around_it_a_route_lets_nobody_in() {
    use tower::ServiceExt as _;
    let app: axum::Router = axum::Router::new()
        .route("/me", axum::routing::get(async |_: helseid_login::User| "in"))
        .route("/maybe", axum::routing::get(async |_: Option<helseid_login::User>| "in"));
    for path in ["/me", "/maybe"] {
        let request = http::Request::get(path).body(axum::body::Body::empty()).unwrap();
        let answer = app.clone().oneshot(request).await.unwrap();
        assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
    }
}
