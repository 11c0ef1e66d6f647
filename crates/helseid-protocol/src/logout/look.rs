//! What can be seen of a logout token by itself: without its issuer's key, its client, and what was used before.

use std::time::Duration;

use super::check::{RULES, events_has_the_event, sub_or_sid_is_there, there_is_no_nonce};
use crate::jose::jws::Unverified;
use crate::jwt::{alg_is_allowed, aud_is_one_alone, exp_is_not_past, iat_is_not_ahead, jti_is_there, member};
use crate::rule::{Facts, Fault, Rule, Switches};
use crate::time::Timestamp;

/// Every rule that the logout token breaks, as far as that can be seen; for explaining it to people. Verifies nothing: a token
/// without a breach may still be forged, or for another client.
#[must_use]
pub fn breaches(token: &Unverified<'_>, tolerance: Duration, now: Timestamp) -> Vec<Fault> {
    let (header, claims) = (token.header(), token.unverified_claims());
    let issued = member::seconds(claims, "iat");
    let expires = member::seconds(claims, "exp");
    let findings: [(Rule, Result<(), Facts>); 9] = [
        (Rule::LogoutTokenTyp, (RULES.typ_check)(header).map(drop)),
        (Rule::LogoutTokenAlg, alg_is_allowed(header, Switches::HELSEID.algorithms).map(drop)),
        (Rule::LogoutTokenAud, aud_is_one_alone(claims, "one client id").map(drop)),
        (Rule::LogoutTokenIat, issued.and_then(|issued| iat_is_not_ahead(issued, tolerance, now))),
        (Rule::LogoutTokenExp, expires.and_then(|expires| exp_is_not_past(expires, tolerance, now))),
        (Rule::LogoutTokenSubject, sub_or_sid_is_there(claims).map(drop)),
        (Rule::LogoutTokenEvents, events_has_the_event(claims)),
        (Rule::LogoutTokenNonce, there_is_no_nonce(claims)),
        (Rule::LogoutTokenJti, jti_is_there(claims).map(drop)),
    ];
    findings.into_iter().filter_map(|(rule, finding)| Some(Fault::new(rule, finding.err()?))).collect()
}
