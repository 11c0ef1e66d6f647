//! Base64url without padding, and in its one canonical form only (RFC 7515 section 2).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Encodes `bytes`.
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Appends the encoding of `bytes` to `text`.
pub fn encode_onto(text: &mut String, bytes: &[u8]) {
    URL_SAFE_NO_PAD.encode_string(bytes, text);
}

/// Decodes `text`; refuses padding, white space, foreign characters and stray trailing bits.
pub fn decode(text: &str) -> Result<Vec<u8>, NotBase64url> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| NotBase64url)
}

/// The text is not canonical unpadded base64url. Says no more, since the text may be a secret.
///
/// ```
/// use helseid_protocol::jose::base64url::{NotBase64url, decode};
///
/// assert_eq!(decode("AQ"), Ok(vec![1]));
/// // Padded, as other encodings have it.
/// assert_eq!(decode("AQ=="), Err(NotBase64url));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is not unpadded base64url")]
pub struct NotBase64url;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_canonical_form_is_read() {
        assert_eq!(decode("AQ"), Ok(vec![1]));
        for text in ["AQ==", "AR", "A", "A Q", "A+", "A/", "AQ\n"] {
            assert_eq!(decode(text), Err(NotBase64url), "{text:?}");
        }
    }
}
