//! What can be seen of an ID token by itself: without its issuer's key, its client and its login.

use std::time::Duration;

use super::IdTokenClaims;
use super::check::{at_hash_is_the_tokens_if_there, typ_is_an_id_tokens};
use super::occasion::auth_time_is_recent;
use crate::jose::jws::Unverified;
use crate::jwt::{alg_is_allowed, aud_is_one_alone, exp_is_not_past, iat_is_not_ahead};
use crate::rule::{Facts, Fault, Rule, Switches};
use crate::secret::AccessToken;
use crate::time::Timestamp;

/// Every rule that the ID token breaks, as far as that can be seen; for explaining it to people. `access_token` is the one of
/// the same answer. Verifies nothing: a token without a breach may still be forged, or for another client.
#[must_use]
pub fn breaches(
    token: &Unverified<'_>,
    access_token: Option<&AccessToken>,
    tolerance: Duration,
    now: Timestamp,
) -> Vec<Fault> {
    let (header, claims) = (token.header(), token.unverified_claims());
    let algorithm = alg_is_allowed(header, Switches::HELSEID.algorithms);
    let belongs = match &algorithm {
        Ok(algorithm) => at_hash_is_the_tokens_if_there(claims, access_token, *algorithm),
        Err(_) => Ok(()),
    };
    let mut findings: Vec<(Rule, Result<(), Facts>)> = vec![
        (Rule::IdTokenTyp, typ_is_an_id_tokens(header).and_then(|warning| warning.map_or(Ok(()), Err))),
        (Rule::IdTokenAlg, algorithm.map(drop)),
        (Rule::IdTokenAud, aud_is_one_alone(claims, "one client id").map(drop)),
    ];
    match IdTokenClaims::read(claims.clone()) {
        Err(fault) => findings.push((fault.rule(), Err(fault.facts().clone()))),
        Ok(claims) => findings.extend([
            (Rule::IdTokenExp, exp_is_not_past(claims.expires(), tolerance, now)),
            (Rule::IdTokenIat, iat_is_not_ahead(claims.issued(), tolerance, now)),
            (Rule::IdTokenAuthTime, auth_time_is_recent(&claims, None, tolerance, now)),
        ]),
    }
    findings.push((Rule::IdTokenAtHash, belongs));
    findings.into_iter().filter_map(|(rule, finding)| Some(Fault::new(rule, finding.err()?))).collect()
}
