//! Private keys as documents: made, read, written.

use std::fmt;

use serde_json::Value;
use zeroize::Zeroizing;

use super::{InvalidJwk, PublicJwk, write};
use crate::id::KeyId;
#[cfg(feature = "format")]
use crate::jose::crypto::PublicNumbers;
use crate::jose::crypto::{self, PrivateNumbers, Secret};
use crate::jose::json::{self, Object};
use crate::jose::{Algorithm, KeyType, base64url};
use crate::secret::PrivateKeyText;

/// Bits of a new RSA key.
///
/// ```
/// use helseid_protocol::jose::RsaSize;
///
/// assert_eq!(RsaSize::Bits3072.bits(), 3072);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RsaSize {
    /// 2048 bits, the least that HelseID takes.
    Bits2048,
    /// 3072 bits.
    Bits3072,
    /// 4096 bits, what HelseID's own tools make; takes about a second.
    Bits4096,
}

impl RsaSize {
    /// The number.
    #[must_use]
    pub const fn bits(self) -> u16 {
        match self {
            Self::Bits2048 => 2048,
            Self::Bits3072 => 3072,
            Self::Bits4096 => 4096,
        }
    }
}

/// A private key as a JSON document. Does not print, and is wiped on drop.
///
/// ```
/// use helseid_protocol::id::KeyId;
/// use helseid_protocol::jose::{Algorithm, PrivateJwk, RsaSize};
///
/// let key = PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, KeyId::parse("2026").ok());
/// // To register, and to keep.
/// let (public, private) = (key.public().to_json(), key.to_json());
/// assert!(!public.contains(r#""d""#) && private.expose().contains(r#""d""#));
/// ```
#[derive(Clone)]
pub struct PrivateJwk {
    public: PublicJwk,
    numbers: PrivateNumbers,
}

impl PrivateJwk {
    /// Makes a new key for `algorithm`, with `use` `sig`, `alg`, and `kid` (its thumbprint unless given). The size is
    /// for RSA alone. Takes the backend's randomness; slow for RSA (60 ms to 3 s).
    #[must_use]
    #[expect(
        clippy::expect_used,
        reason = "fails only without randomness or memory, when nothing here may go on"
    )]
    pub fn generate(algorithm: Algorithm, size: RsaSize, key_id: Option<KeyId>) -> Self {
        let made = match algorithm.key_type() {
            KeyType::Rsa => crypto::generate_rsa(size.bits()),
            key_type => crypto::generate_on_curve(key_type),
        };
        let (public, numbers) = made.expect("the backend makes a key");
        let public = PublicJwk::from_numbers(algorithm.key_type(), Some(algorithm), &public)
            .expect("the backend makes keys of the right form");
        let key_id = key_id.unwrap_or_else(|| {
            KeyId::parse(public.thumbprint().as_str()).expect("a thumbprint is an identifier")
        });
        Self { public: public.with_key_id(key_id), numbers }
    }

    /// Reads a private key. Missing CRT numbers of an RSA key are refused.
    pub fn read(json: &[u8]) -> Result<Self, InvalidJwk> {
        Self::from_object(json::read_object(json)?)
    }

    /// The same from an object that was read already.
    pub(in crate::jose) fn from_object(mut members: Object) -> Result<Self, InvalidJwk> {
        // Taken out before anything can fail, so that every one is wiped.
        let mut secrets = Secrets::take_from(&mut members);
        let public = PublicJwk::from_object(members)?;
        let numbers = match public.key_type().coordinate_bytes() {
            None if secrets.holds("oth") => {
                return Err(InvalidJwk::Member("oth", "known here, and a key of two primes needs none"));
            }
            None => PrivateNumbers::Rsa {
                d: secrets.number("d")?,
                p: secrets.number("p")?,
                q: secrets.number("q")?,
                dp: secrets.number("dp")?,
                dq: secrets.number("dq")?,
                qi: secrets.number("qi")?,
            },
            Some(length) => match secrets.number("d")? {
                d if d.len() == length => PrivateNumbers::Curve { d },
                _ => return Err(InvalidJwk::Member("d", "as long as the numbers of its curve are")),
            },
        };
        Ok(Self { public, numbers })
    }

    /// The public half.
    #[must_use]
    pub const fn public(&self) -> &PublicJwk {
        &self.public
    }

    /// The document of these numbers. Does not check that both halves belong together.
    #[cfg(feature = "format")]
    pub(in crate::jose) fn from_numbers(
        key_type: KeyType,
        public: &PublicNumbers,
        numbers: PrivateNumbers,
    ) -> Result<Self, InvalidJwk> {
        Ok(Self { public: PublicJwk::from_numbers(key_type, None, public)?, numbers })
    }

    /// The same key, with its public half as `change` makes it: another `kid`, another `alg`.
    #[must_use]
    pub fn map_public(self, change: impl FnOnce(PublicJwk) -> PublicJwk) -> Self {
        Self { public: change(self.public), numbers: self.numbers }
    }

    pub(in crate::jose) const fn numbers(&self) -> &PrivateNumbers {
        &self.numbers
    }

    /// As JSON text, private members and all: `kty`, the numbers, `kid`, `use`, `alg`, then the rest.
    #[must_use]
    pub fn to_json(&self) -> PrivateKeyText {
        let secrets: &[(&str, &[u8])] = match &self.numbers {
            PrivateNumbers::Rsa { d, p, q, dp, dq, qi } => {
                &[("d", d), ("p", p), ("q", q), ("dp", dp), ("dq", dq), ("qi", qi)]
            }
            PrivateNumbers::Curve { d } => &[("d", d)],
        };
        PrivateKeyText::new(write::document(self.public.members(), secrets).as_str())
    }
}

impl fmt::Debug for PrivateJwk {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("PrivateJwk").field("public", &self.public).finish_non_exhaustive()
    }
}

/// The private members of a document; each is wiped on drop.
struct Secrets(Vec<(&'static str, Option<Zeroizing<String>>)>);

impl Secrets {
    fn take_from(members: &mut Object) -> Self {
        let text = |value| match value {
            Value::String(text) => Some(Zeroizing::new(text)),
            _ => None,
        };
        let said = |value: &Value| !super::public::says_nothing(value);
        let take = |name| members.remove(name).filter(said).map(|value| (name, text(value)));
        Self(super::public::PRIVATE.into_iter().filter_map(take).collect())
    }

    fn holds(&self, name: &str) -> bool {
        self.0.iter().any(|(own, _)| *own == name)
    }

    fn number(&mut self, name: &'static str) -> Result<Secret, InvalidJwk> {
        let (_, text) = self.0.iter().find(|(own, _)| *own == name).ok_or(InvalidJwk::Missing(name))?;
        let text = text.as_ref().ok_or(InvalidJwk::Member(name, "a string"))?;
        let number = base64url::decode(text).map_err(|_| InvalidJwk::Member(name, "unpadded base64url"))?;
        Ok(Zeroizing::new(number))
    }
}
