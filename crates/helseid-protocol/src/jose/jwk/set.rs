//! JWK Sets (RFC 7517 section 5).

use serde_json::Value;

use super::{InvalidJwk, PublicJwk};
use crate::jose::json::{self, InvalidJson};

/// Public keys as a set. Keys that cannot be used are passed over, as RFC 7517 section 5 says, and counted.
///
/// ```
/// use helseid_protocol::jose::{Algorithm, JwkSet, PrivateJwk, RsaSize};
///
/// let key = PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None);
/// let published = JwkSet::new(vec![key.public().clone()]).to_json();
/// let read = JwkSet::read(published.as_bytes())?;
/// assert_eq!((read.keys().len(), read.skipped().len()), (1, 0));
/// # Ok::<(), helseid_protocol::jose::InvalidJwk>(())
/// ```
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
        let mut members = json::read_object(json)?;
        let documents = match members.remove("keys") {
            None => return Err(InvalidJwk::Missing("keys")),
            Some(Value::Array(documents)) if documents.len() <= MAX_KEYS => documents,
            Some(_) => return Err(InvalidJwk::Member("keys", "an array of at most 100 keys")),
        };
        let mut set = Self::default();
        for document in documents {
            let key = match document {
                Value::Object(members) => PublicJwk::from_object(members),
                _ => Err(InvalidJson::NotAnObject.into()),
            };
            match key {
                Ok(key) => set.keys.push(key),
                Err(why) => set.skipped.push(why),
            }
        }
        Ok(set)
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
        let keys: Vec<_> = self.keys.iter().map(PublicJwk::to_json).collect();
        format!("{{\"keys\":[{}]}}", keys.join(","))
    }
}
