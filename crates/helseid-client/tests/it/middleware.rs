use helseid_client::TokenRequest;
use http::StatusCode;
use reqwest_middleware::ClientBuilder;
use reqwest_middleware::reqwest::{Body, Client, redirect};

use crate::world::{Reply, World, granted, unauthorized, world};

fn client(world: &World) -> reqwest_middleware::ClientWithMiddleware {
    // No trust store is needed for loopback.
    let below = Client::builder().redirect(redirect::Policy::none()).tls_certs_only([]).build().unwrap();
    ClientBuilder::new(below).with(world.client.middleware()).build()
}

fn ok() -> Reply {
    Reply::Plain(200, Vec::new(), "patients".into())
}

#[tokio::test]
async fn requests_get_token_and_proof_and_follow_nonces_and_refusals() {
    let world = world().await;
    world.authority.will([granted("first", 600), granted("second", 600)]);
    world.api.will([
        unauthorized(r#"DPoP error="use_dpop_nonce""#, Some("n1")),
        unauthorized(r#"DPoP error="invalid_token""#, None),
        ok(),
    ]);
    let answer = client(&world).post(world.api_url()).body("body").send().await.unwrap();
    assert_eq!((answer.status(), answer.text().await.unwrap().as_str()), (StatusCode::OK, "patients"));
    assert_eq!(world.api.authorizations(), ["DPoP first", "DPoP first", "DPoP second"]);
    assert_eq!(world.api.bodies(), vec![b"body".to_vec(); 3]);
}

#[tokio::test]
async fn a_body_that_is_a_stream_is_sent_once_and_the_api_has_the_last_word() {
    let world = world().await;
    world.api.will([unauthorized(r#"DPoP error="use_dpop_nonce""#, Some("n1")), ok()]);
    let chunks = [Ok::<_, std::io::Error>("body")].into_iter();
    let body = Body::wrap_stream(futures_util::stream::iter(chunks));
    let answer = client(&world).post(world.api_url()).body(body).send().await.unwrap();
    assert_eq!((answer.status(), world.api.count()), (StatusCode::UNAUTHORIZED, 1));
    let answer = client(&world).post(world.api_url()).body("body").send().await.unwrap();
    assert_eq!((answer.status(), world.api.proofs()[1]["nonce"].as_str()), (StatusCode::OK, Some("n1")));
}

#[tokio::test]
async fn without_a_token_nothing_is_sent() {
    let world = world().await;
    world.authority.will([crate::world::refused(400, "invalid_client")]);
    let error = client(&world).get(world.api_url()).send().await.expect_err("no token");
    assert!(error.to_string().contains("invalid_client"), "{error}");
    assert_eq!(world.api.count(), 0);
}

#[tokio::test]
async fn it_can_ask_for_tokens_of_its_own() {
    let world = world().await;
    let request = TokenRequest::default().resource("b".parse().unwrap());
    let below = Client::builder().tls_certs_only([]).build().unwrap();
    let client = ClientBuilder::new(below).with(world.client.middleware().token_for(request)).build();
    client.get(world.api_url()).send().await.unwrap();
    assert_eq!(world.authority.parameters("resource"), [Some("b".to_owned())]);
}
