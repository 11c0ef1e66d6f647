//! Pushed authorization requests (RFC 9126): a client sends what it will ask for, and gets a name for it.

use std::time::Duration;

use ::http::StatusCode;
use axum::response::Response;
use helseid_protocol::authorize::{RequestUri, push};
use helseid_protocol::endpoint::ClientFormRules;
use helseid_protocol::jose::base64url;
use helseid_protocol::random::{bytes32, hexadecimal};
use helseid_protocol::rule::{Endpoint, ProofRequirement};
use serde_json::json;

use super::facts::Judging;
use super::fresh;
use super::pushed::StoredRequest;
use crate::oauth::binding::ProofPlace;
use crate::oauth::signed_post::{
    Answer, Line, Notes, ReadCall, Redeemed, Stop, at_once, authenticated, bound,
};
use crate::oauth::state::OAuthState;
use crate::registry::Snapshot;
use crate::web::oauth_error;

/// The endpoint of pushed requests.
pub(super) struct ParLine;

/// What a client gets for its request.
pub(super) struct Pushed {
    name: RequestUri,
    lifetime: Duration,
}

impl Line for ParLine {
    type Granted = Pushed;
    const NAME: &'static str = "endpoint for pushed authorization requests";
    const ENDPOINT: Endpoint = Endpoint::Par;
    const FORM: ClientFormRules = ClientFormRules::PAR;

    async fn granted(
        state: &OAuthState,
        registry: &Snapshot,
        call: ReadCall<'_>,
        notes: &mut Notes,
    ) -> Result<Pushed, Stop> {
        let login = state.login.as_deref().ok_or(Stop::Unavailable("nobody logs in here"))?;
        let client = authenticated(state, registry, call, notes)?;
        let trail = &mut notes.trail;
        at_once(state, &client, call.when, trail).await?;
        // RFC 9449 section 10.1: a proof may come along, and binds the code to its key.
        let place =
            ProofPlace { targets: &state.issuer.par_targets, requirement: ProofRequirement::Optional };
        let binding = bound(state, &client, (call, place), trail).await?;
        let now = call.when.judged();
        let judging = Judging { state, login, registry, known: client.known, profile: client.profile, now };
        let proof = binding.proof.as_ref();
        let parameters = call.form.parameters();
        let checked = judging.by(|known, expectations| {
            push(parameters, proof.map(|proof| proof.thumbprint()), (known, expectations), trail)
        })?;
        checked.ask.details.iter().for_each(|asked| notes.artifacts.attested(asked));
        let redeemed =
            Redeemed { client: &client, proof, request_object: checked.request_object.as_ref(), own: None };
        redeemed.claim(state, call.when, trail).await?;
        fresh::note(state, &checked, &mut notes.artifacts);

        let lifetime = client.profile.switches().login.request_uri_lifetime;
        let stored = StoredRequest::new(hexadecimal(&*state.random), &checked, call.when.real.plus(lifetime));
        notes.artifacts.login_id = Some(stored.login_id().to_owned());
        let reference = base64url::encode(&bytes32(&*state.random));
        stored.put(state, &reference, call.when.real).await?;
        Ok(Pushed { name: RequestUri::of(&reference), lifetime })
    }
}

impl Answer for Pushed {
    fn scope(&self) -> Option<String> {
        None
    }

    /// RFC 9126 section 2.2.
    fn into_response(self) -> Response {
        let answer = json!({ "request_uri": self.name.to_wire(), "expires_in": self.lifetime.as_secs() });
        oauth_error::json(StatusCode::CREATED, answer.to_string())
    }
}
