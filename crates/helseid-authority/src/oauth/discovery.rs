//! The issuer's metadata (RFC 8414) and keys (RFC 7517).

use ::http::{HeaderValue, header};
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{MethodRouter, get};
use helseid_protocol::endpoint::{LoginMetadata, Metadata, keys, metadata};
use helseid_protocol::jose::JwkSet;
use helseid_protocol::scope::Scope;

use super::state::OAuthState;
use super::token;
use crate::web::unavailable;

pub(super) fn routes() -> Router<OAuthState> {
    Router::new()
        .route(metadata::PATH, get(discovery))
        .route(metadata::OAUTH_PATH, get(discovery))
        .route(keys::PATH, get(current_keys))
        .route(keys::EXPIRED_PATH, get(expired_keys))
}

/// The metadata alone, for the place that RFC 8414 section 3.1 gives it: before the issuer's path.
pub(super) fn metadata() -> MethodRouter<OAuthState> {
    get(discovery)
}

/// Advertises what works, and members without which other libraries do not work.
async fn discovery(State(state): State<OAuthState>) -> Response {
    let issuer = &state.issuer;
    let algorithms = issuer.profile.switches().algorithms;
    let algorithms: Vec<_> = algorithms.iter().map(|algorithm| algorithm.name().to_owned()).collect();
    let registry = state.registry.now();
    let scopes = registry.apis.values().flat_map(|api| api.scopes.iter().map(Scope::to_string)).collect();
    let metadata = Metadata {
        issuer: issuer.name.clone(),
        jwks_uri: Some(issuer.name.at(keys::PATH)),
        token_endpoint: issuer.token_endpoint.clone(),
        authorization_endpoint: None,
        pushed_authorization_request_endpoint: None,
        introspection_endpoint: None,
        revocation_endpoint: None,
        end_session_endpoint: None,
        grant_types_supported: token::ServedGrant::types().to_vec(),
        response_types_supported: Vec::new(),
        subject_types_supported: vec!["public".to_owned()],
        id_token_signing_alg_values_supported: vec![state.keys.algorithm().name().to_owned()],
        token_endpoint_auth_methods_supported: vec!["private_key_jwt".to_owned()],
        token_endpoint_auth_signing_alg_values_supported: algorithms.clone(),
        dpop_signing_alg_values_supported: algorithms,
        scopes_supported: scopes,
        claims_supported: Vec::new(),
        expired_jwks_uri: Some(issuer.name.at(keys::EXPIRED_PATH)),
        login: LoginMetadata::default(),
    };
    match serde_json::to_string(&metadata) {
        Ok(text) => json(text),
        Err(_) => unavailable("the metadata cannot be written"),
    }
}

/// Waits for the first key of a new authority.
async fn current_keys(State(state): State<OAuthState>) -> Response {
    match state.keys.wait().await {
        Ok(key_set) => json(key_set.published(state.clock.now())),
        Err(_) => unavailable("the signing key is being made"),
    }
}

async fn expired_keys(State(state): State<OAuthState>) -> Response {
    let none = || JwkSet::default().to_json();
    json(state.keys.current().map_or_else(none, |key_set| key_set.expired(state.clock.now())))
}

fn json(text: String) -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], text).into_response()
}
