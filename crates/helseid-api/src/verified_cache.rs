//! Tokens and proof keys that were verified before, so that a caller who comes again costs less.
//!
//! Both caches are bounded, and hold nothing that a stranger can put there: tokens that their issuer made for this API, and
//! keys by which a proof has passed. A cached token is verified again after its issuer's keys have been fetched again, and its
//! times are checked on every request. When the cache of tokens is full, a token must come twice to replace another: callers
//! who send a new token each time do not evict those of other callers.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use helseid_protocol::dpop::ProofKeyCache;
use helseid_protocol::resource::{CachedToken, TokenHash};
use quick_cache::sync::Cache;

use crate::admission_filter::AdmissionFilter;

/// How many tokens are cached by default: about 4 KB each.
pub(crate) const TOKENS: usize = 4096;

/// How many proof keys are cached by default: about 2 KB each.
pub(crate) const PROOF_KEYS: usize = 1024;

/// Verified tokens and proof keys. A cache of size zero keeps nothing.
pub(crate) struct VerifiedCache {
    tokens: Option<Tokens>,
    pub(crate) proof_keys: ProofKeyCache,
}

struct Tokens {
    entries: Cache<TokenHash, Arc<CachedToken>>,
    is_full: AtomicBool,
    filter: AdmissionFilter,
}

impl VerifiedCache {
    pub(crate) fn new(tokens: usize, proof_keys: usize) -> Self {
        Self { tokens: (tokens > 0).then(|| Tokens::new(tokens)), proof_keys: ProofKeyCache::new(proof_keys) }
    }

    pub(crate) fn token(&self, hash: &TokenHash) -> Option<Arc<CachedToken>> {
        self.tokens.as_ref()?.entries.get(hash)
    }

    pub(crate) fn insert_token(&self, hash: TokenHash, token: impl FnOnce() -> CachedToken) {
        if let Some(tokens) = &self.tokens {
            tokens.insert(hash, token);
        }
    }

    pub(crate) fn remove_token(&self, hash: &TokenHash) {
        if let Some(tokens) = &self.tokens {
            tokens.entries.remove(hash);
        }
    }
}

impl Tokens {
    fn new(most: usize) -> Self {
        let filter = AdmissionFilter::new(most * 2);
        Self { entries: Cache::new(most), is_full: AtomicBool::new(false), filter }
    }

    fn insert(&self, hash: TokenHash, token: impl FnOnce() -> CachedToken) {
        if self.is_full.load(Ordering::Relaxed) && !self.filter.has_come_before(&hash) {
            return;
        }
        self.entries.insert(hash, Arc::new(token()));
        if self.entries.len() as u64 >= self.entries.capacity() {
            self.is_full.store(true, Ordering::Relaxed);
        }
    }
}
