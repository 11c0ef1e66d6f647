//! The one file that names the crypto backend: hashes, codes, randomness, signatures, keys.

use aws_lc_rs::{constant_time, digest, hmac, rand};

use crate::random::Random;

/// The operating system's randomness, through the backend.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    #[expect(clippy::expect_used, reason = "without randomness nothing here may go on")]
    fn fill(&self, bytes: &mut [u8]) {
        rand::fill(bytes).expect("the operating system gives random bytes");
    }
}

/// SHA-256.
#[must_use]
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
    out
}

/// SHA-1, for `x5t` and for `kid`s that look like HelseID's; never for a signature.
#[must_use]
pub fn sha1(bytes: &[u8]) -> [u8; 20] {
    let mut out = [0; 20];
    out.copy_from_slice(digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, bytes).as_ref());
    out
}

/// Whether both are equal, in a time that does not tell where they differ.
#[must_use]
pub fn equal(left: &[u8], right: &[u8]) -> bool {
    constant_time::verify_slices_are_equal(left, right).is_ok()
}

/// A key for authentication codes (HMAC-SHA256), for nonces and keyed hashes of this process's own.
pub struct MacKey(hmac::Key);

impl MacKey {
    /// Takes 32 unpredictable bytes.
    #[must_use]
    pub fn new(bytes: &[u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, bytes))
    }

    /// The code over `parts`, each preceded by its length, so that no two lists of parts are the same.
    #[must_use]
    pub fn code(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&self.0);
        for part in parts {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        let mut out = [0; 32];
        out.copy_from_slice(context.sign().as_ref());
        out
    }

    /// The first 16 bytes of [`MacKey::code`].
    #[must_use]
    pub fn code16(&self, parts: &[&[u8]]) -> [u8; 16] {
        let mut out = [0; 16];
        let code = self.code(parts);
        out.copy_from_slice(code.first_chunk::<16>().unwrap_or(&[0; 16]));
        out
    }
}

impl std::fmt::Debug for MacKey {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("MacKey(hidden)")
    }
}
