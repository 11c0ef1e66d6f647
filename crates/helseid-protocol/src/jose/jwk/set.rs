//! JWK Sets (RFC 7517 section 5).

use super::{InvalidJwk, PublicJwk};

/// Public keys as a set. Keys that cannot be used are passed over, as RFC 7517 section 5 says, and counted.
#[derive(Debug, Clone, Default)]
pub struct JwkSet {
    keys: Vec<PublicJwk>,
    skipped: Vec<InvalidJwk>,
}

/// The most keys of a set that are read.
pub const MAX_KEYS: usize = 100;

impl JwkSet {
    /// A set of these keys.
    #[must_use]
    pub const fn new(keys: Vec<PublicJwk>) -> Self {
        Self { keys, skipped: Vec::new() }
    }

    /// Reads `{"keys": [..]}` with at most [`MAX_KEYS`] keys.
    pub fn read(json: &[u8]) -> Result<Self, InvalidJwk> {
        let _ = json;
        todo!()
    }

    /// The keys that can be used.
    #[must_use]
    pub fn keys(&self) -> &[PublicJwk] {
        &self.keys
    }

    /// Why each other key cannot be used.
    #[must_use]
    pub fn skipped(&self) -> &[InvalidJwk] {
        &self.skipped
    }

    /// As JSON text.
    #[must_use]
    pub fn to_json(&self) -> String {
        todo!()
    }
}
