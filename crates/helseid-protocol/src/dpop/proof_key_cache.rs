//! The keys of good proofs, kept by servers: a client sends the same key each time, and it costs no parsing.

use std::fmt;
use std::sync::Arc;

use quick_cache::sync::Cache;

use super::CachedProofKey;

/// The keys of good proofs, by the part of a proof that each is known by; about 2 KB each. When it is full, keys that were
/// not asked for lately make room.
///
/// It does not check proofs: only the key of a proof that has passed every check may be inserted, so that strangers put
/// nothing in.
///
/// ```
/// use helseid_protocol::dpop::{CachedKeys, PresentedProof, ProofKeyCache};
/// use helseid_protocol::rule::{Fault, Trail};
///
/// let keys = ProofKeyCache::new(10_000);
/// # let (headers, mut trail) = (http::HeaderMap::new(), Trail::new());
/// let lookup = |part: &str| keys.get(part);
/// let proof = PresentedProof::read_known(&headers, CachedKeys::by(&lookup), &mut trail)?;
/// # assert!(proof.is_none());
/// // Then, once it has passed every check: `keys.insert(checked.key())`.
/// # Ok::<(), Fault>(())
/// ```
pub struct ProofKeyCache(Option<Cache<Box<str>, Arc<CachedProofKey>>>);

impl ProofKeyCache {
    /// A cache of at most so many keys; with 0, it keeps none.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self((most > 0).then(|| Cache::new(most)))
    }

    /// The key that was kept for this part of a proof; for [`CachedKeys::by`](super::CachedKeys::by).
    #[must_use]
    pub fn get(&self, part: &str) -> Option<Arc<CachedProofKey>> {
        self.0.as_ref()?.get(part)
    }

    /// Keeps the key of a proof that has passed every check, unless it is there.
    pub fn insert(&self, key: &Arc<CachedProofKey>) {
        if let Some(keys) = &self.0
            && !keys.contains_key(key.part())
        {
            keys.insert(key.part().into(), key.clone());
        }
    }
}

/// Shows no key.
impl fmt::Debug for ProofKeyCache {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("ProofKeyCache").finish_non_exhaustive()
    }
}
