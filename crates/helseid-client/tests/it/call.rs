use std::sync::{Arc, Mutex};

use helseid_client::{Client, ErrorKind, Event, Observer};
use http::{Request, StatusCode};

use crate::world::{Reply, config, granted, unauthorized, use_nonce, world};

fn ok() -> Reply {
    Reply::Plain(200, Vec::new(), "patients".into())
}

#[tokio::test]
async fn each_call_has_a_fresh_proof_of_its_own() {
    let world = world().await;
    for _ in 0..2 {
        let answer = world.client.get(&format!("{}/api?name=x", world.address)).send().await.unwrap();
        assert_eq!((answer.status(), &*answer.text()), (StatusCode::OK, "patients"));
    }
    let proofs = world.api.proofs();
    assert_ne!(proofs[0]["jti"], proofs[1]["jti"]);
    assert_eq!((proofs[0]["htm"].as_str(), proofs[0].contains_key("ath")), (Some("GET"), true));
    assert_eq!(proofs[0]["htu"], format!("{}/api", world.address));
    assert_eq!(world.api.authorizations(), ["DPoP first", "DPoP first"]);
    assert_eq!(world.authority.count(), 1);
}

#[tokio::test]
async fn an_api_that_asks_for_a_nonce_is_called_once_more() {
    let world = world().await;
    world.api.will([unauthorized(r#"DPoP error="use_dpop_nonce""#, Some("api")), ok()]);
    let call = || world.client.post(&format!("{}/api", world.address)).body("x").send();
    assert_eq!(call().await.unwrap().status(), StatusCode::OK);
    assert_eq!(call().await.unwrap().status(), StatusCode::OK);
    let proofs = world.api.proofs();
    assert_eq!(proofs.len(), 3);
    assert_ne!(proofs[0]["jti"], proofs[1]["jti"]);
    assert_eq!((proofs[1]["nonce"].as_str(), proofs[2]["nonce"].as_str()), (Some("api"), Some("api")));
}

#[tokio::test]
async fn a_challenge_in_norwegian_asks_for_a_nonce_too() {
    let world = world().await;
    let challenge = "DPoP error_description=\"n\u{f8}kkel mangler\", error=\"use_dpop_nonce\"";
    world.api.will([unauthorized(challenge, Some("api")), ok()]);
    world.client.get(&world.api_url()).send().await.unwrap();
    assert_eq!(world.api.proofs()[1]["nonce"], "api");
}

#[tokio::test]
async fn no_proof_names_a_query_or_a_fragment() {
    let world = world().await;
    world.client.get(&format!("{}?name=x#top", world.api_url())).send().await.unwrap();
    assert_eq!(world.api.proofs()[0]["htu"], world.api_url().as_str());
}

#[tokio::test]
async fn an_api_that_keeps_asking_for_nonces_ends_in_an_error() {
    let world = world().await;
    let url = format!("{}/api", world.address);
    for (nonce, calls) in [(Some("api"), 2), (None, 1)] {
        let before = world.api.count();
        world.api.will([unauthorized(r#"DPoP error="use_dpop_nonce""#, nonce)]);
        let error = world.client.get(&url).send().await.expect_err("a breach");
        assert_eq!((error.kind(), world.api.count() - before), (ErrorKind::Protocol, calls));
    }
}

#[tokio::test]
async fn one_origin_has_a_nonce_for_each_of_its_roles() {
    let world = world().await;
    world.authority.will([use_nonce("authority"), granted("first", 600)]);
    world.client.get(&format!("{}/api", world.address)).send().await.unwrap();
    assert!(!world.api.proofs()[0].contains_key("nonce"));
}

#[tokio::test]
async fn a_refused_token_is_replaced_once() {
    let world = world().await;
    let url = format!("{}/api", world.address);
    world.authority.will([granted("first", 600), granted("second", 600), granted("third", 600)]);
    world.api.will([unauthorized(r#"DPoP error="invalid_token""#, None), ok()]);
    assert_eq!(world.client.get(&url).send().await.unwrap().status(), StatusCode::OK);
    assert_eq!(world.api.authorizations(), ["DPoP first", "DPoP second"]);

    world.api.will([unauthorized(r#"DPoP error="invalid_token""#, None)]);
    assert_eq!(world.client.get(&url).send().await.unwrap().status(), StatusCode::UNAUTHORIZED);
    assert_eq!((world.api.count(), world.authority.count()), (4, 3));
}

#[tokio::test]
async fn other_refusals_are_the_answer() {
    let world = world().await;
    for challenge in
        ["DPoP", r#"DPoP error="invalid_dpop_proof""#, r#"Bearer error="invalid_token""#, "Basic ,,="]
    {
        let before = world.api.count();
        world.api.will([unauthorized(challenge, None)]);
        let answer = world.client.get(&format!("{}/api", world.address)).send().await.unwrap();
        assert_eq!(
            (answer.status(), world.api.count() - before),
            (StatusCode::UNAUTHORIZED, 1),
            "{challenge}"
        );
    }
}

#[tokio::test]
async fn no_token_goes_where_others_could_read_it() {
    let world = world().await;
    for url in ["http://api.example/x", "http://localhost.example/", "ftp://localhost/", "/api", "https://"] {
        let error = world.client.get(url).send().await.expect_err(url);
        assert_eq!(error.kind(), ErrorKind::Request, "{url}");
        let mut request = Request::get("http://localhost").body(()).unwrap();
        *request.uri_mut() = url.parse().unwrap_or_default();
        assert!(world.client.authorize(&mut request).await.is_err(), "{url}");
        assert!(request.headers().is_empty());
    }
}

#[tokio::test]
async fn a_call_without_a_token_does_not_go_out() {
    let world = world().await;
    world.authority.will([use_nonce("n1")]);
    assert!(world.client.get(&format!("{}/api", world.address)).send().await.is_err());
    assert_eq!(world.api.count(), 0);
}

#[tokio::test]
async fn the_headers_of_token_and_proof_are_the_clients_own() {
    let world = world().await;
    for name in ["Authorization", "DPoP", "not a name"] {
        let call = world.client.get(&format!("{}/api", world.address)).header(name, "x");
        assert_eq!(call.send().await.expect_err(name).kind(), ErrorKind::Request);
    }
    assert_eq!(world.api.count(), 0);
}

#[tokio::test]
async fn a_request_of_others_gets_both_headers_and_hides_them() {
    let world = world().await;
    let mut request = Request::put("https://api.example/x?y=z").body(()).unwrap();
    world.client.authorize(&mut request).await.unwrap();
    assert_eq!(request.headers()["authorization"], "DPoP first");
    let shown = format!("{:?}", request.headers());
    assert!(!shown.contains("first") && !shown.contains(".eyJ"), "{shown}");
}

#[tokio::test]
async fn nothing_secret_is_printed() {
    let world = world().await;
    world.authority.will([granted("the-token", 600)]);
    let token = world.client.token().await.unwrap();
    let call = world.client.get(&format!("{}/api", world.address)).body("a patient");
    let mut shown = format!("{token:?}{:?}{call:?}", world.client);
    shown.push_str(&format!("{:?}", call.send().await.unwrap()));
    for secret in ["the-token", "\"d\"", "a patient", "patients"] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}

#[tokio::test]
async fn an_observer_hears_each_step_in_order() {
    #[derive(Clone, Default)]
    struct Heard(Arc<Mutex<Vec<String>>>);
    impl Observer for Heard {
        fn event(&self, event: Event<'_>) {
            let step = match event {
                Event::TokenRequested { assertion, proof, .. } => {
                    format!("requested {} {}", assertion.header["typ"], proof.header["typ"])
                }
                Event::NonceDemanded { status } => format!("nonce {status}"),
                Event::TokenGranted { .. } => "granted".to_owned(),
                Event::TokenRequestEnded { .. } => "ended".to_owned(),
                Event::ApiCalled { status, .. } => format!("called {status}"),
                other => format!("{other:?}"),
            };
            self.0.lock().unwrap().push(step);
        }
    }
    let world = world().await;
    world.authority.will([use_nonce("n1"), granted("first", 600)]);
    let heard = Heard::default();
    let client = Client::builder(config(&world.address)).observer(heard.clone()).build().unwrap();
    client.get(&format!("{}/api", world.address)).send().await.unwrap();
    let asked = r#"requested "client-authentication+jwt" "dpop+jwt""#;
    let steps = [asked, "nonce 400 Bad Request", asked, "granted", "ended", "called 200 OK"];
    assert_eq!(*heard.0.lock().unwrap(), steps);
}
