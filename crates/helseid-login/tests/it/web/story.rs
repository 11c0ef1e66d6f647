//! A login and what follows, as a person goes through it.

use http::{Method, StatusCode};

use super::world::*;

#[tokio::test]
async fn a_person_logs_in_looks_and_logs_out() {
    let world = World::new().await;
    let mut browser = world.browser();
    assert_eq!(browser.open("/").await.body, "stranger");
    let sent = browser.open("/me").await;
    assert_eq!((sent.status, sent.location()), (StatusCode::SEE_OTHER, "/login?return=%2Fme"));

    let address = browser.begin("/me").await;
    let query: Vec<_> =
        address.split_once('?').unwrap().1.split('&').map(|pair| pair.split('=').next()).collect();
    assert_eq!(query, [Some("client_id"), Some("request_uri")], "{address}");
    let back = browser.at_the_authority(&address, "doctor").await;
    let answer = browser.come_from_elsewhere(&back).await;
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/me"));
    assert_eq!(answer.header("referrer-policy"), "no-referrer");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert!(answer.body.is_empty(), "a callback shows nothing");
    let session = answer.headers.get_all("set-cookie").iter().map(|cookie| cookie.to_str().unwrap());
    let session = session.filter(|cookie| cookie.contains("_session_")).collect::<Vec<_>>();
    assert_eq!(session.len(), 1);
    assert!(session[0].starts_with("__Host-helseid_session_"), "{session:?}");
    assert!(session[0].ends_with("; Path=/; HttpOnly; Secure; SameSite=Lax"), "{session:?}");

    let me = browser.open("/me").await;
    assert_eq!(me.status, StatusCode::OK);
    assert_ne!(me.body, "nobody");
    assert_eq!(me.header("cache-control"), "no-store", "what is a person's is kept nowhere");
    assert_eq!(browser.open("/cached").await.header("cache-control"), "private, max-age=60");
    assert_eq!(browser.open("/plain").await.header("cache-control"), "");

    let cookie = browser.session().unwrap().to_owned();
    let leaving = browser.post("/logout", "").await;
    assert_eq!(leaving.status, StatusCode::OK);
    assert!(leaving.body.contains(r#"name="id_token_hint" value="eyJ"#), "{}", leaving.body);
    assert!(
        leaving.body.contains(r#"name="post_logout_redirect_uri" value="https://app.example/logged-out""#)
    );
    assert_eq!(browser.session(), None);
    // The cookie of before opens nothing.
    browser.cookies.insert(session[0].split('=').next().unwrap().to_owned(), cookie);
    assert_eq!(browser.open("/").await.body, "stranger");
    assert_eq!(browser.open("/logged-out").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_logout_ends_the_session_at_the_authority_too_however_old_its_id_token_is() {
    let world = World::new().await;
    let mut browser = world.logged_in("doctor").await;
    // Its ID token has ended since, and neither session has.
    for _ in 0..3 {
        world.forward(1100);
        browser.open("/me").await;
    }
    let mut tab = browser.clone();
    let address = tab.begin("/me").await;
    let back = tab.at_the_authority(&address, "cancel").await;
    assert!(back.contains("code="), "the authority asks nobody who it is: {back}");
    let leaving = browser.post("/logout", "").await;
    assert_eq!(browser.log_out_at_the_authority(&leaving).await, "/logged-out");
    let address = browser.begin("/me").await;
    // Nobody is logged in there any more: it asks who it is.
    let back = browser.at_the_authority(&address, "nurse").await;
    browser.come_from_elsewhere(&back).await;
    assert!(browser.open("/me").await.body.contains("Bever"));
}

#[tokio::test]
async fn two_tabs_log_in_at_once_and_each_comes_back_to_its_own() {
    let world = World::new().await;
    let mut browser = world.browser();
    let (one, two) = (browser.begin("/level").await, browser.begin("/epoch").await);
    assert_eq!(browser.pending().count(), 2);
    let back = browser.at_the_authority(&two, "doctor").await;
    assert_eq!(browser.come_from_elsewhere(&back).await.location(), "/epoch");
    let back = browser.at_the_authority(&one, "doctor").await;
    assert_eq!(browser.come_from_elsewhere(&back).await.location(), "/level");
}

#[tokio::test]
async fn the_back_button_and_a_bookmark_lead_on() {
    let world = World::new().await;
    let mut browser = world.browser();
    let address = browser.begin("/me").await;
    let back = browser.at_the_authority(&address, "doctor").await;
    browser.come_from_elsewhere(&back).await;
    let session = browser.session().unwrap().to_owned();
    for _ in 0..2 {
        let again = browser.come_from_elsewhere(&back).await;
        assert_eq!((again.status, again.location()), (StatusCode::SEE_OTHER, "/me"));
        assert_eq!(browser.session(), Some(&*session), "nothing changes");
    }
    let bookmark = browser.come_from_elsewhere("/callback?state=unknown&code=c&iss=x").await;
    assert_eq!(bookmark.location(), "/", "an unknown state leads home where somebody is logged in");
}

#[tokio::test]
async fn a_late_callback_begins_again_once_and_then_says_so() {
    let world = World::new().await;
    let mut browser = world.browser();
    let address = browser.begin("/me").await;
    let back = browser.at_the_authority(&address, "doctor").await;
    world.forward(3700);
    let again = browser.come_from_elsewhere(&back).await;
    assert_eq!((again.status, again.location()), (StatusCode::SEE_OTHER, "/login?return=%2Fme"));
    // From elsewhere, as browsers say of a redirect, and yet it goes on: the callback said so.
    let begun = browser.come_from_elsewhere(again.location()).await;
    assert_eq!(begun.status, StatusCode::SEE_OTHER, "{}", begun.body);
    let back = browser.at_the_authority(begun.location(), "doctor").await;
    world.forward(3700);
    let second = browser.come_from_elsewhere(&back).await;
    assert!(second.location().starts_with("/login/error/"), "{}", second.location());
    // The cookie is used up.
    let third = browser.come_from_elsewhere("/login?return=%2Fme").await;
    assert_eq!(third.status, StatusCode::OK, "a button");
}

#[tokio::test]
async fn nobody_is_logged_in_again_by_a_callback_after_a_logout() {
    let world = World::new().await;
    let mut browser = world.browser();
    let address = browser.begin("/me").await;
    let back = browser.at_the_authority(&address, "doctor").await;
    browser.come_from_elsewhere(&back).await;
    browser.post("/logout", "").await;
    let mut stranger = world.browser();
    let unknown = stranger.come_from_elsewhere(&back).await;
    assert!(unknown.location().starts_with("/login/error/"), "another browser: {}", unknown.location());
    assert_eq!(stranger.open("/").await.body, "stranger");
    let page = stranger.open(unknown.location()).await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    assert!(page.body.contains("This login can no longer be completed"), "{}", page.body);
    assert!(!page.body.contains("code=") && !page.body.contains("login.transaction"), "{}", page.body);
}

#[tokio::test]
async fn who_cancels_is_told_so_and_stays_who_they_were() {
    let world = World::new().await;
    let mut browser = world.logged_in("doctor").await;
    let session = browser.session().unwrap().to_owned();
    let again = browser.open("/login?return=%2Fme&max_age=0").await;
    let back = browser.at_the_authority(again.location(), "cancel").await;
    let answer = browser.come_from_elsewhere(&back).await;
    assert!(answer.location().starts_with("/login/error/"), "{}", answer.location());
    let page = browser.come_from_elsewhere(answer.location()).await;
    assert!(page.body.contains("You did not log in"), "{}", page.body);
    assert_eq!(browser.session(), Some(&*session));
    assert_eq!(browser.open("/me").await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_session_tells_a_script_what_it_may_know() {
    let world = World::new().await;
    assert_eq!(world.browser().call("/session").await.status, StatusCode::UNAUTHORIZED);
    let mut browser = world.logged_in("doctor").await;
    let told = browser.call("/session").await;
    assert_eq!(told.header("cache-control"), "no-store");
    let told = told.json();
    assert_eq!(told["level"], "4");
    assert!(told["ends_in"].as_i64().unwrap() > 3600, "{told}");
    let headers = [("sec-fetch-site", "same-origin"), ("sec-fetch-mode", "cors")];
    world.forward(1800);
    assert_eq!(browser.call("/session").await.json()["idle_ends_in"].as_i64().unwrap(), 1800);
    let extended = browser.send(Method::POST, "/session", &headers, "").await.json();
    assert_eq!(extended["idle_ends_in"].as_i64().unwrap(), 3600, "asking is no use, extending is");
    world.forward(3700);
    assert_eq!(browser.call("/session").await.status, StatusCode::UNAUTHORIZED);
}
