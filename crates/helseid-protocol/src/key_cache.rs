//! Which key of an issuer a token is checked with, and when its keys may be fetched again. Fetches nothing itself.

use std::sync::Arc;
use std::time::Duration;

use crate::id::KeyId;
use crate::jose::{Algorithm, InvalidJwk, JwkSet, VerifyKey};
use crate::time::Timestamp;

/// How old an issuer's keys grow before they are fetched again: 10 minutes.
pub const REFRESH_EVERY: Duration = Duration::from_secs(600);

/// The keys of an issuer as they were last fetched. Only these verify: a key that the issuer took away is gone.
///
/// A `kid` need not be of one key alone (RFC 7517 section 4.5): others of its name are of another type, for another
/// algorithm, or mistaken. Where no key of the set has a name, every one comes into question for any `kid`.
///
/// ```
/// use helseid_protocol::id::KeyId;
/// use helseid_protocol::jose::{Algorithm, JwkSet, PrivateJwk, RsaSize};
/// use helseid_protocol::key_cache::IssuerKeys;
///
/// let kid = KeyId::parse("2026")?;
/// let key = PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, Some(kid.clone()));
/// let keys = IssuerKeys::new(&JwkSet::new(vec![key.public().clone()]));
/// assert!(keys.find(&kid, Algorithm::ES256).is_some());
/// assert!(keys.find(&kid, Algorithm::RS256).is_none());
/// # Ok::<(), helseid_protocol::id::InvalidId>(())
/// ```
#[derive(Debug, Default)]
pub struct IssuerKeys {
    keys: Vec<Arc<VerifyKey>>,
    nameless: bool,
    passed_over: Vec<InvalidJwk>,
}

impl IssuerKeys {
    /// The usable keys of `set`. One that is no key is passed over, as RFC 7517 section 5 says, and reported.
    #[must_use]
    pub fn new(set: &JwkSet) -> Self {
        let (mut keys, mut passed_over) = (Vec::new(), set.skipped().to_vec());
        for jwk in set.keys() {
            match VerifyKey::new(jwk.clone()) {
                Ok(key) => keys.push(Arc::new(key)),
                Err(why) => passed_over.push(why),
            }
        }
        let nameless = keys.iter().all(|key| key.key_id().is_none());
        Self { keys, nameless, passed_over }
    }

    /// The key named `kid` that `algorithm` takes. Where the key names an algorithm itself, it is that one alone.
    #[must_use]
    pub fn find(&self, kid: &KeyId, algorithm: Algorithm) -> Option<&Arc<VerifyKey>> {
        self.candidates(Some(kid), algorithm).next()
    }

    /// Every key that [`IssuerKeys::find`] could give, in the order of the set; without a `kid`, all that fit.
    pub fn candidates<'a>(
        &'a self,
        kid: Option<&KeyId>,
        algorithm: Algorithm,
    ) -> impl Iterator<Item = &'a Arc<VerifyKey>> {
        let kid = kid.filter(|_| !self.nameless);
        self.keys.iter().filter(move |key| {
            kid.is_none_or(|kid| key.key_id() == Some(kid))
                && key.fits(algorithm)
                && key.declared_algorithm().is_none_or(|own| own == algorithm)
        })
    }

    /// Whether any key has this name, whatever its algorithm.
    #[must_use]
    pub fn names(&self, kid: &KeyId) -> bool {
        self.keys.iter().any(|key| key.key_id() == Some(kid))
    }

    /// The keys whose private half is published, and where: anyone can sign with them.
    pub fn published(&self) -> impl Iterator<Item = (&VerifyKey, &'static str)> {
        self.keys.iter().filter_map(|key| Some((&**key, key.published_in()?)))
    }

    /// How many keys can be used.
    #[must_use]
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether no key can be used.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Why each other key of the set cannot be used.
    #[must_use]
    pub fn passed_over(&self) -> &[InvalidJwk] {
        &self.passed_over
    }
}

/// How often unknown `kid`s may make us fetch: twice at once, then once a minute. Strangers choose the `kid`s.
///
/// ```
/// use helseid_protocol::{key_cache::RefetchBudget, time::Timestamp};
/// use std::time::Duration;
///
/// let now = Timestamp::from_seconds(1_790_000_000);
/// let mut budget = RefetchBudget::new(now);
/// assert!(budget.take(now).is_ok() && budget.take(now).is_ok());
/// // A third unknown `kid` is judged by the keys at hand.
/// assert!(budget.take(now).is_err());
/// assert!(budget.take(now.plus(Duration::from_secs(60))).is_ok());
/// ```
#[derive(Debug, Clone, Copy)]
pub struct RefetchBudget {
    left: u64,
    counted_from: Timestamp,
}

/// Fetches that may follow each other at once.
const BURST: u64 = 2;

/// How long until another fetch is granted.
const EVERY: Duration = Duration::from_secs(60);

impl RefetchBudget {
    /// A full budget.
    #[must_use]
    pub const fn new(now: Timestamp) -> Self {
        Self { left: BURST, counted_from: now }
    }

    /// Takes one fetch, if one is left.
    pub fn take(&mut self, now: Timestamp) -> Result<(), Exhausted> {
        let Some(counted) = now.checked_since(self.counted_from) else {
            // The clock went back. How long ago that was counted nobody knows, and new keys must be found.
            *self = Self::new(now);
            return self.take(now);
        };
        let (counted, every) = (counted.as_secs(), EVERY.as_secs());
        self.left = self.left.saturating_add(counted / every).min(BURST);
        self.counted_from = match self.left {
            // A full budget grows no more: the minute begins with the fetch that is taken now.
            BURST => now,
            _ => now.minus(Duration::from_secs(counted % every)),
        };
        self.left = self.left.checked_sub(1).ok_or(Exhausted)?;
        Ok(())
    }
}

/// No fetch is left for now.
///
/// ```
/// use helseid_protocol::{key_cache::{Exhausted, RefetchBudget}, time::Timestamp};
///
/// let now = Timestamp::from_seconds(1_790_000_000);
/// let mut budget = RefetchBudget::new(now);
/// // Ten tokens at once, each with a `kid` that nobody knows.
/// let fetches = (0..10).filter(|_| budget.take(now) != Err(Exhausted)).count();
/// assert_eq!(fetches, 2);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exhausted;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jose::{PrivateJwk, PublicJwk, RsaSize};

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(1_790_000_000 + seconds)
    }

    #[test]
    fn two_fetches_at_once_then_one_a_minute() {
        let mut budget = RefetchBudget::new(at(0));
        let granted = |budget: &mut RefetchBudget, seconds| budget.take(at(seconds)).is_ok();
        assert!(granted(&mut budget, 0) && granted(&mut budget, 0) && !granted(&mut budget, 0));
        assert!(!granted(&mut budget, 59));
        assert!(granted(&mut budget, 60) && !granted(&mut budget, 119) && granted(&mut budget, 120));
        assert!(granted(&mut budget, 3600) && granted(&mut budget, 3600) && !granted(&mut budget, 3600));
    }

    #[test]
    fn the_minute_of_a_full_budget_begins_with_the_fetch_that_is_taken() {
        for full in [RefetchBudget::new(at(0)), RefetchBudget { left: 0, counted_from: at(-600) }] {
            let mut budget = full;
            let granted = [59, 59, 60, 118, 119, 178, 179].map(|now| budget.take(at(now)).is_ok());
            assert_eq!(granted, [true, true, false, false, true, false, true], "{full:?}");
        }
    }

    #[test]
    fn a_budget_that_was_counted_in_the_future_is_full() {
        let mut budget = RefetchBudget::new(at(0));
        let _ = (budget.take(at(0)), budget.take(at(0)));
        let after: Vec<_> = [-3600, -3600, -3600, -3540].map(|now| budget.take(at(now)).is_ok()).into();
        assert_eq!(after, [true, true, false, true]);
    }

    #[test]
    fn a_key_is_found_by_its_name_and_for_its_own_algorithm_alone() {
        let kid = KeyId::parse("1").expect("an id");
        let key = PrivateJwk::generate(Algorithm::PS256, RsaSize::Bits2048, Some(kid.clone()));
        let keys = IssuerKeys::new(&JwkSet::new(vec![key.public().clone()]));
        assert!(keys.find(&kid, Algorithm::PS256).is_some());
        assert!(keys.find(&kid, Algorithm::RS256).is_none() && keys.find(&kid, Algorithm::ES256).is_none());
        assert!(keys.find(&KeyId::parse("2").expect("an id"), Algorithm::PS256).is_none());
        assert!(keys.names(&kid));
    }

    #[test]
    fn names_are_those_of_the_set_alone_and_a_key_that_anyone_has_is_told() {
        // RFC 7517 appendix A.2 has the private half of this key.
        let published =
            br#"{"kty": "EC", "crv": "P-256", "kid": "1", "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
            "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}"#;
        let published = PublicJwk::read(published).expect("a key");
        let own = PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None).public().clone();
        let keys = IssuerKeys::new(&JwkSet::new(vec![own, published.clone()]));
        assert_eq!((keys.len(), keys.is_empty()), (2, false));
        let [one, two] = ["1", "2"].map(|kid| KeyId::parse(kid).expect("an id"));
        assert_eq!((keys.names(&one), keys.names(&two)), (true, false));
        let told: Vec<_> = keys.published().map(|(key, place)| (key.thumbprint(), place)).collect();
        assert_eq!(told, [(&published.thumbprint(), "RFC 7517 appendix A.2")]);
        let none = IssuerKeys::new(&JwkSet::new(Vec::new()));
        assert_eq!((none.len(), none.is_empty()), (0, true));
    }

    #[test]
    fn keys_of_one_name_are_told_apart_by_algorithm_and_tried_in_turn() {
        let kid = KeyId::parse("1").expect("an id");
        let new = |algorithm| {
            PrivateJwk::generate(algorithm, RsaSize::Bits2048, Some(kid.clone())).public().clone()
        };
        let (rsa, first, second) = (new(Algorithm::RS256), new(Algorithm::ES256), new(Algorithm::ES256));
        let nameless = PublicJwk::from_object(new(Algorithm::ES256).bare()).expect("a key");
        let of_another_curve = new(Algorithm::ES384);
        let found = |set: &[&PublicJwk], kid: Option<&KeyId>| -> Vec<_> {
            let keys = IssuerKeys::new(&JwkSet::new(set.iter().copied().cloned().collect()));
            keys.candidates(kid, Algorithm::ES256).map(|key| key.thumbprint().clone()).collect()
        };
        let of = |keys: &[&PublicJwk]| keys.iter().map(|key| key.thumbprint()).collect::<Vec<_>>();
        let named = [&rsa, &of_another_curve, &first, &second, &nameless];
        assert_eq!(found(&named, Some(&kid)), of(&[&first, &second]));
        assert_eq!(found(&[&rsa, &first, &nameless], None), of(&[&first, &nameless]));
        assert_eq!(found(&[&nameless], Some(&kid)), of(&[&nameless]));
        assert!(found(&[&nameless, &rsa], Some(&kid)).is_empty(), "a name that others of the set have");

        let mut for_encryption = second.members().clone();
        for_encryption.insert("use".to_owned(), "enc".into());
        let published = serde_json::json!({ "keys": [for_encryption, first.members()] }).to_string();
        let keys = IssuerKeys::new(&JwkSet::read(published.as_bytes()).expect("a set"));
        let found: Vec<_> =
            keys.candidates(Some(&kid), Algorithm::ES256).map(|key| key.thumbprint()).collect();
        assert_eq!((found, keys.passed_over().len()), (of(&[&first]).iter().collect(), 1));
    }

    #[test]
    fn a_key_that_is_none_is_passed_over_and_counted() {
        let off_the_curve = br#"{"keys":[{"kty":"EC","crv":"P-256","kid":"1",
            "x":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE","y":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE"},
            {"kty":"oct","k":"AA"}]}"#;
        let keys = IssuerKeys::new(&JwkSet::read(off_the_curve).expect("a set"));
        assert_eq!((keys.len(), keys.passed_over().len()), (0, 2));
    }
}
