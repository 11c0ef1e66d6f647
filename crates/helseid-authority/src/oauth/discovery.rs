//! The issuer's metadata (RFC 8414) and keys (RFC 7517).

use ::http::{HeaderValue, header};
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{MethodRouter, get};
use helseid_protocol::authorize;
use helseid_protocol::claims::name;
use helseid_protocol::endpoint::{
    LoginMetadata, Metadata, end_session, introspection, keys, metadata, revocation,
};
use helseid_protocol::jose::JwkSet;
use helseid_protocol::pkce;
use helseid_protocol::redirect::ResponseMode;
use helseid_protocol::scope::Scope;
use helseid_protocol::userinfo;

use super::state::OAuthState;
use super::token;
use crate::issuer::ServedIssuer;
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

/// The scopes of an identity that a client may ask for (HelseID: scopes).
const IDENTITY_SCOPES: [&str; 9] = [
    "openid",
    "profile",
    "offline_access",
    "helseid://scopes/identity/pid",
    "helseid://scopes/identity/pid_pseudonym",
    "helseid://scopes/identity/security_level",
    "helseid://scopes/identity/assurance_level",
    "helseid://scopes/identity/network",
    "helseid://scopes/hpr/hpr_number",
];

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
        grant_types_supported: token::ServedGrant::types(&state),
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
    let metadata = if state.login.is_some() { of_login(metadata, issuer) } else { metadata };
    match serde_json::to_string(&metadata) {
        Ok(text) => json(text),
        Err(_) => unavailable("the metadata cannot be written"),
    }
}

/// What an issuer says besides at which people log in.
fn of_login(metadata: Metadata, issuer: &ServedIssuer) -> Metadata {
    let (name, switches) = (&issuer.name, &issuer.profile.switches().login);
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    let scopes = texts(&IDENTITY_SCOPES).into_iter().chain(metadata.scopes_supported).collect();
    let algorithms = metadata.dpop_signing_alg_values_supported.clone();
    Metadata {
        authorization_endpoint: Some(name.at(authorize::PATH)),
        pushed_authorization_request_endpoint: Some(name.at(authorize::PAR_PATH)),
        end_session_endpoint: Some(name.at(end_session::PATH)),
        introspection_endpoint: Some(name.at(introspection::PATH)),
        revocation_endpoint: Some(name.at(revocation::PATH)),
        response_types_supported: texts(&["code"]),
        scopes_supported: scopes,
        claims_supported: texts(&claims_of_a_person()),
        login: LoginMetadata {
            userinfo_endpoint: Some(name.at(userinfo::PATH)),
            response_modes_supported: ResponseMode::ALL.map(|mode| mode.name().to_owned()).into(),
            code_challenge_methods_supported: texts(&[pkce::METHOD]),
            prompt_values_supported: texts(&["none", "login", "consent", "select_account"]),
            acr_values_supported: texts(&["Level3", "Level4"]),
            request_parameter_supported: Some(true),
            request_object_signing_alg_values_supported: algorithms,
            require_pushed_authorization_requests: Some(switches.metadata_requires_pushed_requests),
            authorization_response_iss_parameter_supported: Some(true),
            frontchannel_logout_supported: Some(true),
            frontchannel_logout_session_supported: Some(true),
            backchannel_logout_supported: Some(true),
            backchannel_logout_session_supported: Some(true),
            ..LoginMetadata::default()
        },
        ..metadata
    }
}

/// What tokens and userinfo may say of a person.
const fn claims_of_a_person() -> [&'static str; 15] {
    [
        "sub",
        "sid",
        "auth_time",
        "idp",
        "amr",
        "name",
        "given_name",
        "middle_name",
        "family_name",
        name::PID,
        name::PID_PSEUDONYM,
        name::SECURITY_LEVEL,
        name::ASSURANCE_LEVEL,
        name::NETWORK,
        name::HPR_NUMBER,
    ]
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
