//! The value of the cookie.

use std::fmt;

use helseid_protocol::jose::base64url;
use helseid_protocol::random::{Random, bytes32};
use zeroize::Zeroizing;

use crate::store::RowId;

/// Bytes of the id.
const ID_BYTES: usize = 16;

/// What a browser holds of its session: the id of the row, and the secret without which it does not open. Does not print.
#[derive(Clone)]
pub struct SessionCookie {
    id: RowId,
    secret: Zeroizing<[u8; 32]>,
}

impl SessionCookie {
    /// How long its text is.
    pub const LENGTH: usize = 64;

    pub(super) fn new(random: &dyn Random) -> Self {
        Self { id: RowId::new(random), secret: Zeroizing::new(bytes32(random)) }
    }

    /// Reads 64 characters of base64url. Does not check whether there is such a session.
    #[must_use]
    pub fn parse(text: &[u8]) -> Option<Self> {
        let text = str::from_utf8(text).ok().filter(|text| text.len() == Self::LENGTH)?;
        let bytes = base64url::decode(text).map(Zeroizing::new).ok()?;
        let (id, secret) = bytes.split_first_chunk::<ID_BYTES>()?;
        let secret: [u8; 32] = secret.try_into().ok()?;
        Some(Self { id: RowId::from_bytes(*id), secret: Zeroizing::new(secret) })
    }

    /// The text, for the one place that sets the cookie: 64 characters of base64url.
    #[must_use]
    pub fn expose(&self) -> Zeroizing<String> {
        let bytes = Zeroizing::new([self.id.as_bytes().as_slice(), self.secret.as_slice()].concat());
        Zeroizing::new(base64url::encode(&bytes))
    }

    pub(super) const fn id(&self) -> &RowId {
        &self.id
    }

    pub(super) fn secret(&self) -> &[u8] {
        &*self.secret
    }
}

impl fmt::Debug for SessionCookie {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("SessionCookie(hidden)")
    }
}
