//! All cached tokens, one slot for each request.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use helseid_protocol::time::Timestamp;

use super::request::TokenRequest;
use super::slot::Slot;

/// The largest number of cached tokens unless the builder says otherwise.
pub(crate) const DEFAULT_CAPACITY: usize = 1_000;

/// Each slot under the key of its request, with the request.
type Slots = HashMap<Arc<str>, (Arc<Slot>, TokenRequest)>;

#[derive(Debug)]
pub(super) struct TokenCache {
    slots: RwLock<Slots>,
    capacity: usize,
}

impl TokenCache {
    pub(super) fn new(capacity: usize) -> Self {
        Self { slots: RwLock::default(), capacity: capacity.max(1) }
    }

    /// The slot under `key`, which is for `request`; a new one if there is none.
    pub(super) fn slot(&self, key: &str, request: &TokenRequest, now: Timestamp) -> Arc<Slot> {
        if let Some((slot, _)) = self.slots.read().unwrap_or_else(PoisonError::into_inner).get(key) {
            return slot.clone();
        }
        let mut slots = self.slots.write().unwrap_or_else(PoisonError::into_inner);
        if slots.len() >= self.capacity && !slots.contains_key(key) {
            make_room(&mut slots, now);
        }
        // With an attestation the text is long: it is kept once.
        let key = if key == &**request.key() { request.key().clone() } else { key.into() };
        slots.entry(key).or_insert_with(|| (Arc::default(), request.clone())).0.clone()
    }

    /// Drops what has expired and nobody uses.
    pub(super) fn drop_ended(&self, now: Timestamp) {
        let has_ended = |slot: &Arc<Slot>| !slot.is_of_use(now) && !is_in_use(slot);
        let any = {
            let slots = self.slots.read().unwrap_or_else(PoisonError::into_inner);
            slots.values().any(|(slot, _)| has_ended(slot))
        };
        if any {
            let mut slots = self.slots.write().unwrap_or_else(PoisonError::into_inner);
            slots.retain(|_, (slot, _)| !has_ended(slot));
        }
    }

    /// How many tokens can still be sent.
    pub(super) fn usable_count(&self, now: Timestamp) -> usize {
        let slots = self.slots.read().unwrap_or_else(PoisonError::into_inner);
        slots.values().filter(|(slot, _)| slot.usable(now).is_some()).count()
    }

    /// The slots of which somebody was given the cached token, each with its request.
    pub(super) fn wanted(&self) -> Vec<(Arc<Slot>, TokenRequest)> {
        let slots = self.slots.read().unwrap_or_else(PoisonError::into_inner);
        slots.values().filter(|(slot, _)| slot.is_wanted()).cloned().collect()
    }
}

/// Of a full cache, one in so many is dropped: all of it is looked through once for many that come.
const SHARE: usize = 100;

/// Drops what has expired; if nothing has, the hundredth part that expires first, and at least one. Slots in use stay, even if the cache then exceeds its
/// capacity.
fn make_room(slots: &mut Slots, now: Timestamp) {
    let before = slots.len();
    slots.retain(|_, (slot, _)| slot.is_of_use(now) || is_in_use(slot));
    if slots.len() < before {
        return;
    }
    let idle = slots.iter().filter(|(_, (slot, _))| !is_in_use(slot));
    let mut idle: Vec<_> = idle.map(|(key, (slot, _))| (slot.expires(), key)).collect();
    idle.sort_unstable();
    let first: Vec<_> = idle.into_iter().take((before / SHARE).max(1)).map(|(_, key)| key.clone()).collect();
    for key in first {
        slots.remove(&key);
    }
}

fn is_in_use(slot: &Arc<Slot>) -> bool {
    Arc::strong_count(slot) > 1
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use helseid_protocol::endpoint::token::{LoginTokens, TokenGranted, TokenType};
    use helseid_protocol::scope::ScopeSet;
    use helseid_protocol::secret::AccessToken;

    use super::*;
    use crate::tokens::token::{Obtained, Renewal, Token};

    const NOW: Timestamp = Timestamp::from_seconds(1_790_000_000);

    fn requested(n: u64) -> TokenRequest {
        TokenRequest::default().scope(ScopeSet::parse(&format!("a/{n}")).unwrap())
    }

    fn slot(cache: &TokenCache, n: u64, now: Timestamp) -> Arc<Slot> {
        cache.slot(requested(n).key(), &requested(n), now)
    }

    fn filled(cache: &TokenCache, n: u64, lifetime: u64) {
        let granted = TokenGranted {
            access_token: AccessToken::new(format!("token-{n}")),
            token_type: TokenType::Dpop,
            expires_in: Duration::from_secs(lifetime),
            scope: None,
            rejected_scope: None,
            of_login: LoginTokens::default(),
            is_exchanged: false,
        };
        let obtained =
            Obtained { at: NOW, renewal: Renewal { percent: 80, jitter: 0 }, signer: "key".into() };
        slot(cache, n, NOW).record(&Ok(Token::new(granted, &ScopeSet::none(), obtained)));
    }

    fn cached(cache: &TokenCache) -> Vec<String> {
        let mut keys: Vec<_> = cache.slots.read().unwrap().keys().map(|key| key.trim().to_owned()).collect();
        keys.sort();
        keys
    }

    #[test]
    fn a_full_cache_drops_the_token_that_expires_first() {
        let cache = TokenCache::new(3);
        for (n, lifetime) in [(1, 600), (2, 300), (3, 900)] {
            filled(&cache, n, lifetime);
        }
        filled(&cache, 4, 600);
        assert_eq!(cached(&cache), ["a/1", "a/3", "a/4"]);
    }

    #[test]
    fn a_token_that_was_obtained_in_the_future_is_not_sent() {
        let cache = TokenCache::new(1);
        filled(&cache, 1, 600);
        let usable = |back| slot(&cache, 1, NOW).usable(NOW.minus(Duration::from_secs(back))).is_some();
        assert_eq!([usable(0), usable(10), usable(11), usable(3_600)], [true, true, false, false]);
    }

    #[test]
    fn what_has_ended_goes_without_a_new_one_and_a_remembered_refusal_stays() {
        let cache = TokenCache::new(10);
        let now = NOW.plus(Duration::from_secs(60));
        filled(&cache, 1, 60);
        filled(&cache, 2, 600);
        let refused = crate::error::Inner::InvalidRequest { why: "no".into() };
        slot(&cache, 3, NOW).remember(refused.into(), now.plus(Duration::from_secs(10)));
        let in_use = slot(&cache, 4, NOW);
        cache.drop_ended(now);
        assert_eq!(cached(&cache), ["a/2", "a/3", "a/4"]);
        drop(in_use);
        cache.drop_ended(now.plus(Duration::from_secs(10)));
        assert_eq!(cached(&cache), ["a/2"]);
    }

    #[test]
    fn a_large_cache_that_is_full_makes_room_for_many() {
        let cache = TokenCache::new(1_000);
        for n in 0..1_001 {
            filled(&cache, n, 600 + n);
        }
        let kept = cached(&cache);
        assert_eq!(kept.len(), 991);
        assert!(!kept.contains(&"a/9".to_owned()) && kept.contains(&"a/10".to_owned()));
    }

    #[test]
    fn expired_tokens_are_dropped_first_and_those_in_use_stay() {
        let cache = TokenCache::new(2);
        filled(&cache, 1, 60);
        filled(&cache, 2, 60);
        let in_use = slot(&cache, 1, NOW);
        slot(&cache, 3, NOW.plus(Duration::from_secs(100)));
        assert_eq!(cached(&cache), ["a/1", "a/3"]);
        assert!(Arc::ptr_eq(&in_use, &slot(&cache, 1, NOW)));
    }
}
