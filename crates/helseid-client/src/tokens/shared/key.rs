//! The key that seals shared tokens.

use std::fmt;
use std::sync::Arc;

use helseid_protocol::jose::base64url;
use helseid_protocol::jose::crypto::SealingKey;

/// The key that seals shared tokens. All processes that share them have the same key, and use it for nothing else.
///
/// ```no_run
/// # fn example(config: helseid_client::Config) -> Result<(), Box<dyn std::error::Error>> {
/// use helseid_client::{Client, RedisStore, SharedKey};
///
/// let key = SharedKey::parse(std::fs::read_to_string("/run/secrets/shared-key")?.trim())?;
/// let store = RedisStore::new("rediss://cache.example")?;
/// let client = Client::builder(config).prove_with_client_key().shared_cache(store, key).build()?;
/// # drop(client);
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct SharedKey(Arc<SealingKey>);

/// The text is not 32 bytes in base64url.
///
/// ```
/// use helseid_client::{InvalidSharedKey, SharedKey};
///
/// let read: Result<SharedKey, InvalidSharedKey> = SharedKey::parse("a password");
/// assert!(read.is_err_and(|error| error.to_string().contains("32 bytes")));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidSharedKey;

impl SharedKey {
    /// Takes 32 unpredictable bytes.
    #[must_use]
    pub fn new(bytes: &[u8; 32]) -> Self {
        Self(Arc::new(SealingKey::new(bytes)))
    }

    /// Takes 32 bytes in base64url without padding, as secret stores hold them.
    pub fn parse(text: &str) -> Result<Self, InvalidSharedKey> {
        let bytes = base64url::decode(text.trim()).map_err(|_| InvalidSharedKey)?;
        Ok(Self::new(&bytes.try_into().map_err(|_| InvalidSharedKey)?))
    }

    pub(super) fn seal(&self, place: &str, plain: &[u8]) -> Vec<u8> {
        self.0.seal(place.as_bytes(), plain)
    }

    /// What was sealed for `place`, if this key and that place are the right ones.
    pub(super) fn open(&self, place: &str, sealed: &[u8]) -> Option<zeroize::Zeroizing<Vec<u8>>> {
        self.0.open(place.as_bytes(), sealed)
    }
}

impl fmt::Debug for SharedKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("SharedKey(hidden)")
    }
}

impl fmt::Display for InvalidSharedKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("expected 32 bytes in base64url, which are 43 characters")
    }
}

impl std::error::Error for InvalidSharedKey {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_32_bytes_and_does_not_print() {
        let text = base64url::encode(&[7; 32]);
        assert_eq!(format!("{:?}", SharedKey::parse(&text).unwrap()), "SharedKey(hidden)");
        for wrong in ["", "AAAA", &base64url::encode(&[7; 31]), &base64url::encode(&[7; 33]), "not base64!"] {
            assert!(SharedKey::parse(wrong).is_err(), "{wrong}");
        }
    }
}
