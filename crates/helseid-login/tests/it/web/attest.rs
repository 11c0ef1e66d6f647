//! A person attests in a web app, at a real authority.

use axum::Router;
use axum::routing::get;
use helseid_login::User;
use helseid_protocol::details::OrganisationNumber;
use helseid_protocol::details::attestation::{ATTESTATION_TYPE, Attestation, Coded, Identified, Purpose};
use helseid_protocol::jose::jws::Unverified;
use http::{HeaderMap, StatusCode};
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
    token.unverified_claims()[ATTESTATION_TYPE].to_string()
}

async fn api() -> String {
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
