//! The access token: read, then verified. Each rule is one function, in the order of the walk.

use std::sync::Arc;
use std::time::Duration;

use super::{AudienceRule, CachedToken, Credentials, Policy};
use crate::claims::AccessTokenClaims;
use crate::endpoint::token::TokenType;
use crate::id::{Issuer, KeyId};
use crate::jose::jws::{Header, MAX_BYTES};
use crate::jose::{Algorithm, VerifyKey};
use crate::jwt::{Accepted, FormRules, IssuedJwt, IssuedRules, exp_is_not_past, one_of};
use crate::rule::{Facts, Fault, Rule, Trail};
use crate::time::Timestamp;

/// A token of the right form, said to be of our issuer; nothing says yet that it is.
///
/// ```
/// use helseid_protocol::key_cache::IssuerKeys;
/// use helseid_protocol::resource::{Credentials, Policy, PresentedToken, VerifiedToken};
/// # use helseid_protocol::{rule::{Fault, Trail}, time::Timestamp};
///
/// /// From the header to a token that is good: its issuer's key is looked up in between.
/// fn verified<'a>(
///     sent: Credentials<'a>, keys: &IssuerKeys, policy: &'a Policy, now: Timestamp, trail: &mut Trail,
/// ) -> Result<VerifiedToken<'a>, Fault> {
///     let token: PresentedToken<'_> = sent.token(policy, trail)?;
///     let key = token.kid().and_then(|kid| keys.find(kid, token.algorithm())).cloned();
///     token.check(key.as_deref(), policy, now, trail)
/// }
/// ```
pub struct PresentedToken<'a> {
    credentials: Credentials<'a>,
    jwt: IssuedJwt<'a>,
}

impl<'a> PresentedToken<'a> {
    pub(super) fn read(
        credentials: Credentials<'a>,
        policy: &'a Policy,
        trail: &mut Trail,
    ) -> Result<Self, Fault> {
        let accepted =
            Accepted { issuers: &policy.issuers, algorithms: policy.switches.algorithms, limit: MAX_BYTES };
        let jwt = IssuedJwt::read(credentials.text(), &RULES, accepted, trail)?;
        Ok(Self { credentials, jwt })
    }

    /// Which of our issuers it says it is from.
    #[must_use]
    pub const fn issuer(&self) -> &'a Issuer {
        self.jwt.issuer()
    }

    /// The name of the key to check it with, if it names one.
    #[must_use]
    pub fn kid(&self) -> Option<&KeyId> {
        self.jwt.kid()
    }

    /// The algorithm, one of the profile's.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.jwt.algorithm()
    }

    /// Of several keys that fit, the one that the signature is by; `first` if it is by none of them, for
    /// [`PresentedToken::check`] to refuse.
    #[must_use]
    pub fn signer(&self, first: Arc<VerifyKey>, others: &[Arc<VerifyKey>]) -> Arc<VerifyKey> {
        self.jwt.signer(first, others)
    }

    /// Checks everything but the binding: the signature by `key`, which the caller has found under
    /// [`PresentedToken::kid`] among the issuer's published keys, then the claims.
    pub fn check(
        self,
        key: Option<&VerifyKey>,
        policy: &Policy,
        now: Timestamp,
        trail: &mut Trail,
    ) -> Result<VerifiedToken<'a>, Fault> {
        let (credentials, algorithm, claims) = self.verified(key, trail)?;
        trail.require(Rule::TokenAud, aud_holds_this_api(&claims, policy))?;
        trail.require(Rule::ApiSingleAudience, aud_is_this_api_alone(&claims, policy))?;
        let token = VerifiedToken { credentials, algorithm, claims: Arc::new(claims) };
        token.require_time(policy.tolerance, now, trail)?;
        Ok(token)
    }

    /// The same at the issuer's own endpoints (userinfo, introspection, exchange), which take the tokens of every API: `aud` is
    /// not looked at. There `typ` is `at+jwt` alone, as the issuer writes it, so that no ID token passes, whose `typ` is `JWT`
    /// (RFC 9068 section 5).
    pub fn check_at_its_issuer(
        self,
        key: Option<&VerifyKey>,
        policy: &Policy,
        now: Timestamp,
        trail: &mut Trail,
    ) -> Result<VerifiedToken<'a>, Fault> {
        trail.require(Rule::TokenTyp, typ_is_the_issuers_own(self.jwt.header()))?;
        let (credentials, algorithm, claims) = self.verified(key, trail)?;
        let token = VerifiedToken { credentials, algorithm, claims: Arc::new(claims) };
        token.require_time(policy.tolerance, now, trail)?;
        Ok(token)
    }

    fn verified(
        self,
        key: Option<&VerifyKey>,
        trail: &mut Trail,
    ) -> Result<(Credentials<'a>, Algorithm, AccessTokenClaims), Fault> {
        let algorithm = self.jwt.algorithm();
        let claims = AccessTokenClaims::read(self.jwt.verify(key, trail)?)?;
        trail.holds(Rule::TokenClaims);
        Ok((self.credentials, algorithm, claims))
    }
}

/// A token that our issuer made for this API, and that is good now. Whether its sender may use it is still open.
///
/// ```
/// use helseid_protocol::resource::{BoundToken, Policy, Request, VerifiedToken};
/// use helseid_protocol::rule::{Fault, Trail};
///
/// /// What is left to find out: whether its sender has the key that it is bound to.
/// fn bound(token: VerifiedToken<'_>, request: Request<'_>, policy: &Policy) -> Result<BoundToken, Fault> {
///     token.bind(request, policy, &mut Trail::new())
/// }
/// ```
#[derive(Clone)]
pub struct VerifiedToken<'a> {
    credentials: Credentials<'a>,
    algorithm: Algorithm,
    claims: Arc<AccessTokenClaims>,
}

impl<'a> VerifiedToken<'a> {
    /// What it says.
    #[must_use]
    pub fn claims(&self) -> &AccessTokenClaims {
        &self.claims
    }

    /// To be recognised when it comes again. `key` is the one that it was checked with.
    #[must_use]
    pub fn remember(&self, key: Arc<VerifyKey>, issuer: Issuer) -> CachedToken {
        CachedToken::new(*self.credentials.hash(), issuer, key, self.algorithm, self.claims.clone())
    }

    pub(super) fn again(
        credentials: Credentials<'a>,
        cached: &CachedToken,
        key: &Arc<VerifyKey>,
        policy: &Policy,
        now: Timestamp,
        trail: &mut Trail,
    ) -> Result<Option<Self>, Fault> {
        let Some(claims) = cached.claims_of(credentials.hash(), key, trail) else { return Ok(None) };
        let token = Self { credentials, algorithm: cached.algorithm(), claims };
        token.require_time(policy.tolerance, now, trail)?;
        Ok(Some(token))
    }

    /// Both times are looked at on each request, also when the token was seen before.
    fn require_time(&self, tolerance: Duration, now: Timestamp, trail: &mut Trail) -> Result<(), Fault> {
        trail.require(Rule::TokenExp, exp_is_not_past(self.claims.expires(), tolerance, now))?;
        trail.require(Rule::TokenNbf, nbf_is_reached(&self.claims, tolerance, now))
    }

    /// How it was sent.
    #[must_use]
    pub const fn presented_as(&self) -> TokenType {
        self.credentials.presented_as()
    }

    pub(super) const fn credentials(&self) -> &Credentials<'a> {
        &self.credentials
    }

    pub(super) fn into_claims(self) -> Arc<AccessTokenClaims> {
        self.claims
    }
}

impl<'a> Credentials<'a> {
    /// Reads the token as far as its header.
    pub fn token(self, policy: &'a Policy, trail: &mut Trail) -> Result<PresentedToken<'a>, Fault> {
        PresentedToken::read(self, policy, trail)
    }

    /// The token without another look at what does not change: if it is the one that was `cached`, and `key` is still the
    /// one that it was checked with. Its times are looked at. Nothing if it is another token or key.
    pub fn again(
        self,
        cached: &CachedToken,
        key: &Arc<VerifyKey>,
        policy: &Policy,
        now: Timestamp,
        trail: &mut Trail,
    ) -> Result<Option<VerifiedToken<'a>>, Fault> {
        VerifiedToken::again(self, cached, key, policy, now, trail)
    }
}

// Whoever has the text has the token.
impl std::fmt::Debug for PresentedToken<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("PresentedToken").field("header", self.jwt.header()).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for VerifiedToken<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("VerifiedToken").field("credentials", &self.credentials).finish_non_exhaustive()
    }
}

/// RFC 9068 section 4, RFC 7519 section 7.2.
const RULES: IssuedRules = IssuedRules {
    form: FormRules {
        form: Rule::TokenForm,
        alg: Rule::TokenAlg,
        parameters: &[("typ", Rule::TokenTyp), ("kid", Rule::TokenKid)],
    },
    typ: Rule::TokenTyp,
    typ_check: |header| typ_is_an_access_tokens(header).map(|()| None),
    iss: Rule::TokenIss,
    kid: Rule::TokenKid,
    signature: Rule::TokenSignature,
};

/// HelseID: validation of access tokens.
pub(super) fn typ_is_an_access_tokens(header: &Header) -> Result<(), Facts> {
    if header.is_typ("at+jwt") || header.is_typ("JWT") {
        Ok(())
    } else {
        const EXPECTED: &str = "at+jwt or JWT";
        Err(header.typ().map_or(Facts::new(EXPECTED, "no typ"), |typ| Facts::value(EXPECTED, typ)))
    }
}

/// RFC 9068 sections 2.1 and 5.
fn typ_is_the_issuers_own(header: &Header) -> Result<(), Facts> {
    const EXPECTED: &str = "at+jwt, at the issuer's own endpoints";
    match header.typ() {
        Some(_) if header.is_typ("at+jwt") => Ok(()),
        Some(typ) => Err(Facts::value(EXPECTED, typ)),
        None => Err(Facts::new(EXPECTED, "no typ")),
    }
}

/// RFC 9068 section 4.
fn aud_holds_this_api(claims: &AccessTokenClaims, policy: &Policy) -> Result<(), Facts> {
    if claims.audiences().iter().any(|audience| policy.audiences.contains(audience)) {
        return Ok(());
    }
    let expected = one_of(&policy.audiences);
    match claims.audiences() {
        [one] => Err(Facts::value(expected, one)),
        several => Err(Facts::new(expected, format_args!("{} others", several.len()))),
    }
}

/// HelseID: validation of access tokens.
fn aud_is_this_api_alone(claims: &AccessTokenClaims, policy: &Policy) -> Result<(), Facts> {
    match (policy.audience_rule, claims.audiences()) {
        (AudienceRule::AmongOthers, _) | (AudienceRule::Alone, [_]) => Ok(()),
        (AudienceRule::Alone, several) => Err(Facts::new(
            format_args!("{} alone", one_of(&policy.audiences)),
            format_args!("{} audiences", several.len()),
        )),
    }
}

/// RFC 7519 section 4.1.5.
pub(super) fn nbf_is_reached(
    claims: &AccessTokenClaims,
    tolerance: Duration,
    now: Timestamp,
) -> Result<(), Facts> {
    match claims.not_before() {
        Some(start) if start > now.plus(tolerance) => {
            Err(Facts::new(format_args!("nbf at {now} or before"), start))
        }
        _ => Ok(()),
    }
}
