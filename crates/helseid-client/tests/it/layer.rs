use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use http::{HeaderMap, Request, Response, StatusCode};
use tower::{Layer as _, Service as _, ServiceExt as _, service_fn};

use crate::world::{granted, world};

/// What a service below the layer saw: headers and body of each request.
type Seen = Arc<Mutex<Vec<(HeaderMap, String)>>>;

fn answer(status: u16, headers: &[(&'static str, &'static str)]) -> Response<String> {
    let mut answer = Response::new("patients".to_owned());
    *answer.status_mut() = StatusCode::from_u16(status).unwrap();
    for (name, value) in headers {
        answer.headers_mut().append(*name, value.parse().unwrap());
    }
    answer
}

#[tokio::test]
async fn requests_through_the_layer_get_token_and_proof_and_follow_nonces_and_refusals() {
    let world = world().await;
    world.authority.will([granted("first", 600), granted("second", 600)]);
    let seen = Seen::default();
    let answers = Arc::new(Mutex::new(vec![
        answer(200, &[]),
        answer(401, &[("www-authenticate", r#"DPoP error="invalid_token""#)]),
        answer(401, &[("www-authenticate", r#"DPoP error="use_dpop_nonce""#), ("dpop-nonce", "n1")]),
    ]));
    let (below, script) = (seen.clone(), answers.clone());
    let service = service_fn(move |request: Request<String>| {
        let (parts, body) = request.into_parts();
        below.lock().unwrap().push((parts.headers, body));
        let answer = script.lock().unwrap().pop().unwrap();
        async move { Ok::<_, Infallible>(answer) }
    });
    let mut service = world.client.layer().layer(service);
    let request = Request::post("https://api.example/x?y=z").header("x-mine", "1").body("body".to_owned());
    let answer = service.ready().await.unwrap().call(request.unwrap()).await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);

    let seen = seen.lock().unwrap();
    let tokens: Vec<_> = seen.iter().map(|(headers, _)| headers["authorization"].to_str().unwrap()).collect();
    assert_eq!(tokens, ["DPoP first", "DPoP first", "DPoP second"]);
    assert!(seen.iter().all(|(headers, body)| headers["x-mine"] == "1" && body == "body"));
    let proofs: std::collections::HashSet<_> =
        seen.iter().map(|(headers, _)| headers["dpop"].clone()).collect();
    assert_eq!(proofs.len(), 3, "each try has a proof of its own");
}

#[tokio::test]
async fn without_a_token_nothing_goes_through() {
    let world = world().await;
    world.authority.will([crate::world::refused(400, "invalid_client")]);
    let service = service_fn(|_: Request<()>| async {
        panic!("a request without a token") as Result<Response<()>, Infallible>
    });
    let mut service = world.client.layer().layer(service);
    let ask = |service: &mut helseid_client::Authorize<_>, url: &str| {
        service.call(Request::get(url).body(()).unwrap())
    };
    let error = ask(&mut service, "https://api.example/").await.expect_err("no token");
    assert!(error.to_string().contains("invalid_client"), "{error}");
    let error = ask(&mut service, "http://api.example/").await.expect_err("no https");
    assert!(error.to_string().contains("https"), "{error}");
}
