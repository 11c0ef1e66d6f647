//! A request without HTTP: from a form and headers to what the endpoint grants, or to the one rule that was broken.

use std::sync::Arc;

use ::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use helseid_admin_api::TraceOutcome;
use helseid_protocol::dpop::Nonce;
use helseid_protocol::endpoint::{ClientForm, ClientFormRules};
use helseid_protocol::rule::{Endpoint, Fault, JwtIdUse, Rule, Trail};

use super::call::{NO_KEY_YET, Notes, PostCall, ReadCall, Stop, When, stores_away};
use super::redeem;
use crate::oauth::binding::{Binding, ProofPlace};
use crate::oauth::client_auth::AuthenticatedClient;
use crate::oauth::state::OAuthState;
use crate::registry::Snapshot;
use crate::trace::RequestArtifacts;

/// What an endpoint does with the request of a client.
pub(crate) trait Line {
    /// What a request gets that breaks no rule.
    type Granted: Answer + Send;

    /// Its name in a sentence.
    const NAME: &'static str;

    /// Whose rules are walked, unless the line notes another.
    const ENDPOINT: Endpoint;

    /// The rules that its form breaks as such.
    const FORM: ClientFormRules;

    /// The status of an answer to a client that is not authenticated.
    const UNAUTHENTICATED: StatusCode = StatusCode::BAD_REQUEST;

    /// Judges a request whose form is read, from the client's authentication on.
    fn granted(
        state: &OAuthState,
        registry: &Snapshot,
        call: ReadCall<'_>,
        notes: &mut Notes,
    ) -> impl Future<Output = Result<Self::Granted, Stop>> + Send;
}

/// What a request gets, as the log, the trace and the client see it.
pub(crate) trait Answer {
    /// The scopes that were granted, for the trace.
    fn scope(&self) -> Option<String>;
    /// The response.
    fn into_response(self) -> Response;
}

/// The outcome of a request, and of every rule on the way.
pub(crate) struct Answered<T> {
    pub(crate) outcome: Outcome<T>,
    pub(crate) notes: Notes,
}

/// The outcome of a request.
pub(crate) enum Outcome<T> {
    /// It gets what it asked for.
    Granted(T),
    /// A rule was broken.
    Refused(Fault),
    /// The proof has no nonce of ours, or an old one.
    NonceWanted(Fault, Nonce),
    /// This is not the request's fault: there is no signing key yet, or no room to remember ids.
    Unavailable(&'static str),
    /// The client sends too many requests.
    TooMany,
}

impl<T> Outcome<T> {
    /// The rule that was broken.
    pub(crate) const fn fault(&self) -> Option<&Fault> {
        match self {
            Self::Refused(fault) | Self::NonceWanted(fault, _) => Some(fault),
            Self::Granted(_) | Self::Unavailable(_) | Self::TooMany => None,
        }
    }

    /// For the trace.
    pub(crate) const fn traced(&self) -> TraceOutcome {
        match self {
            Self::Granted(_) => TraceOutcome::Granted,
            Self::NonceWanted(..) => TraceOutcome::NonceWanted,
            Self::Refused(_) => TraceOutcome::Refused,
            Self::Unavailable(_) | Self::TooMany => TraceOutcome::Unavailable,
        }
    }
}

/// Answers a request. A replica refuses nothing for not knowing yet what another has answered: before it refuses, it asks
/// the store for what is newer, and if there is anything, judges the request by that.
pub(crate) async fn answer<L: Line>(state: &OAuthState, call: PostCall<'_>) -> Answered<L::Granted> {
    let registry = state.registry.now();
    let mut trail = state.issuer.new_trail();
    let content_type = call.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let form = match ClientForm::read(L::FORM, content_type, call.body, &mut trail) {
        Ok(form) => form,
        Err(fault) => {
            let artifacts = artifacts(call.headers, None);
            let notes = Notes { endpoint: L::ENDPOINT, artifacts, trail };
            return Answered { outcome: Outcome::Refused(fault), notes };
        }
    };
    let call = ReadCall { headers: call.headers, form: &form, when: call.when };
    let answered = answer_by::<L>(state, &registry, call, &trail).await;
    if let Outcome::Refused(fault) = &answered.outcome
        && !was_claimed(fault, &answered.notes.trail)
        && let Some(newer) = state.registry.refresh_if_stale(&registry).await
    {
        let when = When { real: state.clock.now(), ..call.when };
        return answer_by::<L>(state, &newer, ReadCall { when, ..call }, &trail).await;
    }
    answered
}

/// Whether the assertion of a refused request was claimed, so that the request cannot be judged again.
fn was_claimed(fault: &Fault, trail: &Trail) -> bool {
    fault.rule() == Rule::AssertionJtiOnce || trail.has(Rule::AssertionJtiOnce)
}

/// `read` has the rules that the form was found to follow.
async fn answer_by<L: Line>(
    state: &OAuthState,
    registry: &Arc<Snapshot>,
    mut call: ReadCall<'_>,
    read: &Trail,
) -> Answered<L::Granted> {
    let mut registry = registry.clone();
    loop {
        let artifacts = artifacts(call.headers, Some(call.form));
        let mut notes = Notes { endpoint: L::ENDPOINT, artifacts, trail: read.clone() };
        let outcome = match L::granted(state, &registry, call, &mut notes).await {
            Ok(granted) => Outcome::Granted(granted),
            Err(Stop::Unavailable(why)) => Outcome::Unavailable(why),
            Err(Stop::Storage(why)) => Outcome::Unavailable(stores_away(state, &why)),
            Err(Stop::TooMany) => Outcome::TooMany,
            Err(Stop::NoKeyYet) => match state.keys.wait().await {
                // It is judged by the time, and by what is registered, after the wait.
                Ok(_) => {
                    call.when.real = state.clock.now();
                    registry = state.registry.now();
                    continue;
                }
                Err(_) => Outcome::Unavailable(NO_KEY_YET),
            },
            Err(Stop::Fault(fault)) if fault.rule() == Rule::DpopNonce => {
                Outcome::NonceWanted(fault, state.replay.nonces.issue(call.when.judged()))
            }
            Err(Stop::Fault(fault)) => Outcome::Refused(fault),
        };
        return Answered { outcome, notes };
    }
}

/// What the request brought, for the trace.
fn artifacts(headers: &HeaderMap, form: Option<&ClientForm<'_>>) -> RequestArtifacts {
    let mut artifacts = RequestArtifacts::default();
    if let Some(proof) = headers.get("dpop").and_then(|value| value.to_str().ok()) {
        artifacts.proof(proof);
    }
    if let Some(form) = form {
        artifacts.assertion(form.assertion().expose());
    }
    artifacts
}

/// The client, if its assertion is good and it does not ask too often.
pub(crate) fn authenticated<'a>(
    state: &OAuthState,
    registry: &'a Snapshot,
    call: ReadCall<'_>,
    notes: &mut Notes,
) -> Result<AuthenticatedClient<'a>, Stop> {
    let Notes { artifacts, trail, .. } = notes;
    let request = (call.form, call.headers);
    let client = AuthenticatedClient::check(state, registry, request, artifacts, call.when.judged(), trail)?;
    if state.limits.client(&client.known.client.id, call.when.real) { Ok(client) } else { Err(Stop::TooMany) }
}

/// The proof of the request. Where it comes back for a nonce, its assertion may be sent again, unless it is used up by now.
pub(crate) async fn bound(
    state: &OAuthState,
    client: &AuthenticatedClient<'_>,
    (call, place): (ReadCall<'_>, ProofPlace<'_>),
    trail: &mut Trail,
) -> Result<Binding, Stop> {
    let checked = Binding::check(state, client, (call.headers, place), call.when.judged(), trail);
    if let Err(fault) = &checked
        && fault.rule() == Rule::DpopNonce
        && client.profile.switches().assertion_jwt_id == JwtIdUse::WithTheRest
    {
        redeem::mark_returned(state, &client.assertion, call.when).await;
    }
    Ok(checked?)
}
