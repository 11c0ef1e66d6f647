//! The secret that replicas share. The keys by which they seal what they store, their nonces and their admin token are
//! derived from it.

use std::fmt;

use helseid_protocol::dpop::NonceKey;
use helseid_protocol::jose::base64url;
use helseid_protocol::jose::crypto::{MacKey, SealingKey};
use helseid_protocol::random::{Random, bytes32};
use zeroize::Zeroizing;

use super::registry::StoreError;

/// A secret that all replicas over one store are given, and nobody else.
///
/// It is changed without a stop, replica by replica: first each is given the new one behind the old one, then the new one
/// before the old one, then the new one alone.
pub struct SharedSecret {
    own: MacKey,
    others: Vec<MacKey>,
}

/// What a file holds that is no shared secret. Says nothing of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected lines of 43 characters of base64url, the first the secret and the others older or newer ones; line {0} is none"
)]
pub struct InvalidSecret(usize);

impl SharedSecret {
    /// Reads lines of base64url, each 32 unpredictable bytes. The first is used; what was made with the others is
    /// understood.
    pub fn parse(text: &str) -> Result<Self, InvalidSecret> {
        let mut keys = Vec::new();
        for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
            let bytes =
                base64url::decode(line.trim()).map(Zeroizing::new).map_err(|_| InvalidSecret(number))?;
            let bytes: &[u8; 32] = bytes.as_slice().try_into().map_err(|_| InvalidSecret(number))?;
            keys.push(MacKey::new(bytes));
        }
        let mut keys = keys.into_iter();
        Ok(Self { own: keys.next().ok_or(InvalidSecret(1))?, others: keys.collect() })
    }

    /// The text of a new one.
    #[must_use]
    pub fn generate(random: &dyn Random) -> String {
        base64url::encode(&*Zeroizing::new(bytes32(random)))
    }

    /// The key of the nonces, which each replica knows of every other's.
    pub(crate) fn nonce_key(&self) -> NonceKey {
        let of = |key: &MacKey| Zeroizing::new(key.code(&[b"helseid authority", b"nonces"]));
        self.others.iter().fold(NonceKey::new(&of(&self.own)), |nonces, key| nonces.and_take(&of(key)))
    }

    /// The admin tokens that are taken, ours first.
    pub(crate) fn admin_tokens(&self) -> Vec<String> {
        let of = |key: &MacKey| base64url::encode(&key.code(&[b"helseid authority", b"admin token"]));
        std::iter::once(&self.own).chain(&self.others).map(of).collect()
    }

    /// Seals what the database keeps.
    pub(crate) fn sealer(&self) -> Sealer {
        self.sealer_for(b"store")
    }

    /// Seals what Redis keeps.
    pub(crate) fn ephemeral_sealer(&self) -> Sealer {
        self.sealer_for(b"ephemeral store")
    }

    fn sealer_for(&self, purpose: &[u8]) -> Sealer {
        let of = |key: &MacKey| SealingKey::new(&Zeroizing::new(key.code(&[b"helseid authority", purpose])));
        Sealer { own: of(&self.own), others: self.others.iter().map(of).collect() }
    }
}

impl fmt::Debug for SharedSecret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("SharedSecret(hidden)")
    }
}

/// Seals texts, each for its place: at another place they do not open. By AES-256-GCM with the place as associated data.
#[derive(Debug)]
pub(crate) struct Sealer {
    own: SealingKey,
    others: Vec<SealingKey>,
}

impl Sealer {
    pub(crate) fn seal(&self, place: &str, text: &str) -> String {
        base64url::encode(&self.seal_bytes(place, text.as_bytes()))
    }

    /// The same for bytes. No two results begin with the same 12 bytes.
    pub(crate) fn seal_bytes(&self, place: &str, bytes: &[u8]) -> Vec<u8> {
        self.own.seal(place.as_bytes(), bytes)
    }

    /// What was sealed for this place with any of the secrets.
    pub(crate) fn open_bytes(&self, place: &str, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let mut keys = std::iter::once(&self.own).chain(&self.others);
        keys.find_map(|key| key.open(place.as_bytes(), sealed))
    }

    pub(crate) fn open(&self, place: &str, sealed: &str) -> Result<Zeroizing<String>, StoreError> {
        let bytes = base64url::decode(sealed).map_err(|_| StoreError::Sealed)?;
        let text = self.open_bytes(place, &bytes).ok_or(StoreError::Sealed)?;
        let text = std::str::from_utf8(&text).map_err(|_| StoreError::Sealed)?;
        Ok(Zeroizing::new(text.to_owned()))
    }

    /// Whether it was sealed with the first secret.
    pub(crate) fn is_own(&self, place: &str, sealed: &str) -> bool {
        base64url::decode(sealed).is_ok_and(|bytes| self.own.open(place.as_bytes(), &bytes).is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(byte: u8) -> String {
        base64url::encode(&[byte; 32])
    }

    fn secret(lines: &[u8]) -> SharedSecret {
        SharedSecret::parse(&lines.iter().map(|byte| line(*byte) + "\n").collect::<String>()).unwrap()
    }

    #[test]
    fn a_secret_is_changed_in_three_steps_and_each_replica_understands_its_neighbour() {
        let steps = [&[1][..], &[1, 2], &[2, 1], &[2]];
        for neighbours in steps.windows(2) {
            for (one, other) in [(neighbours[0], neighbours[1]), (neighbours[1], neighbours[0])] {
                let (one, other) = (secret(one), secret(other));
                let sealed = one.sealer().seal("place", "text");
                assert_eq!(*other.sealer().open("place", &sealed).unwrap(), "text");
                assert!(other.sealer().open("another place", &sealed).is_err());
                assert!(other.ephemeral_sealer().open("place", &sealed).is_err());
                assert!(other.admin_tokens().contains(&one.admin_tokens()[0]));
            }
        }
        let sealed = secret(&[1]).sealer().seal("place", "text");
        assert!(matches!(secret(&[2]).sealer().open("place", &sealed), Err(StoreError::Sealed)));
        assert!(secret(&[1, 2]).sealer().is_own("place", &sealed));
        assert!(!secret(&[2, 1]).sealer().is_own("place", &sealed));
    }

    #[test]
    fn what_is_no_secret_is_refused_and_not_shown() {
        for (text, wrong) in [("", 1), ("\n\n", 1), ("c2hvcnQ", 1), ("?", 1)] {
            assert_eq!(SharedSecret::parse(text).unwrap_err(), InvalidSecret(wrong), "{text:?}");
        }
        assert_eq!(SharedSecret::parse(&format!("{}\n\nshort\n", line(1))).unwrap_err(), InvalidSecret(3));
        let made = SharedSecret::generate(&helseid_protocol::random::SystemRandom);
        let parsed = SharedSecret::parse(&made).unwrap();
        assert!(!format!("{parsed:?} {:?}", parsed.sealer()).contains(&made));
        assert_ne!(parsed.admin_tokens()[0], made);
    }
}
