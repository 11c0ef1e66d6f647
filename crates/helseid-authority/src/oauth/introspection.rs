//! `/connect/introspect`: an API asks whether a token is good (RFC 7662). Whatever is wrong with a token, the answer is that it is
//! not active, and no more.

use ::http::StatusCode;
use axum::Router;
use axum::response::Response;
use axum::routing::post;
use helseid_protocol::claims::AccessTokenClaims;
use helseid_protocol::endpoint::ClientFormRules;
use helseid_protocol::endpoint::introspection::{self, IntrospectionAnswer, PATH};
use helseid_protocol::rule::{Endpoint, ProofRequirement, Trail};

use super::binding::ProofPlace;
use super::issued;
use super::signed_post::{
    Answer, Line, Notes, ReadCall, Redeemed, Stop, at_once, authenticated, bound, other_method, serve,
};
use super::state::{OAuthState, UserLogin};
use super::user::live_login;
use crate::domain::model::Client;
use crate::registry::Snapshot;
use crate::trace::RequestArtifacts;
use crate::web::oauth_error;

/// The route of an issuer at which people log in.
pub(super) fn routes() -> Router<OAuthState> {
    Router::new().route(PATH, post(serve::<IntrospectionLine>).fallback(other_method::<IntrospectionLine>))
}

struct IntrospectionLine;

impl Line for IntrospectionLine {
    type Granted = IntrospectionAnswer;
    const NAME: &'static str = "introspection endpoint";
    const ENDPOINT: Endpoint = Endpoint::Introspection;
    const FORM: ClientFormRules = ClientFormRules::INTROSPECTION;
    /// RFC 7662 section 2.3.
    const UNAUTHENTICATED: StatusCode = StatusCode::UNAUTHORIZED;

    async fn granted(
        state: &OAuthState,
        registry: &Snapshot,
        call: ReadCall<'_>,
        notes: &mut Notes,
    ) -> Result<IntrospectionAnswer, Stop> {
        let login = state.login.as_deref().ok_or(Stop::Unavailable("nobody logs in here"))?;
        let client = authenticated(state, registry, call, notes)?;
        let trail = &mut notes.trail;
        at_once(state, &client, call.when, trail).await?;
        let targets = state.issuer.targets(PATH);
        let place = ProofPlace { targets: &targets, requirement: ProofRequirement::Optional };
        let binding = bound(state, &client, (call, place), trail).await?;
        let token = introspection::token(call.form.parameters().value("token"), trail)?;
        let redeemed =
            Redeemed { client: &client, proof: binding.proof.as_ref(), request_object: None, own: None };
        redeemed.claim(state, call.when, trail).await?;
        // The same steps for every token, whatever is wrong with it.
        let claims = match issued::check(state, &token, call.when.real) {
            Ok(claims) => Some(claims),
            // What is wrong with the token is told to nobody.
            Err(Stop::Fault(_)) => None,
            Err(other) => return Err(other),
        };
        let is_alive = is_alive((login, registry), claims.as_ref(), &mut notes.artifacts).await?;
        let claims = claims.filter(|claims| is_alive && is_for(&client.known.client, claims, trail));
        Ok(claims.map_or(IntrospectionAnswer::Inactive, |claims| IntrospectionAnswer::active(&claims)))
    }
}

/// Whether the login of the token goes on, and its client is enabled. Notes which login that is.
async fn is_alive(
    (login, registry): (&UserLogin, &Snapshot),
    claims: Option<&AccessTokenClaims>,
    artifacts: &mut RequestArtifacts,
) -> Result<bool, Stop> {
    let Some(claims) = claims else { return Ok(false) };
    let client = claims.client_id().and_then(|id| registry.clients.get(id));
    let is_enabled = client.is_some_and(|known| known.client.enabled);
    let goes_on = match (claims.subject(), claims.jwt_id()) {
        // A machine's.
        (None, _) => true,
        (Some(_), Some(jwt_id)) => {
            let found = live_login(&*login.sessions, jwt_id).await?;
            if let Some(found) = &found {
                artifacts.belongs_to(&found.login.login_id, &found.login.session);
            }
            found.is_some()
        }
        (Some(_), None) => false,
    };
    Ok(is_enabled && goes_on)
}

fn is_for(client: &Client, claims: &AccessTokenClaims, trail: &mut Trail) -> bool {
    match introspection::require_audience(claims, &client.own_audiences, trail) {
        Ok(()) => true,
        Err(fault) => {
            trail.warn(fault.rule(), fault.facts().clone());
            false
        }
    }
}

impl Answer for IntrospectionAnswer {
    fn scope(&self) -> Option<String> {
        None
    }

    fn into_response(self) -> Response {
        oauth_error::json(StatusCode::OK, self.to_json())
    }
}
