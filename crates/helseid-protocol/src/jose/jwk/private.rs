//! Private keys as documents: made, read, written.

use std::fmt;

use super::{InvalidJwk, PublicJwk};
use crate::id::KeyId;
use crate::jose::Algorithm;
use crate::secret::PrivateKeyText;

/// Bits of a new RSA key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RsaSize {
    /// 2048 bits, the least that HelseID takes.
    Bits2048,
    /// 3072 bits.
    Bits3072,
    /// 4096 bits, what HelseID's own tools make; takes about a second.
    Bits4096,
}

/// A private key as a JSON document. Does not print, and is wiped on drop.
#[derive(Clone)]
pub struct PrivateJwk {
    public: PublicJwk,
    // private members, zeroizing
}

impl PrivateJwk {
    /// Makes a new key for `algorithm`, with `use` `sig`, `alg`, and `kid` (its thumbprint unless given). The size is
    /// for RSA alone. Takes the backend's randomness; slow for RSA (60 ms to 3 s).
    #[must_use]
    pub fn generate(algorithm: Algorithm, size: RsaSize, key_id: Option<KeyId>) -> Self {
        let _ = (algorithm, size, key_id);
        todo!()
    }

    /// Reads a private key. Missing CRT numbers of an RSA key are refused.
    pub fn read(json: &[u8]) -> Result<Self, InvalidJwk> {
        let _ = json;
        todo!()
    }

    /// The public half.
    #[must_use]
    pub const fn public(&self) -> &PublicJwk {
        &self.public
    }

    /// As JSON text, private members and all.
    #[must_use]
    pub fn to_json(&self) -> PrivateKeyText {
        todo!()
    }
}

impl fmt::Debug for PrivateJwk {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("PrivateJwk").field("public", &self.public).finish_non_exhaustive()
    }
}
