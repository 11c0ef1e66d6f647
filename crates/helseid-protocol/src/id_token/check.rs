//! Checks ID tokens at a client. Each rule is one function, in the order of the walk.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::at_hash::at_hash;
use super::occasion::Occasion;
use super::{IdTokenClaims, MAX_BYTES};
use crate::id::{ClientId, Issuer, KeyId};
use crate::jose::json::Object;
use crate::jose::jws::Header;
use crate::jose::{Algorithm, AlgorithmSet, VerifyKey};
use crate::jwt::{
    Accepted, FormRules, IssuedJwt, IssuedRules, aud_is_the_client_alone, exp_is_not_past, iat_is_not_ahead,
    member,
};
use crate::rule::{Facts, Fault, Rule, Trail};
use crate::secret::AccessToken;
use crate::time::Timestamp;

/// What an ID token is held against.
///
/// ```
/// use helseid_protocol::id_token::{Expectations, Occasion, PresentedIdToken, Requested};
/// # use helseid_protocol::{id::{ClientId, Issuer}, jose::AlgorithmSet, rule::{Rule, Trail}, time::{TOLERANCE, Timestamp}};
///
/// let expectations = Expectations {
///     issuer: &Issuer::parse("https://helseid-sts.nhn.no")?,
///     client_id: &ClientId::parse("1f2a6b0e-7c1d-4a50-9e0b-51a1c8a0d0c4")?,
///     algorithms: AlgorithmSet::HELSEID,
///     access_token: None,
///     occasion: Occasion::Login(Requested { nonce: Some("7F3A"), ..Requested::default() }),
///     tolerance: TOLERANCE,
///     now: Timestamp::from_seconds(1_790_000_000),
/// };
/// let read = PresentedIdToken::read("a.b.c", &expectations, &mut Trail::new());
/// assert!(read.is_err_and(|fault| fault.rule() == Rule::IdTokenForm));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Expectations<'a> {
    /// Whose it must be, exactly as the metadata names it.
    pub issuer: &'a Issuer,
    /// Who we are: its only audience.
    pub client_id: &'a ClientId,
    /// The algorithms that are taken.
    pub algorithms: AlgorithmSet,
    /// The access token that came with it, for `at_hash`.
    pub access_token: Option<&'a AccessToken>,
    /// What it answers.
    pub occasion: Occasion<'a>,
    /// How far clocks may differ.
    pub tolerance: Duration,
    /// The time now.
    pub now: Timestamp,
}

/// An ID token of the right form, said to be of our issuer; nothing says yet that it is.
///
/// ```
/// use helseid_protocol::id_token::{Expectations, IdTokenClaims, PresentedIdToken};
/// use helseid_protocol::jose::VerifyKey;
/// use helseid_protocol::rule::{Fault, Trail};
///
/// /// Who logged in, by an ID token that one of the issuer's `keys` must have signed.
/// fn who(text: &str, expectations: &Expectations<'_>, keys: &[VerifyKey]) -> Result<IdTokenClaims, Fault> {
///     let trail = &mut Trail::new();
///     let token = PresentedIdToken::read(text, expectations, trail)?;
///     let key = keys.iter().find(|key| key.key_id() == token.kid());
///     token.check(key, expectations, trail)
/// }
/// ```
pub struct PresentedIdToken<'a>(IssuedJwt<'a>);

impl<'a> PresentedIdToken<'a> {
    /// Reads an ID token as far as its header and issuer.
    pub fn read(text: &'a str, expectations: &Expectations<'a>, trail: &mut Trail) -> Result<Self, Fault> {
        let accepted = Accepted {
            issuers: std::slice::from_ref(expectations.issuer),
            algorithms: expectations.algorithms,
            limit: MAX_BYTES,
        };
        IssuedJwt::read(text, &RULES, accepted, trail).map(Self)
    }

    /// The name of the key to check it with, if it names one.
    #[must_use]
    pub fn kid(&self) -> Option<&KeyId> {
        self.0.kid()
    }

    /// The algorithm, one that is taken.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.0.algorithm()
    }

    /// Of several keys that fit, the one that the signature is by; `first` if it is by none of them, for
    /// [`PresentedIdToken::check`] to refuse.
    #[must_use]
    pub fn signer(&self, first: Arc<VerifyKey>, others: &[Arc<VerifyKey>]) -> Arc<VerifyKey> {
        self.0.signer(first, others)
    }

    /// Checks the signature by `key`, which the caller has found under [`PresentedIdToken::kid`] among the issuer's published
    /// keys, and then every claim.
    ///
    /// Not checked: `nbf`, which ID tokens need not have; whether it was used before; and, at a step-up, whether it is of the
    /// person who is logged in.
    pub fn check(
        self,
        key: Option<&VerifyKey>,
        expectations: &Expectations<'_>,
        trail: &mut Trail,
    ) -> Result<IdTokenClaims, Fault> {
        let Expectations { client_id, access_token, occasion, tolerance, now, .. } = *expectations;
        let algorithm = self.0.algorithm();
        let claims = self.0.verify(key, trail)?;
        trail.require(Rule::IdTokenAud, aud_is_the_client_alone(&claims, client_id))?;
        trail.require(Rule::IdTokenAzp, azp_is_the_client_if_there(&claims, client_id))?;
        let claims = IdTokenClaims::read(claims)?;
        trail.holds(Rule::IdTokenSub);
        trail.require(Rule::IdTokenExp, exp_is_not_past(claims.expires(), tolerance, now))?;
        trail.require(Rule::IdTokenIat, iat_is_not_ahead(claims.issued(), tolerance, now))?;
        trail.require(
            Rule::IdTokenAtHash,
            at_hash_is_the_tokens_if_there(claims.all(), access_token, algorithm),
        )?;
        occasion.check(&claims, tolerance, now, trail)?;
        Ok(claims)
    }
}

impl std::fmt::Debug for PresentedIdToken<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("PresentedIdToken").field("header", self.0.header()).finish_non_exhaustive()
    }
}

pub(super) const RULES: IssuedRules = IssuedRules {
    form: FormRules {
        form: Rule::IdTokenForm,
        alg: Rule::IdTokenAlg,
        parameters: &[("typ", Rule::IdTokenTyp), ("kid", Rule::IdTokenKid)],
    },
    typ: Rule::IdTokenTyp,
    typ_check: typ_is_an_id_tokens,
    iss: Rule::IdTokenIss,
    kid: Rule::IdTokenKid,
    signature: Rule::IdTokenSignature,
};

/// RFC 8725 section 3.11, RFC 9068 section 5. That HelseID's ID tokens never have `at+jwt` is not known, and their `aud` tells
/// them from access tokens: so that one is a warning.
pub(super) fn typ_is_an_id_tokens(header: &Header) -> Result<Option<Facts>, Facts> {
    const EXPECTED: &str = "JWT or no typ";
    match header.typ() {
        None => Ok(None),
        Some(_) if header.is_typ("JWT") => Ok(None),
        Some(typ) if header.is_typ("at+jwt") => Ok(Some(Facts::value(EXPECTED, typ))),
        Some(typ) => Err(Facts::value(EXPECTED, typ)),
    }
}

/// OpenID Connect Core 1.0 section 3.1.3.7 (5).
fn azp_is_the_client_if_there(claims: &Object, client: &ClientId) -> Result<(), Facts> {
    match claims.get("azp") {
        None => Ok(()),
        Some(Value::String(azp)) if azp == client.as_str() => Ok(()),
        Some(Value::String(other)) => Err(Facts::value(client, other)),
        Some(other) => Err(Facts::new(client, member::kind(other))),
    }
}

/// OpenID Connect Core 1.0 section 3.1.3.8. Without an access token there is nothing to compare.
pub(super) fn at_hash_is_the_tokens_if_there(
    claims: &Object,
    token: Option<&AccessToken>,
    algorithm: Algorithm,
) -> Result<(), Facts> {
    let (Some(_), Some(token)) = (claims.get("at_hash"), token) else { return Ok(()) };
    if member::text(claims, "at_hash")? == at_hash(token, algorithm) {
        Ok(())
    } else {
        Err(Facts::new("the hash of the access token in the same answer", "another hash"))
    }
}
