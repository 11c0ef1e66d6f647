//! The API of a session of conformance: it takes every call and does nothing. What its callers' tokens and proofs are like, by the
//! rules that every API holds them to, stands in the session's report.

use std::sync::Arc;

use ::http::request::Parts;
use ::http::{Request, StatusCode};
use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use axum::routing::any;
use helseid_admin_api::TraceOutcome;
use helseid_protocol::dpop::{CachedKeys, ExpectedNonce};
use helseid_protocol::resource::{self, Caller, Credentials, Policy, Scheme};
use helseid_protocol::rule::{Endpoint, Facts, ProofRequirement, Rule};
use helseid_protocol::scope::ScopeSet;
use serde_json::json;

use super::challenge::challenge;
use super::signed_post::{Ended, NO_KEY_YET, Notes, Stop, keep_notes, stores_away};
use super::state::OAuthState;
use super::test_mark::is_test_token;
use crate::registry::Snapshot;
use crate::trace::{RequestArtifacts, Trace};
use crate::web::{Peer, body, oauth_error};

/// Where the API is, below the session's issuer. All below it is the API too.
pub(crate) const PATH: &str = "/api";

/// The API, and what came to it: apart from what came to the issuer, so that many calls crowd out no login.
pub(crate) fn served(state: &OAuthState) -> (Router, Arc<Trace>) {
    let calls = Arc::new(Trace::new());
    let state = OAuthState { trace: calls.clone(), ..state.clone() };
    let routes = Router::new().route(PATH, any(handle)).route(&format!("{PATH}/{{*path}}"), any(handle));
    (routes.with_state(state), calls)
}

async fn handle(State(state): State<OAuthState>, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    if let Some(Peer(address)) = parts.extensions.get()
        && !state.limits.address(*address, state.clock.now())
    {
        return oauth_error::too_many();
    }
    // Judged by its head alone, before its body arrives. Who is answered while sending would see a broken connection.
    let answer = judged(&state, &parts).await;
    body::discard(body).await;
    answer
}

/// What a call is answered, which its head decides.
async fn judged(state: &OAuthState, parts: &Parts) -> Response {
    let (at, registry) = (state.clock.now(), state.registry.now());
    let policy = policy(state, &registry);
    let mut artifacts = RequestArtifacts::default();
    if let Some(proof) = parts.headers.get("dpop").and_then(|value| value.to_str().ok()) {
        artifacts.proof(proof);
    }
    let mut notes = Notes { endpoint: Endpoint::Api, artifacts, trail: state.issuer.new_trail() };
    let judged = match Credentials::read(&parts.headers, policy.scheme, &mut notes.trail) {
        // Whoever has no token yet asks so which scheme to use.
        Ok(None) => return challenge(StatusCode::UNAUTHORIZED, &policy, None, None),
        Ok(Some(credentials)) => judge((state, &registry), (parts, credentials), &policy, &mut notes).await,
        Err(fault) => Err(fault.into()),
    };
    let (outcome, fault) = match &judged {
        Ok(_) => (TraceOutcome::Granted, None),
        Err(Stop::Fault(fault)) => (TraceOutcome::Refused, Some(fault.clone())),
        Err(_) => (TraceOutcome::Unavailable, None),
    };
    let error_uri = keep_notes(state, notes, Ended { outcome, fault, scope: None, at });
    match judged {
        Ok(_) => oauth_error::json(StatusCode::OK, json!({ "judged_at": state.issuer.name }).to_string()),
        Err(Stop::Fault(fault)) => {
            challenge(resource::status(fault.code()), &policy, Some(&fault), error_uri)
        }
        Err(Stop::Unavailable(why)) => oauth_error::not_now(StatusCode::SERVICE_UNAVAILABLE, why),
        Err(Stop::Storage(why)) => {
            oauth_error::not_now(StatusCode::SERVICE_UNAVAILABLE, stores_away(state, &why))
        }
        Err(Stop::TooMany) => oauth_error::too_many(),
        Err(Stop::NoKeyYet) => oauth_error::not_now(StatusCode::SERVICE_UNAVAILABLE, NO_KEY_YET),
    }
}

/// What HelseID asks of an API, for every API of the registry at once. A profile that lets clients get unbound tokens has APIs that
/// take them.
fn policy(state: &OAuthState, registry: &Snapshot) -> Policy {
    let switches = *state.issuer.profile.switches();
    Policy {
        issuers: vec![state.issuer.name.clone()],
        audiences: registry.apis.keys().cloned().collect(),
        audience_rule: resource::AudienceRule::Alone,
        scheme: match switches.proof {
            ProofRequirement::Optional => Scheme::Transition,
            _ => Scheme::Dpop,
        },
        switches,
        proof_window: resource::PROOF_WINDOW,
        tolerance: state.issuer.tolerance,
    }
}

async fn judge(
    (state, registry): (&OAuthState, &Snapshot),
    (parts, credentials): (&Parts, Credentials<'_>),
    policy: &Policy,
    notes: &mut Notes,
) -> Result<Caller, Stop> {
    let key_set = state.keys.current().ok_or(Stop::NoKeyYet)?;
    let (now, trail) = (state.clock.now(), &mut notes.trail);
    let token = credentials.token(policy, trail)?;
    let key = token.kid().and_then(|kid| key_set.verify_key(kid, now));
    let token = token.check(key, policy, now, trail)?;
    if is_test_token(token.claims().all()) {
        let facts = Facts::new("a token of this session", "a test token");
        trail.require(Rule::TokenIss, Err(facts.saying("A test token opens nothing at its issuer")))?;
    }
    let client = token.claims().client_id();
    notes.artifacts.client_id = client.map(ToString::to_string);
    notes.artifacts.is_authenticated = client.is_some_and(|id| registry.clients.contains_key(id));
    let request = resource::Request {
        method: &parts.method,
        targets: &state.issuer.targets(parts.uri.path()),
        headers: &parts.headers,
        nonce: ExpectedNonce::None,
        cached_keys: CachedKeys::NONE,
        now,
    };
    let bound = token.bind(request, policy, trail)?;
    let first_use = state.replay.first_use(&bound, now).await?;
    let caller = bound.admit(first_use, trail)?;
    let apis = caller.claims().audiences().iter().filter_map(|name| registry.apis.get(name));
    let scopes = apis.flat_map(|api| api.scopes.iter().cloned());
    if let Ok(scopes) = ScopeSet::of(scopes) {
        caller.require_scopes_any(&scopes, trail)?;
    }
    Ok(caller)
}
