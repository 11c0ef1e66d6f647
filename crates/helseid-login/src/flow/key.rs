//! The key that the tokens of one login are bound to.

use std::fmt;
use std::sync::{Arc, OnceLock};

use helseid_client::protocol::dpop::ProofKey;
use helseid_protocol::id::Thumbprint;
use helseid_protocol::jose::{Algorithm, PrivateJwk, RsaSize, SigningKey, base64url};
use serde::Deserialize;
use zeroize::{Zeroize as _, Zeroizing};

/// Bytes of one number of the key, which is on P-256.
const NUMBER_BYTES: usize = 32;

/// The key that makes the DPoP proofs of one login: new for each, and never used by another (ES256). Cheap to clone. It does not
/// print; whoever keeps it must seal it.
///
/// ```
/// use helseid_login::flow::LoginKey;
///
/// let key = LoginKey::generate();
/// // Kept sealed beside the tokens that are bound to it, and read again at another replica.
/// let kept = key.to_bytes();
/// let same = LoginKey::from_bytes(&*kept).ok_or("not a key")?;
/// assert_eq!(same.thumbprint(), key.thumbprint());
/// # Ok::<(), &str>(())
/// ```
#[derive(Clone)]
pub struct LoginKey(Arc<Inside>);

struct Inside {
    bytes: Zeroizing<[u8; LoginKey::BYTES]>,
    thumbprint: Thumbprint,
    /// Of a key that was just made, not until it is used: a login begins with the thumbprint alone.
    proof_key: OnceLock<Arc<ProofKey>>,
}

/// The numbers of a private key, as its document has them.
#[derive(Deserialize)]
struct Numbers {
    d: String,
    x: String,
    y: String,
}

impl Drop for Numbers {
    fn drop(&mut self) {
        self.d.zeroize();
    }
}

impl LoginKey {
    /// How many bytes it is kept as: three numbers, `d`, `x` and `y`.
    pub const BYTES: usize = 3 * NUMBER_BYTES;

    /// Makes a new one, with the randomness of the crypto backend.
    #[must_use]
    #[expect(clippy::expect_used, reason = "the backend makes keys of the right form")]
    pub fn generate() -> Self {
        let jwk = PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None);
        let numbers: Numbers = serde_json::from_str(jwk.to_json().expose()).expect("a key of a curve");
        let mut bytes = Zeroizing::new([0; Self::BYTES]);
        for (place, number) in bytes.chunks_exact_mut(NUMBER_BYTES).zip([&numbers.d, &numbers.x, &numbers.y])
        {
            place.copy_from_slice(&Zeroizing::new(base64url::decode(number).expect("base64url")));
        }
        let thumbprint = jwk.public().thumbprint();
        Self(Arc::new(Inside { bytes, thumbprint, proof_key: OnceLock::new() }))
    }

    /// Reads what [`LoginKey::to_bytes`] wrote; none if it is anything else, such as numbers that do not belong together.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let bytes: [u8; Self::BYTES] = bytes.try_into().ok()?;
        let bytes = Zeroizing::new(bytes);
        let proof_key = proof_key(&bytes)?;
        let thumbprint = proof_key.thumbprint().clone();
        Some(Self(Arc::new(Inside { bytes, thumbprint, proof_key: Arc::new(proof_key).into() })))
    }

    /// The private key, for whoever seals it.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<[u8; Self::BYTES]> {
        self.0.bytes.clone()
    }

    /// What tokens are bound to: `dpop_jkt`, and `jkt` in `cnf`.
    #[must_use]
    pub fn thumbprint(&self) -> &Thumbprint {
        &self.0.thumbprint
    }

    /// What makes the proofs, for [`CallBuilder::bound_token`](helseid_client::CallBuilder::bound_token).
    #[must_use]
    #[expect(clippy::expect_used, reason = "bytes of others were read before; else the backend made them")]
    pub fn proof_key(&self) -> &Arc<ProofKey> {
        let Inside { bytes, proof_key: made, .. } = &*self.0;
        made.get_or_init(|| Arc::new(proof_key(bytes).expect("a key that was just made")))
    }
}

/// The key of three numbers; none if they do not belong together, which costs a signature to find out.
fn proof_key(bytes: &[u8; LoginKey::BYTES]) -> Option<ProofKey> {
    let mut numbers = bytes.chunks_exact(NUMBER_BYTES).map(base64url::encode);
    let (d, x, y) = (Zeroizing::new(numbers.next()?), numbers.next()?, numbers.next()?);
    let json = Zeroizing::new(format!(
        r#"{{"kty":"EC","crv":"P-256","alg":"ES256","d":"{}","x":"{x}","y":"{y}"}}"#,
        *d
    ));
    let jwk = PrivateJwk::read(json.as_bytes()).ok()?;
    Some(ProofKey::new(SigningKey::new(&jwk).ok()?))
}

impl fmt::Debug for LoginKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("LoginKey").field("thumbprint", self.thumbprint()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_as_it_was_written_and_each_is_another() {
        let (key, other) = (LoginKey::generate(), LoginKey::generate());
        assert_ne!(key.thumbprint(), other.thumbprint());
        let again = LoginKey::from_bytes(&key.to_bytes()[..]).unwrap();
        assert_eq!(again.thumbprint(), key.thumbprint());
        assert_eq!(key.proof_key().thumbprint(), key.thumbprint());
        let d = base64url::encode(&key.to_bytes()[..NUMBER_BYTES]);
        assert!(!format!("{key:?}").contains(&d));
    }

    #[test]
    fn numbers_that_do_not_belong_together_are_no_key() {
        let (key, other) = (LoginKey::generate().to_bytes(), LoginKey::generate().to_bytes());
        let mut mixed = key.clone();
        mixed[..NUMBER_BYTES].copy_from_slice(&other[..NUMBER_BYTES]);
        for bytes in [&mixed[..], &[0; LoginKey::BYTES], &key[1..], &[]] {
            assert!(LoginKey::from_bytes(bytes).is_none());
        }
    }
}
