//! Checks proofs: the list of RFC 9449 section 4.3. Each check is one function that names its number; the walk takes
//! what is cheap before the signature, and leaves the use of the `jti` (section 11.1) to its caller.

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, HeaderName, Method};

use super::key::{Key, jwk_is_a_public_key, jwk_is_a_sound_key};
use super::{
    BoundTo, CachedKeys, CachedProofKey, Expectations, ExpectedNonce, MAX_BYTES, NONCE_LIFETIME, NonceKey,
    ReplayId, TYP, Target,
};
use crate::id::{JwtId, Thumbprint};
use crate::jose::crypto::{self, MacKey};
use crate::jose::json::Object;
use crate::jose::jws::{Header, Unverified};
use crate::jose::{Algorithm, VerifyKey};
use crate::jwt::{FormRules, alg_is_allowed, jti_is_there, member};
use crate::registration;
use crate::rule::{Facts, Fault, OtherAlgorithm, PublishedKey, Rule, Trail};
use crate::time::Timestamp;

/// The header that proofs come in (RFC 9449 section 4.1), as a name that need not be read at each look.
const HEADER: HeaderName = HeaderName::from_static("dpop");

/// A proof of the right form, of which nothing is checked yet.
///
/// ```
/// use helseid_protocol::dpop::PresentedProof;
/// use helseid_protocol::rule::{Fault, Rule, Trail};
/// use http::{HeaderMap, HeaderValue};
///
/// let mut headers = HeaderMap::new();
/// assert!(PresentedProof::read(&headers, &mut Trail::new())?.is_none());
/// headers.insert("dpop", HeaderValue::from_static("no JWT"));
/// let refused = PresentedProof::read(&headers, &mut Trail::new()).err();
/// assert_eq!(refused.map(|fault| fault.rule()), Some(Rule::DpopForm));
/// # Ok::<(), Fault>(())
/// ```
#[derive(Debug)]
pub struct PresentedProof<'a> {
    text: &'a str,
    jws: Unverified<'a>,
    cached: Option<Arc<CachedProofKey>>,
}

impl<'a> PresentedProof<'a> {
    /// The proof among the request's headers; none if there is no `DPoP` header.
    pub fn read(headers: &'a HeaderMap, trail: &mut Trail) -> Result<Option<Self>, Fault> {
        Self::read_known(headers, CachedKeys::NONE, trail)
    }

    /// The same, without parsing a key that was seen before.
    pub fn read_known(
        headers: &'a HeaderMap,
        keys: CachedKeys<'_>,
        trail: &mut Trail,
    ) -> Result<Option<Self>, Fault> {
        if !headers.contains_key(HEADER) {
            return Ok(None);
        }
        let proof = trail.require(Rule::DpopOnce, is_the_only_header(headers))?;
        let part = proof.split('.').next().unwrap_or_default();
        let Some(cached) = keys.find(part) else { return Self::parse(proof, trail).map(Some) };
        let jws = Unverified::parse_below(&cached.header, proof, MAX_BYTES);
        let jws = FORM.read(jws, trail)?;
        Ok(Some(Self { text: proof, jws, cached: Some(cached) }))
    }

    /// The same from its text.
    pub fn parse(proof: &'a str, trail: &mut Trail) -> Result<Self, Fault> {
        let jws = FORM.read(Unverified::parse(proof, MAX_BYTES), trail)?;
        Ok(Self { text: proof, jws, cached: None })
    }

    /// The header, unverified.
    #[must_use]
    pub fn header(&self) -> &Header {
        self.jws.header()
    }

    /// The claims, unverified.
    #[must_use]
    pub const fn unverified_claims(&self) -> &Object {
        self.jws.unverified_claims()
    }

    /// Checks everything but whether the `jti` was used before: see [`CheckedProof::replay_id`].
    pub fn check(self, expectations: Expectations<'_>, trail: &mut Trail) -> Result<CheckedProof, Fault> {
        let (header, claims) = (self.jws.header(), self.jws.unverified_claims());
        trail.require_or_note(Rule::DpopTyp, typ_is_dpop(header))?;
        let algorithm = trail.require(Rule::DpopAlg, alg_is_allowed(header, expectations.algorithms))?;
        let key = match &self.cached {
            Some(cached) => Key::Cached(cached.clone()),
            None => Key::New(trail.require(Rule::DpopJwk, jwk_is_a_public_key(header))?),
        };
        let other_algorithm = key.other_algorithm(algorithm);
        match &other_algorithm {
            Some(facts)
                if expectations.other_algorithm == OtherAlgorithm::Warned
                    && key.key_type() == algorithm.key_type() =>
            {
                trail.warn(Rule::DpopKeyAlg, facts.clone());
            }
            facts => trail.require(Rule::DpopKeyAlg, facts.clone().map_or(Ok(()), Err))?,
        }
        let jwt_id = trail.require(Rule::DpopJti, jti_is_there(claims))?;
        trail.require_or_note(Rule::DpopHtm, htm_is_the_method(claims, expectations.method))?;
        match htu_is_this_endpoint(claims, &expectations) {
            Ok(Some(ignored)) => trail.warn(Rule::DpopHtu, ignored),
            found => trail.require_or_note(Rule::DpopHtu, found.map(drop))?,
        }
        let issued = trail.require(Rule::DpopIat, iat_is_in_the_window(claims, &expectations))?;
        if let Some(bound_to) = expectations.bound_to {
            trail.require(Rule::DpopAth, ath_is_the_tokens_hash(claims, bound_to))?;
            trail.require(Rule::DpopJkt, key.with_thumbprint(|own| key_is_the_tokens(own, bound_to)))?;
        }
        let key = match key {
            Key::Cached(cached) => cached,
            Key::New(jwk) => {
                let key = trail.require(Rule::DpopJwk, jwk_is_a_sound_key(jwk))?;
                let part = self.text.split('.').next().unwrap_or_default().into();
                let header = self.jws.shared_header().clone();
                Arc::new(CachedProofKey { part, header, other_algorithm, key })
            }
        };
        trail.holds(Rule::DpopJwk);
        trail.require(Rule::DpopSignature, signature_is_by_that_key(&self.jws, &key.key, algorithm))?;
        let nonce_issued = match expectations.nonce {
            ExpectedNonce::None => None,
            ExpectedNonce::Of(nonces) => {
                Some(trail.require(Rule::DpopNonce, nonce_is_ours(claims, nonces, &expectations))?)
            }
        };
        let too_old = issued.plus(expectations.window).plus(expectations.tolerance * 2);
        // With its nonce a proof ends sooner.
        let without_nonce = nonce_issued.map(|issued| {
            issued.plus(NONCE_LIFETIME).plus(expectations.tolerance).plus(Duration::from_secs(1))
        });
        let remember_until = without_nonce.map_or(too_old, |end| end.min(too_old));
        Ok(CheckedProof { key, jwt_id, nonce_issued, remember_until })
    }
}

/// A proof that is right for this request. Whether it is used for the first time is still open.
///
/// ```
/// use helseid_protocol::dpop::{CheckedProof, Claim, UsedIds};
/// use helseid_protocol::jose::crypto::MacKey;
/// use helseid_protocol::time::Timestamp;
///
/// /// The last step: whether it is the first use. `key` is the server's own.
/// fn claim(proof: &CheckedProof, key: &MacKey, used: &mut UsedIds, now: Timestamp) -> Claim {
///     used.put(proof.replay_id(key), proof.remember_until(), now, 1_000_000)
/// }
/// ```
#[derive(Debug)]
pub struct CheckedProof {
    key: Arc<CachedProofKey>,
    jwt_id: JwtId,
    nonce_issued: Option<Timestamp>,
    remember_until: Timestamp,
}

impl CheckedProof {
    /// The thumbprint of the proof's key: `jkt`.
    #[must_use]
    pub fn thumbprint(&self) -> &Thumbprint {
        self.key.thumbprint()
    }

    /// The key, to keep for the next proof by it.
    #[must_use]
    pub const fn key(&self) -> &Arc<CachedProofKey> {
        &self.key
    }

    /// Checks that the private half of its key is not published.
    pub fn require_secret_key(&self, published: PublishedKey, trail: &mut Trail) -> Result<(), Fault> {
        registration::require_secret(&self.key.key, published, trail)
    }

    /// When its nonce was given out, if one was asked for.
    #[must_use]
    pub const fn nonce_issued(&self) -> Option<Timestamp> {
        self.nonce_issued
    }

    /// Under which the proof is remembered as used: its key's thumbprint and its `jti`, by a `key` of the checker's own.
    #[must_use]
    pub fn replay_id(&self, key: &MacKey) -> ReplayId {
        ReplayId::of(key, &[b"proof", self.thumbprint().as_str().as_bytes(), self.jwt_id.as_str().as_bytes()])
    }

    /// From when on it would be refused by its age: `iat`, the window, and twice the tolerance; or by its nonce's.
    #[must_use]
    pub const fn remember_until(&self) -> Timestamp {
        self.remember_until
    }

    /// The breach of using it twice.
    #[must_use]
    pub fn used_before(&self) -> Fault {
        let got = format!("a jti that was used: '{}'", self.jwt_id);
        Fault::new(Rule::DpopJtiOnce, Facts::new("a new jti in each proof", got))
    }
}

/// (1) There is not more than one DPoP header; a comma joins two.
fn is_the_only_header(headers: &HeaderMap) -> Result<&str, Facts> {
    let mut values = headers.get_all(HEADER).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => match value.to_str() {
            Ok(text) if text.contains(',') => Err(Facts::new("one DPoP header", "two, joined by a comma")),
            Ok(text) if text.len() > MAX_BYTES => Err(Facts::new(
                format_args!("at most {MAX_BYTES} bytes"),
                format_args!("{} bytes", text.len()),
            )),
            Ok(text) => Ok(text),
            Err(_) => Err(Facts::new("a compact JWS", "bytes that are not ASCII")),
        },
        (None, _) => Err(Facts::missing("one DPoP header")),
        (Some(_), Some(_)) => Err(Facts::new("one DPoP header", format_args!("{}", 2 + values.count()))),
    }
}

/// (2) The header is one well-formed JWT.
const FORM: FormRules = FormRules {
    form: Rule::DpopForm,
    alg: Rule::DpopAlg,
    parameters: &[("typ", Rule::DpopTyp), ("jwk", Rule::DpopJwk)],
};

/// (4) `typ` is `dpop+jwt`.
fn typ_is_dpop(header: &Header) -> Result<(), Facts> {
    if header.is_typ(TYP) {
        Ok(())
    } else {
        Err(header.typ().map_or(Facts::new(TYP, "no typ"), |typ| Facts::value(TYP, typ)))
    }
}

/// (6) The signature is by the key in `jwk`.
fn signature_is_by_that_key(
    jws: &Unverified<'_>,
    key: &VerifyKey,
    algorithm: Algorithm,
) -> Result<(), Facts> {
    if jws.is_signed_by(key, algorithm) {
        Ok(())
    } else {
        Err(Facts::new("a signature by the key in jwk", "a signature by another key, or of other content"))
    }
}

/// (8) `htm` is the request's method.
fn htm_is_the_method(claims: &Object, method: &Method) -> Result<(), Facts> {
    match member::text(claims, "htm")? {
        htm if htm == method.as_str() => Ok(()),
        htm => Err(Facts::value(method, htm)),
    }
}

/// (9) `htu` is the request's address. A query or fragment is ignored, as this check says, and reported, since section 4.2
/// has makers leave it out. Of a call with an access token the facts name no path: that of an API may have a person's number in it.
fn htu_is_this_endpoint(claims: &Object, expectations: &Expectations<'_>) -> Result<Option<Facts>, Facts> {
    let text = member::text(claims, "htu")?;
    let (targets, is_call) = (expectations.targets, expectations.bound_to.is_some());
    let told = |target: &Target| match is_call {
        true => format!("{}/…", target.origin()),
        false => target.to_string(),
    };
    let expected = || targets.first().map_or_else(|| "this endpoint".to_owned(), told);
    // The normal form, as nearly every client sends it, is its own.
    if targets.iter().any(|target| target.as_str() == text) {
        return Ok(None);
    }
    match Target::of_request(text) {
        Ok(target) if targets.contains(&target) => Ok(text.contains(['?', '#']).then(|| {
            let expected = format!("{} without query and fragment", told(&target));
            Facts::new(expected, "one with a query or fragment")
        })),
        Ok(target) if is_call && targets.iter().any(|own| own.origin() == target.origin()) => {
            Err(Facts::new(expected(), "another path"))
        }
        Ok(target) if is_call => Err(Facts::value(expected(), told(&target))),
        Ok(_) => Err(Facts::value(expected(), text)),
        Err(why) => Err(Facts::new(expected(), format_args!("an invalid address: {why}"))),
    }
}

/// (10) `nonce` is one of ours.
fn nonce_is_ours(
    claims: &Object,
    nonces: &NonceKey,
    expectations: &Expectations<'_>,
) -> Result<Timestamp, Facts> {
    nonces.check(member::text(claims, "nonce")?, expectations.now, expectations.tolerance)
}

/// (11) `iat` is in the window.
fn iat_is_in_the_window(claims: &Object, expectations: &Expectations<'_>) -> Result<Timestamp, Facts> {
    let issued = member::seconds(claims, "iat")?;
    let earliest = expectations.now.minus(expectations.window).minus(expectations.tolerance);
    let latest = expectations.now.plus(expectations.tolerance);
    if (earliest..=latest).contains(&issued) {
        Ok(issued)
    } else {
        Err(Facts::new(format_args!("iat from {earliest} to {latest}"), issued))
    }
}

/// (12a) `ath` is the hash of the access token.
fn ath_is_the_tokens_hash(claims: &Object, bound_to: BoundTo<'_>) -> Result<(), Facts> {
    let hash = member::text(claims, "ath")?;
    if crypto::equal(hash.as_bytes(), bound_to.token_hash.as_bytes()) {
        Ok(())
    } else {
        Err(Facts::new("the hash of the access token in the request", "the hash of another text"))
    }
}

/// (12b) The key is the one that the access token is bound to.
fn key_is_the_tokens(thumbprint: &Thumbprint, bound_to: BoundTo<'_>) -> Result<(), Facts> {
    if crypto::equal(thumbprint.as_str().as_bytes(), bound_to.thumbprint.as_bytes()) {
        Ok(())
    } else {
        Err(Facts::new(format_args!("the key {}", bound_to.thumbprint), format_args!("the key {thumbprint}")))
    }
}
