//! ID tokens held against the issuer's published keys, and against what they answer.

use helseid_protocol::endpoint::token::TokenGranted;
use helseid_protocol::id_token::{Expectations, IdTokenClaims, Occasion, PresentedIdToken};
use helseid_protocol::rule::{Facts, Fault, Rule, Trail};
use helseid_protocol::secret::IdToken;

use super::client::LoginClient;
use super::error::LoginError;

/// The ID token of an answer, checked by all of `id_token.*`.
pub(super) async fn verified(
    login: &LoginClient,
    granted: &TokenGranted,
    occasion: Occasion<'_>,
    trail: &mut Trail,
) -> Result<(IdToken, IdTokenClaims), LoginError> {
    let text = granted.of_login.id_token.clone();
    let text =
        text.ok_or_else(|| Fault::new(Rule::IdTokenForm, Facts::missing("an id_token in the answer")))?;
    let expectations = Expectations {
        issuer: login.issuer(),
        client_id: login.client_id(),
        algorithms: login.taken_algorithms(),
        access_token: Some(&granted.access_token),
        occasion,
        tolerance: login.clock_tolerance(),
        now: login.now(),
    };
    let presented = PresentedIdToken::read(text.expose(), &expectations, trail)?;
    let mut keys = match presented.kid() {
        Some(kid) => login.provider().keys(kid, presented.algorithm()).await?,
        None => Vec::new(),
    };
    let key = match keys.is_empty() {
        true => None,
        false => Some(presented.signer(keys.remove(0), &keys)),
    };
    // The keys may have been long on their way.
    let expectations = Expectations { now: login.now(), ..expectations };
    let claims = presented.check(key.as_deref(), &expectations, trail)?;
    Ok((text, claims))
}

/// Logs what an answer was tolerated with.
pub(super) fn log_warnings(trail: &Trail) {
    for (rule, facts) in trail.warnings() {
        tracing::warn!(rule = rule.id(), expected = facts.expected, got = facts.got, "tolerated at a login");
    }
}
