//! The token endpoint without HTTP: from a form and headers to a token, or to the one rule that was broken.
//!
//! `AuthenticatedClient -> Binding -> Grant -> claims -> token`; each is a type that only the step before can make.
//! What is cheap comes first; ids are claimed as used last of all, in one atomic step each and by one way for both. A profile
//! may have the assertion's claimed right after authentication.

mod authenticate;
mod bind;
mod claims;
pub(crate) mod endpoint;
mod grant;
mod organisation;
mod proof_keys;
#[cfg(test)]
mod tests;

use ::http::HeaderMap;
use helseid_admin_api::TraceOutcome;
use helseid_protocol::assertion::CheckedAssertion;
use helseid_protocol::dpop::{CheckedProof, Nonce};
use helseid_protocol::endpoint::token::{TokenForm, TokenGranted, TokenType};
use helseid_protocol::grant::GrantType;
use helseid_protocol::rule::{Facts, Fault, JwtIdUse, Rule, Trail};
use helseid_protocol::secret::AccessToken;
use helseid_protocol::time::Timestamp;

use crate::app::App;
use crate::storage::ephemeral::{Claim, Lived, Unavailable, Use, Uses};
use crate::trace::Seen;

use authenticate::AuthenticatedClient;
use bind::Binding;
use grant::Grant;

pub(crate) use proof_keys::ProofKeys;

/// What can be asked for.
pub(crate) const GRANTED: [GrantType; 1] = [GrantType::ClientCredentials];

/// A request as it came.
#[derive(Clone, Copy)]
pub(crate) struct TokenCall<'a> {
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a [u8],
    pub(crate) when: When,
}

/// When all of a request was there. What is remembered goes by the time of this machine, whatever clock a fault on request
/// shows to a client: it touches nobody else.
#[derive(Debug, Clone, Copy)]
pub(crate) struct When {
    /// By the clock of this machine.
    pub(crate) real: Timestamp,
    /// By how many seconds the clock is ahead that the request is judged by.
    pub(crate) ahead: i64,
}

impl When {
    /// The time that the request is judged by.
    pub(crate) const fn judged(self) -> Timestamp {
        Timestamp::from_seconds(self.real.seconds().saturating_add(self.ahead))
    }

    /// When an end by the judging clock is here.
    const fn real_end(self, end: Timestamp) -> Timestamp {
        Timestamp::from_seconds(end.seconds().saturating_sub(self.ahead))
    }
}

/// What became of a request, and of every rule on the way.
pub(crate) struct Answered {
    pub(crate) outcome: Outcome,
    pub(crate) trail: Trail,
    pub(crate) seen: Seen,
}

/// What becomes of a request.
pub(crate) enum Outcome {
    /// A token.
    Granted(TokenGranted),
    /// A rule was broken.
    Refused(Fault),
    /// The proof has no nonce of ours, or an old one.
    NonceWanted(Fault, Nonce),
    /// This is not the request's fault: there is no signing key yet, or no room to remember ids.
    Unavailable(&'static str),
    /// The client asks too often.
    TooMany,
}

/// A fault of the request, or ours.
enum Stop {
    Fault(Fault),
    Unavailable(&'static str),
    TooMany,
    /// There is no signing key yet, and nothing was claimed.
    NoKeyYet,
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<Unavailable> for Stop {
    fn from(unavailable: Unavailable) -> Self {
        Self::Unavailable(unavailable.why())
    }
}

/// Answers a request. A replica refuses nothing for not knowing yet what another has answered: it asks the store first, and
/// when that has news, looks at the request anew.
pub(crate) async fn answer(app: &App, call: TokenCall<'_>) -> Answered {
    let known = app.registry.now();
    let answered = answer_as_known(app, call).await;
    match &answered.outcome {
        Outcome::Refused(fault)
            if !was_claimed(fault, &answered.trail)
                && app.registry.refresh_if_stale(&known).await.is_some() =>
        {
            let when = When { real: app.clock.now(), ..call.when };
            answer_as_known(app, TokenCall { when, ..call }).await
        }
        _ => answered,
    }
}

/// Whether the assertion of a refused request was claimed, so that the request cannot be looked at anew.
fn was_claimed(fault: &Fault, trail: &Trail) -> bool {
    fault.rule() == Rule::AssertionJtiOnce || trail.has(Rule::AssertionJtiOnce)
}

async fn answer_as_known(app: &App, mut call: TokenCall<'_>) -> Answered {
    loop {
        let (mut trail, mut seen) = (app.new_trail(), Seen::default());
        let outcome = match granted(app, call, &mut seen, &mut trail).await {
            Ok(granted) => Outcome::Granted(granted),
            Err(Stop::Unavailable(why)) => Outcome::Unavailable(why),
            Err(Stop::TooMany) => Outcome::TooMany,
            Err(Stop::NoKeyYet) => match app.signing.ring().await {
                // It is judged by the time after the wait.
                Ok(_) => {
                    call.when.real = app.clock.now();
                    continue;
                }
                Err(_) => Outcome::Unavailable("the signing key is being made"),
            },
            Err(Stop::Fault(fault)) if fault.rule() == Rule::DpopNonce => {
                Outcome::NonceWanted(fault, app.nonces.issue(call.when.judged()))
            }
            Err(Stop::Fault(fault)) => Outcome::Refused(fault),
        };
        return Answered { outcome, trail, seen };
    }
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

async fn granted(
    app: &App,
    call: TokenCall<'_>,
    seen: &mut Seen,
    trail: &mut Trail,
) -> Result<TokenGranted, Stop> {
    let (when, now) = (call.when, call.when.judged());
    if let Some(proof) = call.headers.get("dpop").and_then(|value| value.to_str().ok()) {
        seen.proof(proof);
    }
    let content_type = call.headers.get(::http::header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let form = TokenForm::read(content_type, call.body, trail)?;
    seen.assertion(form.assertion().expose());
    let client = AuthenticatedClient::check(app, (&form, call.headers), seen, now, trail)?;
    seen.is_authenticated = true;
    if !app.limits.client(&client.known.client.id, when.real) {
        return Err(Stop::TooMany);
    }
    // Before anything is claimed: a request that waits for the key in vain can be sent again.
    let ring = app.signing.ready().ok_or(Stop::NoKeyYet)?;
    let at_once = client.profile.switches().assertion_jwt_id == JwtIdUse::AtOnce;
    if at_once {
        claim_assertion(app, &client.assertion, when, trail).await?;
    }
    form.grant(&GRANTED, trail)?;
    let binding = match Binding::check(app, &client, call.headers, now, trail) {
        Err(fault) if fault.rule() == Rule::DpopNonce && !at_once => {
            note_assertion(app, &client.assertion, when).await;
            return Err(fault.into());
        }
        checked => checked?,
    };
    let grant = Grant::check(app, &client, &form, trail)?;
    match &binding.proof {
        proof if !at_once => use_up(app, &client.assertion, proof.as_ref(), when, trail).await?,
        Some(proof) => {
            let claim = app.fleeting.claim(use_of_proof(app, proof, when), when.real).await?;
            proof_is_new(proof, claim, trail)?;
        }
        None => {}
    }
    let token = ring.sign(&claims::of(app, &client, &binding, &grant, now), app.algorithm, now);
    let token = token.ok_or(Stop::Unavailable("there is no signing key of the right kind"))?;
    Ok(TokenGranted {
        access_token: AccessToken::new(token),
        token_type: if binding.proof.is_some() { TokenType::Dpop } else { TokenType::Bearer },
        expires_in: client.known.client.token_lifetime,
        scope: Some(grant.scopes),
        rejected_scope: None,
    })
}

/// Where an assertion is used by whatever comes of its request.
async fn claim_assertion(
    app: &App,
    assertion: &CheckedAssertion,
    when: When,
    trail: &mut Trail,
) -> Result<(), Stop> {
    let claim = app.fleeting.claim(use_of_assertion(app, assertion, when), when.real).await?;
    Ok(assertion_is_new(assertion, claim, trail)?)
}

/// Claims assertion and proof, and warns of an assertion that was sent back for a nonce: by HelseID's planned rule, a
/// request with the nonce has a new one.
async fn use_up(
    app: &App,
    assertion: &CheckedAssertion,
    proof: Option<&CheckedProof>,
    when: When,
    trail: &mut Trail,
) -> Result<(), Stop> {
    let uses = Uses {
        assertion: use_of_assertion(app, assertion, when),
        proof: proof.map(|proof| use_of_proof(app, proof, when)),
    };
    let used = app.fleeting.use_up(uses, when.real).await?;
    assertion_is_new(assertion, used.assertion, trail)?;
    if used.noted {
        let got = "the assertion of the request without nonce, sent again";
        trail.warn(Rule::AssertionJtiOnce, Facts::new("a new assertion in each request", got));
    }
    if let Some(proof) = proof {
        proof_is_new(proof, used.proof, trail)?;
    }
    Ok(())
}

/// Notes that an assertion was sent back for a nonce, under the name that it would be claimed by. For a warning alone: what
/// cannot be noted is not warned of.
async fn note_assertion(app: &App, assertion: &CheckedAssertion, when: When) {
    let Use { id, end } = use_of_assertion(app, assertion, when);
    if let Err(why) = app.fleeting.put(id, Lived { value: b"1", end, now: when.real }).await {
        tracing::debug!(?why, "an assertion that was sent back is not noted");
    }
}

fn use_of_assertion(app: &App, assertion: &CheckedAssertion, when: When) -> Use {
    Use { id: assertion.replay_id(&app.replay_key), end: when.real_end(assertion.remember_until()) }
}

fn use_of_proof(app: &App, proof: &CheckedProof, when: When) -> Use {
    Use { id: proof.replay_id(&app.replay_key), end: when.real_end(proof.remember_until()) }
}

/// RFC 7523 section 3 (7).
fn assertion_is_new(assertion: &CheckedAssertion, claim: Claim, trail: &mut Trail) -> Result<(), Fault> {
    match claim {
        Claim::First => {
            trail.holds(Rule::AssertionJtiOnce);
            Ok(())
        }
        Claim::Again => trail.require_or_note(Rule::AssertionJtiOnce, Err(assertion.used_before())),
    }
}

/// RFC 9449 section 11.1.
fn proof_is_new(proof: &CheckedProof, claim: Claim, trail: &mut Trail) -> Result<(), Fault> {
    match claim {
        Claim::First => {
            trail.holds(Rule::DpopJtiOnce);
            Ok(())
        }
        Claim::Again => Err(proof.used_before()),
    }
}
