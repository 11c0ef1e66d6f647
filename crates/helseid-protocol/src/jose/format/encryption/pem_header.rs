//! PEM from before PKCS#8: `Proc-Type: 4,ENCRYPTED` and `DEK-Info` (RFC 1421 section 4.6.1), as OpenSSL does it.

use super::cipher::Cipher;
use super::{Spelling, derive};
use crate::jose::format::{SecretBytes, UnreadableKey};

/// Opens `sealed` by what stands behind `DEK-Info:`, a cipher and its IV in hexadecimal digits.
pub(in crate::jose::format) fn open_pem(
    info: &str,
    sealed: &[u8],
    password: &Spelling,
) -> Result<SecretBytes, UnreadableKey> {
    let malformed = || UnreadableKey::Malformed("an encrypted PEM: its DEK-Info is not a cipher and an IV");
    let (name, iv) = info.split_once(',').ok_or_else(malformed)?;
    let cipher = match name.trim().to_ascii_uppercase().as_str() {
        "AES-128-CBC" => Cipher::Aes { key_bytes: 16 },
        "AES-192-CBC" => Cipher::Aes { key_bytes: 24 },
        "AES-256-CBC" => Cipher::Aes { key_bytes: 32 },
        "DES-EDE3-CBC" => Cipher::TripleDes,
        "DES-CBC" => Cipher::Des,
        other => return Err(UnreadableKey::Scheme(other.chars().take(32).collect())),
    };
    let iv = hexadecimal(iv.trim()).ok_or_else(malformed)?;
    let salt = iv.get(..8).ok_or_else(malformed)?;
    let key = derive::openssl(&password.bytes, salt, cipher.key_bytes());
    cipher.open(&key, &iv, sealed).ok_or(UnreadableKey::Password)
}

fn hexadecimal(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> =
        text.chars().map(|digit| digit.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect();
    let digits = digits.filter(|digits| digits.len().is_multiple_of(2))?;
    Some(digits.chunks(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect())
}
