//! What a used assertion or proof is remembered by, and what its rule must know of it.

use crate::jose::crypto::MacKey;

/// 16 bytes of a keyed hash: says nothing to others, and nobody can choose one that collides.
///
/// ```
/// use helseid_protocol::dpop::ReplayId;
///
/// // As a store keeps it, and gives it back.
/// let kept: [u8; 16] = *ReplayId::from_bytes([7; 16]).as_bytes();
/// assert_eq!(ReplayId::from_bytes(kept), ReplayId::from_bytes([7; 16]));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ReplayId([u8; 16]);

impl ReplayId {
    /// The id of these parts under a key of the rememberer's own.
    #[must_use]
    pub fn of(key: &MacKey, parts: &[&[u8]]) -> Self {
        Self(key.code16(parts))
    }

    /// The id that was kept as these bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// To keep.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

/// Whether an assertion or a proof is used for the first time: all that a rule must know.
///
/// It is not a [`Claim`](super::Claim), which is what a memory says, and may be that nobody can tell. A request is refused
/// with 503 then, and gets to no rule; so no rule has to decide what an unknown use is worth.
///
/// ```
/// use helseid_protocol::dpop::{Claim, FirstUse};
///
/// /// What a rule is told; nothing where the request is refused with 503.
/// fn first_use(claim: Claim) -> Option<FirstUse> {
///     match claim {
///         Claim::First => Some(FirstUse::Yes),
///         Claim::Again => Some(FirstUse::No),
///         Claim::Full | Claim::Away | Claim::Forgotten => None,
///     }
/// }
/// assert_eq!(first_use(Claim::Again), Some(FirstUse::No));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FirstUse {
    /// It is; or there is nothing to use, as in a request without a proof.
    Yes,
    /// It was used before.
    No,
}
