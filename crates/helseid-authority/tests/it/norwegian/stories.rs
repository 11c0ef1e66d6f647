//! Logins as stories, and the report of a session at which people log in.

use helseid_authority::Config;
use helseid_protocol::rule::Profile;
use reqwest::Method;
use serde_json::json;

use super::Walk;
use crate::login::attested::{attesting, of_the_login, refused};
use crate::login::back_channel::{Receiver, answers};
use crate::login::world::{CALLBACK, Login, by_page, revoke, with};

/// Each step that a login can have here, on its page, in the list, and on the page of one request.
pub(super) async fn walk() -> Walk {
    let receiver = Receiver::open().await;
    let login = Login::with(Config::in_memory(), |client| {
        client.login = serde_json::from_value(json!({
            "redirect_uris": [CALLBACK],
            "refresh_token_usage": "reusable",
            "backchannel_logout_uri": receiver.address,
        }))
        .unwrap();
    })
    .await;
    let (tokens, cookie) = by_page(&login).await;
    let text = |name: &str| tokens[name].as_str().unwrap().to_owned();
    login.desk.call(Method::GET, "/connect/userinfo", &text("access_token")).send().await.unwrap();
    login.granted(&login.refresh(&text("refresh_token")).await).await;
    revoke(&login, &text("refresh_token")).await;
    let broken = login.refresh(&text("refresh_token")).await;
    login.breaks("refresh.revoked", "invalid_grant", &broken).await;
    let id_token = text("id_token");
    let hint = [("id_token_hint", id_token.as_str())];
    tokio::join!(login.end(&hint, &cookie), receiver.receive("200 OK"));
    answers(&login, 1).await;
    login.code().await;
    let silent = with(with(login.parameters(), "test_pid", ""), "prompt", "none");
    login.visit_named(&login.pushed(silent).await).await;

    let mut walk = Walk::new(&login.desk).await;
    let (_, requests) = login.desk.admin(Method::GET, "/trace?limit=1000", None).await;
    let mut stories: Vec<_> =
        requests["items"].as_array().unwrap().iter().filter_map(|entry| entry["login"].as_str()).collect();
    let newest = requests["items"][0]["id"].as_str().unwrap();
    walk.open(&format!("/admin/trace/{newest}")).await;
    for attesting in attesting(&login).await {
        walk.open(&format!("/admin{attesting}")).await;
    }
    for (path, _) in refused(&login).await {
        walk.open(&format!("/admin{path}")).await;
    }
    walk.open(&format!("/admin{}", of_the_login(&login).await.0)).await;
    stories.dedup();
    for story in stories {
        walk.open(&format!("/admin/trace/logins/{story}")).await;
        walk.open(&format!("/admin/trace?login={story}")).await;
    }
    walk.open("/admin/trace/logins/ingen").await;
    report(&login, &mut walk).await;
    walk
}

async fn report(login: &Login, walk: &mut Walk) {
    let session = login.desk.running.open_conformance(Profile::Helseid).await.unwrap();
    let mut pushed = login.signed(login.parameters());
    for _ in 0..2 {
        let assertion = login.desk.assertion().claim("aud", session.issuer.as_str());
        pushed.assertion = assertion.sign(&login.desk.key);
        login.desk.post_to(&format!("/{}/connect/par", session.session), &pushed).send().await.unwrap();
    }
    for path in ["/connect/revocation", "/connect/introspect"] {
        login.desk.post_to(&format!("/{}{path}", session.session), &pushed).send().await.unwrap();
    }
    for grant in ["authorization_code", "refresh_token"] {
        pushed.form = vec![("grant_type", grant.to_owned())];
        login.desk.post_to(&format!("/{}/connect/token", session.session), &pushed).send().await.unwrap();
    }
    for path in ["/connect/authorize", "/connect/userinfo", "/connect/endsession"] {
        let url = login.desk.url(&format!("/{}{path}", session.session));
        let visit = login.browser.get(url).header("host", login.host()).bearer_auth("x");
        visit.send().await.unwrap();
    }
    walk.open(&format!("/admin/conformance/{}", session.session)).await;
}
