//! `/connect/revocation`: a client gives up the refresh tokens of a login (RFC 7009).

use ::http::StatusCode;
use axum::Router;
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use helseid_protocol::endpoint::ClientFormRules;
use helseid_protocol::endpoint::revocation::{self, MayRevoke, PATH};
use helseid_protocol::rule::{Endpoint, ProofRequirement};

use super::binding::ProofPlace;
use super::signed_post::{
    Answer, Line, Notes, ReadCall, Redeemed, Stop, at_once, authenticated, bound, other_method, serve,
};
use super::state::OAuthState;
use super::user::{RefreshText, StoredFamily};
use crate::registry::Snapshot;
use crate::storage::sessions::Ending;

/// The route of an issuer at which people log in.
pub(super) fn routes() -> Router<OAuthState> {
    Router::new().route(PATH, post(serve::<RevocationLine>).fallback(other_method::<RevocationLine>))
}

struct RevocationLine;

/// The token is no longer good, if it ever was (RFC 7009 section 2.2).
struct Revoked;

impl Line for RevocationLine {
    type Granted = Revoked;
    const NAME: &'static str = "revocation endpoint";
    const ENDPOINT: Endpoint = Endpoint::Revocation;
    const FORM: ClientFormRules = ClientFormRules::REVOCATION;

    async fn granted(
        state: &OAuthState,
        registry: &Snapshot,
        call: ReadCall<'_>,
        notes: &mut Notes,
    ) -> Result<Revoked, Stop> {
        let login = state.login.as_deref().ok_or(Stop::Unavailable("nobody logs in here"))?;
        let client = authenticated(state, registry, call, notes)?;
        let trail = &mut notes.trail;
        at_once(state, &client, call.when, trail).await?;
        // Some clients send a proof with everything.
        let targets = state.issuer.targets(PATH);
        let place = ProofPlace { targets: &targets, requirement: ProofRequirement::Optional };
        let binding = bound(state, &client, (call, place), trail).await?;
        let token = revocation::token(call.form.parameters().value("token"), trail)?;
        let family = match RefreshText::read(&token) {
            Some(text) => login.sessions.look_up_family(&text.family).await?.map(|known| known.family),
            None => None,
        };
        let own = &client.known.client.id;
        let foreign = client.profile.switches().foreign_revocation;
        let may_revoke =
            family.as_ref().map(|family| revocation::may_revoke(own, &family.client, foreign, trail));
        let may_revoke = may_revoke.transpose()?;
        let redeemed =
            Redeemed { client: &client, proof: binding.proof.as_ref(), request_object: None, own: None };
        redeemed.claim(state, call.when, trail).await?;
        if let (Some(family), Some(MayRevoke::Yes)) = (&family, may_revoke) {
            if let Some(stored) = StoredFamily::read(&family.data) {
                notes.artifacts.belongs_to(&stored.login.login_id, &stored.login.session);
            }
            login.sessions.end(Ending::Family(&family.id, family.expires), call.when.real).await?;
        }
        Ok(Revoked)
    }
}

impl Answer for Revoked {
    fn scope(&self) -> Option<String> {
        None
    }

    fn into_response(self) -> Response {
        StatusCode::OK.into_response()
    }
}
