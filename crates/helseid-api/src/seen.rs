//! What is remembered so that a caller who comes again costs less: tokens that were found good, and keys of proofs.
//!
//! Both are bounded, and hold nothing that a stranger can put there: a token that its issuer made for this API, and a key
//! of which a proof has passed. A token's entry is passed over when its issuer's keys were fetched anew; its times are
//! looked at each time. When there is no more room for tokens, one must come twice to push another out: callers who send a
//! new token each time cost nobody else the memory of theirs.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use helseid_protocol::dpop::CachedProofKey;
use helseid_protocol::resource::{CachedToken, TokenHash};
use quick_cache::sync::Cache;

use crate::met::Met;

/// How many tokens are remembered unless told: about 4 KB each.
pub(crate) const TOKENS: usize = 4096;

/// How many keys of proofs are remembered unless told: about 2 KB each.
pub(crate) const PROOF_KEYS: usize = 1024;

/// Nothing is kept where the bound is nought.
pub(crate) struct Seen {
    tokens: Option<Tokens>,
    proof_keys: Option<Cache<Box<str>, Arc<CachedProofKey>>>,
}

struct Tokens {
    kept: Cache<TokenHash, Arc<CachedToken>>,
    is_full: AtomicBool,
    met: Met,
}

impl Seen {
    pub(crate) fn new(tokens: usize, proof_keys: usize) -> Self {
        Self {
            tokens: (tokens > 0).then(|| Tokens::new(tokens)),
            proof_keys: (proof_keys > 0).then(|| Cache::new(proof_keys)),
        }
    }

    pub(crate) fn token(&self, hash: &TokenHash) -> Option<Arc<CachedToken>> {
        self.tokens.as_ref()?.kept.get(hash)
    }

    pub(crate) fn keep_token(&self, hash: TokenHash, token: impl FnOnce() -> CachedToken) {
        if let Some(tokens) = &self.tokens {
            tokens.keep(hash, token);
        }
    }

    pub(crate) fn forget_token(&self, hash: &TokenHash) {
        if let Some(tokens) = &self.tokens {
            tokens.kept.remove(hash);
        }
    }

    pub(crate) fn proof_key(&self, part: &str) -> Option<Arc<CachedProofKey>> {
        self.proof_keys.as_ref()?.get(part)
    }

    pub(crate) fn keep_proof_key(&self, key: &Arc<CachedProofKey>) {
        if let Some(keys) = &self.proof_keys
            && !keys.contains_key(key.part())
        {
            keys.insert(key.part().into(), key.clone());
        }
    }
}

impl Tokens {
    fn new(most: usize) -> Self {
        Self { kept: Cache::new(most), is_full: AtomicBool::new(false), met: Met::new(most * 2) }
    }

    fn keep(&self, hash: TokenHash, token: impl FnOnce() -> CachedToken) {
        if self.is_full.load(Ordering::Relaxed) && !self.met.again(&hash) {
            return;
        }
        self.kept.insert(hash, Arc::new(token()));
        if self.kept.len() as u64 >= self.kept.capacity() {
            self.is_full.store(true, Ordering::Relaxed);
        }
    }
}
