//! Checks client assertions. Each rule is one function, in the order of the catalogue; the walk takes
//! cheap checks before expensive ones, and leaves the use of the `jti` to its caller.

use std::time::Duration;

use serde_json::Value;

use super::key::{ClientKey, KeyRules};
use super::{MAX_BYTES, TYP};
use crate::dpop::ReplayId;
use crate::id::{ClientId, InvalidId, Issuer, JwtId};
use crate::jose::crypto;
use crate::jose::json::Object;
use crate::jose::jws::{Header, Unverified};
use crate::jwt::{FormRules, Times, alg_is_allowed, jti_is_there, member};
use crate::rule::{AssertionAudience, AssertionType, Facts, Fault, Rule, Switches, Trail};
use crate::time::Timestamp;

/// What an assertion is held against.
///
/// ```
/// use helseid_protocol::assertion::Expectations;
/// use helseid_protocol::id::{InvalidIssuer, Issuer};
/// use helseid_protocol::rule::Switches;
/// use helseid_protocol::time::{TOLERANCE, Timestamp};
///
/// let issuer = Issuer::parse("https://sts.example")?;
/// let expectations = Expectations {
///     issuer: &issuer,
///     token_endpoint: &issuer.at("/connect/token"),
///     switches: &Switches::HELSEID,
///     tolerance: TOLERANCE,
///     now: Timestamp::from_seconds(1_790_000_000),
/// };
/// # assert_eq!(expectations.token_endpoint, "https://sts.example/connect/token");
/// # Ok::<(), InvalidIssuer>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Expectations<'a> {
    /// Who we are.
    pub issuer: &'a Issuer,
    /// Our token endpoint, which profile `legacy` takes as audience too.
    pub token_endpoint: &'a str,
    /// How strictly the rules hold for the client.
    pub switches: &'a Switches,
    /// How far clocks may differ.
    pub tolerance: Duration,
    /// The time now.
    pub now: Timestamp,
}

/// An assertion of the right form that names its client; nothing says yet that it is by that client.
///
/// ```
/// use helseid_protocol::assertion::{CheckedAssertion, ClientKey, Expectations, PresentedAssertion};
/// use helseid_protocol::id::ClientId;
/// use helseid_protocol::rule::{Fault, Trail};
///
/// /// Who authenticated. `keys_of` gives the keys that a client has registered.
/// fn authenticated(
///     text: &str, keys_of: impl Fn(&ClientId) -> Vec<ClientKey>, expectations: Expectations<'_>, trail: &mut Trail,
/// ) -> Result<CheckedAssertion, Fault> {
///     let assertion = PresentedAssertion::read(text, trail)?;
///     let keys = keys_of(assertion.client_id());
///     assertion.check(&keys, expectations, trail)
/// }
/// ```
#[derive(Debug)]
pub struct PresentedAssertion<'a> {
    jws: Unverified<'a>,
    client_id: ClientId,
}

impl<'a> PresentedAssertion<'a> {
    /// Reads an assertion as far as the client that it names.
    pub fn read(assertion: &'a str, trail: &mut Trail) -> Result<Self, Fault> {
        Self::read_for(assertion, None, trail)
    }

    /// The same where the request names its client too: where `sub` agrees with it, `iss` is what is wrong.
    pub fn read_for(assertion: &'a str, named: Option<&str>, trail: &mut Trail) -> Result<Self, Fault> {
        let jws = FORM.read(Unverified::parse(assertion, MAX_BYTES), trail)?;
        let claims = jws.unverified_claims();
        let agreed = named.filter(|named| claims.get("sub").and_then(Value::as_str) == Some(named));
        let client_id = match agreed.and_then(|named| ClientId::parse(named).ok()) {
            Some(named) => {
                trail.require_or_note(Rule::AssertionIss, iss_is_that_client(claims, &named))?;
                named
            }
            None => trail.require(Rule::AssertionIss, iss_is_a_client_id(claims))?,
        };
        trail.require_or_note(Rule::AssertionSub, sub_is_the_client_id(claims, &client_id))?;
        Ok(Self { jws, client_id })
    }

    /// The client that it names.
    #[must_use]
    pub const fn client_id(&self) -> &ClientId {
        &self.client_id
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

    /// Checks everything but whether the `jti` was used before: see [`CheckedAssertion::replay_id`].
    pub fn check(
        self,
        keys: &[ClientKey],
        expectations: Expectations<'_>,
        trail: &mut Trail,
    ) -> Result<CheckedAssertion, Fault> {
        let (header, claims) = (self.jws.header(), self.jws.unverified_claims());
        trail.require_or_note(
            Rule::AssertionTyp,
            typ_is_client_authentication(header, expectations.switches),
        )?;
        let algorithm =
            trail.require(Rule::AssertionAlg, alg_is_allowed(header, expectations.switches.algorithms))?;
        match aud_is_the_issuer(claims, expectations) {
            Ok(Some(slash)) => trail.warn(Rule::AssertionAud, slash),
            finding => trail.require_or_note(Rule::AssertionAud, finding.map(drop))?,
        }
        let times = Times { claims, now: expectations.now, tolerance: expectations.tolerance };
        let expires = trail.require(Rule::AssertionExp, times.exp_is_not_past())?;
        let lifetime = expectations.switches.assertion_lifetime;
        trail.require_or_note(Rule::AssertionLifetime, times.exp_is_near(expires, lifetime))?;
        trail.require_or_note(Rule::AssertionNbf, times.nbf_is_reached())?;
        // As HelseID's own documents show it, it may be a text of digits.
        trail.require_or_note(Rule::AssertionIat, times.iat_is_not_ahead().map(drop))?;
        let jwt_id = trail.require(Rule::AssertionJti, jti_is_there(claims))?;

        KEY.require_signer(&self.jws, (algorithm, keys), (expectations.switches, expectations.now), trail)?;
        let claims = self.jws.into_claims();
        Ok(CheckedAssertion {
            client_id: self.client_id,
            jwt_id,
            expires,
            tolerance: expectations.tolerance,
            claims,
        })
    }
}

/// An assertion that its client signed for us, now. Whether it is used for the first time is still open.
///
/// ```
/// use helseid_protocol::assertion::CheckedAssertion;
/// use helseid_protocol::dpop::{Claim, UsedIds};
/// use helseid_protocol::jose::crypto::MacKey;
/// use helseid_protocol::time::Timestamp;
///
/// /// The last step: whether it is the first use. `key` is the authority's own.
/// fn claim(assertion: &CheckedAssertion, key: &MacKey, used: &mut UsedIds, now: Timestamp) -> Claim {
///     used.put(assertion.replay_id(key), assertion.remember_until(), now, 1_000_000)
/// }
/// ```
#[derive(Debug)]
pub struct CheckedAssertion {
    client_id: ClientId,
    jwt_id: JwtId,
    expires: Timestamp,
    tolerance: Duration,
    claims: Object,
}

impl CheckedAssertion {
    /// Who authenticated.
    #[must_use]
    pub const fn client_id(&self) -> &ClientId {
        &self.client_id
    }

    /// What was signed.
    #[must_use]
    pub const fn claims(&self) -> &Object {
        &self.claims
    }

    /// Under which the assertion is remembered as used, by a `key` of the authority's own.
    #[must_use]
    pub fn replay_id(&self, key: &crypto::MacKey) -> ReplayId {
        replay_id(&self.client_id, &self.jwt_id, key)
    }

    /// From when on it would be refused by its age: `exp` and twice the tolerance, since the clock of another replica may
    /// be that much behind ours.
    #[must_use]
    pub fn remember_until(&self) -> Timestamp {
        self.expires.plus(self.tolerance * 2).plus(Duration::from_secs(1))
    }

    /// The breach of using it twice.
    #[must_use]
    pub fn used_before(&self) -> Facts {
        Facts::new("a new jti in each assertion", format_args!("a jti that was used: '{}'", self.jwt_id))
    }
}

/// Under which whatever could pass for an assertion of `client` is remembered as used.
pub(crate) fn replay_id(client: &ClientId, jwt_id: &JwtId, key: &crypto::MacKey) -> ReplayId {
    ReplayId::of(key, &[b"assertion", client.as_str().as_bytes(), jwt_id.as_str().as_bytes()])
}

/// RFC 7515 section 7.1, RFC 7519 section 7.2.
const FORM: FormRules = FormRules {
    form: Rule::AssertionForm,
    alg: Rule::AssertionAlg,
    parameters: &[("typ", Rule::AssertionTyp), ("kid", Rule::AssertionKid)],
};

/// RFC 7515 section 4.1.4, RFC 7523 section 3 (9), RFC 8725 section 3.1.
const KEY: KeyRules = KeyRules {
    kid: Rule::AssertionKid,
    key_alg: Rule::AssertionKeyAlg,
    signature: Rule::AssertionSignature,
    key_expiry: Rule::AssertionKeyExpiry,
};

/// RFC 7523 section 3 (1).
fn iss_is_a_client_id(claims: &Object) -> Result<ClientId, Facts> {
    ClientId::parse(member::text(claims, "iss")?).map_err(|why| match why {
        InvalidId::Empty => Facts::new("the client id in iss", "an empty text")
            .saying("The client id in the assertion's iss is empty: is the variable set that it comes from?"),
        why => Facts::new("the client id in iss", format_args!("an invalid client id: {why}")),
    })
}

/// RFC 7523 section 3 (1), where the request and `sub` name the same client.
fn iss_is_that_client(claims: &Object, named: &ClientId) -> Result<(), Facts> {
    match member::text(claims, "iss")? {
        iss if iss == named.as_str() => Ok(()),
        iss => Err(Facts::value(format_args!("'{named}', as client_id and sub have it"), iss)),
    }
}

/// RFC 7523 section 3 (2).
fn sub_is_the_client_id(claims: &Object, client_id: &ClientId) -> Result<(), Facts> {
    match member::text(claims, "sub")? {
        sub if sub == client_id.as_str() => Ok(()),
        sub => Err(Facts::value(format_args!("'{client_id}', as iss has it"), sub)),
    }
}

/// HelseID: use of client assertion.
fn typ_is_client_authentication(header: &Header, switches: &Switches) -> Result<(), Facts> {
    let right = match switches.assertion_type {
        AssertionType::ClientAuthentication => header.is_typ(TYP),
        AssertionType::AnyKnown => header.typ().is_none() || header.is_typ(TYP) || header.is_typ("JWT"),
    };
    if right {
        Ok(())
    } else {
        Err(header.typ().map_or(Facts::new(TYP, "no typ"), |typ| Facts::value(TYP, typ)))
    }
}

/// HelseID: use of client assertion; RFC 7523 section 3 (3). HelseID's platform lets one slash at the end pass, and some of
/// NHN's samples send it: the facts that are warned of.
fn aud_is_the_issuer(claims: &Object, expectations: Expectations<'_>) -> Result<Option<Facts>, Facts> {
    let (issuer, kind) = (expectations.issuer.as_str(), expectations.switches.assertion_audience);
    let right = |audience: &str| match kind {
        AssertionAudience::Issuer | AssertionAudience::IssuerString => audience == issuer,
        AssertionAudience::IssuerOrTokenEndpoint => {
            let but_for_a_slash = |name: &str| audience == name || audience.strip_suffix('/') == Some(name);
            but_for_a_slash(issuer) || but_for_a_slash(expectations.token_endpoint)
        }
    };
    let expected = || match kind {
        AssertionAudience::Issuer | AssertionAudience::IssuerString => issuer.to_owned(),
        AssertionAudience::IssuerOrTokenEndpoint => format!("{issuer} or {}", expectations.token_endpoint),
    };
    let slash = |audience: &str| match audience.strip_suffix('/') {
        Some(without) if without == issuer && kind == AssertionAudience::Issuer => {
            Ok(Some(Facts::value(expected(), audience)))
        }
        _ => Err(Facts::value(expected(), audience)),
    };
    match claims.get("aud") {
        Some(Value::String(audience)) if right(audience) => Ok(None),
        Some(Value::String(audience)) => slash(audience),
        Some(Value::Array(_)) if kind == AssertionAudience::IssuerString => {
            Err(Facts::new(format_args!("{} as a string", expected()), "an array"))
        }
        Some(Value::Array(audiences)) => match audiences.as_slice() {
            [Value::String(audience)] if right(audience) => Ok(None),
            [Value::String(audience)] => slash(audience),
            [other] => Err(Facts::new(expected(), member::kind(other))),
            several => Err(Facts::new(expected(), format_args!("{} audiences", several.len()))),
        },
        Some(other) => Err(Facts::new(expected(), member::kind(other))),
        None => Err(Facts::missing(expected())),
    }
}
