//! What a login, a session and a logout say to a log that hears everything: nothing that opens anything, and nothing of a person.

use std::time::Duration;

use helseid_login::flow::{Found, LoginClient, LoginRequest, Returned};
use helseid_login::session::{Begun, Sessions, Wanted};
use helseid_login::test_util::{TestClock, TestProvider};
use helseid_protocol::person::{PersonNumber, Subject, SyntheticMonth};
use url::Url;

use super::double::Double;
use super::log::Log;
use super::world::World;

/// Of the person who logs in at a double: number, number in HPR, names, `sub`.
fn of_the_person() -> Vec<String> {
    let number = PersonNumber::parse("15849197352", SyntheticMonth::Plus80).unwrap();
    let subject = Subject::of(&number).as_str().to_owned();
    ["15849197352", "565550846", "LIVSTRETT", "BEVER"]
        .map(str::to_owned)
        .into_iter()
        .chain([subject])
        .collect()
}

/// The values of a callback's query, as they came and as they are meant, but for the issuer's name.
fn of_the_query(back: &str) -> Vec<String> {
    let query = back.split_once('?').unwrap().1;
    let raw = query.split('&').filter_map(|pair| pair.split_once('=')).map(|(_, value)| value.to_owned());
    let meant = url::form_urlencoded::parse(query.as_bytes());
    let meant = meant.filter(|(name, _)| name != "iss").map(|(_, value)| value.into_owned());
    raw.chain(meant).chain([query.to_owned()]).collect()
}

fn has_none(log: &str, secrets: &[String]) {
    for secret in secrets {
        assert!(secret.len() > 4 && !log.contains(secret.as_str()), "{secret} in {log}");
    }
    // Whatever is signed begins so.
    assert!(!log.contains(".eyJ"), "{log}");
}

#[tokio::test]
async fn a_login_in_a_browser_leaves_nothing_of_its_query_cookies_or_person_in_a_log() {
    let (log, guard) = Log::begun();
    let mut secrets = of_the_person();
    let mut double = Double::new();
    let address = double.browser.begin("/sid?of=me").await;
    let back = format!("/callback?{}", double.authority.visit(&Url::parse(&address).unwrap()));
    secrets.extend(of_the_query(&back));
    secrets.extend(double.browser.cookies.values().cloned());
    // The request's name is worth a login while it lives.
    secrets.extend(address.split_once("request_uri=").map(|(_, name)| name.to_owned()));
    double.browser.come_from_elsewhere(&back).await;
    secrets.extend(double.browser.cookies.values().cloned());
    // Again, as the back button does, with another's, and one that was refused.
    double.browser.come_from_elsewhere(&back).await;
    double
        .browser
        .come_from_elsewhere("/callback?state=unknown-state&code=unknown-code&iss=https%3A%2F%2Fe.example")
        .await;
    secrets.extend(["unknown-state", "unknown-code", "e.example"].map(str::to_owned));
    let address = Url::parse(&double.browser.begin("/").await).unwrap();
    let cancelled =
        format!("/callback?{}&error_description=told", double.authority.cancel(&address, "odd_error"));
    secrets.extend(of_the_query(&cancelled).into_iter().filter(|value| value.len() > 4));
    double.browser.come_from_elsewhere(&cancelled).await;
    secrets.push(double.sid().await);
    // New tokens, and the end.
    double.clock.forward(Duration::from_secs(700));
    double.browser.open("/doctors").await;
    double.authority.refuse_next("invalid_grant");
    double.browser.post("/act", "999977774").await;
    let form = double.authority.logout_form(secrets.last().unwrap(), |jwt| jwt.claim("aud", "another"));
    double.back_channel(form).await;
    double.browser.post("/logout", "").await;
    drop(guard);
    assert!(!log.written().is_empty());
    has_none(&log.written(), &secrets);
}

#[tokio::test]
async fn a_login_over_the_network_leaves_nothing_of_its_query_and_cookies_in_the_log_of_the_app() {
    let world = World::new().await;
    let (log, guard) = Log::begun();
    let mut browser = world.browser();
    let address = browser.begin("/me").await;
    let back = browser.at_the_authority(&address, "doctor").await;
    let mut secrets = of_the_query(&back);
    secrets.extend(browser.cookies.values().cloned());
    browser.come_from_elsewhere(&back).await;
    secrets.extend(browser.cookies.values().cloned());
    let name = browser.open("/me").await.body;
    secrets.push(name);
    world.forward(1500);
    browser.open("/doctors").await;
    browser.post("/logout", "").await;
    drop(guard);
    assert!(!log.written().is_empty());
    has_none(&log.written_by("helseid_login helseid_client helseid_http hyper axum tower"), &secrets);
}

#[tokio::test]
async fn a_session_leaves_none_of_its_tokens_and_keys_in_a_log() {
    let (log, guard) = Log::begun();
    let clock = TestClock::new();
    let authority = TestProvider::new(&clock);
    let login: LoginClient = authority.login("https://app.example/callback").unwrap();
    let sessions = Sessions::in_memory(login.clone());
    let pushed = login.begin(&LoginRequest::default()).await.unwrap();
    let mut secrets = of_the_person();
    for name in ["state", "nonce", "code_challenge"] {
        secrets.extend(authority.pushed(&pushed.authorize, name));
    }
    let query = authority.visit(&pushed.authorize);
    let returned = Returned::read(query.as_bytes()).unwrap();
    let recognised = returned.recognise(Found::Pending(pushed.pending), &login).unwrap();
    let person = recognised.complete(&login).await.unwrap();
    secrets.push(person.id_token.expose().to_owned());
    secrets.push(person.access.token.expose().to_owned());
    let begun = sessions.begin(person, None).await.unwrap();
    let Begun::New(session) = begun else { panic!("{begun:?}") };
    tracing::trace!(?session, cookie = ?session.cookie(), ?sessions, ?login, "as an app may log them");
    secrets.push(session.cookie().expose().to_string());
    for _ in 0..3 {
        secrets.push(session.refresh_token().unwrap().expose().to_owned());
        clock.forward(Duration::from_secs(590));
        authority.refuse_next("temporarily_unavailable");
        let granted = sessions.token(&session, &Wanted::default()).await.unwrap();
        tracing::trace!(?granted, "as an app may log it");
        clock.forward(Duration::from_secs(20));
        let granted = sessions.token(&session, &Wanted::default()).await.unwrap();
        secrets.push(granted.token.token.expose().to_owned());
        secrets.push(granted.session.refresh_token().unwrap().expose().to_owned());
    }
    drop(guard);
    assert!(!log.written().is_empty());
    has_none(&log.written(), &secrets);
}

#[tokio::test]
async fn no_cookie_of_a_login_holds_a_token_or_anything_of_the_person() {
    let mut double = Double::new();
    double.log_in().await;
    assert!(double.browser.cookies.len() >= 2);
    for (name, value) in &double.browser.cookies {
        let bytes = helseid_protocol::jose::base64url::decode(value).unwrap();
        for secret in of_the_person().iter().map(String::as_str).chain([".eyJ", "offline_access"]) {
            assert!(!value.contains(secret), "{name}");
            assert!(!bytes.windows(secret.len()).any(|part| part == secret.as_bytes()), "{name}");
        }
    }
}
