//! Keys from passwords, the older ways: PBKDF1 (RFC 8018 section 5.1), PKCS#12's (RFC 7292 appendix B), OpenSSL's.

use md5::{Digest as _, Md5};
use zeroize::Zeroizing;

use super::{Spelling, Work};
use crate::jose::crypto::key_files::Hash;
use crate::jose::format::{SecretBytes, UnreadableKey};

/// What PKCS#12 derives.
#[derive(Debug, Clone, Copy)]
pub(in crate::jose::format) enum Purpose {
    Key = 1,
    Iv = 2,
    Code = 3,
}

/// The hashes of PBES1 that are met.
#[derive(Debug, Clone, Copy)]
pub(super) enum Pbkdf1Hash {
    Md5,
    Sha1,
}

/// `length` bytes for `purpose`, by a salt and a number of rounds.
pub(in crate::jose::format) fn pkcs12(
    hash: Hash,
    password: &Spelling,
    (salt, rounds): (&[u8], u32),
    purpose: Purpose,
    length: usize,
    work: &mut Work,
) -> Result<SecretBytes, UnreadableKey> {
    work.spend(rounds, length.div_ceil(hash.bytes()))?;
    let block = hash.block_bytes();
    let filled = |text: &[u8]| {
        let length = text.len().div_ceil(block) * block;
        Zeroizing::new(text.iter().copied().cycle().take(length).collect::<Vec<u8>>())
    };
    let diversifier = vec![purpose as u8; block];
    let mut input = Zeroizing::new([filled(salt).as_slice(), filled(&password.utf16).as_slice()].concat());
    let mut derived = Zeroizing::new(Vec::with_capacity(length + hash.bytes()));
    while derived.len() < length {
        let mut last = hash.of(&[&diversifier, &input]);
        for _ in 1..rounds {
            last = hash.of(&[&last]);
        }
        derived.extend_from_slice(&last);
        for number in input.chunks_mut(block) {
            add(number, &last);
        }
    }
    derived.truncate(length);
    Ok(derived)
}

/// `number + repeated hash + 1`, as big-endian numbers of one length.
fn add(number: &mut [u8], hash: &[u8]) {
    let repeated: Vec<u8> = hash.iter().copied().cycle().take(number.len()).collect();
    let mut carry = 1_u16;
    for (digit, other) in number.iter_mut().zip(repeated).rev() {
        let sum = u16::from(*digit) + u16::from(other) + carry;
        let [high, low] = sum.to_be_bytes();
        (*digit, carry) = (low, u16::from(high));
    }
}

/// Key and IV, of eight bytes each.
pub(super) fn pbkdf1(
    hash: Pbkdf1Hash,
    password: &[u8],
    salt: &[u8],
    rounds: u32,
) -> (SecretBytes, SecretBytes) {
    let once = |parts: &[&[u8]]| match hash {
        Pbkdf1Hash::Md5 => md5(parts),
        Pbkdf1Hash::Sha1 => Hash::Sha1.of(parts),
    };
    let mut last = once(&[password, salt]);
    for _ in 1..rounds {
        last = once(&[&last]);
    }
    let (key, rest) = last.split_at(8.min(last.len()));
    let iv = rest.get(..8).unwrap_or_default();
    (Zeroizing::new(key.to_vec()), Zeroizing::new(iv.to_vec()))
}

/// `length` bytes as OpenSSL's `EVP_BytesToKey` makes them from a password and a salt, by MD5, in one round.
pub(super) fn openssl(password: &[u8], salt: &[u8], length: usize) -> SecretBytes {
    let mut derived = Zeroizing::new(Vec::with_capacity(length + 16));
    let mut last = SecretBytes::default();
    while derived.len() < length {
        last = md5(&[&last, password, salt]);
        derived.extend_from_slice(&last);
    }
    derived.truncate(length);
    derived
}

fn md5(parts: &[&[u8]]) -> SecretBytes {
    let mut context = Md5::new();
    for part in parts {
        context.update(part);
    }
    Zeroizing::new(context.finalize().to_vec())
}
