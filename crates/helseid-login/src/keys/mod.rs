//! The keys that seal what lies where others can read or write it: rows of sessions, and cookies.
//!
//! - There are one or more of 32 bytes, each with a name. The first seals, all open, and what is sealed says by the name of
//!   its key which one that was: so keys are changed without a stop, replica by replica. First each is given the new one
//!   behind the old one, then the new one before the old one, and once the longest session has ended the new one alone.
//! - No key seals anything itself: each purpose has keys of its own, derived by HMAC-SHA256 of a label and of what only that
//!   one thing has, such as the secret in a cookie (a step of HKDF, RFC 5869 section 2.3, whose result is one hash long).
//! - What is sealed opens only at its place: whose it is, and where it lies, are associated data.

mod load;
mod place;
#[cfg(test)]
mod tests;

use std::fmt;

use helseid_protocol::jose::crypto::{MacKey, SealingKey};
use helseid_protocol::random::{Random, bytes32};
use zeroize::Zeroizing;

pub use load::InvalidKeys;
pub(crate) use place::{Place, Purpose};

/// One or more named keys, by which sessions and cookies are sealed. Does not print itself.
///
/// Keep them apart from the store: who has both can read every session whose cookie he has, and no other.
///
/// ```
/// use helseid_client::protocol::random::SystemRandom;
/// use helseid_login::SealingKeys;
///
/// let old = SealingKeys::generate("2025", &SystemRandom);
/// let new = SealingKeys::generate("2026", &SystemRandom);
/// // The first seals from now on; what the others sealed is still opened.
/// let keys = SealingKeys::parse(&format!("{} {}", *new, *old))?;
/// # drop(keys); Ok::<(), helseid_login::InvalidKeys>(())
/// ```
#[derive(Clone)]
pub struct SealingKeys {
    first: NamedKey,
    others: Vec<NamedKey>,
}

#[derive(Clone)]
struct NamedKey {
    name: Box<str>,
    key: std::sync::Arc<MacKey>,
}

/// The most keys.
pub(crate) const MAX_KEYS: usize = 8;

/// The most characters of a name.
const MAX_NAME: usize = 16;

/// What every key of ours is derived behind.
const PRODUCT: &[u8] = b"helseid login";

impl SealingKeys {
    /// A key that nobody else has and that ends with this process, for sessions that end with it too.
    pub(crate) fn of_this_process(random: &dyn Random) -> Self {
        let key = MacKey::new(&Zeroizing::new(bytes32(random)));
        Self { first: NamedKey { name: "process".into(), key: key.into() }, others: Vec::new() }
    }

    /// Seals with the first key: the length of its name, its name, and what [`SealingKey`] makes.
    pub(crate) fn seal(&self, place: &Place<'_>, plain: &[u8]) -> Vec<u8> {
        let NamedKey { name, .. } = &self.first;
        let sealed = self.first.sealing_key(place).seal(&place.associated(), plain);
        // A name has at most 16 characters.
        let mut blob = vec![u8::try_from(name.len()).unwrap_or_default()];
        blob.extend_from_slice(name.as_bytes());
        blob.extend_from_slice(&sealed);
        blob
    }

    /// Opens what one of the keys sealed for this place. Nothing if the key is not there any more, or anything was changed.
    pub(crate) fn open(&self, place: &Place<'_>, blob: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (length, rest) = blob.split_first()?;
        let (name, sealed) = rest.split_at_checked(usize::from(*length))?;
        let key = self.all().find(|key| key.name.as_bytes() == name)?;
        key.sealing_key(place).open(&place.associated(), sealed)
    }

    /// The name of something under each key, the first key's first: a code from which nobody without the key learns what it
    /// stands for.
    pub(crate) fn codes(&self, purpose: Purpose, parts: &[&[u8]]) -> impl Iterator<Item = [u8; 32]> {
        let labelled = [&[PRODUCT, purpose.label()], parts].concat();
        self.all().map(move |key| key.key.code(&labelled))
    }

    /// The same under the first key alone, for what is compared within one version of the keys.
    pub(crate) fn code(&self, purpose: Purpose, parts: &[&[u8]]) -> [u8; 32] {
        self.first.key.code(&[&[PRODUCT, purpose.label()], parts].concat())
    }

    fn all(&self) -> impl Iterator<Item = &NamedKey> {
        std::iter::once(&self.first).chain(&self.others)
    }
}

impl NamedKey {
    fn sealing_key(&self, place: &Place<'_>) -> SealingKey {
        let parts = [&[PRODUCT, place.purpose.label()], place.of].concat();
        SealingKey::new(&Zeroizing::new(self.key.code(&parts)))
    }
}

/// Shows the names alone.
impl fmt::Debug for SealingKeys {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_list().entries(self.all().map(|key| &key.name)).finish()
    }
}
