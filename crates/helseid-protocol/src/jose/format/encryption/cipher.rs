//! Block ciphers in CBC with PKCS#7's padding: AES by the crypto backend, older ones by crates of their own.

use des::cipher::{Block, BlockCipherDecrypt, KeyInit as _};
use des::{Des, TdesEde2, TdesEde3};
use rc2::Rc2;
use zeroize::Zeroizing;

use crate::jose::crypto::key_files::open_aes_cbc;
use crate::jose::format::SecretBytes;

/// The block of DES and RC2.
const OLD_BLOCK: usize = 8;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cipher {
    Aes {
        key_bytes: usize,
    },
    Des,
    TripleDes,
    TripleDesOfTwo,
    /// The bits that its key is cut to, whatever the bytes of the key.
    Rc2 {
        bits: usize,
    },
}

impl Cipher {
    /// The bytes of its key.
    pub(super) const fn key_bytes(self) -> usize {
        match self {
            Self::Aes { key_bytes } => key_bytes,
            Self::Des => 8,
            Self::TripleDes => 24,
            Self::TripleDesOfTwo => 16,
            Self::Rc2 { bits } => bits.div_ceil(8),
        }
    }

    /// Opens `sealed`; none if what comes out has no right padding, as it mostly has not under another key.
    pub(super) fn open(self, key: &[u8], iv: &[u8], sealed: &[u8]) -> Option<SecretBytes> {
        match self {
            Self::Aes { .. } => open_aes_cbc(key, iv, sealed),
            Self::Des => cbc(&Des::new_from_slice(key).ok()?, iv, sealed),
            Self::TripleDes => cbc(&TdesEde3::new_from_slice(key).ok()?, iv, sealed),
            Self::TripleDesOfTwo => cbc(&TdesEde2::new_from_slice(key).ok()?, iv, sealed),
            Self::Rc2 { bits } if (1..=128).contains(&key.len()) && (1..=1024).contains(&bits) => {
                cbc(&Rc2::new_with_eff_key_len(key, bits), iv, sealed)
            }
            Self::Rc2 { .. } => None,
        }
    }
}

fn cbc<C: BlockCipherDecrypt>(cipher: &C, iv: &[u8], sealed: &[u8]) -> Option<SecretBytes> {
    if iv.len() != OLD_BLOCK || sealed.is_empty() || !sealed.len().is_multiple_of(OLD_BLOCK) {
        return None;
    }
    let mut plain = Zeroizing::new(Vec::with_capacity(sealed.len()));
    let before = std::iter::once(iv).chain(sealed.chunks(OLD_BLOCK));
    for (block, before) in sealed.chunks(OLD_BLOCK).zip(before) {
        let mut block = Block::<C>::try_from(block).ok()?;
        cipher.decrypt_block(&mut block);
        plain.extend(block.iter().zip(before).map(|(byte, before)| byte ^ before));
    }
    let padding = usize::from(*plain.last()?);
    let length = plain.len().checked_sub(padding)?;
    let is_padding = |byte: &u8| usize::from(*byte) == padding;
    if !(1..=OLD_BLOCK).contains(&padding) || !plain.get(length..)?.iter().all(is_padding) {
        return None;
    }
    plain.truncate(length);
    Some(plain)
}
