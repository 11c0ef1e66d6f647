//! The compact form (RFC 7515 section 7.1), whatever the payload.

use std::sync::Arc;

use super::{BadSignature, Header, Malformed};
use crate::jose::json::{self, Object};
use crate::jose::{Algorithm, VerifyKey, base64url};

/// A text of three base64url parts with a strict header. The payload may be any bytes, or none.
///
/// ```
/// use helseid_protocol::jose::base64url;
/// use helseid_protocol::jose::jws::{Compact, MAX_BYTES};
/// # use helseid_protocol::jose::{Algorithm, PrivateJwk, RsaSize, SigningKey, VerifyKey};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let key = SigningKey::new(&PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None))?;
/// # let known = VerifyKey::new(key.public().clone())?;
/// // {"alg":"ES256"}, and the three letters "hei", which are no JSON.
/// let signing_input = "eyJhbGciOiJFUzI1NiJ9.aGVp";
/// let signature = base64url::encode(&key.sign(signing_input.as_bytes()));
/// let text = format!("{signing_input}.{signature}");
/// assert_eq!(Compact::parse(&text, MAX_BYTES)?.verify(&known, Algorithm::ES256)?, b"hei");
/// # Ok(()) }
/// ```
pub struct Compact<'a> {
    pub(super) header: Arc<Header>,
    pub(super) payload: Vec<u8>,
    pub(super) signing_input: &'a str,
    pub(super) signature: Vec<u8>,
}

impl<'a> Compact<'a> {
    /// Takes a text of at most `limit` bytes apart. Checks its form and nothing else.
    pub fn parse(text: &'a str, limit: usize) -> Result<Self, Malformed> {
        Self::parse_with(text, limit, |header| {
            Header::from_object(object("header", &bytes("header", header)?)?).map(Arc::new)
        })
    }

    /// The same with a `header` that its caller reads, or knows from an earlier text with the very same part.
    pub(super) fn parse_with(
        text: &'a str,
        limit: usize,
        read: impl FnOnce(&str) -> Result<Arc<Header>, Malformed>,
    ) -> Result<Self, Malformed> {
        if text.len() > limit {
            return Err(Malformed::TooLong(text.len(), limit));
        }
        let mut parts = text.split('.');
        let (Some(header), Some(payload), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(Malformed::Parts(text.split('.').count()));
        };
        let header = read(header)?;
        if signature.is_empty() && header.alg().eq_ignore_ascii_case("none") {
            return Err(Malformed::Unsigned(header.alg().to_owned()));
        }
        let payload = base64url::decode(payload).map_err(|_| Malformed::Base64("payload"))?;
        let signature = bytes("signature", signature)?;
        let signing_input = text.rsplit_once('.').map_or(text, |(signing_input, _)| signing_input);
        Ok(Self { header, payload, signing_input, signature })
    }

    /// The header, on which nothing may rest but the choice of a key.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The payload if the signature is by `key` with `algorithm`, which the caller has found to be allowed.
    pub fn verify(self, key: &VerifyKey, algorithm: Algorithm) -> Result<Vec<u8>, BadSignature> {
        if self.is_signed_by(key, algorithm) { Ok(self.payload) } else { Err(BadSignature) }
    }

    /// Whether the signature is by `key` with `algorithm`; for trying several keys.
    #[must_use]
    pub fn is_signed_by(&self, key: &VerifyKey, algorithm: Algorithm) -> bool {
        // An algorithm that the header does not name is a slip of our caller: never a good signature.
        self.header.algorithm() == Some(algorithm)
            && key.verify(algorithm, self.signing_input.as_bytes(), &self.signature).is_ok()
    }
}

pub(super) fn object(name: &'static str, json: &[u8]) -> Result<Object, Malformed> {
    json::read_object(json).map_err(|why| Malformed::Json(name, why))
}

fn bytes(name: &'static str, part: &str) -> Result<Vec<u8>, Malformed> {
    if part.is_empty() {
        return Err(Malformed::Empty(name));
    }
    base64url::decode(part).map_err(|_| Malformed::Base64(name))
}
