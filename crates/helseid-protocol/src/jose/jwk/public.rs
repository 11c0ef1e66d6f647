//! Public keys as documents.

use super::InvalidJwk;
use crate::id::{KeyId, Thumbprint};
use crate::jose::json::Object;
use crate::jose::{Algorithm, KeyType};

/// A public key as a JSON document. Members that are not known here are kept.
#[derive(Debug, Clone, PartialEq)]
pub struct PublicJwk {
    key_type: KeyType,
    key_id: Option<KeyId>,
    algorithm: Option<Algorithm>,
    members: Object,
}

impl PublicJwk {
    /// Reads a public key; refuses private members and symmetric keys. Checks the form of the numbers and their size,
    /// not yet that they are a key: [`VerifyKey::new`](super::VerifyKey::new) does.
    pub fn read(json: &[u8]) -> Result<Self, InvalidJwk> {
        Self::from_object(crate::jose::json::read_object(json)?)
    }

    /// The same from an object that was read already.
    pub fn from_object(members: Object) -> Result<Self, InvalidJwk> {
        let _ = members;
        todo!()
    }

    /// `kty` and `crv`.
    #[must_use]
    pub const fn key_type(&self) -> KeyType {
        self.key_type
    }

    /// `kid`.
    #[must_use]
    pub const fn key_id(&self) -> Option<&KeyId> {
        self.key_id.as_ref()
    }

    /// `alg`, if it names one that fits the key.
    #[must_use]
    pub const fn algorithm(&self) -> Option<Algorithm> {
        self.algorithm
    }

    /// Bits of the RSA modulus; the curve's for others.
    #[must_use]
    pub fn bits(&self) -> usize {
        todo!()
    }

    /// The same key under this `kid`.
    #[must_use]
    pub fn with_key_id(self, key_id: KeyId) -> Self {
        let _ = key_id;
        todo!()
    }

    /// The SHA-256 thumbprint over the required members alone (RFC 7638 section 3).
    #[must_use]
    pub fn thumbprint(&self) -> Thumbprint {
        todo!()
    }

    /// Only what says which key it is: `kty` and its numbers, for a proof's header.
    #[must_use]
    pub fn bare(&self) -> Object {
        todo!()
    }

    /// All members.
    #[must_use]
    pub const fn members(&self) -> &Object {
        &self.members
    }

    /// As JSON text.
    #[must_use]
    pub fn to_json(&self) -> String {
        todo!()
    }
}
