//! Keys of proofs that were found good, so that the next proof by the same key costs no parsing of it.

use std::fmt;
use std::sync::Arc;

use crate::id::Thumbprint;
use crate::jose::VerifyKey;
use crate::jose::jws::Header;
use crate::rule::Facts;

/// The header of a good proof: a client sends the same text each time, and in it the same key.
#[derive(Debug)]
pub struct SeenProofKey {
    /// The first part of the proof, as it stands there.
    pub(super) part: Box<str>,
    pub(super) header: Arc<Header>,
    /// What speaks against the algorithm, where the key names another.
    pub(super) other_algorithm: Option<Facts>,
    pub(super) key: VerifyKey,
}

impl SeenProofKey {
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

/// Where seen keys are looked up. What is found must have been kept from a proof with the very same part.
#[derive(Clone, Copy)]
pub struct SeenKeys<'a>(Option<&'a Lookup<'a>>);

type Lookup<'a> = dyn Fn(&str) -> Option<Arc<SeenProofKey>> + Sync + 'a;

impl<'a> SeenKeys<'a> {
    /// Nowhere: each key is parsed.
    pub const NONE: SeenKeys<'static> = SeenKeys(None);

    /// By `lookup`.
    #[must_use]
    pub const fn by(lookup: &'a Lookup<'a>) -> Self {
        Self(Some(lookup))
    }

    /// The key that was kept for this part, never that of another.
    pub(super) fn find(&self, part: &str) -> Option<Arc<SeenProofKey>> {
        self.0.and_then(|lookup| lookup(part)).filter(|seen| *seen.part == *part)
    }
}

impl fmt::Debug for SeenKeys<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(if self.0.is_some() { "SeenKeys(some)" } else { "SeenKeys(none)" })
    }
}
