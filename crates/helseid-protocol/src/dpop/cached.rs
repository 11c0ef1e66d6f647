//! Keys of proofs that were found good, so that the next proof by the same key costs no parsing of it.

use std::fmt;
use std::sync::Arc;

use crate::id::Thumbprint;
use crate::jose::VerifyKey;
use crate::jose::jws::Header;
use crate::rule::Facts;

/// The header of a good proof: a client sends the same text each time, and in it the same key.
///
/// ```
/// use helseid_protocol::dpop::{CachedProofKey, CheckedProof};
/// use std::collections::HashMap;
/// use std::sync::Arc;
///
/// /// For the next proof by the same key. Of a proof that has passed every check, never of another.
/// fn keep(keys: &mut HashMap<String, Arc<CachedProofKey>>, proof: &CheckedProof) {
///     keys.insert(proof.key().part().to_owned(), proof.key().clone());
/// }
/// ```
#[derive(Debug)]
pub struct CachedProofKey {
    /// The first part of the proof, as it stands there.
    pub(super) part: Box<str>,
    pub(super) header: Arc<Header>,
    /// What speaks against the algorithm, where the key names another.
    pub(super) other_algorithm: Option<Facts>,
    pub(super) key: VerifyKey,
}

impl CachedProofKey {
    /// The part of a proof that it is known by: the text before the first dot.
    #[must_use]
    pub fn part(&self) -> &str {
        &self.part
    }

    /// The key's thumbprint: `jkt`.
    #[must_use]
    pub const fn thumbprint(&self) -> &Thumbprint {
        self.key.thumbprint()
    }
}

/// Where cached keys are looked up. What is found must have been kept from a proof with the very same part.
///
/// ```
/// use helseid_protocol::dpop::{CachedKeys, CachedProofKey, PresentedProof};
/// use helseid_protocol::rule::{Fault, Trail};
/// use std::{collections::HashMap, sync::Arc};
///
/// let kept: HashMap<String, Arc<CachedProofKey>> = HashMap::new();
/// let lookup = |part: &str| kept.get(part).cloned();
/// # let (headers, mut trail) = (http::HeaderMap::new(), Trail::new());
/// let proof = PresentedProof::read_known(&headers, CachedKeys::by(&lookup), &mut trail)?;
/// # assert!(proof.is_none()); Ok::<(), Fault>(())
/// ```
#[derive(Clone, Copy)]
pub struct CachedKeys<'a>(Option<&'a Lookup<'a>>);

type Lookup<'a> = dyn Fn(&str) -> Option<Arc<CachedProofKey>> + Sync + 'a;

impl<'a> CachedKeys<'a> {
    /// Nowhere: each key is parsed.
    pub const NONE: CachedKeys<'static> = CachedKeys(None);

    /// By `lookup`.
    #[must_use]
    pub const fn by(lookup: &'a Lookup<'a>) -> Self {
        Self(Some(lookup))
    }

    /// The key that was kept for this part, never that of another.
    pub(super) fn find(&self, part: &str) -> Option<Arc<CachedProofKey>> {
        self.0.and_then(|lookup| lookup(part)).filter(|cached| *cached.part == *part)
    }
}

impl fmt::Debug for CachedKeys<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(if self.0.is_some() { "CachedKeys(some)" } else { "CachedKeys(none)" })
    }
}
