//! Keys fetched from a real issuer, and fetched again when it has changed them.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::routing::get;
use helseid_api::ApiProtection;
use helseid_protocol::jose::{JwkSet, SigningKey};
use helseid_protocol::rule::Rule;
use http::StatusCode;

use crate::world::{AUDIENCE, Sent, World, new_key, routes, rule};

/// Serves metadata and these keys.
async fn serve(keys: Arc<Mutex<JwkSet>>) -> String {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let issuer = format!("http://{}", listener.local_addr().unwrap());
    let metadata =
        format!(r#"{{"issuer":"{issuer}","jwks_uri":"{issuer}/jwks","token_endpoint":"{issuer}/token"}}"#);
    let router = Router::new()
        .route("/.well-known/openid-configuration", get(move || async move { metadata }))
        .route("/jwks", get(move || async move { keys.lock().unwrap().to_json() }));
    tokio::spawn(async move { axum::serve(listener, router).await });
    issuer
}

#[tokio::test]
async fn the_issuers_keys_are_fetched_and_fetched_again_for_a_new_one() {
    let mut world = World::new();
    let published = |key: &SigningKey| JwkSet::new(vec![key.public().clone()]);
    let keys = Arc::new(Mutex::new(published(&world.issuer_key)));
    let issuer = serve(keys.clone()).await;
    let builder = ApiProtection::builder(issuer.as_str(), AUDIENCE).public_url("https://api.example");
    let router = routes().layer(builder.clock(world.clock.clone()).build().unwrap().layer());
    let of_issuer = |sent: Sent| Sent { token: sent.token.claim("iss", issuer.clone()), ..sent };
    let answer = world.answer(&router, &of_issuer(world.sent())).await;
    assert_eq!(answer.status(), StatusCode::OK);

    world.issuer_key = new_key("newer");
    assert_eq!(rule(&world.answer(&router, &of_issuer(world.sent())).await), Some(Rule::TokenKid));
    *keys.lock().unwrap() = published(&world.issuer_key);
    let answer = world.answer(&router, &of_issuer(world.sent())).await;
    assert_eq!(answer.status(), StatusCode::OK);
}
