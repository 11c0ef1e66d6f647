//! Claims what a token request uses up: its assertion and its proof, each good for one request. After every other check, and
//! before the signature.

use helseid_protocol::assertion::CheckedAssertion;
use helseid_protocol::dpop::{CheckedProof, FirstUse};
use helseid_protocol::rule::{Facts, Fault, Rule, Trail};

use super::call::{Stop, When};
use crate::oauth::state::OAuthState;
use crate::storage::ephemeral::{Entry, Key, Namespace, OneTimeUse, Outcome, Redemption, Value, Write};

/// For a profile whose assertions are used up whatever becomes of their requests.
pub(super) async fn assertion(
    state: &OAuthState,
    assertion: &CheckedAssertion,
    when: When,
    trail: &mut Trail,
) -> Result<(), Stop> {
    let first_use = state.replay.store.claim(use_of_assertion(state, assertion, when), when.real).await?;
    Ok(assertion_is_new(assertion, first_use, trail)?)
}

/// The proof alone, where the assertion was claimed before.
pub(super) async fn proof(
    state: &OAuthState,
    proof: &CheckedProof,
    when: When,
    trail: &mut Trail,
) -> Result<(), Stop> {
    let first_use = state.replay.store.claim(use_of_proof(state, proof, when), when.real).await?;
    Ok(proof_is_new(proof, first_use, trail)?)
}

/// Uses up assertion and proof together, and warns of an assertion that was sent back for a nonce: by HelseID's planned rule, a
/// request with the nonce has a new one.
pub(super) async fn all(
    state: &OAuthState,
    assertion: &CheckedAssertion,
    proof: Option<&CheckedProof>,
    when: When,
    trail: &mut Trail,
) -> Result<(), Stop> {
    let of_assertion = use_of_assertion(state, assertion, when);
    let both = proof.map(|proof| [of_assertion, use_of_proof(state, proof, when)]);
    let redemption = Redemption {
        marker: Some(Key::about(of_assertion.id, Namespace::ReturnedAssertion)),
        ..Redemption::of(both.as_ref().map_or(std::slice::from_ref(&of_assertion), |both| both))
    };
    let redeemed = state.replay.store.redeem(redemption, when.real).await?;
    let was_used = matches!(redeemed.outcome, Outcome::Spent(0));
    assertion_is_new(assertion, if was_used { FirstUse::No } else { FirstUse::Yes }, trail)?;
    if redeemed.marked {
        let got = "the assertion of the request without nonce, sent again";
        trail.warn(Rule::AssertionJtiOnce, Facts::new("a new assertion in each request", got));
    }
    let Some((proof, [_, of_proof])) = proof.zip(both) else { return Ok(()) };
    let first_use = match redeemed.outcome {
        Outcome::Done(_) => FirstUse::Yes,
        // The breach of the assertion's rule was noted, and the request goes on.
        _ if was_used => state.replay.store.claim(of_proof, when.real).await?,
        _ => FirstUse::No,
    };
    Ok(proof_is_new(proof, first_use, trail)?)
}

/// Marks an assertion as sent back for a nonce. The mark is for a warning alone: without it, there is none.
pub(super) async fn mark_returned(state: &OAuthState, assertion: &CheckedAssertion, when: When) {
    let OneTimeUse { id, end } = use_of_assertion(state, assertion, when);
    let marker = Entry { value: Value::marker(), end, group: None };
    let mark = Write::put(Key::about(id, Namespace::ReturnedAssertion), marker);
    if let Err(why) = state.replay.store.write(mark, when.real).await {
        tracing::debug!(?why, "an assertion that was sent back is not marked");
    }
}

fn use_of_assertion(state: &OAuthState, assertion: &CheckedAssertion, when: When) -> OneTimeUse {
    OneTimeUse { id: assertion.replay_id(&state.replay.ids), end: when.real_end(assertion.remember_until()) }
}

fn use_of_proof(state: &OAuthState, proof: &CheckedProof, when: When) -> OneTimeUse {
    OneTimeUse { id: proof.replay_id(&state.replay.ids), end: when.real_end(proof.remember_until()) }
}

/// RFC 7523 section 3 (7).
fn assertion_is_new(
    assertion: &CheckedAssertion,
    first_use: FirstUse,
    trail: &mut Trail,
) -> Result<(), Fault> {
    match first_use {
        FirstUse::Yes => {
            trail.holds(Rule::AssertionJtiOnce);
            Ok(())
        }
        FirstUse::No => trail.require_or_note(Rule::AssertionJtiOnce, Err(assertion.used_before())),
    }
}

/// RFC 9449 section 11.1.
fn proof_is_new(proof: &CheckedProof, first_use: FirstUse, trail: &mut Trail) -> Result<(), Fault> {
    match first_use {
        FirstUse::Yes => {
            trail.holds(Rule::DpopJtiOnce);
            Ok(())
        }
        FirstUse::No => Err(proof.used_before()),
    }
}
