//! What the formats of encrypted key files ask of the crypto backend: hashes, codes, PBKDF2 and AES.

use aws_lc_rs::cipher::{
    self, DecryptionContext, EncryptionContext, PaddedBlockDecryptingKey, PaddedBlockEncryptingKey,
    UnboundCipherKey,
};
use aws_lc_rs::iv::FixedLength;
use aws_lc_rs::{digest, hmac};
use zeroize::Zeroizing;

use super::Secret;

/// The hashes that are met in key files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::jose) enum Hash {
    Sha1,
    Sha224,
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    const fn mac(self) -> hmac::Algorithm {
        match self {
            Self::Sha1 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha224 => hmac::HMAC_SHA224,
            Self::Sha256 => hmac::HMAC_SHA256,
            Self::Sha384 => hmac::HMAC_SHA384,
            Self::Sha512 => hmac::HMAC_SHA512,
        }
    }

    fn hash(self) -> &'static digest::Algorithm {
        self.mac().digest_algorithm()
    }

    /// The bytes of a block, which PKCS#12 fills with the password.
    pub(in crate::jose) fn block_bytes(self) -> usize {
        self.hash().block_len()
    }

    /// The bytes of the hash.
    pub(in crate::jose) fn bytes(self) -> usize {
        self.hash().output_len()
    }

    /// The hash over `parts`, one behind the other.
    pub(in crate::jose) fn of(self, parts: &[&[u8]]) -> Secret {
        let mut context = digest::Context::new(self.hash());
        for part in parts {
            context.update(part);
        }
        Zeroizing::new(context.finish().as_ref().to_vec())
    }

    /// HMAC over `message`.
    pub(in crate::jose) fn code(self, key: &[u8], message: &[u8]) -> Secret {
        Zeroizing::new(hmac::sign(&hmac::Key::new(self.mac(), key), message).as_ref().to_vec())
    }

    /// PBKDF2 with HMAC (RFC 8018 section 5.2); fills `key`. The backend's own lacks SHA-224.
    pub(in crate::jose) fn pbkdf2(self, password: &[u8], salt: &[u8], rounds: u32, key: &mut [u8]) {
        let mac = hmac::Key::new(self.mac(), password);
        for (block, number) in key.chunks_mut(self.bytes()).zip(1_u32..) {
            let mut context = hmac::Context::with_key(&mac);
            context.update(salt);
            context.update(&number.to_be_bytes());
            let mut last = context.sign();
            let mut sum = Zeroizing::new(last.as_ref().to_vec());
            for _ in 1..rounds {
                last = hmac::sign(&mac, last.as_ref());
                sum.iter_mut().zip(last.as_ref()).for_each(|(sum, byte)| *sum ^= byte);
            }
            block.iter_mut().zip(sum.iter()).for_each(|(to, from)| *to = *from);
        }
    }
}

/// AES for a key of 16, 24 or 32 bytes.
fn aes(key: &[u8]) -> Option<UnboundCipherKey> {
    let algorithm = match key.len() {
        16 => &cipher::AES_128,
        24 => &cipher::AES_192,
        32 => &cipher::AES_256,
        _ => return None,
    };
    UnboundCipherKey::new(algorithm, key).ok()
}

/// Opens AES-CBC with PKCS#7's padding; none if the padding is wrong, as it mostly is under another key.
pub(in crate::jose) fn open_aes_cbc(key: &[u8], iv: &[u8], sealed: &[u8]) -> Option<Secret> {
    let context = DecryptionContext::Iv128(FixedLength::try_from(iv).ok()?);
    let key = PaddedBlockDecryptingKey::cbc_pkcs7(aes(key)?).ok()?;
    let mut text = Zeroizing::new(sealed.to_vec());
    let length = key.decrypt(&mut text, context).ok()?.len();
    text.truncate(length);
    Some(text)
}

/// Seals with AES-CBC and PKCS#7's padding.
pub(in crate::jose) fn seal_aes_cbc(key: &[u8], iv: &[u8; 16], plain: &[u8]) -> Option<Vec<u8>> {
    let key = PaddedBlockEncryptingKey::cbc_pkcs7(aes(key)?).ok()?;
    let mut text = Vec::with_capacity(plain.len() + 16);
    text.extend_from_slice(plain);
    key.less_safe_encrypt(&mut text, EncryptionContext::Iv128(FixedLength::from(iv))).ok()?;
    Some(text)
}
