//! What can be seen of an access token by itself: without its issuer's key, its API and its request.

use std::time::Duration;

use super::bind::{token_is_bound, token_is_not_bound};
use super::token::{nbf_is_reached, typ_is_an_access_tokens};
use crate::claims::AccessTokenClaims;
use crate::endpoint::token::TokenType;
use crate::jose::jws::Unverified;
use crate::jwt::{alg_is_allowed, exp_is_not_past};
use crate::rule::{Facts, Fault, Rule, Switches};
use crate::time::Timestamp;

/// Every rule that the token breaks, as far as that can be seen; for explaining a token to people. Verifies nothing: a
/// token without a breach may still be forged, or for another API.
#[must_use]
pub fn breaches(
    token: &Unverified<'_>,
    presented_as: TokenType,
    tolerance: Duration,
    now: Timestamp,
) -> Vec<Fault> {
    let header = token.header();
    let kid = header.kid().map(drop).ok_or_else(|| Facts::missing("a kid"));
    let mut findings = vec![
        (Rule::TokenTyp, typ_is_an_access_tokens(header)),
        (Rule::TokenAlg, alg_is_allowed(header, Switches::HELSEID.algorithms).map(drop)),
        (Rule::TokenKid, kid),
    ];
    match AccessTokenClaims::read(token.unverified_claims().clone()) {
        Err(fault) => findings.push((fault.rule(), Err(fault.facts().clone()))),
        Ok(claims) => {
            let bound = match presented_as {
                TokenType::Dpop => (Rule::TokenCnf, token_is_bound(claims.bound_to()).map(drop)),
                TokenType::Bearer => (Rule::ApiBoundToken, token_is_not_bound(claims.bound_to())),
            };
            findings.extend([
                (Rule::TokenExp, exp_is_not_past(claims.expires(), tolerance, now)),
                (Rule::TokenNbf, nbf_is_reached(&claims, tolerance, now)),
                (Rule::ApiSingleAudience, there_is_one_audience(&claims)),
                bound,
            ]);
        }
    }
    findings.into_iter().filter_map(|(rule, finding)| Some(Fault::new(rule, finding.err()?))).collect()
}

/// HelseID: validation of access tokens.
fn there_is_one_audience(claims: &AccessTokenClaims) -> Result<(), Facts> {
    match claims.audiences() {
        [_] => Ok(()),
        several => Err(Facts::new("one audience", format_args!("{} audiences", several.len()))),
    }
}
