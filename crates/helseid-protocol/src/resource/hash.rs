//! What a token is known by without being kept.

use crate::jose::{base64url, crypto};

/// SHA-256 of a token's text: what it is remembered by, and what the `ath` of its proofs must be.
///
/// ```
/// use helseid_protocol::dpop::token_hash;
/// use helseid_protocol::resource::{Credentials, Scheme, TokenHash};
/// use helseid_protocol::rule::Trail;
/// use http::{HeaderMap, HeaderValue, header::AUTHORIZATION};
///
/// let headers = HeaderMap::from_iter([(AUTHORIZATION, HeaderValue::from_static("DPoP eyJhbGciOi"))]);
/// let sent = Credentials::read(&headers, Scheme::Dpop, &mut Trail::new()).ok().flatten();
/// let hash: Option<TokenHash> = sent.map(|sent| *sent.hash());
/// assert_eq!(hash.map(|hash| hash.to_ath()), Some(token_hash("eyJhbGciOi")));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenHash([u8; 32]);

impl TokenHash {
    pub(super) fn of(token: &str) -> Self {
        Self(crypto::sha256(token.as_bytes()))
    }

    /// As `ath` has it: base64url (RFC 9449 section 4.2).
    #[must_use]
    pub fn to_ath(&self) -> String {
        base64url::encode(&self.0)
    }

    /// Two numbers out of it, as evenly spread as the hash.
    #[must_use]
    pub fn halves(&self) -> [u64; 2] {
        let [first, second, ..] = self.0.as_chunks::<8>().0 else { return [0, 0] };
        [u64::from_le_bytes(*first), u64::from_le_bytes(*second)]
    }
}
