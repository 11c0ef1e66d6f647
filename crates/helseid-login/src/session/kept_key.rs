//! The key of a session's tokens, made when one of them is first used: most requests only ask who is logged in.

use std::sync::{Arc, OnceLock};

use helseid_protocol::jose::base64url;
use zeroize::Zeroizing;

use crate::flow::LoginKey;

/// The key of a session, of which its bytes alone are there until it is used. To make it costs two operations on the curve. Cheap
/// to clone, and made once for all clones. Has no `Debug`.
#[derive(Clone)]
pub(super) struct KeptKey(Arc<Inside>);

struct Inside {
    bytes: Zeroizing<[u8; LoginKey::BYTES]>,
    /// None where the bytes are no key.
    made: OnceLock<Option<LoginKey>>,
}

impl KeptKey {
    /// Reads what [`KeptKey::to_text`] wrote, as far as its length: whether it is a key is seen where it is used.
    pub(super) fn read(text: &str) -> Option<Self> {
        let bytes = Zeroizing::new(base64url::decode(text).ok()?);
        let bytes = Zeroizing::new(<[u8; LoginKey::BYTES]>::try_from(bytes.as_slice()).ok()?);
        Some(Self(Arc::new(Inside { bytes, made: OnceLock::new() })))
    }

    /// As it is sealed.
    pub(super) fn to_text(&self) -> String {
        base64url::encode(&*self.0.bytes)
    }

    /// The key; none if what was kept is not one.
    pub(super) fn key(&self) -> Option<&LoginKey> {
        self.0.made.get_or_init(|| LoginKey::from_bytes(&self.0.bytes[..])).as_ref()
    }

    #[cfg(test)]
    pub(super) fn is_made(&self) -> bool {
        self.0.made.get().is_some()
    }
}

/// What a login brings is a key: a record is sealed with no other.
impl From<LoginKey> for KeptKey {
    fn from(key: LoginKey) -> Self {
        Self(Arc::new(Inside { bytes: key.to_bytes(), made: Some(key).into() }))
    }
}
