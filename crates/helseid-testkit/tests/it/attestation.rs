//! A person attests at the authority, and an API demands it.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use helseid_api::{ApiProtection, AttestationAge, Attested};
use helseid_client::{AuthorityRequest, Client, KeyLocation, Response};
use helseid_protocol::details::attestation::{Attestation, Coded, Identified, Purpose};
use helseid_protocol::details::{Details, OrganisationNumber};
use helseid_protocol::dpop::ProofKey;
use helseid_protocol::endpoint::token::{TokenGranted, TokenType};
use helseid_protocol::grant::GrantType;
use helseid_protocol::id::ClientId;
use helseid_protocol::jose::{Algorithm, PrivateJwk, RsaSize, SigningKey};
use helseid_protocol::rule::Profile;
use helseid_protocol::secret::AccessToken;
use helseid_testkit::{AUDIENCE, SCOPE, World, registration};
use http::StatusCode;
use serde_json::json;

/// A web app whose doctor is logged in, and an API that wants an attestation of the last minute.
struct Desk {
    world: World,
    client: Client,
    key: Arc<ProofKey>,
    refresh_token: String,
    api: String,
}

async fn service(attested: Attested) -> String {
    attested.attestation().care_relationship.healthcare_service.code.clone()
}

async fn api(world: &World) -> String {
    let protection = ApiProtection::builder(world.authority.issuer().as_str(), AUDIENCE);
    let protection = protection.clock(world.clock().clone()).build().unwrap();
    let layer = protection.layer().attestation(AttestationAge::at_most(Duration::from_secs(60)));
    let router = Router::new().route("/", get(service)).layer(layer);
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

impl Desk {
    async fn new() -> Self {
        let world = World::start(Profile::Helseid).await.unwrap();
        let new_key = || PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None);
        let key = new_key();
        let mut web = registration(&key).unwrap();
        let id = ClientId::parse("web").unwrap();
        web.client_id = Some(id.clone());
        web.grant_types = [GrantType::AuthorizationCode, GrantType::RefreshToken].into_iter().collect();
        web.login =
            serde_json::from_value(json!({ "redirect_uris": ["https://app.example/callback"] })).unwrap();
        world.authority.register(web).await.unwrap();
        let proof = SigningKey::new(&new_key()).unwrap();
        let scope = format!("openid offline_access {SCOPE}");
        let thumbprint = proof.public().thumbprint().to_string();
        let tokens = world.authority.sign_in("doctor", &id).scope(scope).bound_to(thumbprint).await.unwrap();
        let mut config = world.config();
        (config.client_id, config.key) = (id, KeyLocation::Text(key.to_json()));
        let client = Client::builder(config).clock(world.clock().clone()).build().unwrap();
        let (api, key) = (api(&world).await, Arc::new(ProofKey::new(proof)));
        Self { world, client, key, refresh_token: tokens.refresh_token.unwrap(), api }
    }

    async fn refreshed(&mut self, details: Details) -> AccessToken {
        let request = AuthorityRequest::grant(GrantType::RefreshToken)
            .parameter("refresh_token", &*self.refresh_token)
            .details(details)
            .prove_with(self.key.clone());
        let answer = self.client.authority().send(&request).await.unwrap();
        let granted = TokenGranted::read(answer.status(), answer.bytes(), TokenType::Dpop).unwrap();
        self.refresh_token = granted.of_login.refresh_token.unwrap().expose().to_owned();
        granted.access_token
    }

    async fn called_with(&self, token: AccessToken) -> Response {
        self.client.get(&self.api).bound_token(token, self.key.clone()).send().await.unwrap()
    }
}

fn attestation() -> Details {
    let place = Identified::organisation(&OrganisationNumber::parse("994598759").unwrap());
    let service = Coded::new("S03", "urn:oid:2.16.578.1.12.4.1.1.8655");
    let attestation =
        Attestation::new(place.clone(), place, service, Purpose::Treatment).with_authorization("LE");
    Details::new().with_attestation(attestation)
}

fn challenge(response: &Response) -> &str {
    response.headers()["www-authenticate"].to_str().unwrap()
}

#[tokio::test]
async fn an_api_lets_in_who_attested_just_now_and_tells_others_what_is_missing() {
    let mut desk = Desk::new().await;
    let attested = desk.refreshed(attestation()).await;
    let answer = desk.called_with(attested.clone()).await;
    assert_eq!((answer.status(), &*answer.text()), (StatusCode::OK, "S03"));
    let plain = desk.refreshed(Details::new()).await;
    let plain = desk.called_with(plain).await;
    assert_eq!(plain.status(), StatusCode::FORBIDDEN);
    assert!(challenge(&plain).contains("insufficient_scope"), "{plain:?}");
    desk.world.clock().forward(Duration::from_secs(71));
    let old = desk.called_with(attested).await;
    assert_eq!(old.status(), StatusCode::FORBIDDEN);
    assert!(challenge(&old).contains("attestation_has_expired"), "{old:?}");
    let again = desk.refreshed(attestation()).await;
    assert_eq!(desk.called_with(again).await.status(), StatusCode::OK);
}
