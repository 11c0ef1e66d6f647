//! `/connect/userinfo`: who the person of an access token is (OpenID Connect Core 1.0 section 5.3).

use ::http::request::Parts;
use ::http::{Method, Request, StatusCode, header};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::routing::any;
use helseid_admin_api::TraceOutcome;
use helseid_protocol::dpop::{CachedKeys, ExpectedNonce};
use helseid_protocol::endpoint::token::{CONTENT_TYPE, MAX_BYTES};
use helseid_protocol::jose::json::Object;
use helseid_protocol::resource::{self, Caller, Credentials, Policy};
use helseid_protocol::rule::{BoundAsBearer, Endpoint, Facts, Fault, Rule};
use helseid_protocol::userinfo::{self, PATH, PersonsToken, UserInfoRequest};

use super::challenge::challenge;
use super::signed_post::{Ended, NO_KEY_YET, Notes, Stop, keep_notes, stores_away};
use super::state::{OAuthState, UserLogin};
use super::test_mark::is_test_token;
use super::user::live_login;
use crate::login;
use crate::registry::Snapshot;
use crate::trace::RequestArtifacts;
use crate::web::{Peer, body, oauth_error};

/// The route of an issuer at which people log in.
pub(super) fn routes() -> Router<OAuthState> {
    Router::new().route(PATH, any(handle))
}

/// What comes of a request.
enum Answer {
    /// What the token's person is like.
    Person(Object),
    /// There are no credentials.
    Challenge,
}

async fn handle(State(state): State<OAuthState>, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    let Some(login) = state.login.clone() else { return StatusCode::NOT_FOUND.into_response() };
    if let Some(Peer(address)) = parts.extensions.get()
        && !state.limits.address(*address, state.clock.now())
    {
        return oauth_error::too_many();
    }
    if let Err(page) = login::is_for_us(&login.rooms, &parts.headers) {
        return page.respond(&login.rooms.site, &parts.headers, None);
    }
    let form = match is_form(&parts) {
        true => match body::read(body, MAX_BYTES).await {
            Ok(form) => form,
            Err(why) => return why.into_response(),
        },
        false => Bytes::new(),
    };
    let (at, registry) = (state.clock.now(), state.registry.now());
    let mut artifacts = RequestArtifacts::default();
    if let Some(proof) = parts.headers.get("dpop").and_then(|value| value.to_str().ok()) {
        artifacts.proof(proof);
    }
    let mut notes = Notes { endpoint: Endpoint::UserInfo, artifacts, trail: state.issuer.new_trail() };
    let policy =
        userinfo::policy(&state.issuer.name, *state.issuer.profile.switches(), state.issuer.tolerance);
    let answered = Asked { state: &state, login: &login, registry: &registry, policy: &policy };
    let answered = answered.answer((&parts, &form), &mut notes).await;
    let (outcome, fault) = match &answered {
        Ok(Answer::Person(_)) => (TraceOutcome::Granted, None),
        Err(Stop::Fault(fault)) => (TraceOutcome::Refused, Some(fault.clone())),
        // Whoever has no token yet asks so which scheme to use.
        Ok(Answer::Challenge) => return challenge(StatusCode::UNAUTHORIZED, &policy, None, None),
        Err(_) => (TraceOutcome::Unavailable, None),
    };
    let error_uri = keep_notes(&state, notes, Ended { outcome, fault, scope: None, at });
    match answered {
        Ok(Answer::Person(claims)) => {
            oauth_error::json(StatusCode::OK, serde_json::Value::Object(claims).to_string())
        }
        Ok(Answer::Challenge) => challenge(StatusCode::UNAUTHORIZED, &policy, None, None),
        Err(Stop::Fault(fault)) => {
            challenge(resource::status(fault.code()), &policy, Some(&fault), error_uri)
        }
        Err(Stop::Unavailable(why)) => oauth_error::not_now(StatusCode::SERVICE_UNAVAILABLE, why),
        Err(Stop::Storage(why)) => {
            oauth_error::not_now(StatusCode::SERVICE_UNAVAILABLE, stores_away(&state, &why))
        }
        Err(Stop::TooMany) => oauth_error::too_many(),
        Err(Stop::NoKeyYet) => oauth_error::not_now(StatusCode::SERVICE_UNAVAILABLE, NO_KEY_YET),
    }
}

/// Who is asked, and what holds there.
#[derive(Clone, Copy)]
struct Asked<'a> {
    state: &'a OAuthState,
    login: &'a UserLogin,
    registry: &'a Snapshot,
    policy: &'a Policy,
}

impl Asked<'_> {
    async fn answer(self, (parts, form): (&Parts, &[u8]), notes: &mut Notes) -> Result<Answer, Stop> {
        let request = UserInfoRequest {
            method: &parts.method,
            query: parts.uri.query(),
            headers: &parts.headers,
            form,
        };
        let credentials = userinfo::credentials(request, self.policy, &mut notes.trail)?;
        let Some(credentials) = credentials else { return Ok(Answer::Challenge) };
        let caller = self.caller(parts, credentials, notes).await?;
        let token = PersonsToken::of(&caller, &mut notes.trail)?;
        let claims = token.claims();
        if is_test_token(claims.all()) {
            let facts = Facts::new("a token of a login", "a test token");
            return Err(Fault::new(Rule::UserInfoAccessToken, facts).into());
        }
        let login = match claims.jwt_id() {
            Some(jwt_id) => live_login(&*self.login.sessions, jwt_id).await?.map(|alive| alive.login),
            None => None,
        };
        token.require_live_login(login.is_some(), &mut notes.trail)?;
        let Some(login) = login else {
            return Err(Stop::Unavailable("the login of this token cannot be read"));
        };
        let person = login.person(self.registry);
        notes.artifacts.belongs_to(&login.login_id, &login.session);
        let now = self.state.clock.now();
        Ok(Answer::Person(login.logged_in(&person).userinfo_claims(claims.scopes(), now)))
    }

    /// The sender, if its token is ours and good, and it has the token's key.
    async fn caller(
        self,
        parts: &Parts,
        credentials: Credentials<'_>,
        notes: &mut Notes,
    ) -> Result<Caller, Stop> {
        let (state, trail) = (self.state, &mut notes.trail);
        let key_set = state.keys.current().ok_or(Stop::NoKeyYet)?;
        let now = state.clock.now();
        let token = credentials.token(self.policy, trail)?;
        let key = token.kid().and_then(|kid| key_set.verify_key(kid, now));
        let token = token.check_at_its_issuer(key, self.policy, now, trail)?;
        let client = token.claims().client_id().cloned();
        notes.artifacts.client_id = client.as_ref().map(ToString::to_string);
        let known = client.as_ref().and_then(|id| self.registry.clients.get(id));
        // The token was signed here, for this client.
        notes.artifacts.is_authenticated = known.is_some();
        let profile = state.issuer.profile_for(known.and_then(|known| known.client.profile));
        let bearer = match known.is_some_and(|known| known.client.login.insecure_userinfo_by_bearer) {
            true => profile.switches().userinfo_by_bearer,
            false => BoundAsBearer::Refused,
        };
        let request = resource::Request {
            method: &parts.method,
            targets: &state.issuer.targets(parts.uri.path()),
            headers: &parts.headers,
            nonce: ExpectedNonce::None,
            cached_keys: CachedKeys::NONE,
            now,
        };
        let bound = userinfo::bind(token, request, self.policy, bearer, &mut notes.trail)?;
        let first_use = state.replay.first_use(&bound, now).await?;
        Ok(bound.admit(first_use, &mut notes.trail)?)
    }
}

fn is_form(parts: &Parts) -> bool {
    let kind =
        parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    parts.method == Method::POST
        && kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(CONTENT_TYPE)
}
