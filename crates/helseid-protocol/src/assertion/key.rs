//! Which of a client's keys an assertion or a request object is by, rule by rule.

use crate::jose::jws::{Header, Unverified};
use crate::jose::{Algorithm, VerifyKey};
use crate::registration::require_secret;
use crate::rule::{Facts, Fault, OtherAlgorithm, Rule, Switches, Trail};
use crate::time::Timestamp;

/// The most keys that are tried for an assertion without `kid`.
const MAX_TRIED_KEYS: usize = 10;

/// A key that a client has registered.
///
/// ```
/// use helseid_protocol::assertion::ClientKey;
/// use helseid_protocol::jose::{InvalidJwk, PublicJwk, VerifyKey};
/// use helseid_protocol::time::Timestamp;
/// use std::time::Duration;
///
/// /// A key that is taken for 90 days.
/// fn registered(jwk: PublicJwk, now: Timestamp) -> Result<ClientKey, InvalidJwk> {
///     let expires = now.plus(Duration::from_secs(90 * 86_400));
///     Ok(ClientKey { key: VerifyKey::new(jwk)?, expires: Some(expires) })
/// }
/// ```
#[derive(Debug)]
pub struct ClientKey {
    /// The public key.
    pub key: VerifyKey,
    /// From when on the key is no longer taken.
    pub expires: Option<Timestamp>,
}

/// The rules on the key of one kind of JWT that clients sign.
#[derive(Debug, Clone, Copy)]
pub(crate) struct KeyRules {
    /// The key that is named.
    pub(crate) kid: Rule,
    /// The key's kind, and its own algorithm.
    pub(crate) key_alg: Rule,
    /// The signature.
    pub(crate) signature: Rule,
    /// The key's age.
    pub(crate) key_expiry: Rule,
}

impl KeyRules {
    /// Checks that `jws` is signed by one of a client's `keys`, with an algorithm that was found to be allowed.
    pub(crate) fn require_signer(
        self,
        jws: &Unverified<'_>,
        (algorithm, keys): (Algorithm, &[ClientKey]),
        (switches, now): (&Switches, Timestamp),
        trail: &mut Trail,
    ) -> Result<(), Fault> {
        let header = jws.header();
        let named = trail.require(self.kid, kid_is_registered(header, algorithm, keys))?;
        let fitting = key_fits_the_algorithm(&named, algorithm);
        let fitting = trail.require(self.key_alg, fitting)?;
        let too_many = more_keys_fit_than_are_tried(header, algorithm, keys);
        let signer = signature_is_by_a_registered_key(jws, &fitting, algorithm);
        let signer = trail.require(
            self.signature,
            signer.map_err(|facts| match &too_many {
                Some(more) => Facts::new(format_args!("{}; {}", facts.expected, more.expected), facts.got),
                None => facts,
            }),
        )?;
        if let Some(facts) = too_many {
            trail.warn(self.kid, facts);
        }
        trail.require_or_note(self.key_expiry, key_has_not_expired(signer, now))?;
        if let Some(facts) = other_algorithm_than_the_keys(signer, algorithm) {
            match switches.other_algorithm {
                OtherAlgorithm::Warned => trail.warn(self.key_alg, facts),
                OtherAlgorithm::Refused => return Err(Fault::new(self.key_alg, facts)),
            }
        }
        require_secret(&signer.key, switches.published_key, trail)
    }
}

/// RFC 7515 section 4.1.4. Without `kid` the newest keys of the algorithm's kind come into question, the newest first.
fn kid_is_registered<'k>(
    header: &Header,
    algorithm: Algorithm,
    keys: &'k [ClientKey],
) -> Result<Vec<&'k ClientKey>, Facts> {
    let candidates: Vec<_> = match header.kid() {
        Some(kid) => keys.iter().filter(|candidate| candidate.key.key_id() == Some(kid)).collect(),
        None => {
            let of_its_kind = |candidate: &&ClientKey| candidate.key.jwk().key_type() == algorithm.key_type();
            keys.iter().rev().filter(of_its_kind).take(MAX_TRIED_KEYS).collect()
        }
    };
    if candidates.is_empty() {
        let expected = match keys {
            [] => "the kid of a registered key, and the client has none".to_owned(),
            [_] => "the kid of the client's registered key".to_owned(),
            several => format!("the kid of one of the client's {} registered keys", several.len()),
        };
        return Err(match header.kid() {
            Some(kid) => Facts::value(expected, kid),
            None => Facts::new(expected, "no kid, and no key that fits"),
        });
    }
    Ok(candidates)
}

/// Without `kid`, older keys than the newest are not tried: what is to be done about it.
fn more_keys_fit_than_are_tried(header: &Header, algorithm: Algorithm, keys: &[ClientKey]) -> Option<Facts> {
    let of_its_kind = |candidate: &&ClientKey| candidate.key.jwk().key_type() == algorithm.key_type();
    let fitting = keys.iter().filter(of_its_kind).count();
    (header.kid().is_none() && fitting > MAX_TRIED_KEYS).then(|| {
        let got = format!("no kid: the newest {MAX_TRIED_KEYS} of {fitting} keys that fit were tried");
        Facts::new("a kid in the header, where more than ten keys fit", got)
    })
}

/// RFC 8725 section 3.1: an algorithm takes one kind of key.
fn key_fits_the_algorithm<'k>(
    named: &[&'k ClientKey],
    algorithm: Algorithm,
) -> Result<Vec<&'k ClientKey>, Facts> {
    let fits = |candidate: &&ClientKey| candidate.key.jwk().key_type() == algorithm.key_type();
    let fitting: Vec<_> = named.iter().copied().filter(fits).collect();
    match named.first() {
        Some(first) if fitting.is_empty() => {
            Err(Facts::new(first.key.jwk().key_type().preferred_algorithm(), algorithm))
        }
        _ => Ok(fitting),
    }
}

/// RFC 7523 section 3 (9).
fn signature_is_by_a_registered_key<'k>(
    jws: &Unverified<'_>,
    candidates: &[&'k ClientKey],
    algorithm: Algorithm,
) -> Result<&'k ClientKey, Facts> {
    let signer = candidates.iter().find(|candidate| jws.is_signed_by(&candidate.key, algorithm));
    signer.copied().ok_or_else(|| {
        let expected = match candidates {
            [only] => format!("a signature by the key {}", only.key.thumbprint()),
            several => format!("a signature by one of {} registered keys", several.len()),
        };
        Facts::new(expected, "a signature by another key, or of other content")
    })
}

/// HelseID: management of secrets.
fn key_has_not_expired(signer: &ClientKey, now: Timestamp) -> Result<(), Facts> {
    match signer.expires {
        Some(expires) if expires <= now => Err(Facts::new(
            format_args!("a key that is valid after {now}"),
            format_args!("a key that expired at {expires}"),
        )),
        _ => Ok(()),
    }
}

/// RFC 7517 section 4.4: what a key is for, if it says so.
fn other_algorithm_than_the_keys(signer: &ClientKey, algorithm: Algorithm) -> Option<Facts> {
    let declared = signer.key.jwk().algorithm()?;
    (declared != algorithm).then(|| Facts::new(declared, algorithm))
}
