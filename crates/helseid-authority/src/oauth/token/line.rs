//! The token endpoint without HTTP: from a form and headers to a token, or to the one rule that was broken.
//!
//! `AuthenticatedClient -> Binding -> Granted -> claims -> token`; each is a type that only the step before can make. Cheap
//! checks come first. Ids are claimed as used last of all, in one atomic step, and only then is the token signed. A profile
//! may have the assertion's claimed right after authentication.

#[cfg(test)]
mod once;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use ::http::{HeaderMap, header};
use helseid_admin_api::TraceOutcome;
use helseid_protocol::dpop::Nonce;
use helseid_protocol::endpoint::token::{LoginTokens, TokenForm, TokenGranted, TokenType};
use helseid_protocol::grant::GrantType;
use helseid_protocol::rule::{Facts, Fault, JwtIdUse, Rule, Trail};
use helseid_protocol::secret::AccessToken;

use super::call::{Stop, TokenCall, When};
use super::grants::{self, GRANTS};
use super::{claims, redeem};
use crate::domain::model::Client;
use crate::oauth::binding::Binding;
use crate::oauth::client_auth::AuthenticatedClient;
use crate::oauth::state::OAuthState;
use crate::registry::Snapshot;
use crate::trace::RequestArtifacts;

/// The outcome of a request, and of every rule on the way.
pub(crate) struct Answered {
    pub(crate) outcome: Outcome,
    pub(crate) trail: Trail,
    pub(crate) artifacts: RequestArtifacts,
}

/// The outcome of a request.
pub(crate) enum Outcome {
    /// A token.
    Granted(TokenGranted),
    /// A rule was broken.
    Refused(Fault),
    /// The proof has no nonce of ours, or an old one.
    NonceWanted(Fault, Nonce),
    /// This is not the request's fault: there is no signing key yet, or no room to remember ids.
    Unavailable(&'static str),
    /// The client sends too many requests.
    TooMany,
}

/// A request whose form is read. It is judged by one snapshot of the registry at a time.
#[derive(Clone, Copy)]
struct ReadCall<'a> {
    headers: &'a HeaderMap,
    form: &'a TokenForm<'a>,
    when: When,
    /// The rules that the form was found to follow.
    trail: &'a Trail,
}

/// Answers a request. A replica refuses nothing for not knowing yet what another has answered: before it refuses, it asks
/// the store for what is newer, and if there is anything, judges the request by that.
pub(crate) async fn answer(state: &OAuthState, call: TokenCall<'_>) -> Answered {
    let registry = state.registry.now();
    let mut trail = state.issuer.new_trail();
    let content_type = call.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let form = match TokenForm::read(content_type, call.body, &mut trail) {
        Ok(form) => form,
        Err(fault) => {
            let artifacts = artifacts(call.headers, None);
            return Answered { outcome: Outcome::Refused(fault), trail, artifacts };
        }
    };
    let call = ReadCall { headers: call.headers, form: &form, when: call.when, trail: &trail };
    let answered = answer_by(state, &registry, call).await;
    if let Outcome::Refused(fault) = &answered.outcome
        && !was_claimed(fault, &answered.trail)
        && let Some(newer) = state.registry.refresh_if_stale(&registry).await
    {
        let when = When { real: state.clock.now(), ..call.when };
        return answer_by(state, &newer, ReadCall { when, ..call }).await;
    }
    answered
}

/// Whether the assertion of a refused request was claimed, so that the request cannot be judged again.
fn was_claimed(fault: &Fault, trail: &Trail) -> bool {
    fault.rule() == Rule::AssertionJtiOnce || trail.has(Rule::AssertionJtiOnce)
}

async fn answer_by(state: &OAuthState, registry: &Arc<Snapshot>, mut call: ReadCall<'_>) -> Answered {
    let mut registry = registry.clone();
    loop {
        let mut trail = call.trail.clone();
        let mut artifacts = artifacts(call.headers, Some(call.form));
        let outcome = match granted(state, &registry, call, &mut artifacts, &mut trail).await {
            Ok(granted) => Outcome::Granted(granted),
            Err(Stop::Unavailable(why)) => Outcome::Unavailable(why),
            Err(Stop::TooMany) => Outcome::TooMany,
            Err(Stop::NoKeyYet) => match state.keys.wait().await {
                // It is judged by the time, and by what is registered, after the wait.
                Ok(_) => {
                    call.when.real = state.clock.now();
                    registry = state.registry.now();
                    continue;
                }
                Err(_) => Outcome::Unavailable("the signing key is being made"),
            },
            Err(Stop::Fault(fault)) if fault.rule() == Rule::DpopNonce => {
                Outcome::NonceWanted(fault, state.replay.nonces.issue(call.when.judged()))
            }
            Err(Stop::Fault(fault)) => Outcome::Refused(fault),
        };
        return Answered { outcome, trail, artifacts };
    }
}

/// What the request brought, for the trace.
fn artifacts(headers: &HeaderMap, form: Option<&TokenForm<'_>>) -> RequestArtifacts {
    let mut artifacts = RequestArtifacts::default();
    if let Some(proof) = headers.get("dpop").and_then(|value| value.to_str().ok()) {
        artifacts.proof(proof);
    }
    if let Some(form) = form {
        artifacts.assertion(form.client().assertion().expose());
    }
    artifacts
}

impl Outcome {
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

/// RFC 6749 section 5.2: `unauthorized_client`.
fn grant_is_the_clients(grant: GrantType, client: &Client) -> Result<(), Facts> {
    let own = &client.grant_types;
    if own.contains(grant) { Ok(()) } else { Err(Facts::value(own, grant)) }
}

async fn granted(
    state: &OAuthState,
    registry: &Snapshot,
    call: ReadCall<'_>,
    artifacts: &mut RequestArtifacts,
    trail: &mut Trail,
) -> Result<TokenGranted, Stop> {
    let ReadCall { headers, form, when, .. } = call;
    let now = when.judged();
    let client =
        AuthenticatedClient::check(state, registry, (form.client(), headers), artifacts, now, trail)?;
    if !state.limits.client(&client.known.client.id, when.real) {
        return Err(Stop::TooMany);
    }
    // Before anything is claimed: a request that waits for the key in vain can be sent again.
    let key_set = state.keys.current().ok_or(Stop::NoKeyYet)?;
    let at_once = client.profile.switches().assertion_jwt_id == JwtIdUse::AtOnce;
    if at_once {
        redeem::assertion(state, &client.assertion, when, trail).await?;
    }
    let grant = form.grant(&GRANTS, trail)?;
    let allowed = grant_is_the_clients(grant, &client.known.client);
    trail.require_or_note(Rule::RequestGrantAllowed, allowed)?;
    let binding = match Binding::check(state, &client, headers, now, trail) {
        Err(fault) if fault.rule() == Rule::DpopNonce && !at_once => {
            redeem::mark_returned(state, &client.assertion, when).await;
            return Err(fault.into());
        }
        checked => checked?,
    };
    let granted = grants::check(grant, form, registry, &client, trail)?;
    match &binding.proof {
        proof if !at_once => redeem::all(state, &client.assertion, proof.as_ref(), when, trail).await?,
        Some(proof) => redeem::proof(state, proof, when, trail).await?,
        None => {}
    }
    let claims = claims::of(state, &client, &binding, &granted, now);
    let token = key_set.sign(&claims, state.keys.algorithm(), now);
    let token = token.ok_or(Stop::Unavailable("there is no signing key of the right kind"))?;
    Ok(TokenGranted {
        access_token: AccessToken::new(token),
        token_type: if binding.proof.is_some() { TokenType::Dpop } else { TokenType::Bearer },
        expires_in: client.known.client.token_lifetime,
        scope: Some(granted.scopes),
        rejected_scope: None,
        of_login: LoginTokens::default(),
    })
}
