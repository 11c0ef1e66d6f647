//! What callers are told: metadata, problems, and nothing that is others'.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::routing::get;
use helseid_api::test_util::Broken;
use helseid_api::{ApiProtection, Caller, InvalidProtection, MemoryReplayGuard, RefusalBody, Scheme};
use http::{Method, Request, StatusCode};
use serde_json::{Value, json};

use crate::child::{Process, report, role};
use crate::log;
use crate::wire::Wire;
use crate::world::{World, answer, ask, challenges};

async fn json_of(answer: axum::response::Response) -> Value {
    serde_json::from_slice(&to_bytes(answer.into_body(), 10_000).await.unwrap()).unwrap()
}

#[tokio::test]
async fn metadata_is_where_the_challenge_says() {
    for (public, url, path) in [
        (
            "https://api.example",
            "https://api.example/.well-known/oauth-protected-resource",
            "/.well-known/oauth-protected-resource",
        ),
        (
            "https://api.example/v1/",
            "https://api.example/.well-known/oauth-protected-resource/v1",
            "/.well-known/oauth-protected-resource/v1",
        ),
    ] {
        let builder = ApiProtection::builder(crate::world::ISSUER, "nhn:api").issuer("https://test.example");
        let protection = builder.public_url(public).scopes_supported(["nhn:api/read"]).build().unwrap();
        let metadata = protection.metadata().unwrap();
        assert_eq!((metadata.url(), metadata.path()), (url, path));
        let router = Router::new()
            .route("/who", get(|_: Caller| async {}))
            .layer(protection.layer())
            .merge(metadata.router());
        let refusal = ask(&router, Request::get("/who").body(Body::empty()).unwrap()).await;
        assert_eq!(challenges(&refusal)[0].parameter("resource_metadata"), Some(url));
        let found = ask(&router, Request::get(path).body(Body::empty()).unwrap()).await;
        assert_eq!(
            (found.status(), &found.headers()["content-type"]),
            (StatusCode::OK, &"application/json".parse().unwrap())
        );
        let expected = json!({
            "resource": public.trim_end_matches('/'),
            "authorization_servers": [crate::world::ISSUER, "https://test.example"],
            "bearer_methods_supported": ["header"],
            "dpop_signing_alg_values_supported":
                ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"],
            "dpop_bound_access_tokens_required": true,
            "scopes_supported": ["nhn:api/read"],
        });
        assert_eq!(json_of(found).await, expected);
    }
    let unnamed = ApiProtection::builder(crate::world::ISSUER, "nhn:api").public_url("https://api.example");
    let unnamed = unnamed.unnamed_metadata().build().unwrap();
    assert_eq!(unnamed.metadata().unwrap().path(), "/.well-known/oauth-protected-resource");
    let router = Router::new().route("/who", get(|_: Caller| async {})).layer(unnamed.layer());
    let refusal = ask(&router, Request::get("/who").body(Body::empty()).unwrap()).await;
    assert_eq!(challenges(&refusal)[0].parameter("resource_metadata"), None);
    let without = ApiProtection::builder(crate::world::ISSUER, "nhn:api").build().unwrap();
    assert!(without.metadata().is_none());
    let bearer = ApiProtection::builder(crate::world::ISSUER, "nhn:api").scheme(Scheme::Bearer);
    let bearer = bearer.public_url("https://api.example").build().unwrap();
    let document: Value = serde_json::from_str(bearer.metadata().unwrap().json()).unwrap();
    assert_eq!(document["dpop_bound_access_tokens_required"], false);
    assert_eq!(document.get("dpop_signing_alg_values_supported"), None);
    let wrong = ApiProtection::builder(crate::world::ISSUER, "nhn:api").scopes_supported(["a b"]);
    assert!(matches!(wrong.build(), Err(InvalidProtection::Scope(_))));
}

#[tokio::test]
async fn a_problem_says_what_failed_and_how_to_mend_it() {
    let world = World::new();
    let router = world.router_with(|builder| builder.refusal_body(RefusalBody::Problem));
    let refusal = answer(&router, &world.sent().broken(Broken::ProofHtm)).await;
    assert_eq!(refusal.headers()["content-type"], "application/problem+json");
    let problem = json_of(refusal).await;
    assert_eq!((&problem["status"], &problem["title"]), (&json!(401), &json!("Unauthorized")));
    assert_eq!((&problem["error"], &problem["rule"]), (&json!("invalid_dpop_proof"), &json!("dpop.htm")));
    assert!(problem["detail"].as_str().unwrap().contains("expected GET, got 'PATCH'."), "{problem}");
    assert!(problem["fix"].as_str().unwrap().ends_with('.'));
    assert_eq!(problem["mend"], problem["fix"], "the name that it had before");

    let nobody = ask(&router, Request::get("/who").body(Body::empty()).unwrap()).await;
    assert_eq!(json_of(nobody).await.get("rule"), None);
    let full = world.router_with(|builder| {
        builder.refusal_body(RefusalBody::Problem).replay_guard(MemoryReplayGuard::new(0))
    });
    let refusal = answer(&full, &world.sent()).await;
    assert_eq!(refusal.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(json_of(refusal).await["status"], 503);
}

/// Whatever is broken, the answer holds neither the token, the proof, a key, nor what the token says of people.
#[tokio::test]
async fn strangers_learn_which_check_failed_and_nothing_else() {
    for body in [RefusalBody::Empty, RefusalBody::Problem] {
        let wire = Wire::with(World::new(), |builder| builder.refusal_body(body)).await;
        let pid = "helseid://claims/identity/pid";
        for broken in Broken::ALL {
            let sent =
                wire.sent().token(|token| token.claim(pid, "15849197352").claim("name", "LIVSTRETT BEVER"));
            let sent = sent.broken(broken);
            let headers = sent.headers();
            let reply = wire.get(headers.clone()).await;
            assert_eq!(reply.status, StatusCode::UNAUTHORIZED, "{broken:?}");
            let said = format!("{:?}{}", reply.headers, String::from_utf8(reply.body).unwrap());
            let token = headers["authorization"].to_str().unwrap().split('.').nth(1).unwrap().to_owned();
            let proof = headers
                .get("dpop")
                .map(|proof| proof.to_str().unwrap().split('.').nth(1).unwrap().to_owned());
            let key = wire.world.client.public_key().bare()["x"].as_str().unwrap().to_owned();
            for secret in
                [Some(token), proof, Some(key), Some("15849197352".into()), Some("LIVSTRETT".into())]
                    .into_iter()
                    .flatten()
            {
                assert!(!said.contains(&secret), "{broken:?}: {said}");
            }
        }
    }
}

#[tokio::test]
async fn answers_to_callers_are_not_kept_by_caches() {
    let wire = Wire::new().await;
    let reply = wire.send(Method::GET, &wire.url(), http::HeaderMap::new(), Vec::new()).await;
    assert_eq!(
        (reply.status, &reply.headers["cache-control"]),
        (StatusCode::UNAUTHORIZED, &"no-store".parse().unwrap())
    );
}

/// The log, down to its finest level, holds no token, proof, nonce or key, nor what a token says of people.
#[test]
fn the_log_holds_no_secret() {
    // Alone in its process: who listens to a line is remembered for all tests of one.
    if role().is_none() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let alone = async || Process::start("described::the_log_holds_no_secret", "alone").hear().await;
        assert_eq!(runtime.block_on(alone()), "no secret");
        return;
    }
    let (_logged, world) = (log::start(), World::new());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut secrets = vec!["15849197352".to_owned()];
    runtime.block_on(async {
        let router = world.router_with(|builder| builder.nonces([3; 32]));
        let nonce = answer(&router, &world.sent()).await.headers()["dpop-nonce"].to_str().unwrap().to_owned();
        let pid = "helseid://claims/identity/pid";
        let sent = || world.sent().nonce(&nonce).token(|token| token.claim(pid, "15849197352"));
        for sent in Broken::ALL.into_iter().map(|broken| sent().broken(broken)).chain([sent()]) {
            let request = sent.build(Body::empty());
            for value in request.headers().values() {
                secrets.extend(value.to_str().unwrap().split(['.', ' ']).skip(1).map(str::to_owned));
            }
            ask(&router, request).await;
        }
        secrets.push(nonce);
    });
    let log = log::take();
    assert!(log.contains("dpop.htm") && log.contains("the-client"), "{log}");
    for secret in secrets.iter().filter(|secret| secret.len() > 8) {
        assert!(!log.contains(secret.as_str()), "{secret}");
    }
    report("no secret");
}
