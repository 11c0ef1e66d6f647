//! What the checks of an issuer's JWTs have in common, whether access token, ID token or logout token: the form, the type, the
//! algorithm, the issuer, and the signature by one of its published keys.

use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::{FormRules, alg_is_allowed, member};
use crate::id::{ClientId, Issuer, KeyId};
use crate::jose::json::Object;
use crate::jose::jws::{Header, Unverified};
use crate::jose::{Algorithm, AlgorithmSet, VerifyKey};
use crate::rule::{Facts, Fault, Rule, Trail};
use crate::time::Timestamp;

/// The rules of one kind of JWT.
#[derive(Debug, Clone, Copy)]
pub(crate) struct IssuedRules {
    pub(crate) form: FormRules,
    pub(crate) typ: Rule,
    /// What `typ` may be; facts beside an `Ok` are a warning.
    pub(crate) typ_check: fn(&Header) -> Result<Option<Facts>, Facts>,
    pub(crate) iss: Rule,
    pub(crate) kid: Rule,
    pub(crate) signature: Rule,
}

/// Whose JWTs are taken.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Accepted<'p> {
    pub(crate) issuers: &'p [Issuer],
    pub(crate) algorithms: AlgorithmSet,
    /// The most bytes of the text.
    pub(crate) limit: usize,
}

/// A JWT of the right form, said to be of an issuer that is taken; nothing says yet that it is.
pub(crate) struct IssuedJwt<'a> {
    rules: &'static IssuedRules,
    jws: Unverified<'a>,
    algorithm: Algorithm,
    issuer: &'a Issuer,
}

impl<'a> IssuedJwt<'a> {
    /// Reads the text as far as its header and `iss`, so that a JWT of another issuer asks for no fetch of keys.
    pub(crate) fn read(
        text: &'a str,
        rules: &'static IssuedRules,
        accepted: Accepted<'a>,
        trail: &mut Trail,
    ) -> Result<Self, Fault> {
        let jws = rules.form.read(Unverified::parse(text, accepted.limit), trail)?;
        match (rules.typ_check)(jws.header()) {
            Ok(Some(warning)) => trail.warn(rules.typ, warning),
            finding => trail.require(rules.typ, finding.map(drop))?,
        }
        // Of these an issuer's key takes its own alone.
        let algorithm = trail.require(rules.form.alg, alg_is_allowed(jws.header(), accepted.algorithms))?;
        let issuer = trail.require(rules.iss, iss_is_one_of(&jws, accepted.issuers))?;
        Ok(Self { rules, jws, algorithm, issuer })
    }

    pub(crate) const fn issuer(&self) -> &'a Issuer {
        self.issuer
    }

    pub(crate) fn header(&self) -> &Header {
        self.jws.header()
    }

    pub(crate) fn kid(&self) -> Option<&KeyId> {
        self.jws.header().kid()
    }

    pub(crate) const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Of several keys that fit, the one that the signature is by; `first` if it is by none of them, for
    /// [`IssuedJwt::verify`] to refuse.
    pub(crate) fn signer(&self, first: Arc<VerifyKey>, others: &[Arc<VerifyKey>]) -> Arc<VerifyKey> {
        if others.is_empty() || self.jws.is_signed_by(&first, self.algorithm) {
            return first;
        }
        others.iter().find(|key| self.jws.is_signed_by(key, self.algorithm)).cloned().unwrap_or(first)
    }

    /// The claims, if the signature is by `key`, which the caller has found under [`IssuedJwt::kid`] among the issuer's
    /// published keys.
    pub(crate) fn verify(self, key: Option<&VerifyKey>, trail: &mut Trail) -> Result<Object, Fault> {
        let key = trail.require(self.rules.kid, kid_is_published(self.jws.header(), self.algorithm, key))?;
        let verified = self.jws.verify(key, self.algorithm);
        let verified = verified.map_err(|why| Facts::new("a signature by the issuer's key", why));
        Ok(trail.require(self.rules.signature, verified)?.into_claims())
    }
}

/// RFC 9068 section 4, OpenID Connect Core 1.0 section 3.1.3.7 (2).
fn iss_is_one_of<'p>(jws: &Unverified<'_>, issuers: &'p [Issuer]) -> Result<&'p Issuer, Facts> {
    let iss = member::text(jws.unverified_claims(), "iss")?;
    let ours = issuers.iter().find(|issuer| issuer.as_str() == iss);
    ours.ok_or_else(|| Facts::value(one_of(issuers), iss))
}

/// What would have been right, where several would.
pub(crate) fn one_of<T: ToString>(ours: &[T]) -> String {
    ours.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or ")
}

/// HelseID: validation of access tokens. A key without a name stands for any: see
/// [`IssuerKeys`](crate::key_cache::IssuerKeys).
fn kid_is_published<'k>(
    header: &Header,
    algorithm: Algorithm,
    key: Option<&'k VerifyKey>,
) -> Result<&'k VerifyKey, Facts> {
    let expected = || format!("the kid of a published key for {algorithm}");
    let kid = header.kid().ok_or_else(|| Facts::new(expected(), "no kid"))?;
    let right = |key: &&VerifyKey| key.key_id().is_none_or(|own| own == kid) && key.fits(algorithm);
    key.filter(right).ok_or_else(|| Facts::value(expected(), kid))
}

/// RFC 7519 section 4.1.4.
pub(crate) fn exp_is_not_past(expires: Timestamp, tolerance: Duration, now: Timestamp) -> Result<(), Facts> {
    if expires > now.minus(tolerance) {
        Ok(())
    } else {
        Err(Facts::new(format_args!("exp after {now}"), expires))
    }
}

/// RFC 7519 section 4.1.6.
pub(crate) fn iat_is_not_ahead(issued: Timestamp, tolerance: Duration, now: Timestamp) -> Result<(), Facts> {
    if issued <= now.plus(tolerance) {
        Ok(())
    } else {
        Err(Facts::new(format_args!("iat at {now} or before"), issued))
    }
}

/// The `aud` of a JWT for a client: its own id, alone (OpenID Connect Core 1.0 section 3.1.3.7 (3); HelseID: validation of ID
/// tokens).
pub(crate) fn aud_is_the_client_alone(claims: &Object, client: &ClientId) -> Result<(), Facts> {
    match aud_is_one_alone(claims, client)? {
        audience if audience == client.as_str() => Ok(()),
        other => Err(Facts::value(client, other)),
    }
}

/// The one value of `aud`, a text or an array of one; `expected` is what it should have been.
pub(crate) fn aud_is_one_alone(claims: &Object, expected: impl Display) -> Result<&str, Facts> {
    match claims.get("aud") {
        Some(Value::String(one)) => Ok(one),
        Some(Value::Array(several)) => match several.as_slice() {
            [Value::String(one)] => Ok(one),
            several => {
                Err(Facts::new(format_args!("{expected} alone"), format_args!("{} audiences", several.len())))
            }
        },
        Some(other) => Err(Facts::new(expected, member::kind(other))),
        None => Err(Facts::missing(expected)),
    }
}
