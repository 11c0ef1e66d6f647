//! Why a file gives no key.

use crate::jose::jwk::InvalidJwk;

/// Why a file gives no key. Never repeats what is in the file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UnreadableKey {
    /// Larger than [`MAX_FILE_BYTES`](super::MAX_FILE_BYTES).
    #[error("it has {0} bytes, and a key file has at most 262144")]
    TooLarge(usize),
    /// Nothing known begins this way.
    #[error(
        "its format is not known: expected a JWK, a JWK Set, PEM or DER (PKCS#8, PKCS#1, SEC1, SPKI, X.509), PKCS#12, \
         XML RSAKeyValue or NHN's configuration file"
    )]
    UnknownFormat,
    /// A key, but not one that will do.
    #[error("{0}")]
    Jwk(#[from] InvalidJwk),
    /// The bytes are not the structure that their label or their first bytes say.
    #[error("it is not well-formed {0}")]
    Malformed(&'static str),
    /// A key of a kind or curve that HelseID has no use for.
    #[error(
        "its key is of a kind or curve that is not known here; RSA, P-256, P-384, P-521 or Ed25519 will do"
    )]
    UnknownKind,
    /// An RSA key of more than two primes.
    #[error("its RSA key has more than two primes, and two will do")]
    ManyPrimes,
    /// No private key is in the file.
    #[error("it holds no private key, only {0}")]
    NoPrivateKey(&'static str),
    /// Several keys where one was expected.
    #[error("it holds {0} keys, and exactly one was expected")]
    NotOneKey(usize),
    /// A password is needed, and none was given.
    #[error("it is encrypted, and no password was given; give it by HELSEID_KEY_PASSWORD")]
    PasswordMissing,
    /// The password does not open it, or the file was changed.
    #[error("the password does not open it")]
    Password,
    /// Encrypted in a way that is not known here.
    #[error(
        "it is encrypted by a scheme that is not known here; PBES2 with AES, or PKCS#12's own RC2 and 3DES will do"
    )]
    Encryption,
}
