//! The key that a client registers, held against the rules of the family `key`.

use serde_json::Value;

use crate::id::KeyId;
use crate::jose::{AlgorithmSet, InvalidJwk, PublicJwk, VerifyKey};
use crate::rule::{Facts, Fault, PublishedKey, Rule, Switches, Trail};

/// The rules that reading the document finds to hold, in catalogue order.
const OF_THE_DOCUMENT: [Rule; 4] = [Rule::KeyForm, Rule::KeyKind, Rule::KeySize, Rule::KeyUse];

/// The rules that parsing its numbers finds to hold, in catalogue order.
const OF_THE_NUMBERS: [Rule; 3] = [Rule::KeyNumbers, Rule::KeyRoca, Rule::KeyFactors];

/// The longest public key that is registered, in bytes of JSON: an RSA key of 8192 bits with its certificates fits.
pub const MAX_KEY_BYTES: usize = 16 * 1024;

/// Checks a key as it was sent by a client for which the rules hold like this. One without a name gets its thumbprint for one, as HelseID's
/// own tools name keys.
///
/// Checks nothing about who sends it, nor whether the client has a key of the same name: see [`require_own_kid`].
pub fn check_key(sent: &Value, switches: &Switches, trail: &mut Trail) -> Result<VerifyKey, Fault> {
    let jwk = document(sent).map_err(fault)?;
    OF_THE_DOCUMENT.into_iter().for_each(|rule| trail.holds(rule));
    let key = VerifyKey::new(jwk).map_err(fault)?;
    OF_THE_NUMBERS.into_iter().for_each(|rule| trail.holds(rule));
    require_secret(&key, switches.published_key, trail)?;
    trail.require(Rule::KeyAlg, profile_allows(&key, switches.algorithms))?;
    if key.key_id().is_some() {
        return Ok(key);
    }
    let Ok(key_id) = KeyId::parse(key.thumbprint().as_str()) else { return Ok(key) };
    VerifyKey::new(key.jwk().clone().with_key_id(key_id)).map_err(fault)
}

/// FAPI 2.0 Security Profile section 5.4.1, where keys are for clients alone: the private half of `key` is not published.
pub fn require_secret(key: &VerifyKey, published: PublishedKey, trail: &mut Trail) -> Result<(), Fault> {
    let Some(source) = key.published_in() else {
        trail.holds(Rule::KeyPublic);
        return Ok(());
    };
    let got = format_args!("a key whose private half is published: {source}");
    let facts = Facts::new("a key whose private half is known only to its owner", got);
    match published {
        PublishedKey::Warned => {
            trail.warn(Rule::KeyPublic, facts);
            Ok(())
        }
        PublishedKey::Refused => trail.require_or_note(Rule::KeyPublic, Err(facts)),
    }
}

/// RFC 7517 section 4.5: `key` has another name than each of `others`, which its client has already.
pub fn require_own_kid<'a>(
    key: &PublicJwk,
    mut others: impl Iterator<Item = &'a PublicJwk>,
    trail: &mut Trail,
) -> Result<(), Fault> {
    let finding = match (key.key_id(), others.any(|other| other.key_id() == key.key_id())) {
        (Some(key_id), true) => Err(Facts::new("a kid that the client's other keys do not have", key_id)),
        _ => Ok(()),
    };
    trail.require(Rule::KeyKidOnce, finding)
}

fn document(sent: &Value) -> Result<PublicJwk, InvalidJwk> {
    let Value::Object(members) = sent else {
        return Err(crate::jose::json::InvalidJson::NotAnObject.into());
    };
    let jwk = PublicJwk::from_object(members.clone())?;
    if jwk.to_json().len() > MAX_KEY_BYTES { Err(InvalidJwk::TooLong(MAX_KEY_BYTES)) } else { Ok(jwk) }
}

/// HelseID: security profile: an algorithm that the profile allows takes keys of this kind, and `alg` names one.
fn profile_allows(key: &VerifyKey, allowed: AlgorithmSet) -> Result<(), Facts> {
    let fits = match key.declared_algorithm() {
        Some(declared) => allowed.contains(declared),
        None => allowed.iter().any(|algorithm| key.fits(algorithm)),
    };
    if fits {
        return Ok(());
    }
    let got = key.declared_algorithm().unwrap_or_else(|| key.jwk().key_type().preferred_algorithm());
    Err(Facts::new(format_args!("a key for one of {}", allowed.names().join(" ")), got))
}

/// The rule that a document or its numbers break.
fn fault(why: InvalidJwk) -> Fault {
    let (rule, expected) = match &why {
        InvalidJwk::Json(_) | InvalidJwk::TooLong(_) | InvalidJwk::Missing(_) | InvalidJwk::Member(..) => {
            (Rule::KeyForm, "a public JWK")
        }
        InvalidJwk::Private(_) => (Rule::KeyPublic, "a public key"),
        InvalidJwk::Symmetric | InvalidJwk::UnknownType => (Rule::KeyKind, "an RSA or EC key"),
        InvalidJwk::Size(_) => (Rule::KeySize, "2048 to 8192 bits"),
        InvalidJwk::Roca => (Rule::KeyRoca, "an RSA modulus that does not give the private key away"),
        InvalidJwk::Factor(_) => (Rule::KeyFactors, "an RSA modulus of two large primes"),
        InvalidJwk::Numbers => (Rule::KeyNumbers, "the numbers of a key"),
        InvalidJwk::Use => (Rule::KeyUse, "a key for signatures"),
        InvalidJwk::Algorithm => (Rule::KeyAlg, "an alg that fits kty and crv"),
    };
    Fault::new(rule, Facts::new(expected, format_args!("an invalid JWK: {why}")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::jose::{Algorithm, PrivateJwk, RsaSize, base64url};
    use crate::rule::{Endpoint, Profile};

    fn valid() -> Value {
        let key = PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None);
        Value::Object(key.public().members().clone())
    }

    fn edited(name: &str, value: Value) -> Value {
        let mut key = valid();
        key[name] = value;
        key
    }

    fn fixture(name: &str) -> Value {
        let text = match name {
            "rsa-roca" => include_str!("../tests/data/rsa-roca.json"),
            _ => include_str!("../tests/data/published.json"),
        };
        serde_json::from_str::<Value>(text).expect("JSON")["public"].clone()
    }

    /// 2^2048 - 1, which 3 divides, and with it 5, 17 and 257.
    fn of_small_factors() -> String {
        base64url::encode(&[0xff; 256])
    }

    fn broken(key: &Value, profile: Profile) -> Rule {
        check_key(key, profile.switches(), &mut Trail::new()).expect_err("a broken key").rule()
    }

    #[test]
    fn a_valid_key_passes_every_rule() {
        let mut trail = Trail::new();
        let key = check_key(&valid(), Profile::Helseid.switches(), &mut trail).expect("a valid key");
        require_own_kid(key.jwk(), std::iter::empty(), &mut trail).expect("the only key");
        let verdict = trail.verdict(Endpoint::Registration, None);
        assert_eq!(verdict.findings().len(), 10);
        assert!(verdict.findings().iter().all(|finding| finding.outcome.name() == "passed"), "{verdict:?}");
    }

    #[test]
    fn each_breach_has_its_rule() {
        let rsa = PrivateJwk::generate(Algorithm::RS256, RsaSize::Bits2048, None);
        let mut small = Value::Object(rsa.public().members().clone());
        small["n"] = small["n"].as_str().map(|n| n[..172].to_owned()).into();
        let mut with_factor = Value::Object(rsa.public().members().clone());
        with_factor["n"] = of_small_factors().into();
        let deep = serde_json::from_str(&format!("{}{}", "[".repeat(20), "]".repeat(20))).expect("JSON");
        for (key, rule) in [
            (json!("a text"), Rule::KeyForm),
            (edited("x", json!(7)), Rule::KeyForm),
            (edited("deep", deep), Rule::KeyForm),
            (edited("long", json!("x".repeat(MAX_KEY_BYTES))), Rule::KeyForm),
            (edited("d", json!("AQ")), Rule::KeyPublic),
            (json!({"kty": "oct", "k": "AQ"}), Rule::KeyKind),
            (edited("crv", json!("secp256k1")), Rule::KeyKind),
            (small, Rule::KeySize),
            (edited("x", json!("A".repeat(43))), Rule::KeyNumbers),
            (edited("use", json!("enc")), Rule::KeyUse),
            (edited("alg", json!("PS256")), Rule::KeyAlg),
            (fixture("rsa-roca"), Rule::KeyRoca),
            (with_factor, Rule::KeyFactors),
        ] {
            assert_eq!(broken(&key, Profile::Helseid), rule, "{key}");
        }
    }

    #[test]
    fn what_is_weak_stands_before_the_fact_is_cut() {
        let rsa = PrivateJwk::generate(Algorithm::RS256, RsaSize::Bits2048, None);
        let mut with_factor = Value::Object(rsa.public().members().clone());
        with_factor["n"] = of_small_factors().into();
        for (key, told) in
            [(fixture("rsa-roca"), "ROCA key (CVE-2017-15361)"), (with_factor, "divides its RSA modulus")]
        {
            let fault = check_key(&key, Profile::Helseid.switches(), &mut Trail::new()).expect_err(told);
            assert!(fault.description().contains(told), "{}", fault.description());
        }
    }

    #[test]
    fn a_published_key_is_warned_of_and_refused_in_fapi2_alone() {
        let key = fixture("published");
        for profile in Profile::ALL {
            let mut trail = Trail::new();
            let checked = check_key(&key, profile.switches(), &mut trail).map(|_| trail.warnings().count());
            match profile {
                Profile::Fapi2 => assert_eq!(checked.expect_err("refused").rule(), Rule::KeyPublic),
                _ => assert_eq!(checked, Ok(1), "{profile}"),
            }
        }
    }

    #[test]
    fn a_profile_takes_keys_for_its_algorithms_alone() {
        let public = |algorithm| {
            let key = PrivateJwk::generate(algorithm, RsaSize::Bits2048, None);
            Value::Object(key.public().members().clone())
        };
        let (edwards, p384) = (public(Algorithm::EdDSA), public(Algorithm::ES384));
        assert_eq!(broken(&edwards, Profile::Helseid), Rule::KeyAlg);
        assert!(check_key(&edwards, Profile::Fapi2.switches(), &mut Trail::new()).is_ok());
        assert_eq!(broken(&p384, Profile::Fapi2), Rule::KeyAlg);
        let mut unnamed = p384;
        unnamed.as_object_mut().expect("an object").remove("alg");
        assert_eq!(broken(&unnamed, Profile::Fapi2), Rule::KeyAlg);
        assert!(check_key(&unnamed, Profile::Helseid.switches(), &mut Trail::new()).is_ok());
    }

    #[test]
    fn a_key_without_a_name_is_named_by_its_thumbprint_and_no_name_stands_twice() {
        let mut unnamed = valid();
        unnamed.as_object_mut().expect("an object").remove("kid");
        let key = check_key(&unnamed, Profile::Helseid.switches(), &mut Trail::new()).expect("a valid key");
        assert_eq!(key.key_id().map(KeyId::as_str), Some(key.thumbprint().as_str()));
        let twice = require_own_kid(key.jwk(), std::iter::once(key.jwk()), &mut Trail::new());
        assert_eq!(twice.expect_err("the name is taken").rule(), Rule::KeyKidOnce);
    }
}
