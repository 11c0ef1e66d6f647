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
///
/// ```
/// use helseid_authority::SharedSecret;
/// use helseid_protocol::random::SystemRandom;
///
/// let (old, new) = (SharedSecret::generate(&SystemRandom), SharedSecret::generate(&SystemRandom));
/// // The first of three steps to a new one: what it makes is understood, and nothing is made with it yet.
/// let secret = SharedSecret::parse(&format!("{old}\n{new}\n"))?;
/// # drop(secret); Ok::<(), helseid_authority::InvalidSecret>(())
/// ```
pub struct SharedSecret {
    own: MacKey,
    others: Vec<MacKey>,
}

/// What a file holds that is no shared secret. Says nothing of it.
///
/// ```
/// use helseid_authority::{InvalidSecret, SharedSecret};
///
/// let read: Result<SharedSecret, InvalidSecret> = SharedSecret::parse("a password");
/// assert!(read.is_err_and(|why| why.to_string().contains("line 1") && !why.to_string().contains("password")));
/// ```
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
        let of = |key: &MacKey| SealingKey::new(&Zeroizing::new(key.code(&[b"helseid authority", b"store"])));
        Sealer { own: of(&self.own), others: self.others.iter().map(of).collect() }
    }

    /// Seals what Redis keeps.
    pub(crate) fn ephemeral_sealer(&self) -> EntrySealer {
        let of = |key: &MacKey| {
            MacKey::new(&Zeroizing::new(key.code(&[b"helseid authority", b"ephemeral store"])))
        };
        EntrySealer { own: of(&self.own), others: self.others.iter().map(of).collect() }
    }
}

impl fmt::Debug for SharedSecret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("SharedSecret(hidden)")
    }
}

/// Seals texts, each for its place: at another place they do not open. By AES-256-GCM with the place as associated data.
/// For what is written seldom: it has one key, which must not seal more than 2^32 times.
#[derive(Debug)]
pub(crate) struct Sealer {
    own: SealingKey,
    others: Vec<SealingKey>,
}

impl Sealer {
    pub(crate) fn seal(&self, place: &str, text: &str) -> String {
        base64url::encode(&self.own.seal(place.as_bytes(), text.as_bytes()))
    }

    pub(crate) fn open(&self, place: &str, sealed: &str) -> Result<Zeroizing<String>, StoreError> {
        let bytes = base64url::decode(sealed).map_err(|_| StoreError::Sealed)?;
        let mut keys = std::iter::once(&self.own).chain(&self.others);
        let text = keys.find_map(|key| key.open(place.as_bytes(), &bytes)).ok_or(StoreError::Sealed)?;
        let text = std::str::from_utf8(&text).map_err(|_| StoreError::Sealed)?;
        Ok(Zeroizing::new(text.to_owned()))
    }

    /// Whether it was sealed with the first secret.
    pub(crate) fn is_own(&self, place: &str, sealed: &str) -> bool {
        base64url::decode(sealed).is_ok_and(|bytes| self.own.open(place.as_bytes(), &bytes).is_some())
    }
}

/// Seals the values of entries in Redis. As requests write them without end, each name has a key of its own, derived from
/// the secret: no key comes near the 2^32 times that AES-GCM allows, however many entries there are.
#[derive(Debug)]
pub(crate) struct EntrySealer {
    own: MacKey,
    others: Vec<MacKey>,
}

impl EntrySealer {
    /// Seals a value for the entry of this name. No two results for a name begin with the same 12 bytes.
    pub(crate) fn seal(&self, name: &str, value: &[u8]) -> Vec<u8> {
        key_of_entry(&self.own, name).seal(name.as_bytes(), value)
    }

    /// What was sealed for this name with any of the secrets.
    pub(crate) fn open(&self, name: &str, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let mut secrets = std::iter::once(&self.own).chain(&self.others);
        secrets.find_map(|secret| key_of_entry(secret, name).open(name.as_bytes(), sealed))
    }
}

fn key_of_entry(secret: &MacKey, name: &str) -> SealingKey {
    SealingKey::new(&Zeroizing::new(secret.code(&[name.as_bytes()])))
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
                let bytes = base64url::decode(&sealed).unwrap();
                assert!(other.ephemeral_sealer().open("place", &bytes).is_none());
                let entry = one.ephemeral_sealer().seal("name", b"value");
                assert_eq!(other.ephemeral_sealer().open("name", &entry).unwrap().as_slice(), b"value");
                assert!(other.ephemeral_sealer().open("another name", &entry).is_none());
                assert!(other.admin_tokens().contains(&one.admin_tokens()[0]));
            }
        }
        let sealed = secret(&[1]).sealer().seal("place", "text");
        assert!(matches!(secret(&[2]).sealer().open("place", &sealed), Err(StoreError::Sealed)));
        assert!(secret(&[1, 2]).sealer().is_own("place", &sealed));
        assert!(!secret(&[2, 1]).sealer().is_own("place", &sealed));
    }

    #[test]
    fn each_entry_is_sealed_with_a_key_of_its_own() {
        let sealer = secret(&[1]).ephemeral_sealer();
        let sealed = sealer.seal("one", b"value");
        // At the same place, so that the key alone decides.
        assert!(key_of_entry(&sealer.own, "one").open(b"one", &sealed).is_some());
        assert!(key_of_entry(&sealer.own, "two").open(b"one", &sealed).is_none());
    }

    #[test]
    fn what_is_no_secret_is_refused_and_not_shown() {
        for (text, wrong) in [("", 1), ("\n\n", 1), ("c2hvcnQ", 1), ("?", 1)] {
            assert_eq!(SharedSecret::parse(text).unwrap_err(), InvalidSecret(wrong), "{text:?}");
        }
        assert_eq!(SharedSecret::parse(&format!("{}\n\nshort\n", line(1))).unwrap_err(), InvalidSecret(3));
        let made = SharedSecret::generate(&helseid_protocol::random::SystemRandom);
        let parsed = SharedSecret::parse(&made).unwrap();
        assert!(!format!("{parsed:?} {:?} {:?}", parsed.sealer(), parsed.ephemeral_sealer()).contains(&made));
        assert_ne!(parsed.admin_tokens()[0], made);
    }
}
