//! Keys of this process's own: for authentication codes, and to seal what others could read.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::hmac;
use zeroize::Zeroizing;

/// A key for authentication codes (HMAC-SHA256), for nonces and keyed hashes of this process's own.
///
/// ```
/// use helseid_protocol::jose::crypto::MacKey;
/// use helseid_protocol::random::{SystemRandom, bytes32};
///
/// let key = MacKey::new(&bytes32(&SystemRandom));
/// let code = key.code(&[b"session", b"15"]);
/// assert_eq!(code, key.code(&[b"session", b"15"]));
/// // The same letters in other parts.
/// assert_ne!(code, key.code(&[b"session1", b"5"]));
/// ```
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

/// Hides what lies where others can read it: AES-256-GCM (NIST SP 800-38D), with a random nonce in front. One key must not
/// seal more than 2^32 times.
///
/// ```
/// use helseid_protocol::jose::crypto::SealingKey;
/// use helseid_protocol::random::{SystemRandom, bytes32};
///
/// let key = SealingKey::new(&bytes32(&SystemRandom));
/// let sealed = key.seal(b"session/15", b"a refresh token");
/// assert!(key.open(b"session/15", &sealed).is_some_and(|plain| *plain == b"a refresh token"));
/// // Moved to the record of another session.
/// assert!(key.open(b"session/16", &sealed).is_none());
/// ```
pub struct SealingKey(RandomizedNonceKey);

impl SealingKey {
    /// Takes 32 unpredictable bytes.
    #[must_use]
    #[expect(clippy::expect_used, reason = "the key has the algorithm's length")]
    pub fn new(bytes: &[u8; 32]) -> Self {
        Self(RandomizedNonceKey::new(&AES_256_GCM, bytes).expect("a key of 32 bytes"))
    }

    /// Seals `plain` for one place: at another, which has another name, it does not open.
    #[must_use]
    #[expect(clippy::expect_used, reason = "fails for texts of 64 GiB and without randomness")]
    pub fn seal(&self, place: &[u8], plain: &[u8]) -> Vec<u8> {
        let mut text = plain.to_vec();
        let nonce = self.0.seal_in_place_append_tag(Aad::from(place), &mut text).expect("a sealed text");
        let mut sealed = nonce.as_ref().to_vec();
        sealed.append(&mut text);
        sealed
    }

    /// Opens what this key sealed for this place; nothing if anything was changed.
    #[must_use]
    pub fn open(&self, place: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, text) = sealed.split_first_chunk::<NONCE_LEN>()?;
        let mut text = Zeroizing::new(text.to_vec());
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let length = self.0.open_in_place(nonce, Aad::from(place), &mut text).ok()?.len();
        text.truncate(length);
        Some(text)
    }
}

impl std::fmt::Debug for SealingKey {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("SealingKey(hidden)")
    }
}
