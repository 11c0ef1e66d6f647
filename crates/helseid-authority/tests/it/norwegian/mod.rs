//! Norwegian pages have no English sentence: every page, each refusal of a form, each change in the log, and what is wrong
//! with requests, in the trace and in the report of a session.

mod english;
mod refused_forms;
mod refused_requests;
mod sentences;
mod stories;

use std::collections::BTreeSet;

use helseid_admin_api::ClientRegistration;
use helseid_authority::{Config, Running, Seed};
use helseid_protocol::rule::Profile;
use helseid_protocol::scope::ScopeSet;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::browser::Browser;
use crate::desk::{Desk, READ, Sent, new_key};
use crate::{http, read_back, start, start_with};
use english::{english, texts};
use sentences::{same_in_both_languages, unseen};

/// A walk through the pages in Norwegian, which looks at each.
struct Walk {
    browser: Browser,
    /// The same session in English.
    english: Browser,
    /// Every text that was seen.
    seen: BTreeSet<String>,
    /// Those that a page has in both languages.
    same: BTreeSet<String>,
    /// What is wrong with the pages.
    problems: Vec<String>,
}

impl Walk {
    async fn new(desk: &Desk) -> Self {
        Self::of(&desk.running).await
    }

    async fn of(running: &Running) -> Self {
        let english = Browser::signed_in(running).await;
        let browser = english.clone().in_norwegian().await;
        Self { browser, english, seen: BTreeSet::new(), same: BTreeSet::new(), problems: Vec::new() }
    }

    fn look_at(&mut self, page: &str, what: &str) {
        assert!(page.contains("<html lang=\"nb\">"), "{what}: {page}");
        self.problems.extend(english(page).into_iter().map(|text| format!("{what}: {text}")));
        self.seen.extend(texts(page));
    }

    fn finish(&self) {
        assert!(self.problems.is_empty(), "{:#?}", self.problems);
    }

    async fn open(&mut self, path: &str) {
        let page = self.browser.get(path).await.text().await.unwrap();
        self.look_at(&page, path);
        let english = self.english.get(path).await.text().await.unwrap();
        let english: BTreeSet<_> = texts(&english).into_iter().collect();
        self.same.extend(texts(&page).into_iter().filter(|text| english.contains(text)));
    }

    /// A form that is accepted, and the page that it leads to.
    async fn send(&mut self, path: &str, fields: &[(&str, &str)]) {
        let answer = self.browser.post(path, fields).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{path} {fields:?}");
        let place = self.browser.place(&answer);
        self.open(&place).await;
    }

    /// A form that is refused.
    async fn refuse(&mut self, path: &str, fields: &[(&str, &str)]) {
        let answer = self.browser.post(path, fields).await;
        if !answer.status().is_client_error() {
            return self.problems.push(format!("{path} {fields:?}: {}", answer.status()));
        }
        let page = answer.text().await.unwrap();
        assert!(page.contains("Hva du kan gjøre"), "{path} {fields:?}");
        self.look_at(&page, &format!("{path} {fields:?}"));
    }
}

/// A client without English words in its name.
async fn desk() -> Desk {
    desk_with(Config::in_memory()).await
}

async fn desk_with(config: Config) -> Desk {
    Desk::with(config, |client| client.name = "Klienten".to_owned()).await
}

#[tokio::test]
async fn the_walk_finds_english_where_it_was_chosen() {
    let desk = desk().await;
    let browser = Browser::signed_in(&desk.running).await;
    for path in ["/admin", "/admin/clients/the-client", "/admin/trace", "/admin/nothing"] {
        let page = browser.get(path).await.text().await.unwrap();
        assert!(!english(&page).is_empty(), "{path}");
    }
}

#[tokio::test]
async fn every_page_and_every_change_is_norwegian() {
    let desk = desk().await;
    desk.running.ready().await;
    let mut walk = Walk::new(&desk).await;
    let sign_in = walk.browser.http.get(walk.browser.url("/admin/sign-in"));
    let sign_in = walk.browser.with_cookie(sign_in).send().await.unwrap().text().await.unwrap();
    walk.look_at(&sign_in, "sign-in");
    for path in [
        "/admin/trace",
        "/admin/clients?search=ingen",
        "/admin/clients/new",
        "/admin/conformance",
        "/admin/nothing",
        "/admin/trace/ingen",
        "/admin/clients/ingen",
    ] {
        walk.open(path).await;
    }
    desk.token(READ).await;
    let (_, newest) = desk.admin(Method::GET, "/trace?limit=1", None).await;
    walk.open(&format!("/admin/trace/{}", newest["items"][0]["id"].as_str().unwrap())).await;

    // The log names each kind of change. The overview shows the newest.
    let api = [("audience", "nhn:mitt-api"), ("scopes", "nhn:mitt-api/les"), ("approval", "yes")];
    walk.send("/admin/apis", &api).await;
    let organisation = [("number", "123456785"), ("name", "Kommunen"), ("children", "999977774")];
    walk.send("/admin/organisations", &organisation).await;
    let delegation = [("parent", "123456785"), ("supplier", "994598759")];
    walk.send("/admin/delegations", &delegation).await;
    let person = [
        ("short_name", "kirurg"),
        ("number", "29829620004"),
        ("given_name", "Ny"),
        ("family_name", "Endret"),
    ];
    walk.send("/admin/persons", &person).await;
    let access_key = json!({ "purpose": "test-tokens", "name": "mitt" });
    let (_, made) = desk.admin(Method::POST, "/access-keys", Some(&access_key)).await;
    walk.open("/admin").await;
    walk.send("/admin/persons/remove", &[("remove", "kirurg")]).await;
    walk.send("/admin/delegations/remove", &delegation).await;
    walk.send("/admin/organisations/remove", &[("remove", "123456785")]).await;
    walk.send("/admin/apis/remove", &[("audience", "nhn:mitt-api")]).await;
    let path = format!("/access-keys/{}", made["id"].as_str().unwrap());
    assert_eq!(desk.admin(Method::DELETE, &path, None).await.0, StatusCode::NO_CONTENT);
    walk.open("/admin").await;

    let key = crate::pages::public_pem();
    walk.send(
        "/admin/clients",
        &[("name", "Ny"), ("client_id", "ny"), ("key", &key), ("expires", "2027-01-01")],
    )
    .await;
    walk.send("/admin/clients/ny/keys", &[("key", &crate::pages::public_pem()), ("expires", "2026-10-01")])
        .await;
    walk.send(
        "/admin/clients/ny",
        &[("name", "Endret"), ("token_lifetime", "60"), ("grant", "client_credentials")],
    )
    .await;
    walk.send("/admin/clients/ny/enabled", &[("enabled", "no")]).await;
    walk.open("/admin/clients").await;
    walk.open("/admin").await;
    walk.send("/admin/clients/ny/remove", &[("confirmation", "ny")]).await;
    walk.send("/admin/clients", &[("name", "Uten"), ("client_id", "uten")]).await;
    walk.send("/admin/signing-keys/rotate", &[("lead", "60")]).await;
    // The new key signs, and the old one is still published; then that has expired.
    for seconds in [100, 600] {
        desk.forward(seconds);
        walk.open("/admin/signing-keys").await;
    }
    let seeded =
        ClientRegistration { client_id: Some("fra-fil".parse().unwrap()), ..registration("Fra fil") };
    let seed = Seed { clients: vec![seeded], ..Seed::default() };
    desk.running.apply_seed(seed, false).await.unwrap();
    walk.open("/admin/clients/fra-fil").await;
    walk.open("/admin/clients").await;
    let draft = draft(&desk).await;
    let renamed = json!({ "name": "Utkast" });
    let path = format!("/clients/{draft}");
    assert_eq!(desk.admin(Method::PATCH, &path, Some(&renamed)).await.0, StatusCode::OK);
    walk.open(&format!("/admin/clients/{draft}")).await;
    walk.open("/admin").await;
    walk.send(&format!("/admin/clients/{draft}/approve"), &[]).await;
    walk.send("/admin/conformance", &[]).await;
    let all = [
        ("upstream", "http://localhost:5000"),
        ("credentials", "as_bearer"),
        ("audience", "norsk-helsenett:python-sample-api"),
        ("requires", "person"),
        ("requires", "hpr_number"),
        ("requires", "organisation"),
        ("requires", "nonce"),
        ("security_level", "4"),
        ("attestation_minutes", "30"),
    ];
    walk.send("/admin/conformance", &all).await;
    walk.open("/admin/conformance").await;
    walk.open("/admin/trace?outcome=granted").await;

    let session = desk.running.open_conformance(Profile::Legacy).await.unwrap();
    let assertion = desk.assertion().claim("aud", session.issuer.as_str()).sign(&desk.key);
    let sent = Sent { assertion, proof: None, ..desk.sent(READ).await };
    let granted = desk.post_to(&format!("/{}/connect/token", session.session), &sent).send().await.unwrap();
    assert_eq!(granted.status(), StatusCode::OK);
    walk.open("/admin/conformance").await;
    walk.open(&format!("/admin/conformance/{}", session.session)).await;

    refused_requests::walk(&desk, &mut walk).await;
    let told = stories::walk().await;
    walk.seen.extend(told.seen);
    walk.same.extend(told.same);
    walk.problems.extend(told.problems);
    // Of an authority without clients.
    let running = start().await;
    let mut empty = Walk::of(&running).await;
    empty.open("/admin").await;
    empty.open("/admin/clients").await;
    walk.seen.extend(empty.seen);
    walk.problems.extend(empty.problems);
    walk.problems.extend(unseen(&walk.seen));
    walk.problems.extend(same_in_both_languages(&walk.same));
    walk.finish();
}

fn registration(name: &str) -> ClientRegistration {
    ClientRegistration::new(name, ScopeSet::parse(READ).unwrap(), vec![])
}

/// A draft of a client, which nobody has approved.
async fn draft(desk: &Desk) -> String {
    let key = desk.access_key("client-drafts").await;
    let draft = json!({
        "organizationNumber": "999977774", "publicJwk": new_key().public().to_json(), "apiScopes": [READ],
        "audienceSpecificClientClaims": null, "redirectUris": null, "postLogoutRedirectUris": null,
        "childOrganizationNumbers": null, "postClientConfirmationRedirectUri": "http://localhost:1/",
    });
    let request = http().post(desk.url("/v1/client-drafts")).header("api-key", key).body(draft.to_string());
    let host = desk.running.issuer().as_str().trim_start_matches("http://").to_owned();
    let answer = crate::json(request.header("host", host).send().await.unwrap()).await;
    answer["clientId"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn entries_that_cannot_be_read_are_told_of_in_norwegian() {
    let folder = tempfile::tempdir().unwrap();
    let config = || Config::in_folder(folder.path().join("data"));
    let first = desk_with(config()).await;
    for id in ["a", "b", "c", "d"] {
        let odd = json!({ "name": id });
        assert_eq!(first.admin(Method::PUT, &format!("/clients/{id}"), Some(&odd)).await.0, StatusCode::OK);
    }
    first.running.shut_down().await;
    for sql in [
        "UPDATE client SET scopes = 'a\"b' WHERE id = 'a'",
        "UPDATE client SET api_claims = '{' WHERE id = 'b'",
        "UPDATE client SET org_children = '12' WHERE id = 'c'",
        "UPDATE client SET token_lifetime = -1 WHERE id = 'd'",
    ] {
        read_back::type_in(folder.path(), sql).await;
    }
    let running = start_with(config()).await;
    let browser = Browser::signed_in(&running).await.in_norwegian().await;
    for path in ["/admin", "/admin/clients", "/admin/clients/a"] {
        let page = browser.get(path).await.text().await.unwrap();
        assert!(page.contains("Oppføringer som ikke kan leses") || path.ends_with("/a"), "{page}");
        assert_eq!(english(&page), Vec::<String>::new(), "{path}");
    }
}

/// What the API of a session demanded in vain.
#[tokio::test]
async fn what_a_call_did_not_meet_is_told_in_norwegian() {
    let login = crate::login::world::Login::new().await;
    let sessions = crate::login::fronted::broken_demands(&login).await;
    let mut walk = Walk::of(&login.desk.running).await;
    for session in sessions {
        walk.open(&format!("/admin/conformance/{session}")).await;
    }
    walk.finish();
}

/// Of each breach of a rule, in the trace and in a report.
#[tokio::test]
async fn what_is_wrong_with_a_request_is_told_in_norwegian() {
    let desk = desk().await;
    let mut walk = Walk::new(&desk).await;
    refused_requests::walk(&desk, &mut walk).await;
    let session = desk.running.open_conformance(Profile::Legacy).await.unwrap();
    let path = format!("/{}/connect/token", session.session);
    let mut sent = desk.sent(READ).await;
    let assertion = desk.assertion().header("typ", "JWT").claim("aud", session.issuer.at("/connect/token"));
    sent.assertion = assertion.claim("exp", desk.now().seconds() + 600).sign(&desk.key);
    desk.post_to(&path, &sent).send().await.unwrap();
    sent.assertion = "a.b.c".to_owned();
    desk.post_to(&path, &sent).send().await.unwrap();
    walk.open(&format!("/admin/conformance/{}", session.session)).await;
    walk.finish();
}
