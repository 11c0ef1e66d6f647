//! Holds the document to the router of a sidecar that has every endpoint.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use helseid_protocol::jose::{Algorithm, PrivateJwk, RsaSize};
use http::{Method, Request, StatusCode};
use tower::ServiceExt as _;

use super::made;
use super::operation::{ANY, templated};
use crate::callers::Peer;
use crate::config::{Config, ListenFlags, Sources};
use crate::{Sidecar, operations};

/// With a key, so that there is `/oauth2/token`.
fn router() -> Router {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("helseid.toml");
    let key = PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None);
    std::fs::write(folder.path().join("key.json"), key.to_json().expose()).unwrap();
    std::fs::write(folder.path().join("shared.key"), "0123456789abcdef0123456789abcdef\n").unwrap();
    let toml = "issuer = \"http://localhost:8480\"\nclient_id = \"a\"\nkey_file = \"key.json\"\n\
                [sidecar]\nshared_key_file = \"shared.key\"\n";
    std::fs::write(&file, toml).unwrap();
    let sources = Sources {
        file: Some(&file),
        account: None,
        flags: helseid_client::Settings::default(),
        listen: ListenFlags::default(),
        variable: &|_| None,
    };
    Sidecar::new(Config::read(sources).unwrap()).unwrap().router(Arc::default())
}

/// The paths of a router, which axum tells in its `Debug` alone; were that to change, none would be found.
fn paths(router: &Router) -> BTreeSet<String> {
    let told = format!("{router:?}");
    let quoted = told.split('"').skip(1).step_by(2);
    quoted.filter(|text| text.starts_with('/')).map(templated).collect()
}

#[tokio::test]
async fn every_path_of_the_router_is_in_the_document_and_no_other() {
    let described: BTreeSet<_> = made()["paths"].as_object().unwrap().keys().cloned().collect();
    // What a fallback is, though nobody has named it.
    let fallback = paths(&Router::new().fallback(|| async {}));
    let own: BTreeSet<_> = paths(&router()).difference(&fallback).cloned().collect();
    assert_eq!(own, described);
    assert!(described.len() > 15, "{described:?}");
}

#[tokio::test]
async fn the_document_has_the_methods_that_the_router_takes_and_no_other() {
    let (made, router) = (made(), router());
    for (path, item) in made["paths"].as_object().unwrap() {
        let target = path.replace(['{', '}'], "");
        for method in ANY {
            let upper = Method::from_bytes(method.to_ascii_uppercase().as_bytes()).unwrap();
            let mut request = Request::new(Body::empty());
            *request.method_mut() = upper.clone();
            *request.uri_mut() = target.parse().unwrap();
            // Over the socket any host will do, and no key is needed.
            request.extensions_mut().insert(Peer::Socket { uid: 7 });
            let status = router.clone().oneshot(request).await.unwrap().status();
            // Where there is GET there is HEAD (RFC 9110 section 9.3.2).
            let described = item.get(method).is_some() || (method == "head" && item.get("get").is_some());
            assert_eq!(status != StatusCode::METHOD_NOT_ALLOWED, described, "{upper} {target} {status}");
        }
    }
}

#[tokio::test]
async fn the_document_is_served() {
    let mut request = Request::get("/openapi.json").body(Body::empty()).unwrap();
    request.extensions_mut().insert(Peer::Socket { uid: 7 });
    let answer = router().oneshot(request).await.unwrap();
    assert_eq!(
        (answer.status(), &answer.headers()["content-type"]),
        (StatusCode::OK, &"application/json".parse().unwrap())
    );
    let body = axum::body::to_bytes(answer.into_body(), usize::MAX).await.unwrap();
    assert_eq!(body, operations::OPENAPI);
}
