//! Claims what a request uses up: its assertion and its proof, each good for one request, and something of its own such as an
//! authorization code. All in one step, after every other check, and before a signature.

use std::time::Duration;

use helseid_protocol::assertion::CheckedAssertion;
use helseid_protocol::authorize::RequestObjectId;
use helseid_protocol::dpop::CheckedProof;
use helseid_protocol::id::ClientId;
use helseid_protocol::rule::{Facts, Fault, JwtIdUse, Rule, Trail};

use super::call::{Stop, When};
use crate::oauth::client_auth::AuthenticatedClient;
use crate::oauth::state::OAuthState;
use crate::storage::ephemeral::{Entry, Key, Namespace, OneTimeUse, Outcome, Redemption, Value, Write};

/// What a request uses up.
#[derive(Clone, Copy)]
pub(crate) struct Redeemed<'a> {
    pub(crate) client: &'a AuthenticatedClient<'a>,
    pub(crate) proof: Option<&'a CheckedProof>,
    /// The request object of a pushed request.
    pub(crate) request_object: Option<&'a RequestObjectId>,
    /// Of the endpoint or the grant.
    pub(crate) own: Option<OwnUse>,
}

/// The one use of an entry, which must be there, and stays until its end: whoever presents it again is known to do so.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OwnUse {
    pub(crate) entry: Key,
    pub(crate) once: OneTimeUse,
}

/// What became of what the request has of its own. Unless it is claimed, the request has used nothing up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OwnClaim {
    /// It is used up by this request, or there is none.
    First,
    /// It was used before.
    Again,
    /// Its entry is not there.
    Absent,
}

/// What is claimed, in the order in which it is told of.
#[derive(Clone, Copy)]
enum Part<'a> {
    Assertion(&'a CheckedAssertion),
    Proof(&'a CheckedProof),
    RequestObject(&'a ClientId, &'a RequestObjectId),
    Own(OwnUse),
}

/// Uses up the assertion of a client whose assertions are, whatever becomes of their requests.
pub(crate) async fn at_once(
    state: &OAuthState,
    client: &AuthenticatedClient<'_>,
    when: When,
    trail: &mut Trail,
) -> Result<(), Stop> {
    match client.profile.switches().assertion_jwt_id {
        JwtIdUse::WithTheRest => Ok(()),
        JwtIdUse::AtOnce => {
            let parts = vec![Part::Assertion(&client.assertion)];
            claim(state, parts, when, trail).await.map(drop)
        }
    }
}

impl Redeemed<'_> {
    /// Uses up all of it, or nothing. Warns of an assertion that was sent back for a nonce: by HelseID's planned rule, a request
    /// with the nonce has a new one.
    pub(crate) async fn claim(
        &self,
        state: &OAuthState,
        when: When,
        trail: &mut Trail,
    ) -> Result<OwnClaim, Stop> {
        let assertion = match self.client.profile.switches().assertion_jwt_id {
            JwtIdUse::WithTheRest => Some(Part::Assertion(&self.client.assertion)),
            JwtIdUse::AtOnce => None,
        };
        let client = &self.client.known.client.id;
        let object = self.request_object.map(|object| Part::RequestObject(client, object));
        let parts = [assertion, self.proof.map(Part::Proof), object, self.own.map(Part::Own)];
        claim(state, parts.into_iter().flatten().collect(), when, trail).await
    }
}

/// Uses up all parts in one step. A part whose breach is noted, and not refused, is left out, and the others are used up.
async fn claim(
    state: &OAuthState,
    mut parts: Vec<Part<'_>>,
    when: When,
    trail: &mut Trail,
) -> Result<OwnClaim, Stop> {
    while !parts.is_empty() {
        let uses: Vec<_> = parts.iter().map(|part| part.once(state, when)).collect();
        let own =
            parts.iter().find_map(|part| if let Part::Own(own) = part { Some(own.entry) } else { None });
        let returned = match (parts.first(), uses.first()) {
            (Some(Part::Assertion(_)), Some(once)) => Some(Key::about(once.id, Namespace::ReturnedAssertion)),
            _ => None,
        };
        let redemption = Redemption { requires: own.as_slice(), marker: returned, ..Redemption::of(&uses) };
        let redeemed = state.replay.store.redeem(redemption, when.real).await?;
        let new = match redeemed.outcome {
            Outcome::Done(_) => parts.len(),
            Outcome::Spent(index) => index,
            Outcome::Absent(_) => return Ok(OwnClaim::Absent),
        };
        parts.iter().take(new).for_each(|part| part.is_new(trail));
        let used = parts.get(new).copied();
        if let Some(used) = used {
            match used {
                Part::Assertion(assertion) => {
                    trail.require_or_note(Rule::AssertionJtiOnce, Err(assertion.used_before()))?;
                }
                Part::Proof(proof) => return Err(proof.used_before().into()),
                Part::RequestObject(_, object) => {
                    return Err(Fault::new(Rule::RequestObjectJtiOnce, object.used_before()).into());
                }
                Part::Own(_) => return Ok(OwnClaim::Again),
            }
        }
        if redeemed.marked {
            let got = "the assertion of the request without nonce, sent again";
            trail.warn(Rule::AssertionJtiOnce, Facts::new("a new assertion in each request", got));
        }
        if used.is_none() {
            return Ok(OwnClaim::First);
        }
        parts.remove(new);
    }
    Ok(OwnClaim::First)
}

impl Part<'_> {
    fn once(self, state: &OAuthState, when: When) -> OneTimeUse {
        let ids = &state.replay.ids;
        match self {
            Self::Assertion(assertion) => use_of_assertion(state, assertion, when),
            Self::Proof(proof) => {
                OneTimeUse { id: proof.replay_id(ids), end: when.real_end(proof.remember_until()) }
            }
            Self::RequestObject(client, object) => {
                let end = object.remember_until(Duration::ZERO);
                OneTimeUse { id: object.replay_id(client, ids), end: when.real_end(end) }
            }
            Self::Own(own) => own.once,
        }
    }

    /// RFC 7523 section 3 (7), RFC 9449 section 11.1.
    fn is_new(self, trail: &mut Trail) {
        match self {
            Self::Assertion(_) => trail.holds(Rule::AssertionJtiOnce),
            Self::Proof(_) => trail.holds(Rule::DpopJtiOnce),
            Self::RequestObject(..) => trail.holds(Rule::RequestObjectJtiOnce),
            // Whose it is notes it by a rule of its own.
            Self::Own(_) => {}
        }
    }
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
