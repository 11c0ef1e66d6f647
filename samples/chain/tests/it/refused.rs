//! What a chain must not let through: each thing that is set up wrong, and a person who has logged out, alone.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use chain::{api_one, api_two};
use helseid_admin_api::ClientFaults;
use helseid_client::{AuthorityRequest, Client, Endpoint, Response};
use helseid_protocol::dpop::ProofKey;
use helseid_protocol::jose::{Algorithm, PrivateJwk, RsaSize, SigningKey};
use helseid_protocol::secret::AccessToken;
use serde_json::json;

use crate::world::World;

#[tokio::test]
async fn nothing_is_exchanged_unless_the_web_app_lists_api_one() {
    let world = World::with(|app| app["may_be_exchanged_by"] = json!([]), |_| {}).await;
    let page = world.logged_in("doctor").await.open("/").await;
    let why = page.text("refused");
    assert!(why.contains("502") && why.contains("exchange.permitted"), "{why}");
    assert!(!page.html.contains("Paracet"));
}

#[tokio::test]
async fn an_api_that_the_token_is_not_for_is_not_told_that_it_is_good_and_calls_nobody() {
    let world = World::with(|_| {}, |one| one["own_audiences"] = json!([api_two::AUDIENCE])).await;
    let page = world.logged_in("doctor").await.open("/").await;
    let why = page.text("refused");
    assert!(why.contains("401"), "{why}");
    assert!(!page.html.contains("Paracet"));
}

#[tokio::test]
async fn a_token_of_the_web_app_is_for_api_one_alone() {
    let world = World::new().await;
    let caller = Caller::of_doctor(&world).await;
    assert_eq!(caller.get(world.one, "day").await.status(), StatusCode::OK);
    let refused = caller.get(world.two, "prescriptions").await;
    let challenge = refused.headers()["www-authenticate"].to_str().unwrap().to_owned();
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    assert!(challenge.contains("token.aud"), "{challenge}");
}

#[tokio::test]
async fn nobody_is_called_for_a_person_who_has_logged_out_five_seconds_ago() {
    let world = World::new().await;
    let caller = Caller::of_doctor(&world).await;
    assert_eq!(caller.get(world.one, "day").await.status(), StatusCode::OK);
    // A person who is still logged in.
    let other = Caller::of_doctor(&world).await;
    caller.log_out().await;
    world.authority.clock().forward(Duration::from_secs(5));
    // The token of the web app is good until it expires, and is let in; what it was exchanged for is good as long, and not used.
    let refused = caller.get(world.one, "day").await;
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED, "{}", refused.text());
    assert!(refused.headers()["www-authenticate"].to_str().unwrap().contains("invalid_token"));
    assert!(!refused.text().contains("Paracet"));
    assert_eq!(other.get(world.one, "day").await.status(), StatusCode::OK);
}

/// The token was called good a moment ago, and nothing was exchanged for it yet.
#[tokio::test]
async fn whoever_logged_out_just_before_an_exchange_is_told_to_log_in_again() {
    let world = World::new().await;
    let caller = Caller::of_doctor(&world).await;
    let one = world.clients.api_one.client_id.clone();
    world.authority.put_faults(one, ClientFaults { nonces_refused: 2, ..ClientFaults::default() });
    assert_eq!(caller.get(world.one, "day").await.status(), StatusCode::BAD_GATEWAY);
    caller.log_out().await;
    let refused = caller.get(world.one, "day").await;
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED, "{}", refused.text());
    assert!(refused.headers()["www-authenticate"].to_str().unwrap().contains("invalid_token"));
}

/// The web app as it calls for the doctor, without a browser.
struct Caller {
    client: Client,
    token: AccessToken,
    refresh_token: String,
    key: Arc<ProofKey>,
}

impl Caller {
    async fn of_doctor(world: &World) -> Self {
        let client = Client::builder(world.clients.web_app.clone());
        let client = client.clock(world.authority.clock().clone()).build().unwrap();
        let private = PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None);
        let key = Arc::new(ProofKey::new(SigningKey::new(&private).unwrap()));
        let login = world.authority.sign_in("doctor", &client.config().client_id);
        let scope = format!("openid offline_access {}", api_one::SCOPE);
        let tokens = login.scope(scope).bound_to(key.thumbprint().as_str()).await.unwrap();
        let token = AccessToken::new(tokens.access_token);
        Self { client, token, refresh_token: tokens.refresh_token.unwrap(), key }
    }

    async fn get(&self, api: SocketAddr, path: &str) -> Response {
        let call = self.client.get(&format!("http://{api}/{path}"));
        call.bound_token(self.token.clone(), self.key.clone()).send().await.unwrap()
    }

    /// Ends the login, of which the refresh token is.
    async fn log_out(&self) {
        let request = AuthorityRequest::repeatable(Endpoint::Revocation);
        let answer = self.client.authority().send(&request.parameter("token", &self.refresh_token)).await;
        assert_eq!(answer.unwrap().status(), StatusCode::OK);
    }
}
