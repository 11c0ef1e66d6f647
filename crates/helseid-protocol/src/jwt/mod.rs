//! What the checks of assertions, proofs and access tokens have in common: the form, the algorithm, single claims.

mod form;
mod issued;
pub(crate) mod member;
mod times;

use crate::id::JwtId;
use crate::jose::json::Object;
use crate::jose::jws::Header;
use crate::jose::{Algorithm, AlgorithmSet};
use crate::rule::Facts;

pub(crate) use form::FormRules;
pub(crate) use issued::{
    Accepted, IssuedJwt, IssuedRules, aud_is_one_alone, aud_is_the_client_alone, exp_is_not_past,
    iat_is_not_ahead, one_of,
};
pub(crate) use times::{Times, Written};

/// RFC 8725 section 3.1: `alg` is one of those that are taken.
pub(crate) fn alg_is_allowed(header: &Header, allowed: AlgorithmSet) -> Result<Algorithm, Facts> {
    allowed
        .by_name(header.alg())
        .ok_or_else(|| Facts::value(format_args!("one of {}", allowed.names().join(" ")), header.alg()))
}

/// RFC 7519 section 4.1.7: `jti` is there.
pub(crate) fn jti_is_there(claims: &Object) -> Result<JwtId, Facts> {
    let text = member::text(claims, "jti")?;
    JwtId::parse(text).map_err(|why| Facts::new("a jti", format_args!("an invalid jti: {why}")))
}
