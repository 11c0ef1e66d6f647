//! Why a file gives no key.

use crate::jose::jwk::InvalidJwk;

/// Why a file gives no key. Never repeats what is in the file, but for the names of its keys.
///
/// ```
/// use helseid_protocol::jose::format::{UnreadableKey, public_to_pem, read_private};
/// # use helseid_protocol::jose::{Algorithm, PrivateJwk, RsaSize};
///
/// # let key = PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None);
/// // The wrong one of two files: the public key.
/// let file = public_to_pem(key.public())?;
/// let why = read_private(file.as_bytes(), None).err();
/// assert_eq!(why, Some(UnreadableKey::NoPrivateKey("a public key")));
/// # Ok::<(), UnreadableKey>(())
/// ```
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
    /// A format that is known, and not read: what it is, and how to make of it what is.
    #[error("it is {what}: {next}")]
    Foreign {
        /// What it is.
        what: String,
        /// What to do about it.
        next: &'static str,
    },
    /// A key, but not one that will do.
    #[error("{0}")]
    Jwk(#[from] InvalidJwk),
    /// The bytes are not the structure that their label or their first bytes say.
    #[error("it is not well-formed {0}")]
    Malformed(&'static str),
    /// A key of a kind or curve that HelseID has no use for.
    #[error("its key is of a kind or curve that is not supported; use RSA, P-256, P-384, P-521 or Ed25519")]
    UnknownKind,
    /// An EC key whose curve stands there in numbers.
    #[error(
        "its EC key has explicit parameters in place of its curve's name; name the curve: \
         openssl pkey -in KEY -ec_param_enc named_curve -out NEW.pem"
    )]
    ExplicitCurve,
    /// An RSA key of more than two primes.
    #[error("its RSA key has more than two primes, and only two are supported")]
    ManyPrimes,
    /// No private key is in the file.
    #[error("it holds no private key, only {0}")]
    NoPrivateKey(&'static str),
    /// Several keys where one was meant, by their names.
    #[error(
        "it holds {} keys ({}); name the one that is meant with --alias, key_alias or HELSEID_KEY_ALIAS, or put it into \
         a file of its own",
        .0.len(), .0.join(", ")
    )]
    SeveralKeys(Vec<String>),
    /// None of the keys has the name that was given.
    #[error("none of its keys is named {alias}; it holds {}", .names.join(", "))]
    NoKeyNamed {
        /// The name that was given.
        alias: String,
        /// The names of its keys.
        names: Vec<String>,
    },
    /// A password is needed, and none was given.
    #[error("it is encrypted, and no password was given; give it by HELSEID_KEY_PASSWORD")]
    PasswordMissing,
    /// The password does not open it, or the file was changed.
    #[error("the password does not open it")]
    Password,
    /// Encrypted in a way that is not known here.
    #[error(
        "it is encrypted by {0}, which is not opened here; PBES2 with AES will do: \
         openssl pkcs8 -topk8 -v2 aes-256-cbc -in KEY -out NEW.pem (for RC4 with -provider legacy -provider default)"
    )]
    Scheme(String),
    /// Encrypted in a way that would take too long to open.
    #[error(
        "to open it would take {asked} {unit}, and at most {most} are spent; encrypt it with fewer: \
         openssl pkcs8 -topk8 -iter 600000 -in KEY -out NEW.pem"
    )]
    TooMuchWork {
        /// What the file asks for.
        asked: u64,
        /// The most that is done.
        most: u64,
        /// Of what.
        unit: &'static str,
    },
}
