//! Metadata and keys.

use std::sync::Arc;

use ::http::{HeaderValue, header};
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{MethodRouter, get};
use helseid_protocol::endpoint::{Metadata, keys, metadata};
use helseid_protocol::jose::JwkSet;
use helseid_protocol::scope::Scope;

use super::token;
use crate::app::App;
use crate::faults::Scenarios;

pub(crate) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route(metadata::PATH, get(discovery))
        .route(metadata::OAUTH_PATH, get(discovery))
        .route(keys::PATH, get(current_keys))
        .route(keys::EXPIRED_PATH, get(expired_keys))
}

/// The same where RFC 8414 section 3.1 has it: before the issuer's path.
pub(crate) fn before_the_path() -> MethodRouter<Arc<App>> {
    get(discovery)
}

/// Only what works is advertised, and what other libraries do not work without.
async fn discovery(State(app): State<Arc<App>>) -> Response {
    let algorithms: Vec<_> = app.profile.switches().algorithms.iter().map(|a| a.name().to_owned()).collect();
    let registry = app.registry.now();
    let scopes = registry.apis.values().flat_map(|api| api.scopes.iter().map(Scope::to_string)).collect();
    let metadata = Metadata {
        issuer: app.issuer.clone(),
        jwks_uri: Some(app.issuer.at(keys::PATH)),
        token_endpoint: app.token_endpoint.clone(),
        grant_types_supported: token::GRANTED.to_vec(),
        response_types_supported: Vec::new(),
        subject_types_supported: vec!["public".to_owned()],
        id_token_signing_alg_values_supported: vec![app.algorithm.name().to_owned()],
        token_endpoint_auth_methods_supported: vec!["private_key_jwt".to_owned()],
        token_endpoint_auth_signing_alg_values_supported: algorithms.clone(),
        dpop_signing_alg_values_supported: algorithms,
        scopes_supported: scopes,
        claims_supported: Vec::new(),
        expired_jwks_uri: Some(app.issuer.at(keys::EXPIRED_PATH)),
    };
    match serde_json::to_string(&metadata) {
        Ok(text) => json(text),
        Err(_) => crate::web::unavailable("the metadata cannot be written"),
    }
}

/// Waits for the key of a new authority.
async fn current_keys(State(app): State<Arc<App>>) -> Response {
    match app.signing.ring().await {
        Ok(ring) => {
            let mut keys = ring.published(app.clock.now());
            if app.scenarios.as_deref().is_some_and(Scenarios::truncates_jwks) {
                keys.truncate(keys.len() / 2);
            }
            json(keys)
        }
        Err(_) => crate::web::unavailable("the signing key is being made"),
    }
}

async fn expired_keys(State(app): State<Arc<App>>) -> Response {
    let none = || JwkSet::default().to_json();
    json(app.signing.ready().map_or_else(none, |ring| ring.expired(app.clock.now())))
}

fn json(text: String) -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], text).into_response()
}
