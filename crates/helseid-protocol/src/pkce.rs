//! Proof Key for Code Exchange (RFC 7636): a code is of use to the one alone who asked for it. `S256` is the only method.

use std::fmt;

use secrecy::{ExposeSecret as _, SecretString};

use crate::jose::{base64url, crypto};
use crate::random::{Random, bytes32};
use crate::rule::Facts;

/// `code_challenge_method`.
pub const METHOD: &str = "S256";

/// What an authorization request promises: the hash of a verifier (RFC 7636 section 4.2). Not a secret.
///
/// ```
/// use helseid_protocol::pkce::{CodeChallenge, CodeVerifier};
///
/// // The pair of RFC 7636 appendix B.
/// let challenge = CodeChallenge::parse("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")?;
/// let verifier = CodeVerifier::parse("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")?;
/// assert!(challenge.is_of(&verifier));
/// # Ok::<(), helseid_protocol::rule::Facts>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(transparent)]
pub struct CodeChallenge(Box<str>);

/// What redeems the code: a random text (RFC 7636 section 4.1).
///
/// ```
/// use helseid_protocol::pkce::{CodeChallenge, CodeVerifier};
/// use helseid_protocol::random::SystemRandom;
///
/// // A client keeps the verifier for the token endpoint, and sends its hash ahead.
/// let verifier = CodeVerifier::new(&SystemRandom);
/// let code_challenge = CodeChallenge::of(&verifier);
/// assert_eq!(code_challenge.as_str().len(), 43);
/// assert!(!code_challenge.is_of(&CodeVerifier::new(&SystemRandom)));
/// ```
#[derive(Clone)]
pub struct CodeVerifier(SecretString);

impl CodeChallenge {
    /// Takes the unpadded base64url of 32 bytes: 43 characters.
    pub fn parse(text: &str) -> Result<Self, Facts> {
        const EXPECTED: &str = "43 base64url characters, of a SHA-256 hash";
        let is_hash = text.len() == 43 && base64url::decode(text).is_ok_and(|hash| hash.len() == 32);
        if is_hash { Ok(Self(text.into())) } else { Err(Facts::value(EXPECTED, text)) }
    }

    /// The challenge of a verifier.
    #[must_use]
    pub fn of(verifier: &CodeVerifier) -> Self {
        Self(base64url::encode(&crypto::sha256(verifier.expose().as_bytes())).into())
    }

    /// Whether `verifier` is the one that the challenge was made of (RFC 7636 section 4.6).
    #[must_use]
    pub fn is_of(&self, verifier: &CodeVerifier) -> bool {
        crypto::equal(self.0.as_bytes(), Self::of(verifier).0.as_bytes())
    }

    /// The text as it stands on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl CodeVerifier {
    /// Takes 43 to 128 of the characters that URLs never escape. The facts of another do not repeat it.
    pub fn parse(text: &str) -> Result<Self, Facts> {
        const EXPECTED: &str = "43 to 128 letters, digits and -._~";
        let is_unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        if !(43..=128).contains(&text.len()) {
            return Err(Facts::new(EXPECTED, format_args!("{} bytes", text.len())));
        }
        if text.bytes().all(is_unreserved) {
            Ok(Self(SecretString::from(text)))
        } else {
            Err(Facts::new(EXPECTED, "other characters"))
        }
    }

    /// A new one of 256 bits.
    #[must_use]
    pub fn new(random: &dyn Random) -> Self {
        Self(SecretString::from(base64url::encode(&bytes32(random))))
    }

    /// The text, for the one place that must send or check it.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for CodeVerifier {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("CodeVerifier(hidden)")
    }
}

impl<'de> serde::Deserialize<'de> for CodeChallenge {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(from)?;
        Self::parse(&text).map_err(|_| serde::de::Error::custom("no code_challenge"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7636 appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    #[test]
    fn the_verifier_of_the_rfc_meets_its_challenge_and_no_other_does() {
        let verifier = CodeVerifier::parse(VERIFIER).expect("a verifier");
        let challenge = CodeChallenge::parse(CHALLENGE).expect("a challenge");
        assert_eq!(CodeChallenge::of(&verifier), challenge);
        assert!(challenge.is_of(&verifier));
        let other = CodeVerifier::parse(&VERIFIER.replace('d', "e")).expect("a verifier");
        assert!(!challenge.is_of(&other));
        assert_eq!(format!("{verifier:?}"), "CodeVerifier(hidden)");
    }

    #[test]
    fn a_verifier_has_43_to_128_unreserved_characters() {
        for length in [43, 128] {
            assert!(CodeVerifier::parse(&"~".repeat(length)).is_ok());
        }
        for text in ["~".repeat(42), "~".repeat(129), format!("{}+", "a".repeat(43)), "\u{e5}".repeat(43)] {
            let facts = CodeVerifier::parse(&text).expect_err(&text);
            assert!(!facts.got.contains(&text), "{facts:?}");
        }
    }

    #[test]
    fn a_challenge_is_a_hash() {
        let longer = format!("{CHALLENGE}A");
        let padded = format!("{CHALLENGE}=");
        // The last character has bits that no hash of 32 bytes has.
        let loose = CHALLENGE.replace("-cM", "-cN");
        for text in ["", VERIFIER.get(1..).unwrap(), &longer, &padded, &loose, &CHALLENGE.replace('-', "+")] {
            assert!(CodeChallenge::parse(text).is_err(), "{text}");
        }
        assert!(serde_json::from_str::<CodeChallenge>("\"plain\"").is_err());
    }
}
