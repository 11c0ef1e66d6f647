//! Judges a call by its head.

use std::sync::Arc;

use ::http::request::Parts;
use ::http::{HeaderValue, StatusCode};
use axum::response::Response;
use helseid_admin_api::TraceOutcome;
use helseid_protocol::dpop::{CachedKeys, ExpectedNonce, NONCE_LIFETIME, NonceKey};
use helseid_protocol::endpoint::token::NONCE_HEADER;
use helseid_protocol::resource::{self, Credentials, Moment, Policy, Scheme};
use helseid_protocol::rule::{Endpoint, Facts, Fault, Outcome, ProofRequirement, Rule};
use helseid_protocol::scope::ScopeSet;
use helseid_protocol::time::Timestamp;

use super::{CalledApi, demands};
use crate::oauth::challenge::challenge_with;
use crate::oauth::signed_post::{Ended, NO_KEY_YET, Notes, Stop, keep_notes, stores_away};
use crate::oauth::test_mark::is_test_token;
use crate::registry::Snapshot;
use crate::trace::RequestArtifacts;
use crate::web::oauth_error;

/// What comes of a call.
pub(super) enum Judged {
    /// It is to be served.
    Passed {
        /// For the answer, if that of the proof gets old.
        nonce: Option<HeaderValue>,
    },
    /// It is not, and is answered so.
    Refused(Response),
}

/// What a call is answered, which its head decides, and keeps what became of each rule. A call that broke one goes on, unless an API
/// stands behind that would see it.
pub(super) async fn judged(api: &CalledApi, parts: &Parts) -> Judged {
    let state = &api.oauth;
    let (at, registry) = (state.clock.now(), state.registry.now());
    let policy = policy(api, &registry);
    let mut artifacts = RequestArtifacts::default();
    if let Some(proof) = parts.headers.get("dpop").and_then(|value| value.to_str().ok()) {
        artifacts.proof(proof);
    }
    let mut notes = Notes { endpoint: Endpoint::Api, artifacts, trail: state.issuer.new_trail() };
    let judged = match Credentials::read(&parts.headers, policy.scheme, &mut notes.trail) {
        // Whoever has no token yet asks so which scheme to use.
        Ok(None) => {
            let bare = challenge_with(StatusCode::UNAUTHORIZED, &policy.challenges(None), None, None);
            return Judged::Refused(bare);
        }
        Ok(Some(credentials)) => judge((api, &registry), (parts, credentials), &policy, &mut notes).await,
        Err(fault) => Err(fault.into()),
    };
    let judged = judged.and_then(|nonce| match (&api.forwarding, first_breach(&notes)) {
        (Some(_), Some(fault)) => Err(Stop::Fault(fault)),
        _ => Ok(nonce),
    });
    let (outcome, fault) = match &judged {
        Ok(_) => (TraceOutcome::Granted, None),
        Err(Stop::Fault(fault)) if fault.rule() == Rule::DpopNonce => {
            (TraceOutcome::NonceWanted, Some(fault.clone()))
        }
        Err(Stop::Fault(fault)) => (TraceOutcome::Refused, Some(fault.clone())),
        Err(_) => (TraceOutcome::Unavailable, None),
    };
    let error_uri = keep_notes(state, notes, Ended { outcome, fault, scope: None, at });
    let refusal = match judged {
        Ok(nonce) => return Judged::Passed { nonce },
        Err(Stop::Fault(fault)) => refusal((api, &policy), &fault, error_uri),
        Err(Stop::Unavailable(why)) => oauth_error::not_now(StatusCode::SERVICE_UNAVAILABLE, why),
        Err(Stop::Storage(why)) => {
            oauth_error::not_now(StatusCode::SERVICE_UNAVAILABLE, stores_away(state, &why))
        }
        Err(Stop::TooMany) => oauth_error::too_many(),
        Err(Stop::NoKeyYet) => oauth_error::not_now(StatusCode::SERVICE_UNAVAILABLE, NO_KEY_YET),
    };
    Judged::Refused(refusal)
}

/// The first rule that the call broke and went on.
fn first_breach(notes: &Notes) -> Option<Fault> {
    let verdict = notes.trail.verdict(notes.endpoint, None);
    let found = verdict.failed()?;
    match &found.outcome {
        Outcome::Failed(facts) => Some(Fault::new(found.rule, facts.clone())),
        _ => None,
    }
}

fn refusal((api, policy): (&CalledApi, &Policy), fault: &Fault, error_uri: Option<String>) -> Response {
    let mut challenges = policy.challenges(Some(fault));
    if let Some((name, value)) = demands::parameter(&api.demands, fault.rule()) {
        challenges = challenges.into_iter().map(|challenge| challenge.with(name, value)).collect();
    }
    let mut response = challenge_with(resource::status(fault.code()), &challenges, Some(fault), error_uri);
    let nonce = api.new_nonce().filter(|_| fault.rule() == Rule::DpopNonce);
    if let Some(nonce) = nonce {
        response.headers_mut().insert(NONCE_HEADER, nonce);
    }
    response
}

/// What HelseID asks of an API, for the one that the session's is, or every API of the registry at once. A profile that lets clients get
/// unbound tokens has APIs that take them.
fn policy(api: &CalledApi, registry: &Snapshot) -> Policy {
    let state = &api.oauth;
    let switches = *state.issuer.profile.switches();
    Policy {
        issuers: vec![state.issuer.name.clone()],
        audiences: match &api.audience {
            Some(own) => vec![own.clone()],
            None => registry.apis.keys().cloned().collect(),
        },
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

/// Walks the rules; a nonce if the caller needs a new one.
async fn judge(
    (api, registry): (&CalledApi, &Snapshot),
    (parts, credentials): (&Parts, Credentials<'_>),
    policy: &Policy,
    notes: &mut Notes,
) -> Result<Option<HeaderValue>, Stop> {
    if api.audience.as_ref().is_some_and(|own| !registry.apis.contains_key(own)) {
        // Nobody knows its scopes any more.
        return Err(Stop::Unavailable("The API that this session is, is registered no more."));
    }
    let state = &api.oauth;
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
        nonce: api.nonces.as_deref().map_or(ExpectedNonce::None, ExpectedNonce::Of),
        cached_keys: CachedKeys::NONE,
        now,
    };
    let bound = token.bind(request, policy, trail)?;
    let first_use = state.replay.first_use(&bound, now).await?;
    let is_aged = |issued: &Timestamp| now.since(*issued) >= NONCE_LIFETIME / 2;
    let nonce = bound.nonce_issued().filter(is_aged).and_then(|_| api.new_nonce());
    let caller = bound.admit(first_use, trail)?;
    let apis = caller.claims().audiences().iter().filter_map(|name| registry.apis.get(name));
    let scopes = apis.flat_map(|api| api.scopes.iter().cloned());
    if let Ok(scopes) = ScopeSet::of(scopes) {
        caller.require_scopes_any(&scopes, trail)?;
    }
    let moment = Moment { now, tolerance: policy.tolerance };
    demands::check(&api.demands, &caller, moment, trail)?;
    Ok(nonce)
}

impl CalledApi {
    fn new_nonce(&self) -> Option<HeaderValue> {
        let nonces: &Arc<NonceKey> = self.nonces.as_ref()?;
        HeaderValue::from_str(nonces.issue(self.oauth.clock.now()).as_str()).ok()
    }
}
