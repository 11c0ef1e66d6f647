//! Keys of proofs that came with a good assertion: a client that asks again sends the same, and it costs no parsing.

use std::sync::Arc;

use helseid_protocol::dpop::CachedProofKey;
use quick_cache::sync::Cache;

/// How many are remembered, at about 2 KB each.
const MOST: usize = 512;

/// The keys, by the text that stands for them in a proof.
pub(crate) struct ProofKeys(Cache<Box<str>, Arc<CachedProofKey>>);

impl ProofKeys {
    /// The key of this text, if a client proved with it before.
    pub(super) fn find(&self, part: &str) -> Option<Arc<CachedProofKey>> {
        self.0.get(part)
    }

    /// Remembers the key of a proof that is good, of a client that is known.
    pub(super) fn keep(&self, key: &Arc<CachedProofKey>) {
        if !self.0.contains_key(key.part()) {
            self.0.insert(key.part().into(), key.clone());
        }
    }
}

impl Default for ProofKeys {
    fn default() -> Self {
        Self(Cache::new(MOST))
    }
}
