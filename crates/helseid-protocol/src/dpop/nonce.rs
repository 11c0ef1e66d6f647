//! A server's nonces (RFC 9449 section 8): the time, authenticated. Nothing is stored, so any replica with the key can
//! check what another gave out; one nonce serves many proofs until it is a minute old.

use std::fmt;
use std::time::Duration;

use crate::jose::base64url;
use crate::jose::crypto::{self, MacKey};
use crate::rule::Facts;
use crate::time::Timestamp;

/// How long a nonce is good: 60 s.
pub const NONCE_LIFETIME: Duration = Duration::from_secs(60);

/// A nonce that a server gave. Not a secret, but of no use to others.
///
/// ```
/// use helseid_protocol::dpop::Nonce;
/// use helseid_protocol::rule::Facts;
///
/// // From the header `DPoP-Nonce` of an answer, for the next proof.
/// let nonce = Nonce::parse("AAAAAGqxuwA")?;
/// assert_eq!(nonce.as_str(), "AAAAAGqxuwA");
/// assert!(Nonce::parse("two words").is_err());
/// # Ok::<(), Facts>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nonce(Box<str>);

impl Nonce {
    /// Takes the value of a `DPoP-Nonce` header: 1 to 256 characters of RFC 9449 section 8.1.
    pub fn parse(text: &str) -> Result<Self, Facts> {
        let right =
            (1..=256).contains(&text.len()) && text.chars().all(|c| matches!(c, '!' | '#'..='[' | ']'..='~'));
        if right {
            Ok(Self(text.into()))
        } else {
            Err(Facts::new("a nonce of 1 to 256 printable characters", "another text"))
        }
    }

    /// As it stands on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Nonce {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// Makes nonces, and knows its own.
///
/// ```
/// use helseid_protocol::dpop::{NONCE_LIFETIME, NonceKey};
/// use helseid_protocol::random::{SystemRandom, bytes32};
/// use helseid_protocol::time::Timestamp;
/// use std::time::Duration;
///
/// let (key, now) = (NonceKey::new(&bytes32(&SystemRandom)), Timestamp::from_seconds(1_790_000_000));
/// let nonce = key.issue(now);
/// let check = |later: Duration| key.check(nonce.as_str(), now.plus(later), Duration::ZERO);
/// assert_eq!(check(NONCE_LIFETIME), Ok(now));
/// assert!(check(NONCE_LIFETIME + Duration::from_secs(1)).is_err());
/// ```
#[derive(Debug)]
pub struct NonceKey {
    own: MacKey,
    others: Vec<MacKey>,
}

impl NonceKey {
    /// Takes 32 unpredictable bytes, the same for all replicas.
    #[must_use]
    pub fn new(bytes: &[u8; 32]) -> Self {
        Self { own: MacKey::new(bytes), others: Vec::new() }
    }

    /// Also takes nonces of this key, and gives none. So replicas change their key one by one: first each takes the new
    /// one too, then each gives it and still takes the old one, and when a nonce's life has passed, that one goes.
    #[must_use]
    pub fn and_take(mut self, bytes: &[u8; 32]) -> Self {
        self.others.push(MacKey::new(bytes));
        self
    }

    /// A nonce of this moment.
    #[must_use]
    pub fn issue(&self, now: Timestamp) -> Nonce {
        let time = now.seconds().to_be_bytes();
        let mut bytes = time.to_vec();
        bytes.extend_from_slice(&code(&self.own, time));
        Nonce(base64url::encode(&bytes).into())
    }

    /// When `nonce` was given out, if it is ours and not older than [`NONCE_LIFETIME`]; `tolerance` is how far replicas'
    /// clocks may differ.
    pub fn check(&self, nonce: &str, now: Timestamp, tolerance: Duration) -> Result<Timestamp, Facts> {
        const EXPECTED: &str = "a nonce of this server";
        let bytes = base64url::decode(nonce).map_err(|_| Facts::new(EXPECTED, "another text"))?;
        let Some((time, found)) = bytes.split_first_chunk::<8>() else {
            return Err(Facts::new(EXPECTED, "another text"));
        };
        let is_of = |key: &MacKey| crypto::equal(&code(key, *time), found);
        if !is_of(&self.own) && !self.others.iter().any(is_of) {
            return Err(Facts::new(EXPECTED, "a nonce of another server, or of before its restart"));
        }
        let issued = Timestamp::from_seconds(i64::from_be_bytes(*time));
        if issued > now.plus(tolerance) {
            return Err(Facts::new("an old nonce", format_args!("a nonce of {issued}")));
        }
        if issued.plus(NONCE_LIFETIME) < now {
            let age = now.since(issued).as_secs();
            return Err(Facts::new("a nonce of the last 60 s", format_args!("one that is {age} s old")));
        }
        Ok(issued)
    }
}

fn code(key: &MacKey, time: [u8; 8]) -> [u8; 16] {
    key.code16(&[b"dpop nonce", &time])
}
