//! The closed list of signature algorithms (RFC 7518 section 3.1, RFC 8037 section 3.1).

use std::fmt;

/// A signature algorithm. Symmetric ones and `none` do not exist here.
///
/// ```
/// use helseid_protocol::jose::Algorithm;
///
/// assert_eq!(Algorithm::by_name("PS256"), Some(Algorithm::PS256));
/// // Symmetric ones and none have no value here.
/// assert_eq!((Algorithm::by_name("HS256"), Algorithm::by_name("none")), (None, None));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    RS256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    RS384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    RS512,
    /// RSASSA-PSS with SHA-256.
    PS256,
    /// RSASSA-PSS with SHA-384.
    PS384,
    /// RSASSA-PSS with SHA-512.
    PS512,
    /// ECDSA on P-256 with SHA-256.
    ES256,
    /// ECDSA on P-384 with SHA-384.
    ES384,
    /// ECDSA on P-521 with SHA-512.
    ES512,
    /// Ed25519; for profile `fapi2` only. Written `EdDSA`, and read as `Ed25519` too (RFC 9864 section 2.2).
    EdDSA,
}

/// The kind of key that an algorithm takes: `kty`, and the curve where there is one.
///
/// ```
/// use helseid_protocol::jose::{Algorithm, KeyType};
///
/// assert_eq!(Algorithm::ES384.key_type(), KeyType::P384);
/// assert_eq!(KeyType::P384.preferred_algorithm(), Algorithm::ES384);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyType {
    /// `RSA`.
    Rsa,
    /// `EC` on P-256.
    P256,
    /// `EC` on P-384.
    P384,
    /// `EC` on P-521.
    P521,
    /// `OKP` with Ed25519.
    Ed25519,
}

impl Algorithm {
    /// Every algorithm of the list.
    pub const ALL: [Self; 10] = [
        Self::RS256,
        Self::RS384,
        Self::RS512,
        Self::PS256,
        Self::PS384,
        Self::PS512,
        Self::ES256,
        Self::ES384,
        Self::ES512,
        Self::EdDSA,
    ];

    /// The algorithm of this exact name; names are case-sensitive (RFC 7515 section 4.1.1).
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        // `EdDSA` takes Ed25519 keys alone here, which `Ed25519` says in its name.
        let name = if name == "Ed25519" { "EdDSA" } else { name };
        Self::ALL.into_iter().find(|algorithm| algorithm.name() == name)
    }

    const fn bit(self) -> u16 {
        1 << self as u16
    }

    /// As `alg` has it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::RS256 => "RS256",
            Self::RS384 => "RS384",
            Self::RS512 => "RS512",
            Self::PS256 => "PS256",
            Self::PS384 => "PS384",
            Self::PS512 => "PS512",
            Self::ES256 => "ES256",
            Self::ES384 => "ES384",
            Self::ES512 => "ES512",
            Self::EdDSA => "EdDSA",
        }
    }

    /// The kind of key that it takes, and the only one.
    #[must_use]
    pub const fn key_type(self) -> KeyType {
        match self {
            Self::RS256 | Self::RS384 | Self::RS512 | Self::PS256 | Self::PS384 | Self::PS512 => KeyType::Rsa,
            Self::ES256 => KeyType::P256,
            Self::ES384 => KeyType::P384,
            Self::ES512 => KeyType::P521,
            Self::EdDSA => KeyType::Ed25519,
        }
    }
}

impl KeyType {
    /// The algorithm that a key signs with which names none: PS256, or the one of its curve.
    #[must_use]
    pub const fn preferred_algorithm(self) -> Algorithm {
        match self {
            Self::Rsa => Algorithm::PS256,
            Self::P256 => Algorithm::ES256,
            Self::P384 => Algorithm::ES384,
            Self::P521 => Algorithm::ES512,
            Self::Ed25519 => Algorithm::EdDSA,
        }
    }

    /// `kty`.
    #[must_use]
    pub const fn kty(self) -> &'static str {
        match self {
            Self::Rsa => "RSA",
            Self::P256 | Self::P384 | Self::P521 => "EC",
            Self::Ed25519 => "OKP",
        }
    }

    /// `crv`, where there is one.
    #[must_use]
    pub const fn curve(self) -> Option<&'static str> {
        match self {
            Self::Rsa => None,
            Self::P256 => Some("P-256"),
            Self::P384 => Some("P-384"),
            Self::P521 => Some("P-521"),
            Self::Ed25519 => Some("Ed25519"),
        }
    }

    /// The kind with this `kty` and `crv`.
    #[must_use]
    pub fn by_names(kty: &str, curve: Option<&str>) -> Option<Self> {
        let mut all = [Self::Rsa, Self::P256, Self::P384, Self::P521, Self::Ed25519].into_iter();
        all.find(|key_type| key_type.kty() == kty && (*key_type == Self::Rsa || key_type.curve() == curve))
    }

    /// Bytes of a coordinate, and of the private number, where there is a curve.
    pub(super) const fn coordinate_bytes(self) -> Option<usize> {
        match self {
            Self::Rsa => None,
            Self::P256 | Self::Ed25519 => Some(32),
            Self::P384 => Some(48),
            Self::P521 => Some(66),
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

impl std::str::FromStr for Algorithm {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::by_name(text).ok_or_else(|| {
            let names: Vec<_> = Self::ALL.iter().map(|algorithm| algorithm.name()).collect();
            format!("no such algorithm: expected one of {}, got {text:?}", names.join(", "))
        })
    }
}

/// Algorithms without doubles, in the order of [`Algorithm::ALL`].
///
/// ```
/// use helseid_protocol::jose::{Algorithm, AlgorithmSet};
///
/// let few = AlgorithmSet::of(&[Algorithm::PS256, Algorithm::ES256]);
/// assert_eq!(few.by_name("ES256"), Some(Algorithm::ES256));
/// assert_eq!(few.by_name("RS256"), None);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AlgorithmSet(u16);

impl AlgorithmSet {
    /// The nine that HelseID takes.
    pub const HELSEID: Self = Self::of(&[
        Algorithm::RS256,
        Algorithm::RS384,
        Algorithm::RS512,
        Algorithm::PS256,
        Algorithm::PS384,
        Algorithm::PS512,
        Algorithm::ES256,
        Algorithm::ES384,
        Algorithm::ES512,
    ]);

    /// These.
    #[must_use]
    pub const fn of(algorithms: &[Algorithm]) -> Self {
        let mut bits = 0;
        let mut rest = algorithms;
        while let [algorithm, others @ ..] = rest {
            bits |= algorithm.bit();
            rest = others;
        }
        Self(bits)
    }

    /// Whether `algorithm` is among them.
    #[must_use]
    pub const fn contains(self, algorithm: Algorithm) -> bool {
        self.0 & algorithm.bit() != 0
    }

    /// Each of them.
    pub fn iter(self) -> impl Iterator<Item = Algorithm> {
        Algorithm::ALL.into_iter().filter(move |algorithm| self.contains(*algorithm))
    }

    /// The names, as metadata and challenges have them.
    #[must_use]
    pub fn names(self) -> Vec<&'static str> {
        self.iter().map(Algorithm::name).collect()
    }

    /// The algorithm named `name`, if it is one of these (RFC 8725 section 3.1).
    #[must_use]
    pub fn by_name(self, name: &str) -> Option<Algorithm> {
        Algorithm::by_name(name).filter(|algorithm| self.contains(*algorithm))
    }
}
