//! Tokens that were granted, one slot for each request: one caller fetches, the others wait for what comes of it.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use helseid_protocol::time::Timestamp;
use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};

use crate::{Error, Token, TokenRequest};

/// The most tokens that are kept unless the builder says otherwise.
pub(crate) const DEFAULT_CAPACITY: usize = 1_000;

#[derive(Debug)]
pub(crate) struct TokenCache {
    slots: RwLock<HashMap<String, Arc<Slot>>>,
    capacity: usize,
}

#[derive(Debug, Default)]
pub(crate) struct Slot {
    kept: Mutex<Kept>,
    /// Held by the one who fetches. If it is dropped half-way, the next in line fetches.
    fetching: Arc<AsyncMutex<()>>,
}

#[derive(Debug, Default)]
struct Kept {
    token: Option<Token>,
    /// What an API refused: a shared cache must not bring it back.
    refused: Option<Token>,
    /// How many fetches have ended, and how the last one failed: those who waited for it share its failure, and
    /// whoever comes later tries anew.
    ended: u64,
    failure: Option<Error>,
    /// No renewal ahead of time before then.
    pause: Option<Timestamp>,
}

/// How long after a failed renewal the next may begin. Callers wait for neither.
const PAUSE: Duration = Duration::from_secs(5);

/// The same, after a failure that will not pass by itself.
const LONG_PAUSE: Duration = Duration::from_secs(30);

impl TokenCache {
    pub(crate) fn new(capacity: usize) -> Self {
        Self { slots: RwLock::default(), capacity: capacity.max(1) }
    }

    pub(crate) fn slot(&self, request: &TokenRequest, now: Timestamp) -> Arc<Slot> {
        if let Some(slot) = self.slots.read().unwrap_or_else(PoisonError::into_inner).get(request.key()) {
            return slot.clone();
        }
        let mut slots = self.slots.write().unwrap_or_else(PoisonError::into_inner);
        if slots.len() >= self.capacity && !slots.contains_key(request.key()) {
            make_room(&mut slots, now);
        }
        slots.entry(request.key().to_owned()).or_default().clone()
    }
}

/// Lets go of what has expired; if nothing has, of the token that expires first. What somebody waits for stays, even if
/// that is more than should be kept.
fn make_room(slots: &mut HashMap<String, Arc<Slot>>, now: Timestamp) {
    let before = slots.len();
    slots.retain(|_, slot| slot.good(now).is_some() || is_in_use(slot));
    if slots.len() < before {
        return;
    }
    let idle = slots.iter().filter(|(_, slot)| !is_in_use(slot));
    let first = idle.min_by_key(|(_, slot)| slot.kept().token.as_ref().map(Token::expires));
    if let Some(key) = first.map(|(key, _)| key.clone()) {
        slots.remove(&key);
    }
}

fn is_in_use(slot: &Arc<Slot>) -> bool {
    Arc::strong_count(slot) > 1
}

impl Slot {
    /// The kept token, if it can still be sent.
    pub(crate) fn good(&self, now: Timestamp) -> Option<Token> {
        self.kept().token.as_ref().filter(|token| token.is_good(now)).cloned()
    }

    /// The kept token, or the one that `fetch` brings. Many callers at once cause one fetch.
    pub(crate) async fn token<F: Future<Output = Result<Token, Error>>>(
        &self,
        now: impl Fn() -> Timestamp,
        fetch: impl FnOnce() -> F,
    ) -> Result<Token, Error> {
        let before = self.kept().ended;
        let _fetching = self.fetching.lock().await;
        if let Some(token) = self.good(now()) {
            return Ok(token);
        }
        if let Some(failure) = self.failure_since(before) {
            return Err(failure);
        }
        let outcome = fetch().await;
        self.keep(&outcome);
        outcome
    }

    fn failure_since(&self, before: u64) -> Option<Error> {
        let kept = self.kept();
        kept.failure.as_ref().filter(|_| kept.ended != before).cloned()
    }

    /// The right to renew the token in the background, if nobody else does.
    pub(crate) fn may_renew(&self, now: Timestamp) -> Option<OwnedMutexGuard<()>> {
        if self.kept().pause.is_some_and(|end| end.is_pending(LONG_PAUSE, now)) {
            return None;
        }
        self.fetching.clone().try_lock_owned().ok()
    }

    /// Keeps what came of a renewal in the background.
    pub(crate) fn keep_renewed(&self, outcome: &Result<Token, Error>, now: Timestamp) {
        self.keep(outcome);
        if let Err(error) = outcome {
            self.kept().pause = Some(now.plus(if error.is_transient() { PAUSE } else { LONG_PAUSE }));
        }
    }

    /// Keeps what came of a fetch. A failure never takes the place of a token.
    fn keep(&self, outcome: &Result<Token, Error>) {
        let mut kept = self.kept();
        let ended = kept.ended.wrapping_add(1);
        match outcome {
            Ok(token) => *kept = Kept { token: Some(token.clone()), ended, ..Kept::default() },
            Err(error) => (kept.ended, kept.failure) = (ended, Some(error.clone())),
        }
    }

    /// Forgets `token`, which an API refused, unless a newer one came meanwhile.
    pub(crate) fn forget(&self, refused: &Token) {
        let mut kept = self.kept();
        if kept.token.as_ref().is_some_and(|own| own.is(refused)) {
            kept.refused = kept.token.take();
        }
    }

    /// Whether an API refused `token`.
    pub(crate) fn has_refused(&self, token: &Token) -> bool {
        self.kept().refused.as_ref().is_some_and(|own| own.is(token))
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use helseid_protocol::endpoint::token::{TokenGranted, TokenType};
    use helseid_protocol::scope::ScopeSet;
    use helseid_protocol::secret::AccessToken;

    use super::*;
    use crate::token::Circumstances;

    const NOW: Timestamp = Timestamp::from_seconds(1_790_000_000);

    fn asked(n: u64) -> TokenRequest {
        TokenRequest::default().scope(ScopeSet::parse(&format!("a/{n}")).unwrap())
    }

    fn filled(cache: &TokenCache, n: u64, lifetime: u64) {
        let granted = TokenGranted {
            access_token: AccessToken::new(format!("token-{n}")),
            token_type: TokenType::Dpop,
            expires_in: Duration::from_secs(lifetime),
            scope: None,
            rejected_scope: None,
        };
        let how = Circumstances { obtained: NOW, jitter: 0, signer: "key".into() };
        cache.slot(&asked(n), NOW).keep(&Ok(Token::new(granted, &ScopeSet::none(), how)));
    }

    fn kept(cache: &TokenCache) -> Vec<String> {
        let mut keys: Vec<_> = cache.slots.read().unwrap().keys().map(|key| key.trim().to_owned()).collect();
        keys.sort();
        keys
    }

    #[test]
    fn a_full_cache_lets_go_of_the_token_that_expires_first() {
        let cache = TokenCache::new(3);
        for (n, lifetime) in [(1, 600), (2, 300), (3, 900)] {
            filled(&cache, n, lifetime);
        }
        filled(&cache, 4, 600);
        assert_eq!(kept(&cache), ["a/1", "a/3", "a/4"]);
    }

    #[test]
    fn a_token_that_came_in_the_future_is_not_sent() {
        let cache = TokenCache::new(1);
        filled(&cache, 1, 600);
        let good = |back| cache.slot(&asked(1), NOW).good(NOW.minus(Duration::from_secs(back))).is_some();
        assert_eq!([good(0), good(10), good(11), good(3_600)], [true, true, false, false]);
    }

    #[test]
    fn what_has_expired_goes_first_and_what_is_in_use_stays() {
        let cache = TokenCache::new(2);
        filled(&cache, 1, 60);
        filled(&cache, 2, 60);
        let in_use = cache.slot(&asked(1), NOW);
        cache.slot(&asked(3), NOW.plus(Duration::from_secs(100)));
        assert_eq!(kept(&cache), ["a/1", "a/3"]);
        assert!(Arc::ptr_eq(&in_use, &cache.slot(&asked(1), NOW)));
    }
}
