//! Where unpredictable bytes come from: passed in, so that a test can know them.

use crate::id::JwtId;
use crate::jose::base64url;

pub use crate::jose::crypto::SystemRandom;
pub use crate::jose::random::Random;

/// 16 bytes.
#[must_use]
pub fn bytes16(source: &dyn Random) -> [u8; 16] {
    let mut bytes = [0; 16];
    source.fill(&mut bytes);
    bytes
}

/// 32 bytes, as for a key or an access secret.
///
/// ```
/// use helseid_protocol::random::{SystemRandom, bytes32};
///
/// assert_ne!(bytes32(&SystemRandom), bytes32(&SystemRandom));
/// ```
#[must_use]
pub fn bytes32(source: &dyn Random) -> [u8; 32] {
    let mut bytes = [0; 32];
    source.fill(&mut bytes);
    bytes
}

/// 128 bits in small hexadecimal, for ids that people type: base64url may begin with a hyphen, like an option.
#[must_use]
pub fn hexadecimal(source: &dyn Random) -> String {
    format!("{:032x}", u128::from_be_bytes(bytes16(source)))
}

/// 128 bits in capital hexadecimal, as HelseID writes the `jti` of its tokens.
#[must_use]
pub fn capital_hexadecimal(source: &dyn Random) -> String {
    format!("{:032X}", u128::from_be_bytes(bytes16(source)))
}

/// A `jti` of 128 bits in base64url.
#[must_use]
pub fn jwt_id(source: &dyn Random) -> JwtId {
    let text = base64url::encode(&bytes16(source));
    JwtId::parse(&text).unwrap_or_else(|_| unreachable!("22 base64url characters are an identifier"))
}
