//! A person attests in a web app, at a real authority.

use axum::Router;
use axum::response::Response;
use axum::routing::get;
use helseid_login::{Login, User};
use helseid_protocol::details::OrganisationNumber;
use helseid_protocol::details::attestation::{ATTESTATION_TYPE, Attestation, Coded, Identified, Purpose};
use helseid_protocol::jose::jws::Unverified;
use http::{HeaderMap, Method, StatusCode};
use serde_json::Value;

use super::world::*;

/// Attests with an authorization, and calls an API: both are in the body. The answer is the API's.
pub(super) async fn attest(user: User, body: String) -> Result<String, (StatusCode, String)> {
    let failed = |why: String| (StatusCode::BAD_GATEWAY, why);
    let (url, authorization) = body.split_once(' ').unwrap();
    let place = Identified::organisation(&OrganisationNumber::parse("994598759").unwrap());
    let service = Coded::new("S03", "urn:oid:2.16.578.1.12.4.1.1.8655");
    let attestation = Attestation::new(place.clone(), place, service, Purpose::Treatment);
    let attestation = attestation.with_authorization(authorization);
    let attested = user.attest(attestation).await.map_err(|why| failed(why.to_string()))?;
    let answer = attested.get(url).send().await.map_err(|why| failed(why.to_string()))?;
    Ok(answer.text().into_owned())
}

/// What the token of a request says that the person attests.
async fn attested(headers: HeaderMap) -> String {
    let token = headers["authorization"].to_str().unwrap().strip_prefix("DPoP ").unwrap();
    let token = Unverified::parse(token, 20_000).unwrap();
    token.unverified_claims().get(ATTESTATION_TYPE).unwrap_or(&Value::Null).to_string()
}

pub(super) async fn api() -> String {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}/documents", listener.local_addr().unwrap());
    let router = Router::new().route("/documents", get(attested));
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

#[tokio::test]
async fn a_doctor_attests_as_a_doctor_and_as_nothing_else() {
    let (world, url) = (World::new().await, api().await);
    let mut browser = world.logged_in("doctor").await;
    let mut attests =
        async |authorization: &str| browser.post("/attest", &format!("{url} {authorization}")).await;
    for _ in 0..2 {
        let answer = attests("LE").await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        let said: Value = serde_json::from_str(&answer.body).unwrap();
        assert_eq!(said["practitioner"]["authorization"]["code"], "LE");
        assert_eq!(said["practitioner"]["hpr_nr"]["id"], "565505933");
    }
    // What is refused ends nothing.
    let refused = attests("SP").await;
    assert_eq!(refused.status, StatusCode::BAD_GATEWAY, "{}", refused.body);
    assert_eq!(attests("LE").await.status, StatusCode::OK);
    assert_eq!(browser.open("/me").await.status, StatusCode::OK);
}

/// The token of the person, as an API sees it.
pub(super) async fn called(user: User, url: String) -> Result<String, (StatusCode, String)> {
    let failed = |why: String| (StatusCode::BAD_GATEWAY, why);
    let answer = user.client().get(&url).send().await.map_err(|why| failed(why.to_string()))?;
    Ok(answer.text().into_owned())
}

/// Begins a login that attests.
pub(super) async fn record(login: Login, headers: HeaderMap, authorization: String) -> Response {
    let place = Identified::organisation(&OrganisationNumber::parse("994598759").unwrap());
    let service = Coded::new("S03", "urn:oid:2.16.578.1.12.4.1.1.8655");
    let attestation = Attestation::new(place.clone(), place, service, Purpose::Treatment);
    login.attesting(&headers, attestation.with_authorization(&authorization), "/me").await
}

#[tokio::test]
async fn a_login_that_attests_is_the_persons_own_and_its_tokens_say_so() {
    let (world, url) = (World::new().await, api().await);
    let mut browser = world.logged_in("doctor").await;
    assert_eq!(browser.post("/called", &url).await.body, "null");
    let sent = browser.post("/record", "LE").await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.body);
    let authorize = sent.location().to_owned();
    assert!(authorize.starts_with(world.authority.issuer().as_str()) && !authorize.contains("LE"));
    // The browser's login at the authority goes on: nobody is asked again.
    let back = browser.at_the_authority(&authorize, "nobody is asked").await;
    let back = browser.come_from_elsewhere(&back).await;
    assert_eq!((back.status, back.location()), (StatusCode::SEE_OTHER, "/me"), "{}", back.body);
    let said: Value = serde_json::from_str(&browser.post("/called", &url).await.body).unwrap();
    assert_eq!(said["practitioner"]["hpr_nr"]["id"], "565505933");
    // A second attestation for one call is one too many, and ends nothing.
    let twice = browser.post("/attest", &format!("{url} LE")).await;
    assert_eq!(twice.status, StatusCode::BAD_GATEWAY);
    assert_eq!(browser.open("/me").await.status, StatusCode::OK);
    // No page of another site begins one.
    let headers = [("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate")];
    let elsewhere = browser.send(Method::POST, "/record", &headers, "LE").await;
    assert_eq!(elsewhere.status, StatusCode::FORBIDDEN);
}

fn leads_to_me(page: &str) -> bool {
    page.contains("/me") || page.contains("%2Fme")
}

#[tokio::test]
async fn a_login_that_attests_and_does_not_succeed_never_leads_on_as_if_it_had() {
    let world = World::new().await;
    let mut browser = world.logged_in("doctor").await;
    assert_eq!(browser.open("/for").await.body, "nothing");
    // The first has its own session, which says what it is for.
    let sent = browser.post("/record", "LE").await;
    let back = browser.at_the_authority(sent.location(), "nobody is asked").await;
    assert_eq!(browser.come_from_elsewhere(&back).await.location(), "/me");
    assert_eq!(browser.open("/for").await.body, "/me");
    // It comes back a second time, while its session goes on.
    let again = browser.come_from_elsewhere(&back).await;
    assert!(again.location().starts_with("/login/error/"), "twice: {}", again.location());
    let page = browser.open(again.location()).await;
    assert!(
        page.body.contains("This login can no longer be completed") && !leads_to_me(&page.body),
        "{}",
        page.body
    );
    // The next is broken off.
    let sent = browser.post("/record", "LE").await;
    let back = browser.at_the_authority(sent.location(), "nobody is asked").await;
    let state = back.split(['?', '&']).find(|part| part.starts_with("state=")).unwrap().to_owned();
    let issuer = back.split(['?', '&']).find(|part| part.starts_with("iss=")).unwrap().to_owned();
    let cancelled = format!("/callback?error=access_denied&{state}&{issuer}");
    let cancelled = browser.come_from_elsewhere(&cancelled).await;
    let page = browser.open(cancelled.location()).await;
    assert!(page.body.contains("You did not log in") && !leads_to_me(&page.body), "{}", page.body);
    // The next comes too late, where a session goes on, and where none does: by itself nothing begins again.
    let sent = browser.post("/record", "LE").await;
    let back = browser.at_the_authority(sent.location(), "nobody is asked").await;
    world.forward(3700);
    let late = browser.come_from_elsewhere(&back).await;
    assert!(late.location().starts_with("/login/error/"), "late: {}", late.location());
    // The authority is away.
    let refused = browser.post("/record", "no code").await;
    assert!(refused.location().starts_with("/login/error/"), "{}", refused.location());
    assert!(!leads_to_me(&browser.open(refused.location()).await.body));
}

#[test]
fn no_app_lets_everybody_attest_the_same() {
    let place = Identified::organisation(&OrganisationNumber::parse("994598759").unwrap());
    let service = Coded::new("S03", "urn:oid:2.16.578.1.12.4.1.1.8655");
    let attestation = Attestation::new(place.clone(), place, service, Purpose::Treatment);
    let provider = helseid_login::test_util::TestProvider::new(&helseid_protocol::forge::TestClock::new());
    let client = provider.login("http://localhost:3000/callback").unwrap();
    let request = helseid_login::flow::LoginRequest::default().attestation(attestation);
    let error = Login::with_client(client).request(request).build().unwrap_err();
    assert!(error.to_string().starts_with("every login would attest the same"), "{error}");
}
